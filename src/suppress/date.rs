//! A day of the calendar.

use std::fmt;

/// A day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day that the calendar has.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (year <= 9999 && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }

    /// Reads `2027-01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
            part.parse::<u16>().ok()
        };
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let narrow = |part: &str| u8::try_from(digits(part, 2)?).ok();
        parts.next().is_none().then(|| Self::new(digits(year, 4)?, narrow(month)?, narrow(day)?))?
    }

    /// The day of a time in seconds since 1970. Days behind the year 9999 are its last.
    pub fn of_unix(seconds: u64) -> Self {
        let mut days = seconds / 86_400;
        let mut year = 1970;
        let last = Self { year: 9999, month: 12, day: 31 };
        loop {
            let length = if Self::new(year, 2, 29).is_some() { 366 } else { 365 };
            if days < length {
                break;
            }
            if year == last.year {
                return last;
            }
            days -= length;
            year += 1;
        }
        let mut month = 1;
        loop {
            let length = (28..=31).rev().find(|&day| Self::new(year, month, day).is_some()).unwrap_or(31);
            if days < u64::from(length) {
                break;
            }
            days -= u64::from(length);
            month += 1;
        }
        let day = u8::try_from(days + 1).unwrap_or(31);
        Self { year, month, day }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (1_801_353_600, "2027-01-31"),
            (1_801_440_000, "2027-02-01"),
            (4_107_542_400, "2100-03-01"),
            (u64::MAX, "9999-12-31"),
        ] {
            assert_eq!(Date::of_unix(seconds).to_string(), day);
            assert_eq!(Date::parse(day), Some(Date::of_unix(seconds)));
        }
        for wrong in [
            "2027-02-29",
            "2027-13-01",
            "2027-1-31",
            "27-01-31",
            "2027-01-31T",
            "2027-01-31-1",
            "",
            "+027-01-01",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}

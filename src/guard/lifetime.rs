//! How long a token has to last.

use std::fmt;

use crate::instant::DAY;

/// Units by the letter that stands behind the number, the largest first.
const UNITS: [(char, i64, &str); 5] =
    [('w', 7 * DAY, "week"), ('d', DAY, "day"), ('h', 3600, "hour"), ('m', 60, "minute"), ('s', 1, "second")];

/// A length of time, in whole seconds above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime {
    count: i64,
    unit: usize,
}

impl Lifetime {
    /// Reads a number and a unit, such as `30d`. Errors say what is wrong, without quoting the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        if number.is_empty() {
            return Err("it does not start with a number");
        }
        let unit = match unit {
            "" => return Err("it has no unit"),
            unit => UNITS.iter().position(|(letter, ..)| unit.chars().eq([*letter])),
        };
        let unit = unit.ok_or("what follows its number is no unit")?;
        let count = number.parse::<i64>().ok().filter(|count| count.checked_mul(UNITS[unit].1).is_some());
        match count {
            None => Err("it is longer than can be counted"),
            Some(0) => Err("it is no time at all"),
            Some(count) => Ok(Self { count, unit }),
        }
    }

    /// In seconds.
    pub fn seconds(self) -> i64 {
        self.count * UNITS[self.unit].1
    }
}

/// As in "30 days".
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.count, UNITS[self.unit].2, if self.count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, seconds, words) in [
            ("30d", 30 * DAY, "30 days"),
            ("1w", 7 * DAY, "1 week"),
            ("12h", 12 * 3600, "12 hours"),
            ("90m", 5400, "90 minutes"),
            (" 1s ", 1, "1 second"),
            ("0030d", 30 * DAY, "30 days"),
        ] {
            let lifetime = Lifetime::parse(text).unwrap();
            assert_eq!((lifetime.seconds(), lifetime.to_string().as_str()), (seconds, words), "{text}");
        }
        for text in
            ["", "d", "30", "30 d", "30D", "30days", "-1d", "1.5d", "0d", "99999999999999999d", "1d1h", "३d"]
        {
            assert!(Lifetime::parse(text).is_err(), "{text}");
        }
    }
}

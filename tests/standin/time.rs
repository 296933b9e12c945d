//! Dates as the API writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use toml::value::Datetime;

/// The clock of a stand-in: the machine's, or one that stands still.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    fixed: Option<SystemTime>,
}

impl Clock {
    /// A clock that stands still if there is an instant to stand at.
    pub(crate) fn new(fixed: Option<&Datetime>) -> Self {
        Self { fixed: fixed.map(instant) }
    }

    /// What it shows.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server tells the real time unless its scenario has another"
    )]
    pub(crate) fn now(self) -> SystemTime {
        self.fixed.unwrap_or_else(SystemTime::now)
    }
}

/// The instant of a date of TOML, which has to be one of a day and a time. A missing offset is UTC.
fn instant(date: &Datetime) -> SystemTime {
    let (Some(day), Some(time)) = (date.date, date.time) else { panic!("`now = {date}`: a day and a time") };
    let offset = match date.offset {
        Some(toml::value::Offset::Custom { minutes }) => i64::from(minutes) * 60,
        _ => 0,
    };
    let days = days_before(i64::from(day.year), i64::from(day.month), i64::from(day.day));
    let minutes = (days * 24 + i64::from(time.hour)) * 60 + i64::from(time.minute);
    let seconds = minutes * 60 + i64::from(time.second.unwrap_or(0)) - offset;
    UNIX_EPOCH + Duration::from_secs(seconds.try_into().expect("`now` is after 1970"))
}

/// An instant as `2026-11-24T10:00:00Z`.
pub(crate) fn rfc3339(instant: SystemTime) -> String {
    let seconds = instant.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (days, second) = (i64::try_from(seconds / 86_400).unwrap(), seconds % 86_400);
    let year = (1970..10_000).find(|year| days_before(year + 1, 1, 1) > days).unwrap();
    let month = (1..=12).rev().find(|month| days_before(year, *month, 1) <= days).unwrap();
    let day = days - days_before(year, month, 1) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The days from 1970 to a date of the Gregorian calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let past = year - 1;
    let years = past * 365 + past / 4 - past / 100 + past / 400 - 719_162;
    let months = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap_day = i64::from(month > 2 && leap(year));
    years + months[usize::try_from(month - 1).unwrap()] + leap_day + day - 1
}

#[test]
fn dates_are_written_as_they_are_read() {
    for text in
        ["2026-11-24T10:11:12Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2100-03-01T00:00:00Z"]
    {
        assert_eq!(rfc3339(instant(&text.parse().unwrap())), text);
    }
    assert_eq!(rfc3339(instant(&"2026-01-01T01:30:00+02:00".parse().unwrap())), "2025-12-31T23:30:00Z");
}

//! A calendar month in UTC, and a day of it: what minutes are counted by.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::time::Timestamp;

/// `2026-11`. Stored as `index`: years × 12 + months, so that months count on without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// The UTC day an instant falls on, as days since 1970-01-01: a BIGINT in both databases.
pub fn day_number(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(86_400)
}

impl Month {
    pub fn of(at: Timestamp) -> Self {
        let day = at.to_jiff().to_zoned(TimeZone::UTC).date();
        Self { year: day.year(), month: day.month() }
    }

    pub fn index(self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.month) - 1
    }

    pub fn from_index(index: i64) -> Option<Self> {
        let year = i16::try_from(index.div_euclid(12)).ok().filter(|year| (1970..=9000).contains(year))?;
        let month = i8::try_from(index.rem_euclid(12) + 1).ok()?;
        Some(Self { year, month })
    }

    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 { Self { year: self.year - 1, month: 12 } } else { Self { month: self.month - 1, ..self } }
    }

    pub fn first_day(self) -> Date {
        date(self.year, self.month, 1)
    }

    pub fn days(self) -> i8 {
        self.first_day().days_in_month()
    }

    /// The instant the month begins.
    pub fn starts_at(self) -> Timestamp {
        Timestamp::from_seconds(self.first_day_number() * 86_400)
    }

    /// [`day_number`] of its first day.
    pub fn first_day_number(self) -> i64 {
        self.first_day().to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_second().div_euclid(86_400))
    }

    /// `November 2026`
    pub fn title(self) -> String {
        self.first_day().strftime("%B %Y").to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "a month is written like 2026-11";
        let (year, month) = text.split_once('-').ok_or(SHAPE)?;
        let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(SHAPE);
        }
        let year: i16 = year.parse().map_err(|_| SHAPE)?;
        let month: i8 = month.parse().map_err(|_| SHAPE)?;
        if (1970..=9000).contains(&year) && (1..=12).contains(&month) { Ok(Self { year, month }) } else { Err(SHAPE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other_over_new_year() {
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2027-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!(Month::from_index(december.index()), Some(december));
        assert_eq!(Month::of(december.starts_at()), december);
        assert_eq!(december.starts_at().to_string(), "2026-12-01T00:00:00Z");
    }

    #[test]
    fn only_year_and_month_is_a_month() {
        for text in ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "+026-11", "2026-11-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}

//! Where the month is heading, said only when there is something to say it from.

use super::month::{MonthUsage, rounded_minutes};
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;

const DAY: i64 = 86_400;
/// A week, so that a week-end does not look like a change of pace.
const DAYS_LOOKED_AT: i64 = 7;

/// In counted seconds (CPU + weight × GPU), at the pace of the last full days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The day of the month the pace is taken from, and how many there are, up to yesterday.
    pub first_day: i64,
    pub days: i64,
    /// What those days used.
    pub looked_at_seconds: i64,
    /// What the whole month would come to.
    pub month_seconds: i64,
    /// When the allowance is used up, if that is still to come and within the month.
    pub crossed_at: Option<Timestamp>,
}

impl Forecast {
    pub fn looked_at_minutes(&self) -> i64 {
        rounded_minutes(self.looked_at_seconds)
    }

    pub fn minutes_a_day(&self) -> i64 {
        rounded_minutes(self.looked_at_seconds / self.days)
    }

    pub fn month_minutes(&self) -> i64 {
        rounded_minutes(self.month_seconds)
    }
}

/// None for another month than this, before its first day is over, and when the last days used nothing.
/// `allowance` is in minutes.
pub fn forecast(usage: &MonthUsage, gpu_weight: i64, allowance: Option<i64>, now: Timestamp) -> Option<Forecast> {
    if Month::of(now) != usage.month {
        return None;
    }
    let elapsed = now.as_seconds() - usage.month.starts_at().as_seconds();
    let remaining = usage.month.next().starts_at().as_seconds() - now.as_seconds();
    let full_days = elapsed / DAY;
    let days = full_days.min(DAYS_LOOKED_AT);
    let first = full_days - days;
    let looked_at = usage.days.get(usize::try_from(first).ok()?..usize::try_from(full_days).ok()?)?;
    let looked_at_seconds: i64 = looked_at.iter().map(|day| day.counted_seconds(gpu_weight)).sum();
    if looked_at_seconds == 0 {
        return None;
    }
    let so_far = usage.total.counted_seconds(gpu_weight);
    let window = days * DAY;
    let crossed_at = allowance.and_then(|minutes| {
        let left = minutes.saturating_mul(60).saturating_sub(so_far);
        let until = scaled(left, window, looked_at_seconds);
        (left > 0 && until < remaining).then(|| Timestamp::from_seconds(now.as_seconds() + until))
    });
    Some(Forecast {
        first_day: first + 1,
        days,
        looked_at_seconds,
        month_seconds: so_far.saturating_add(scaled(looked_at_seconds, remaining, window)),
        crossed_at,
    })
}

/// `value × by ÷ of` without overflowing on the way.
fn scaled(value: i64, by: i64, of: i64) -> i64 {
    i64::try_from(i128::from(value) * i128::from(by) / i128::from(of)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::month::Spent;

    fn used(minutes_by_day: &[i64]) -> MonthUsage {
        let mut usage =
            MonthUsage { month: "2026-11".parse().unwrap(), days: vec![Spent::default(); 30], total: Spent::default() };
        for (day, minutes) in usage.days.iter_mut().zip(minutes_by_day) {
            day.cpu_seconds = minutes * 60;
            usage.total.cpu_seconds += minutes * 60;
        }
        usage
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn nothing_is_foretold_in_the_first_24_hours_nor_of_other_months() {
        let usage = used(&[100]);
        assert_eq!(forecast(&usage, 3, None, at("2026-11-01T23:59:59Z")), None);
        assert!(forecast(&usage, 3, None, at("2026-11-02T00:00:00Z")).is_some());
        assert_eq!(forecast(&usage, 3, None, at("2026-12-02T00:00:00Z")), None);
        assert_eq!(forecast(&usage, 3, None, at("2026-10-31T00:00:00Z")), None);
        assert_eq!(forecast(&used(&[]), 3, None, at("2026-11-20T00:00:00Z")), None);
    }

    #[test]
    fn the_pace_is_that_of_the_last_seven_full_days() {
        let usage = used(&[900, 900, 10, 10, 10, 10, 10, 10, 10, 5]);
        let forecast = forecast(&usage, 3, Some(1_900), at("2026-11-10T00:00:00Z")).unwrap();
        assert_eq!((forecast.first_day, forecast.days), (3, 7));
        assert_eq!((forecast.looked_at_minutes(), forecast.minutes_a_day()), (70, 10));
        assert_eq!(forecast.month_minutes(), 1_875 + 10 * 21);
        // 25 minutes left at 10 a day.
        assert_eq!(forecast.crossed_at, Some(at("2026-11-12T12:00:00Z")));
    }

    #[test]
    fn an_allowance_that_lasts_or_is_gone_is_not_crossed() {
        let usage = used(&[10, 10, 10]);
        let now = at("2026-11-04T00:00:00Z");
        assert_eq!(forecast(&usage, 3, Some(300), now).unwrap().crossed_at, None);
        assert_eq!(forecast(&usage, 3, Some(30), now).unwrap().crossed_at, None);
        assert_eq!(forecast(&usage, 3, Some(299), now).unwrap().crossed_at.map(Month::of), Some(usage.month));
    }
}

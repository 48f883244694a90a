//! One number per workspace by which a million of them are listed by minutes used, without summing.
//!
//! `month index × 10¹¹ + counted seconds of that month`: a workspace that used nothing this month has a smaller number
//! than any that did, and nothing has to be set back when a month begins.

use crate::kernel::month::Month;

/// More seconds than a month of a thousand machines has; larger sums are ranked as this.
const MOST_SECONDS: i64 = 100_000_000_000 - 1;
const MONTH: i64 = MOST_SECONDS + 1;

/// The number for these counted seconds.
pub fn of(month: Month, counted_seconds: i64) -> i64 {
    month.index() * MONTH + counted_seconds.clamp(0, MOST_SECONDS)
}

/// The month a number belongs to, as an index.
pub fn month_index(rank: i64) -> i64 {
    rank.div_euclid(MONTH)
}

/// The counted seconds of `month`: none when the number is of an earlier month.
pub fn counted_seconds(rank: i64, month: Month) -> i64 {
    if month_index(rank) == month.index() { rank.rem_euclid(MONTH) } else { 0 }
}

/// The smallest number whose minutes, rounded half up, are more than `minutes` in `month`.
pub fn more_than(month: Month, minutes: i64) -> i64 {
    of(month, minutes.saturating_mul(60).saturating_add(30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_month_outranks_any_use_of_an_earlier_one() {
        let october: Month = "2026-10".parse().unwrap();
        let november = october.next();
        assert!(of(november, 0) > of(october, i64::MAX));
        assert!(of(november, 61) > of(november, 60));
        assert_eq!(counted_seconds(of(november, 61), november), 61);
        assert_eq!(counted_seconds(of(october, 61), november), 0);
        assert_eq!(month_index(of(october, MOST_SECONDS)), october.index());
    }

    #[test]
    fn more_than_a_minute_begins_at_89_and_a_half_seconds() {
        let month: Month = "2026-10".parse().unwrap();
        assert!(of(month, 89) < more_than(month, 1));
        assert!(of(month, 90) >= more_than(month, 1));
    }
}

//! From minutes to pixels, and the round numbers that stand beside the lines.

use std::fmt;

/// A coordinate as SVG wants it: two decimals at most, no idle zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Short(pub f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// A band of the plot: 0 stands at `base`, `full` stands `height` pixels above it.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub base: f64,
    pub height: f64,
    /// Seconds at the top; more than zero.
    pub full: f64,
}

impl Scale {
    pub fn height_of(&self, seconds: i64) -> f64 {
        float(seconds) / self.full * self.height
    }

    pub fn y(&self, seconds: i64) -> f64 {
        self.base - self.height_of(seconds)
    }
}

/// The smallest round number of minutes that holds `minutes`: even, so that its half is whole.
/// Two in a hundred may stick out: a busiest day of 151 is drawn against 150.
pub fn round_above(minutes: i64) -> i64 {
    const STEPS: [i64; 8] = [10, 15, 20, 30, 40, 50, 60, 80];
    let needed = i128::from(minutes) * 100;
    let mut power: i64 = 1;
    loop {
        let fits = |step: &i64| i128::from(step * power) * 102 >= needed && (step * power) % 2 == 0;
        if let Some(step) = STEPS.iter().find(|step| fits(step)) {
            return step * power;
        }
        match power.checked_mul(10).filter(|power| power.checked_mul(80).is_some()) {
            Some(next) => power = next,
            None => return minutes,
        }
    }
}

/// Two or three round steps below `minutes`, for the lines behind the total.
pub fn steps_below(minutes: i64) -> Vec<i64> {
    let mut power: i64 = 1;
    while power.checked_mul(10).is_some_and(|next| next <= minutes) {
        power *= 10;
    }
    // The first digit decides how wide the step is: 1,500 by 500, 4,000 by 1,000, 9,000 by 3,000.
    let step = match minutes / power {
        0 => return Vec::new(),
        1 => power / 2,
        2..=4 => power,
        5..=6 => power * 2,
        _ => power * 3,
    };
    if step == 0 { Vec::new() } else { (1..=3).map(|n| n * step).filter(|tick| *tick < minutes).collect() }
}

/// Minutes of months and pixels stay far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "a chart is drawn to a hundredth of a pixel")]
pub fn float(n: i64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_hold_what_is_drawn_and_little_more() {
        for (minutes, expected) in
            [(0, 10), (9, 10), (10, 10), (12, 20), (38, 40), (151, 150), (154, 200), (9_000, 10_000)]
        {
            assert_eq!(round_above(minutes), expected, "{minutes}");
        }
        assert_eq!(round_above(i64::MAX), i64::MAX);
    }

    #[test]
    fn steps_are_few_round_and_below() {
        assert_eq!(steps_below(1_500), [500, 1_000]);
        assert_eq!(steps_below(4_000), [1_000, 2_000, 3_000]);
        assert_eq!(steps_below(10_000), [5_000]);
        assert_eq!(steps_below(7), [3, 6]);
        assert!(steps_below(0).is_empty() && steps_below(1).is_empty());
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(Short(40.0).to_string(), "40");
        assert_eq!(Short(0.466_66).to_string(), "0.47");
        assert_eq!(Short(-0.000_1).to_string(), "0");
        assert_eq!(Short(149.7).to_string(), "149.7");
    }
}

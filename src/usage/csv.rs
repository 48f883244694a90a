//! A month as a table for spreadsheets.

use super::month::{MonthUsage, Spent};

/// One line a day up to `last_day`, RFC 4180. Every line is rounded on its own, as on the page.
/// Days and numbers only, so nothing in it can be taken for a formula.
pub fn of_month(usage: &MonthUsage, gpu_weight: i64, last_day: usize) -> String {
    let line = |(day, spent): (usize, &Spent)| {
        let (cpu, gpu, counted) = (spent.cpu_minutes(), spent.gpu_minutes(), spent.counted_minutes(gpu_weight));
        format!("{}-{day:02},{cpu},{gpu},{counted}\r\n", usage.month)
    };
    let lines = (1..=last_day).zip(&usage.days).map(line);
    std::iter::once("day,cpu_minutes,gpu_minutes,counted_minutes\r\n".to_owned()).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_day() {
        let mut days = vec![Spent::default(); 30];
        days[1] = Spent { cpu_seconds: 1860, gpu_seconds: 355 };
        let usage = MonthUsage { month: "2026-11".parse().unwrap(), total: days[1], days };
        assert_eq!(
            of_month(&usage, 3, 2),
            "day,cpu_minutes,gpu_minutes,counted_minutes\r\n2026-11-01,0,0,0\r\n2026-11-02,31,6,49\r\n"
        );
    }
}

//! The same month in figures: one line a day, and what each radio of the picture says.

use super::{DaySeconds, Usage, rounded};
use crate::http::words;

/// The reading of one day, by pointer, touch and arrow keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayValue {
    pub day: i8,
    /// `1 Nov`
    pub date: String,
    pub cpu: String,
    pub gpu: String,
    pub counted: String,
    pub is_last: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `Sun 1 Nov`
    pub date: String,
    pub cpu: String,
    pub gpu: String,
    pub counted: String,
    pub so_far: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// `November so far`, or `November` when it is over.
    pub name: String,
    pub cpu: String,
    pub gpu: String,
    pub counted: String,
}

pub(super) fn values(usage: &Usage) -> Vec<DayValue> {
    let last = usage.drawn().len();
    let value = |(day, spent): (i8, &DaySeconds)| DayValue {
        day,
        date: usage.date(day).strftime("%-d %b").to_string(),
        cpu: minutes(spent.cpu),
        gpu: minutes(spent.gpu),
        counted: minutes(usage.counted(*spent)),
        is_last: usize::try_from(day) == Ok(last),
    };
    (1..).zip(usage.drawn()).map(value).collect()
}

pub(super) fn rows(usage: &Usage) -> Vec<Row> {
    let mut so_far = 0;
    let row = |(day, spent): (i8, &DaySeconds)| {
        so_far += usage.counted(*spent);
        Row {
            date: usage.date(day).strftime("%a %-d %b").to_string(),
            cpu: minutes(spent.cpu),
            gpu: minutes(spent.gpu),
            counted: minutes(usage.counted(*spent)),
            so_far: minutes(so_far),
        }
    };
    (1..).zip(usage.drawn()).map(row).collect()
}

pub(super) fn total(usage: &Usage) -> Total {
    let is_over = usage.drawn().len() == usize::try_from(usage.month.days()).unwrap_or(0);
    let month = usage.month.first_day().strftime("%B");
    let sum = usage
        .drawn()
        .iter()
        .fold(DaySeconds::default(), |sum, day| DaySeconds { cpu: sum.cpu + day.cpu, gpu: sum.gpu + day.gpu });
    Total {
        name: if is_over { month.to_string() } else { format!("{month} so far") },
        cpu: minutes(sum.cpu),
        gpu: minutes(sum.gpu),
        counted: minutes(usage.counted(sum)),
    }
}

fn minutes(seconds: i64) -> String {
    words::number(rounded(seconds))
}

//! The month's minutes as a picture: above the total so far against the allowance, below each day.
//!
//! Rule: x in percent, y in pixels of 300, so that text never scales; every value drawn also stands in the table.
//! Everything is computed from seconds and rounded (half up) only where it is read.

mod scale;
mod table;

use std::fmt::Write;

use jiff::civil::Date;

pub use self::scale::Short;
use self::scale::{Scale, float, round_above, steps_below};
pub use self::table::{DayValue, Row, Total};
use super::words;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;

const TOP: f64 = 18.0;
const TOTAL_BASE: f64 = 150.0;
const TOTAL_HEIGHT: f64 = 110.0;
const DAY_BASE: f64 = 270.0;
const DAY_HEIGHT: f64 = 75.0;
/// A bar's share of its day's width.
const BAR: f64 = 0.72;
/// Lines nearer than this to the allowance would run into its words.
const WORDS_HEIGHT: f64 = 16.0;

/// What the chart is drawn from.
#[derive(Clone, Debug)]
pub struct Usage<'a> {
    pub month: Month,
    /// From the first of the month. Days beyond `days_so_far` are ignored.
    pub days: &'a [DaySeconds],
    /// Days to draw: up to today, or the whole of a month that is over.
    pub days_so_far: usize,
    /// How many minutes a GPU minute counts for.
    pub gpu_weight: i64,
    /// In minutes; `None` without a limit.
    pub allowance: Option<i64>,
    pub forecast: Option<Ahead>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaySeconds {
    pub cpu: i64,
    pub gpu: i64,
}

/// Where the month is heading.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    pub now: Timestamp,
    /// What the whole month would come to, in counted seconds.
    pub month_seconds: i64,
    /// When the allowance is used up, if that is still to come in this month.
    pub crossed_at: Option<Timestamp>,
}

/// The finished picture. Field names are those of the template.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub title: String,
    pub description: String,
    pub bars: Vec<Bar>,
    pub grid: Vec<Short>,
    pub limit: Option<Short>,
    pub forecast: Option<Line>,
    pub crossing: Option<Crossing>,
    pub labels: Vec<Label>,
    pub day_numbers: Vec<DayNumber>,
    pub values: Vec<DayValue>,
    /// One mark for each day that is still to come.
    pub to_come: Vec<()>,
    pub rows: Vec<Row>,
    pub total: Total,
    pub gpu_weight: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub x: Short,
    pub width: Short,
    pub y: Short,
    pub height: Short,
    pub is_gpu: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub x1: Short,
    pub y1: Short,
    pub x2: Short,
    pub y2: Short,
}

/// Where the forecast meets the allowance.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    pub x: Short,
    pub y: Short,
    pub words_y: Short,
    /// `24 Nov`
    pub words: String,
    /// Near the right edge the words stand to the left.
    pub is_late: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub y: Short,
    pub text: String,
    pub is_strong: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayNumber {
    pub x: Short,
    pub day: i8,
}

impl Usage<'_> {
    pub fn draw(&self) -> Chart {
        let days = self.drawn();
        let width = 100.0 / f64::from(self.month.days());
        let (total, day) = self.scales();
        let mut bars = Vec::with_capacity(days.len() * 4);
        let mut so_far = DaySeconds::default();
        for (index, spent) in (0_u32..).zip(days) {
            so_far = DaySeconds { cpu: so_far.cpu + spent.cpu, gpu: so_far.gpu + spent.gpu };
            let x = (f64::from(index) + (1.0 - BAR) / 2.0) * width;
            for (scale, value) in [(&total, so_far), (&day, *spent)] {
                bars.extend(self.stack(scale, value, x, width * BAR));
            }
        }
        let limit = self.allowance.map(|minutes| total.y(minutes.saturating_mul(60)));
        let (grid, labels) = self.grid(&total, &day, limit);
        Chart {
            title: format!("Compute minutes in {}", self.month.title()),
            description: self.description(so_far),
            bars,
            grid,
            limit: limit.map(Short),
            forecast: self.line(&total, so_far),
            crossing: self.crossing(limit),
            labels,
            day_numbers: self.day_numbers(width),
            values: table::values(self),
            to_come: vec![(); usize::try_from(self.month.days()).unwrap_or(0).saturating_sub(days.len())],
            rows: table::rows(self),
            total: table::total(self),
            gpu_weight: self.gpu_weight,
        }
    }

    fn drawn(&self) -> &[DaySeconds] {
        &self.days[..self.days_so_far.min(self.days.len())]
    }

    fn counted(&self, spent: DaySeconds) -> i64 {
        spent.cpu + spent.gpu * self.gpu_weight
    }

    fn date(&self, day: i8) -> Date {
        self.month.first_day().with().day(day).build().unwrap_or(self.month.first_day())
    }

    /// The allowance fills the upper band; when more was used, that does. Without one, what is foreseen does.
    fn scales(&self) -> (Scale, Scale) {
        let counted = || self.drawn().iter().map(|day| self.counted(*day));
        let used: i64 = counted().sum();
        let foreseen = self.forecast.map_or(0, |ahead| ahead.month_seconds);
        let full = match self.allowance {
            Some(minutes) => used.max(minutes.saturating_mul(60)),
            None => used.max(foreseen),
        };
        let busiest = round_above(rounded(counted().max().unwrap_or(0))).saturating_mul(60);
        let total = Scale { base: TOTAL_BASE, height: TOTAL_HEIGHT, full: float(full.max(60)) };
        (total, Scale { base: DAY_BASE, height: DAY_HEIGHT, full: float(busiest) })
    }

    /// CPU below, GPU above it; nothing for nothing.
    fn stack(&self, scale: &Scale, spent: DaySeconds, x: f64, width: f64) -> impl Iterator<Item = Bar> + use<> {
        let cpu = scale.height_of(spent.cpu);
        let gpu = scale.height_of(spent.gpu * self.gpu_weight);
        let bar = move |y, height, is_gpu| Bar {
            x: Short(x),
            width: Short(width),
            y: Short(y),
            height: Short(height),
            is_gpu,
        };
        let base = scale.base;
        [bar(base - cpu, cpu, false), bar(base - cpu - gpu, gpu, true)].into_iter().filter(|bar| bar.height.0 >= 0.05)
    }

    fn grid(&self, total: &Scale, day: &Scale, limit: Option<f64>) -> (Vec<Short>, Vec<Label>) {
        let mut grid = Vec::new();
        let mut labels = Vec::new();
        if let (Some(y), Some(minutes)) = (limit, self.allowance) {
            let text = format!("Allowance {}", words::minutes(minutes));
            labels.push(Label { y: Short(y - 6.0), text, is_strong: true });
        }
        let mut line = |y: f64, text: String| {
            grid.push(Short(y));
            labels.push(Label { y: Short(y - 5.0), text, is_strong: false });
        };
        #[expect(clippy::cast_possible_truncation, reason = "whole minutes, below what a float holds exactly")]
        let minutes_of = |scale: &Scale| (scale.full / 60.0) as i64;
        for minutes in steps_below(minutes_of(total)) {
            let y = total.y(minutes * 60);
            if limit.is_none_or(|limit| (limit - y).abs() >= WORDS_HEIGHT) {
                line(y, words::number(minutes));
            }
        }
        let full = minutes_of(day);
        line(day.y(full.saturating_mul(60)), format!("{} a day", words::number(full)));
        line(day.y(full / 2 * 60), words::number(full / 2));
        (grid, labels)
    }

    /// From what is used now to the end of the month, cut where it would leave the picture.
    fn line(&self, total: &Scale, so_far: DaySeconds) -> Option<Line> {
        let ahead = self.forecast?;
        let (x1, y1) = (self.x_of(ahead.now), total.y(self.counted(so_far)));
        let y_end = total.y(ahead.month_seconds);
        let share = if y_end < TOP { (y1 - TOP) / (y1 - y_end) } else { 1.0 };
        let x2 = x1 + (100.0 - x1) * share;
        Some(Line { x1: Short(x1), y1: Short(y1), x2: Short(x2), y2: Short(y_end.max(TOP)) })
    }

    fn crossing(&self, limit: Option<f64>) -> Option<Crossing> {
        let (at, y) = (self.forecast?.crossed_at?, limit?);
        let x = self.x_of(at);
        let words = at.to_jiff().strftime("%-d %b").to_string();
        Some(Crossing { x: Short(x), y: Short(y), words_y: Short(y + 17.0), words, is_late: x > 80.0 })
    }

    fn x_of(&self, at: Timestamp) -> f64 {
        let start = self.month.starts_at().as_seconds();
        let length = self.month.next().starts_at().as_seconds() - start;
        (float(at.as_seconds() - start) / float(length) * 100.0).clamp(0.0, 100.0)
    }

    fn day_numbers(&self, width: f64) -> Vec<DayNumber> {
        let last = self.month.days();
        let middle = |day: i8| Short((f64::from(day) - 0.5) * width);
        [1, 5, 10, 15, 20, 25, last].into_iter().map(|day| DayNumber { x: middle(day), day }).collect()
    }

    /// What the picture says, for those who do not see it.
    fn description(&self, so_far: DaySeconds) -> String {
        let used = words::number(rounded(self.counted(so_far)));
        let amount = match self.allowance {
            Some(allowance) => format!("{used} of {} minutes", words::number(allowance)),
            None => format!("{used} minutes"),
        };
        let parts = format!(
            "{} CPU and {} weighted GPU",
            words::number(rounded(so_far.cpu)),
            words::number(rounded(so_far.gpu * self.gpu_weight))
        );
        let last = self.drawn().len();
        let until = self.date(i8::try_from(last).unwrap_or(1).max(1)).strftime("%-d %B");
        let mut text = format!("{amount} used by {until}: {parts}.");
        let busiest = (1_i8..).zip(self.drawn()).max_by_key(|(day, spent)| (self.counted(**spent), -day));
        if let Some((day, spent)) = busiest.filter(|(_, spent)| self.counted(**spent) > 0) {
            let (date, most) = (self.date(day).strftime("%-d %B"), words::number(rounded(self.counted(*spent))));
            let _ = write!(text, " The busiest day was {date} with {most}.");
        }
        if let Some(at) = self.forecast.and_then(|ahead| ahead.crossed_at) {
            let date = at.to_jiff().strftime("%-d %B");
            let _ = write!(text, " The forecast crosses the allowance on {date}.");
        }
        text + " All values are in the table below."
    }
}

/// Half up.
fn rounded(seconds: i64) -> i64 {
    seconds.saturating_add(30).div_euclid(60)
}

#[cfg(test)]
mod tests;

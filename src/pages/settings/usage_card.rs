//! The minutes of one month in words and figures, as *Plans & Billing* shows them.

use jiff::tz::TimeZone;

use crate::billing::Plan;
use crate::http::chart::{Ahead, Chart, DaySeconds, Usage};
use crate::http::words::{self, When};
use crate::kernel::month::{Month, day_number};
use crate::kernel::time::Timestamp;
use crate::usage::forecast::{Forecast, forecast};
use crate::usage::month::{MonthUsage, ProjectUsage, Spent, rounded_minutes};

/// Named one by one on the page.
const MOST_PROJECTS: usize = 20;

/// Everything is ready to be read; nothing here is a number any more.
pub struct UsageCard {
    pub sentence: String,
    pub cpu: String,
    pub gpu: String,
    pub gpu_note: String,
    pub total: String,
    pub total_note: String,
    /// None on a plan without a limit.
    pub allowance: Option<AllowanceWords>,
    pub outlook: Option<Outlook>,
    /// None when nothing was used.
    pub chart: Option<Chart>,
    pub projects: Vec<ProjectRow>,
    /// What stands where the chart would be.
    pub nothing_title: String,
    pub is_over: bool,
    pub resets: When,
}

pub struct AllowanceWords {
    pub left: String,
    /// `1,244 of 1,500 min`
    pub used: String,
    pub percent: String,
    pub meter: Meter,
    pub is_used_up: bool,
}

/// Shares of the whole in percent, CPU and weighted GPU.
pub struct Meter {
    pub cpu: String,
    pub gpu: String,
}

/// Where this month is heading, and how that is known.
pub struct Outlook {
    pub crossing: Option<When>,
    pub month_minutes: String,
    pub basis: String,
}

pub struct ProjectRow {
    pub name: String,
    pub minutes: String,
    pub meter: Meter,
}

impl UsageCard {
    pub fn new(usage: &MonthUsage, projects: Vec<ProjectUsage>, plan: &Plan, now: Timestamp) -> Self {
        let (weight, total) = (plan.gpu_weight, usage.total);
        let is_over = usage.month < Month::of(now);
        let ahead = forecast(usage, weight, plan.minutes, now);
        Self {
            sentence: sentence(usage.month, weight),
            cpu: words::number(total.cpu_minutes()),
            gpu: words::number(total.gpu_minutes()),
            gpu_note: format!("× {weight} = {}", words::minutes(counted_gpu(total, weight))),
            total: words::number(total.counted_minutes(weight)),
            total_note: total_note(total, weight),
            allowance: plan.minutes.map(|minutes| AllowanceWords::new(total, weight, minutes)),
            outlook: ahead.as_ref().map(|ahead| Outlook::new(ahead, usage, plan, now)),
            chart: (!total.is_nothing()).then(|| chart(usage, plan, ahead.as_ref(), now)),
            projects: project_rows(projects, total, weight),
            nothing_title: format!("No minutes in {}", usage.month.title()),
            is_over,
            resets: words::day(usage.month.next().starts_at(), &TimeZone::UTC),
        }
    }
}

impl AllowanceWords {
    fn new(total: Spent, weight: i64, minutes: i64) -> Self {
        let used = total.counted_minutes(weight);
        let whole = total.counted_seconds(weight).max(minutes.saturating_mul(60));
        Self {
            left: words::number(total.minutes_left(weight, minutes)),
            used: format!("{} of {}", words::number(used), words::minutes(minutes)),
            percent: words::percent(used, minutes),
            meter: Meter::of(total, weight, whole),
            is_used_up: used >= minutes,
        }
    }
}

impl Meter {
    fn of(spent: Spent, weight: i64, whole_seconds: i64) -> Self {
        let share = |seconds: i64| {
            let hundredths = i128::from(seconds) * 10_000 / i128::from(whole_seconds.max(1));
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        };
        Self { cpu: share(spent.cpu_seconds), gpu: share(spent.counted_seconds(weight) - spent.cpu_seconds) }
    }
}

impl Outlook {
    fn new(ahead: &Forecast, usage: &MonthUsage, plan: &Plan, now: Timestamp) -> Self {
        let (first, last) = (ahead.first_day, ahead.first_day + ahead.days - 1);
        let month = usage.month.first_day().strftime("%B");
        let days = match ahead.days {
            1 => format!("The last full day, {first} {month},"),
            days => format!("The last {days} full days, {first} to {last} {month},"),
        };
        let pace = words::number(ahead.minutes_a_day());
        let used = words::count(ahead.looked_at_minutes(), "minute", "minutes");
        let mut basis = vec![format!("{days} used {used}: {pace} a day.")];
        if let (Some(at), Some(minutes)) = (ahead.crossed_at, plan.minutes) {
            let left = words::number(usage.total.minutes_left(plan.gpu_weight, minutes));
            let tenths = (at.as_seconds() - now.as_seconds()) * 10 / 86_400;
            basis.push(format!("{left} minutes left last another {}.{} days.", tenths / 10, tenths % 10));
        }
        Self {
            crossing: ahead.crossed_at.map(crossing),
            month_minutes: words::count(ahead.month_minutes(), "minute", "minutes"),
            basis: basis.join(" "),
        }
    }
}

/// The day, not the minute: a forecast is not that exact.
fn crossing(at: Timestamp) -> When {
    let day = Timestamp::from_seconds(day_number(at) * 86_400);
    let words = words::day(day, &TimeZone::UTC);
    let date = day.to_jiff().to_zoned(TimeZone::UTC).date();
    When { datetime: date.to_string(), title: words.text, text: date.strftime("%-d %B").to_string() }
}

impl ProjectRow {
    fn new(name: String, spent: Spent, total: Spent, weight: i64) -> Self {
        Self {
            name,
            minutes: words::minutes(spent.counted_minutes(weight)),
            meter: Meter::of(spent, weight, total.counted_seconds(weight)),
        }
    }
}

/// The largest by name, all others together.
fn project_rows(mut projects: Vec<ProjectUsage>, total: Spent, weight: i64) -> Vec<ProjectRow> {
    let others = projects.split_off(projects.len().min(MOST_PROJECTS));
    let mut rows: Vec<ProjectRow> =
        projects.into_iter().map(|used| ProjectRow::new(called(&used), used.spent, total, weight)).collect();
    if !others.is_empty() {
        let mut spent = Spent::default();
        for used in &others {
            spent += used.spent;
        }
        let name = words::count(i64::try_from(others.len()).unwrap_or(i64::MAX), "other project", "other projects");
        rows.push(ProjectRow::new(name, spent, total, weight));
    }
    rows
}

/// By the name that was reported. One that another project had before says until when.
fn called(used: &ProjectUsage) -> String {
    match used.until {
        Some(made_at) => {
            format!("{} (an earlier one, before {})", used.project, words::day(made_at, &TimeZone::UTC).text)
        }
        None => used.project.clone(),
    }
}

/// `1 to 30 November 2026, in UTC. A GPU minute counts as 3.`
fn sentence(month: Month, weight: i64) -> String {
    format!("1 to {} {}, in UTC. {}.", month.days(), month.title(), super::plan_words::gpu_weight(weight))
}

fn counted_gpu(spent: Spent, weight: i64) -> i64 {
    rounded_minutes(spent.counted_seconds(weight) - spent.cpu_seconds)
}

/// The sum is made from seconds; where the rounded parts do not add up to it, that is said.
fn total_note(total: Spent, weight: i64) -> String {
    let (cpu, gpu) = (total.cpu_minutes(), counted_gpu(total, weight));
    if cpu + gpu == total.counted_minutes(weight) {
        format!("{} + {}", words::number(cpu), words::number(gpu))
    } else {
        "summed in seconds, then rounded".to_owned()
    }
}

/// Up to today, or the whole of a month that is over.
pub fn days_so_far(month: Month, now: Timestamp) -> usize {
    let elapsed = day_number(now) - month.first_day_number() + 1;
    usize::try_from(elapsed.clamp(0, i64::from(month.days()))).unwrap_or(0)
}

fn chart(usage: &MonthUsage, plan: &Plan, ahead: Option<&Forecast>, now: Timestamp) -> Chart {
    let days: Vec<DaySeconds> =
        usage.days.iter().map(|day| DaySeconds { cpu: day.cpu_seconds, gpu: day.gpu_seconds }).collect();
    Usage {
        month: usage.month,
        days: &days,
        days_so_far: days_so_far(usage.month, now),
        gpu_weight: plan.gpu_weight,
        allowance: plan.minutes,
        forecast: ahead.map(|ahead| Ahead { now, month_seconds: ahead.month_seconds, crossed_at: ahead.crossed_at }),
    }
    .draw()
}

//! The page drawn with samples: this month, a quiet one, one that is over, a plan without a limit.

use super::*;
use crate::billing::plans_file;
use crate::http::samples;
use crate::http::tabs;
use crate::kernel::time::Timestamp;
use crate::usage::month::{ProjectUsage, Spent};

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn minutes(cpu: i64, gpu: i64) -> Spent {
    Spent { cpu_seconds: cpu * 60, gpu_seconds: gpu * 60 }
}

fn used(text: &str, by_day: &[Spent]) -> MonthUsage {
    let month = month(text);
    let mut days = by_day.to_vec();
    days.resize(usize::try_from(month.days()).unwrap(), Spent::default());
    let mut total = Spent::default();
    for day in &days {
        total += *day;
    }
    MonthUsage { month, days, total }
}

fn drawn(usage: &MonthUsage, projects: Vec<ProjectUsage>, plan: &Plan, now: &str) -> String {
    let now = at(now);
    let frame = samples::frame("Plans & Billing", "What your workspace may use.");
    let page = PageFrame { person: Some(samples::ada()), tabs: Some(tabs::settings("billing")), ..frame };
    let plan_sentence = plan_words::sentence(plan);
    let (month, months) = (usage.month.to_string(), choices(usage.month, Month::of(now), vec![month("2026-09")]));
    let (plan_minutes, next_period) =
        (plan_words::minutes(plan), words::day(Month::of(now).next().starts_at(), &TimeZone::UTC));
    let csv = links::usage_csv(links::BILLING, usage.month);
    let usage = UsageCard::new(usage, projects, plan, now);
    let plan_name = plan.name.clone();
    let at = links::BILLING.to_owned();
    BillingPage { page, plan_name, plan_sentence, plan_minutes, next_period, month, months, usage, at, csv }
        .render()
        .unwrap()
}

fn free() -> Plan {
    plans_file::load(None).unwrap().first().clone()
}

fn has_all(html: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(html.contains(text), "{text} is missing in\n{html}");
    }
}

#[test]
fn a_month_is_told_in_sums_against_the_allowance_with_where_it_is_heading() {
    let usage = used("2026-11", &[minutes(60, 20); 10]);
    let arm = ProjectUsage { project: "arm<1>".to_owned(), spent: minutes(300, 100), until: None };
    let html = drawn(&usage, vec![arm], &free(), "2026-11-11T00:00:00Z");
    has_all(
        &html,
        &[
            "Free plan <span class=\"badge accent\">Your plan</span>",
            "1 to 30 November 2026, in UTC. A GPU minute counts as 3.",
            "600 <span>min</span><small>counted once</small>",
            "200 <span>min</span><small>× 3 = 600 min</small>",
            "1,200 <span>min</span><small>600 + 600</small>",
            "300 <span>min</span><small>resets <time datetime=\"2026-12-01T00:00:00Z\"",
            "<b>1,200 of 1,500 min</b> used",
            "80% of the allowance",
            "At this pace you reach the limit on <strong><time datetime=\"2026-11-13\"",
            "The whole month would take 3,600 minutes.",
            "The last 7 full days, 4 to 10 November, used 840 minutes: 120 a day. 300 minutes left last another 2.5 days.",
            "<option value=\"2026-11\" selected>November 2026</option>",
            "href=\"/settings/billing/usage.csv?month=2026-11\"",
            "<li><span>arm&#60;1&#62;</span><span>600 min</span>",
            "November so far",
        ],
    );
}

#[test]
fn a_month_without_use_says_what_will_stand_here() {
    let html = drawn(&used("2026-11", &[]), Vec::new(), &free(), "2026-11-11T00:00:00Z");
    has_all(&html, &["No minutes in November 2026", "<b>0 of 1,500 min</b> used", "id=\"gpu\""]);
    assert!(!html.contains("Minutes by project") && !html.contains("At this pace"));
}

#[test]
fn a_month_that_is_over_foretells_nothing() {
    let html = drawn(&used("2026-10", &[minutes(1_600, 0)]), Vec::new(), &free(), "2026-11-11T00:00:00Z");
    has_all(
        &html,
        &["0 <span>min</span><small>ended <time", "107% of the allowance", "<th scope=\"row\">October</th>"],
    );
    assert!(!html.contains("At this pace") && !html.contains("used up"));
}

#[test]
fn an_allowance_that_is_used_up_says_when_the_next_begins() {
    let html = drawn(&used("2026-11", &[minutes(1_500, 0)]), Vec::new(), &free(), "2026-11-11T00:00:00Z");
    has_all(&html, &["The allowance of this month is used up. A new one begins on", "100% of the allowance"]);
}

#[test]
fn a_plan_without_a_limit_shows_no_meter() {
    let plan = Plan { minutes: None, ..free() };
    let html = drawn(&used("2026-11", &[minutes(10, 0)]), Vec::new(), &plan, "2026-11-11T00:00:00Z");
    has_all(&html, &["Your plan has no limit on compute minutes."]);
    assert!(!html.contains("svg class=\"data meter\"") && !html.contains("Allowance"));
}

#[test]
fn only_the_largest_projects_are_named() {
    let projects =
        (0..25).map(|n| ProjectUsage { project: format!("p{n}"), spent: minutes(4, 0), until: None }).collect();
    let html = drawn(&used("2026-11", &[minutes(100, 0)]), projects, &free(), "2026-11-11T00:00:00Z");
    has_all(&html, &["<span>p19</span>", "<span>5 other projects</span><span>20 min</span>"]);
    assert!(!html.contains("<span>p20</span>"));
}

#[test]
fn the_months_to_choose_from_are_those_with_use_this_one_and_the_one_shown() {
    let months = choices(month("2026-08"), month("2026-11"), vec![month("2026-12"), month("2026-09")]);
    let values: Vec<&str> = months.iter().map(|choice| &*choice.value).collect();
    assert_eq!(values, ["2026-11", "2026-09", "2026-08"]);
    assert_eq!(months[0].label, "November 2026");
}

#[test]
fn only_a_month_up_to_this_one_is_shown() {
    let asked = |text: &str| wanted(&Asked { month: text.to_owned() }, month("2026-11"));
    assert!(matches!(asked(""), Ok(now) if now == month("2026-11")));
    assert!(asked("2026-10").is_ok());
    assert!(matches!(asked("2026-12"), Err(PageError::NotFound)));
    assert!(matches!(asked("November"), Err(PageError::BadRequest(_))));
}

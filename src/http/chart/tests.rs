//! The geometry, with figures worked out by hand.

use super::*;

fn day(cpu: i64, gpu: i64) -> DaySeconds {
    DaySeconds { cpu: cpu * 60, gpu: gpu * 60 }
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn usage(month: &str, days: &[DaySeconds]) -> Chart {
    november(month, days, Some(1_500)).draw()
}

fn november<'a>(month: &str, days: &'a [DaySeconds], allowance: Option<i64>) -> Usage<'a> {
    Usage { month: month.parse().unwrap(), days, days_so_far: days.len(), gpu_weight: 3, allowance, forecast: None }
}

#[test]
fn a_day_stands_in_both_bands_cpu_below_gpu() {
    let chart = usage("2026-11", &[day(4, 0), day(31, 6)]);
    // Above 1,500 minutes are 110 px; below the busiest day, 49, is drawn against 50 in 75 px.
    let bars: Vec<String> = chart
        .bars
        .iter()
        .map(|b| format!("{} {} {} {}", b.x, b.y, b.height, if b.is_gpu { "gpu" } else { "cpu" }))
        .collect();
    assert_eq!(
        bars,
        [
            "0.47 149.71 0.29 cpu",
            "0.47 264 6 cpu",
            "3.8 147.43 2.57 cpu",
            "3.8 146.11 1.32 gpu",
            "3.8 223.5 46.5 cpu",
            "3.8 196.5 27 gpu",
        ]
    );
    assert_eq!(chart.bars[0].width.to_string(), "2.4");
    assert_eq!(chart.limit, Some(Short(40.0)));
    assert_eq!(chart.to_come.len(), 28);
    assert_eq!(chart.rows[1].so_far, "53");
    assert_eq!((chart.total.name.as_str(), chart.total.counted.as_str()), ("November so far", "53"));
}

#[test]
fn nothing_used_draws_lines_and_no_bars() {
    let chart = usage("2026-11", &[day(0, 0)]);
    assert!(chart.bars.is_empty());
    assert_eq!(chart.values.len(), 1);
    assert!(chart.values[0].is_last);
    assert!(!chart.description.contains("busiest"));
    let labels: Vec<&str> = chart.labels.iter().map(|label| label.text.as_str()).collect();
    assert_eq!(labels, ["Allowance 1,500 min", "500", "1,000", "10 a day", "5"]);
}

#[test]
fn over_the_allowance_the_total_fills_the_band_and_the_line_sinks() {
    let days = [day(4_000, 0)];
    let chart = november("2026-11", &days, Some(2_000)).draw();
    let highest = chart.bars.iter().map(|bar| bar.y.0).fold(f64::MAX, f64::min);
    assert_eq!(Short(highest).to_string(), "40");
    assert_eq!(chart.limit, Some(Short(95.0)));
    // 2,000 would be a step too, but the allowance stands there already.
    let above = chart.labels.iter().filter(|label| label.y.0 < TOTAL_BASE);
    assert_eq!(above.map(|label| label.text.as_str()).collect::<Vec<_>>(), ["Allowance 2,000 min", "1,000", "3,000"]);
}

#[test]
fn without_an_allowance_the_forecast_is_the_measure() {
    let days = [day(100, 0)];
    let ahead = Ahead { now: time("2026-11-02T00:00:00Z"), month_seconds: 3_000 * 60, crossed_at: None };
    let chart = Usage { forecast: Some(ahead), ..november("2026-11", &days, None) }.draw();
    assert_eq!((chart.limit, chart.crossing), (None, None));
    let line = chart.forecast.unwrap();
    assert_eq!((line.x1.to_string(), line.x2, line.y2), ("3.33".to_owned(), Short(100.0), Short(40.0)));
    assert!(chart.description.starts_with("100 minutes used by 1 November"));
    // With neither, there is still a scale to draw on.
    assert!(november("2026-11", &[day(0, 0)], None).draw().bars.is_empty());
    assert!(november("2026-11", &[], Some(0)).draw().values.is_empty());
}

#[test]
fn the_forecast_is_cut_at_the_top_and_its_crossing_dated() {
    let days = vec![day(1_244, 0); 1];
    let ahead = Ahead {
        now: time("2026-11-21T12:00:00Z"),
        month_seconds: 1_970 * 60,
        crossed_at: Some(time("2026-11-24T20:24:00Z")),
    };
    let chart = Usage { forecast: Some(ahead), ..november("2026-11", &days, Some(1_500)) }.draw();
    let line = chart.forecast.unwrap();
    assert_eq!((line.x1.to_string().as_str(), line.y1.to_string().as_str()), ("68.33", "58.77"));
    assert_eq!(line.y2, Short(18.0));
    assert!(line.x2.0 > 90.0 && line.x2.0 < 100.0);
    let crossing = chart.crossing.unwrap();
    assert_eq!((crossing.words.as_str(), crossing.y, crossing.is_late), ("24 Nov", Short(40.0), false));
}

#[test]
fn months_have_28_to_31_days() {
    for (month, days, last) in
        [("2026-02", 28, "98.21"), ("2024-02", 29, "98.28"), ("2026-11", 30, "98.33"), ("2026-12", 31, "98.39")]
    {
        let all = vec![day(1, 1); days];
        let chart = usage(month, &all);
        assert_eq!(chart.to_come.len(), 0, "{month}");
        assert_eq!(chart.rows.len(), days, "{month}");
        assert_eq!(chart.day_numbers.last().unwrap().x.to_string(), last, "{month}");
        assert!(!chart.total.name.contains("so far"), "{month}");
        assert!(chart.bars.iter().all(|bar| bar.x.0 + bar.width.0 <= 100.0), "{month}");
    }
}

#[test]
fn sums_are_of_seconds_and_only_then_rounded() {
    // Three times 20 seconds are a minute, though each alone rounds to none.
    let chart = usage("2026-11", &[DaySeconds { cpu: 20, gpu: 0 }; 3]);
    assert_eq!(chart.rows[0].cpu, "0");
    assert_eq!(chart.total.cpu, "1");
}

//! Days as people type them into forms.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::kernel::time::Timestamp;

const SHAPE: &str = "Enter a date as in 2026-11-21.";

/// The beginning of the day, or of the next one for the end of a range, which is its last day. Nothing typed is no day.
pub fn start_of_day(typed: &str, is_end: bool, zone: &TimeZone) -> Result<Option<Timestamp>, &'static str> {
    let text = typed.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut day: Date = text.parse().map_err(|_| SHAPE)?;
    if !(1970..=9000).contains(&day.year()) {
        return Err(SHAPE);
    }
    if is_end {
        day = day.tomorrow().map_err(|_| SHAPE)?;
    }
    let start = day.to_zoned(zone.clone()).map_err(|_| SHAPE)?;
    Ok(Some(Timestamp::from_micros(start.timestamp().as_microsecond())))
}

/// The last day of a range that ends at this instant, as a form shows it.
pub fn last_day(end: Timestamp, zone: &TimeZone) -> String {
    let before = Timestamp::from_micros(end.as_micros() - 1);
    before.to_jiff().to_zoned(zone.clone()).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_day_comes_back_as_it_was_typed() {
        for zone in ["UTC", "Europe/Lisbon", "Pacific/Auckland"] {
            let zone = TimeZone::get(zone).unwrap();
            for day in ["2026-11-21", "2027-03-28", "2028-02-29"] {
                let end = start_of_day(&format!(" {day} "), true, &zone).unwrap().unwrap();
                assert_eq!(last_day(end, &zone), day);
            }
        }
        assert_eq!(start_of_day(" ", true, &TimeZone::UTC), Ok(None));
        for wrong in ["tomorrow", "2026-02-30", "0001-01-01", "9999-12-31"] {
            assert!(start_of_day(wrong, true, &TimeZone::UTC).is_err(), "{wrong}");
        }
    }
}

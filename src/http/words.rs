//! Numbers and times as people read them.
//!
//! Rule: pure functions of what they are given; the time zone is the reader's, the exact time always goes along.

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::kernel::time::Timestamp;

/// `1,284`
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('−');
    }
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1,284 min`
pub fn minutes(n: i64) -> String {
    format!("{} min", number(n))
}

/// `1 session`, `1,284 sessions`
pub fn count(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), plural(n, one, many))
}

/// The word alone.
pub fn plural<'a>(n: i64, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

/// How long to wait, rounded up: `20 seconds`, `3 minutes`.
pub fn wait(span: std::time::Duration) -> String {
    let seconds = i64::try_from(span.as_secs().max(1)).unwrap_or(i64::MAX);
    if seconds < 90 { count(seconds, "second", "seconds") } else { count((seconds + 59) / 60, "minute", "minutes") }
}

/// `83%`: whole, and never 100 before it is all. Nothing of nothing is 0.
pub fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "0%".to_owned();
    }
    let share = (i128::from(part.max(0)) * 200 / i128::from(whole) + 1) / 2;
    format!("{}%", if part < whole { share.min(99) } else { share })
}

/// `812 bytes`, `6.2 GB`: decimal units, as disks and plans are sold.
pub fn file_size(bytes: i64) -> String {
    const UNITS: [(i64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return count(bytes, "byte", "bytes");
    };
    // Rounded down, so that what is left is never promised twice.
    let tenths = bytes / (unit / 10);
    if tenths >= 100 || tenths % 10 == 0 {
        format!("{} {name}", number(tenths / 10))
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// The parts of `<time datetime="…" title="…">…</time>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// `2026-11-21T09:41:00Z`
    pub datetime: String,
    /// `21 November 2026, 09:41`
    pub title: String,
    pub text: String,
}

impl When {
    fn new(at: Timestamp, local: &Zoned, text: String) -> Self {
        Self { datetime: at.to_string(), title: exact(local), text }
    }

    /// The same within a sentence: `yesterday, 14:02`. Month names keep their capital.
    #[must_use]
    pub fn in_sentence(mut self) -> Self {
        if !self.text.starts_with(|c: char| c.is_ascii_digit()) {
            self.text = self.text.to_lowercase();
        }
        self
    }
}

/// `2 minutes ago`, `3 hours ago`, `Yesterday, 14:02`, `18 Nov, 08:12`; `In 14 days` for what is to come.
pub fn relative(at: Timestamp, now: Timestamp, zone: &TimeZone) -> When {
    let (then, today) = (local(at, zone), local(now, zone));
    let text = if at > now { ahead(at, now) } else { ago(at, now, &then, &today) };
    When::new(at, &then, text)
}

/// `21 November 2026, 09:41`
pub fn at(at: Timestamp, zone: &TimeZone) -> When {
    let local = local(at, zone);
    let text = exact(&local);
    When::new(at, &local, text)
}

/// `3 October 2026`
pub fn day(at: Timestamp, zone: &TimeZone) -> When {
    let local = local(at, zone);
    let text = local.strftime("%-d %B %Y").to_string();
    When::new(at, &local, text)
}

/// The zone of this name; UTC for one that is not known (any more).
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    at.to_jiff().to_zoned(zone.clone())
}

fn exact(local: &Zoned) -> String {
    local.strftime("%-d %B %Y, %H:%M").to_string()
}

fn ago(at: Timestamp, now: Timestamp, then: &Zoned, today: &Zoned) -> String {
    let seconds = now.since(at).as_secs();
    let is_yesterday = today.date().yesterday().is_ok_and(|yesterday| yesterday == then.date());
    match seconds {
        0..60 => "Just now".to_owned(),
        60..3_600 => unit(seconds / 60, "minute") + " ago",
        // Shortly after midnight, "3 hours ago" is clearer than "yesterday".
        _ if then.date() == today.date() || seconds < 6 * 3_600 => unit(seconds / 3_600, "hour") + " ago",
        _ if is_yesterday => then.strftime("Yesterday, %H:%M").to_string(),
        _ if then.year() == today.year() => then.strftime("%-d %b, %H:%M").to_string(),
        _ => then.strftime("%-d %b %Y, %H:%M").to_string(),
    }
}

fn ahead(at: Timestamp, now: Timestamp) -> String {
    // Rounded up: what lapses in 90 seconds lapses "in 2 minutes", and never "in 0".
    let seconds = at.since(now).as_secs();
    match seconds {
        0..3_600 => format!("In {}", unit(seconds.div_ceil(60).max(1), "minute")),
        3_600..86_400 => format!("In {}", unit(seconds.div_ceil(3_600), "hour")),
        _ => format!("In {}", unit(seconds.div_ceil(86_400), "day")),
    }
}

fn unit(n: u64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// At most so many characters of a text, with an ellipsis where it was cut; its line ends become spaces.
pub fn beginning(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn seen(text: &str) -> String {
        relative(time(text), time("2026-11-21T12:00:00Z"), &TimeZone::UTC).text
    }

    #[test]
    fn numbers_have_thousands_separators() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(48_213), "48,213");
        assert_eq!(number(-1_234_567), "−1,234,567");
        assert_eq!(number(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(minutes(1_284), "1,284 min");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(1, "day", "days"), "1 day");
        assert_eq!(count(0, "day", "days"), "0 days");
        assert_eq!(count(1_001, "day", "days"), "1,001 days");
    }

    #[test]
    fn all_is_only_said_of_all() {
        assert_eq!(percent(1_244, 1_500), "83%");
        assert_eq!(percent(1_499, 1_500), "99%");
        assert_eq!(percent(3_000, 1_500), "200%");
        assert_eq!(percent(5, 0), "0%");
        assert_eq!(file_size(1), "1 byte");
        assert_eq!(file_size(999), "999 bytes");
        assert_eq!(file_size(5_000_000), "5 MB");
        assert_eq!(file_size(6_280_000_000), "6.2 GB");
        assert_eq!(file_size(123_456_789), "123 MB");
    }

    #[test]
    fn what_is_near_is_told_by_distance_and_what_is_far_by_date() {
        assert_eq!(seen("2026-11-21T11:59:30Z"), "Just now");
        assert_eq!(seen("2026-11-21T11:58:00Z"), "2 minutes ago");
        assert_eq!(seen("2026-11-21T10:59:00Z"), "1 hour ago");
        assert_eq!(seen("2026-11-21T00:00:00Z"), "12 hours ago");
        assert_eq!(seen("2026-11-20T14:02:00Z"), "Yesterday, 14:02");
        assert_eq!(seen("2026-11-18T08:12:00Z"), "18 Nov, 08:12");
        assert_eq!(seen("2025-11-18T08:12:00Z"), "18 Nov 2025, 08:12");
    }

    #[test]
    fn what_is_to_come_is_rounded_up() {
        assert_eq!(seen("2026-11-21T12:00:30Z"), "In 1 minute");
        assert_eq!(seen("2026-11-21T12:09:30Z"), "In 10 minutes");
        assert_eq!(seen("2026-11-21T13:00:00Z"), "In 1 hour");
        assert_eq!(seen("2026-12-05T11:00:00Z"), "In 14 days");
    }

    #[test]
    fn yesterday_is_the_readers_yesterday() {
        let tokyo = zone("Asia/Tokyo");
        // 21:00 on the 21st in Tokyo; 15:30 UTC on the 20th is 00:30 of the same day there.
        let when = relative(time("2026-11-20T15:30:00Z"), time("2026-11-21T12:00:00Z"), &tokyo);
        assert_eq!(when.text, "20 hours ago");
        assert_eq!(when.title, "21 November 2026, 00:30");
        assert_eq!(when.datetime, "2026-11-20T15:30:00Z");
        assert_eq!(zone("Nowhere/Else"), TimeZone::UTC);
    }

    #[test]
    fn times_fit_into_sentences() {
        let now = time("2026-11-21T12:00:00Z");
        let said = |text| relative(time(text), now, &TimeZone::UTC).in_sentence().text;
        assert_eq!(said("2026-11-20T14:02:00Z"), "yesterday, 14:02");
        assert_eq!(said("2026-11-18T08:12:00Z"), "18 Nov, 08:12");
        assert_eq!(day(now, &TimeZone::UTC).text, "21 November 2026");
        assert_eq!(at(now, &TimeZone::UTC).text, "21 November 2026, 12:00");
    }
}

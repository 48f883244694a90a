//! `.env` files: read as people paste them, written as jobs read them.
//!
//! Rule: nothing is expanded or run; `$X` is two characters. What is wrong with a line is said by its number, never by
//! repeating it: it may be a value.

use zeroize::Zeroizing;

use super::value::unix_lines;
use super::{BadName, SecretName, SecretValue};

pub const MOST_LINES: usize = 10_000;

const NO_STATEMENT: &str = "It is not of the form NAME=value.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Use at most 10,000 lines.")]
pub struct TooLong;

/// One variable of a file, or one line that is none. No `Debug`: there may be a value in it.
pub struct Entry {
    /// Counted from 1.
    pub line: usize,
    /// As it stands there, when it is a name, in whatever case: of a line that is none it may be a part of a key.
    pub typed: Option<String>,
    pub read: Result<(SecretName, SecretValue), String>,
}

impl Entry {
    /// Whether its name was turned into capitals.
    pub fn was_lower(&self) -> bool {
        matches!((&self.typed, &self.read), (Some(typed), Ok((name, _))) if typed != name.as_str())
    }
}

/// Every variable in the order of the file. Of one that is set twice the last counts, as shells have it.
pub fn read(text: &str) -> Result<Vec<Entry>, TooLong> {
    let text = unix_lines(text.trim_start_matches('\u{feff}'));
    if text.lines().count() > MOST_LINES {
        return Err(TooLong);
    }
    let (mut entries, mut rest, mut line) = (Vec::new(), text.as_str(), 1);
    while !rest.is_empty() {
        let (entry, after) = statement(rest, line);
        entries.extend(entry);
        line += rest[..rest.len() - after.len()].matches('\n').count();
        rest = after;
    }
    mark_repeated(&mut entries);
    Ok(entries)
}

/// The statement at the beginning, and what follows its last line.
fn statement(text: &str, line: usize) -> (Option<Entry>, &str) {
    let (this, after) = text.split_once('\n').unwrap_or((text, ""));
    let start = this.trim_start();
    if start.is_empty() || start.starts_with('#') {
        return (None, after);
    }
    let unexported = start.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(start);
    let refused = |typed: Option<String>, why: &str| Some(Entry { line, typed, read: Err(why.to_owned()) });
    let Some((name, value)) = unexported.split_once('=') else {
        return (refused(None, NO_STATEMENT), after);
    };
    let name = name.trim();
    let is_name = matches!(SecretName::parse(name), Ok(_) | Err(BadName::LowerCase(_) | BadName::Acts(_)));
    let typed = is_name.then(|| name.to_owned());
    let value = value.trim_start_matches([' ', '\t']);
    let Some(quote) = value.chars().next().filter(|c| ['"', '\''].contains(c)) else {
        let value = unquoted(value);
        if is_end_of_key(name, value) {
            return (refused(None, NO_STATEMENT), after);
        }
        return (Some(entry(line, typed, name, Zeroizing::new(value.to_owned()))), after);
    };
    // The quote may close on a later line.
    let from = this.len() - value.len() + 1;
    let Some((value, end)) = quoted(&text[from..], quote) else {
        return (refused(typed, "Its quotation mark is never closed."), after);
    };
    let (behind, after) = text[from + end..].split_once('\n').unwrap_or((&text[from + end..], ""));
    let behind = behind.trim();
    if !behind.is_empty() && !behind.starts_with('#') {
        return (refused(typed, "Something stands behind its closing quotation mark."), after);
    }
    (Some(entry(line, typed, name, value)), after)
}

/// Whether it may be the last line of a key without quotation marks, such as `q1vW=` or `Rk4==`: what stands before the
/// padding is no name then, and must not be stored or shown like one.
fn is_end_of_key(name: &str, value: &str) -> bool {
    let has_lower = name.bytes().any(|b| b.is_ascii_lowercase());
    value.bytes().all(|b| b == b'=') && (has_lower || !value.is_empty())
}

fn entry(line: usize, typed: Option<String>, name: &str, value: Zeroizing<String>) -> Entry {
    let name = match SecretName::parse(name) {
        Err(BadName::LowerCase(upper)) => SecretName::parse(&upper),
        other => other,
    };
    let read = name.map_err(|error| error.to_string()).and_then(|name| {
        let value = SecretValue::new(value).map_err(|error| error.to_string())?;
        Ok((name, value))
    });
    Entry { line, typed, read }
}

/// Up to a comment, which begins with `#` behind a space.
fn unquoted(value: &str) -> &str {
    let comment = value.char_indices().find(|(at, c)| *c == '#' && (*at == 0 || value[..*at].ends_with([' ', '\t'])));
    value[..comment.map_or(value.len(), |(at, _)| at)].trim_end()
}

/// The text up to the closing quotation mark, and where what follows it begins. Between single ones all stands for
/// itself.
fn quoted(text: &str, quote: char) -> Option<(Zeroizing<String>, usize)> {
    if quote == '\'' {
        let end = text.find('\'')?;
        return Some((Zeroizing::new(text[..end].to_owned()), end + 1));
    }
    let end = closing(text)?;
    // As long as it can become, so that it is never moved and left behind in memory.
    let mut value = Zeroizing::new(String::with_capacity(end));
    let mut chars = text[..end].chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some(escaped @ ('"' | '\\' | '$' | '`')) => value.push(escaped),
            other => value.extend(std::iter::once('\\').chain(other)),
        }
    }
    Some((value, end + 1))
}

/// Where the next double quotation mark stands that no backslash is before.
fn closing(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|b| {
        let closes = b == b'"' && !is_escaped;
        is_escaped = b == b'\\' && !is_escaped;
        closes
    })
}

fn mark_repeated(entries: &mut [Entry]) {
    let mut last = std::collections::HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Ok((name, _)) = &entry.read {
            last.insert(name.clone(), (at, entry.line));
        }
    }
    for (at, entry) in entries.iter_mut().enumerate() {
        if let Ok((name, _)) = &entry.read
            && let Some((other, line)) = last.get(name)
            && *other != at
        {
            entry.read = Err(format!("Line {line} sets it again, and the last one counts."));
        }
    }
}

/// One line of a file that shells and [`read`] understand alike, piece by piece.
pub fn write(name: &str, value: &str, into: &mut impl FnMut(&str)) {
    into(name);
    into("=\"");
    let mut rest = value;
    while let Some(at) = rest.find(['"', '\\', '$', '`']) {
        let (plain, escaped) = rest.split_at(at);
        into(plain);
        into("\\");
        into(&escaped[..1]);
        rest = &escaped[1..];
    }
    into(rest);
    into("\"\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let good = |entry: Entry| entry.read.ok().map(|(name, value)| (name.to_string(), value.expose().to_owned()));
        read(text).unwrap().into_iter().filter_map(good).collect()
    }

    fn one(text: &str) -> Option<String> {
        values(text).pop().map(|(_, value)| value)
    }

    fn refusals(text: &str) -> Vec<(usize, String)> {
        read(text).unwrap().into_iter().filter_map(|entry| Some((entry.line, entry.read.err()?))).collect()
    }

    #[test]
    fn a_file_is_read_as_people_write_it() {
        for (text, expected) in [
            ("A=plain", "plain"),
            ("  export A = spaced out  # comment", "spaced out"),
            ("export\tA=x", "x"),
            ("A=a#b", "a#b"),
            ("A='single $X \\n'", "single $X \\n"),
            ("A=\"double \\\"q\\\" \\$X \\n\\t\\\\ \\d\" # comment", "double \"q\" $X \n\t\\ \\d"),
            ("A=\"two\nlines\"\nB=", "two\nlines"),
            ("A='two\r\nlines'\r\n", "two\nlines"),
            ("\u{feff}A=bom", "bom"),
            ("A=it's", "it's"),
            ("A=é=ü", "é=ü"),
            ("exported=x", "x"),
            ("A=\"é\"", "é"),
        ] {
            assert_eq!(one(text).as_deref(), Some(expected), "{text:?}");
        }
        assert_eq!(values("# A=1\n\n   \n#\n"), []);
        let many = values("A=1\nb=2\r\nA=3\n");
        assert_eq!(many, [("B".to_owned(), "2".to_owned()), ("A".to_owned(), "3".to_owned())]);
        assert!(read("b=2").unwrap()[0].was_lower() && !read("B=2").unwrap()[0].was_lower());
    }

    #[test]
    fn what_is_wrong_is_said_by_its_line_and_repeats_nothing() {
        let text =
            "A=1\nsk-live-canary\nPATH=/evil-canary\nB=\"x\ny\" canary\n3D=canary\nC=\nsk canary=1\nD='canary\nE=1";
        let said = refusals(text);
        let lines: Vec<usize> = said.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7, 8, 9]);
        assert!(said.iter().all(|(_, why)| !why.contains("canary")), "{said:?}");
        assert!(read(text).unwrap().iter().all(|entry| entry.typed.as_deref().is_none_or(|name| !name.contains("sk"))));
        assert_eq!(values(text).len(), 2);
        assert_eq!(refusals("A=1\nA=2")[0].1, "Line 2 sets it again, and the last one counts.");
    }

    #[test]
    fn a_key_without_quotation_marks_leaves_no_name_behind() {
        for last in [
            "q1vWcanary=",
            "Rk4canary==",
            "JBSWY3DP===",
            "3canary=",
            "c+a/nary=",
            "q1vWcanary= # comment",
            "export q1=",
        ] {
            let text = format!(
                "KEY=-----BEGIN PRIVATE KEY-----\nMIIEcanary\n{last}\n-----END PRIVATE KEY-----\nempty=\"\"\nB=1"
            );
            let entries = read(&text).unwrap();
            let named: Vec<&str> = entries.iter().filter_map(|entry| entry.typed.as_deref()).collect();
            assert_eq!(named, ["KEY", "empty", "B"], "{last}");
            assert_eq!(values(&text).len(), 2, "{last}");
            assert!(refusals(&text).iter().all(|(_, why)| !why.contains("canary")), "{last}");
        }
        assert_eq!(values("a=x=\nB=\"=\"").len(), 2);
        assert_eq!(read("EMPTY=\nld_preload=x").unwrap().iter().filter(|entry| entry.typed.is_some()).count(), 2);
    }

    #[test]
    fn ten_thousand_lines_are_read_and_one_more_is_not() {
        let line = |n: usize| format!("NAME_{n}=\"value\" # {n}\n");
        let text: String = (0..MOST_LINES).map(line).collect();
        assert_eq!(read(&text).unwrap().len(), MOST_LINES);
        assert!(read(&(text + "ONE_MORE=1")).is_err());
        // A quotation mark that is never closed costs one look at the rest, not one for each line.
        let open = "A=\"x\n".repeat(MOST_LINES - 1) + "B='";
        assert!(!read(&open).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in "[^\0]{1,200}") {
            prop_assume!(!value.contains('\r'));
            let mut text = String::new();
            write("A", &value, &mut |part| text.push_str(part));
            write("B", "after", &mut |part| text.push_str(part));
            prop_assert_eq!(values(&text), [("A".to_owned(), value), ("B".to_owned(), "after".to_owned())]);
        }

        #[test]
        fn rubbish_never_panics(text in "(?s)[A-C='\"\\\\\n #\re$é]{0,80}") {
            let _ = read(&text);
        }
    }
}

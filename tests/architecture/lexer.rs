//! Rust text as words, without comments and without what stands in quotes: enough to read paths and macro calls.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// An identifier, `::`, or one other character.
    pub text: String,
    pub line: usize,
}

pub fn words(text: &str) -> Vec<Word> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = end_of(&chars, at);
        let kept: String = match chars[at] {
            '/' if end - at > 1 => String::new(),
            '"' | '\'' => String::new(),
            c if c.is_whitespace() => String::new(),
            'r' | 'b' | 'c' if chars[at..end].contains(&'"') => String::new(),
            _ => chars[at..end].iter().collect(),
        };
        if !kept.is_empty() {
            words.push(Word { text: kept.trim_start_matches("r#").to_owned(), line });
        }
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    words
}

fn end_of(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or(' ');
    match chars[at] {
        '/' if next(1) == '/' => find(chars, at, |rest| rest[0] == '\n'),
        '/' if next(1) == '*' => block_comment(chars, at),
        '"' => quoted(chars, at + 1, '"'),
        // A lifetime has no closing quote right after one character.
        '\'' if next(1) == '\\' || next(2) == '\'' => quoted(chars, at + 1, '\''),
        '\'' => at + 1,
        ':' if next(1) == ':' => at + 2,
        c if c.is_alphanumeric() || c == '_' => {
            let end = find(chars, at, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
            string_with_prefix(chars, at, end).unwrap_or(end)
        }
        _ => at + 1,
    }
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`; also raw identifiers, `r#type`.
fn string_with_prefix(chars: &[char], at: usize, end: usize) -> Option<usize> {
    let prefix: String = chars[at..end].iter().collect();
    let hashes = chars[end..].iter().take_while(|c| **c == '#').count();
    match (prefix.as_str(), chars.get(end + hashes)) {
        ("b" | "c", Some('"')) if hashes == 0 => Some(quoted(chars, end + 1, '"')),
        ("b", Some('\'')) if hashes == 0 => Some(quoted(chars, end + 1, '\'')),
        ("r" | "br" | "cr", Some('"')) => {
            let closed =
                |rest: &[char]| rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|c| *c == '#');
            Some(find(chars, end + hashes + 1, closed) + 1 + hashes)
        }
        ("r", _) if hashes == 1 => Some(find(chars, end + 1, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'))),
        _ => None,
    }
}

fn quoted(chars: &[char], start: usize, quote: char) -> usize {
    let mut at = start;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn block_comment(chars: &[char], at: usize) -> usize {
    let (mut depth, mut at) = (1, at + 2);
    while depth > 0 && at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn find(chars: &[char], from: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| is_end(&chars[*at..])).unwrap_or(chars.len())
}

#[test]
fn comments_and_quotes_are_not_read() {
    let source = r##"
        // use crate::a; "
        /* crate::b /* crate::c */ " */
        fn f<'a>(x: &'a str) { let _ = ("crate::d \" ", 'c', '\'', b'"', r#"crate::e " "#, b"crate::f"); r#type::g }
    "##;
    let read: Vec<String> = words(source).into_iter().map(|word| word.text).collect();
    let read = read.join(" ");
    assert!(!read.contains("crate"), "{read}");
    assert!(read.ends_with("type :: g }"), "{read}");
}

#[test]
fn words_know_their_line() {
    let read = words("a\n\"two\nlines\" b\n");
    assert_eq!(read[1], Word { text: "b".to_owned(), line: 3 });
}

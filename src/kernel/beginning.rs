//! Texts that begin alike stand beside each other in an index: from the beginning itself to the first text behind them.

/// The first text that no longer begins with `beginning`, in the order of code points, which is the order of both
/// databases.
pub fn end_of(beginning: &str) -> String {
    let mut end: Vec<char> = beginning.chars().collect();
    while let Some(last) = end.pop() {
        // Surrogates are no characters.
        let next = if last == '\u{D7FF}' { Some('\u{E000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            end.push(next);
            return end.into_iter().collect();
        }
    }
    // Nothing but the last character there is: no text begins so.
    format!("{beginning}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_lies_behind_everything_that_begins_so() {
        assert_eq!(end_of("ada"), "adb");
        assert_eq!(end_of("a\u{10FFFF}"), "b");
        assert_eq!(end_of("\u{D7FF}"), "\u{E000}");
        assert!("adaé" < end_of("ada").as_str());
    }
}

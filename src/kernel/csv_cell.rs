//! Text that people typed, in a table that a spreadsheet will open.

use std::borrow::Cow;

/// Spreadsheets take a cell that begins with one of these for a formula, quoted or not; the wide ones too.
/// (OWASP, "CSV Injection".) An apostrophe before it makes it text.
pub fn neutral(text: &str) -> Cow<'_, str> {
    let begins_a_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}']);
    if begins_a_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_text_stays() {
        for formula in ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(neutral(formula), format!("'{formula}"));
        }
        assert_eq!(neutral("Ada = Lovelace"), "Ada = Lovelace");
        assert_eq!(neutral(""), "");
    }
}

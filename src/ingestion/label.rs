//! What a sample is an example of: as the client says, or else as the file's name begins.

use super::file_name::FileName;
use crate::kernel::names::one_line;
use crate::kernel::percent;

/// In characters.
pub const LONGEST: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The label must be one line of at most {LONGEST} visible characters.")]
pub struct BadLabel;

/// `header` is what was sent as the label, percent-encoded or plain; an empty one counts as absent. `None`: the sample
/// has no label, which a caller that was asked for none says without asking here.
pub fn of(header: Option<&str>, file_name: &FileName) -> Result<Option<String>, BadLabel> {
    match header.map(str::trim).filter(|header| !header.is_empty()) {
        Some(header) => {
            let plain = percent::decoded(header);
            let label = one_line(plain.as_deref().unwrap_or(header), LONGEST).map_err(|_| BadLabel)?;
            Ok(Some(label).filter(|label| !label.is_empty()))
        }
        None => Ok(beginning_of(file_name.as_str())),
    }
}

/// The leading letters, digits, spaces, hyphens and underscores: `idle` of `idle.01.json`.
fn beginning_of(file_name: &str) -> Option<String> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || c == '-' || c == '_';
    let end = file_name.find(|c| !belongs(c)).unwrap_or(file_name.len());
    let label = file_name[..end].trim();
    (!label.is_empty()).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(header: Option<&str>, file_name: &str) -> Result<Option<String>, BadLabel> {
        of(header, &FileName::parse(file_name).unwrap())
    }

    #[test]
    fn a_name_begins_with_its_label() {
        for (name, expected) in [
            ("idle.01.json", Some("idle")),
            ("left-right_2 fast.5.wav", Some("left-right_2 fast")),
            ("noise", Some("noise")),
            ("café.wav", Some("caf")),
            (".hidden.json", None),
            ("§.json", None),
        ] {
            assert_eq!(label(None, name), Ok(expected.map(str::to_owned)), "{name}");
            assert_eq!(label(Some(" "), name), label(None, name), "{name}");
        }
    }

    #[test]
    fn a_header_goes_before_the_name() {
        for (header, expected) in [("on%20off", "on off"), ("on off", "on off"), ("50%", "50%"), ("%E2%9C%93", "✓")] {
            assert_eq!(label(Some(header), "idle.01.json"), Ok(Some(expected.to_owned())), "{header}");
        }
        assert_eq!(label(Some("%20"), "idle.json"), Ok(None));
        for refused in ["a%00b", "a%0Ab", &"x".repeat(LONGEST + 1)] {
            assert_eq!(label(Some(refused), "idle.01.json"), Err(BadLabel));
        }
    }
}

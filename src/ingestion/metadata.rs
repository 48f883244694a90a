//! What a sender says of a sample besides: names and values, all of them short texts.

use std::collections::BTreeMap;

use crate::kernel::names::one_line;

const MOST: usize = 50;
/// In characters.
const LONGEST_NAME: usize = 100;
const LONGEST_VALUE: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The metadata must be a JSON object of at most {MOST} texts: names of 1 to {LONGEST_NAME} visible characters, \
     values of at most {LONGEST_VALUE}."
)]
pub struct BadMetadata;

/// The same as JSON that is stored, its names in order; an empty header counts as absent.
pub fn parse(header: Option<&str>) -> Result<String, BadMetadata> {
    let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Ok("{}".to_owned()) };
    let given: BTreeMap<String, String> = serde_json::from_str(header).map_err(|_| BadMetadata)?;
    if given.len() > MOST {
        return Err(BadMetadata);
    }
    let mut kept = BTreeMap::new();
    for (name, value) in given {
        let name = one_line(&name, LONGEST_NAME).map_err(|_| BadMetadata)?;
        let value = one_line(&value, LONGEST_VALUE).map_err(|_| BadMetadata)?;
        if name.is_empty() || kept.insert(name, value).is_some() {
            return Err(BadMetadata);
        }
    }
    serde_json::to_string(&kept).map_err(|_| BadMetadata)
}

/// As stored, in the order of the names.
pub fn read(stored: &str) -> Vec<(String, String)> {
    serde_json::from_str::<BTreeMap<String, String>>(stored).map(|kept| kept.into_iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_texts_and_nothing_else() {
        assert_eq!(parse(None).as_deref(), Ok("{}"));
        assert_eq!(parse(Some(" ")).as_deref(), Ok("{}"));
        assert_eq!(parse(Some("{\"site\":\"dock 4\",\"a\":\"\"}")).as_deref(), Ok("{\"a\":\"\",\"site\":\"dock 4\"}"));
        let many: BTreeMap<String, &str> = (0..=MOST).map(|n| (n.to_string(), "")).collect();
        for wrong in ["[]", "{\"a\":1}", "{\"a\":{}}", "{\"\":\"x\"}", "{\"a\":\"\\u0000\"}", "{\"a\":\"b\"", "x"] {
            assert_eq!(parse(Some(wrong)), Err(BadMetadata), "{wrong}");
        }
        assert_eq!(parse(Some(&serde_json::to_string(&many).unwrap())), Err(BadMetadata));
        assert_eq!(parse(Some(&format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST_VALUE + 1)))), Err(BadMetadata));
        assert_eq!(read("{\"a\":\"b\"}"), [("a".to_owned(), "b".to_owned())]);
    }
}

//! Files that describe the others of their request. They are told by their name and are no samples.
//!
//! Rule: what a companion says of a file of its request is kept with that file's sample. Whatever of it is not kept is
//! said in the answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::file_name::FileName;
use super::labels_within::{Area, LabelsWithin, Segment};

/// Held in memory until the request is whole, one of each kind. In bytes.
pub const LARGEST: usize = 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Companion {
    StructuredLabels,
    BoundingBoxes,
    LabelMap,
    Attachments,
}

/// Why a companion is not taken, or not all of it: the text of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCompanion {
    #[error("Companions of this kind are not kept: send structured_labels.labels or bounding_boxes.labels.")]
    Kind,
    #[error("A companion may have {} MB at most: send fewer files at once.", LARGEST >> 20)]
    TooLarge,
    #[error("A companion of this kind came before in this request: send one for all its files.")]
    Twice,
    #[error("It is not JSON as this companion should be: version 1, its type, and a list for each file by its name.")]
    Unreadable,
    #[error("Of the files that it names {0} did not come in this request: what it says of them is not kept.")]
    NotHere(usize),
}

#[derive(Deserialize)]
struct StructuredLabels {
    version: u32,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "structuredLabels")]
    of: BTreeMap<String, Vec<Segment>>,
}

#[derive(Deserialize)]
struct BoundingBoxes {
    version: u32,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "boundingBoxes")]
    of: BTreeMap<String, Vec<Area>>,
}

/// `None` for what is a sample.
pub fn of(file_name: &str) -> Option<Companion> {
    match file_name {
        "structured_labels.labels" => Some(Companion::StructuredLabels),
        "bounding_boxes.labels" => Some(Companion::BoundingBoxes),
        "label_map.labels" => Some(Companion::LabelMap),
        "attachments.labels" => Some(Companion::Attachments),
        _ => None,
    }
}

/// A companion as it came, or why it did not.
pub type Held = (Companion, Result<Vec<u8>, BadCompanion>);

/// What these say of the files of these names, by name; and which of them are not kept, or not all of what they say.
pub fn said_of(
    names: &BTreeSet<&str>,
    companions: &[Held],
) -> (BTreeMap<String, LabelsWithin>, Vec<(&'static str, BadCompanion)>) {
    let (mut labels, mut refused) = (BTreeMap::<String, LabelsWithin>::new(), Vec::new());
    for (companion, held) in companions {
        let said = match held.as_ref().map_err(BadCompanion::clone).and_then(|file| companion.read(file)) {
            Ok(said) => said,
            Err(error) => {
                refused.push((companion.file_name(), error));
                continue;
            }
        };
        let mut elsewhere = 0;
        for (name, more) in said {
            if !names.contains(name.as_str()) {
                elsewhere += 1;
            } else if !more.is_empty() {
                labels.entry(name).or_default().add(more);
            }
        }
        if elsewhere > 0 {
            refused.push((companion.file_name(), BadCompanion::NotHere(elsewhere)));
        }
    }
    (labels, refused)
}

impl Companion {
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::StructuredLabels => "structured_labels.labels",
            Self::BoundingBoxes => "bounding_boxes.labels",
            Self::LabelMap => "label_map.labels",
            Self::Attachments => "attachments.labels",
        }
    }

    pub const fn is_kept(self) -> bool {
        matches!(self, Self::StructuredLabels | Self::BoundingBoxes)
    }

    /// What it says, by the name of the file it says it of.
    pub fn read(self, file: &[u8]) -> Result<BTreeMap<String, LabelsWithin>, BadCompanion> {
        let unreadable = |_| BadCompanion::Unreadable;
        match self {
            Self::StructuredLabels => {
                let StructuredLabels { version, kind, of } = serde_json::from_slice(file).map_err(unreadable)?;
                by_name(version == 1 && kind == "structured-labels", of, |segments| LabelsWithin {
                    structured_labels: segments,
                    ..LabelsWithin::default()
                })
            }
            Self::BoundingBoxes => {
                let BoundingBoxes { version, kind, of } = serde_json::from_slice(file).map_err(unreadable)?;
                by_name(version == 1 && kind == "bounding-box-labels", of, |areas| LabelsWithin {
                    bounding_boxes: areas,
                    ..LabelsWithin::default()
                })
            }
            Self::LabelMap | Self::Attachments => Err(BadCompanion::Kind),
        }
    }
}

fn by_name<T>(
    is_right: bool,
    of: BTreeMap<String, T>,
    labels: impl Fn(T) -> LabelsWithin,
) -> Result<BTreeMap<String, LabelsWithin>, BadCompanion> {
    let mut read = BTreeMap::new();
    for (name, said) in of {
        // As the names of files are read, so that both agree. What is no name names no file of the request.
        let name = FileName::parse(&name).map_or(name, |name| name.to_string());
        let labels = labels(said);
        if !is_right || !labels.are_plain() {
            return Err(BadCompanion::Unreadable);
        }
        read.insert(name, labels);
    }
    if is_right { Ok(read) } else { Err(BadCompanion::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companions_are_told_by_their_whole_name() {
        assert_eq!(of("structured_labels.labels"), Some(Companion::StructuredLabels));
        assert_eq!(of("attachments.labels"), Some(Companion::Attachments));
        assert_eq!(of("my_attachments.labels"), None);
        assert_eq!(of("label_map.json"), None);
    }

    #[test]
    fn only_what_can_be_kept_as_it_is_is_read() {
        let file = |version: u32, kind: &str, label: &str| {
            let area = format!("{{\"label\":\"{label}\",\"x\":1,\"y\":2,\"width\":3,\"height\":4.5}}");
            format!("{{\"version\":{version},\"type\":\"{kind}\",\"boundingBoxes\":{{\"a%20b.png\":[{area}]}}}}")
        };
        let boxes = |file: &str| Companion::BoundingBoxes.read(file.as_bytes());
        let read = boxes(&file(1, "bounding-box-labels", "cat")).unwrap();
        assert_eq!(read["a b.png"].bounding_boxes[0].label, "cat");
        assert_eq!(read["a b.png"].bounding_boxes[0].height.to_string(), "4.5");
        for wrong in [
            file(2, "bounding-box-labels", "cat"),
            file(1, "structured-labels", "cat"),
            file(1, "bounding-box-labels", "a\u{202e}b"),
            file(1, "bounding-box-labels", "cat").replace("\"x\":1", "\"x\":\"1\""),
            "{\"version\":1,\"type\":\"label\",\"boundingBoxes\":{}}".to_owned(),
            "[]".to_owned(),
            "[".repeat(100_000),
        ] {
            assert_eq!(boxes(&wrong), Err(BadCompanion::Unreadable), "{wrong:.80}");
        }
        assert_eq!(Companion::LabelMap.read(b"{}"), Err(BadCompanion::Kind));
    }
}

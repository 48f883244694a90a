//! Labels of parts of a sample: stretches of a series, areas of a picture. A companion file brings them, or a header.
//!
//! Rule: numbers are kept as they were sent, and mean what the sender means by them; nothing is looked up in the sample.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::label;
use crate::kernel::names::one_line;

/// As stored, in the words in which it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelsWithin {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub structured_labels: Vec<Segment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounding_boxes: Vec<Area>,
}

/// From one value of the series to another; both belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    pub start_index: u64,
    pub end_index: u64,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    pub label: String,
    pub x: Number,
    pub y: Number,
    pub width: Number,
    pub height: Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The bounding boxes must be a JSON array of objects with a label, x, y, width and height.")]
pub struct BadAreas;

/// The areas of the one file that comes with this header; absent is none.
pub fn areas(header: Option<&str>) -> Result<LabelsWithin, BadAreas> {
    let Some(header) = header else { return Ok(LabelsWithin::default()) };
    let bounding_boxes = serde_json::from_str(header).map_err(|_| BadAreas)?;
    let labels = LabelsWithin { bounding_boxes, ..LabelsWithin::default() };
    if labels.are_plain() { Ok(labels) } else { Err(BadAreas) }
}

impl LabelsWithin {
    pub fn is_empty(&self) -> bool {
        self.structured_labels.is_empty() && self.bounding_boxes.is_empty()
    }

    /// Whether every label is one visible line, as any other label.
    pub fn are_plain(&self) -> bool {
        let labels = self.structured_labels.iter().map(|one| &one.label);
        let mut labels = labels.chain(self.bounding_boxes.iter().map(|one| &one.label));
        labels.all(|text| one_line(text, label::LONGEST).is_ok())
    }

    /// What the companions of a request say, and its header.
    pub fn add(&mut self, other: Self) {
        self.structured_labels.extend(other.structured_labels);
        self.bounding_boxes.extend(other.bounding_boxes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_areas_is_an_array_of_them_and_nothing_else() {
        assert_eq!(areas(None), Ok(LabelsWithin::default()));
        assert_eq!(areas(Some("[]")), Ok(LabelsWithin::default()));
        let area = r#"{"label":"cat","x":1,"y":2,"width":3,"height":4.5}"#;
        let read = areas(Some(&format!("[{area},{area}]"))).unwrap();
        assert_eq!((read.bounding_boxes.len(), read.bounding_boxes[1].height.to_string()), (2, "4.5".to_owned()));
        for wrong in [
            area.to_owned(),
            "[1]".to_owned(),
            format!("[{}]", area.replace("\"x\":1", "\"x\":\"1\"")),
            format!("[{}]", area.replace("cat", "a\u{202e}b")),
            "[".repeat(100_000),
        ] {
            assert_eq!(areas(Some(&wrong)), Err(BadAreas), "{wrong:.80}");
        }
    }
}

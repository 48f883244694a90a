//! Labels of parts of a sample: stretches of a series, areas of a picture. A companion file brings them.
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

impl LabelsWithin {
    /// Whether every label is one visible line, as any other label.
    pub fn are_plain(&self) -> bool {
        let labels = self.structured_labels.iter().map(|one| &one.label);
        let mut labels = labels.chain(self.bounding_boxes.iter().map(|one| &one.label));
        labels.all(|text| one_line(text, label::LONGEST).is_ok())
    }

    /// What both companions of a request say.
    pub fn add(&mut self, other: Self) {
        self.structured_labels.extend(other.structured_labels);
        self.bounding_boxes.extend(other.bounding_boxes);
    }
}

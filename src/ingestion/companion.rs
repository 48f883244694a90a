//! Files that describe the others of their request. They are told by their name and are no samples.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Companion {
    StructuredLabels,
    BoundingBoxes,
    LabelMap,
    Attachments,
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
}

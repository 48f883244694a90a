//! What a sample is for, and who decides it when the client leaves that to the server.

use crate::crypto::content_hash::ContentHash;

crate::text_enum! {
    pub enum Category {
        Training = "training",
        Testing = "testing",
        Anomaly = "anomaly",
    }
}

/// Of a hundred samples that the server splits.
const FOR_TRAINING: u64 = 80;

impl Category {
    /// Training or testing, always the same for the same content, whoever sends it, whenever and under whatever name.
    pub fn of_content(hash: &ContentHash) -> Self {
        let number = hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        if number % 100 < FOR_TRAINING { Self::Training } else { Self::Testing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_number(n: u32) -> Category {
        Category::of_content(&ContentHash::of(&n.to_be_bytes()))
    }

    #[test]
    fn four_of_five_are_for_training() {
        let training = (0..10_000).filter(|n| of_number(*n) == Category::Training).count();
        assert!((7_880..=8_120).contains(&training), "{training}");
        assert!((0..10_000).all(|n| of_number(n) != Category::Anomaly));
    }

    /// A change here would send content that was split before to the other side.
    #[test]
    fn the_split_never_changes() {
        let first: String = (0..40).map(|n| if of_number(n) == Category::Training { '1' } else { '0' }).collect();
        assert_eq!(first, "1111111111111111111011011111111110111101");
    }
}

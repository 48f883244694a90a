//! What a person mostly builds with the platform.

use crate::text_enum;

text_enum! {
    pub enum UseCase {
        Manufacturing = "manufacturing",
        Retail = "retail",
        Security = "security",
        Healthcare = "healthcare",
        Automotive = "automotive",
        Agriculture = "agriculture",
        Research = "research",
        Personal = "personal",
        Other = "other",
    }
}

impl UseCase {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Manufacturing => "Manufacturing and quality control",
            Self::Retail => "Retail and inventory",
            Self::Security => "Security and surveillance",
            Self::Healthcare => "Healthcare and medical",
            Self::Automotive => "Automotive and robotics",
            Self::Agriculture => "Agriculture",
            Self::Research => "Research and academia",
            Self::Personal => "Personal project",
            Self::Other => "Other",
        }
    }
}

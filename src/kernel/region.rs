//! Where a person's data lives.

use crate::text_enum;

text_enum! {
    /// Chosen at sign-up. Every cookie, link and token begins with its region's letter.
    pub enum Region {
        Us = "us",
        Eu = "eu",
        Ap = "ap",
    }
}

impl Region {
    /// The first character of everything that leads back to this region.
    pub const fn letter(self) -> char {
        match self {
            Self::Us => 'u',
            Self::Eu => 'e',
            Self::Ap => 'a',
        }
    }

    /// The region a token, link or cookie belongs to, told from its first character.
    pub fn of_token(token: &str) -> Option<Self> {
        let first = token.chars().next()?;
        Self::ALL.iter().copied().find(|region| region.letter() == first)
    }

    /// `Europe (eu)`
    pub const fn title(self) -> &'static str {
        match self {
            Self::Us => "United States (us)",
            Self::Eu => "Europe (eu)",
            Self::Ap => "Asia Pacific (ap)",
        }
    }
}

//! A value as a form sends it: wiped when the form is done with, and never shown again.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// No `Debug`, so that no log can hold it.
#[derive(Default)]
pub struct Typed(Zeroizing<String>);

impl Typed {
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

//! A secret that one page shows, once.

use zeroize::Zeroizing;

/// Has no `Debug` and no `Clone` on purpose: the only way to the text is [`ShownOnce::reveal`], which uses it up.
pub struct ShownOnce(Zeroizing<String>);

impl ShownOnce {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one page or mail that may show it.
    pub fn reveal(self) -> String {
        self.0.to_string()
    }

    /// The text, for making its digest before it is shown.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

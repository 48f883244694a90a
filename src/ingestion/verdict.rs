//! Whether a file is what one of the project's devices signed, and if not, why: the words a page shows.

use std::fmt;

use super::document::{self, Document, Malformed};
use super::extension::Extension;
use crate::crypto::signature::SignedFile;

crate::text_enum! {
    /// The verdict in one word, as it is stored, searched for and shown.
    pub enum Standing {
        Valid = "valid",
        Invalid = "invalid",
        None = "none",
    }
}

/// A key of the project that devices may have signed with. `K` is the caller's id for it.
#[derive(Clone, Copy)]
pub struct SigningKey<'k, K> {
    pub id: K,
    pub text: &'k str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<K> {
    Valid(K),
    Invalid(Diagnosis<K>),
    None(Unclaimed),
}

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diagnosis<K> {
    Unsigned,
    SignedWithDecodedKey(K),
    /// With how many keys the project has.
    NoKeyMatches(usize),
    Malformed(Malformed),
}

/// Why a file claims no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclaimed {
    /// The document says `alg: none`.
    ByDocument,
    /// Files of this kind have no place for one.
    ByFormat,
}

/// A verdict, and what the document tells besides; `None` when the file is no readable document.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged<K> {
    pub verdict: Verdict<K>,
    pub document: Option<Document>,
}

/// Reads the file once, and once more for each key that is tried: the text of every key, then each key decoded.
pub fn judge<K: Copy>(file: &[u8], extension: Extension, keys: &[SigningKey<'_, K>]) -> Judged<K> {
    let Some(encoding) = extension.encoding() else {
        return Judged { verdict: Verdict::None(Unclaimed::ByFormat), document: None };
    };
    match document::read(file, encoding) {
        Ok(document) => Judged { verdict: verdict(file, &document, keys), document: Some(document) },
        Err(malformed) => Judged { verdict: Verdict::Invalid(Diagnosis::Malformed(malformed)), document: None },
    }
}

fn verdict<K: Copy>(file: &[u8], document: &Document, keys: &[SigningKey<'_, K>]) -> Verdict<K> {
    let Some(span) = &document.signature else { return Verdict::None(Unclaimed::ByDocument) };
    let no_key_matches = Verdict::Invalid(Diagnosis::NoKeyMatches(keys.len()));
    let Some(signed) = SignedFile::new(file, span.start) else { return no_key_matches };
    if signed.is_unsigned() {
        return Verdict::Invalid(Diagnosis::Unsigned);
    }
    if let Some(key) = keys.iter().find(|key| signed.is_by(key.text)) {
        return Verdict::Valid(key.id);
    }
    match keys.iter().find(|key| signed.is_by_decoded(key.text)) {
        Some(key) => Verdict::Invalid(Diagnosis::SignedWithDecodedKey(key.id)),
        None => no_key_matches,
    }
}

impl<K: Copy> Verdict<K> {
    pub fn standing(&self) -> Standing {
        match self {
            Self::Valid(_) => Standing::Valid,
            Self::Invalid(_) => Standing::Invalid,
            Self::None(_) => Standing::None,
        }
    }

    /// The key that signed the file, rightly or decoded.
    pub fn key(&self) -> Option<K> {
        match self {
            Self::Valid(key) | Self::Invalid(Diagnosis::SignedWithDecodedKey(key)) => Some(*key),
            Self::Invalid(_) | Self::None(_) => None,
        }
    }
}

/// One sentence. It does not name the key: a page that may name keys does, by [`Verdict::key`].
impl<K> fmt::Display for Verdict<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid(_) => f.write_str("The signature is valid."),
            Self::Invalid(diagnosis) => diagnosis.fmt(f),
            Self::None(Unclaimed::ByDocument) => f.write_str("The document says that it is not signed (alg: none)."),
            Self::None(Unclaimed::ByFormat) => f.write_str("Files of this kind carry no signature."),
        }
    }
}

impl<K> fmt::Display for Diagnosis<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("The document was never signed: its signature is all zeros."),
            Self::SignedWithDecodedKey(_) => f.write_str(
                "The document was signed with the bytes that the key stands for in hexadecimal. \
                 Sign with the key's text instead.",
            ),
            Self::NoKeyMatches(0) => f.write_str("The project has no HMAC key to check the signature with."),
            Self::NoKeyMatches(_) => f.write_str(
                "No HMAC key of this project made the signature: another key did, or the file was changed afterwards.",
            ),
            Self::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

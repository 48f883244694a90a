//! Documents in JSON. `serde_json` checks and borrows; where a value stands is told by where its text lies in the
//! file.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{DEEPEST, Encoded, Fields, Malformed, Top, no_object, too_deep};

pub(super) struct Json<'a> {
    file: &'a [u8],
}

pub(super) fn open(file: &[u8]) -> Result<(Json<'_>, Top<'_, &RawValue>), Malformed> {
    if is_too_deep(file) {
        return Err(too_deep());
    }
    let Whole(top) = serde_json::from_slice(file).map_err(|error| match error.classify() {
        // Its own words would quote the value, however long.
        Category::Data => no_object(),
        _ => Malformed::because(format!("The file is not readable as JSON: {error}.")),
    })?;
    Ok((Json { file }, top?))
}

impl<'a> Encoded<'a> for Json<'a> {
    type Value = &'a RawValue;

    fn is_null(&self, value: &'a RawValue) -> bool {
        value.get() == "null"
    }

    fn is_list(&self, value: &'a RawValue) -> bool {
        value.get().starts_with('[')
    }

    fn list_length(&self, value: &'a RawValue) -> Option<usize> {
        parsed(value, "[").map(|Length(length)| length)
    }

    fn text(&self, value: &'a RawValue) -> Option<Cow<'a, str>> {
        parsed(value, "\"").map(|Text(text)| text)
    }

    fn number(&self, value: &'a RawValue) -> Option<f64> {
        parsed(value, "-0123456789")
    }

    fn span(&self, value: &'a RawValue) -> Option<(Range<usize>, &'a str)> {
        let characters = value.get().strip_prefix('"')?.strip_suffix('"')?;
        let start = characters.as_ptr().addr().checked_sub(self.file.as_ptr().addr())?;
        let span = start..start.checked_add(characters.len())?;
        (self.file.get(span.clone())? == characters.as_bytes()).then_some((span, characters))
    }

    /// A JSON document ends with its file: `serde_json` refuses what follows.
    fn binary(&self, _: &'a RawValue) -> Result<usize, Malformed> {
        Ok(0)
    }
}

/// Asked for its first character beforehand, as `serde_json`'s refusal would quote all of it.
fn parsed<'a, T: Deserialize<'a>>(value: &'a RawValue, begins_with: &str) -> Option<T> {
    let begins = value.get().starts_with(|first| begins_with.contains(first));
    if begins { serde_json::from_str(value.get()).ok() } else { None }
}

/// Counts brackets outside of texts, which is exact for JSON; `serde_json` refuses the rest.
fn is_too_deep(file: &[u8]) -> bool {
    let mut walk = Walk::default();
    let (pieces, rest) = file.as_chunks::<PIECE>();
    pieces.iter().any(|piece| walk.is_too_deep_after(piece)) || walk.is_too_deep_within(rest)
}

/// Looked at in one go, in a few instructions of most processors.
const PIECE: usize = 64;

#[derive(Default)]
struct Walk {
    depth: usize,
    is_text: bool,
    is_escaped: bool,
}

impl Walk {
    /// A piece without quotes and backslashes is counted as a whole, unless that would hide how deep it goes inside.
    fn is_too_deep_after(&mut self, piece: &[u8; PIECE]) -> bool {
        if count(piece, |byte| byte == b'"' || byte == b'\\') > 0 || self.is_escaped {
            return self.is_too_deep_within(piece);
        }
        if self.is_text {
            return false;
        }
        // Square and curly brackets differ in this bit alone.
        let opened = count(piece, |byte| byte | 0x20 == b'{');
        let closed = count(piece, |byte| byte | 0x20 == b'}');
        if self.depth + opened > DEEPEST {
            return self.is_too_deep_within(piece);
        }
        self.depth = (self.depth + opened).saturating_sub(closed);
        false
    }

    fn is_too_deep_within(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_text => self.is_escaped = true,
                b'"' => self.is_text = !self.is_text,
                b'[' | b'{' if !self.is_text => self.depth += 1,
                b']' | b'}' if !self.is_text => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth > DEEPEST {
                return true;
            }
        }
        false
    }
}

/// At most 64, which a byte holds, so nothing wraps around; saying so lets the compiler add many at once.
fn count(piece: &[u8; PIECE], is_counted: impl Fn(u8) -> bool) -> usize {
    usize::from(piece.iter().fold(0_u8, |sum, byte| sum.wrapping_add(u8::from(is_counted(*byte)))))
}

/// A text that is copied only when it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The whole document in one pass. What is refused on the way is still read to its end, as serde wants it.
struct Whole<'a>(Result<Top<'a, &'a RawValue>, Malformed>);

/// `protected` or `payload`.
struct Part<'a>(Result<Fields<'a, &'a RawValue>, Malformed>);

/// How many entries a list has.
struct Length(usize);

impl<'de> Deserialize<'de> for Whole<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(WholeVisitor)
    }
}

impl<'de> Deserialize<'de> for Part<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(PartVisitor)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(LengthVisitor)
    }
}

struct WholeVisitor;
struct PartVisitor;
struct LengthVisitor;

impl<'de> Visitor<'de> for WholeVisitor {
    type Value = Whole<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut top, mut refused) = (Top::new(), Ok(()));
        while let Some(Text(name)) = map.next_key()? {
            if refused.is_err() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = if let Some(place) = top.part(&name) {
                match map.next_value::<Part>()?.0 {
                    Ok(fields) => *place = Some(fields),
                    Err(malformed) => refused = Err(malformed),
                }
                None
            } else {
                Some(map.next_value()?)
            };
            refused = refused.and_then(|()| top.fields.add(name, value));
        }
        Ok(Whole(refused.map(|()| top)))
    }
}

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut fields, mut refused) = (Fields::new(), Ok(()));
        while let Some((Text(name), value)) = map.next_entry()? {
            refused = refused.and_then(|()| fields.add(name, value));
        }
        Ok(Part(refused.map(|()| fields)))
    }
}

impl<'de> Visitor<'de> for LengthVisitor {
    type Value = Length;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut length = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok(Length(length))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Looked at in pieces or byte by byte, a readable file is as deep.
        #[test]
        fn pieces_hide_no_depth(before in 0..200_usize, depth in 20..50_usize, text in "[a\\[\\]{}\"]{0,90}") {
            let text = serde_json::to_string(&text).unwrap();
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            let file = format!("[{}{text},{open}1{close},{text}]", "[1],".repeat(before));
            prop_assert!(serde_json::from_str::<IgnoredAny>(&file).is_ok());
            prop_assert_eq!(is_too_deep(file.as_bytes()), depth + 1 > DEEPEST);
            let mut walk = Walk::default();
            prop_assert_eq!(walk.is_too_deep_within(file.as_bytes()), depth + 1 > DEEPEST);
        }
    }
}

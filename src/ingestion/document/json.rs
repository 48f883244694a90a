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
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in file {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
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

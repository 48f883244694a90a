//! Data acquisition documents, read just far enough: who made one and when, and where in the file its signature stands.
//!
//! Rule: what two readers could read differently is refused, so that nobody signs one thing and stores another. The
//! values are walked over, never collected; what is kept of a document is a few short texts.

mod cbor;
mod json;

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use crate::crypto::signature;
use crate::kernel::names::is_invisible;
use crate::kernel::time::Timestamp;

/// Documents are held in memory, so no more than this, in bytes.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// Lists and objects within each other. The format itself needs four.
const DEEPEST: usize = 32;
/// In one of the objects that are read. The format knows eight.
const MOST_FIELDS: usize = 64;
/// Of a device's name or type, in characters.
const LONGEST_TEXT: usize = 200;
/// The end of the year 9999. Beyond it a time is a mistake.
const LATEST_SECONDS: f64 = 253_402_300_799.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Json,
    Cbor,
}

impl Encoding {
    /// Of a file whose name is not known: JSON begins with a bracket, CBOR with the head of a map.
    pub fn guess(file: &[u8]) -> Self {
        if file.first().is_some_and(|first| (0xa0..=0xbf).contains(first)) { Self::Cbor } else { Self::Json }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Where the 64 characters of the signature stand in the file; `None` when the document says that it has none.
    pub signature: Option<Range<usize>>,
    /// `iat`: when the device says that it made the document. Nothing proves it but a valid signature.
    pub signed_at: Option<Timestamp>,
    pub device_name: Option<String>,
    pub device_type: String,
    /// Milliseconds between two readings; 0 for what is no series in time.
    pub interval_ms: f64,
    pub sensors: usize,
    /// Bytes that follow a CBOR document whose values refer to them.
    pub binary: usize,
}

/// Why a file is no document: a sentence for the page or the answer. It quotes short names of fields and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(Cow<'static, str>);

impl Malformed {
    fn because(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

pub fn read(file: &[u8], encoding: Encoding) -> Result<Document, Malformed> {
    if file.len() > LARGEST {
        return Err(Malformed::because("The document is larger than 16 MB."));
    }
    match encoding {
        Encoding::Json => json::open(file).and_then(|(json, top)| outline(&json, top)),
        Encoding::Cbor => cbor::open(file).and_then(|(cbor, top)| outline(&cbor, top)),
    }
}

/// What both encodings can tell. A `Value` is a place in the file; `None` is the answer for one of another type.
trait Encoded<'a> {
    type Value: Copy;

    fn is_null(&self, value: Self::Value) -> bool;
    fn is_list(&self, value: Self::Value) -> bool;
    fn list_length(&self, value: Self::Value) -> Option<usize>;
    fn text(&self, value: Self::Value) -> Option<Cow<'a, str>>;
    fn number(&self, value: Self::Value) -> Option<f64>;
    /// Where the characters of a text stand in the file, and those characters as they stand there.
    fn span(&self, value: Self::Value) -> Option<(Range<usize>, &'a str)>;
    /// How many bytes follow the document, which only these values allow.
    fn binary(&self, values: Self::Value) -> Result<usize, Malformed>;
}

/// A document after the one pass over all of it. After that pass every value in it is known to be well-formed.
struct Top<'a, V> {
    /// Fields that are objects themselves are here as `None`.
    fields: Fields<'a, Option<V>>,
    protected: Option<Fields<'a, V>>,
    payload: Option<Fields<'a, V>>,
}

impl<'a, V: Copy> Top<'a, V> {
    fn new() -> Self {
        Self { fields: Fields::new(), protected: None, payload: None }
    }

    /// Where the fields of that part belong; `None` for every other name.
    fn part(&mut self, name: &str) -> Option<&mut Option<Fields<'a, V>>> {
        match name {
            "protected" => Some(&mut self.protected),
            "payload" => Some(&mut self.payload),
            _ => None,
        }
    }
}

fn outline<'a, E: Encoded<'a>>(file: &E, top: Top<'a, E::Value>) -> Result<Document, Malformed> {
    let protected = top.protected.ok_or_else(|| missing("protected"))?;
    let payload = top.payload.ok_or_else(|| missing("payload"))?;
    let values = given(file, &payload, "values").ok_or_else(|| missing("values"))?;
    let sensors = given(file, &payload, "sensors").ok_or_else(|| missing("sensors"))?;
    if !file.is_list(values) {
        return Err(wrong("values", "a list"));
    }
    let signature = top.fields.get("signature").flatten().filter(|value| !file.is_null(*value));
    Ok(Document {
        signature: signature_of(file, &protected, signature)?,
        signed_at: time(file, &protected)?,
        device_name: short_text(file, &payload, "device_name")?.filter(|name| !name.is_empty()),
        device_type: short_text(file, &payload, "device_type")?.ok_or_else(|| missing("device_type"))?,
        interval_ms: number(file, &payload, "interval_ms")?.unwrap_or(0.0),
        sensors: file.list_length(sensors).ok_or_else(|| wrong("sensors", "a list"))?,
        binary: file.binary(values)?,
    })
}

fn signature_of<'a, E: Encoded<'a>>(
    file: &E,
    protected: &Fields<'a, E::Value>,
    signature: Option<E::Value>,
) -> Result<Option<Range<usize>>, Malformed> {
    let text = |name: &str| given(file, protected, name).and_then(|value| file.text(value));
    if text("ver").as_deref() != Some("v1") {
        return Err(Malformed::because("\"ver\" must be \"v1\"."));
    }
    match text("alg").as_deref() {
        Some("none") => return Ok(None),
        Some("HS256") => {}
        _ => return Err(Malformed::because("\"alg\" must be \"HS256\" or \"none\".")),
    }
    let value = signature.ok_or_else(|| missing("signature"))?;
    let (span, characters) = file.span(value).ok_or_else(|| wrong("signature", "a text of known length"))?;
    // Another spelling of the same signature would make another file of the same document.
    if characters.contains('\\') {
        return Err(Malformed::because("\"signature\" is written with escapes."));
    }
    if characters.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(Malformed::because("\"signature\" is written in upper case."));
    }
    if characters.len() != signature::LENGTH || !characters.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(wrong("signature", "64 hexadecimal digits"));
    }
    Ok(Some(span))
}

fn time<'a, E: Encoded<'a>>(file: &E, protected: &Fields<'a, E::Value>) -> Result<Option<Timestamp>, Malformed> {
    let Some(seconds) = number(file, protected, "iat")? else { return Ok(None) };
    let since_1970 = Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds <= LATEST_SECONDS);
    let since_1970 = since_1970.ok_or_else(|| wrong("iat", "a time in seconds since 1970"))?;
    Ok(Some(Timestamp::from_seconds(0).plus(since_1970)))
}

/// Neither infinite nor negative.
fn number<'a, E: Encoded<'a>>(file: &E, of: &Fields<'a, E::Value>, name: &str) -> Result<Option<f64>, Malformed> {
    let Some(value) = given(file, of, name) else { return Ok(None) };
    let number = file.number(value).filter(|number| number.is_finite() && *number >= 0.0);
    number.map(Some).ok_or_else(|| wrong(name, "a number from 0"))
}

fn short_text<'a, E: Encoded<'a>>(
    file: &E,
    of: &Fields<'a, E::Value>,
    name: &str,
) -> Result<Option<String>, Malformed> {
    let Some(value) = given(file, of, name) else { return Ok(None) };
    let text = file.text(value).ok_or_else(|| wrong(name, "a text"))?;
    if text.chars().take(LONGEST_TEXT + 1).count() > LONGEST_TEXT {
        return Err(Malformed::because(format!("\"{name}\" is longer than {LONGEST_TEXT} characters.")));
    }
    if text.chars().any(is_invisible) {
        return Err(Malformed::because(format!("\"{name}\" has invisible characters.")));
    }
    Ok(Some(text.into_owned()))
}

/// Some clients write a null for what they leave out.
fn given<'a, E: Encoded<'a>>(file: &E, of: &Fields<'a, E::Value>, name: &str) -> Option<E::Value> {
    of.get(name).filter(|value| !file.is_null(*value))
}

fn missing(name: &str) -> Malformed {
    Malformed::because(format!("\"{name}\" is missing."))
}

fn wrong(name: &str, expected: &str) -> Malformed {
    Malformed::because(format!("\"{name}\" must be {expected}."))
}

fn no_object() -> Malformed {
    Malformed::because("A document is an object, and so are its \"protected\" and its \"payload\".")
}

fn too_deep() -> Malformed {
    Malformed::because(format!("Lists and objects lie more than {DEEPEST} deep within each other."))
}

/// The fields of one object, none of them twice.
struct Fields<'a, V>(Vec<(Cow<'a, str>, V)>);

impl<'a, V: Copy> Fields<'a, V> {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn add(&mut self, name: Cow<'a, str>, value: V) -> Result<(), Malformed> {
        if self.get(&name).is_some() {
            let is_quotable = name.len() <= 40 && !name.chars().any(is_invisible);
            let quoted = if is_quotable { format!("\"{name}\"") } else { "A field".to_owned() };
            return Err(Malformed::because(format!("{quoted} stands there twice.")));
        }
        if self.0.len() >= MOST_FIELDS {
            return Err(Malformed::because(format!("An object has more than {MOST_FIELDS} fields.")));
        }
        self.0.push((name, value));
        Ok(())
    }

    fn get(&self, name: &str) -> Option<V> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

//! Documents to judge. CBOR is put together by hand, so that it can also be put together wrongly.

use crate::crypto::signature::{LENGTH, SignedFile};
use crate::ingestion::extension::Extension;
use crate::ingestion::verdict::{Judged, SigningKey, judge};

pub const KEY: &str = "00112233445566778899aabbccddeeff";
pub const KEYS: [SigningKey<'static, u8>; 2] =
    [SigningKey { id: 1, text: "another key of the project" }, SigningKey { id: 2, text: KEY }];

pub const UNSIGNED: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The published vector, before and after signing.
pub const JSON: &str = concat!(
    r#"{"protected":{"ver":"v1","alg":"HS256","iat":1700000000},"#,
    r#""signature":"0000000000000000000000000000000000000000000000000000000000000000","#,
    r#""payload":{"device_name":"ac:87:a3:0a:2d:1b","device_type":"TEST","interval_ms":10,"#,
    r#""sensors":[{"name":"accX","units":"m/s2"}],"values":[[-9.81],[0.03]]}}"#
);
pub const JSON_SIGNATURE: &str = "e9ab4988cf7fe41f6008ad62851ae7dd2bbfaac53f95eecadb5ec7eaf4a7f01f";

pub fn judged_json(file: impl AsRef<[u8]>) -> Judged<u8> {
    judge(file.as_ref(), Extension::Json, &KEYS)
}

pub fn judged_cbor(file: impl AsRef<[u8]>) -> Judged<u8> {
    judge(file.as_ref(), Extension::Cbor, &KEYS)
}

/// Puts the right signature in the place of the first 64 zeros, as devices do.
pub fn signed(file: impl AsRef<[u8]>, key: &str) -> Vec<u8> {
    let mut file = file.as_ref().to_vec();
    let start = file.windows(LENGTH).position(|window| window == UNSIGNED.as_bytes()).unwrap();
    let signature = SignedFile::new(&file, start).unwrap().signed_with(key);
    file[start..start + LENGTH].copy_from_slice(signature.as_bytes());
    file
}

/// The vector's document in CBOR, with `values` as given and nothing behind it.
pub fn cbor(values: &[u8]) -> Vec<u8> {
    cbor_with(&text(UNSIGNED), &number(1_700_000_000), &number(10), values)
}

pub fn cbor_with(signature: &[u8], iat: &[u8], interval_ms: &[u8], values: &[u8]) -> Vec<u8> {
    let protected = map(&[("ver", &text("v1")), ("alg", &text("HS256")), ("iat", iat)]);
    let sensor = map(&[("name", &text("accX")), ("units", &text("m/s2"))]);
    let payload = map(&[
        ("device_name", &text("ac:87:a3:0a:2d:1b")),
        ("device_type", &text("TEST")),
        ("interval_ms", interval_ms),
        ("sensors", &list(&[&sensor])),
        ("values", values),
    ]);
    map(&[("protected", &protected), ("signature", signature), ("payload", &payload)])
}

/// The vector's values, as a list of unknown length of lists of one 32-bit float.
pub fn open_values() -> Vec<u8> {
    let reading = |value: f32| list(&[&[&[0xfa], value.to_be_bytes().as_slice()].concat()]);
    [&[0x9f], reading(-9.81).as_slice(), &reading(0.03), &[0xff]].concat()
}

/// The document that only refers to its values, and some values.
pub fn cbor_with_binary() -> Vec<u8> {
    let mut file = cbor(&list(&[&text("Ref-BINARY-i16")]));
    file.extend_from_slice(&[0x12, 0x34, 0xff, 0xff]);
    file
}

pub fn text(text: &str) -> Vec<u8> {
    [head(3, text.len() as u64), text.as_bytes().to_vec()].concat()
}

pub fn number(n: u64) -> Vec<u8> {
    head(0, n)
}

pub fn list(items: &[&[u8]]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

pub fn map(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = head(5, fields.len() as u64);
    for (name, value) in fields {
        bytes.extend(text(name));
        bytes.extend_from_slice(value);
    }
    bytes
}

/// RFC 8949, section 3: the kind in three bits, the number in as few bytes as hold it.
pub fn head(kind: u8, n: u64) -> Vec<u8> {
    let first = kind << 5;
    let bytes = n.to_be_bytes();
    match n {
        0..24 => vec![first | bytes[7]],
        24..0x100 => vec![first | 0x18, bytes[7]],
        0x100..0x1_0000 => [&[first | 0x19], &bytes[6..]].concat(),
        0x1_0000..0x1_0000_0000 => [&[first | 0x1a], &bytes[4..]].concat(),
        _ => [&[first | 0x1b], bytes.as_slice()].concat(),
    }
}

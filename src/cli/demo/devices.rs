//! What the devices of the demonstration record: small documents, tables and sounds, drawn from chance.

use std::f64::consts::TAU;

use serde_json::json;

use super::lives::failed;
use crate::crypto::chance::Chance;
use crate::crypto::signature::{LENGTH, SignedFile};
use crate::kernel::time::Timestamp;

/// Milliseconds between two readings.
const INTERVAL: f64 = 16.0;
const READINGS: u32 = 90;
/// Of a sound: samples a second, and how many there are.
const RATE: u32 = 8_000;
const SOUNDS: u32 = 4_000;

/// How a document is signed.
#[derive(Clone, Copy)]
pub enum Signing<'a> {
    With(&'a str),
    /// It says that it is not.
    Not,
}

/// Three axes of a gearbox, the rougher the more worn, as its gateway sends them.
pub fn vibration(
    chance: &Chance,
    device: &str,
    is_worn: bool,
    at: Timestamp,
    signing: Signing<'_>,
) -> Result<Vec<u8>, String> {
    let rough = if is_worn { 4.0 } else { 0.6 };
    let axis = |n: u32, shift: f64, size: f64| {
        let wave = (f64::from(n) * INTERVAL / 1000.0 * 9.0 * TAU + shift).sin() * size;
        ((wave + noise(chance) * rough) * 1000.0).round() / 1000.0
    };
    let values: Vec<[f64; 3]> =
        (0..READINGS).map(|n| [axis(n, 0.0, 1.2), axis(n, 1.1, 0.8), axis(n, 2.3, 0.3) + 9.81]).collect();
    let unsigned = "0".repeat(LENGTH);
    let (alg, signature) = match signing {
        Signing::With(_) => ("HS256", unsigned.as_str()),
        Signing::Not => ("none", ""),
    };
    let sensor = |name: &str| json!({ "name": name, "units": "m/s2" });
    let document = json!({
        "protected": { "ver": "v1", "alg": alg, "iat": at.as_seconds() },
        "signature": signature,
        "payload": {
            "device_name": device,
            "device_type": "VIBRATION-GATEWAY-2",
            "interval_ms": INTERVAL,
            "sensors": [sensor("accX"), sensor("accY"), sensor("accZ")],
            "values": values,
        },
    });
    let text = document.to_string();
    let Signing::With(key) = signing else { return Ok(text.into_bytes()) };
    let start = text.find(&unsigned).ok_or_else(|| failed("a document has no place for its signature"))?;
    let signed = SignedFile::new(text.as_bytes(), start).ok_or_else(|| failed("a document is too short"))?;
    Ok(text.replacen(&unsigned, &signed.signed_with(key), 1).into_bytes())
}

/// The same as a table, which has no place for a signature.
pub fn table(chance: &Chance) -> Vec<u8> {
    let reading = |n: u32| {
        let [x, y, z] = [0.0, 0.0, 9.81].map(|rest: f64| rest + noise(chance));
        format!("{},{x:.3},{y:.3},{z:.3}\n", f64::from(n) * INTERVAL)
    };
    let head = "timestamp,accX,accY,accZ\n".to_owned();
    std::iter::once(head).chain((0..READINGS).map(reading)).collect::<Vec<_>>().concat().into_bytes()
}

/// Half a second of whistling, as 16 bits in one channel (RIFF WAVE).
pub fn song(chance: &Chance) -> Vec<u8> {
    let pitch = f64::from(1_800 + chance.below(2_400));
    let bytes = SOUNDS * 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    for number in [RATE, RATE * 2] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&bytes.to_le_bytes());
    for n in 0..SOUNDS {
        let second = f64::from(n) / f64::from(RATE);
        let loud = (second * 2.0 * TAU).sin().abs();
        let wave = (second * (pitch + 300.0 * (second * 6.0 * TAU).sin()) * TAU).sin() * loud * 9_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "it is at most 9,000 either way")]
        file.extend_from_slice(&(wave as i16).to_le_bytes());
    }
    file
}

/// Between minus one half and one half.
fn noise(chance: &Chance) -> f64 {
    f64::from(chance.below(1_001)) / 1_000.0 - 0.5
}

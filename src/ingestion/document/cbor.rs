//! Documents in CBOR (RFC 8949). minicbor reads each head; the walk is ours, so that it knows how deep it is.
//!
//! Rule: a length in the file is only ever compared with the bytes that are there.

use std::borrow::Cow;
use std::ops::Range;

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

use super::{DEEPEST, Encoded, Fields, Malformed, Top, no_object, too_deep};

/// The one thing that values may say instead of being there.
const REFERENCE: &str = "Ref-BINARY-i16";

pub(super) struct Cbor<'a> {
    file: &'a [u8],
    /// Where the document ends and what it refers to begins.
    end: usize,
}

/// A value is where it begins.
pub(super) fn open(file: &[u8]) -> Result<(Cbor<'_>, Top<'_, usize>), Malformed> {
    let mut decoder = Decoder::new(file);
    let mut top = Top::new();
    fields(&mut decoder, |decoder, name| {
        let begin = decoder.position();
        let value = if let Some(place) = top.part(name) {
            *place = Some(part(decoder)?);
            None
        } else {
            skip(decoder, DEEPEST - 1)?;
            Some(begin)
        };
        top.fields.add(Cow::Borrowed(name), value)
    })?;
    Ok((Cbor { file, end: decoder.position() }, top))
}

/// `protected` or `payload`.
fn part<'a>(decoder: &mut Decoder<'a>) -> Result<Fields<'a, usize>, Malformed> {
    let mut part = Fields::new();
    fields(decoder, |decoder, name| {
        part.add(Cow::Borrowed(name), decoder.position())?;
        skip(decoder, DEEPEST - 2)
    })?;
    Ok(part)
}

/// Does `field` for each field of an object whose value is next, which it has to walk over.
fn fields<'a>(
    decoder: &mut Decoder<'a>,
    mut field: impl FnMut(&mut Decoder<'a>, &'a str) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    if !matches!(decoder.datatype().map_err(|error| not_cbor(&error))?, Type::Map | Type::MapIndef) {
        return Err(no_object());
    }
    let told = decoder.map().map_err(|error| not_cbor(&error))?;
    each(decoder, told, |decoder| {
        let name = decoder.str().map_err(|error| {
            let is_cut_off = error.is_end_of_input();
            if is_cut_off { not_cbor(&error) } else { Malformed::because("A field's name is no text of known length.") }
        })?;
        field(decoder, name)
    })
}

impl<'a> Cbor<'a> {
    fn at(&self, value: usize) -> Decoder<'a> {
        let mut decoder = Decoder::new(self.file);
        decoder.set_position(value);
        decoder
    }

    fn is_reference(&self, values: usize) -> Result<bool, Error> {
        let mut decoder = self.at(values);
        let length = decoder.array()?;
        if length.is_some_and(|length| length != 1) || decoder.datatype()? != Type::String {
            return Ok(false);
        }
        let is_named = decoder.str()? == REFERENCE;
        Ok(is_named && (length.is_some() || decoder.datatype()? == Type::Break))
    }
}

impl<'a> Encoded<'a> for Cbor<'a> {
    type Value = usize;

    fn is_null(&self, value: usize) -> bool {
        matches!(self.at(value).datatype(), Ok(Type::Null | Type::Undefined))
    }

    fn is_list(&self, value: usize) -> bool {
        matches!(self.at(value).datatype(), Ok(Type::Array | Type::ArrayIndef))
    }

    fn text(&self, value: usize) -> Option<Cow<'a, str>> {
        self.at(value).str().ok().map(Cow::Borrowed)
    }

    fn number(&self, value: usize) -> Option<f64> {
        let mut decoder = self.at(value);
        match decoder.datatype().ok()? {
            Type::F16 => self.file.get(value + 1..value + 3).map(|half| half_float([half[0], half[1]])),
            Type::F32 => decoder.f32().ok().map(f64::from),
            Type::F64 => decoder.f64().ok(),
            _ => decoder.u64().ok().map(to_float),
        }
    }

    fn list_length(&self, value: usize) -> Option<usize> {
        let mut decoder = self.at(value);
        let told = decoder.array().ok()?;
        let mut length = 0;
        each(&mut decoder, told, |decoder| {
            length += 1;
            skip(decoder, DEEPEST)
        })
        .ok()?;
        Some(length)
    }

    fn span(&self, value: usize) -> Option<(Range<usize>, &'a str)> {
        let mut decoder = self.at(value);
        let characters = decoder.str().ok()?;
        let end = decoder.position();
        Some((end.checked_sub(characters.len())?..end, characters))
    }

    fn binary(&self, values: usize) -> Result<usize, Malformed> {
        let follows = self.file.len() - self.end;
        match (self.is_reference(values).map_err(|error| not_cbor(&error))?, follows) {
            (false, 1..) => Err(Malformed::because(format!("{follows} bytes follow the document."))),
            (true, 0) => Err(Malformed::because("The binary data that \"values\" refers to is missing.")),
            _ => Ok(follows),
        }
    }
}

/// Walks over one value. `deep` is how many lists, objects and tags may lie within each other from here on.
fn skip(decoder: &mut Decoder<'_>, deep: usize) -> Result<(), Malformed> {
    let broken = |error: Error| not_cbor(&error);
    let within = || deep.checked_sub(1).ok_or_else(too_deep);
    match decoder.datatype().map_err(broken)? {
        Type::Array | Type::ArrayIndef => {
            let (length, within) = (decoder.array().map_err(broken)?, within()?);
            each(decoder, length, |decoder| skip(decoder, within))
        }
        Type::Map | Type::MapIndef => {
            let (length, within) = (decoder.map().map_err(broken)?, within()?);
            each(decoder, length, |decoder| skip(decoder, within).and_then(|()| skip(decoder, within)))
        }
        Type::Tag => {
            decoder.tag().map_err(broken)?;
            skip(decoder, within()?)
        }
        Type::F16 => match decoder.position() + 3 {
            end if end <= decoder.input().len() => {
                decoder.set_position(end);
                Ok(())
            }
            _ => Err(broken(Error::end_of_input())),
        },
        plain => skip_plain(decoder, plain).map_err(broken),
    }
}

fn skip_plain(decoder: &mut Decoder<'_>, plain: Type) -> Result<(), Error> {
    match plain {
        Type::Bytes | Type::BytesIndef => decoder.bytes_iter()?.try_for_each(|piece| piece.map(|_| ())),
        Type::String | Type::StringIndef => decoder.str_iter()?.try_for_each(|piece| piece.map(|_| ())),
        Type::F32 => decoder.f32().map(|_| ()),
        Type::F64 => decoder.f64().map(|_| ()),
        Type::Bool => decoder.bool().map(|_| ()),
        Type::Null => decoder.null(),
        Type::Undefined => decoder.undefined(),
        Type::Simple => decoder.simple().map(|_| ()),
        // What is no whole number either is refused here: reserved heads, and a break that ends nothing.
        _ => decoder.int().map(|_| ()),
    }
}

/// Does `entry` for each entry of a list or object whose head was read. A told length is counted, never reserved.
fn each<'b>(
    decoder: &mut Decoder<'b>,
    told: Option<u64>,
    mut entry: impl FnMut(&mut Decoder<'b>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let Some(told) = told else {
        while decoder.datatype().map_err(|error| not_cbor(&error))? != Type::Break {
            entry(decoder)?;
        }
        decoder.set_position(decoder.position() + 1);
        return Ok(());
    };
    (0..told).try_for_each(|_| entry(decoder))
}

/// RFC 8949, appendix D.
fn half_float(bytes: [u8; 2]) -> f64 {
    let bits = u16::from_be_bytes(bytes);
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction + 1024.0) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[expect(clippy::cast_precision_loss, reason = "so large a number is no time and no interval")]
fn to_float(n: u64) -> f64 {
    n as f64
}

fn not_cbor(error: &Error) -> Malformed {
    Malformed::because(format!("The file is not readable as CBOR: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949, appendix A.
    #[test]
    fn half_floats_are_read_as_the_standard_says() {
        for (bits, number) in [(0x0000, 0.0), (0x3c00, 1.0), (0x3e00, 1.5), (0x7bff, 65504.0), (0xc400, -4.0)] {
            assert_eq!(half_float(u16::to_be_bytes(bits)).to_bits(), f64::to_bits(number));
        }
        assert_eq!(half_float([0x00, 0x01]).to_bits(), 5.960_464_477_539_063e-8_f64.to_bits());
        assert_eq!(half_float([0x04, 0x00]).to_bits(), 0.000_061_035_156_25_f64.to_bits());
        assert!(half_float([0x7c, 0x00]).is_infinite() && half_float([0x7e, 0x00]).is_nan());
    }
}

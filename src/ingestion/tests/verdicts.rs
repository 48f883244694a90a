//! Who signed it, as the verdict says.

use super::samples::*;
use crate::crypto::signature::SignedFile;
use crate::ingestion::document::Document;
use crate::ingestion::extension::Extension;
use crate::ingestion::verdict::{Diagnosis, Standing, Unclaimed, Verdict, judge};
use crate::kernel::time::Timestamp;

fn vector() -> String {
    JSON.replace(UNSIGNED, JSON_SIGNATURE)
}

#[test]
fn the_published_vector_is_valid_and_its_key_named() {
    let judged = judged_json(vector());
    assert_eq!(judged.verdict, Verdict::Valid(2));
    assert_eq!((judged.verdict.key(), judged.verdict.standing()), (Some(2), Standing::Valid));
    assert_eq!(signed(JSON, KEY), vector().into_bytes());
    let document = Document {
        signature: Some(70..134),
        signed_at: Some(Timestamp::from_seconds(1_700_000_000)),
        device_name: Some("ac:87:a3:0a:2d:1b".to_owned()),
        device_type: "TEST".to_owned(),
        interval_ms: 10.0,
        sensors: 1,
        binary: 0,
    };
    assert_eq!(judged.document, Some(document));
}

#[test]
fn one_changed_bit_anywhere_is_no_longer_valid() {
    let vector = vector().into_bytes();
    for bit in 0..vector.len() * 8 {
        let mut changed = vector.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(judged_json(&changed).verdict.standing(), Standing::Invalid, "bit {bit}");
    }
}

#[test]
fn white_space_belongs_to_what_was_signed() {
    let spaced = signed(format!("\n {} \r\n", JSON.replace(',', ",\n\t")), KEY);
    assert_eq!(judged_json(&spaced).verdict, Verdict::Valid(2));
    assert_eq!(judged_json(spaced.trim_ascii()).verdict, Verdict::Invalid(Diagnosis::NoKeyMatches(2)));
}

#[test]
fn the_order_of_the_fields_is_free() {
    let turned = format!(
        r#"{{"payload":{{"values":[-9.81,0.03],"sensors":[{{"name":"a","units":"b"}}],"device_type":"T","interval_ms":62.5}},
        "more":null,"signature":"{UNSIGNED}","protected":{{"iat":1700000000.25,"alg":"HS256","ver":"v1"}}}}"#
    );
    let judged = judged_json(signed(turned, KEY));
    assert_eq!(judged.verdict, Verdict::Valid(2));
    let document = judged.document.unwrap();
    assert_eq!(document.signed_at, Some(Timestamp::from_micros(1_700_000_000_250_000)));
    assert_eq!((document.device_name, document.interval_ms), (None, 62.5));
}

#[test]
fn each_mistake_has_its_diagnosis() {
    assert_eq!(judged_json(JSON).verdict, Verdict::Invalid(Diagnosis::Unsigned));
    let foreign = signed(JSON, "a key of another project");
    assert_eq!(judged_json(&foreign).verdict, Verdict::Invalid(Diagnosis::NoKeyMatches(2)));
    let no_keys = judge::<u8>(&foreign, Extension::Json, &[]).verdict;
    assert_eq!(no_keys.to_string(), "The project has no HMAC key to check the signature with.");
    assert_eq!(no_keys.key(), None);

    // `openssl dgst -sha256 -mac HMAC -macopt hexkey:…` over the vector with its 64 zeros.
    let decoded = JSON.replace(UNSIGNED, "6438015c41ef86263265a3055d431630219f89fcce05b1040674a2ff852f9e9a");
    let verdict = judged_json(decoded).verdict;
    assert_eq!(verdict, Verdict::Invalid(Diagnosis::SignedWithDecodedKey(2)));
    assert_eq!((verdict.key(), verdict.standing()), (Some(2), Standing::Invalid));
}

#[test]
fn what_claims_no_signature_gets_no_verdict() {
    // As the Python SDK writes it.
    let none = r#"{"protected":{"ver":"v1","alg":"none","iat":null},"payload":{"device_type":"SDK","sensors":
        [{"name":"a","units":"b"}],"values":[[1],[2]],"interval_ms":null,"device_name":null},"signature":null}"#;
    let judged = judged_json(none);
    assert_eq!(judged.verdict, Verdict::None(Unclaimed::ByDocument));
    let document = judged.document.unwrap();
    assert_eq!((document.signature, document.signed_at, document.device_name), (None, None, None));

    let taken_off = vector().replace("HS256", "none");
    assert_eq!(judged_json(taken_off).verdict.standing(), Standing::None);
    for extension in Extension::ALL.iter().filter(|extension| extension.encoding().is_none()) {
        let judged = judge(vector().as_bytes(), *extension, &KEYS);
        assert_eq!(judged.verdict, Verdict::None(Unclaimed::ByFormat), "{extension}");
        assert_eq!(judged.document, None);
    }
}

#[test]
fn the_same_characters_elsewhere_are_not_the_signature() {
    // The right signature, planted where a search for it would come first; the field itself is another.
    let planted = JSON.replace("\"ver\":\"v1\"", &format!("\"ver\":\"v1\",\"note\":\"{UNSIGNED}\""));
    let right = planted.replacen(UNSIGNED, "@", 1).replace(UNSIGNED, &"1".repeat(64)).replace('@', UNSIGNED);
    let planted_first = signed(&right, KEY);
    assert_eq!(judged_json(&planted_first).verdict, Verdict::Invalid(Diagnosis::NoKeyMatches(2)));

    // In the device's name, both before and after the field; the field decides.
    let payload_first = format!(
        r#"{{"payload":{{"device_name":"{UNSIGNED}","device_type":"T","sensors":[],"values":[]}},"signature":"{UNSIGNED}","protected":{{"ver":"v1","alg":"HS256"}}}}"#
    );
    assert_eq!(judged_json(signed(&payload_first, KEY)).verdict, Verdict::Invalid(Diagnosis::Unsigned));
    let start = payload_first.rfind(UNSIGNED).unwrap();
    let signature = SignedFile::new(payload_first.as_bytes(), start).unwrap().signed_with(KEY);
    let rightly = format!("{}{signature}{}", &payload_first[..start], &payload_first[start + 64..]);
    assert_eq!(judged_json(&rightly).verdict, Verdict::Valid(2));
    // A copy of the right signature in the name changes what was signed.
    let copied = rightly.replacen(UNSIGNED, &signature, 1);
    assert_eq!(judged_json(copied).verdict, Verdict::Invalid(Diagnosis::NoKeyMatches(2)));
}

#[test]
fn cbor_is_judged_as_json_is() {
    for file in [cbor(&open_values()), cbor(&list(&[&number(1), &number(2)]))] {
        let judged = judged_cbor(signed(&file, KEY));
        assert_eq!(judged.verdict, Verdict::Valid(2));
        let json = judged_json(JSON).document.unwrap();
        assert_eq!(
            judged.document.map(|document| Document { signature: json.signature.clone(), ..document }),
            Some(json)
        );
        assert_eq!(judged_cbor(&file).verdict, Verdict::Invalid(Diagnosis::Unsigned));
        assert_eq!(judged_cbor(signed(&file, "another")).verdict, Verdict::Invalid(Diagnosis::NoKeyMatches(2)));
    }
}

#[test]
fn binary_data_behind_cbor_is_signed_too() {
    let file = signed(cbor_with_binary(), KEY);
    let judged = judged_cbor(&file);
    assert_eq!((judged.verdict, judged.document.unwrap().binary), (Verdict::Valid(2), 4));
    let mut changed = file.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(judged_cbor(changed).verdict, Verdict::Invalid(Diagnosis::NoKeyMatches(2)));

    let open = cbor(&[&[0x9f], text("Ref-BINARY-i16").as_slice(), &[0xff]].concat());
    assert_eq!(judged_cbor(signed([open.as_slice(), &[1, 2]].concat(), KEY)).verdict, Verdict::Valid(2));
}

#[test]
fn every_kind_of_cbor_number_is_understood() {
    let (half, single, double) = (
        vec![0xf9, 0x53, 0xd0],
        [&[0xfa], 62.5_f32.to_be_bytes().as_slice()].concat(),
        [&[0xfb], 1_700_000_000.5_f64.to_be_bytes().as_slice()].concat(),
    );
    for (interval, expected) in [(half, 62.5), (single, 62.5)] {
        let file = cbor_with(&text(UNSIGNED), &double, &interval, &open_values());
        let document = judged_cbor(file).document.unwrap();
        assert_eq!(document.interval_ms.to_bits(), f64::to_bits(expected));
        assert_eq!(document.signed_at, Some(Timestamp::from_micros(1_700_000_000_500_000)));
    }
}

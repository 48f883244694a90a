//! Files that are no documents: each refused in words, whatever its size says.

use super::samples::*;
use crate::ingestion::document::LARGEST;
use crate::ingestion::verdict::{Diagnosis, Judged, Standing, Verdict};

/// What was wrong with the file; panics when nothing was.
fn complaint(judged: Judged<u8>) -> String {
    match judged.verdict {
        Verdict::Invalid(Diagnosis::Malformed(malformed)) if judged.document.is_none() => malformed.to_string(),
        other => panic!("{other}"),
    }
}

fn of_json(file: impl AsRef<[u8]>) -> String {
    complaint(judged_json(file))
}

fn of_cbor(file: impl AsRef<[u8]>) -> String {
    complaint(judged_cbor(file))
}

#[test]
fn nothing_stands_twice() {
    let again = format!("\"signature\":\"{UNSIGNED}\",\"payload\":");
    for (from, to, name) in [
        ("\"payload\":", again.as_str(), "signature"),
        ("\"payload\":", "\"protected\":{},\"payload\":", "protected"),
        ("\"payload\":", "\"payload\":{},\"payload\":", "payload"),
        ("\"payload\":", "\"sign\\u0061ture\":1,\"payload\":", "signature"),
        ("\"payload\":", "\"other\":1,\"other\":1,\"payload\":", "other"),
        ("\"alg\":", "\"alg\":\"none\",\"alg\":", "alg"),
        ("\"iat\":", "\"iat\":1,\"iat\":", "iat"),
        ("\"values\":", "\"values\":[],\"values\":", "values"),
    ] {
        assert_eq!(of_json(JSON.replacen(from, to, 1)), format!("\"{name}\" stands there twice."));
    }
    let long = format!("\"{0}\":1,\"{0}\":1,\"payload\":", "x".repeat(100));
    assert_eq!(of_json(JSON.replacen("\"payload\":", &long, 1)), "A field stands there twice.");
    let twice = map(&[("signature", &text(UNSIGNED)), ("signature", &text(UNSIGNED))]);
    assert_eq!(of_cbor(twice), "\"signature\" stands there twice.");
}

#[test]
fn a_signature_has_one_form() {
    let json = |signature: &str| of_json(JSON.replace(&format!("\"{UNSIGNED}\""), signature));
    let right = JSON_SIGNATURE;
    assert_eq!(json(&format!("\"{}\"", right.to_uppercase())), "\"signature\" is written in upper case.");
    assert_eq!(json(&format!("\"\\u0065{}\"", &right[1..])), "\"signature\" is written with escapes.");
    for wrong in [&right[1..], &format!("{right}0"), &right.replace('e', "g"), &format!("{}é", &right[2..]), ""] {
        assert_eq!(json(&format!("\"{wrong}\"")), "\"signature\" must be 64 hexadecimal digits.");
    }
    for wrong in ["1", "[]", "{}", "true"] {
        assert_eq!(json(wrong), "\"signature\" must be a text of known length.");
    }
    assert_eq!(json("null"), "\"signature\" is missing.");

    let cbor = |signature: &[u8]| of_cbor(cbor_with(signature, &number(1), &number(10), &open_values()));
    let open = [&[0x7f], text(UNSIGNED).as_slice(), &[0xff]].concat();
    let bytes = [head(2, 64), UNSIGNED.as_bytes().to_vec()].concat();
    for wrong in [open, bytes, list(&[]), number(64)] {
        assert_eq!(cbor(&wrong), "\"signature\" must be a text of known length.");
    }
    assert_eq!(cbor(&text("00")), "\"signature\" must be 64 hexadecimal digits.");
    assert_eq!(cbor(&text(&right.to_uppercase())), "\"signature\" is written in upper case.");
}

#[test]
fn each_field_says_what_it_must_be() {
    for (from, to, said) in [
        ("\"v1\"", "\"v2\"", "\"ver\" must be \"v1\"."),
        ("\"v1\"", "1", "\"ver\" must be \"v1\"."),
        ("\"HS256\"", "\"HS512\"", "\"alg\" must be \"HS256\" or \"none\"."),
        ("\"HS256\"", "null", "\"alg\" must be \"HS256\" or \"none\"."),
        ("1700000000", "-1", "\"iat\" must be a number from 0."),
        ("1700000000", "\"1700000000\"", "\"iat\" must be a number from 0."),
        ("1700000000", "1e999", "\"iat\" must be a number from 0."),
        ("1700000000", "1700000000000", "\"iat\" must be a time in seconds since 1970."),
        ("\"signature\":", "\"Signature\":", "\"signature\" is missing."),
        ("\"protected\":", "\"x\":", "\"protected\" is missing."),
        ("\"payload\":", "\"x\":", "\"payload\" is missing."),
        ("\"values\":", "\"x\":", "\"values\" is missing."),
        ("[[-9.81],[0.03]]", "{}", "\"values\" must be a list."),
        ("\"sensors\":", "\"x\":", "\"sensors\" is missing."),
        ("[{\"name\":\"accX\",\"units\":\"m/s2\"}]", "7", "\"sensors\" must be a list."),
        ("\"device_type\":", "\"x\":", "\"device_type\" is missing."),
        ("\"TEST\"", "[]", "\"device_type\" must be a text."),
        ("\"TEST\"", "\"\\ud800\"", "\"device_type\" must be a text."),
        ("\"TEST\"", "\"a\\u0000\"", "\"device_type\" has invisible characters."),
        (":10,", ":\"10\",", "\"interval_ms\" must be a number from 0."),
    ] {
        assert_eq!(of_json(JSON.replacen(from, to, 1)), said, "{to}");
    }
    let long = JSON.replace("ac:87", &"a".repeat(200));
    assert_eq!(of_json(long), "\"device_name\" is longer than 200 characters.");
    for not_a_number in [f64::NAN, f64::INFINITY, -1.0] {
        let float = [&[0xfb], not_a_number.to_be_bytes().as_slice()].concat();
        let file = cbor_with(&text(UNSIGNED), &float, &number(10), &open_values());
        assert_eq!(of_cbor(file), "\"iat\" must be a number from 0.");
    }
}

#[test]
fn what_is_no_document_is_refused() {
    let no_object = "A document is an object, and so are its \"protected\" and its \"payload\".";
    for file in ["[]", "1", "\"text\"", "null", "{\"payload\":null}", "{\"protected\":\"x\"}"] {
        assert_eq!(of_json(file), no_object, "{file}");
    }
    for file in [list(&[]), number(1), text("text"), map(&[("payload", &number(1))])] {
        assert_eq!(of_cbor(file), no_object);
    }
    for file in ["", "{", "\u{feff}{}", "{}x", "{\"a\":1,}", "{'a':1}", "\0"] {
        let said = of_json(file);
        assert!(said.starts_with("The file is not readable as JSON: "), "{file}: {said}");
    }
    let said = of_json(JSON.replace("0.03", "NaN"));
    assert!(said.starts_with("The file is not readable as JSON: "), "{said}");
    assert!(of_json(b"{\"a\":\"\xff\"}").starts_with("The file is not readable as JSON: "));
    assert!(of_cbor("").starts_with("The file is not readable as CBOR: "));
}

#[test]
fn a_refusal_never_quotes_a_long_file() {
    let long = "x".repeat(1_000_000);
    for file in [
        format!("\"{long}\""),
        format!("{{\"payload\":\"{long}\"}}"),
        format!("{{\"{long}\":1,\"{long}\":2}}"),
        JSON.replace("1700000000", &format!("\"{long}\"")),
        JSON.replace(UNSIGNED, &long),
        JSON.replace("\"TEST\"", &format!("[\"{long}\"]")),
    ] {
        assert!(of_json(file).len() < 200);
    }
}

#[test]
fn cut_off_anywhere_is_refused() {
    for file in [cbor(&open_values()), cbor(&list(&[]))] {
        for end in 0..file.len() {
            let said = of_cbor(&file[..end]);
            assert_eq!(said, "The file is not readable as CBOR: end of input bytes.", "{end}");
        }
    }
    for end in 0..JSON.len() {
        assert!(of_json(&JSON[..end]).starts_with("The file is not readable as JSON: "), "{end}");
    }
}

#[test]
fn what_follows_a_document_must_be_meant() {
    assert!(of_json(format!("{JSON}{JSON}")).starts_with("The file is not readable as JSON: "));
    let file = cbor(&open_values());
    assert_eq!(of_cbor([file.as_slice(), &[0]].concat()), "1 bytes follow the document.");
    let alone = cbor(&list(&[&text("Ref-BINARY-i16")]));
    assert_eq!(of_cbor(alone), "The binary data that \"values\" refers to is missing.");
    for other in [vec![text("Ref-BINARY-i8")], vec![text("Ref-BINARY-i16"), number(1)], vec![number(1)]] {
        let items: Vec<&[u8]> = other.iter().map(Vec::as_slice).collect();
        assert_eq!(of_cbor([cbor(&list(&items)), vec![1, 2]].concat()), "2 bytes follow the document.");
    }
}

/// Each tells a length that its bytes do not hold; reserving it would take the machine down.
#[test]
fn a_length_that_lies_is_refused() {
    for kind in [2, 3, 4, 5] {
        for length in [1_000, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
            let lying = head(kind, length);
            let said = of_cbor(cbor(&lying));
            assert!(said.starts_with("The file is not readable as CBOR: ") || said.contains("must be"), "{said}");
            of_cbor(&lying);
            of_cbor(map(&[("signature", &lying)]));
        }
    }
    // Reserved heads, a break that ends nothing, pieces of the wrong kind.
    for wrong in [&[0x1c][..], &[0x9c], &[0xff], &[0xfc], &[0x7f, 0x41, 0x61, 0xff], &[0x81, 0xff], &[0xf9, 0x00]] {
        of_cbor(wrong);
        of_cbor(cbor(wrong));
    }
}

#[test]
fn depth_is_refused_before_it_costs_anything() {
    let said = "Lists and objects lie more than 32 deep within each other.";
    for deep in [33, 100_000, 3_000_000] {
        assert_eq!(of_json("[".repeat(deep)), said);
        assert_eq!(of_json(JSON.replace("-9.81", &"{\"a\":".repeat(deep))), said);
        // A list, a list and an object of unknown length, a tag.
        for opening in [0x81, 0x9f, 0xbf, 0xc1] {
            assert_eq!(of_cbor(cbor(&vec![opening; deep])), said);
        }
    }
    // Twenty-eight more than the format needs are fine, and brackets in a text are none.
    let deep = |n: usize| JSON.replace("-9.81", &format!("{}{}", "[".repeat(n), "]".repeat(n)));
    assert_eq!(judged_json(deep(28)).verdict, Verdict::Invalid(Diagnosis::Unsigned));
    assert_eq!(of_json(deep(29)), said);
    let quoted = JSON.replace("accX", &format!("\\\"{}", "[".repeat(100)));
    assert_eq!(judged_json(quoted).verdict, Verdict::Invalid(Diagnosis::Unsigned));
    let nested = |n: usize| [vec![0x81; n], vec![0]].concat();
    assert_eq!(judged_cbor(cbor(&nested(30))).verdict, Verdict::Invalid(Diagnosis::Unsigned));
    assert_eq!(of_cbor(cbor(&nested(31))), said);
}

#[test]
fn a_million_sensors_are_counted_and_a_million_fields_are_not() {
    let sensors = format!("[{}0]", "0,".repeat(999_999));
    let many = JSON.replace("[{\"name\":\"accX\",\"units\":\"m/s2\"}]", &sensors);
    let judged = judged_json(signed(many, KEY));
    assert_eq!((judged.verdict, judged.document.unwrap().sensors), (Verdict::Valid(2), 1_000_000));

    let fields = (0..1_000_000).map(|n| format!("\"{n}\":0,")).collect::<Vec<_>>().concat();
    let too_many = "An object has more than 64 fields.";
    assert_eq!(of_json(JSON.replacen("\"payload\":", &format!("{fields}\"payload\":"), 1)), too_many);
    assert_eq!(of_json(JSON.replacen("\"sensors\":", &format!("{fields}\"sensors\":"), 1)), too_many);
}

#[test]
fn a_document_is_no_larger_than_16_mb() {
    let padded = |length: usize| format!("{JSON}{}", " ".repeat(length - JSON.len()));
    assert_eq!(judged_json(padded(LARGEST)).verdict.standing(), Standing::Invalid);
    assert!(judged_json(padded(LARGEST)).document.is_some());
    assert_eq!(of_json(padded(LARGEST + 1)), "The document is larger than 16 MB.");
    assert_eq!(of_cbor(vec![0; LARGEST + 1]), "The document is larger than 16 MB.");
}

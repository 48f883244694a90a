//! Values that are looked for wherever they must not be, in every dress they may wear.
//!
//! Rule: whoever makes a new place where things are kept (a backup, an export) has it searched with [`Canaries::in_folder`].

use std::path::Path;

use aho_corasick::AhoCorasick;
use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use url::form_urlencoded::byte_serialize;

/// What is looked for, each by what it is.
pub struct Canaries {
    names: Vec<String>,
    found_by: AhoCorasick,
    /// Whose each pattern is.
    owners: Vec<usize>,
}

impl Canaries {
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut names, mut patterns, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        for (owner, (name, value)) in values.into_iter().enumerate() {
            assert!(value.len() >= 12, "{name} is so short that it may stand anywhere");
            names.push(name.to_owned());
            for dress in dresses(value) {
                patterns.push(dress);
                owners.push(owner);
            }
        }
        // Without regard to case: a name is kept in capital letters, and PostgreSQL writes bytes in small ones.
        let found_by = AhoCorasick::builder().ascii_case_insensitive(true).build(&patterns).unwrap();
        Self { names, found_by, owners }
    }

    /// What stands in these bytes, by name, each once.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found: Vec<usize> =
            self.found_by.find_overlapping_iter(bytes).map(|hit| self.owners[hit.pattern().as_usize()]).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|owner| self.names[owner].as_str()).collect()
    }

    /// Every file below that holds one, with what it holds; and how many files were looked at.
    pub fn in_folder(&self, folder: &Path) -> (Vec<(String, Vec<&str>)>, usize) {
        let (mut found, mut looked_at) = (Vec::new(), 0);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let (more, files) = self.in_folder(&path);
                found.extend(more);
                looked_at += files;
            } else if let Ok(bytes) = std::fs::read(&path) {
                looked_at += 1;
                let here = self.found_in(&bytes);
                if !here.is_empty() {
                    found.push((path.display().to_string(), here));
                }
            }
        }
        (found, looked_at)
    }
}

/// In the clear, in hexadecimal digits, as base64 at each of the three places in which it may begin, as part of an
/// address or a form, and in UTF-16.
fn dresses(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut all = vec![
        bytes.to_vec(),
        HEXLOWER.encode(bytes).into_bytes(),
        HEXUPPER.encode(bytes).into_bytes(),
        byte_serialize(bytes).collect::<String>().into_bytes(),
        byte_serialize(bytes).collect::<String>().replace('+', "%20").into_bytes(),
        bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect(),
        value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        serde_json::to_string(value).unwrap().trim_matches('"').as_bytes().to_vec(),
    ];
    for before in 0..3 {
        let shifted = [vec![0; before], bytes.to_vec()].concat();
        for encoding in [BASE64, BASE64URL] {
            let text = encoding.encode(&shifted);
            // Without the letters that also tell of what stands before and behind.
            let (from, to) = ([0, 2, 3][before], shifted.len() / 3 * 4);
            all.push(text.as_bytes()[from..to].to_vec());
        }
    }
    all.sort();
    all.dedup();
    all
}

#[test]
fn a_canary_is_found_in_every_dress_and_at_every_place() {
    let canaries = Canaries::of([("one", "canary/Wq7 added+ü"), ("other", "quiet-as-a-mouse")]);
    for before in ["", "x", "yz", "xyz "] {
        let text = format!("{before}canary/Wq7 added+ü and more");
        for dress in [
            text.clone().into_bytes(),
            HEXLOWER.encode(text.as_bytes()).into_bytes(),
            BASE64.encode(text.as_bytes()).into_bytes(),
            BASE64URL.encode(text.as_bytes()).into_bytes(),
            byte_serialize(text.as_bytes()).collect::<String>().into_bytes(),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            format!("{text:?}").into_bytes(),
        ] {
            assert_eq!(canaries.found_in(&dress), ["one"], "{}", String::from_utf8_lossy(&dress));
        }
    }
    assert!(canaries.found_in(b"canary/Wq7 adde").is_empty());
}

//! Signed documents, changed at random: none may panic, and none may pass for signed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use super::samples::*;
use crate::ingestion::extension::Extension;
use crate::ingestion::verdict::{Standing, judge};

#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Replace(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// A stretch of the document once more, elsewhere.
    Copy(Index, usize, Index),
    Cut(Index),
}

/// Bytes that mean something to a reader of JSON or of CBOR.
const MEANINGFUL: &[u8] = b"\"{}[],:\\ 0ef\x00\x18\x1b\x5b\x5f\x78\x7b\x7f\x80\x9b\x9f\xa0\xbb\xbf\xc1\xf9\xfb\xff";
const FRAGMENTS: &[&str] = &[
    "\"signature\":\"0000000000000000000000000000000000000000000000000000000000000000\",",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "\"alg\":\"none\",",
    "\"protected\":{},",
    "isignature\u{78}@",
    "Ref-BINARY-i16",
    "\\u0065",
    "NaN",
    "1e999",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 1..9),
        vec(select(MEANINGFUL), 1..9),
        select(FRAGMENTS).prop_map(|fragment| fragment.as_bytes().to_vec()),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        4 => (any::<Index>(), piece()).prop_map(|(at, piece)| Change::Replace(at, piece)),
        2 => (any::<Index>(), piece()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (any::<Index>(), 1_usize..80).prop_map(|(at, length)| Change::Remove(at, length)),
        2 => (any::<Index>(), 1_usize..120, any::<Index>()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

fn apply(change: &Change, file: &mut Vec<u8>) {
    // One more than the last, so that the end can be meant and an empty file too.
    let place = |index: &Index| index.index(file.len() + 1);
    match change {
        Change::Flip(at, bit) => {
            let at = place(at);
            if let Some(byte) = file.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        Change::Replace(at, piece) => {
            let at = place(at);
            let end = (at + piece.len()).min(file.len());
            file.splice(at..end, piece.iter().copied());
        }
        Change::Insert(at, piece) => {
            let at = place(at);
            file.splice(at..at, piece.iter().copied());
        }
        Change::Remove(at, length) => {
            let at = place(at);
            file.drain(at..(at + length).min(file.len()));
        }
        Change::Copy(from, length, to) => {
            let (from, to) = (place(from), place(to));
            let piece = file[from..(from + length).min(file.len())].to_vec();
            file.splice(to..to, piece);
        }
        Change::Cut(at) => file.truncate(at.index(file.len() + 1)),
    }
}

fn judge_mutations(cases: u32) {
    let documents = vec![
        (Extension::Json, signed(JSON, KEY)),
        (Extension::Json, JSON.replace("HS256", "none").into_bytes()),
        (Extension::Cbor, signed(cbor(&open_values()), KEY)),
        (Extension::Cbor, signed(cbor_with_binary(), KEY)),
    ];
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let input = (select(documents), vec(change(), 1..4));
    let outcome = TestRunner::new(config).run(&input, |((extension, original), changes)| {
        let mut file = original.clone();
        for change in &changes {
            apply(change, &mut file);
        }
        let standing = judge(&file, extension, &KEYS).verdict.standing();
        prop_assert!(standing != Standing::Valid || file == original, "{}", file.escape_ascii());
        Ok(())
    });
    outcome.unwrap();
}

/// Twenty thousand, or as many as `KEYSTEAD_TEST_MUTATIONS` says: a million takes a minute or two.
#[test]
fn mutated_documents_are_seen_through() {
    #[expect(clippy::disallowed_methods, reason = "how long a test may take is said by the environment it runs in")]
    let cases = std::env::var("KEYSTEAD_TEST_MUTATIONS").ok().map_or(20_000, |cases| cases.parse().unwrap());
    judge_mutations(cases);
}

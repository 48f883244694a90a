//! Values in what a command prints, replaced while it is printed.
//!
//! Rule: every byte that belongs to a value is replaced, also where values overlap or come in pieces. Only what may still
//! become a value is held back. A value that was changed (encoded, cut) is not recognised.

use std::sync::Arc;

use zeroize::Zeroizing;

pub const MASK: &[u8] = b"***";
/// Shorter ones would take half of all words with them.
pub const SHORTEST: usize = 4;
/// A line of a value of several lines, which a program may print by itself.
const SHORTEST_LINE: usize = 8;

/// What is looked for. No `Debug`: these are the values.
pub struct Pieces {
    all: Vec<Zeroizing<Vec<u8>>>,
    /// Those that begin with this byte.
    by_first: [Vec<usize>; 256],
}

impl Pieces {
    /// The values, those without the line end that many have, and the lines of those that have several.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut pieces = Self { all: Vec::new(), by_first: std::array::from_fn(|_| Vec::new()) };
        for value in values {
            pieces.add(value, SHORTEST);
            pieces.add(value.trim(), SHORTEST);
            for line in value.lines() {
                pieces.add(line.trim(), SHORTEST_LINE);
            }
        }
        pieces
    }

    fn add(&mut self, text: &str, least: usize) {
        let Some(first) = text.bytes().next().filter(|_| text.len() >= least) else { return };
        let of_first = &mut self.by_first[usize::from(first)];
        if !of_first.iter().any(|index| self.all[*index].as_slice() == text.as_bytes()) {
            of_first.push(self.all.len());
            self.all.push(Zeroizing::new(text.as_bytes().to_vec()));
        }
    }
}

/// One stream of output.
pub struct Masker {
    pieces: Arc<Pieces>,
    held: Zeroizing<Vec<u8>>,
    /// So many of the bytes that are held belong to a value that was replaced already.
    covered: usize,
}

impl Masker {
    pub fn new(pieces: Arc<Pieces>) -> Self {
        Self { pieces, held: Zeroizing::new(Vec::new()), covered: 0 }
    }

    /// Takes what was printed, and adds to `out` what may be shown.
    pub fn feed(&mut self, printed: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(printed);
        self.go_on(false, out);
    }

    /// Nothing more comes.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.go_on(true, out);
    }

    fn go_on(&mut self, is_end: bool, out: &mut Vec<u8>) {
        let mut at = 0;
        while let Some(first) = self.held.get(at) {
            let rest = &self.held[at..];
            let (mut longest, mut may_become_one) = (0, false);
            for index in &self.pieces.by_first[usize::from(*first)] {
                let piece = self.pieces.all[*index].as_slice();
                if rest.starts_with(piece) {
                    longest = longest.max(piece.len());
                } else if rest.len() < piece.len() && piece.starts_with(rest) {
                    may_become_one = true;
                }
            }
            if may_become_one && !is_end {
                break;
            }
            if longest > 0 && at >= self.covered {
                out.extend_from_slice(MASK);
            }
            if longest > 0 {
                self.covered = self.covered.max(at + longest);
            }
            if at >= self.covered {
                out.push(*first);
            }
            at += 1;
        }
        self.held.drain(..at);
        self.covered = self.covered.saturating_sub(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(values: &[&str], parts: &[&[u8]]) -> String {
        let mut masker = Masker::new(Arc::new(Pieces::of(values.iter().copied())));
        let mut out = Vec::new();
        for part in parts {
            masker.feed(part, &mut out);
        }
        masker.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_replaced_wherever_they_are_cut() {
        let text = b"a hunter2hunter2 b";
        for cut in 0..text.len() {
            assert_eq!(masked(&["hunter2"], &[&text[..cut], &text[cut..]]), "a ****** b", "{cut}");
        }
        assert_eq!(masked(&["secret", "secret-longer"], &[b"secret-lon", b"ger secret-lo"]), "*** ***-lo");
        assert_eq!(masked(&["abcdef", "defghi"], &[b"abcdefghi!"]), "***!", "the end of the second is covered, too");
        assert_eq!(masked(&["abc"], &[b"abc"]), "abc", "too short");
        assert_eq!(masked(&["abcd\n"], &[b"abcd."]), "***.", "without its line end");
        assert_eq!(masked(&["-----BEGIN\nMIIEvQIBADAN\n"], &[b"x MIIEvQIBADAN y"]), "x *** y");
        assert_eq!(masked(&["aaab"], &[b"aaaab"]), "a***");
    }

    #[test]
    fn a_question_is_shown_before_its_line_ends() {
        let mut masker = Masker::new(Arc::new(Pieces::of(["hunter2"])));
        let mut out = Vec::new();
        masker.feed(b"Password: hunt", &mut out);
        assert_eq!(out, b"Password: ", "only what may become a value waits");
    }

    /// Every byte of every value, looked for in the whole at once.
    fn expected(pieces: &Pieces, text: &[u8]) -> Vec<u8> {
        let (mut out, mut covered) = (Vec::new(), 0);
        for at in 0..text.len() {
            let longest =
                pieces.all.iter().filter(|piece| text[at..].starts_with(piece)).map(|piece| piece.len()).max();
            if longest.is_some() && at >= covered {
                out.extend_from_slice(MASK);
            }
            covered = covered.max(longest.map_or(0, |longest| at + longest));
            if at >= covered {
                out.push(text[at]);
            }
        }
        out
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_output_is_cut(
            values in prop::collection::vec("[ab]{4,7}", 1..5),
            parts in prop::collection::vec("[ab]{0,9}", 0..12),
        ) {
            let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let shown = masked(&values, &parts);
            let pieces = Pieces::of(values.iter().copied());
            let expected = expected(&pieces, &parts.concat());
            prop_assert_eq!(shown.as_bytes(), expected.as_slice());
            prop_assert!(values.iter().all(|value| !shown.contains(value)), "{}", shown);
        }
    }
}

//! What passes through on its way in or out is counted and summed: the frame of the archive by CRC-32, which no single
//! fault escapes, the entries by SHA-256.
//!
//! Rule: the checksum stands still before the last block, so that an entry that holds it may come after it.

use std::io::{self, Read, Write};

use crate::crypto::content_hash::{ContentHash, ContentHasher};

/// Of a tar archive.
pub(super) const BLOCK: usize = 512;

/// Sums all that passes but the last block.
#[derive(Default)]
pub(super) struct Sum {
    crc: crc32fast::Hasher,
    bytes: u64,
    last: Vec<u8>,
}

impl Sum {
    fn add(&mut self, piece: &[u8]) {
        let all = self.last.len() + piece.len();
        let Some(over) = all.checked_sub(BLOCK) else {
            self.last.extend_from_slice(piece);
            return;
        };
        let of_last = over.min(self.last.len());
        self.crc.update(&self.last[..of_last]);
        self.last.drain(..of_last);
        let of_piece = over - of_last;
        self.crc.update(&piece[..of_piece]);
        self.last.extend_from_slice(&piece[of_piece..]);
        self.bytes += over as u64;
    }

    /// Of everything before the last block.
    pub fn before_last(&self) -> (u64, u32) {
        (self.bytes, self.crc.clone().finalize())
    }

    /// Of everything.
    pub fn all(&self) -> (u64, u32) {
        let mut crc = self.crc.clone();
        crc.update(&self.last);
        (self.bytes + self.last.len() as u64, crc.finalize())
    }
}

/// A reader or a writer with the sum of what went through it.
pub(super) struct Summed<S> {
    pub inner: S,
    pub sum: Sum,
}

impl<S> Summed<S> {
    pub fn new(inner: S) -> Self {
        Self { inner, sum: Sum::default() }
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.sum.add(&into[..count]);
        Ok(count)
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(piece)?;
        self.sum.add(&piece[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Hashes what is read through it.
pub(super) struct Hashed<R> {
    inner: R,
    hasher: ContentHasher,
}

impl<R: Read> Hashed<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: ContentHasher::default() }
    }

    pub fn finish(self) -> ContentHash {
        self.hasher.finish()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.hasher.update(&into[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_all_before_the_last_block_however_it_came() {
        let all: Vec<u8> = (0..4_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        for step in [1, 7, 511, 512, 513, 1_500, 4_000] {
            let mut read = Summed::new(&all[..]);
            let mut piece = vec![0; step];
            while read.read(&mut piece).unwrap() > 0 {}
            assert_eq!(read.sum.before_last(), (3_488, crc32fast::hash(&all[..3_488])), "{step}");
            assert_eq!(read.sum.all(), (4_000, crc32fast::hash(&all)), "{step}");
        }
    }
}

//! Bytes that are wiped when they are done with: what a form sent, and the one answer that holds secrets.
//!
//! Rule: never moved without wiping what is left behind. What the framework copies of it on the way from and to the
//! connection is out of reach from here.

use std::io::{self, Write};
use std::ops::Deref;

use actix_web::web::Bytes;
use zeroize::Zeroizing;

#[derive(Default)]
pub struct Wiped(Zeroizing<Vec<u8>>);

impl Wiped {
    /// With room for so many bytes; more may come.
    pub fn with_room_for(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let (holds, needs) = (self.0.capacity(), self.0.len() + bytes.len());
        if holds < needs {
            let mut larger = Zeroizing::new(Vec::with_capacity((holds * 2).max(needs)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }

    /// For an answer: wiped when the last of it is sent.
    pub fn into_body(self) -> Bytes {
        Bytes::from_owner(self.0)
    }
}

impl Deref for Wiped {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_pushed_however_often_it_grew() {
        let mut all = Wiped::with_room_for(3);
        for n in 0..1_000_u16 {
            all.push(&n.to_be_bytes());
        }
        let expected: Vec<u8> = (0..1_000_u16).flat_map(u16::to_be_bytes).collect();
        assert_eq!(&all[..], expected);
        assert_eq!(all.into_body(), expected);
    }
}

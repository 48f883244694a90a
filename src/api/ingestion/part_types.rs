//! Parts that call themselves multipart, as Edge Impulse's Python SDK calls its files: the parser refuses to nest, and
//! nothing here reads a part's type. So on its way to the parser the first letter of such a type is changed.
//!
//! Rule: nothing but that letter, in a part's headers, is ever changed: not a byte of a file.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::Stream;

const NAME: &[u8] = b"content-type:";

/// The body of a multipart request with parts of no nested type.
pub struct Unnested<S> {
    inner: S,
    reader: Option<Reader>,
}

impl<S> Unnested<S> {
    /// A request without a boundary is left as it is: the parser refuses it.
    pub fn of(request: &HttpRequest, inner: S) -> Self {
        let mime = request.mime_type().ok().flatten();
        let boundary = mime.as_ref().and_then(|mime| mime.get_param("boundary"));
        Self { inner, reader: boundary.map(|boundary| Reader::new(boundary.as_str())) }
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Unnested<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.inner).poll_next(context);
        let Some(reader) = self.reader.as_mut() else { return polled };
        polled.map(|piece| piece.map(|piece| piece.map(|piece| reader.pass(piece))))
    }
}

/// Where in the body the next byte stands.
enum Place {
    /// In a file, so many bytes of the delimiter read.
    Data(usize),
    /// Behind a delimiter, before the end of its line.
    Delimiter,
    /// In a header line, whose first bytes are those of [`NAME`] as far as told; `None`: it is another header.
    Header(Option<usize>),
    /// In the value of the type, before its first letter.
    Type,
}

struct Reader {
    /// `\r\n--` and the boundary.
    delimiter: Vec<u8>,
    place: Place,
}

impl Reader {
    fn new(boundary: &str) -> Self {
        // The first one needs no line end before it.
        Self { delimiter: format!("\r\n--{boundary}").into_bytes(), place: Place::Data(2) }
    }

    fn pass(&mut self, piece: Bytes) -> Bytes {
        let changed: Vec<usize> = (0..piece.len()).filter(|at| self.is_nested(piece[*at])).collect();
        if changed.is_empty() {
            return piece;
        }
        let mut bytes = piece.to_vec();
        for at in changed {
            bytes[at] = b'x';
        }
        bytes.into()
    }

    /// Reads one byte; whether it is the first letter of a type that begins like `multipart`.
    fn is_nested(&mut self, byte: u8) -> bool {
        self.place = match self.place {
            Place::Data(read) => Place::Data(match self.delimiter.get(read) {
                Some(wanted) if *wanted == byte => read + 1,
                // Only the delimiter's first byte is a line's end, so nothing else of it can begin here.
                _ => usize::from(byte == b'\r'),
            })
            .behind(self.delimiter.len()),
            Place::Delimiter if byte == b'\n' => Place::Header(Some(0)),
            Place::Delimiter if matches!(byte, b' ' | b'\t' | b'\r') => Place::Delimiter,
            // The last one of all, or none.
            Place::Delimiter => Place::Data(0),
            Place::Header(Some(0)) if byte == b'\r' => Place::Header(Some(0)),
            // An empty line ends the headers.
            Place::Header(Some(0)) if byte == b'\n' => Place::Data(2),
            Place::Header(_) if byte == b'\n' => Place::Header(Some(0)),
            Place::Header(Some(read)) if NAME.get(read) == Some(&byte.to_ascii_lowercase()) => {
                if read + 1 == NAME.len() { Place::Type } else { Place::Header(Some(read + 1)) }
            }
            Place::Header(_) => Place::Header(None),
            Place::Type if byte == b' ' || byte == b'\t' => Place::Type,
            Place::Type => {
                self.place = Place::Header(None);
                return byte.eq_ignore_ascii_case(&b'm');
            }
        };
        false
    }
}

impl Place {
    /// A delimiter that was read to its end leads behind it.
    fn behind(self, delimiter: usize) -> Self {
        match self {
            Self::Data(read) if read == delimiter => Self::Delimiter,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "--b\r\nContent-Disposition: form-data; name=\"data\"\r\nContent-Type: multipart/form-data\r\n\r\n\
                        content-type: multipart\r\n--a\r\r\n--bb is no end\r\n--b\r\ncontent-type:Multipart/mixed\r\n\r\n\
                        \r\n--b\r\n\r\nContent-Type: multipart/x\r\n--b--\r\nContent-Type: multipart/x";

    fn passed(sizes: usize) -> String {
        let mut reader = Reader::new("b");
        let pieces = BODY.as_bytes().chunks(sizes).map(|piece| reader.pass(Bytes::copy_from_slice(piece)));
        String::from_utf8(pieces.flatten().collect()).unwrap()
    }

    #[test]
    fn only_the_type_of_a_part_is_changed_however_the_body_is_cut() {
        let changed = BODY
            .replacen("Content-Type: multipart/form-data", "Content-Type: xultipart/form-data", 1)
            .replacen("content-type:Multipart/mixed", "content-type:xultipart/mixed", 1);
        for sizes in [1, 2, 3, 7, 1_000] {
            assert_eq!(passed(sizes), changed, "{sizes}");
        }
    }
}

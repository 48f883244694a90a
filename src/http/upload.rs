//! A form that may carry one file: read piece by piece, within limits, with the same checks as every other form.
//!
//! Rule: nothing reaches a handler before the form's token was checked, and what a browser says about a file (its name,
//! its type) is not even read. A file that is too large is read to its end and dropped, so that the page can say so and
//! keep what was typed beside it; what is far too large is cut off.

use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::body::{Body, LIMIT};
use super::error::PageError;
use super::form::{self, Pairs, RESUMED_FIELD, TOKEN_FIELD};
use crate::kernel::time::minutes;

/// All text fields together, as for forms without a file.
const MOST_TEXT: usize = LIMIT;
const MOST_FIELDS: usize = 64;
/// The largest file a page may take.
const MOST_FILE: usize = 5 * 1024 * 1024;
/// Beyond this the answer is no longer a page: somebody is pouring.
const MOST_POURED: usize = 32 * 1024 * 1024;

/// For the whole form: five megabytes on a slow line take a minute or two.
const PATIENCE: Duration = minutes(3);

/// What came in the file field.
#[derive(Debug, PartialEq, Eq)]
pub enum Upload {
    /// No file was chosen.
    Nothing,
    File(Vec<u8>),
    TooLarge,
}

/// A form as typed, with its file. See [`form::Form`].
pub struct FileForm<T> {
    pub typed: T,
    pub file: Upload,
    pub is_resumed: bool,
}

impl<T: DeserializeOwned + 'static> FromRequest for FileForm<T> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Body::of(request, payload));
        Box::pin(async move {
            body.given().await;
            let (pairs, file) = if is_multipart(&request) {
                read(Multipart::new(request.headers(), body.pieces().await), Files::Kept).await?
            } else {
                // As it comes back from signing in again: without its file, which no page can keep.
                form::check_type(&request)?;
                (form::pairs(&body.bytes().await?)?, Upload::Nothing)
            };
            form::check_token(&request, form::field(&pairs, TOKEN_FIELD))?;
            form::check_names(&pairs)?;
            let is_resumed = !form::field(&pairs, RESUMED_FIELD).is_empty();
            Ok(Self { typed: form::from_pairs(&pairs)?, file, is_resumed })
        })
    }
}

/// What becomes of the file while it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    Kept,
    /// Of somebody who is not known yet: counted, and let go piece by piece.
    Skipped,
}

/// The text fields of such a form, for carrying them through signing in again. Its file is not kept, not even for now.
pub async fn text_of(request: &HttpRequest, body: &Body) -> Result<Pairs, PageError> {
    Ok(read(Multipart::new(request.headers(), body.pieces().await), Files::Skipped).await?.0)
}

/// The one file of a program's call, which carries no form token.
pub async fn file_of(request: &HttpRequest, payload: Payload) -> Result<Upload, PageError> {
    Ok(read(Multipart::new(request.headers(), payload), Files::Kept).await?.1)
}

pub fn is_multipart(request: &HttpRequest) -> bool {
    let value = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
}

async fn read(parts: Multipart, files: Files) -> Result<(Pairs, Upload), PageError> {
    let too_slow = Err(PageError::BadRequest("the file took too long to arrive"));
    tokio::time::timeout(PATIENCE, read_parts(parts, files)).await.unwrap_or(too_slow)
}

async fn read_parts(mut parts: Multipart, files: Files) -> Result<(Pairs, Upload), PageError> {
    const BROKEN: PageError = PageError::BadRequest("the form is broken or was cut off");
    let mut pairs = Pairs::new();
    let mut file = None;
    let (mut text, mut poured, mut fields) = (0, 0, 0);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| BROKEN)?;
        fields += 1;
        if fields > MOST_FIELDS {
            return Err(PageError::BadRequest("the form holds too many fields"));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.content_disposition().is_some_and(|about| about.get_filename().is_some());
        let mut bytes = Vec::new();
        let mut is_too_large = false;
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| BROKEN)?;
            poured += chunk.len();
            if poured > MOST_POURED {
                return Err(PageError::BadRequest("the file is far larger than 5 MB"));
            }
            if is_file {
                is_too_large |= bytes.len() + chunk.len() > MOST_FILE;
            } else {
                text += chunk.len();
                if text > MOST_TEXT {
                    return Err(PageError::BadRequest("the form holds more than 256 KB"));
                }
            }
            if is_too_large {
                bytes = Vec::new();
            } else if !is_file || files == Files::Kept {
                bytes.extend_from_slice(&chunk);
            }
        }
        if is_file {
            let upload = match (is_too_large, bytes.is_empty()) {
                (true, _) => Upload::TooLarge,
                (false, true) => Upload::Nothing,
                (false, false) => Upload::File(bytes),
            };
            if file.replace(upload).is_some() {
                return Err(PageError::BadRequest("the form holds more than one file"));
            }
        } else {
            let value = String::from_utf8(bytes).map_err(|_| PageError::BadRequest("the text is not UTF-8"))?;
            if name.contains('\0') || value.contains('\0') {
                return Err(PageError::BadRequest("the text contains NUL characters"));
            }
            pairs.push((name, value));
        }
    }
    Ok((pairs, file.unwrap_or(Upload::Nothing)))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
    use actix_web::web::Bytes;
    use futures_util::stream::iter;

    use super::*;

    fn form() -> Multipart {
        let body = "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\npixels\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"bio\"\r\n\r\ngentle\r\n--x--\r\n";
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=x"));
        Multipart::new(&headers, iter([Ok::<_, actix_web::error::PayloadError>(Bytes::from(body))]))
    }

    #[actix_web::test]
    async fn of_a_form_that_is_carried_the_file_is_not_kept() {
        let text = vec![("bio".to_owned(), "gentle".to_owned())];
        let kept = read(form(), Files::Kept).await.ok();
        assert_eq!(kept, Some((text.clone(), Upload::File(b"pixels".to_vec()))));
        let skipped = read(form(), Files::Skipped).await.ok();
        assert_eq!(skipped, Some((text, Upload::Nothing)));
    }
}

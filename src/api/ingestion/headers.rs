//! What the headers of a request say of its files.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_ENCODING;

use super::refusal::Refusal;
use crate::ingestion::category::Category;
use crate::ingestion::intake::Claims;
use crate::ingestion::{labels_within, metadata};
use crate::kernel::names::one_line;

/// In characters.
const LONGEST: usize = 200;

/// `None` for a header that is absent or empty, which is the same here and everywhere.
pub fn text<'r>(request: &'r HttpRequest, name: &'static str) -> Result<Option<&'r str>, Refusal> {
    let Some(value) = request.headers().get(name) else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| Refusal::BadHeader(name))?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()))
}

pub fn claims(request: &HttpRequest, category: Option<Category>) -> Result<Claims, Refusal> {
    let encoding = request.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii());
    if encoding.is_some_and(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::Encoded);
    }
    Ok(Claims {
        category,
        label: text(request, "x-label")?.map(str::to_owned),
        has_no_label: is_yes(request, "x-no-label")?,
        refuses_duplicates: is_yes(request, "x-disallow-duplicates")?,
        is_dated: is_yes(request, "x-add-date-id")?,
        metadata: metadata::parse(text(request, "x-metadata")?)?,
        areas: labels_within::areas(text(request, "x-bounding-boxes")?)?,
        upload_source: short(request, "x-upload-source")?,
        device_type: short(request, "x-device-type")?,
    })
}

fn is_yes(request: &HttpRequest, name: &'static str) -> Result<bool, Refusal> {
    Ok(text(request, name)?.is_some_and(|word| word == "1" || word.eq_ignore_ascii_case("true")))
}

fn short(request: &HttpRequest, name: &'static str) -> Result<String, Refusal> {
    one_line(text(request, name)?.unwrap_or_default(), LONGEST).map_err(|_| Refusal::BadHeader(name))
}

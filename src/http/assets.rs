//! `static/`, inside the binary. Addresses carry a hash of the content, so browsers keep them for a year.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};
use data_encoding::BASE32_NOPAD;

use super::error::PageError;

#[derive(rust_embed::Embed)]
#[folder = "static/"]
struct Files;

static ADDRESSES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let file = Files::get(&name)?;
            let hash = BASE32_NOPAD.encode(&file.metadata.sha256_hash()[..10]).to_lowercase();
            Some((name.to_string(), format!("/static/{name}?v={hash}")))
        })
        .collect()
});

/// `/static/app.css?v=…` for `app.css`. Unknown names give an address that answers 404, which a test would see.
pub fn address(name: &str) -> String {
    ADDRESSES.get(name).cloned().unwrap_or_else(|| format!("/static/{name}"))
}

/// `GET /static/{name}`
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, PageError> {
    let file = Files::get(&name).ok_or(PageError::NotFound)?;
    let etag = format!("\"{}\"", BASE32_NOPAD.encode(&file.metadata.sha256_hash()[..10]).to_lowercase());
    if request.headers().get("if-none-match").is_some_and(|given| given.as_bytes() == etag.as_bytes()) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, etag)).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.metadata.mimetype().to_owned()))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((ETAG, etag))
        .body(file.data.into_owned()))
}

//! What a browser sent: the only way to read a form or a query, and with it the only check of the form's token.
//!
//! Rule: a form that reaches a handler came from this site and this browser, is valid UTF-8 without NUL, names nothing
//! twice and fits its limit. What the fields say is the handler's to check.

use std::collections::HashSet;

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use data_encoding::HEXLOWER_PERMISSIVE;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::body::Body;
use super::error::PageError;
use super::session_cookie;
use super::site::Site;
use crate::crypto::form_token;

/// The names of our own hidden fields.
pub const TOKEN_FIELD: &str = "form_token";
/// A form left behind, sealed, in the one that asks who is there.
pub const HELD_FIELD: &str = "held";
/// Set when the form comes back from signing in or confirming: show what was typed, do nothing.
pub const RESUMED_FIELD: &str = "resumed";

/// A form as typed. `is_resumed`: the person had to sign in again or to confirm that it is them, and is to see the form
/// as they left it before anything is done.
pub struct Form<T> {
    pub typed: T,
    pub is_resumed: bool,
}

/// Names and values in the order they were sent.
pub type Pairs = Vec<(String, String)>;

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Body::of(request, payload));
        Box::pin(async move {
            body.given().await;
            check_type(&request)?;
            let pairs = Zeroizing::new(pairs(&body.bytes().await?)?);
            check_token(&request, field(&pairs, TOKEN_FIELD))?;
            check_names(&pairs)?;
            let is_resumed = !field(&pairs, RESUMED_FIELD).is_empty();
            let typed = from_pairs(&pairs)?;
            Ok(Self { typed, is_resumed })
        })
    }
}

/// A browser says what it sends; what says otherwise, or nothing, was made by no form of ours.
pub fn check_type(request: &HttpRequest) -> Result<(), PageError> {
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if is_form { Ok(()) } else { Err(PageError::BadRequest("it was not sent as a form")) }
}

/// Each name once, also those that nobody reads: which of two was meant is not ours to guess. Lists say so by `[]`.
pub fn check_names(pairs: &Pairs) -> Result<(), PageError> {
    let mut seen = HashSet::new();
    let is_once = pairs.iter().all(|(name, _)| name.ends_with("[]") || seen.insert(name));
    if is_once { Ok(()) } else { Err(PageError::BadRequest("a field is repeated")) }
}

/// The address's query, read with the same care.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = pairs(request.query_string().as_bytes()).and_then(|pairs| from_pairs(&pairs));
        std::future::ready(read.map(Self))
    }
}

pub fn pairs(body: &[u8]) -> Result<Pairs, PageError> {
    let mut pairs = Pairs::new();
    for part in body.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
        let end = part.iter().position(|byte| *byte == b'=');
        let (name, value) = end.map_or((part, &part[part.len()..]), |end| (&part[..end], &part[end + 1..]));
        pairs.push((decoded(name)?, decoded(value)?));
    }
    if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(PageError::BadRequest("the text contains NUL characters"));
    }
    Ok(pairs)
}

/// As browsers encode (WHATWG URL, section 5.1), but a replacement character stands only where one was sent.
fn decoded(part: &[u8]) -> Result<String, PageError> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = tail.get(..2).filter(|_| first == b'%');
        match escaped.and_then(|digits| HEXLOWER_PERMISSIVE.decode(digits).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = &tail[2..];
            }
            None => bytes.push(if first == b'+' { b' ' } else { first }),
        }
    }
    String::from_utf8(bytes).map_err(|_| PageError::BadRequest("the text is not UTF-8"))
}

/// The first value of this name, or nothing.
pub fn field<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

pub fn from_pairs<T: DeserializeOwned>(pairs: &Pairs) -> Result<T, PageError> {
    // As long as it can become, so that it is never moved and left behind in memory.
    let most = pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut serializer = form_urlencoded::Serializer::new(String::with_capacity(most));
    let encoded = Zeroizing::new(serializer.extend_pairs(pairs).finish());
    serde_urlencoded::from_str(&encoded).map_err(|_| PageError::BadRequest("a field is missing, repeated or not text"))
}

/// Passes when the token was made for this browser's session.
pub fn check_token(request: &HttpRequest, given: &str) -> Result<(), PageError> {
    let site = request.app_data::<Data<Site>>().ok_or(PageError::ForeignForm)?;
    let seed = session_cookie::seed(&request.get_session(), &site.chance);
    if form_token::verify(&site.keyring, &seed, given) { Ok(()) } else { Err(PageError::ForeignForm) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_utf8_is_refused_whatever_else_is_sent() {
        for body in ["a=%FF", "%FF=a", "a=%EF%BF%BD&b=%FF", "a=%ef%bf%bd%ff", "a=%C3"] {
            assert!(pairs(body.as_bytes()).is_err(), "{body}");
        }
        assert!(pairs(b"a=\xff").is_err());
        let replacement = pairs(b"a=%EF%BF%BD").unwrap();
        assert_eq!(field(&replacement, "a"), "\u{FFFD}", "somebody may well type it");
        let odd = pairs(b"&&a&b=1=2&c=100%&d=%zz+%2B").unwrap();
        let odd: Vec<(&str, &str)> = odd.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(odd, [("a", ""), ("b", "1=2"), ("c", "100%"), ("d", "%zz +")]);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_read(sent: Vec<(String, String)>) {
            let encoded = serde_urlencoded::to_string(&sent).unwrap();
            prop_assume!(!encoded.contains("%00"));
            prop_assert_eq!(pairs(encoded.as_bytes()).unwrap(), sent);
        }
    }
}

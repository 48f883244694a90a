//! The two cookies beside the session's: which browser this is, and the token of a mailed link on its way to a form.
//!
//! Rule: neither signs anybody in. Both are random text whose digest decides, so they need no signature.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};

use super::site::Site;
use crate::crypto::token::{Token, TokenDigest, looks_like_token};
use crate::kernel::time::{days, minutes};
use crate::sessions::device;

/// Which of the two.
#[derive(Clone, Copy)]
pub enum Small {
    /// Tells a browser that an account signed in from before.
    Device,
    /// From the address of a link to the form behind it, so that the token stands in no history and no `Referer`.
    Link,
}

impl Small {
    const fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Device, true) => "__Host-keystead-device",
            (Self::Device, false) => "keystead-device",
            (Self::Link, true) => "__Host-keystead-link",
            (Self::Link, false) => "keystead-link",
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            Self::Device => days(365),
            Self::Link => minutes(30),
        }
    }
}

/// What the browser sent, if it has a token's shape.
pub fn read(request: &HttpRequest, site: &Site, which: Small) -> Option<String> {
    let cookie = request.cookie(which.name(site.is_https()))?;
    Some(cookie.value().to_owned()).filter(|text| looks_like_token(text))
}

pub fn keep(site: &Site, which: Small, token: String) -> Cookie<'static> {
    let lifetime = CookieDuration::try_from(which.lifetime()).unwrap_or(CookieDuration::ZERO);
    build(site, which, token, lifetime)
}

pub fn forget(site: &Site, which: Small) -> Cookie<'static> {
    build(site, which, String::new(), CookieDuration::ZERO)
}

/// The browser's token as a digest, and the cookie to send when it is a new one.
pub fn browser(request: &HttpRequest, site: &Site) -> (TokenDigest, Option<Cookie<'static>>) {
    if let Some(token) = read(request, site, Small::Device) {
        return (TokenDigest::of(&token), None);
    }
    let (token, digest) = Token::mint(&site.chance, device::LETTER);
    (digest, Some(keep(site, Small::Device, token.reveal())))
}

fn build(site: &Site, which: Small, value: String, lifetime: CookieDuration) -> Cookie<'static> {
    Cookie::build(which.name(site.is_https()), value)
        .path("/")
        .secure(site.is_https())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(lifetime)
        .finish()
}

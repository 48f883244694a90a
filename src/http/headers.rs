//! The headers every answer carries.
//!
//! Rule: no inline style or script anywhere, so the policy forbids both; pages with personal data are never kept.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// `connect-src 'self'` only because browsers' audits read robots.txt through it; `data:` images are generated avatars.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const FIXED: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];

pub fn add(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in FIXED {
        set_if_absent(headers, HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // What says nothing about being kept is not to be kept.
    set_if_absent(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        set_if_absent(headers, header::STRICT_TRANSPORT_SECURITY, value);
    }
}

/// What a browser kept of this site's answers, photos above all, goes with whoever signs out (ASVS V14.3.1). Not its
/// cookies: one of them says that the account knows this browser.
pub const FORGET: (&str, &str) = ("clear-site-data", "\"cache\"");

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

//! The gate before every unsafe method of a page: a browser that says it comes from elsewhere is turned away.
//!
//! Rule: it comes before the form's token and does not replace it. Programs (`/platform/v1`, …) carry their own
//! credential and never a cookie, so the gate is not theirs; the one dialect whose tools send theirs as a cookie asks
//! [`is_from_here`] itself.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, ORIGIN};

/// Whether the request may pass. `Sec-Fetch-Site` decides; absent, `Origin` must be ours; both absent, the token decides.
pub fn may_pass(request: &HttpRequest, public_origin: &str) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) || is_from_here(request, public_origin)
}

/// The same whatever the method: whether no other site's page sent this.
pub fn is_from_here(request: &HttpRequest, public_origin: &str) -> bool {
    if let Some(site) = header(request, HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    match header(request, ORIGIN) {
        None => true,
        Some(origin) => {
            let own_host = request.headers().get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let host_of_origin = origin.split_once("://").map_or("", |(_, host)| host);
            origin == public_origin || (!own_host.is_empty() && host_of_origin == own_host)
        }
    }
}

fn header(request: &HttpRequest, name: HeaderName) -> Option<String> {
    let value = request.headers().get(name)?;
    // An unreadable value is a foreign one, not an absent one.
    Some(value.to_str().unwrap_or("unreadable").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn passes(headers: &[(&'static str, &'static str)]) -> bool {
        let mut request = TestRequest::post().insert_header(("host", "localhost:8080"));
        for header in headers {
            request = request.insert_header(*header);
        }
        may_pass(&request.to_http_request(), "https://account.example")
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        assert!(passes(&[("sec-fetch-site", "none")]));
        assert!(!passes(&[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&[("sec-fetch-site", "same-site"), ("origin", "https://account.example")]));
        assert!(passes(&[("origin", "https://account.example")]));
        assert!(passes(&[("origin", "http://localhost:8080")]));
        assert!(!passes(&[("origin", "https://evil.example")]));
        assert!(!passes(&[("origin", "null")]));
        assert!(passes(&[]));
    }
}

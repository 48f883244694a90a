//! Where a request came from: the client's address behind the trusted proxies, its program, the request's id.
//!
//! Rule: of `X-Forwarded-For` only as many entries are believed, counted from the right, as proxies were configured.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use tracing_actix_web::RequestId;

use actix_web::HttpMessage;

use crate::kernel::names::is_invisible;
use crate::kernel::origin::Origin;

pub fn of(request: &HttpRequest, trusted_proxies: usize) -> Origin {
    Origin { address: address(request, trusted_proxies), agent: agent(request), request_id: request_id(request) }
}

/// The id that stands in the log, in the answer's `x-request-id` and on error pages.
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

fn agent(request: &HttpRequest) -> String {
    let raw = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    raw.chars().filter(|c| !is_invisible(*c)).take(300).collect()
}

fn address(request: &HttpRequest, trusted_proxies: usize) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|peer| peer.ip());
    if trusted_proxies == 0 {
        return peer;
    }
    // As bytes: a client that sends something unreadable in front must not hide what its proxy wrote behind it.
    let entries = request.headers().get_all("x-forwarded-for").flat_map(|value| value.as_bytes().split(|b| *b == b','));
    let forwarded: Vec<&[u8]> = entries.map(<[u8]>::trim_ascii).collect();
    // The last entry was written by the nearest proxy, the one before it by the proxy before that, and so on.
    let entry = forwarded.len().checked_sub(trusted_proxies).and_then(|index| forwarded.get(index));
    entry.and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok()).or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    fn seen(proxies: usize, forwarded: impl AsRef<[u8]>) -> Option<String> {
        let request = TestRequest::default()
            .peer_addr("192.0.2.9:1".parse().unwrap())
            .insert_header(("x-forwarded-for", HeaderValue::from_bytes(forwarded.as_ref()).unwrap()))
            .to_http_request();
        address(&request, proxies).map(|ip| ip.to_string())
    }

    #[test]
    fn a_client_cannot_choose_its_address() {
        assert_eq!(seen(0, "203.0.113.7").as_deref(), Some("192.0.2.9"));
        assert_eq!(seen(1, "6.6.6.6, 203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(seen(2, "6.6.6.6, 203.0.113.7, 198.51.100.1").as_deref(), Some("203.0.113.7"));
        assert_eq!(seen(1, "nonsense").as_deref(), Some("192.0.2.9"));
        assert_eq!(seen(3, "203.0.113.7").as_deref(), Some("192.0.2.9"));
        assert_eq!(seen(1, b"\xff, 203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(seen(1, b"203.0.113.7, \xff").as_deref(), Some("192.0.2.9"));
    }
}

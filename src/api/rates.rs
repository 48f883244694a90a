//! Limits of requests as callers of the APIs meet them: one call in a handler, and the headers are on whatever it answers.
//! `rates::count(&request, &rates::Caller::of_key(region, &verified)).await?` where the dialect has a refusal from [`Over`].
//!
//! Rule: counted after a key was let in, before anything is done for it. The dialect says 429 in its own words; that there
//! is a `Retry-After`, in plain seconds, is seen to here.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};

use crate::http::site::Site;
use crate::kernel::time::Timestamp;
use crate::projects::rates::{Standing, WINDOW};

pub use crate::projects::rates::Caller;

/// One request too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many requests. Try again in {retry_after} s.")]
pub struct Over {
    /// Seconds.
    pub retry_after: u64,
    pub resets_at: Timestamp,
}

/// Counts this request for whoever makes it.
pub async fn count(request: &HttpRequest, caller: &Caller) -> Result<(), Over> {
    let Some(site) = request.app_data::<Data<Site>>() else { return Ok(()) };
    let Some(store) = site.regions.store(caller.region) else { return Ok(()) };
    let standing = site.rates.count(store, caller, site.clock.now()).await;
    let over = Over { retry_after: standing.resets_in(), resets_at: standing.resets_at };
    let is_over = standing.is_over;
    request.extensions_mut().insert(standing);
    if is_over { Err(over) } else { Ok(()) }
}

/// Says in the answer how its request stands, if it was counted (draft-ietf-httpapi-ratelimit-headers).
pub fn tell(request: &HttpRequest, status: StatusCode, headers: &mut HeaderMap) {
    let extensions = request.extensions();
    let Some(standing) = extensions.get::<Standing>() else { return };
    let (policy, rate) = in_words(standing);
    for (name, text) in [("ratelimit-policy", policy), ("ratelimit", rate)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(RETRY_AFTER, HeaderValue::from(standing.resets_in()));
    }
}

fn in_words(standing: &Standing) -> (String, String) {
    let (window, left) = (WINDOW.as_secs(), standing.resets_in());
    let policy = standing.parts.iter().map(|part| format!("\"{}\";q={};w={window}", part.name, part.limit));
    let rate = standing.parts.iter().map(|part| format!("\"{}\";r={};t={left}", part.name, part.remaining));
    (policy.collect::<Vec<_>>().join(", "), rate.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projects::rates::Part;

    #[test]
    fn both_limits_are_told_as_the_draft_writes_them() {
        let now = Timestamp::from_seconds(1_795_262_418);
        let part = |name, limit, remaining| Part { name, limit, remaining };
        let parts = vec![part("key", 6_000, 5_990), part("workspace", 30_000, 0)];
        let standing = Standing { parts, resets_at: Timestamp::from_seconds(1_795_262_460), now, is_over: true };
        let (policy, rate) = in_words(&standing);
        assert_eq!(policy, "\"key\";q=6000;w=60, \"workspace\";q=30000;w=60");
        assert_eq!(rate, "\"key\";r=5990;t=42, \"workspace\";r=0;t=42");
        let request = actix_web::test::TestRequest::default().to_http_request();
        let mut headers = HeaderMap::new();
        tell(&request, StatusCode::TOO_MANY_REQUESTS, &mut headers);
        assert!(headers.is_empty(), "nothing was counted");
        request.extensions_mut().insert(standing);
        tell(&request, StatusCode::TOO_MANY_REQUESTS, &mut headers);
        assert_eq!(headers.get("retry-after").unwrap(), "42");
        assert_eq!(headers.get("ratelimit").unwrap(), "\"key\";r=5990;t=42, \"workspace\";r=0;t=42");
    }
}

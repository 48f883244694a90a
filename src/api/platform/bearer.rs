//! Who is calling: one of the platform's own programs, by its service token.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::Problem;
use crate::crypto::token::TokenDigest;
use crate::http::site::Site;
use crate::kernel::id::ServiceTokenId;
use crate::regions::service_tokens::{self, Allowed};

/// A program whose token is known and live. What it may do is asked with [`Program::may`].
pub struct Program {
    pub site: Data<Site>,
    /// Its service token, and what the operator calls that.
    pub id: ServiceTokenId,
    pub name: String,
    allows: Vec<Allowed>,
}

impl Program {
    pub fn may(&self, what: Allowed) -> Result<(), Problem> {
        if self.allows.contains(&what) { Ok(()) } else { Err(Problem::NotAllowed(what.as_str())) }
    }
}

impl FromRequest for Program {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { look_up(&request).await })
    }
}

async fn look_up(request: &HttpRequest) -> Result<Program, Problem> {
    let site = request.app_data::<Data<Site>>().ok_or(Problem::NotFound)?.clone();
    let digest = TokenDigest::of(token(request).ok_or(Problem::NoToken)?);
    let now = site.clock.now();
    let directory = &site.regions.directory;
    let found = directory.glance_again(digest, service_tokens::live).await?;
    let Some(token) = found else { return Err(Problem::UnknownToken) };
    if token.is_use_to_note(now) {
        directory.write(move |db| service_tokens::used(db, token.id, now)).await?;
    }
    Ok(Program { allows: token.allows(), id: token.id, name: token.name, site })
}

/// RFC 6750: the scheme's name in any case, then the token. An empty header counts as absent.
pub(super) fn token(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

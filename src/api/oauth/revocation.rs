//! `POST /oauth/revoke`: a program hands its token back (RFC 7009).
//!
//! Rule: the answer is the same whether there was such a token.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::Refusal;
use super::form::Asked;
use crate::crypto::token::looks_like_token;
use crate::entry::device_login;

pub async fn revoke(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked = Asked::read(&request, payload).await?;
    asked.client()?;
    let token = asked.field("token")?;
    if looks_like_token(token) {
        device_login::hand_back(&asked.site.regions, &asked.act, token).await?;
    }
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).finish())
}

//! What happens to a request that has to wait for somebody to sign in, or to confirm that it is them: a page leads there
//! and back, a form goes along sealed.

use actix_session::SessionExt;
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::Method;

use super::guards::Visitor;
use super::{links, resume};
use crate::http::body::Body;
use crate::http::error::PageError;
use crate::http::form::HELD_FIELD;
use crate::http::return_to::local_path;
use crate::http::{form, session_cookie, upload};

/// The body of a form that might have to be carried through signing in, kept until it is known whether it must be.
pub fn carriable(request: &HttpRequest, payload: &mut Payload) -> Option<Body> {
    let body = (*request.method() == Method::POST).then(|| Body::of(request, payload))?;
    body.keep();
    Some(body)
}

/// The answer for somebody who is not signed in (any more). Whose browser was never signed in has no form to lose: not
/// a byte of what they send is read.
pub async fn turn_away(request: &HttpRequest, body: Option<&Body>) -> PageError {
    if let Some(body) = body
        && session_cookie::token(&request.get_session()).is_some()
        && let Some(held) = hold(request, body).await
    {
        return PageError::SignInFirst { held };
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let back = if *request.method() == Method::GET { path } else { request.path() };
    let to = local_path(back).map_or_else(|| links::SIGN_IN.to_owned(), links::sign_in_then);
    PageError::SeeOther(to)
}

/// The form of somebody who has to confirm first, if there is one and anything in it is worth carrying.
pub async fn held(request: &HttpRequest) -> Option<String> {
    let body = Body::if_any(request)?;
    hold(request, &body).await
}

async fn hold(request: &HttpRequest, body: &Body) -> Option<String> {
    let pairs = if upload::is_multipart(request) {
        upload::text_of(request, body).await.ok()?
    } else {
        form::pairs(&body.bytes().await.ok()?).ok()?
    };
    // Whoever was asked to confirm and now has to sign in carries the form behind it, not that question.
    let behind = form::field(&pairs, HELD_FIELD);
    if !behind.is_empty() {
        return Some(behind.to_owned());
    }
    let here = Visitor::of(request).ok()?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    resume::seal(&here.act, path, pairs)
}

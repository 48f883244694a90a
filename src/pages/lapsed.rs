//! What happens to a request whose session is gone: a page leads to signing in and back, a form goes along sealed.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::Method;

use super::guards::Visitor;
use super::{links, resume};
use crate::http::body::Body;
use crate::http::error::PageError;
use crate::http::return_to::local_path;
use crate::http::{form, upload};

/// The body of a form that might have to be carried through signing in, kept until it is known whether it must be.
pub fn carriable(request: &HttpRequest, payload: &mut Payload) -> Option<Body> {
    let body = (*request.method() == Method::POST).then(|| Body::of(request, payload))?;
    body.keep();
    Some(body)
}

/// The answer for somebody who is not signed in (any more).
pub async fn turn_away(request: &HttpRequest, body: Option<Body>) -> PageError {
    if let Some(body) = body
        && let Some(held) = hold(request, &body).await
    {
        return PageError::SignInFirst { held };
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let back = if *request.method() == Method::GET { path } else { request.path() };
    let to = local_path(back).map_or_else(|| links::SIGN_IN.to_owned(), links::sign_in_then);
    PageError::SeeOther(to)
}

async fn hold(request: &HttpRequest, body: &Body) -> Option<String> {
    let pairs = if upload::is_multipart(request) {
        upload::text_of(request, body).await.ok()?
    } else {
        form::pairs(&body.bytes().await.ok()?).ok()?
    };
    let here = Visitor::of(request).ok()?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    resume::seal(&here.act, path, pairs)
}

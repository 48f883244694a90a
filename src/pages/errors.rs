//! The page behind every refusal: what happened, what to do, and a way on.
//!
//! Rule: it is drawn here and nowhere else, with the request's id, and it repeats nothing that was sent.

use actix_session::SessionExt;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::guards::Visitor;
use super::{confirm, frame, lapsed, sign_in};
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::site::Site;
use crate::http::{is_api, origin, session_cookie, words};

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    page: PageFrame,
    is_not_found: bool,
    /// Whether this browser carries a session: decides which ways on are offered.
    is_signed_in: bool,
}

/// What a refusal is called, and what to do about it.
struct Told {
    title: &'static str,
    sentence: String,
}

/// Middleware: answers without a page of their own get one. Failures of ours are logged here, once.
pub async fn draw(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // Not cloned before it is routed: the router needs the only handle.
    let (request, response) = next.call(request).await?.into_parts();
    let response = response.map_into_boxed_body();
    let drawn = match response.error() {
        Some(error) if !is_api(request.path()) => match error.as_error::<PageError>() {
            Some(PageError::ConfirmFirst { deed, .. }) => confirm_first(&request, deed).await,
            error => {
                note(&request, error).await;
                in_words(&request, &response, error)
            }
        },
        _ => None,
    };
    Ok(ServiceResponse::new(request, drawn.unwrap_or(response)))
}

/// What went wrong with us, and what somebody was refused, in the log; the latter in the owner's record too.
async fn note(request: &HttpRequest, error: Option<&PageError>) {
    let what = match error {
        Some(error @ (PageError::Database(_) | PageError::Internal(_))) => {
            return tracing::error!(error = %error, "a page failed");
        }
        Some(error @ PageError::TooMany(_)) => return tracing::warn!(error = %error, "a page was refused"),
        Some(PageError::ForeignForm) => "a form made elsewhere, or too long ago",
        Some(PageError::Forbidden(_) | PageError::NotAllowed(_)) => "what your role does not allow",
        _ => return,
    };
    let noted = async {
        if let Some(here) = Visitor::of(request)?.signed_in().await? {
            return here.was_refused(what).await;
        }
        tracing::warn!(what, "a visitor was refused");
        Ok(())
    };
    if let Err(error) = noted.await {
        tracing::error!(error = %error, "a refusal could not be recorded");
    }
}

fn in_words(request: &HttpRequest, response: &HttpResponse, error: Option<&PageError>) -> Option<HttpResponse> {
    let told = match error {
        Some(PageError::SeeOther(_) | PageError::ConfirmFirst { .. }) => return None,
        Some(PageError::SignInFirst { held }) => return sign_in_first(request, held),
        Some(error) => tell(error),
        None => tell_status(response.status()),
    };
    let mut drawn = page(request, response.status(), &told)
        .map_err(|error| tracing::error!(error = %error, "an error page could not be drawn"))
        .ok()?;
    for (name, value) in response.headers() {
        if !drawn.headers().contains_key(name) {
            drawn.headers_mut().insert(name.clone(), value.clone());
        }
    }
    Some(drawn)
}

/// The page that asks who is there, with the form that was sent in it; without one its address is enough.
async fn confirm_first(request: &HttpRequest, deed: &'static str) -> Option<HttpResponse> {
    let held = lapsed::held(request).await?;
    let here = Visitor::of(request).ok()?;
    let drawn = confirm::page_holding(&here, deed, &held).await;
    drawn.unwrap_or_else(|error| {
        tracing::error!(error = %error, "the page that asks who is there could not be drawn");
        None
    })
}

/// The sign-in page itself, with the form that came too late in it.
fn sign_in_first(request: &HttpRequest, held: &str) -> Option<HttpResponse> {
    Visitor::of(request).and_then(|here| sign_in::page_holding(&here, held.to_owned())).ok()
}

fn page(request: &HttpRequest, status: StatusCode, told: &Told) -> Result<HttpResponse, PageError> {
    let site = request.app_data::<Data<Site>>().ok_or(PageError::NotFound)?;
    let request_id = origin::request_id(request);
    let page = PageFrame { request_id, ..frame::bare(site, told.title, &told.sentence) };
    let is_signed_in = session_cookie::token(&request.get_session()).is_some();
    frame::html(status, &ErrorPage { page, is_not_found: status == StatusCode::NOT_FOUND, is_signed_in })
}

fn tell(error: &PageError) -> Told {
    match error {
        PageError::Forbidden(why) => Told { title: "Not allowed", sentence: (*why).to_owned() },
        PageError::NotAllowed(what) => Told {
            title: "Not allowed",
            sentence: format!("Your role does not let you {what}. Ask an Owner or Admin of this workspace."),
        },
        PageError::BadRequest(why) => Told {
            title: "This could not be read",
            sentence: format!("Nothing was changed: {why}. Go back and try again."),
        },
        PageError::ForeignForm => Told {
            title: "This form is too old",
            sentence:
                "It was made for another session or by another site, so nothing was changed. Go back, reload the \
                       page and send it again."
                    .to_owned(),
        },
        PageError::TooMany(after) => Told {
            title: "Too many tries",
            sentence: format!("Nothing is lost. Try again in {}.", words::wait(*after)),
        },
        PageError::Busy => Told {
            title: "Very busy right now",
            sentence: "More people are signing in than this server can check at once. Try again in a few seconds."
                .to_owned(),
        },
        PageError::NotFound => tell_status(StatusCode::NOT_FOUND),
        PageError::SeeOther(_)
        | PageError::SignInFirst { .. }
        | PageError::ConfirmFirst { .. }
        | PageError::Database(_)
        | PageError::Internal(_) => tell_status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn tell_status(status: StatusCode) -> Told {
    let (title, sentence) = match status {
        StatusCode::NOT_FOUND => ("Page not found", "There is nothing at this address, or it is not yours to see."),
        status if status.is_client_error() => ("This could not be read", "Nothing was changed. Go back and try again."),
        _ => (
            "Something went wrong here",
            "It is not your fault, and nothing was half done. Try again; if it stays, tell whoever runs this site the \
             number below.",
        ),
    };
    Told { title, sentence: sentence.to_owned() }
}

//! The server: one router on every address, and what surrounds each request.
//!
//! Rule: order matters and stands here alone. From the outside in: bodies left unread, figures, log line, headers,
//! compression, session cookie, error pages, gate, route.

pub mod measure;
pub mod work;

use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpServer, web};
use tracing_actix_web::TracingLogger;

use crate::api::health;
use crate::http::error::PageError;
use crate::http::site::Site;
use crate::http::{assets, gate, headers, log, origin, session_cookie, unread};
use crate::kernel::time::seconds;
use crate::{api, pages};

/// For the head of a request; who dribbles it in is cut off. Its body has a time of its own where it is read.
const HEAD_PATIENCE: Duration = seconds(5);
/// How long a connection may wait for its next request. Proxies before this server should close theirs sooner.
const KEEP_ALIVE: Duration = seconds(5);

/// Starts serving on `listeners` and returns at once; await the server to wait for its end.
/// Told to stop by its handle it stops accepting, finishes what runs, and gives up after 30 seconds.
pub fn serve(site: &Site, listeners: Vec<TcpListener>, workers: usize) -> std::io::Result<Server> {
    serve_with(site, listeners, workers, |_| ())
}

/// The same with `more` routes behind all that surrounds a request: a bench measures what surrounds a page by one.
pub fn serve_with(
    site: &Site,
    listeners: Vec<TcpListener>,
    workers: usize,
    more: fn(&mut ServiceConfig),
) -> std::io::Result<Server> {
    let data = Data::new(site.clone());
    let found = Data::new(health::Found::default());
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(found.clone())
            .wrap(from_fn(pass_gate))
            .wrap(from_fn(pages::errors::draw))
            .wrap(session_cookie::middleware(&data))
            .wrap(Compress::default())
            .wrap(from_fn(add_headers))
            .wrap(TracingLogger::<log::RequestSpan>::new())
            .wrap(from_fn(measure::request))
            .wrap(from_fn(unread::hang_up))
            .configure(more)
            .configure(routes)
    })
    .workers(workers)
    .client_request_timeout(HEAD_PATIENCE)
    .keep_alive(KEEP_ALIVE)
    .disable_signals()
    .shutdown_timeout(30);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

fn routes(config: &mut ServiceConfig) {
    config.route("/static/{name}", web::get().to(assets::serve));
    api::configure(config);
    pages::configure(config);
    config.default_service(web::to(|request: HttpRequest| async move {
        // Programs read problems, people read pages.
        let is_api = crate::http::is_api(request.path());
        let refused = if is_api { api::platform::Problem::NotFound.into() } else { PageError::NotFound.into() };
        Err::<String, actix_web::Error>(refused)
    }));
}

async fn pass_gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let public_origin = request.app_data::<Data<Site>>().map(|site| site.public_origin()).unwrap_or_default();
    if !crate::http::is_api(request.path()) && !gate::may_pass(request.request(), &public_origin) {
        return Ok(request.error_response(PageError::ForeignForm));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn add_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let is_https = request.app_data::<Data<Site>>().is_some_and(|site| site.is_https());
    let request_id = origin::request_id(request.request());
    let mut response = next.call(request).await?;
    let (counted, status) = (response.request().clone(), response.status());
    api::rates::tell(&counted, status, response.headers_mut());
    headers::add(response.headers_mut(), is_https);
    session_cookie::keep_remembered(response.headers_mut(), is_https);
    if let Ok(value) = request_id.parse() {
        response.headers_mut().insert(actix_web::http::header::HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}

//! Figures for Prometheus: how requests went, and an address of their own where all figures are read.
//!
//! Rule: a route is named by its pattern, never by its path, so that the figures stay few and hold no token. Nothing
//! here is reachable from the address that people use.

use std::net::TcpListener;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::header::ContentType;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::db::Store;
use crate::http::site::Site;
use crate::jobs;

/// Counts a request and its time. Without a recorder it costs next to nothing.
pub async fn request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let begun = Instant::now();
    let method = request.method().as_str().to_owned();
    let response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_u16().to_string();
    metrics::histogram!("keystead_request_seconds", "method" => method, "route" => route, "status" => status)
        .record(begun.elapsed().as_secs_f64());
    Ok(response)
}

/// `GET /metrics` on an address that only the operator's own programs should reach.
pub fn serve(site: &Site, figures: PrometheusHandle, listener: TcpListener) -> std::io::Result<Server> {
    let data = Data::new((site.clone(), figures));
    let server = HttpServer::new(move || App::new().app_data(data.clone()).route("/metrics", web::get().to(show)));
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

async fn show(data: Data<(Site, PrometheusHandle)>) -> HttpResponse {
    let (site, figures) = data.get_ref();
    gauge_now(site).await;
    figures.run_upkeep();
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(figures.render())
}

/// What is not counted as it happens but stands somewhere to be looked at.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
async fn gauge_now(site: &Site) {
    metrics::gauge!("keystead_passwords_waiting").set(site.hasher.waiting() as f64);
    gauge_pool("directory", &site.regions.directory);
    for (region, store) in site.regions.served() {
        gauge_pool(region.as_str(), store);
        let Ok(jobs) = store.read(jobs::standing).await else {
            tracing::warn!(region = %region, "the jobs could not be counted for the figures");
            continue;
        };
        metrics::gauge!("keystead_jobs", "region" => region.as_str(), "state" => "waiting").set(jobs.waiting as f64);
        metrics::gauge!("keystead_jobs", "region" => region.as_str(), "state" => "running").set(jobs.running as f64);
        metrics::gauge!("keystead_jobs", "region" => region.as_str(), "state" => "dead").set(jobs.dead as f64);
    }
}

fn gauge_pool(name: &str, store: &Store) {
    let (open, in_use) = store.connections();
    metrics::gauge!("keystead_connections", "database" => name.to_owned(), "state" => "open").set(f64::from(open));
    metrics::gauge!("keystead_connections", "database" => name.to_owned(), "state" => "in_use").set(f64::from(in_use));
}

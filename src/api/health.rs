//! `GET /healthz` and `/readyz`: what a supervisor or a load balancer asks.
//!
//! Rule: `/healthz` touches nothing, so that a database that is away does not get a healthy process restarted. Neither
//! tells anything that a stranger may not know.

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, http::StatusCode};
use tokio::sync::Mutex;

use crate::db::migrate::{self, Kind, Standing};
use crate::db::{Db, Store};
use crate::http::site::Site;
use crate::kernel::time::{Timestamp, seconds};

/// Method and path of each, for the tests that hold them.
pub const TABLE: &[(&str, &str)] = &[("get", "/healthz"), ("get", "/readyz")];

/// What was found, and when, for all threads of a server: however often it is asked, the databases are asked once a
/// second at most, and once at a time.
#[derive(Default)]
pub struct Found(Mutex<Option<(Timestamp, Vec<String>)>>);

pub fn configure(config: &mut ServiceConfig) {
    config.route("/healthz", web::get().to(|| async { answer(StatusCode::OK, "ok\n".to_owned()) }));
    config.route("/readyz", web::get().to(ready));
}

async fn ready(site: Data<Site>, found: Data<Found>) -> HttpResponse {
    let mut found = found.0.lock().await;
    let known = found.take().filter(|(at, _)| at.plus(seconds(1)) > site.clock.now());
    let (at, troubles) = if let Some(known) = known {
        known
    } else {
        let troubles = look(&site).await;
        // From its end on: who waited for a database that does not answer is not made to wait for it again.
        (site.clock.now(), troubles)
    };
    *found = Some((at, troubles.clone()));
    if troubles.is_empty() {
        return answer(StatusCode::OK, "ready\n".to_owned());
    }
    answer(StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n")
}

/// What keeps this server from answering; nothing when it can.
async fn look(site: &Site) -> Vec<String> {
    let mut troubles = Vec::new();
    let directory = ("the directory".to_owned(), &site.regions.directory, Kind::Directory);
    let regions = site.regions.served().map(|(region, store)| (format!("region {region}"), store, Kind::Region));
    for (name, store, kind) in std::iter::once(directory).chain(regions) {
        troubles.extend(look_at(store, kind).await.err().map(|trouble| format!("{name} {trouble}")));
    }
    troubles
}

/// The trouble is logged in full and told in general.
async fn look_at(store: &Store, kind: Kind) -> Result<(), &'static str> {
    match store.read(move |db: &mut Db| migrate::standing(db, kind)).await {
        Ok(Standing::Current | Standing::Newer { breaking: None }) => Ok(()),
        Ok(Standing::Older(_)) => Err("has an older schema: run `keystead migrate`"),
        Ok(Standing::Newer { breaking: Some(_) }) => Err("was changed by a newer program"),
        Err(error) => {
            tracing::error!(database = %store.url(), error = %error, "a database does not answer");
            Err("does not answer")
        }
    }
}

fn answer(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::plaintext())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text)
}

//! `keystead serve`: pages, APIs and jobs in one process. `keystead work` runs the jobs alone.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Outcome, open, say, stopping};
use crate::app::{self, measure, work};
use crate::config::Config;
use crate::entry::setup;
use crate::http::site::Site;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::kernel::time::minutes;
use crate::pages::links;
use crate::telemetry;

#[derive(clap::Args, Default)]
pub struct Serve {
    /// Leave the jobs to other processes (`keystead work`)
    #[arg(long)]
    no_jobs: bool,
}

impl Serve {
    pub fn run(&self, config: Config) -> Outcome {
        run(&open::site(config, Clock::System)?, !self.no_jobs)
    }
}

/// Serves until it is told to stop.
pub(super) fn run(site: &Site, has_jobs: bool) -> Outcome {
    let listeners = site.config.listen.iter().map(listen).collect::<Result<Vec<_>, _>>()?;
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let figures = match &site.config.metrics_listen {
        Some(address) => {
            let counted = telemetry::count().map_err(|error| format!("Cannot count figures: {error}"))?;
            Some((counted, listen(address)?))
        }
        None => None,
    };
    let worker = if has_jobs { Some(Arc::new(work::worker(site, work::post_office(site)?)?)) } else { None };
    actix_web::rt::System::new().block_on(async move {
        let cannot = |error| format!("Cannot serve: {error}");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let told = stopping::Told::listen()?;
        let server = app::serve(site, listeners, cores).map_err(cannot)?;
        if let Some((figures, listener)) = figures {
            let address = listener.local_addr().map_err(cannot)?;
            actix_web::rt::spawn(measure::serve(site, figures, listener).map_err(cannot)?);
            say(&format!("Figures for Prometheus at http://{address}/metrics"));
        }
        for address in addresses {
            say(&format!("Listening on http://{address}, reached as {}", site.public_origin()));
        }
        invite_first_administrator(site)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let jobs = actix_web::rt::spawn(async move {
            if let Some(worker) = worker {
                // Sent or dropped, either way the server has ended.
                worker.run_until(async { drop(stopped.await) }).await;
            }
        });
        let seen = actix_web::rt::spawn(write_last_seen(site.clone()));
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            told.heard().await;
            // Accepts nothing more from here on, and ends when what runs has.
            handle.stop(true).await;
        });
        server.await.map_err(|error| format!("The server failed: {error}"))?;
        drop(stop);
        seen.abort();
        jobs.await.map_err(|error| format!("The jobs failed: {error}"))?;
        let written = site.last_seen.write(&site.regions).and_then(|()| site.key_uses.write(&site.regions));
        written.map_err(|error| format!("The last uses could not be written: {error}"))
    })
}

/// Until there is an administrator, every start prints a link that makes one.
fn invite_first_administrator(site: &Site) -> Outcome {
    let act = site.act(Origin::program("keystead serve"));
    let link = site.regions.directory.write_now(|db| setup::issue(db, &act)).map_err(|error| error.to_string())?;
    if let Some(token) = link {
        say("There is no administrator yet. Make the first one at this address; it works once, for 24 hours:");
        say(&format!("{}{}/{}", site.public_origin(), links::SETUP, token.reveal()));
    }
    Ok(())
}

/// Once a minute, on a blocking thread.
async fn write_last_seen(site: Site) {
    let mut round = tokio::time::interval(minutes(1));
    loop {
        round.tick().await;
        let site = site.clone();
        let written = tokio::task::spawn_blocking(move || {
            let (of_sessions, of_keys) = (site.last_seen.write(&site.regions), site.key_uses.write(&site.regions));
            of_sessions.and(of_keys)
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(error = %error, "the last uses of sessions and keys could not be written");
        }
    }
}

fn listen(address: &SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .map_err(|error| format!("Cannot listen on {address}: {error}. Is another program there? Set KEYSTEAD_LISTEN."))
}

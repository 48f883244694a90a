//! Logs and figures for the operator: one line where a thing is handled, as text or as JSON; counters for Prometheus.
//!
//! Rule: no address, no token, no text a person typed.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// In seconds: from a page out of memory to a sign-in in a storm.
const DURATIONS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Call once, at start. A second call changes nothing. `RUST_LOG` chooses what is logged.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // Refused only when logging was started before, as in tests.
    drop(started);
}

/// From now on figures are counted; before this, and without it, they go nowhere. Once in a process.
pub fn count() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), DURATIONS)?
        .install_recorder()?;
    metrics::describe_histogram!("keystead_request_seconds", "Requests by method, route and status");
    metrics::describe_counter!("keystead_events_total", "Recorded events by kind, such as sign_in.succeeded");
    metrics::describe_counter!("keystead_job_runs_total", "Runs of jobs by job and outcome; deliver_mail is the mails");
    metrics::describe_gauge!("keystead_jobs", "Jobs by region and state");
    metrics::describe_gauge!("keystead_passwords_waiting", "Passwords waiting for a free core to be checked on");
    metrics::describe_gauge!("keystead_connections", "Database connections by database and state");
    Ok(handle)
}

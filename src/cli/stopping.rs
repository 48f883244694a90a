//! The end of a long-running process: told by SIGTERM or SIGINT, over within half a minute.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::kernel::time::seconds;

/// How long what runs may take to finish.
const PATIENCE: Duration = seconds(30);

/// Resolves when the process is told to stop.
pub(super) async fn told() -> Result<(), String> {
    let cannot = |error| format!("Cannot listen for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    futures_util::future::select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
    Ok(())
}

/// Leaves whatever has not finished in time. A job that is cut off keeps its lease until it runs out and is taken up
/// again then; a request that is cut off was never answered as done.
pub(super) async fn in_time() {
    if told().await.is_ok() {
        tokio::time::sleep(PATIENCE).await;
        tracing::warn!("stopped before everything had finished; it will be taken up again");
        std::process::exit(0);
    }
}

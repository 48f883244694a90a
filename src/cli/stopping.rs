//! The end of a long-running process: told by SIGTERM or SIGINT, over within half a minute.
//!
//! Rule: a process that has said that it is there hears these signals already. Unheard they would cut off what runs.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::kernel::time::seconds;

/// How long what runs may take to finish.
const PATIENCE: Duration = seconds(30);

/// Hears the signals from the moment it is made.
pub(super) struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    pub(super) fn listen() -> Result<Self, String> {
        let cannot = |error| format!("Cannot listen for signals: {error}");
        let terminate = signal(SignalKind::terminate()).map_err(cannot)?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt()).map_err(cannot)? })
    }

    /// Resolves when the process is told to stop. From then on the rest has to be over in time.
    pub(super) async fn heard(mut self) {
        futures_util::future::select(Box::pin(self.terminate.recv()), Box::pin(self.interrupt.recv())).await;
        actix_web::rt::spawn(cut_off());
    }
}

/// Leaves whatever has not finished in time. A job that is cut off keeps its lease until it runs out and is taken up
/// again then; a request that is cut off was never answered as done.
async fn cut_off() {
    tokio::time::sleep(PATIENCE).await;
    tracing::warn!("stopped before everything had finished; it will be taken up again");
    std::process::exit(0);
}

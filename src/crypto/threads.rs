//! Threads that check passwords, of less weight than those that answer.
//!
//! Rule: whoever only wants a page does not wait for whoever signs in. On Linux, where a thread has a priority of its
//! own, the scheduler takes a core from these as soon as another thread wakes; what nobody else wants is theirs.

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Ten steps of nice: about a tenth of the weight of the others.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

pub(super) struct Threads(Option<Runtime>);

impl Threads {
    /// At most so many, made when there is work.
    pub(super) fn new(most: usize) -> Self {
        let mut threads = Builder::new_current_thread();
        threads.max_blocking_threads(most.max(1)).thread_name("passwords").on_thread_start(give_way);
        match threads.build() {
            Ok(runtime) => Self(Some(runtime)),
            Err(_) => unreachable!("a runtime without input and output asks nothing of the system"),
        }
    }

    pub(super) fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        match &self.0 {
            Some(runtime) => runtime.spawn_blocking(work),
            None => unreachable!("it is taken away only when this is dropped"),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for work here would block the thread that answers.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "passwords are checked with the weight of everything else");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "current_thread")]
    async fn what_hashes_gives_way_and_what_answers_does_not() {
        let mine = || rustix::process::getpriority_process(None).unwrap();
        let before = mine();
        assert_eq!(Threads::new(1).run(mine).await.unwrap(), before + NICE);
        assert_eq!(mine(), before);
    }
}

//! The memory Argon2 works in: as many pieces as permits, lent with a permit and given back wiped.
//!
//! Rule: nothing here is taken anew for every password. Nineteen megabytes from whichever thread happens to hash stay
//! with that thread's allocator for good, so a storm of sign-ins would leave the process ten times larger.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A piece is made when it is first asked for, so that a server nobody signs in to stays small.
pub(super) struct Lender {
    permits: Arc<Semaphore>,
    blocks: usize,
    idle: Mutex<Vec<Vec<Block>>>,
}

impl Lender {
    pub(super) fn new(permits: usize, blocks: usize) -> Arc<Self> {
        Arc::new(Self { permits: Arc::new(Semaphore::new(permits)), blocks, idle: Mutex::default() })
    }

    /// A turn without memory, for other work that must not crowd out the pages.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.permits.clone().acquire_owned().await
    }

    /// The piece that belongs to a turn.
    pub(super) fn lend(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Lent {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let memory = idle.unwrap_or_else(|| vec![Block::new(); self.blocks]);
        Lent { memory, lender: self.clone(), _permit: permit }
    }
}

/// Given back, wiped, before its permit is: also when the work panics.
pub(super) struct Lent {
    memory: Vec<Block>,
    lender: Arc<Lender>,
    _permit: OwnedSemaphorePermit,
}

impl Lent {
    pub(super) fn memory(&mut self) -> &mut [Block] {
        &mut self.memory
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Plain writes, which the compiler cannot leave out because others read them: those of `zeroize` go eight bytes
        // at a time and take twice as long, which is felt beside the hash itself.
        for block in &mut self.memory {
            block.as_mut().fill(0);
        }
        let memory = std::mem::take(&mut self.memory);
        self.lender.idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn the_same_pieces_are_lent_again_and_again_and_hold_nothing_of_the_last_password() {
        let lender = Lender::new(2, 8);
        let mut first = lender.lend(lender.turn().await.unwrap());
        let second = lender.lend(lender.turn().await.unwrap());
        assert_eq!(lender.permits.available_permits(), 0);
        let place = first.memory().as_ptr();
        first.memory()[7].as_mut()[127] = 42;
        drop(first);
        for _ in 0..20 {
            let mut again = lender.lend(lender.turn().await.unwrap());
            assert_eq!(again.memory().as_ptr(), place);
            assert!(again.memory().iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
        }
        drop(second);
        assert_eq!(lender.idle.lock().unwrap().len(), 2);
        assert_eq!(lender.permits.available_permits(), 2);
    }
}

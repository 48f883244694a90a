//! Where random numbers come from: the operating system, or in tests a seed.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng, TryRng};

#[derive(Clone)]
pub enum Chance {
    System,
    /// The same numbers every time: for tests alone.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Chance {
    pub fn system() -> Self {
        Self::System
    }

    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills the whole slice. A system that cannot give random numbers cannot be served from: then this panics, as
    /// going on with anything else would be worse.
    pub fn fill(&self, bytes: &mut [u8]) {
        match self {
            Self::System => {
                let filled = rand::rngs::SysRng.try_fill_bytes(bytes);
                assert!(filled.is_ok(), "the operating system gives no random numbers");
            }
            Self::Seeded(generator) => {
                generator.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
            }
        }
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Evenly from 0 to `below` − 1: numbers from the uneven end of the range are drawn again. `below` is at least 1.
    pub fn below(&self, below: u32) -> u32 {
        let uneven = u32::MAX - u32::MAX % below.max(1);
        loop {
            let number = u32::from_le_bytes(self.bytes());
            if number < uneven {
                return number % below.max(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_system_does_not() {
        assert_eq!(Chance::seeded(7).bytes::<16>(), Chance::seeded(7).bytes::<16>());
        assert_ne!(Chance::system().bytes::<16>(), Chance::system().bytes::<16>());
        assert!((0..1000).all(|_| Chance::system().below(10) < 10));
    }

    #[test]
    fn every_number_is_equally_likely() {
        let chance = Chance::seeded(1);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[chance.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|n| (850..1_150).contains(n)), "{seen:?}");
        // Here nearly a third of the drawn numbers is beyond the end.
        assert!((0..100).all(|_| chance.below(3_000_000_000) < 3_000_000_000));
    }
}

//! Passwords: Argon2id on the blocking pool, behind as many permits as there are cores.
//!
//! Rule: a storm of sign-ins waits here and not on the pages' threads; who waits too long is told so. A missing account
//! costs the same time as a wrong password. The memory that hashing needs is lent with the permit (see [`super::lending`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::{Output as Tag, ParamsString, PasswordHash as Phc, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Version};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::chance::Chance;
use super::lending::Lender;
use super::threads::Threads;

/// In bytes. Long enough for any passphrase, short enough that hashing it costs nothing extra.
pub const LONGEST: usize = 1024;

/// A typed password in Unicode's NFC (NIST SP 800-63B-4, 3.1.1.2). No `Debug`.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn from_typed(typed: &str) -> Self {
        // Cut before it is normalised, so that a megabyte costs nothing; too long it stays.
        let mut end = typed.len().min(LONGEST * 4);
        while !typed.is_char_boundary(end) {
            end -= 1;
        }
        // Room for the longest form: a string that grows leaves copies behind that nobody zeroes.
        let mut text = Zeroizing::new(String::with_capacity(end * 3));
        text.extend(typed[..end].nfc());
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_too_long(&self) -> bool {
        self.0.len() > LONGEST
    }
}

/// The PHC text of a hash, with its parameters and salt. Shown nowhere.
#[derive(Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct PasswordHash(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Memory in KiB.
    pub memory: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for Params {
    /// OWASP's choice for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

/// Every permit was taken for longer than we let people wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more passwords to check than this server can")]
pub struct Busy;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub matches: bool,
    /// The stored hash was made with other parameters than today's: make a new one while the password is at hand.
    pub is_outdated: bool,
}

#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    params: Params,
    lender: Arc<Lender>,
    threads: Threads,
    patience: Duration,
    waiting: AtomicUsize,
    /// Verified against when there is no account, for equal time.
    dummy: PasswordHash,
}

impl Hasher {
    pub fn new(params: Params, permits: usize, patience: Duration) -> Self {
        let dummy = hash_alone(params, &[0; 16], "no account has this password");
        Self(Arc::new(Inner {
            params,
            lender: Lender::new(permits, blocks_of(params)),
            threads: Threads::new(permits),
            patience,
            waiting: AtomicUsize::new(0),
            dummy,
        }))
    }

    pub async fn hash(&self, chance: &Chance, password: Password) -> Result<PasswordHash, Busy> {
        let (params, salt) = (self.0.params, chance.bytes::<16>());
        self.in_turn(move |memory| hash_now(params, &salt, password.as_str(), memory)).await
    }

    /// With no hash it takes the same time and does not match.
    pub async fn verify(&self, password: Password, stored: Option<PasswordHash>) -> Result<Verified, Busy> {
        let is_real = stored.is_some() && !password.is_too_long();
        let hash = stored.unwrap_or_else(|| self.0.dummy.clone());
        let current = parameters_of(&self.0.dummy);
        let is_outdated = parameters_of(&hash) != current;
        let matches = self.in_turn(move |memory| matches_now(&hash, password.as_str(), memory)).await?;
        Ok(Verified { matches: matches && is_real, is_outdated })
    }

    /// On this thread, for the command line.
    pub fn hash_blocking(&self, chance: &Chance, password: &Password) -> PasswordHash {
        hash_alone(self.0.params, &chance.bytes::<16>(), password.as_str())
    }

    /// How many wait for a permit now.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut [Block]) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let in_line = InLine::new(&self.0.waiting);
        let permit = tokio::time::timeout(self.0.patience, self.0.lender.turn()).await;
        let permit = permit.map_err(|_| Busy)?.map_err(|_| Busy)?;
        drop(in_line);
        // The permit belongs to the work, not to the request: a request that is dropped does not free it early.
        let lender = self.0.lender.clone();
        let task = self.0.threads.run(move || work(lender.lend(permit).memory()));
        task.await.map_err(|_| Busy)
    }
}

/// Counted as waiting for as long as it lives, also when the request behind it is dropped.
struct InLine<'a>(&'a AtomicUsize);

impl<'a> InLine<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn argon2(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, checked(params))
}

fn checked(params: Params) -> argon2::Params {
    argon2::Params::new(params.memory, params.passes, params.lanes, None).unwrap_or_default()
}

/// How much memory these parameters ask for.
fn blocks_of(params: Params) -> usize {
    checked(params).block_count()
}

/// With memory of its own, for what happens once.
fn hash_alone(params: Params, salt: &[u8; 16], password: &str) -> PasswordHash {
    hash_now(params, salt, password, &mut Zeroizing::new(vec![Block::new(); blocks_of(params)]))
}

fn hash_now(params: Params, salt: &[u8; 16], password: &str, memory: &mut [Block]) -> PasswordHash {
    let hashed = || {
        let mut tag = [0; argon2::Params::DEFAULT_OUTPUT_LEN];
        argon2(params).hash_password_into_with_memory(password.as_bytes(), salt, &mut tag, memory)?;
        Ok::<_, argon2::password_hash::Error>(Phc {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&checked(params))?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Tag::new(&tag)?),
        })
    };
    match hashed() {
        Ok(hash) => PasswordHash(hash.to_string()),
        Err(_) => unreachable!("a salt of 16 bytes and checked parameters are always accepted"),
    }
}

/// The parameters stand in the hash itself. One that needs more memory than today's takes it, this once.
fn matches_now(hash: &PasswordHash, password: &str, memory: &mut [Block]) -> bool {
    let matches = || {
        let phc = Phc::new(&hash.0)?;
        let params = argon2::Params::try_from(&phc)?;
        let (Some(salt), Some(expected)) = (&phc.salt, &phc.hash) else { return Ok(false) };
        if params.block_count() > memory.len() {
            return Ok(Argon2::default().verify_password(password.as_bytes(), &phc).is_ok());
        }
        let algorithm = Algorithm::try_from(phc.algorithm.as_str())?;
        let version = phc.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let mut tag = vec![0; expected.len()];
        let argon2 = Argon2::new(algorithm, version, params);
        argon2.hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut tag, memory)?;
        // Compared in constant time.
        Ok::<_, argon2::password_hash::Error>(Tag::new(&tag)? == *expected)
    };
    matches().unwrap_or(false)
}

/// `argon2id`, version and parameters, without salt and hash.
fn parameters_of(hash: &PasswordHash) -> String {
    hash.0.split('$').take(4).collect::<Vec<_>>().join("$")
}

/// Says nothing, as what is compared with guesses has no business in a log.
impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash")
    }
}

crate::stored_text!(PasswordHash);

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Params = Params { memory: 64, passes: 1, lanes: 1 };

    #[tokio::test(flavor = "current_thread")]
    async fn only_the_right_password_matches() {
        let hasher = Hasher::new(CHEAP, 2, Duration::from_secs(3));
        let hash = hasher.hash(&Chance::seeded(1), Password::from_typed("correct horse")).await.unwrap();
        let verified = hasher.verify(Password::from_typed("correct horse"), Some(hash.clone())).await.unwrap();
        assert_eq!(verified, Verified { matches: true, is_outdated: false });
        assert!(!hasher.verify(Password::from_typed("wrong"), Some(hash.clone())).await.unwrap().matches);
        assert!(!hasher.verify(Password::from_typed("no account has this password"), None).await.unwrap().matches);
        let dearer = Hasher::new(Params { passes: 2, ..CHEAP }, 2, Duration::from_secs(3));
        let verified = dearer.verify(Password::from_typed("correct horse"), Some(hash)).await.unwrap();
        assert_eq!(verified, Verified { matches: true, is_outdated: true });
        // Made when passwords took more memory than is lent now.
        let larger = Hasher::new(Params { memory: 256, ..CHEAP }, 1, Duration::from_secs(3));
        let hash = larger.hash(&Chance::seeded(1), Password::from_typed("correct horse")).await.unwrap();
        let verified = hasher.verify(Password::from_typed("correct horse"), Some(hash)).await.unwrap();
        assert_eq!(verified, Verified { matches: true, is_outdated: true });
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_waits_too_long_is_told_so() {
        let hasher = Hasher::new(CHEAP, 0, Duration::ZERO);
        assert_eq!(hasher.verify(Password::from_typed("x"), None).await, Err(Busy));
    }

    #[test]
    fn one_password_typed_in_two_unicode_forms_is_one() {
        assert_eq!(Password::from_typed("e\u{301}te").as_str(), Password::from_typed("éte").as_str());
        assert!(Password::from_typed(&"x".repeat(1_000_000)).is_too_long());
    }

    #[test]
    fn the_hash_is_argon2id_as_published() {
        // The reference implementation's own test: version 0x13, t = 2, m = 2^8, p = 1, password and somesalt.
        let params = argon2::Params::new(256, 2, 1, None).unwrap();
        let mut out = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(b"password", b"somesalt", &mut out)
            .unwrap();
        let expected = "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe";
        assert_eq!(data_encoding::HEXLOWER.encode(&out), expected);
    }

    #[test]
    fn argon2id_gives_the_tag_of_rfc_9106() {
        // Section 5.3, with its secret and associated data.
        let data = argon2::AssociatedData::new(&[4; 12]).unwrap();
        let params = argon2::ParamsBuilder::new().m_cost(32).t_cost(3).p_cost(4).data(data).build().unwrap();
        let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
        assert_eq!(data_encoding::HEXLOWER.encode(&tag), expected);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_hash_of_the_reference_implementation_is_understood() {
        let reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let hasher = Hasher::new(CHEAP, 1, Duration::from_secs(3));
        let hash = PasswordHash(reference.to_owned());
        let verified = hasher.verify(Password::from_typed("password"), Some(hash)).await;
        assert_eq!(verified, Ok(Verified { matches: true, is_outdated: true }));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn rubbish_and_what_is_too_long_match_nothing() {
        let hasher = Hasher::new(CHEAP, 1, Duration::from_secs(3));
        for rubbish in ["", "$", "$argon2id$v=19$m=1,t=0$$", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ"] {
            let stored = Some(PasswordHash(rubbish.to_owned()));
            assert!(!hasher.verify(Password::from_typed(""), stored).await.unwrap().matches, "{rubbish}");
        }
        let long = Password::from_typed(&"a".repeat(1_025));
        let hash = hasher.hash_blocking(&Chance::system(), &long);
        assert!(!hasher.verify(long, Some(hash)).await.unwrap().matches);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_request_that_went_away_frees_no_permit_while_its_hash_runs() {
        let slow = Params { memory: 32 * 1024, passes: 20, lanes: 1 };
        let hasher = Hasher(Arc::new(Inner {
            params: slow,
            threads: Threads::new(1),
            lender: Lender::new(1, blocks_of(slow)),
            patience: Duration::ZERO,
            waiting: AtomicUsize::new(0),
            dummy: hash_alone(CHEAP, &[0; 16], ""),
        }));
        let chance = Chance::system();
        let dropped = hasher.hash(&chance, Password::from_typed("the browser went away"));
        assert!(tokio::time::timeout(Duration::from_millis(1), dropped).await.is_err());
        assert_eq!(hasher.verify(Password::from_typed("x"), None).await, Err(Busy));
    }

    /// What the thread that hashes has spent on a processor: what else the machine does is no part of it.
    #[cfg(target_os = "linux")]
    async fn spent(hasher: &Hasher) -> u64 {
        let read = || std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        hasher.0.threads.run(read).await.unwrap().split(' ').next().unwrap().parse().unwrap()
    }

    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "current_thread")]
    async fn a_missing_account_costs_what_a_wrong_password_costs() {
        let hasher = Hasher::new(Params { memory: 4 * 1024, passes: 2, lanes: 1 }, 1, Duration::from_secs(30));
        let hash = hasher.hash(&Chance::system(), Password::from_typed("right")).await.unwrap();
        let mut least = [u64::MAX; 2];
        // In turn, and only the least of each counts: caches that others emptied must not decide either.
        for turn in 0..60 {
            let stored = (turn % 2 == 0).then(|| hash.clone());
            let before = spent(&hasher).await;
            hasher.verify(Password::from_typed("wrong"), stored).await.unwrap();
            least[turn % 2] = least[turn % 2].min(spent(&hasher).await - before);
        }
        let [real, missing] = least;
        assert!(real < 2 * missing && missing < 2 * real, "{least:?} ns");
    }
}

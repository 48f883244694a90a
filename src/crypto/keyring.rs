//! Sealing at rest: a fresh data key for each record, wrapped by the master key; AES-256-GCM throughout.
//!
//! Rule: what is sealed is bound to its place. A record moved to another row, owner, column or version does not open.

use std::collections::HashMap;
use std::path::PathBuf;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::chance::Chance;
pub use super::master_key::{MasterKeyError, MasterKeyId, MasterKeys, key_name};
use super::masters::Masters;

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const WRAPPED: usize = NONCE + 32 + TAG;
const HEADER: usize = 1 + 4 + WRAPPED + NONCE;

/// Where a sealed value stands: the associated data that both its layers are bound to.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub table: &'a str,
    pub row: &'a str,
    pub owner: &'a str,
    pub name: &'a str,
    pub version: u32,
}

impl Context<'_> {
    /// Each part behind its length, so that no two places have the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let version = self.version.to_string();
        lengthed(&[
            self.table.as_bytes(),
            self.row.as_bytes(),
            self.owner.as_bytes(),
            self.name.as_bytes(),
            version.as_bytes(),
        ])
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("the sealed value is cut off or of an unknown version")]
    Truncated,
    #[error("it is sealed with master key {0}, which is not here")]
    UnknownMasterKey(String),
    #[error("it was changed or moved since it was sealed")]
    Tampered,
}

/// Keys that must stay the same while the master key may change: kept in the directory, wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedKey {
    AddressDigest,
    NameDigest,
    Cookie,
    FormToken,
    ChainHead,
    MailedCode,
    Throttle,
    SealedForm,
}

impl NamedKey {
    pub const ALL: &'static [Self] = &[
        Self::AddressDigest,
        Self::NameDigest,
        Self::Cookie,
        Self::FormToken,
        Self::ChainHead,
        Self::MailedCode,
        Self::Throttle,
        Self::SealedForm,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddressDigest => "address_digest",
            Self::NameDigest => "name_digest",
            Self::Cookie => "cookie",
            Self::FormToken => "form_token",
            Self::ChainHead => "chain_head",
            Self::MailedCode => "mailed_code",
            Self::Throttle => "throttle",
            Self::SealedForm => "sealed_form",
        }
    }
}

pub struct Keyring {
    pub(super) masters: Masters,
    named: HashMap<NamedKey, Zeroizing<[u8; 32]>>,
}

impl Keyring {
    pub fn new(masters: MasterKeys) -> Self {
        Self { masters: Masters::new(masters), named: HashMap::new() }
    }

    /// The file the master keys come from: it is read again when it changes.
    #[must_use]
    pub fn kept_in(mut self, file: PathBuf) -> Self {
        self.masters = self.masters.kept_in(file);
        self
    }

    #[must_use]
    pub fn with_named(mut self, named: HashMap<NamedKey, [u8; 32]>) -> Self {
        self.named = named.into_iter().map(|(name, key)| (name, Zeroizing::new(key))).collect();
        self
    }

    /// The same keys for the same seed: for tests and scratch storage, never for a server.
    #[doc(hidden)]
    pub fn fixed(seed: u64) -> Self {
        let chance = Chance::seeded(seed);
        let named = NamedKey::ALL.iter().map(|name| (*name, chance.bytes())).collect();
        let master = MasterKeys::parse(&HEXLOWER.encode(&chance.bytes::<32>()));
        Self::new(master.unwrap_or(MasterKeys(Vec::new()))).with_named(named)
    }

    /// `version | master key id | wrapped data key | nonce | ciphertext`.
    pub fn seal(&self, chance: &Chance, place: Context<'_>, plain: &[u8]) -> Vec<u8> {
        let aad = place.bytes();
        let masters = self.masters.now();
        let master = &masters[0];
        let data_key = Zeroizing::new(chance.bytes::<32>());
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(&master.id);
        sealed.extend(encrypt(chance, &master.bytes, &aad, data_key.as_slice()));
        sealed.extend(encrypt(chance, &data_key, &aad, plain));
        sealed
    }

    pub fn open(&self, place: Context<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let aad = place.bytes();
        let (data_key, body) = self.unwrap(&aad, sealed)?;
        decrypt(&data_key, &aad, body)
    }

    /// The same value with its data key wrapped by the master key that seals now. The value itself is not opened.
    pub fn rewrap(&self, chance: &Chance, place: Context<'_>, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let aad = place.bytes();
        let (data_key, body) = self.unwrap(&aad, sealed)?;
        let masters = self.masters.now();
        let wrapped = encrypt(chance, &masters[0].bytes, &aad, data_key.as_slice());
        Ok([&[VERSION], masters[0].id.as_slice(), &wrapped, body].concat())
    }

    /// The data key, and what is sealed with it.
    fn unwrap<'a>(&self, aad: &[u8], sealed: &'a [u8]) -> Result<(Zeroizing<[u8; 32]>, &'a [u8]), OpenError> {
        let id = sealed_under(sealed).ok_or(OpenError::Truncated)?;
        let (wrapped, body) = sealed[5..].split_at(WRAPPED);
        let unknown = || OpenError::UnknownMasterKey(key_name(id));
        let data_key = self.masters.with(&id, |master| decrypt(&master.bytes, aad, wrapped)).ok_or_else(unknown)??;
        let data_key = <[u8; 32]>::try_from(data_key.as_slice()).map_err(|_| OpenError::Tampered)?;
        Ok((Zeroizing::new(data_key), body))
    }

    pub fn wrap_named(&self, chance: &Chance, name: NamedKey, key: &[u8; 32]) -> Vec<u8> {
        self.seal(chance, named_place(name.as_str()), key)
    }

    pub fn unwrap_named(&self, name: NamedKey, wrapped: &[u8]) -> Result<[u8; 32], OpenError> {
        let key = self.open(named_place(name.as_str()), wrapped)?;
        <[u8; 32]>::try_from(key.as_slice()).map_err(|_| OpenError::Tampered)
    }

    /// HMAC-SHA256 over the parts, each behind its length.
    pub fn mac(&self, name: NamedKey, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac_of(self.named_key(name));
        mac.update(&lengthed(parts));
        mac.finalize().into_bytes().into()
    }

    pub fn mac_hex(&self, name: NamedKey, parts: &[&[u8]]) -> String {
        HEXLOWER.encode(&self.mac(name, parts))
    }

    /// What the signatures of cookies are derived from.
    pub fn cookie_key(&self) -> [u8; 32] {
        *self.named_key(NamedKey::Cookie)
    }

    fn named_key(&self, name: NamedKey) -> &[u8; 32] {
        let key = self.named.get(&name);
        // `regions::named_keys` makes every one of them before anything is served.
        assert!(key.is_some(), "the keyring was used before its named keys were read");
        key.map_or(&[0; 32], |key| key)
    }
}

/// The name of the master key that a sealed value needs, unless it is cut off or of an unknown version.
pub fn sealed_under(sealed: &[u8]) -> Option<MasterKeyId> {
    if sealed.len() < HEADER + TAG || sealed[0] != VERSION {
        return None;
    }
    sealed[1..5].try_into().ok()
}

/// Where a named key stands wrapped, by the text it is kept under.
pub fn named_place(name: &str) -> Context<'_> {
    Context { table: "named_keys", row: name, owner: "instance", name: "key", version: 1 }
}

fn hmac_of(key: &[u8; 32]) -> Hmac<Sha256> {
    match <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

/// `nonce | ciphertext and tag`
pub(super) fn encrypt(chance: &Chance, key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = chance.bytes::<NONCE>();
    let cipher = Aes256Gcm::new(key.into());
    match cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad }) {
        Ok(ciphertext) => [nonce.as_slice(), &ciphertext].concat(),
        Err(_) => unreachable!("AES-GCM refuses only messages of 64 GB and more"),
    }
}

pub(super) fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE).ok_or(OpenError::Truncated)?;
    let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| OpenError::Truncated)?;
    let opened = Aes256Gcm::new(key.into()).decrypt(&Nonce::from(nonce), Payload { msg: ciphertext, aad });
    opened.map(Zeroizing::new).map_err(|_| OpenError::Tampered)
}

pub(super) fn lengthed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLACE: Context<'static> = Context { table: "t", row: "r", owner: "o", name: "n", version: 1 };

    #[test]
    fn a_value_opens_only_in_its_own_place() {
        let (keyring, chance) = (Keyring::fixed(1), Chance::seeded(2));
        let sealed = keyring.seal(&chance, PLACE, b"secret");
        assert_eq!(keyring.open(PLACE, &sealed).unwrap().as_slice(), b"secret");
        for place in [
            Context { row: "other", ..PLACE },
            Context { owner: "other", ..PLACE },
            Context { version: 2, ..PLACE },
            // The same letters, divided otherwise.
            Context { table: "tr", row: "", ..PLACE },
        ] {
            assert_eq!(keyring.open(place, &sealed), Err(OpenError::Tampered));
        }
        assert!(matches!(Keyring::fixed(9).open(PLACE, &sealed), Err(OpenError::UnknownMasterKey(_))));
    }

    #[test]
    fn the_cipher_is_aes_256_gcm_as_published() {
        // The Galois/Counter Mode of Operation, test case 16 (256-bit key, with associated data).
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let key: [u8; 32] = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let nonce: [u8; 12] = hex("cafebabefacedbaddecaf888").try_into().unwrap();
        let plain = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let expected = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";
        let sealed = [nonce.as_slice(), &hex(expected)].concat();
        assert_eq!(decrypt(&key, &aad, &sealed).unwrap().as_slice(), plain);
    }

    #[test]
    fn the_mac_is_hmac_sha256_as_published() {
        // RFC 4231, test case 2; its key is shorter than ours, which HMAC pads.
        let mut key = [0_u8; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mut mac = hmac_of(&key);
        mac.update(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(HEXLOWER.encode(&mac.finalize().into_bytes()), expected);
    }

    #[test]
    fn a_rewrapped_value_needs_the_new_key_alone_and_keeps_its_place() {
        let chance = Chance::seeded(2);
        let lines = |keys: &[&str]| MasterKeys::parse(&keys.join("\n")).unwrap();
        let (old, new) = ("aa".repeat(32), "bb".repeat(32));
        let sealed = Keyring::new(lines(&[&old])).seal(&chance, PLACE, b"secret");
        let both = Keyring::new(lines(&[&new, &old]));
        let moved = both.rewrap(&chance, PLACE, &sealed).unwrap();
        assert_eq!(sealed_under(&moved), Some(both.master_ids()[0]));
        assert_eq!(Keyring::new(lines(&[&new])).open(PLACE, &moved).unwrap().as_slice(), b"secret");
        let elsewhere = Context { row: "other", ..PLACE };
        assert_eq!(both.rewrap(&chance, elsewhere, &sealed), Err(OpenError::Tampered));
        let alone = Keyring::new(lines(&[&new]));
        assert!(matches!(alone.rewrap(&chance, PLACE, &sealed), Err(OpenError::UnknownMasterKey(_))));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_any_changed_bit_is_noticed(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8) {
            let (keyring, chance) = (Keyring::fixed(1), Chance::seeded(2));
            let mut sealed = keyring.seal(&chance, PLACE, &plain);
            prop_assert_eq!(keyring.open(PLACE, &sealed).unwrap().to_vec(), plain);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(keyring.open(PLACE, &sealed).is_err());
        }

        #[test]
        fn rubbish_never_panics(sealed: Vec<u8>) {
            prop_assert!(Keyring::fixed(1).open(PLACE, &sealed).is_err());
        }
    }
}

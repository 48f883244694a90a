//! Time-based one-time codes: RFC 6238 with SHA-1, six digits, 30 seconds, 160-bit keys, as every authenticator knows.
//!
//! Rule: this only says which step a code belongs to. That a step counts once is decided by the database.

use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::chance::Chance;
use crate::kernel::time::Timestamp;

const STEP_SECONDS: i64 = 30;
/// One step before and after, for clocks that are a little off.
const SKEW: i64 = 1;

/// The key an authenticator shares. No `Debug`.
pub struct TotpSecret(Zeroizing<[u8; 20]>);

impl TotpSecret {
    pub fn mint(chance: &Chance) -> Self {
        Self(Zeroizing::new(chance.bytes()))
    }

    /// `None` unless it is a key of ours: 160 bits.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <[u8; 20]>::try_from(bytes).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub fn from_base32(text: &str) -> Option<Self> {
        Self::from_bytes(&Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?))
    }

    /// For sealing it.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(self.as_bytes())
    }

    /// `otpauth://totp/Issuer:name?secret=…&issuer=…`, what a QR code carries.
    pub fn otpauth_uri(&self, issuer: &str, account_name: &str) -> String {
        let encode =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let (issuer, name) = (encode(&issuer.replace(':', " ")), encode(&account_name.replace(':', " ")));
        format!("otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}", self.base32())
    }

    /// The step a typed code belongs to, when it is the current one, the one before or the one after, and later than
    /// `last_step`. Spaces do not count.
    pub fn check(&self, typed: &str, now: Timestamp, last_step: Option<i64>) -> Option<i64> {
        let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let current = step_of(now);
        let mut found = None;
        // Every candidate is compared, so that the time taken does not tell which one matched.
        for step in current - SKEW..=current + SKEW {
            let is_same: bool = self.code_of(step).as_bytes().ct_eq(code.as_bytes()).into();
            if is_same && last_step.is_none_or(|last| step > last) {
                found = Some(step);
            }
        }
        found
    }

    /// The code an authenticator shows now: for the demo and for tests.
    pub fn code_at(&self, now: Timestamp) -> String {
        self.code_of(step_of(now))
    }

    fn code_of(&self, step: i64) -> String {
        let time = u64::try_from(step * STEP_SECONDS).unwrap_or(0);
        self.generator().generate(time).to_string()
    }

    fn generator(&self) -> Totp {
        Builder::new().with_secret(*self.0).with_digits(6).build_noncompliant()
    }
}

pub fn step_of(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1; the last six of its eight digits.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(published().code_at(Timestamp::from_seconds(time)), code);
        }
    }

    #[test]
    fn the_key_is_base32_of_rfc_4648() {
        assert_eq!(published().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(TotpSecret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").is_some());
    }

    #[test]
    fn a_code_is_good_for_three_steps_and_never_twice() {
        let (secret, now) = (published(), Timestamp::from_seconds(1_111_111_111));
        let step = step_of(now);
        assert_eq!(secret.check("050 471", now, None), Some(step));
        assert_eq!(secret.check("050471", now, Some(step)), None);
        assert_eq!(secret.check("081804", now, None), Some(step - 1));
        assert_eq!(secret.check("050471", Timestamp::from_seconds(1_111_111_111 + 90), None), None);
        for rubbish in ["", "05047", "0504711", "٠٥٠٤٧١", "abcdef"] {
            assert_eq!(secret.check(rubbish, now, None), None);
        }
    }

    #[test]
    fn the_uri_names_issuer_and_account() {
        let uri = published().otpauth_uri("Tide & Co: x", "ada");
        assert_eq!(
            uri,
            "otpauth://totp/Tide%20%26%20Co%20%20x:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tide%20%26%20Co%20%20x"
        );
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        // Appendix D: counters 0 to 9.
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, code) in (0..).zip(expected) {
            assert_eq!(published().code_of(step), code);
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        // Section 10, without the padding.
        assert_eq!(BASE32_NOPAD.encode(b"foobar"), "MZXW6YTBOI");
    }

    #[test]
    fn no_time_makes_it_panic() {
        for micros in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(published().check("abcdef", Timestamp::from_micros(micros), Some(i64::MAX)), None);
        }
    }
}

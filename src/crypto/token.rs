//! Tokens: 256 random bits behind a letter that tells where they belong. Only their digest is stored.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::chance::Chance;

/// The letter of tokens that belong to the whole instance.
pub const DIRECTORY: char = 'd';

/// The prefix of service tokens, so that secret scanners can recognise them.
pub const SERVICE_PREFIX: &str = "kst_";

/// The only copy of a token. No `Debug`, no `Clone`.
pub struct PlainToken(Zeroizing<String>);

impl PlainToken {
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }

    /// The text, for the one cookie, mail or page that carries it.
    pub fn reveal(self) -> String {
        self.0.to_string()
    }
}

/// SHA-256 of a token, in lower-case hex: what is stored and looked up. A plain hash is enough for 256 random bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct TokenDigest(String);

impl TokenDigest {
    pub fn of(token: &str) -> Self {
        Self(HEXLOWER.encode(&Sha256::digest(token.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub struct Token;

impl Token {
    /// `letter` is the region's, or [`DIRECTORY`].
    pub fn mint(chance: &Chance, letter: char) -> (PlainToken, TokenDigest) {
        Self::of(format!("{letter}{}", random_text(chance)))
    }

    pub fn mint_service(chance: &Chance) -> (PlainToken, TokenDigest) {
        Self::of(format!("{SERVICE_PREFIX}{DIRECTORY}{}", random_text(chance)))
    }

    fn of(text: String) -> (PlainToken, TokenDigest) {
        let digest = TokenDigest::of(&text);
        (PlainToken(Zeroizing::new(text)), digest)
    }
}

/// Whether a text has a token's shape: a cheap refusal before any look-up.
pub fn looks_like_token(text: &str) -> bool {
    text.len() == 44 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn random_text(chance: &Chance) -> String {
    BASE64URL_NOPAD.encode(Zeroizing::new(chance.bytes::<32>()).as_slice())
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

crate::stored_text!(TokenDigest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256_as_published() {
        // FIPS 180-4, the message "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(TokenDigest::of("abc").as_str(), expected);
    }

    #[test]
    fn a_token_tells_its_region_and_nothing_else() {
        let (token, digest) = Token::mint(&Chance::system(), 'e');
        let text = token.reveal();
        assert!(text.starts_with('e') && looks_like_token(&text));
        assert_eq!(TokenDigest::of(&text), digest);
        assert!(!looks_like_token("e"));
        assert!(!looks_like_token(&"é".repeat(22)));
    }
}

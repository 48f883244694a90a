//! Files encrypted to a passphrase, in the public format `age` (age-encryption.org/v1), so that they can be opened
//! without this program too.
//!
//! Rule: what is read is authentic or an error, piece by piece; what was cut off is an error, too.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::iter::once;

use age::scrypt::{Identity, Recipient};
use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor};

/// What every such file begins with.
const BEGINNING: &[u8] = b"age-encryption.org/v1";
/// scrypt with N = 2^17, r = 8: half a second and 128 MB, as OWASP's cheat sheet on password storage asks for.
const WORK: u8 = 17;
/// Files of other programs may ask for more, within reason.
const MOST_WORK: u8 = 20;
const SHORTEST: usize = 12;

#[derive(Clone)]
pub struct Passphrase(SecretString);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}

impl Passphrase {
    pub fn new(text: &str) -> Result<Self, String> {
        if text.chars().count() < SHORTEST {
            return Err(format!("use at least {SHORTEST} characters"));
        }
        Ok(Self(SecretString::from(text.to_owned())))
    }
}

/// Encrypts what is written to it. Nothing of it can be read back before [`Sealing::finish`].
pub struct Sealing<W: Write>(StreamWriter<W>);

impl<W: Write> Sealing<W> {
    pub fn begin(passphrase: &Passphrase, to: W) -> io::Result<Self> {
        let mut recipient = Recipient::new(passphrase.0.clone());
        recipient.set_work_factor(WORK);
        let encryptor = Encryptor::with_recipients(once(&recipient as &dyn age::Recipient));
        Ok(Self(encryptor.map_err(io::Error::other)?.wrap_output(to)?))
    }

    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Whether a file that begins like this is encrypted.
pub fn is_sealed(beginning: &[u8]) -> bool {
    beginning.starts_with(BEGINNING)
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    #[error("it asks for more work than this program does")]
    TooMuchWork,
    #[error("it is damaged")]
    Damaged,
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<DecryptError> for OpenError {
    fn from(error: DecryptError) -> Self {
        match error {
            DecryptError::DecryptionFailed | DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => {
                Self::WrongPassphrase
            }
            DecryptError::ExcessiveWork { .. } => Self::TooMuchWork,
            DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Io(error),
            _ => Self::Damaged,
        }
    }
}

pub struct Opening<R: Read>(StreamReader<BufReader<R>>);

impl<R: Read> Opening<R> {
    pub fn begin(passphrase: &Passphrase, from: R) -> Result<Self, OpenError> {
        let mut identity = Identity::new(passphrase.0.clone());
        identity.set_max_work_factor(MOST_WORK);
        let decryptor = Decryptor::new_buffered(BufReader::with_capacity(128 * 1024, from))?;
        Ok(Self(decryptor.decrypt(once(&identity as &dyn age::Identity))?))
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(words: &str, text: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::begin(&Passphrase::new(words).unwrap(), Vec::new()).unwrap();
        sealing.write_all(text).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(words: &str, file: &[u8]) -> Result<Vec<u8>, OpenError> {
        let mut text = Vec::new();
        Opening::begin(&Passphrase::new(words).unwrap(), file)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn only_the_passphrase_opens_the_whole_file_and_no_other() {
        let file = sealed("harbour lantern violin", b"the text");
        assert!(is_sealed(&file) && !file.windows(8).any(|part| part == b"the text"));
        assert_eq!(opened("harbour lantern violin", &file).unwrap(), b"the text");
        assert!(matches!(opened("harbour lantern viola!", &file), Err(OpenError::WrongPassphrase)));
        assert!(opened("harbour lantern violin", &file[..file.len() - 1]).is_err());
        assert!(opened("harbour lantern violin", &file[..40]).is_err());
        let mut changed = file.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(opened("harbour lantern violin", &changed).is_err());
        assert!(Passphrase::new("short").is_err());
    }
}

//! Mails as files: what a new installation has until a mail server is configured.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use super::{Outgoing, Refusal, Transport};

/// `<folder>/<time>-<id>.eml`. The name depends on the mail alone, so a second try overwrites the first.
pub struct File {
    folder: PathBuf,
}

impl File {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Written aside, made durable, then renamed: whoever sees the name sees the whole mail, also after a power cut.
    fn write(&self, mail: &Outgoing) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let time = mail.written_at.to_jiff().strftime("%Y%m%dT%H%M%SZ");
        let path = self.folder.join(format!("{time}-{}.eml", mail.id));
        let aside = path.with_extension("part");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&aside)?;
        file.write_all(&mail.message.formatted())?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(path)
    }
}

impl Transport for File {
    fn send(&self, mail: &Outgoing) -> Result<String, Refusal> {
        self.write(mail)
            .map(|path| format!("written to {}", path.display()))
            .map_err(|error| Refusal::ForNow(format!("The mail cannot be written to the mail folder: {error}")))
    }
}

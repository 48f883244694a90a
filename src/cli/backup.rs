//! `keystead backup`: everything but the master key in one file, while servers run.

use std::path::PathBuf;

use super::{Outcome, open, say};
use crate::config::Config;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::lifecycle::backups::{self, Destination, Source, size_words};

#[derive(clap::Args)]
pub struct Backup {
    /// A folder, where the file is named by its time, or a file that ends with .tar or .age
    #[arg(value_name = "DIR|FILE")]
    to: PathBuf,
    /// Of the backups in the folder keep this many, the newest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

impl Backup {
    pub fn run(&self, config: Config) -> Outcome {
        let destination = Destination::of(&self.to);
        if self.keep.is_some() && matches!(destination, Destination::File(_)) {
            return Err("--keep needs a folder, not a file.".to_owned());
        }
        let site = open::existing(config, Clock::System)?;
        let act = site.act(Origin::program("keystead backup"));
        let source = Source {
            regions: &site.regions,
            files: &site.files,
            data: &site.config.data,
            clock: &site.clock,
            act: &act,
            passphrase: site.config.backup_passphrase.as_ref(),
            log: &site.config.erasure_log,
        };
        let keep = self.keep.map(|keep| keep as usize);
        let taken = backups::take(&source, &destination, keep, &|line| say(line)).map_err(|error| error.to_string())?;
        let sealed = if source.passphrase.is_some() { ", encrypted" } else { "" };
        say(&format!("Backed up to {} ({}{sealed}).", taken.path.display(), size_words(taken.bytes)));
        if taken.let_go > 0 {
            say(&format!("Removed {} older.", taken.let_go));
        }
        say("The master key is not in it. Keep a copy of that elsewhere.");
        Ok(())
    }
}

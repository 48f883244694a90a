//! One request that brings files: each is received, judged and admitted, and at its end all of them are kept.
//!
//! Rule: nothing is a sample before the whole request has arrived. A request that breaks off, takes too long or is too
//! large leaves nothing, whatever came whole before that.

use std::sync::Arc;

use futures_util::Stream;

use super::admission;
use super::arrival::{self, Berth, Lost};
use super::category::Category;
use super::extension::Extension;
use super::file_name::{BadFileName, FileName};
use super::label::{self, BadLabel};
use super::pace::{Pace, TooSlow};
use super::samples::{self, KeepError, Kept, NewSample, NotKept, Rules, Told};
use super::verdict::{Judged, Standing};
use crate::crypto::act::Act;
use crate::db::{DbError, Store};
use crate::files::{Files, Incoming};
use crate::kernel::id::{ApiKeyId, HmacKeyId, ProjectId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;

/// Files of one request.
pub const MOST_FILES: usize = 1_000;

/// Whose files these are, and by which key they came.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    pub region: Region,
    pub project: ProjectId,
    pub api_key: Option<ApiKeyId>,
}

/// What the sender says of all files of a request. Checked.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// `None`: the server splits.
    pub category: Option<Category>,
    /// As it was sent; `None` takes the beginning of the file's name.
    pub label: Option<String>,
    pub has_no_label: bool,
    pub refuses_duplicates: bool,
    /// A mark of the time goes into the name.
    pub is_dated: bool,
    /// See [`super::metadata`].
    pub metadata: String,
    pub upload_source: String,
    /// Of a file that does not tell it itself.
    pub device_type: String,
}

/// Why one file is not taken: the text of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Name(#[from] BadFileName),
    #[error(
        "Files of this kind are not taken: the name must end in json, cbor, csv, txt, wav, jpg, jpeg, png, mp4, avi or \
         parquet."
    )]
    Kind,
    #[error("The file is empty.")]
    Empty,
    #[error(transparent)]
    Label(#[from] BadLabel),
    #[error(transparent)]
    NotAdmitted(#[from] admission::Refusal),
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

/// Why nothing of a request is taken.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("The connection broke off, or the body is not what it was said to be.")]
    Broken,
    #[error(transparent)]
    TooSlow(#[from] TooSlow),
    #[error("{what} is larger than {most} MB.")]
    TooLarge { what: &'static str, most: usize },
    #[error("More than {MOST_FILES} files came in one request.")]
    TooMany,
    #[error("The project is gone.")]
    Gone,
    #[error("The files could not be stored. Send them again later.")]
    NotStored(#[source] KeepError),
}

impl From<Lost> for Failed {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Broken => Self::Broken,
            Lost::TooSlow(error) => Self::TooSlow(error),
            Lost::TooLarge(what, most) => Self::TooLarge { what, most },
            Lost::Storage(error) => Self::NotStored(error.into()),
        }
    }
}

impl From<DbError> for Failed {
    fn from(error: DbError) -> Self {
        KeepError::from(error).into()
    }
}

impl From<KeepError> for Failed {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Gone => Self::Gone,
            error => Self::NotStored(error),
        }
    }
}

/// What became of one file.
pub struct Outcome {
    /// As it is stored; empty when it has none.
    pub name: String,
    pub result: Result<Kept, Refused>,
}

/// A file that is admitted, and where it lies until all of them are.
struct Waiting(NewSample, Incoming);

pub struct Intake {
    store: Store,
    files: Files,
    act: Act,
    sender: Sender,
    claims: Claims,
    rules: Arc<Rules>,
    pace: Pace,
    items: Vec<(String, Result<Waiting, Refused>)>,
}

impl Intake {
    pub async fn begin(
        store: &Store,
        files: &Files,
        act: &Act,
        sender: Sender,
        claims: Claims,
    ) -> Result<Self, Failed> {
        let keyring = act.keyring.clone();
        let rules = store.read(move |db| samples::rules(db, &keyring, sender.project)).await?;
        let rules = Arc::new(rules.ok_or(Failed::Gone)?);
        let (store, files, act) = (store.clone(), files.clone(), act.clone());
        Ok(Self { store, files, act, sender, claims, rules, pace: Pace::default(), items: Vec::new() })
    }

    /// Takes one file of this name, which may be refused; what it comes to is told by [`Intake::keep`].
    pub async fn take<S, P, E>(&mut self, name: &str, pieces: &mut S) -> Result<(), Failed>
    where
        S: Stream<Item = Result<P, E>> + Unpin,
        P: AsRef<[u8]>,
    {
        if self.items.len() >= MOST_FILES {
            return Err(Failed::TooMany);
        }
        let (name, extension, label) = match self.described(name) {
            Ok(described) => described,
            Err((name, refused)) => {
                self.skip(pieces).await?;
                self.items.push((name, Err(refused)));
                return Ok(());
            }
        };
        let shown = name.to_string();
        let berth = Berth { files: self.files.clone(), region: self.sender.region, id: self.act.id() };
        let arrived = arrival::receive(&berth, extension, &mut self.pace, pieces).await?;
        if arrived.size == 0 {
            self.items.push((shown, Err(Refused::Empty)));
            return Ok(());
        }
        let (hash, size) = (arrived.hash, i64::try_from(arrived.size).unwrap_or(i64::MAX));
        let (rules, now) = (self.rules.clone(), self.act.now);
        let look = move |file: &[u8]| admitted(&rules, file, extension, now);
        let item = arrived.settle(&berth, extension.encoding().is_some(), look).await?;
        let item = item.map(|(incoming, judged)| {
            let told = self.told(&judged);
            let category = self.claims.category.unwrap_or_else(|| Category::of_content(&hash));
            Waiting(NewSample { id: berth.id, name, extension, category, label, size, hash, told }, incoming)
        });
        self.items.push((shown, item.map_err(Refused::from)));
        Ok(())
    }

    /// Reads on without keeping anything.
    pub async fn skip<S, P, E>(&mut self, pieces: &mut S) -> Result<(), Failed>
    where
        S: Stream<Item = Result<P, E>> + Unpin,
        P: AsRef<[u8]>,
    {
        Ok(arrival::skip(&mut self.pace, pieces).await?)
    }

    /// What comes next, if it comes in time: for what stands between two files.
    pub async fn wait<T>(&self, next: impl Future<Output = T>) -> Result<T, Failed> {
        Ok(self.pace.wait(next).await?)
    }

    /// Notes a file that came without a name.
    pub fn unnamed(&mut self) {
        self.items.push((String::new(), Err(BadFileName::Missing.into())));
    }

    /// The request has arrived. What became of each file, in the order they came.
    pub async fn keep(self) -> Result<Vec<Outcome>, Failed> {
        let kept = tokio::task::spawn_blocking(move || self.keep_now()).await;
        match kept.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(kept) => kept,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => Err(Lost::Storage(std::io::Error::other("the server is stopping")).into()),
        }
    }

    fn keep_now(self) -> Result<Vec<Outcome>, Failed> {
        let (mut arrived, mut outcomes) = (Vec::new(), Vec::new());
        for (name, item) in self.items {
            outcomes.push((name, item.map(|Waiting(new, incoming)| arrived.push((new, incoming)))));
        }
        let Sender { region, project, .. } = self.sender;
        let kept = samples::keep(&self.store, &self.files, region, &self.act, project, arrived);
        let mut kept = kept.map_err(Failed::from)?.into_iter();
        let mut outcome = |item: Result<(), Refused>| {
            item?;
            let Some(kept) = kept.next() else { unreachable!("each that was given is answered") };
            Ok(kept?)
        };
        Ok(outcomes.into_iter().map(|(name, item)| Outcome { name, result: outcome(item) }).collect())
    }

    /// Name, kind and label, or the refusal with whatever name there is.
    fn described(&self, given: &str) -> Result<(FileName, Extension, String), (String, Refused)> {
        let name = FileName::parse(given).map_err(|error| (String::new(), error.into()))?;
        let shown = name.to_string();
        let extension = Extension::of(name.as_str()).ok_or((shown.clone(), Refused::Kind))?;
        let label = match &self.claims {
            Claims { has_no_label: true, .. } => None,
            Claims { label, .. } => label::of(label.as_deref(), &name).map_err(|error| (shown, error.into()))?,
        };
        let name = if self.claims.is_dated { name.dated(self.act.now) } else { name };
        Ok((name, extension, label.unwrap_or_default()))
    }

    /// What the document and the request say of it, and what that is worth.
    fn told(&self, judged: &Judged<HmacKeyId>) -> Told {
        let (verdict, document, claims) = (&judged.verdict, judged.document.as_ref(), &self.claims);
        let device_type = document.map_or(&claims.device_type, |document| &document.device_type);
        Told {
            verdict: verdict.standing(),
            diagnosis: verdict.to_string(),
            hmac_key: verdict.key(),
            api_key: self.sender.api_key,
            device_name: document.and_then(|document| document.device_name.clone()).unwrap_or_default(),
            device_type: device_type.clone(),
            metadata: claims.metadata.clone(),
            upload_source: claims.upload_source.clone(),
            signed_at: document.and_then(|document| document.signed_at),
            refuses_duplicates: claims.refuses_duplicates,
            refuses_replays: self.rules.window.is_some() && verdict.standing() == Standing::Valid,
        }
    }
}

fn admitted(
    rules: &Rules,
    file: &[u8],
    extension: Extension,
    now: Timestamp,
) -> Result<Judged<HmacKeyId>, admission::Refusal> {
    let judged = rules.judge(file, extension);
    admission::admit(&judged, rules.signing, rules.window, now)?;
    Ok(judged)
}

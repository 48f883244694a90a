//! One request that brings files: each is received, judged and admitted, and at its end all of them are kept.
//!
//! Rule: nothing is a sample before the whole request has arrived. A request that breaks off, takes too long or is too
//! large leaves nothing, whatever came whole before that.

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;

use super::admission;
use super::arrival::{self, Berth, Lost};
use super::category::Category;
use super::companion::{self, BadCompanion, Companion};
use super::extension::Extension;
use super::file_name::{BadFileName, FileName};
use super::label::{self, BadLabel};
use super::labels_within::LabelsWithin;
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
    /// What a header says of areas; with it one file may come.
    pub areas: LabelsWithin,
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
    Companion(#[from] BadCompanion),
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
    #[error("Bounding boxes in a header tell of one file. Send bounding_boxes.labels with several.")]
    AreasOfSeveral,
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

/// A file of the request, under the name it will be stored by; empty when it has none.
struct Item {
    name: String,
    /// Without a mark of the time: what companions call it by.
    sent_as: String,
    result: Result<Waiting, Refused>,
}

/// What a file is, as far as its name and the request tell.
struct Described {
    name: FileName,
    sent_as: String,
    extension: Extension,
    label: String,
}

pub struct Intake {
    store: Store,
    files: Files,
    act: Act,
    sender: Sender,
    claims: Claims,
    rules: Arc<Rules>,
    pace: Pace,
    items: Vec<Item>,
    companions: Vec<companion::Held>,
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
        let rules = store.read(move |db| samples::rules(db, &keyring, sender.project)).await;
        let rules = rules.map_err(KeepError::from)?;
        let rules = Arc::new(rules.ok_or(Failed::Gone)?);
        let (store, files, act) = (store.clone(), files.clone(), act.clone());
        let pace = Pace::default();
        Ok(Self { store, files, act, sender, claims, rules, pace, items: Vec::new(), companions: Vec::new() })
    }

    /// Waits so long for a sender that falls behind, instead of [`GRACE`](super::pace::GRACE).
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { pace: Pace::with_grace(patience), ..self }
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
        if !self.claims.areas.is_empty() && !self.items.is_empty() {
            return Err(Failed::AreasOfSeveral);
        }
        let Described { name, sent_as, extension, label } = match self.described(name) {
            Ok(described) => described,
            Err((name, refused)) => {
                self.skip(pieces).await?;
                self.items.push(Item { sent_as: name.clone(), name, result: Err(refused) });
                return Ok(());
            }
        };
        let shown = name.to_string();
        let berth = Berth { files: self.files.clone(), region: self.sender.region, id: self.act.id() };
        let arrived = arrival::receive(&berth, extension, &mut self.pace, pieces).await?;
        if arrived.size == 0 {
            self.items.push(Item { name: shown, sent_as, result: Err(Refused::Empty) });
            return Ok(());
        }
        let (hash, size) = (arrived.hash, i64::try_from(arrived.size).unwrap_or(i64::MAX));
        let (rules, now) = (self.rules.clone(), self.act.now);
        let look = move |file: &[u8]| admitted(&rules, file, extension, now);
        let item = arrived.settle(&berth, extension.encoding().is_some(), look).await?;
        let item = item.map(|(incoming, judged)| {
            let told = self.told(&judged);
            let category = self.claims.category.unwrap_or_else(|| Category::of_content(&hash));
            let id = berth.id;
            let new = NewSample { id, name, extension, category, label, labels_within: None, size, hash, told };
            Waiting(new, incoming)
        });
        self.items.push(Item { name: shown, sent_as, result: item.map_err(Refused::from) });
        Ok(())
    }

    /// Takes what describes the files of the request, those before it and those after it.
    pub async fn take_companion<S, P, E>(&mut self, companion: Companion, pieces: &mut S) -> Result<(), Failed>
    where
        S: Stream<Item = Result<P, E>> + Unpin,
        P: AsRef<[u8]>,
    {
        let refused = if !companion.is_kept() {
            BadCompanion::Kind
        } else if self.companions.iter().any(|(one, _)| *one == companion) {
            BadCompanion::Twice
        } else {
            let held = arrival::hold(&mut self.pace, pieces, companion::LARGEST).await?;
            self.companions.push((companion, held.ok_or(BadCompanion::TooLarge)));
            return Ok(());
        };
        self.skip(pieces).await?;
        self.companions.push((companion, Err(refused)));
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
        let result = Err(BadFileName::Missing.into());
        self.items.push(Item { name: String::new(), sent_as: String::new(), result });
    }

    /// The request has arrived. What became of each file, in the order they came; behind them the companions of which
    /// something was not kept. Without a file there is nothing.
    pub async fn keep(self) -> Result<Vec<Outcome>, Failed> {
        let kept = tokio::task::spawn_blocking(move || self.keep_now()).await;
        match kept.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(kept) => kept,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => Err(Lost::Storage(std::io::Error::other("the server is stopping")).into()),
        }
    }

    fn keep_now(self) -> Result<Vec<Outcome>, Failed> {
        if self.items.is_empty() {
            return Ok(Vec::new());
        }
        let names = self.items.iter().map(|item| item.sent_as.as_str()).collect();
        let (labels, refused) = companion::said_of(&names, &self.companions);
        let (mut arrived, mut outcomes) = (Vec::new(), Vec::new());
        for Item { name, sent_as, result } in self.items {
            let mut said = labels.get(&sent_as).cloned().unwrap_or_default();
            said.add(self.claims.areas.clone());
            let labels_within = (!said.is_empty()).then_some(said);
            let result =
                result.map(|Waiting(new, incoming)| arrived.push((NewSample { labels_within, ..new }, incoming)));
            outcomes.push((name, result));
        }
        outcomes.extend(refused.into_iter().map(|(name, refused)| (name.to_owned(), Err(refused.into()))));
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
    fn described(&self, given: &str) -> Result<Described, (String, Refused)> {
        let name = FileName::parse(given).map_err(|error| (String::new(), error.into()))?;
        let shown = name.to_string();
        let extension = Extension::of(name.as_str()).ok_or((shown.clone(), Refused::Kind))?;
        let label = match &self.claims {
            Claims { has_no_label: true, .. } => None,
            Claims { label, .. } => label::of(label.as_deref(), &name).map_err(|error| (shown, error.into()))?,
        };
        let sent_as = name.to_string();
        let name = if self.claims.is_dated { name.dated(self.act.now) } else { name };
        Ok(Described { name, sent_as, extension, label: label.unwrap_or_default() })
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

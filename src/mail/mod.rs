//! Mails: written down in the transaction of what they tell of, rendered and handed to a server by a job.
//!
//! Rule: a mail says what happened, when, where from, and what to do if it was not you; it has one purpose, and its links
//! are built from the configured address and nothing else. While a mail waits its words are sealed, because they carry
//! codes; once a server has accepted it they are dropped. Nothing here sends anything while a transaction is open.

mod compose;
mod deliver;
mod letter;
mod message;
mod organization;
mod outbox;
pub mod paths;
pub mod transport;
mod words;

pub use compose::{Composed, House};
pub use deliver::{DeliverMail, SweepMails, try_out};
pub use letter::{KeyLetter, Letter, ProjectLetter, SecretLetter};
pub use message::is_sender;
pub use organization::OrganizationNews;
pub use outbox::{FailedMail, discard, failed, queue, sealed_place};

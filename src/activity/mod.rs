//! The record: who did what to what, when, from where. One chain of events per workspace, one more per region for what
//! administrators do.
//!
//! Rule: an event is recorded in the transaction of its change, and [`Event`] lists by hand what may be in one. What is
//! personal in it can be erased later without breaking the chain; what is not can never be changed unnoticed.
//! No secret, code or token is ever in an event.

mod chain;
mod erase;
mod event;
pub mod feed;
mod kind;
mod organization;
mod record;
mod verify;

pub use chain::Chain;
pub use erase::{chain_length, drop_chain, forget, mentions};
pub use event::{Event, KeyEvent, ProjectEvent, Refused, SecondFactor, SecretEvent};
pub use kind::{Badge, Kind};
pub use organization::OrganizationEvent;
pub use record::{record, record_about, record_administration, record_instance};
pub use verify::{Broken, Trouble, verify, verify_all};

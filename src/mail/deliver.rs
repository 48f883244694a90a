//! The jobs of this room: hand one mail to a server; forget old ones.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;

use super::compose::{House, Sealed, compose};
use super::letter::Letter;
use super::message::{message, sender};
use super::outbox;
use super::transport::{Refusal, Transport};
use crate::crypto::act::Act;
use crate::jobs::{Failure, Job, JobContext, MOST_ATTEMPTS};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::MailId;
use crate::kernel::time::days;

/// How long a mail is remembered that was accepted, and kept that was not.
const REMEMBERED: Duration = days(30);

/// Safe to run twice: the Message-ID was fixed when the mail was written, so a second copy is recognised as the same.
pub struct DeliverMail {
    house: House,
    from: Mailbox,
    transport: Arc<dyn Transport>,
}

impl DeliverMail {
    /// `from` as configured: `accounts@example.org`, or with a name in front of it in angle brackets.
    pub fn new(house: House, from: &str, transport: Arc<dyn Transport>) -> Result<Self, String> {
        Ok(Self { from: sender(&house, from)?, house, transport })
    }
}

impl Job for DeliverMail {
    const NAME: &'static str = "deliver_mail";
    type Request = MailId;

    fn run(&self, id: MailId, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let keyring = Arc::clone(&job.act.keyring);
        let Some(waiting) = job.store.read_now(|db| outbox::waiting(db, &keyring, id))? else { return Ok(()) };
        let waiting = waiting.map_err(Failure::GiveUp)?;
        let to = EmailAddress::parse(&waiting.letter.to)
            .map_err(|_| Failure::GiveUp("The mail has no usable address.".to_owned()))?;
        let composed = compose(&self.house, &waiting.letter)
            .map_err(|error| Failure::GiveUp(format!("The mail cannot be rendered: {error}")))?;
        let outgoing = message(&self.house, &self.from, id, &waiting.message_id, waiting.letter.when, to, composed)
            .map_err(Failure::GiveUp)?;
        let failure = match self.transport.send(&outgoing) {
            Ok(_) => {
                let now = job.act().now;
                job.store.write_now(|db| outbox::accepted(db, id, now))?;
                return Ok(());
            }
            Err(Refusal::ForNow(why)) if job.attempt < MOST_ATTEMPTS => return Err(Failure::Retry(why)),
            Err(Refusal::ForNow(why) | Refusal::ForGood(why)) => why,
        };
        // Whose account is erased waits for nobody's second try: their address is all that would be left of them.
        if job.account.is_none() && waiting.letter.letter.is_receipt() {
            job.store.write_now(|db| outbox::forget(db, id))?;
            return Err(Failure::GiveUp(format!(
                "{failure} It told of an erased account, so its words and address are gone."
            )));
        }
        Err(Failure::GiveUp(failure))
    }
}

/// Sends one test mail at once, past the queue, and gives back what the server said.
pub fn try_out(
    house: &House,
    from: &str,
    transport: &dyn Transport,
    act: &Act,
    to: EmailAddress,
) -> Result<String, String> {
    let from = sender(house, from)?;
    let sealed = Sealed {
        to: to.as_str().to_owned(),
        letter: Letter::Test,
        when: act.now,
        agent: String::new(),
        address: String::new(),
    };
    let composed = compose(house, &sealed).map_err(|error| format!("The mail cannot be rendered: {error}"))?;
    let id: MailId = act.id();
    let outgoing = message(house, &from, id, id.as_str(), act.now, to, composed)?;
    transport.send(&outgoing).map_err(|refusal| refusal.to_string())
}

/// Comes round once a day.
pub struct SweepMails;

impl Job for SweepMails {
    const NAME: &'static str = "sweep_mails";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let before = job.act.now.minus(REMEMBERED);
        job.store.write_now(|db| outbox::sweep(db, before))?;
        Ok(())
    }
}

//! Whether a judged file is taken: the project's signing policy and its replay window.
//!
//! Rule: what cannot be read is refused under every policy; there is nothing in it to keep or to mark.

use std::time::Duration;

use super::verdict::{Diagnosis, Judged, Verdict};
use crate::kernel::time::{Timestamp, minutes};
use crate::projects::project::Signing;

/// How far a device's clock may be ahead of ours.
pub const CLOCK_SKEW: Duration = minutes(5);

/// Why a file is not taken: the text of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// In the words of the verdict.
    #[error("{0}")]
    Unreadable(String),
    /// In the words of the verdict.
    #[error("{0} This project takes no file whose signature is not valid.")]
    Invalid(String),
    /// In the words of the verdict.
    #[error("{0} This project takes signed files only.")]
    NotSigned(String),
    #[error("The document does not say when it was signed (iat), which this project requires.")]
    NoTime,
    #[error("The document was signed too long ago for this project.")]
    TooOld,
    #[error("The document's time of signing (iat) lies ahead: is the device's clock right?")]
    Ahead,
}

pub fn admit<K: Copy>(
    judged: &Judged<K>,
    policy: Signing,
    window: Option<Duration>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let words = || judged.verdict.to_string();
    match (&judged.verdict, policy) {
        (Verdict::Invalid(Diagnosis::Malformed(_)), _) => Err(Refusal::Unreadable(words())),
        (Verdict::Invalid(_), Signing::RejectInvalid | Signing::RequireValid) => Err(Refusal::Invalid(words())),
        (Verdict::None(_), Signing::RequireValid) => Err(Refusal::NotSigned(words())),
        (Verdict::Invalid(_) | Verdict::None(_), _) => Ok(()),
        // A time that nothing proves is not worth checking; one that a key proves is.
        (Verdict::Valid(_), _) => {
            let signed_at = judged.document.as_ref().and_then(|document| document.signed_at);
            window.map_or(Ok(()), |window| within(signed_at, window, now))
        }
    }
}

/// Whether a signature of that time may still come in. Both ends belong to the window.
pub fn within(signed_at: Option<Timestamp>, window: Duration, now: Timestamp) -> Result<(), Refusal> {
    let signed_at = signed_at.ok_or(Refusal::NoTime)?;
    if signed_at > now.plus(CLOCK_SKEW) {
        return Err(Refusal::Ahead);
    }
    if now.since(signed_at) > window { Err(Refusal::TooOld) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingestion::document::Document;
    use crate::ingestion::verdict::Unclaimed;
    use crate::kernel::time::{hours, seconds};

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn judged(verdict: Verdict<u8>, signed_at: Option<Timestamp>) -> Judged<u8> {
        let document = Document {
            signature: None,
            signed_at,
            device_name: None,
            device_type: String::new(),
            interval_ms: 0.0,
            sensors: 0,
            binary: 0,
        };
        Judged { verdict, document: Some(document) }
    }

    #[test]
    fn each_policy_takes_what_it_says() {
        let verdicts = [
            Verdict::Valid(1),
            Verdict::None(Unclaimed::ByDocument),
            Verdict::None(Unclaimed::ByFormat),
            Verdict::Invalid(Diagnosis::Unsigned),
            Verdict::Invalid(Diagnosis::NoKeyMatches(1)),
            Verdict::Invalid(Diagnosis::SignedWithDecodedKey(1)),
        ];
        for (policy, taken) in [
            (Signing::Mark, [true, true, true, true, true, true]),
            (Signing::RejectInvalid, [true, true, true, false, false, false]),
            (Signing::RequireValid, [true, false, false, false, false, false]),
        ] {
            for (verdict, taken) in verdicts.iter().zip(taken) {
                let admitted = admit(&judged(verdict.clone(), None), policy, None, NOW);
                assert_eq!(admitted.is_ok(), taken, "{policy}: {verdict}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_its_own_words() {
        let broken = super::super::verdict::judge(b"{}", super::super::extension::Extension::Json, &[]);
        for policy in Signing::ALL {
            let refusal = admit::<u8>(&broken, *policy, None, NOW).unwrap_err();
            assert_eq!(refusal.to_string(), "\"protected\" is missing.");
        }
    }

    #[test]
    fn a_replay_window_has_two_ends() {
        let window = hours(1);
        let at = |signed_at: Timestamp| within(Some(signed_at), window, NOW);
        assert_eq!(at(NOW), Ok(()));
        assert_eq!(at(NOW.minus(window)), Ok(()));
        assert_eq!(at(NOW.minus(window).minus(seconds(1))), Err(Refusal::TooOld));
        assert_eq!(at(NOW.plus(CLOCK_SKEW)), Ok(()));
        assert_eq!(at(NOW.plus(CLOCK_SKEW).plus(seconds(1))), Err(Refusal::Ahead));
        assert_eq!(within(None, window, NOW), Err(Refusal::NoTime));
    }

    #[test]
    fn the_window_is_for_what_a_key_proves() {
        let long_ago = Some(Timestamp::from_seconds(1));
        let admitted = |verdict, window| admit(&judged(verdict, long_ago), Signing::Mark, window, NOW);
        assert_eq!(admitted(Verdict::Valid(1), Some(hours(1))), Err(Refusal::TooOld));
        assert_eq!(admitted(Verdict::Valid(1), None), Ok(()));
        assert_eq!(admitted(Verdict::Invalid(Diagnosis::Unsigned), Some(hours(1))), Ok(()));
    }
}

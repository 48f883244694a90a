//! The words of mails about projects.

use super::{Words, link, moment};
use crate::mail::compose::House;
use crate::mail::letter::ProjectLetter;
use crate::mail::paths;

pub(super) fn words(letter: &ProjectLetter, house: &House) -> Words {
    match letter {
        ProjectLetter::Deleted { name, workspace, erase_at } => Words {
            subject: format!("A project was deleted at {}", house.name),
            happened: vec![format!(
                "The project \"{name}\" of {workspace} was deleted, and its keys are refused from now on. Until {} it can \
                 be restored, then it is erased with everything in it.",
                moment(*erase_at)
            )],
            link: Some(link(house, "Look at the trash", &paths::trash(workspace))),
            unless: "If nobody of you did this, restore it and change your password.".to_owned(),
            ..Words::default()
        },
        ProjectLetter::Restored { name, workspace, slug } => Words {
            subject: format!("A project was restored at {}", house.name),
            happened: vec![format!("The project \"{name}\" of {workspace} is back, and its keys are let in again.")],
            link: Some(link(house, "Look at the keys", &paths::project_keys(workspace, slug))),
            unless: "If nobody of you did this, revoke the keys at once and change your password.".to_owned(),
            ..Words::default()
        },
    }
}

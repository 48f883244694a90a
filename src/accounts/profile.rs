//! What a person says about themselves, checked, and saved only over what they had seen.
//!
//! Rule: a save names the revision it began from. When another tab was quicker, nothing is written and the caller is
//! given what stands there now.

use diesel::QueryResult;
use diesel::prelude::*;

use super::listing::rewrite_words;
use super::social::Links;
use super::use_case::UseCase;
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::accounts;
use crate::kernel::id::AccountId;
use crate::kernel::names::{BadText, several_lines};
use crate::photos::PhotoChange;
use crate::sessions::account::{self, Account, Theme};

pub const SHORTEST_BIO: usize = 10;
pub const LONGEST_BIO: usize = 500;

/// Everything the account page saves but the photo. Each part has passed its check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    pub job_title: String,
    pub company: String,
    pub bio: String,
    pub use_case: Option<UseCase>,
    pub links: Links,
    /// An IANA name.
    pub time_zone: String,
    pub theme: Theme,
}

pub enum Saved {
    /// The version of the photo that nobody shows any more; its files can go.
    Done { old_photo: Option<String> },
    /// Saved from somewhere else meanwhile; nothing was written.
    ChangedMeanwhile(Box<Account>),
}

impl Profile {
    pub fn of(account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            job_title: account.job_title.clone(),
            company: account.company.clone(),
            bio: account.bio.clone(),
            use_case: account.use_case.parse().ok(),
            links: Links::from_json(&account.social),
            time_zone: account.time_zone.clone(),
            theme: account.theme,
        }
    }

    /// The parts in which the two differ, by the words the record and the page use.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("name", self.name == other.name),
            ("job title", self.job_title == other.job_title),
            ("company", self.company == other.company),
            ("bio", self.bio == other.bio),
            ("use case", self.use_case == other.use_case),
            ("social links", self.links == other.links),
            ("time zone", self.time_zone == other.time_zone),
            ("theme", self.theme == other.theme),
        ];
        parts.into_iter().filter(|(_, is_same)| !is_same).map(|(part, _)| part).collect()
    }
}

/// A few sentences, or nothing at all.
pub fn bio(typed: &str) -> Result<String, BadText> {
    let text = several_lines(typed, LONGEST_BIO)?;
    match text.chars().count() {
        1..SHORTEST_BIO => Err(BadText::TooShort(SHORTEST_BIO)),
        _ => Ok(text),
    }
}

/// Saves over `revision`. Saving what is there already changes nothing and is not recorded.
pub fn save(
    db: &mut Db,
    act: &Act,
    account: AccountId,
    revision: i64,
    profile: &Profile,
    photo: &PhotoChange,
) -> QueryResult<Saved> {
    let Some(before) = account::by_id(db, account)? else { return Err(diesel::result::Error::NotFound) };
    if before.revision != revision {
        return Ok(Saved::ChangedMeanwhile(Box::new(before)));
    }
    let fields = profile.differences(&Profile::of(&before));
    let new_photo = photo.after(before.photo.as_deref());
    let saved = diesel::update(accounts::table.find(account).filter(accounts::revision.eq(revision)))
        .set((
            accounts::name.eq(&profile.name),
            accounts::job_title.eq(&profile.job_title),
            accounts::company.eq(&profile.company),
            accounts::bio.eq(&profile.bio),
            accounts::use_case.eq(profile.use_case.map_or("", UseCase::as_str)),
            accounts::social.eq(profile.links.to_json()),
            accounts::time_zone.eq(&profile.time_zone),
            accounts::theme.eq(profile.theme),
            accounts::photo.eq(&new_photo),
            accounts::revision.eq(revision + 1),
            accounts::saved_at.eq(act.now),
        ))
        .execute(db)?;
    if saved == 0 {
        // Saved by another between our look and our write; on PostgreSQL both can look at once.
        let now = account::by_id(db, account)?.ok_or(diesel::result::Error::NotFound)?;
        return Ok(Saved::ChangedMeanwhile(Box::new(now)));
    }
    if fields.contains(&"name") {
        rewrite_words(db, account, &profile.name)?;
    }
    let old_photo = before.photo.filter(|old| new_photo.as_ref() != Some(old));
    record(db, act, account, fields, photo, old_photo.is_some())?;
    Ok(Saved::Done { old_photo })
}

fn record(
    db: &mut Db,
    act: &Act,
    account: AccountId,
    fields: Vec<&'static str>,
    photo: &PhotoChange,
    had_photo: bool,
) -> QueryResult<()> {
    let mut say = |event: &Event| activity::record(db, act, account.personal_workspace(), Some(account), event);
    if !fields.is_empty() {
        say(&Event::ProfileChanged { fields })?;
    }
    match photo {
        PhotoChange::Replace(_) => say(&Event::PhotoChanged)?,
        PhotoChange::Remove if had_photo => say(&Event::PhotoRemoved)?,
        _ => {}
    }
    Ok(())
}

/// Light, dark, or as the system says: from the menu of every page. It is part of the profile, so it counts as a save.
pub fn choose_theme(db: &mut Db, account: AccountId, theme: Theme) -> QueryResult<()> {
    diesel::update(accounts::table.find(account).filter(accounts::theme.ne(theme)))
        .set((accounts::theme.eq(theme), accounts::revision.eq(accounts::revision + 1)))
        .execute(db)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bio_is_empty_or_at_least_a_sentence() {
        assert_eq!(bio("  ").as_deref(), Ok(""));
        assert_eq!(bio("Grippers"), Err(BadText::TooShort(10)));
        assert_eq!(bio("I teach\r\ngrippers.").as_deref(), Ok("I teach\ngrippers."));
        assert_eq!(bio(&"é".repeat(500)).map(|text| text.chars().count()), Ok(500));
        assert_eq!(bio(&"é".repeat(501)), Err(BadText::TooLong(500)));
    }
}

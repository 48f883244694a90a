//! `/settings/account`: who you are to others, and where your data lives.

mod typed;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::accounts::profile::{self, Saved};
use crate::accounts::time_zones;
use crate::accounts::use_case::UseCase;
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::field_errors::FieldErrors;
use crate::http::page::{Choice, PageFrame};
use crate::http::upload::{FileForm, Upload};
use crate::http::words::{self, When};
use crate::pages::guards::SignedIn;
use crate::pages::{frame, links, photo_form};
use crate::sessions::account::Account;
use typed::{AccountTyped, Newer};

#[derive(Template)]
#[template(path = "pages/settings/account.html")]
struct AccountPage<'a> {
    page: PageFrame,
    /// Above what is wrong, or what was changed elsewhere.
    told: String,
    errors: FieldErrors,
    typed: &'a AccountTyped,
    /// What another tab saved meanwhile.
    newer: Vec<Newer>,
    /// The browser did not keep the file that came with a form that was not saved.
    is_file_lost: bool,
    account: &'a Account,
    face: Face,
    region_title: &'static str,
    member_since: When,
    saved: Option<When>,
    use_cases: Vec<Choice>,
    themes: Vec<Choice>,
    zones: &'static [(&'static str, Vec<String>)],
}

impl AccountPage<'_> {
    /// A zone that was chosen under a name the list no longer offers.
    fn has_other_zone(&self) -> bool {
        let zone = &self.typed.time_zone;
        zone != time_zones::UTC && !self.zones.iter().any(|(_, zones)| zones.contains(zone))
    }
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    let typed = AccountTyped::of(&here.account);
    answer(&here, StatusCode::OK, &here.account, &typed, Answer::default())
}

/// What is different about a page that comes back.
#[derive(Default)]
struct Answer {
    errors: FieldErrors,
    newer: Vec<Newer>,
    is_file_lost: bool,
    is_resumed: bool,
}

impl Answer {
    fn told(&self) -> String {
        if self.newer.is_empty() {
            let heading = self.errors.heading();
            let (first, rest) = heading.split_at_checked(1).unwrap_or_default();
            format!("Nothing was saved: {}{rest}", first.to_lowercase())
        } else {
            "Nothing was saved: this page was changed somewhere else".to_owned()
        }
    }
}

pub async fn save(here: SignedIn, form: FileForm<AccountTyped>) -> Result<HttpResponse, PageError> {
    let FileForm { mut typed, file, is_resumed } = form;
    if is_resumed {
        let resumed = Answer { is_resumed, ..Answer::default() };
        return answer(&here, StatusCode::OK, &here.account, &typed, resumed);
    }
    let has_file = file != Upload::Nothing;
    let (profile, mut errors) = typed.check();
    let developed = errors.keep("photo", "Photo", typed.photo.develop(file).await).flatten();
    let (Some(profile), true) = (profile, errors.is_empty()) else {
        let refused = Answer { errors, is_file_lost: has_file, ..Answer::default() };
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &here.account, &typed, refused);
    };
    let owner = here.account.id.personal_workspace();
    let photo = typed.photo.change(&here, owner, developed).await?;
    let revision = typed.revision();
    let (act, account, of_write) = (here.act.clone(), here.account.id, photo.clone());
    let saved = here.write(move |db| profile::save(db, &act, account, revision, &profile, &of_write)).await;
    let unused = match &saved {
        Ok(Saved::Done { old_photo }) => old_photo.clone(),
        _ => photo.stored(),
    };
    photo_form::tidy(&here, owner, unused).await;
    match saved? {
        Saved::Done { .. } => Ok(here.done(links::ACCOUNT, "Your changes have been saved.")),
        Saved::ChangedMeanwhile(now) => {
            let newer = typed.take_over(&now);
            let changed = Answer { newer, is_file_lost: has_file, ..Answer::default() };
            answer(&here, StatusCode::CONFLICT, &now, &typed, changed)
        }
    }
}

fn answer(
    here: &SignedIn,
    status: StatusCode,
    account: &Account,
    typed: &AccountTyped,
    what: Answer,
) -> Result<HttpResponse, PageError> {
    let zone = words::zone(&account.time_zone);
    let mut page =
        here.page("account", "Account", "Who you are to the people you work with, and where your data lives.");
    page.has_error = status != StatusCode::OK;
    if what.is_resumed {
        super::say_resumed(&mut page);
    }
    let unsaid = std::iter::once(Choice::new("", "Not said"));
    frame::html(
        status,
        &AccountPage {
            page,
            told: what.told(),
            errors: what.errors,
            typed,
            newer: what.newer,
            is_file_lost: what.is_file_lost,
            account,
            face: frame::face_of(account),
            region_title: here.region.title(),
            member_since: words::day(account.created_at, &zone),
            saved: account.saved_at.map(|at| words::relative(at, here.act.now, &zone).in_sentence()),
            use_cases: unsaid.chain(UseCase::ALL.iter().map(|case| Choice::new(case.as_str(), case.title()))).collect(),
            themes: vec![
                Choice::new("system", "As the system says"),
                Choice::new("light", "Light"),
                Choice::new("dark", "Dark"),
            ],
            zones: time_zones::by_area(),
        },
    )
}

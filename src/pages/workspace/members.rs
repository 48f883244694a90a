//! `/{workspace}/settings/members`: who is in an organization, who is invited, and the form that invites.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::InOrganization;
use crate::access::Role;
use crate::access::action::ManageMembers;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::{Form, Query};
use crate::http::page::{Choice, FlashKind, PageFrame, Pager};
use crate::http::table_file::{self, Cells, typed, yes};
use crate::http::words::{self, When};
use crate::kernel::cursor::Cursor;
use crate::kernel::id::InvitationId;
use crate::pages::guards::Visitor;
use crate::pages::settings::press_again;
use crate::pages::typed_addresses::Refused;
use crate::pages::{frame, links};
use crate::workspaces::invitations::{self, Invitation};
use crate::workspaces::members::Seats;
use crate::workspaces::people::{self, Person};
use crate::workspaces::{WorkspaceError, members};

const ROWS: i64 = 25;
/// Seats end long before.
const MOST_INVITATIONS: i64 = 200;

#[derive(Template)]
#[template(path = "pages/workspace/members.html")]
pub struct MembersPage {
    pub page: PageFrame,
    pub errors: FieldErrors,
    pub typed: InviteTyped,
    pub refused: Vec<Refused>,
    link: String,
    asked: Asked,
    roles: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    /// Admins and Owners see and do more.
    may_manage: bool,
    gives: Vec<Choice>,
    seats: String,
    is_full: bool,
    pending: Vec<Line>,
    invite: String,
    invitations: String,
    leave: String,
}

struct Row {
    link: String,
    name: String,
    username: String,
    role: &'static str,
    is_away: bool,
    is_oneself: bool,
    joined: When,
    seen: When,
    has_mfa: bool,
}

/// An invitation that nobody has answered yet.
struct Line {
    id: InvitationId,
    email: String,
    role: &'static str,
    is_over: bool,
    ends: When,
    may_act: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    role: String,
    after: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct InviteTyped {
    pub addresses: String,
    pub role: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct InvitationTyped {
    #[serde(rename = "do")]
    deed: String,
    invitation: String,
}

/// `GET /{workspace}/settings/members`
pub async fn show(here: InOrganization, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let page = page(&here, asked.0, InviteTyped::default(), FieldErrors::new()).await?;
    frame::html(StatusCode::OK, &page)
}

pub async fn page(
    here: &InOrganization,
    asked: Asked,
    typed: InviteTyped,
    errors: FieldErrors,
) -> Result<MembersPage, PageError> {
    let unreadable = |()| PageError::BadRequest("the page cannot be told from its address");
    let after: Option<Cursor> =
        (!asked.after.is_empty()).then(|| asked.after.parse()).transpose().map_err(unreadable)?;
    let wanted = people::Asked { after, most: ROWS + 1, ..asked.wanted()? };
    let (workspace, now, plans) = (here.place.workspace.id, here.act.now, here.site.config.plans.clone());
    let may_manage = here.membership().may::<ManageMembers>();
    let (mut found, seats, pending) = here
        .read(move |db| {
            let found = people::list(db, workspace, &wanted)?;
            let seats = members::seats(db, workspace, now, |plan| plans.of(plan).seats)?;
            let pending =
                if may_manage { invitations::of_workspace(db, workspace, MOST_INVITATIONS)? } else { Vec::new() };
            Ok::<_, DbError>((found, seats, pending))
        })
        .await?;
    let has_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        found.pop();
    }
    let frame = here.tab("members", "Members", "Who works here, and with which role.");
    let list = links::members(here.name());
    let all = Choice::new("", "All roles");
    Ok(MembersPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        refused: Vec::new(),
        pager: pager(here, &asked, &found, has_more),
        csv: links::csv(&list, &[("q", &asked.q), ("role", &asked.role)]),
        rows: found.iter().map(|one| row(here, one)).collect(),
        roles: std::iter::once(all)
            .chain(Role::ALL.iter().map(|role| Choice::new(role.as_str(), role.title())))
            .collect(),
        may_manage,
        gives: choices(here.membership().role),
        seats: seats_in_words(seats),
        is_full: seats.is_full(),
        pending: pending.iter().map(|one| line(here, one)).collect(),
        invite: links::invite(here.name()),
        invitations: links::invitations(here.name()),
        leave: links::leave(here.name()),
        typed: if typed.role.is_empty() { InviteTyped { role: Role::Editor.to_string(), ..typed } } else { typed },
        link: list,
        asked,
    })
}

/// `GET /{workspace}/settings/members.csv`: the same people as a file.
pub async fn csv(here: InOrganization, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let wanted = people::Asked { most: table_file::MOST, ..asked.wanted()? };
    let (store, workspace) = (here.store.clone(), here.place.workspace.id);
    let may_manage = here.membership().may::<ManageMembers>();
    let read = move |after| {
        let (store, wanted) = (store.clone(), people::Asked { after, ..wanted.clone() });
        async move {
            let found = store.read(move |db| people::list(db, workspace, &wanted)).await?;
            let next = found.last().filter(|_| found.len() >= table_file::ROWS).map(end);
            Ok((found.iter().map(|one| cells(one, may_manage)).collect(), next))
        }
    };
    Ok(table_file::list(&format!("members-{}", here.name()), here.act.now, HEAD, read))
}

const HEAD: &[&str] = &["username", "name", "role", "joined_at", "last_seen_at", "account_closed", "mfa"];

fn cells(one: &Person, may_manage: bool) -> Cells {
    // As in the table, for those who manage members.
    let mfa = match (may_manage, one.has_mfa) {
        (false, _) => "",
        (true, true) => "on",
        (true, false) => "off",
    };
    vec![
        one.username.clone(),
        typed(&one.name),
        one.role.to_string(),
        one.joined_at.to_string(),
        one.last_seen_at.to_string(),
        yes(one.is_away),
        mfa.to_owned(),
    ]
}

/// Where the list goes on behind this one.
fn end(one: &Person) -> Cursor {
    Cursor { value: one.joined_at.as_micros(), id: one.id.to_string() }
}

impl Asked {
    /// Which people, from the first on.
    fn wanted(&self) -> Result<people::Asked, PageError> {
        let role = match self.role.as_str() {
            "" => None,
            word => Some(word.parse::<Role>().map_err(|_| PageError::BadRequest("there is no such role"))?),
        };
        Ok(people::Asked { words: self.q.trim().to_lowercase(), role, ..people::Asked::default() })
    }
}

/// The roles that somebody of this role may give, each with what it may do.
pub fn choices(giver: Role) -> Vec<Choice> {
    giver.gives().map(|role| Choice::new(role.as_str(), role.title()).with_note(role.sentence())).collect()
}

fn pager(here: &InOrganization, asked: &Asked, found: &[Person], has_more: bool) -> Pager {
    let with = |after: &str| {
        let pairs = [("q", asked.q.as_str()), ("role", asked.role.as_str()), ("after", after)];
        links::members_where(here.name(), &pairs)
    };
    let last = found.last().filter(|_| has_more);
    Pager {
        words: words::count(i64::try_from(found.len()).unwrap_or(0), "member here", "members here"),
        previous: (!asked.after.is_empty()).then(|| with("")),
        next: last.map(|last| with(&end(last).to_string())),
    }
}

fn row(here: &InOrganization, one: &Person) -> Row {
    let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
    Row {
        link: links::member(here.name(), one.id),
        name: one.name.clone(),
        username: one.username.clone(),
        role: one.role.title(),
        is_away: one.is_away,
        is_oneself: one.id == here.account.id,
        joined: words::day(one.joined_at, &zone),
        seen: words::relative(one.last_seen_at, now, &zone),
        has_mfa: one.has_mfa,
    }
}

fn line(here: &InOrganization, one: &Invitation) -> Line {
    let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
    Line {
        id: one.id,
        email: one.email.clone(),
        role: one.role.title(),
        is_over: one.expires_at <= now,
        ends: words::relative(one.expires_at, now, &zone).in_sentence(),
        may_act: here.membership().role.may_act_on(one.role),
    }
}

/// `4 of 5 seats are taken: 3 members, 1 invitation.`
fn seats_in_words(seats: Seats) -> String {
    // `1,000+`
    let plus = if seats.is_more { "+" } else { "" };
    let count = |n, one, many| format!("{}{plus} {}", words::number(n), words::plural(n, one, many));
    let taken = match seats.most {
        Some(most) => format!("{}{plus} of {}", words::number(seats.taken()), words::count(most, "seat", "seats")),
        None => count(seats.taken(), "seat", "seats"),
    };
    let members = count(seats.members, "member", "members");
    format!("{taken} taken: {members}, {}.", words::count(seats.invitations, "invitation", "invitations"))
}

/// `POST /{workspace}/settings/members/invitations`
pub async fn invitations(here: InOrganization, form: Form<InvitationTyped>) -> Result<HttpResponse, PageError> {
    let list = links::members(here.name());
    if form.is_resumed {
        return Ok(press_again(&here, &list));
    }
    let permit = here.permit::<ManageMembers>()?;
    here.confirmed(super::invite::DEED, &list)?;
    let id: InvitationId = form.typed.invitation.parse().map_err(|_| PageError::NotFound)?;
    let act = here.act.clone();
    let deed = form.typed.deed;
    let done = match deed.as_str() {
        "cancel" => here.write(move |db| invitations::cancel(db, &act, &permit, id)).await.map(|()| Some(true)),
        "again" => super::invite::send_again(&here, permit, id).await?,
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    let sentence = match (done, deed.as_str()) {
        (Ok(Some(true)), "cancel") => "Cancelled. Its link no longer works, and the seat is free.",
        (Ok(Some(true)), _) => "Sent again. The link of the mail before no longer works.",
        (Ok(None), _) => return Ok(here.refused(&list, "This address had enough mails for now. Try again in an hour.")),
        (Ok(Some(false)), _) => return Ok(here.refused(&list, "It had ended, and its seat is taken by now.")),
        (Err(WorkspaceError::NotThere), _) => {
            return Ok(here.refused(&list, "That invitation was answered or cancelled meanwhile."));
        }
        (Err(error), _) => return Err(error.into()),
    };
    flash::set(&here.cookie, FlashKind::Good, sentence);
    Ok(Visitor::redirect(&list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_that_were_not_counted_to_the_end_say_so() {
        let words = |members, is_more, most| seats_in_words(Seats { members, is_more, invitations: 1, most });
        assert_eq!(words(1, false, Some(3)), "2 of 3 seats taken: 1 member, 1 invitation.");
        assert_eq!(words(1_000, false, None), "1,001 seats taken: 1,000 members, 1 invitation.");
        assert_eq!(words(1_000, true, None), "1,001+ seats taken: 1,000+ members, 1 invitation.");
    }
}

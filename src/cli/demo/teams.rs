//! The organizations of the demonstration: founded, joined and named as their people would have done it.

use super::cast;
use super::lives::{Life, Lives, failed};
use super::pictures;
use super::work::{TEAMS, TeamCast};
use crate::access::action::{Action, ManageMembers};
use crate::access::{Permit, Role};
use crate::db::Db;
use crate::http::site::Site;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::WorkspaceId;
use crate::kernel::names::Username;
use crate::kernel::time::{Timestamp, days, hours};
use crate::sessions::account;
use crate::workspaces::creation::{self, Created, NewOrganization};
use crate::workspaces::invitations::{self, Accepted, Invited};
use crate::workspaces::{WorkspaceError, membership};

/// An organization, or somebody's own workspace, and who looks after it.
pub struct Team {
    pub workspace: WorkspaceId,
    pub since: Timestamp,
    /// Who is in it, the Owner first, as they stand in the cast.
    pub members: Vec<usize>,
    pub cast: &'static TeamCast,
}

impl Team {
    pub fn owner(&self) -> usize {
        self.members.first().copied().unwrap_or_default()
    }

    /// What its Owner may do, as the database says.
    pub fn permit<A: Action>(&self, db: &mut Db, lives: &Lives<'_>) -> Result<Permit<A>, WorkspaceError> {
        let place = membership::of(db, self.workspace, lives.people[self.owner()].id)?;
        Ok(place.ok_or(WorkspaceError::NotThere)?.membership.permit()?)
    }
}

pub fn found(site: &Site, lives: &Lives<'_>) -> Result<Vec<Team>, String> {
    TEAMS.iter().map(|cast| one(site, lives, cast)).collect()
}

fn one(site: &Site, lives: &Lives<'_>, cast: &'static TeamCast) -> Result<Team, String> {
    let founder = cast::number_of(cast.founder);
    let since = lives.now.minus(days(cast.age));
    let founder_life = &lives.people[founder];
    let Some(roles) = cast.roles else {
        let workspace = founder_life.id.personal_workspace();
        return Ok(Team { workspace, since, members: vec![founder], cast });
    };
    let (act, region) = (lives.act(since, founder), founder_life.region);
    let workspace = act.id();
    let photo = if cast.has_picture {
        Some(pictures::store(site, lives, region, workspace, pictures::emblem()?)?)
    } else {
        None
    };
    let new = NewOrganization {
        id: workspace,
        name: Username::parse(&cast::username(cast.title)).map_err(failed)?,
        title: cast.title.to_owned(),
        owner: founder_life.id,
        plan: site.config.plans.of(cast.plan).id.clone(),
        photo,
    };
    let created = creation::create(&site.regions, region, &act, &new).map_err(failed)?;
    if created != Created::Yes(workspace) {
        return Err(failed(format!("{} was not created", cast.title)));
    }
    let mut team = Team { workspace, since, members: vec![founder], cast };
    for (role, number) in roles.iter().zip(neighbours(lives, founder)) {
        let joined = since.plus(days(u64::try_from(team.members.len()).unwrap_or(1) * 2));
        join(site, lives, &team, number, *role, joined)?;
        team.members.push(number);
    }
    for (address, role) in cast.invited {
        let at = lives.now.minus(days(2)).plus(hours(u64::from(lives.chance.below(24))));
        invite(site, lives, &team, &EmailAddress::parse(address).map_err(failed)?, *role, at)?;
    }
    Ok(team)
}

/// Who lives in the same region and works there, but not the founder.
fn neighbours<'a>(lives: &'a Lives<'_>, founder: usize) -> impl Iterator<Item = usize> + use<'a> {
    let region = lives.people[founder].region;
    let is_near = move |(number, life): &(usize, &Life)| {
        *number != founder && *number > 0 && life.region == region && life.is_active
    };
    lives.people.iter().enumerate().filter(is_near).map(|(number, _)| number)
}

fn invite(
    site: &Site,
    lives: &Lives<'_>,
    team: &Team,
    address: &EmailAddress,
    role: Role,
    at: Timestamp,
) -> Result<(), String> {
    let (act, region) = (lives.act(at, team.owner()), lives.people[team.owner()].region);
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    let invited = store.write_now(|db| {
        let permit = team.permit::<ManageMembers>(db, lives)?;
        invitations::invite(db, &act, region, &permit, address, role, |plan| site.config.plans.of(plan).seats)
    });
    match invited.map_err(failed)? {
        Invited::Yes => Ok(()),
        other => Err(failed(format!("{address} was not invited: {other:?}"))),
    }
}

fn join(site: &Site, lives: &Lives<'_>, team: &Team, number: usize, role: Role, at: Timestamp) -> Result<(), String> {
    let life = &lives.people[number];
    let store = site.regions.store(life.region).ok_or("The region is not served here.")?;
    let person = store.read_now(|db| account::by_id(db, life.id)).map_err(failed)?.ok_or("Nobody there.")?;
    invite(site, lives, team, &EmailAddress::parse(&person.email).map_err(failed)?, role, at)?;
    let act = lives.act(at.plus(hours(5)), number);
    let accepted = store.write_now(|db| {
        let waiting = invitations::of_address(db, act.now, &person.email_digest)?;
        let own = waiting.into_iter().find(|one| one.invitation.workspace_id == team.workspace);
        let id = own.ok_or(WorkspaceError::NotThere)?.invitation.id;
        invitations::accept(db, &act, &person, id, |plan| site.config.plans.of(plan).seats)
    });
    match accepted.map_err(failed)? {
        Accepted::Yes => Ok(()),
        Accepted::NoSeat => Err(failed(format!("no seat was left in {}", team.cast.title))),
    }
}

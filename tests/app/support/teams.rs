//! Organizations that are there already: made by the domain's own functions, joined by invitation.

use keystead::access::action::ManageMembers;
use keystead::access::{Membership, Role};
use keystead::crypto::act::Act;
use keystead::db::{Db, DbError};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::{AccountId, InvitationId, WorkspaceId};
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::projects::creation::{self as projects, NewProject};
use keystead::projects::project::{Project, Visibility};
use keystead::regions::directory;
use keystead::sessions::account::{self, Account};
use keystead::workspaces::creation::{self, Created, NewOrganization};
use keystead::workspaces::invitations::{self, Accepted, Invited};
use keystead::workspaces::organization::{self, Policies, Saved};
use keystead::workspaces::{members, membership};

use super::people::Person;
use super::world::World;

/// An organization, and what is needed to do more with it.
pub struct Team<'a> {
    world: &'a World,
    pub id: WorkspaceId,
    pub name: String,
    pub region: Region,
    owner: Account,
}

impl World {
    /// An organization on the plan with the most seats; `owner` is its Owner, and it lives where they do.
    pub fn organization(&self, name: &str, owner: &Person) -> Team<'_> {
        self.organization_on(name, owner, "enterprise")
    }

    pub fn organization_on(&self, name: &str, owner: &Person, plan: &str) -> Team<'_> {
        let (region, owner) = self.account_of(owner);
        let new = NewOrganization {
            id: self.act().id(),
            name: Username::parse(name).unwrap(),
            title: format!("The people of {name}"),
            owner: owner.id,
            plan: plan.to_owned(),
            photo: None,
        };
        let created = creation::create(&self.site.regions, region, &self.act(), &new).unwrap();
        let Created::Yes(id) = created else { panic!("{name} is taken") };
        Team { world: self, id, name: name.to_owned(), region, owner }
    }

    /// Where somebody lives, and their account as it is now.
    pub fn account_of(&self, person: &Person) -> (Region, Account) {
        let name = person.username.clone();
        let row = self.site.regions.directory.read_now(|db| directory::by_name(db, &name)).unwrap().unwrap();
        let account = self.region(row.region).read_now(|db| account::by_id(db, row.owner_id)).unwrap().unwrap();
        (row.region, account)
    }
}

impl Team<'_> {
    /// Invites somebody and lets them accept; nobody counts the seats here.
    pub fn member(&self, person: &Person, role: Role) -> &Self {
        let (world, act) = (self.world, self.world.act());
        let (_, account) = world.account_of(person);
        let address = EmailAddress::parse(&person.email).unwrap();
        let done = world.region(self.region).write_now(|db: &mut Db| {
            let place = membership::of(db, self.id, self.owner.id)?.unwrap();
            let permit = place.membership.permit::<ManageMembers>()?;
            let sent = invitations::invite(db, &act, self.region, &permit, &address, role, |_| None)?;
            assert_eq!(sent, Invited::Yes);
            let waiting = invitations::of_address(db, act.now, &account.email_digest)?;
            let waiting = waiting.into_iter().find(|one| one.invitation.workspace_id == self.id).unwrap();
            invitations::accept(db, &act, &account, waiting.invitation.id, |_| None)
        });
        assert_eq!(done.unwrap(), Accepted::Yes);
        self
    }

    /// The role of somebody, if they are in it.
    pub fn role_of(&self, person: &Person) -> Option<Role> {
        let (_, account) = self.world.account_of(person);
        self.world.region(self.region).read_now(|db| membership::role_of(db, self.id, account.id)).unwrap()
    }

    /// A project of the organization, made by its Owner.
    pub fn project(&self, name: &str) -> Project {
        let (act, permit) = (self.world.act(), self.owners().permit().unwrap());
        let new = NewProject { name: name.to_owned(), description: String::new(), visibility: Visibility::Private };
        self.world.region(self.region).write_now(|db| projects::create(db, &act, &permit, &new)).unwrap()
    }

    /// From now on members without a second factor get no further than setting one up.
    pub fn require_mfa(&self) {
        let (act, permit) = (self.world.act(), self.owners().permit().unwrap());
        let saved = self.world.region(self.region).write_now(|db: &mut Db| {
            let now = members::hold(db, self.id)?;
            let new = Policies { requires_mfa: true, key_days: None, networks: String::new() };
            organization::save_policies(db, &act, &permit, now.revision, &new)
        });
        assert!(matches!(saved, Ok(Saved::Yes)));
    }

    pub fn owners(&self) -> Membership {
        Membership { workspace: self.id, account: self.owner.id, role: Role::Owner }
    }

    /// The path of one of its pages: `settings/members`.
    pub fn path(&self, rest: &str) -> String {
        format!("/{}/{rest}", self.name).trim_end_matches('/').to_owned()
    }
}

/// Leaves something of this account in every table of organizations; `owner` is the one who stays.
pub fn leave_in_organizations(world: &World, act: &Act, account: AccountId, owner: AccountId, mark: &str) {
    use diesel::prelude::*;
    use keystead::db::schema::{accounts, follows, invitations, members, organizations};

    let made = |name: String| {
        let new = NewOrganization {
            id: act.id(),
            name: Username::parse(&name).unwrap(),
            title: "An organization that stays".to_owned(),
            owner,
            plan: "enterprise".to_owned(),
            photo: None,
        };
        let created = creation::create(&world.site.regions, Region::Eu, act, &new).unwrap();
        let Created::Yes(id) = created else { panic!("{name} is taken") };
        id
    };
    // Named after the time, not after the person whose traces are looked for.
    let letter = mark.len();
    let (joined, asked) = (made(format!("joined-{letter}")), made(format!("asked-{letter}")));
    let joins = |db: &mut Db| {
        keystead::workspaces::numbers::of(db, account.as_str())?;
        let digest: String = accounts::table.find(account).select(accounts::email_digest).first(db)?;
        let member = (
            (members::workspace_id.eq(joined), members::account_id.eq(account), members::role.eq(Role::Editor)),
            (members::is_away.eq(false), members::invited_by.eq(owner), members::joined_at.eq(act.now)),
        );
        diesel::insert_into(members::table).values(member).execute(db)?;
        diesel::update(members::table.find((joined, owner))).set(members::invited_by.eq(account)).execute(db)?;
        diesel::update(organizations::table.find(joined))
            .set((organizations::created_by.eq(account), organizations::closed_by.eq(account)))
            .execute(db)?;
        for (workspace, email_digest, invited_by) in
            [(asked, digest.as_str(), owner), (joined, "somebody else", account)]
        {
            let invitation = (
                (invitations::id.eq(act.id::<InvitationId>()), invitations::workspace_id.eq(workspace)),
                (
                    invitations::email.eq(if invited_by == owner { mark } else { "" }),
                    invitations::email_digest.eq(email_digest),
                ),
                (invitations::role.eq(Role::Viewer), invitations::invited_by.eq(invited_by)),
                invitations::token_digest.eq(format!("{workspace}{letter}")),
                (invitations::created_at.eq(act.now), invitations::expires_at.eq(act.now)),
            );
            diesel::insert_into(invitations::table).values(invitation).execute(db)?;
        }
        for (follower, followed) in [(account, joined), (owner, account.personal_workspace())] {
            let row =
                (follows::follower_id.eq(follower), follows::followed_id.eq(followed), follows::since.eq(act.now));
            diesel::insert_into(follows::table).values(row).execute(db)?;
        }
        Ok::<_, DbError>(())
    };
    world.region(Region::Eu).write_now(joins).unwrap();
}

//! Organizations, by somebody with long names, and the invitation as each reader sees it.

use keystead::access::{Membership, Role};
use keystead::kernel::id::AccountId;
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::creation::{self, NewProject};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Visibility;

use super::super::{mailed_link, sign_in, sign_out};
use crate::support::browser::Browser;
use crate::support::critic::Critic;
use crate::support::projects::{named, stamp};
use crate::support::teams::Team;
use crate::support::world::World;

const LONG: &str =
    "Wolfeschlegelsteinhausenbergerdorff-Montenegro de Oliveira Albuquerque e Vasconcelos Laboratories Ltd.";

pub async fn walk(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let nadia = world.person("nadia-of-the-longest-name-of-all");
    sign_in(browser, &nadia).await;
    critic.visit("organizations-empty", "/settings/organizations").await;
    critic.visit("organization-new", "/settings/organizations/new").await;
    critic.refuse("organization-new-wrong", "Create organization").await;
    browser.fill("Name", LONG).await;
    browser.fill("Username", "wolfeschlegelsteinhausen-montene").await;
    browser.press("Create organization").await;
    critic.look("members-first").await;
    let home = "/wolfeschlegelsteinhausen-montene";
    critic.visit("workspace", home).await;
    browser.touch("button.switch").await;
    critic.look("switcher").await;
    critic.visit("organizations", "/settings/organizations").await;
    critic.visit("organization-profile", &format!("{home}/settings/profile")).await;
    let folder = tempfile::tempdir().unwrap();
    browser.upload("Picture", &super::super::profile::picture(folder.path())).await;
    browser.wait_for(".crop:not([hidden]) canvas").await;
    critic.look("organization-profile-crop").await;
    browser.press("Save changes").await;
    critic.look("organization-profile-picture").await;
    critic.visit("workspace-picture", home).await;
    critic.visit("organizations-picture", "/settings/organizations").await;
    browser.go(&format!("{home}/settings/profile")).await;
    browser.fill("Name", "").await;
    critic.refuse("organization-profile-wrong", "Save changes").await;
    critic.visit("organization-billing", &format!("{home}/settings/billing")).await;
    critic.visit("organization-plan", &format!("{home}/settings/billing/plan")).await;
    team(world, browser, critic).await;
}

async fn team(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let owner = world.person("orla-o");
    let team = world.organization("atelier-nord", &owner);
    let editor = world.person("edda-e");
    team.member(&editor, Role::Editor);
    let guest = world.person("gustav-g");
    sign_out(browser).await;
    sign_in(browser, &owner).await;
    browser.go("/atelier-nord/settings/members").await;
    critic.refuse("members-wrong", "Invite").await;
    browser.fill("Email addresses", &format!("{} nobody", guest.email)).await;
    browser.press("Invite").await;
    critic.look("members-refused").await;
    critic.visit("members", "/atelier-nord/settings/members").await;
    let (_, account) = world.account_of(&editor);
    a_key_of(world, &team, account.id);
    critic.visit("member", &format!("/atelier-nord/settings/members/{}", account.id)).await;
    critic.visit("organization-policies", "/atelier-nord/settings/policies").await;
    browser.fill("Longest lifetime of keys", "many").await;
    critic.refuse("organization-policies-wrong", "Save changes").await;
    critic.visit("organization-leave-last-owner", "/settings/organizations/atelier-nord/leave").await;
    world.organization("werft-zwei", &editor).member(&owner, Role::Viewer);
    critic.visit("organization-leave", "/settings/organizations/werft-zwei/leave").await;
    critic.visit("organization-delete", "/atelier-nord/settings/delete").await;
    critic.refuse("organization-delete-wrong", "Delete organization").await;
    critic.visit("delete-last-owner", "/settings/account/delete").await;
    critic.refuse("delete-last-owner-wrong", "Delete account").await;
    let link = mailed_link(world, &guest.email, "/invitation/");
    browser.go(&link).await;
    critic.visit("invitation-another", "/invitation").await;
    browser.press("Sign out").await;
    browser.go(&link).await;
    critic.visit("invitation-stranger", "/invitation").await;
    sign_in(browser, &guest).await;
    critic.visit("invitation", "/invitation").await;
    critic.visit("organizations-waiting", "/settings/organizations").await;
    sign_out(browser).await;
}

/// So that something breaks when they go.
fn a_key_of(world: &World, team: &Team<'_>, account: AccountId) {
    let membership = Membership { workspace: team.id, account, role: Role::Editor };
    let new =
        NewProject { name: "Gripper Vision".to_owned(), description: String::new(), visibility: Visibility::Private };
    let (act, edit) = (world.act(), membership.permit().unwrap());
    let project = world.in_europe(|db| creation::create(db, &act, &edit, &new));
    let maker = Maker::in_project(&membership.permit().unwrap(), &project).unwrap();
    let new = named("harbour-gateways", KeyRole::IngestionOnly);
    world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new)).unwrap();
}

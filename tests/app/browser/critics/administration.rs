//! The administration: everybody, one of them, and what deleting removes.

use keystead::crypto::totp::TotpSecret;
use keystead::db::{Db, DbError};
use keystead::jobs::{self, Failure, Job, JobContext, Options};
use keystead::kernel::region::Region;

use super::super::given::{computed, make_administrator, next_code, path_of};
use super::super::{mailed_link, sign_in};
use crate::support::browser::Browser;
use crate::support::critic::Critic;
use crate::support::people::Person;
use crate::support::world::World;

pub async fn walk(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let grace = world.person("grace-hopper");
    let people = [
        world.person_in(
            Region::Us,
            "samira-el",
            "Samira Fatima-Zahra El-Amrani y Fernandez de Cordoba, Duchess of the Very Long Name and of Its Ending",
            "pro",
        ),
        world.person_in(Region::Ap, "yuki-tanabe", "Yuki Tanabe", "enterprise"),
        world.person_in(Region::Eu, "wolfeschlegelsteinhausenberger-0", &"Wolfeschlegelsteinhausen".repeat(4), "free"),
    ];
    for (at, person) in (1..).zip(&people) {
        computed(world, person, at * 70);
    }
    sign_in(browser, &grace).await;
    browser.go("/settings/mfa/set-up").await;
    let key = TotpSecret::from_base32(&browser.text("#key").await.replace(char::is_whitespace, "")).unwrap();
    browser.fill("Type the code it shows", &next_code(world, &key)).await;
    browser.press("Turn on").await;
    make_administrator(world, &grace);

    critic.visit("admin-accounts", "/admin/accounts").await;
    critic.visit("admin-accounts-none", "/admin/accounts?q=nobody-at-all").await;
    critic.visit("admin-accounts-wrong", "/admin/accounts?minutes=many").await;
    organizations(world, browser, critic).await;
    critic.visit("admin-jobs", "/admin/jobs").await;
    critic.visit("admin-doctor-never", "/admin/doctor").await;
    fail_a_job(world);
    browser.press("Examine now").await;
    critic.look("admin-doctor-at-work").await;
    world.run_jobs();
    critic.visit("admin-doctor", "/admin/doctor").await;
    critic.visit("admin-jobs-failed", "/admin/jobs").await;
    critic.visit("admin-jobs-none", "/admin/jobs?q=nothing-like-it").await;
    let path = path_of(world, &people[0]);
    critic.visit("admin-account", &path).await;
    critic.refuse("admin-account-wrong", "Suspend").await;
    browser.fill("Reason", "Unpaid since spring, and nobody answers our letters.").await;
    browser.press("Suspend").await;
    critic.look("admin-account-suspended").await;
    critic.visit("admin-own-account", &path_of(world, &grace)).await;
    reset_of_factors(world, browser, critic).await;
    invitations(browser, critic).await;
    critic.visit("admin-delete", &format!("{path}/delete")).await;
    critic.refuse("admin-delete-wrong", "Delete account").await;
    many(browser, critic).await;
}

async fn organizations(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let owner = world.person_in(Region::Eu, "lars-of-the-labs", "Lars", "free");
    let team = world.organization("wolfeschlegelsteinhausen-berger0", &owner);
    let path = format!("/admin/organizations/{}/{}", team.region, team.id);
    critic.visit("admin-organizations", "/admin/organizations").await;
    critic.visit("admin-organizations-none", "/admin/organizations?q=nobody-at-all").await;
    critic.visit("admin-organization", &path).await;
    critic.refuse("admin-organization-wrong", "Suspend").await;
    browser.fill("Reason", "Unpaid since spring, and nobody answers our letters.").await;
    browser.press("Suspend").await;
    critic.look("admin-organization-suspended").await;
    critic.visit("admin-organizations-suspended", "/admin/organizations").await;
    critic.visit("admin-organization-delete", &format!("{path}/delete")).await;
    critic.refuse("admin-organization-delete-wrong", "Delete organization").await;
}

/// A request that this kind of job cannot read fails for good at once.
struct Unreadable;

impl Job for Unreadable {
    const NAME: &'static str = "erase_account";
    type Request = String;

    fn run(&self, _: String, _: &mut JobContext<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

fn fail_a_job(world: &World) {
    let act = world.act();
    let put = |db: &mut Db| jobs::enqueue::<Unreadable>(db, &act, &"not an account".to_owned(), Options::default());
    world.region(Region::Eu).write_now::<_, DbError>(put).unwrap();
    world.run_jobs();
}

async fn reset_of_factors(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let mina = Person { username: "mina-okafor".to_owned(), email: "mina-okafor@example.com".to_owned() };
    let path = path_of(world, &mina);
    browser.go(&path).await;
    browser.press("Reset multi-factor authentication").await;
    critic.look("admin-account-reset").await;
    browser.go(&mailed_link(world, &mina.email, "/confirm-mfa-reset/")).await;
    critic.visit("confirm-mfa-reset", "/confirm-mfa-reset").await;
}

async fn invitations(browser: &Browser, critic: &mut Critic<'_>) {
    critic.visit("admin-invitations-none", "/admin/accounts/invitations").await;
    let long = format!("{}@{}.example", "j".repeat(60), "a".repeat(61));
    browser.fill("Email addresses", &format!("{long} samira-el@example.com {}", "not-an-address".repeat(20))).await;
    critic.refuse("admin-invitations-wrong", "Invite").await;
    critic.visit("admin-invitations", "/admin/accounts/invitations").await;
    browser.press(&format!("Withdraw the invitation of {long}")).await;
    critic.look("admin-invitations-withdrawn").await;
    critic.visit("admin-invitations-not-found", "/admin/accounts/invitations?q=nobody").await;
}

async fn many(browser: &Browser, critic: &mut Critic<'_>) {
    browser.go("/admin/accounts").await;
    browser.tick("Select samira-el").await;
    browser.tick("Select yuki-tanabe").await;
    critic.look("admin-accounts-picked").await;
    browser.press("Delete…").await;
    critic.look("admin-delete-many").await;
    critic.refuse("admin-delete-many-wrong", "Delete 2 accounts").await;
    browser.fill("Reason", "Spam.").await;
    browser.fill("Type the number of accounts", "2").await;
    browser.press("Delete 2 accounts").await;
    critic.look("admin-deletion").await;
}

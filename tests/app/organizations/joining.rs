//! From an invitation to a member: with an account, without one, as somebody else, from elsewhere.

use keystead::access::Role;
use keystead::config::Registration;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;

use crate::on_both;
use crate::sign_up_page::code_of;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::{Person, mailed_path};
use crate::support::world::World;

const MEMBERS: &str = "/acme-labs/settings/members";

async fn invite(browser: &Client, addresses: &str, role: &str) -> View {
    let form = browser.get(MEMBERS).await.form("Invite");
    browser.submit(&form.fill("Email addresses", addresses).choose("role", role)).await
}

/// Ada, who owns Acme, signed in.
async fn ada(world: &World) -> (Person, Client) {
    let ada = world.person("ada-m");
    world.organization("acme-labs", &ada);
    let browser = world.signed_in(&ada).await;
    (ada, browser)
}

fn role_of(world: &World, person: &Person) -> Option<Role> {
    let (region, account) = world.account_of(person);
    let place = world.region(region).read_now(|db| keystead::workspaces::membership::at(db, "acme-labs", account.id));
    place.unwrap().map(|place| place.membership.role)
}

on_both! {
    async fn an_invited_account_joins_by_the_link_it_was_sent_and_by_pressing_a_button(world: World) {
        let (owner, ada) = ada(world).await;
        let bob = world.person("bob-b");
        let sent = invite(&ada, &bob.email, "editor").await;
        assert_eq!(sent.location().as_deref(), Some(MEMBERS), "{}", sent.text());
        let list = ada.get(MEMBERS).await;
        assert!(list.has("The invitation is on its way.") && list.has(&bob.email), "{}", list.text());
        check_markup(MEMBERS, &list.html);
        let link = mailed_path(world, &bob.email, "/invitation/");

        let browser = world.visitor();
        let clean = browser.get(&link).await;
        assert_eq!(clean.location().as_deref(), Some("/invitation"), "the token stands in no history");
        let stranger = browser.get("/invitation").await;
        assert!(stranger.has("acme-labs") && stranger.has("Sign in"), "{}", stranger.text());
        check_markup("/invitation", &stranger.html);
        assert_eq!(role_of(world, &bob), None, "looking at it joins nothing");

        let browser = world.signed_in(&bob).await;
        let page = browser.visit(&link).await;
        assert_eq!(role_of(world, &bob), None);
        let joined = browser.submit(&page.form("Join acme-labs")).await;
        assert_eq!(joined.location().as_deref(), Some("/acme-labs"), "{}", joined.text());
        assert_eq!(role_of(world, &bob), Some(Role::Editor));
        assert!(browser.get("/acme-labs").await.has("You are a member of acme-labs."));
        assert_eq!(browser.visit(&link).await.status, 404, "once");
        assert!(world.inbox(&owner.email).iter().any(|mail| mail.subject == "bob-b joined acme-labs"));
    }

    async fn somebody_signed_in_with_another_address_is_told_so(world: World) {
        let (_, ada) = ada(world).await;
        let (bob, eve) = (world.person("bob-b"), world.person("eve-e"));
        invite(&ada, &bob.email, "editor").await;
        let link = mailed_path(world, &bob.email, "/invitation/");
        let browser = world.signed_in(&eve).await;
        let page = browser.visit(&link).await;
        assert!(page.has("You are signed in as eve-e@example.com"), "{}", page.text());
        let token = page.form("Sign out").value("form_token").to_owned();
        let forced = [("form_token".to_owned(), token), ("do".to_owned(), "accept".to_owned())];
        browser.post("/invitation", &forced).await;
        assert_eq!(role_of(world, &eve), None);
    }

    async fn an_account_of_another_region_is_told_why_it_cannot_join(world: World) {
        let (_, ada) = ada(world).await;
        let bob = world.person_in(Region::Us, "bob-b", "Bob", "free");
        invite(&ada, &bob.email, "viewer").await;
        let link = mailed_path(world, &bob.email, "/invitation/");
        let browser = world.signed_in(&bob).await;
        let page = browser.visit(&link).await;
        assert!(page.has("takes members of its own region only"), "{}", page.text());
        assert!(!browser.get("/settings/organizations").await.has("acme-labs"), "the other region is not asked");
    }

    async fn an_invitation_is_answered_on_the_page_of_organizations_too(world: World) {
        let (_, ada) = ada(world).await;
        let (bob, eve) = (world.person("bob-b"), world.person("eve-e"));
        invite(&ada, &format!("{}\n{}", bob.email, eve.email), "viewer").await;
        let page = "/settings/organizations";
        let browser = world.signed_in(&bob).await;
        let list = browser.get(page).await;
        check_markup(page, &list.html);
        browser.submit(&list.form("Accept acme-labs")).await;
        assert_eq!(role_of(world, &bob), Some(Role::Viewer));
        let other = world.signed_in(&eve).await;
        let list = other.get(page).await;
        let forms = (list.form("Decline acme-labs"), list.form("Accept acme-labs"));
        other.submit(&forms.0).await;
        assert!(other.submit(&forms.1).await.status == 303 && role_of(world, &eve).is_none());
        assert!(!other.get(page).await.has("acme-labs"));
    }

    async fn an_invitation_ends_after_fourteen_days_and_a_newer_link_ends_the_older(world: World) {
        let (_, ada) = ada(world).await;
        let bob = world.person("bob-b");
        invite(&ada, &bob.email, "editor").await;
        let first = mailed_path(world, &bob.email, "/invitation/");
        world.site.clock.advance(days(13));
        let ada = world.signed_in(&Person { username: "ada-m".to_owned(), email: String::new() }).await;
        let again = ada.get(MEMBERS).await.form(&format!("Send again to {}", bob.email));
        assert_eq!(ada.submit(&again).await.status, 303);
        let second = mailed_path(world, &bob.email, "/invitation/");
        assert_ne!(first, second);
        let browser = world.visitor();
        assert_eq!(browser.get(&first).await.status, 404);
        assert_eq!(browser.visit(&second).await.status, 200);
        world.site.clock.advance(days(14));
        assert_eq!(browser.get("/invitation").await.status, 404, "checked when used, too");
        assert_eq!(browser.get(&second).await.status, 404);
    }

    async fn a_cancelled_invitation_leads_nowhere(world: World) {
        let (_, ada) = ada(world).await;
        let bob = world.person("bob-b");
        invite(&ada, &bob.email, "editor").await;
        let link = mailed_path(world, &bob.email, "/invitation/");
        let cancel = ada.get(MEMBERS).await.form(&format!("Cancel the invitation of {}", bob.email));
        ada.submit(&cancel).await;
        assert_eq!(world.visitor().get(&link).await.status, 404);
        let late = ada.submit(&cancel).await;
        assert_eq!(late.status, 303);
        assert!(ada.get(MEMBERS).await.has("answered or cancelled meanwhile"));
    }
}

on_both! {
    with |config| config.registration = Registration::Invited;

    async fn somebody_without_an_account_signs_up_where_the_organization_lives_and_joins(world: World) {
        let (_, ada) = ada(world).await;
        invite(&ada, "new@example.com", "admin").await;
        let link = mailed_path(world, "new@example.com", "/invitation/");
        let browser = world.visitor();
        assert_eq!(browser.get("/sign-up").await.status, 403, "by invitation only");
        assert!(browser.visit(&link).await.has("Create account"));
        let form = browser.get("/sign-up").await;
        check_markup("/sign-up", &form.html);
        assert_eq!(form.attribute("#email", "value").as_deref(), Some("new@example.com"));
        let form = form.form("Create account");
        let form = form.fill("Password", "seven brass kettles on a windowsill").fill("Name", "Nora New");
        let begun = browser.submit(&form.fill("Username", "nora-n").choose("region", "us")).await;
        assert_eq!(begun.location().as_deref(), Some("/sign-up/code"), "{}", begun.text());
        let code = browser.get("/sign-up/code").await.form("Confirm address");
        let entered = browser.submit(&code.fill("Code", &code_of(world, "new@example.com"))).await;
        assert_eq!(entered.location().as_deref(), Some("/invitation"), "on to the answer");
        let page = browser.get("/invitation").await;
        browser.submit(&page.form("Join acme-labs")).await;
        let nora = Person { username: "nora-n".to_owned(), email: "new@example.com".to_owned() };
        assert_eq!(world.account_of(&nora).0, Region::Eu, "whatever region was sent");
        assert_eq!(role_of(world, &nora), Some(Role::Admin));
    }
}

//! `keystead admin`: what an operator does to people without a browser.

use keystead::crypto::totp::TotpSecret;
use keystead::db::Db;
use keystead::entry::appointment::{self, Appointment};
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::mfa::totp;

use crate::support::people::PASSWORD;
use crate::support::program::Place;

fn administrator(place: &Place, more: &[&str]) -> String {
    let who = ["admin", "create", "--username", "ada-m", "--email", "ada@example.com", "--name", "Ada Marchetti"];
    place.printed(&[who.as_slice(), more].concat())
}

/// Somebody without a password, by the domain's own functions.
pub fn person(site: &Site, region: Region, username: &str) -> AccountId {
    let new = Appointment {
        region,
        email: EmailAddress::parse(&format!("{username}@example.com")).unwrap(),
        username: Username::parse(username).unwrap(),
        name: "A Person".to_owned(),
        password: None,
        plan: "free".to_owned(),
        is_administrator: false,
    };
    appointment::make(&site.regions, &site.act(Origin::program("a test")), &new).unwrap()
}

#[actix_web::test]
async fn an_administrator_is_made_with_a_link_to_choose_a_password() {
    let place = Place::on_files().with("KEYSTEAD_PUBLIC_URL", "https://accounts.example.com");
    let said = administrator(&place, &["--region", "eu"]);
    assert!(said.contains("Made the administrator ada-m in eu."), "{said}");
    let link = said.lines().find_map(|line| line.strip_prefix("https://accounts.example.com")).unwrap();
    let listed = place.printed(&["admin", "list"]);
    assert!(listed.contains("ada-m") && listed.contains("eu") && listed.contains("MFA off"), "{listed}");

    let place = place.without("KEYSTEAD_PUBLIC_URL");
    let running = place.start(&["serve"]);
    let page = running.visitor().visit(link).await;
    assert!(page.status == 200 && page.html.contains("type=\"password\""), "{}", page.text());
}

#[actix_web::test]
async fn an_administrator_with_a_password_signs_in_and_has_to_set_up_an_authenticator() {
    let place = Place::on_files();
    let weak = place.file("weak", "password1234");
    let who = ["admin", "create", "--username", "ada-m", "--email", "ada@example.com", "--name", "Ada"];
    let ran = place.run(&[who.as_slice(), &["--password-file", &weak]].concat());
    assert!(ran.code == Some(1) && ran.err.contains("--password-file: "), "{ran:?}");
    assert!(place.printed(&["admin", "list"]).contains("There is no administrator."));
    let strong = place.file("strong", &format!("{PASSWORD}\n"));
    assert!(!administrator(&place, &["--password-file", &strong]).contains("http"), "no link is needed");
    let again = place.run(&[who.as_slice(), &["--password-file", &strong]].concat());
    assert!(again.code == Some(1) && again.err.starts_with("Not made: "), "{again:?}");

    let running = place.start(&["serve"]);
    let browser = running.visitor();
    let form = browser.get("/sign-in").await.form("Sign in");
    let form = form.fill("Email or username", "ada-m").fill("Password", PASSWORD);
    let inside = browser.submit(&form).await;
    assert_eq!(inside.status, 303, "{}", inside.text());
    let page = browser.visit("/settings/account").await;
    assert_eq!(page.path, "/settings/mfa", "{}", page.text());
}

#[test]
fn a_lost_authenticator_is_taken_off_after_a_day() {
    let place = Place::on_files();
    administrator(&place, &[]);
    let site = place.site(Clock::System);
    let bob = person(&site, Region::Eu, "bob-k");
    let reset = || place.run(&["admin", "reset-mfa", "bob-k"]);
    let none = reset();
    assert!(none.code == Some(1) && none.err.starts_with("Not reset: "), "{none:?}");
    let act = site.act(Origin::program("a test"));
    let secret = TotpSecret::mint(&act.chance);
    let stored = |db: &mut Db| totp::store(db, &act, bob, &secret, 1);
    assert_eq!(site.regions.store(Region::Eu).unwrap().write_now(stored), Ok(true));
    assert!(place.printed(&["doctor", "--fix"]).contains("would not ask for [mended]"));
    let done = reset();
    assert!(done.code == Some(0) && done.out.contains("bob-k was mailed. It takes effect in 24 hours"), "{done:?}");
    let nobody = place.run(&["admin", "reset-mfa", "nobody-here"]);
    assert!(nobody.code == Some(1) && nobody.err.contains("There is no account \"nobody-here\"."), "{nobody:?}");
}

#[test]
fn an_account_is_deleted_after_its_consequences_were_shown_and_its_name_typed() {
    let place = Place::on_files();
    administrator(&place, &[]);
    let site = place.site(Clock::System);
    person(&site, Region::Us, "bob-k");
    person(&site, Region::Eu, "eve-m");
    // Nothing is typed: there is no terminal.
    let asked = place.run(&["admin", "delete-account", "bob-k", "--reason", "asked by mail"]);
    assert!(asked.code == Some(1) && asked.err.contains("Nothing was deleted"), "{asked:?}");
    assert!(
        asked.out.contains("Deleting bob-k in us removes:") && asked.out.contains("Type the username"),
        "{asked:?}"
    );
    let said = place.printed(&["admin", "delete-account", "bob-k", "--yes", "--reason", "asked by mail"]);
    assert!(said.contains("Closed. It is erased on "), "{said}");
    let said = place.printed(&["admin", "delete-account", "eve-m", "--yes", "--now", "--reason", "sent spam"]);
    assert!(said.contains("erases it within a moment"), "{said}");
    let last = place.run(&["admin", "delete-account", "ada-m", "--yes", "--now", "--reason", "asked by mail"]);
    assert!(last.code == Some(1) && last.err.starts_with("Not deleted: "), "{last:?}");
    place.printed(&["verify"]);
    place.printed(&["doctor"]);
}

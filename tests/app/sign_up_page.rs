//! `/sign-up`: from nothing to an account, and what it must never tell about other people's.

use keystead::entry::lapse::LapseSignUps;
use keystead::jobs::{self, Options};
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, minutes, seconds};
use keystead::regions::directory;
use keystead::sessions::throttle::{self, JUDGED, Limit};

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::people::PASSWORD;
use crate::support::world::World;

/// The six digits of the latest mail to this address.
pub fn code_of(world: &World, address: &str) -> String {
    let mails = world.inbox(address);
    let mail = mails.last().unwrap_or_else(|| panic!("no mail to {address}"));
    digits(&mail.text).unwrap_or_else(|| panic!("no code in:\n{}", mail.text))
}

fn digits(text: &str) -> Option<String> {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    text.lines().map(str::trim).find(is_code).map(str::to_owned)
}

/// Not the password of the people who have an account already.
const OTHER: &str = "seven brass kettles on a windowsill";

pub async fn sign_up(browser: &Client, username: &str, email: &str) -> View {
    let form = browser.get("/sign-up").await.form("Create account");
    let form = form.fill("Email", email).fill("Password", OTHER).fill("Name", "Ada Marchetti");
    browser.submit(&form.fill("Username", username).choose("region", "eu")).await
}

async fn confirm(browser: &Client, code: &str) -> View {
    let form = browser.get("/sign-up/code").await.form("Confirm address");
    browser.submit(&form.fill("Code", code)).await
}

async fn sign_in(browser: &Client, login: &str, password: &str) -> View {
    let form = browser.get("/sign-in").await.form("Sign in");
    browser.submit(&form.fill("Email or username", login).fill("Password", password)).await
}

on_both! {
    async fn a_newcomer_signs_up_confirms_and_is_signed_in(world: World) {
        let ada = world.visitor();
        let waiting = sign_up(&ada, "ada-m", "Ada@Example.com").await;
        assert_eq!(waiting.location().as_deref(), Some("/sign-up/code"), "{}", waiting.text());
        assert!(ada.get("/sign-up/code").await.has("Ada@example.com"));
        let welcome = confirm(&ada, &code_of(world, "Ada@example.com")).await;
        assert_eq!(welcome.location().as_deref(), Some("/settings/account"), "{}", welcome.text());
        let page = ada.get("/settings/account").await;
        assert!(page.has("Welcome.") && page.has("ada-m"), "{}", page.text());
        let left = ada.submit(&page.form("Sign out")).await;
        assert_eq!(left.location().as_deref(), Some("/sign-in"));
        assert_eq!(ada.get("/settings/account").await.status, 303);
        for login in ["ada-m", "ada@example.com", "ADA-M"] {
            let back = sign_in(&ada, login, OTHER).await;
            assert_eq!(back.location().as_deref(), Some("/settings/account"), "{login}: {}", back.text());
            ada.submit(&ada.get("/settings/account").await.form("Sign out")).await;
        }
        // One mail, the code: nobody is told of the browser they signed up with.
        assert_eq!(world.inbox("Ada@example.com").len(), 1);
    }

    async fn a_taken_address_looks_like_a_free_one_in_every_answer(world: World) {
        world.person("owner");
        let (free, taken) = (world.visitor(), world.visitor());
        let (one, two) =
            (sign_up(&free, "free-name", "free@example.com").await, sign_up(&taken, "taken-name", "owner@example.com").await);
        assert_eq!((one.status, one.location()), (two.status, two.location()));
        let words = |view: &View| view.text().replace("free@example.com", "X").replace("owner@example.com", "X");
        let (one, two) = (free.get("/sign-up/code").await, taken.get("/sign-up/code").await);
        assert_eq!(words(&one), words(&two));
        for _ in 0..7 {
            let (one, two) = (confirm(&free, "000 000").await, confirm(&taken, "000 000").await);
            assert_eq!((one.status, words(&one)), (two.status, words(&two)));
        }
        world.site.clock.advance(seconds(61));
        for browser in [&free, &taken] {
            let sent = browser.submit(&browser.get("/sign-up/code").await.form("Send a new code")).await;
            assert_eq!(sent.location().as_deref(), Some("/sign-up/code"));
        }
        // By address and by name, their password leads back to the code page, in another browser too.
        for login in ["free@example.com", "free-name", "owner@example.com", "taken-name"] {
            assert_eq!(sign_in(&world.visitor(), login, "not their password").await.status, 422, "{login}");
            let back = sign_in(&world.visitor(), login, OTHER).await;
            assert_eq!(back.location().as_deref(), Some("/sign-up/code"), "{login}: {}", back.text());
        }
        let owner = sign_in(&world.visitor(), "owner@example.com", PASSWORD).await;
        assert_eq!(owner.location().as_deref(), Some("/settings/account"));
        // A second sign-up for the same address with the same name replaces the first, either way.
        let (one, two) =
            (sign_up(&free, "free-name", "free@example.com").await, sign_up(&taken, "taken-name", "owner@example.com").await);
        assert_eq!((one.status, one.location()), (two.status, two.location()));
        // Only the owner is told.
        let told = world.inbox("owner@example.com");
        assert!(told.iter().any(|mail| mail.text.contains("already")), "{}", told.len());
        assert!(told.iter().all(|mail| digits(&mail.text).is_none()));
    }

    /// Where the address is free the earlier sign-up goes from its region first, which is a write.
    async fn a_repeated_sign_up_writes_as_often_whether_or_not_the_address_is_taken(world: World) {
        world.person("owner");
        let unanswered = |most| {
            let limit = Limit { name: "unanswered", most, within: hours(1) };
            let act = world.act();
            world.site.regions.directory.write_now(|db| throttle::count(db, &act, limit, "nobody")).unwrap().is_ok()
        };
        let browser = world.visitor();
        sign_up(&browser, "one-name", "owner@example.com").await;
        assert!(unanswered(1), "the first one writes the owner's mail instead");
        sign_up(&browser, "other-name", "owner@example.com").await;
        assert!(unanswered(3) && !unanswered(3), "counted here twice, by the second sign-up once");
        sign_up(&browser, "third-name", "free@example.com").await;
        sign_up(&browser, "fourth-name", "free@example.com").await;
        assert!(unanswered(5), "a free address wrote what it had to");
    }

    async fn new_passwords_are_counted_before_they_are_judged(world: World) {
        let ada = world.signed_in(&world.person("ada-m")).await;
        let network = throttle::network("127.0.0.1".parse().ok());
        for _ in 0..JUDGED.most {
            let act = world.act();
            world.site.regions.directory.write_now(|db| throttle::count(db, &act, JUDGED, &network)).unwrap().unwrap();
        }
        let refused = sign_up(&world.visitor(), "bob-b", "bob@example.com").await;
        assert_eq!(refused.status, 429, "{}", refused.text());
        assert!(refused.headers.contains_key("retry-after") && refused.has("too many tries from your network"));
        assert!(refused.html.contains("bob@example.com"), "nothing typed is lost");
        let form = ada.get("/settings/password").await.form("Save changes").fill("Current password", PASSWORD);
        let form = form.fill("New password", OTHER).fill("New password again", OTHER);
        assert_eq!(ada.submit(&form).await.status, 429);
        world.site.clock.advance(minutes(15));
        assert_eq!(sign_up(&world.visitor(), "bob-b", "bob@example.com").await.location().as_deref(), Some("/sign-up/code"));
    }

    async fn a_username_that_is_taken_is_said_and_nothing_typed_is_lost(world: World) {
        world.person("ada-m");
        let view = sign_up(&world.visitor(), "ada-m", "new@example.com").await;
        assert_eq!(view.status, 422);
        assert!(view.has("Somebody has this username already"));
        assert!(view.html.contains("new@example.com") && !view.html.contains(OTHER));
        assert!(view.html.contains("<title>Error: "));
    }

    async fn five_wrong_codes_need_a_new_one_and_a_new_one_needs_a_minute(world: World) {
        let ada = world.visitor();
        sign_up(&ada, "ada-m", "ada@example.com").await;
        let code = code_of(world, "ada@example.com");
        for _ in 0..5 {
            assert!(confirm(&ada, "1").await.has("wrong or too old"));
        }
        assert!(confirm(&ada, &code).await.has("Five tries are over"));
        let soon = ada.submit(&ada.get("/sign-up/code").await.form("Send a new code")).await;
        assert!(soon.status == 422 && soon.has("less than a minute ago"));
        world.site.clock.advance(seconds(61));
        ada.submit(&ada.get("/sign-up/code").await.form("Send a new code")).await;
        assert!(confirm(&ada, &code).await.has("wrong or too old"));
        let new = code_of(world, "ada@example.com");
        assert_eq!(confirm(&ada, &new).await.location().as_deref(), Some("/settings/account"));
    }

    async fn a_code_is_good_for_ten_minutes(world: World) {
        let ada = world.visitor();
        sign_up(&ada, "ada-m", "ada@example.com").await;
        let code = code_of(world, "ada@example.com");
        world.site.clock.advance(minutes(10));
        assert!(confirm(&ada, &code).await.has("wrong or too old"));
    }

    async fn fifty_uses_of_one_code_open_one_session(world: World) {
        let ada = world.visitor();
        sign_up(&ada, "ada-m", "ada@example.com").await;
        let form = ada.get("/sign-up/code").await.form("Confirm address").fill("Code", &code_of(world, "ada@example.com"));
        let uses = (0..50).map(|_| ada.submit(&form));
        let answers = futures_util::future::join_all(uses).await;
        let opened = answers.iter().filter(|view| view.location().as_deref() == Some("/settings/account")).count();
        assert_eq!(opened, 1);
        assert!(answers.iter().all(|view| view.status < 500));
    }

    async fn many_sign_ups_for_one_name_leave_one_holder(world: World) {
        let browsers: Vec<Client> = (0..16).map(|_| world.visitor()).collect();
        let emails: Vec<String> = (0..16).map(|n| format!("person-{n}@example.com")).collect();
        let all = browsers.iter().zip(&emails).map(|(browser, email)| sign_up(browser, "wanted", email));
        let answers = futures_util::future::join_all(all).await;
        let held = answers.iter().filter(|view| view.location().as_deref() == Some("/sign-up/code")).count();
        assert_eq!(held, 1, "{:?}", answers.iter().map(|view| view.status).collect::<Vec<_>>());
        assert!(answers.iter().all(|view| [303, 422].contains(&view.status)));
    }

    async fn several_sign_ups_for_one_address_leave_one_account(world: World) {
        let browsers: Vec<Client> = (0..5).map(|_| world.visitor()).collect();
        let names: Vec<String> = (0..5).map(|n| format!("name-{n}")).collect();
        let all = browsers.iter().zip(&names).map(|(browser, name)| sign_up(browser, name, "ada@example.com"));
        for view in futures_util::future::join_all(all).await {
            assert_eq!(view.location().as_deref(), Some("/sign-up/code"), "{}", view.text());
        }
        let codes: Vec<String> = world.inbox("ada@example.com").iter().map(|mail| digits(&mail.text).unwrap()).collect();
        let mut opened = 0;
        for browser in &browsers {
            for code in &codes {
                let view = browser.get("/sign-up/code").await;
                if view.status == 200 {
                    let view = browser.submit(&view.form("Confirm address").fill("Code", code)).await;
                    opened += usize::from(view.location().as_deref() == Some("/settings/account"));
                }
            }
        }
        assert_eq!(opened, 1);
    }

    async fn an_unconfirmed_sign_up_lets_go_after_a_day(world: World) {
        sign_up(&world.visitor(), "ada-m", "ada@example.com").await;
        world.site.clock.advance(hours(23));
        lapse(world);
        assert_eq!(sign_up(&world.visitor(), "ada-m", "other@example.com").await.status, 422);
        world.site.clock.advance(hours(2));
        lapse(world);
        let view = sign_up(&world.visitor(), "ada-m", "other@example.com").await;
        assert_eq!(view.location().as_deref(), Some("/sign-up/code"), "{}", view.text());
    }

    async fn a_directory_that_never_heard_of_the_confirmation_learns_of_it(world: World) {
        let ada = world.visitor();
        sign_up(&ada, "ada-m", "ada@example.com").await;
        confirm(&ada, &code_of(world, "ada@example.com")).await;
        // As though the process had died between the region and the directory.
        unhear(world, "ada-m");
        world.site.clock.advance(hours(25));
        lapse(world);
        let row = world.site.regions.directory.read_now(|db| directory::by_name(db, "ada-m")).unwrap().unwrap();
        assert_eq!(row.state, directory::Hold::Taken);
        // A newer sign-up for the address asks the region first, too.
        unhear(world, "ada-m");
        sign_up(&world.visitor(), "eve-m", "ada@example.com").await;
        let back = sign_in(&world.visitor(), "ada@example.com", OTHER).await;
        assert_eq!(back.location().as_deref(), Some("/settings/account"), "{}", back.text());
    }

    async fn what_is_typed_wrong_is_said_field_by_field(world: World) {
        let browser = world.visitor();
        let form = browser.get("/sign-up").await.form("Create account");
        let bidi = "Ada\u{202E}";
        let view = browser.submit(&form.fill("Email", "nobody").fill("Password", "short").fill("Name", bidi).fill("Username", "a--b")).await;
        assert_eq!(view.status, 422);
        for field in ["email", "password", "name", "username", "region"] {
            assert!(!view.text_of(&format!("#{field}-error")).is_empty(), "{field}");
        }
        assert!(view.has("Five answers need a change"));
    }
}

/// Runs the lapsing job of Europe now.
fn lapse(world: &World) {
    let act = world.act();
    world.region(Region::Eu).write_now(|db| jobs::enqueue::<LapseSignUps>(db, &act, &(), Options::default())).unwrap();
    world.run_jobs();
}

/// Puts the directory back to before the confirmation.
fn unhear(world: &World, name: &str) {
    use diesel::prelude::*;
    use keystead::db::schema::{addresses, names};
    let until = world.act().now.plus(hours(1));
    let owner = world.site.regions.directory.read_now(|db| directory::by_name(db, name)).unwrap().unwrap().owner_id;
    world
        .site
        .regions
        .directory
        .write_now(|db| {
            diesel::update(names::table.filter(names::owner_id.eq(owner)))
                .set((names::state.eq("held"), names::held_until.eq(Some(until))))
                .execute(db)?;
            diesel::update(addresses::table.filter(addresses::account_id.eq(owner)))
                .set((addresses::state.eq("held"), addresses::held_until.eq(Some(until))))
                .execute(db)
        })
        .unwrap();
}

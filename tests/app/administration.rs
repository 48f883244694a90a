//! What administrators do to one account: delete, keep, suspend, reinstate, reset the second factor, rights, sessions.

use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, minutes};
use keystead::lifecycle::{LifecycleError, administration, mfa_reset, suspension};
use keystead::regions::administrators;
use keystead::sessions::account::Status;

use crate::on_both;
use crate::support::administrators::Administrator;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::{set_up_authenticator, sign_in};
use crate::support::region::fifty_at_once;
use crate::support::world::World;

const WILL_BE_RESET: &str = "Multi-factor authentication of your Keystead account will be reset";

fn page_of(id: AccountId) -> String {
    format!("/admin/accounts/eu/{id}")
}

/// Presses a button of the account's page, and looks at what comes of it.
async fn press(boss: &Administrator, id: AccountId, button: &str) -> View {
    let form = boss.browser.get(&page_of(id)).await.form(button);
    let pressed = boss.browser.submit(&form).await;
    boss.browser.follow(pressed).await
}

async fn with_reason(boss: &Administrator, id: AccountId, button: &str, reason: &str) -> View {
    let form = boss.browser.get(&page_of(id)).await.form(button);
    let pressed = boss.browser.submit(&form.fill("Reason", reason)).await;
    boss.browser.follow(pressed).await
}

async fn delete(boss: &Administrator, id: AccountId, when: &str, username: &str, reason: &str) -> View {
    let form = boss.browser.get(&format!("{}/delete", page_of(id))).await.form("Delete account");
    let form = form.choose("when", when).fill("Reason", reason).fill("Type the username", username);
    boss.browser.submit(&form).await
}

/// Sends a button that the page does not show.
async fn send(boss: &Administrator, id: AccountId, deed: &str) -> View {
    let token = boss.browser.get("/admin/jobs").await.form("Sign out").value("form_token").to_owned();
    let fields = [("form_token", token.as_str()), ("do", deed), ("reason", "A reason")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    boss.browser.post(&page_of(id), &fields).await
}

fn status(world: &World, id: AccountId) -> Option<Status> {
    world.account(id).map(|account| account.status)
}

/// The words of the latest mail with this subject; mails of one instant come in any order.
fn told(world: &World, address: &str, subject: &str) -> String {
    let mails = world.inbox(address);
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    mails.iter().rev().find(|mail| mail.subject == subject).unwrap_or_else(|| panic!("{subjects:?}")).text.clone()
}

fn link(text: &str, kind: &str) -> String {
    text[text.find(kind).unwrap()..].split_whitespace().next().unwrap().to_owned()
}

async fn is_signed_in(browser: &Client) -> bool {
    browser.get("/settings/account").await.status == 200
}

on_both! {
    async fn an_account_is_deleted_with_a_reason_and_can_be_kept_meanwhile(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let page = boss.browser.get(&format!("{}/delete", page_of(id))).await;
        assert!(page.has("What goes") && page.has("What stays"));
        check_markup("/admin/accounts/eu/…/delete", &page.html);
        for (when, username, reason, words) in [
            ("grace", "ada", "Spam", "This is not the username of the account."),
            ("grace", "ada-marchetti", " ", "Say why. The owner reads it."),
            ("later", "ada-marchetti", "Spam", "Choose one of the answers."),
        ] {
            let refused = delete(&boss, id, when, username, reason).await;
            assert_eq!(refused.status, 422);
            assert!(refused.has(words), "{}", refused.text());
            assert_eq!(refused.attribute("#reason", "value").unwrap().trim(), reason.trim());
        }
        assert_eq!(status(world, id), Some(Status::Active));

        assert_eq!(delete(&boss, id, "grace", "ada-marchetti", "Sends spam").await.status, 303);
        assert!(!is_signed_in(&browser).await);
        let text = told(world, &ada.email, "Your Keystead account was deleted");
        assert!(text.contains("The reason given: Sends spam") && !text.contains("/cancel-closing/"), "{text}");
        let closing = boss.browser.get(&page_of(id)).await;
        assert!(closing.has("An administrator deleted it: Sends spam"), "{}", closing.text());
        check_markup("/admin/accounts/eu/…", &closing.html);
        let again = boss.browser.get(&format!("{}/delete", page_of(id))).await;
        assert_eq!(again.location(), Some(page_of(id)), "it is closing already");

        assert!(press(&boss, id, "Keep the account").await.has("The account stays, as it was."));
        assert_eq!(status(world, id), Some(Status::Active));
        told(world, &ada.email, "Your Keystead account stays");
        world.site.clock.advance(days(15));
        world.run_jobs();
        assert_eq!(status(world, id), Some(Status::Active));
    }

    async fn deleting_at_once_leaves_mail_and_nothing_else(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        let done = delete(&boss, id, "now", "ada-marchetti", "Sends spam").await;
        assert_eq!(done.location().as_deref(), Some("/admin/accounts"));
        assert!(boss.browser.follow(done).await.has("ada-marchetti is being erased."));
        let subjects: Vec<String> = world.inbox(&ada.email).into_iter().map(|mail| mail.subject).collect();
        assert!(subjects.contains(&"Your Keystead account was deleted".to_owned()), "{subjects:?}");
        assert!(subjects.contains(&"Your Keystead account was erased".to_owned()), "{subjects:?}");
        assert_eq!(status(world, id), None);
        assert_eq!(boss.browser.get(&page_of(id)).await.status, 404);
    }

    async fn nobody_deletes_or_changes_themselves_here(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.administrator("joan-clarke").await;
        let own = boss.browser.get(&page_of(boss.id)).await;
        for button in ["Suspend", "Delete account", "Withdraw"] {
            assert!(!own.html.contains(&format!(">{button}<")), "{button}");
        }
        check_markup("/admin/accounts/eu/…", &own.html);
        let away = boss.browser.get(&format!("{}/delete", page_of(boss.id))).await;
        assert_eq!(away.location().as_deref(), Some("/settings/account/delete"));
        for deed in ["suspend", "withdraw"] {
            assert_eq!(send(&boss, boss.id, deed).await.status, 403, "{deed}");
        }
        assert_eq!(send(&boss, boss.id, "promote").await.status, 400);
        assert_eq!(boss.browser.get("/admin/accounts").await.status, 200);
        assert_eq!(status(world, boss.id), Some(Status::Active));
    }

    async fn a_suspended_account_is_refused_everywhere_until_it_is_reinstated(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let empty = with_reason(&boss, id, "Suspend", "").await;
        assert_eq!(empty.status, 422);
        assert!(is_signed_in(&browser).await);

        assert!(with_reason(&boss, id, "Suspend", "Odd traffic").await.has("Suspended. Every session has ended"));
        assert!(!is_signed_in(&browser).await);
        let text = told(world, &ada.email, "Your Keystead account was suspended");
        assert!(text.contains("Odd traffic"));
        let refused = sign_in(&world.visitor(), &ada).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(!refused.has("suspended"), "the page does not tell");
        let before = world.inbox(&ada.email).len();
        let door = world.visitor();
        door.submit(&door.get("/forgot-password").await.form("Send the link").fill("Email", &ada.email)).await;
        assert_eq!(world.inbox(&ada.email).len(), before, "no other way in either");
        let page = boss.browser.get(&page_of(id)).await;
        assert!(page.has("Suspended") && page.has("Odd traffic"));
        check_markup("/admin/accounts/eu/…", &page.html);

        assert!(with_reason(&boss, id, "Reinstate", "It was a test").await.has("Reinstated."));
        told(world, &ada.email, "Your Keystead account was reinstated");
        assert!(!is_signed_in(&browser).await, "what ended stays ended");
        world.signed_in(&ada).await;
        let late = world.region(Region::Eu).write_now(|db| suspension::reinstate(db, &world.act(), boss.id, id, "x"));
        assert!(matches!(late, Err(LifecycleError::IsNow(Status::Active))));
    }

    async fn an_administrator_is_withdrawn_before_being_suspended(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let other = world.administrator("joan-clarke").await;
        let page = with_reason(&boss, other.id, "Suspend", "Odd").await;
        assert!(page.has("Nothing was done: this is an administrator."), "{}", page.text());
        assert_eq!(status(world, other.id), Some(Status::Active));
    }

    async fn a_second_factor_is_reset_after_a_day(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        assert!(!boss.browser.get(&page_of(id)).await.has("Reset multi-factor authentication"));
        assert!(send(&boss, id, "reset-mfa").await.status == 303);
        let browser = world.signed_in(&ada).await;
        set_up_authenticator(world, &browser).await;
        assert!(press(&boss, id, "Reset multi-factor authentication").await.has("takes effect in 24 hours"));
        told(world, &ada.email, "Multi-factor authentication of your Keystead account will be reset");
        world.site.clock.advance(minutes(24 * 60 - 1));
        world.run_jobs();
        assert!(world.account(id).unwrap().has_mfa);
        world.site.clock.advance(minutes(1));
        world.run_jobs();
        assert!(!world.account(id).unwrap().has_mfa);
        told(world, &ada.email, "Multi-factor authentication of your Keystead account was reset");
        assert!(!is_signed_in(&browser).await, "other sessions end");
        world.signed_in(&ada).await;
    }

    async fn the_owner_confirms_or_refuses_the_reset_from_the_mail(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        set_up_authenticator(world, &browser).await;
        for (button, has_mfa) in [("Keep my authenticator", true), ("Reset now", false)] {
            press(&boss, id, "Reset multi-factor authentication").await;
            let path = link(&told(world, &ada.email, WILL_BE_RESET), "/confirm-mfa-reset/");
            let reader = world.visitor();
            let page = reader.visit(&path).await;
            check_markup("/confirm-mfa-reset", &page.html);
            assert!(world.account(id).unwrap().has_mfa, "looking does nothing");
            assert_eq!(reader.submit(&page.form(button)).await.location().as_deref(), Some("/sign-in"));
            assert_eq!(world.account(id).unwrap().has_mfa, has_mfa, "{button}");
            assert_eq!(world.visitor().visit(&path).await.status, 404, "used");
            world.site.clock.advance(minutes(1));
        }
        world.site.clock.advance(days(2));
        world.run_jobs();
        assert!(!world.account(id).unwrap().has_mfa);
    }

    async fn a_reset_that_was_taken_back_or_refused_never_takes_effect(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        set_up_authenticator(world, &world.signed_in(&ada).await).await;
        press(&boss, id, "Reset multi-factor authentication").await;
        let path = link(&told(world, &ada.email, WILL_BE_RESET), "/confirm-mfa-reset/");
        assert!(press(&boss, id, "Take the reset back").await.has("The reset was taken back."));
        assert_eq!(world.visitor().visit(&path).await.status, 404);
        world.site.clock.advance(days(2));
        world.run_jobs();
        assert!(world.account(id).unwrap().has_mfa);
    }

    async fn of_fifty_confirmed_resets_one_counts(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let (site, act) = (&world.site, world.act());
        world.region(Region::Eu).write_now(|db| mfa_reset::request(db, &act, Region::Eu, None, id)).unwrap();
        let path = link(&told(world, &ada.email, WILL_BE_RESET), "/confirm-mfa-reset/");
        let token = path.rsplit('/').next().unwrap();
        let target = mfa_reset::target(&site.regions, &act, token).unwrap().unwrap();
        let won = fifty_at_once(|| mfa_reset::answer(&site.regions, &act, &target, true).unwrap());
        assert_eq!(won.into_iter().filter(|is_mine| *is_mine).count(), 1);
        let done = world.inbox(&ada.email).into_iter().filter(|mail| mail.subject.ends_with("was reset")).count();
        assert_eq!(done, 1);
    }

    async fn rights_are_given_to_whoever_has_an_authenticator_and_taken_at_the_next_request(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let page = boss.browser.get(&page_of(id)).await;
        assert!(page.has("This account has no authenticator app yet.") && !page.has("Make administrator"));
        check_markup("/admin/accounts/eu/…", &page.html);
        let sent = send(&boss, id, "make-administrator").await;
        assert!(boss.browser.follow(sent).await.has("an administrator needs an authenticator app"));
        assert_eq!(browser.get("/admin/accounts").await.status, 404);

        set_up_authenticator(world, &browser).await;
        assert!(press(&boss, id, "Make administrator").await.has("An administrator from now on."));
        told(world, &ada.email, "You are an administrator of Keystead");
        assert_eq!(browser.get("/admin/accounts").await.status, 200);
        assert!(press(&boss, id, "Withdraw").await.has("No longer an administrator."));
        assert_eq!(browser.get("/admin/accounts").await.status, 404);
        told(world, &ada.email, "You are no longer an administrator of Keystead");
    }

    async fn two_who_withdraw_each_other_never_leave_none(world: World) {
        let (one, other) = (world.administrator("grace-hopper").await.id, world.administrator("joan-clarke").await.id);
        let (regions, act) = (&world.site.regions, world.act());
        let withdraw = |by, whom| administration::withdraw(regions, Region::Eu, &act, Some(by), whom);
        for round in 0..50 {
            let start = std::sync::Barrier::new(2);
            let done = std::thread::scope(|threads| {
                let first = threads.spawn(|| {
                    start.wait();
                    withdraw(one, other)
                });
                let second = threads.spawn(|| {
                    start.wait();
                    withdraw(other, one)
                });
                [first.join().unwrap(), second.join().unwrap()]
            });
            assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "round {round}: {done:?}");
            assert_eq!(regions.directory.read_now(administrators::count).unwrap(), 1);
            for id in [one, other] {
                administration::make(regions, Region::Eu, &act, None, id).unwrap();
            }
        }
    }

    async fn others_get_what_unknown_pages_give(world: World) {
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        let id = world.id_of("ada-marchetti");
        let unknown = ada.get("/admin/nothing-here").await;
        for path in [page_of(id), format!("{}/delete", page_of(id)), "/admin/jobs".to_owned(), "/admin/doctor".to_owned(), "/admin/accounts/delete?of=".to_owned()] {
            let page = ada.get(&path).await;
            assert_eq!((page.status, page.text_of("h1")), (unknown.status, unknown.text_of("h1")), "{path}");
            assert!(world.visitor().get(&path).await.location().unwrap().starts_with("/sign-in"), "{path}");
        }
        assert_eq!(unknown.status, 404);
    }

    async fn what_is_not_in_this_region_is_not_found(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        for path in [
            format!("/admin/accounts/us/{id}"),
            format!("/admin/accounts/xx/{id}"),
            "/admin/accounts/eu/0191b7f0-0000-7000-8000-000000000000".to_owned(),
            "/admin/accounts/eu/ada-marchetti".to_owned(),
            format!("/admin/accounts/us/{id}/delete"),
        ] {
            assert_eq!(boss.browser.get(&path).await.status, 404, "{path}");
        }
    }

    async fn an_idle_hour_asks_again_and_so_do_dangerous_buttons_after_ten_minutes(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of(&ada.username);
        world.site.clock.advance(minutes(59));
        assert_eq!(boss.browser.get("/admin/accounts").await.status, 200);
        world.site.clock.advance(minutes(59));
        assert_eq!(boss.browser.get("/admin/accounts").await.status, 200, "used within the hour");
        let form = boss.browser.get(&page_of(id)).await.form("Suspend").fill("Reason", "Odd");
        let asked = boss.browser.submit(&form).await;
        assert!(asked.status == 403 && asked.has("Confirm it is you to suspend"), "{}", asked.text());
        assert_eq!(status(world, id), Some(Status::Active));
        let asked = boss.browser.get(&format!("{}/delete", page_of(id))).await;
        assert!(asked.location().unwrap().contains("deed=delete"), "{:?}", asked.location());
        world.site.clock.advance(minutes(60));
        let asked = boss.browser.get("/admin/accounts").await;
        assert!(asked.location().unwrap().contains("deed=enter"), "{:?}", asked.location());
        let back = world.confirm(&boss.browser, asked, Some(&boss.secret)).await;
        assert_eq!((back.status, back.path.as_str()), (200, "/admin/accounts"));
    }

    async fn the_owner_sees_who_looked_and_ended_their_sessions(world: World) {
        let (boss, ada) = (world.administrator("grace-hopper").await, world.person("ada-marchetti"));
        let id = world.id_of("ada-marchetti");
        let (phone, laptop) = (world.signed_in(&ada).await, world.signed_in(&ada).await);
        let seen = async |browser: &Client| {
            let page = browser.get("/settings/sessions").await.text();
            page.matches("opened").count() + page.matches("Opened").count()
        };
        assert_eq!(seen(&laptop).await, 0);
        let page = boss.browser.get(&page_of(id)).await;
        boss.browser.get(&page_of(id)).await;
        assert_eq!(seen(&laptop).await, 1, "one visit is one line");
        world.site.clock.advance(minutes(10));
        boss.browser.get(&page_of(id)).await;
        assert_eq!(seen(&laptop).await, 2);

        let one = page.attribute("input[name=session]", "value").unwrap();
        let form = boss.browser.get(&page_of(id)).await.form("End all sessions");
        let mut fields: Vec<(String, String)> =
            form.fields.iter().filter(|(name, _)| name != "do").cloned().collect();
        fields.extend([("do".to_owned(), "end".to_owned()), ("session".to_owned(), one)]);
        let ended = boss.browser.post(&page_of(id), &fields).await;
        assert!(boss.browser.follow(ended).await.has("1 session ended."));
        let still = [is_signed_in(&phone).await, is_signed_in(&laptop).await];
        assert_eq!(still.iter().filter(|is_in| **is_in).count(), 1);
        let again = boss.browser.post(&page_of(id), &fields).await;
        assert!(boss.browser.follow(again).await.has("That session had ended already."));
        assert!(press(&boss, id, "End all sessions").await.has("1 session ended."));
        assert!(!is_signed_in(&phone).await && !is_signed_in(&laptop).await);
        told(world, &ada.email, "Sessions of your Keystead account were ended");
    }
}

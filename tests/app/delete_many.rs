//! Deleting the accounts ticked in the list: one preview over all, then a job that may be left and come back to.

use diesel::RunQueryDsl;
use keystead::accounts::creation::{self, NewAccount};
use keystead::db::{Db, DbError};
use keystead::http::return_to::LONGEST_ADDRESS;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::many::MOST;
use keystead::regions::directory;
use keystead::sessions::account::Status;

use crate::on_both;
use crate::support::administrators::Administrator;
use crate::support::client::View;
use crate::support::markup::check_markup;
use crate::support::people::set_up_authenticator;
use crate::support::world::World;

const SELECTED: &str = "/admin/accounts/selected";

/// Somebody whom the directory need not know, and whose password costs nothing.
fn newcomer(world: &World, region: Region, username: &str) -> AccountId {
    let act = world.act();
    let email = EmailAddress::parse(&format!("{username}@example.com")).unwrap();
    let new = NewAccount {
        id: act.id::<AccountId>(),
        username: Username::parse(username).unwrap(),
        email_digest: directory::address_digest(&act.keyring, &email),
        email,
        name: "Sends Spam".to_owned(),
        password_hash: None,
        plan: "free".to_owned(),
        is_confirmed: true,
        is_administrator: false,
    };
    world.region(region).write_now(|db: &mut Db| creation::create(db, &act, &new)).unwrap();
    new.id
}

/// Ticks these and presses the list's button.
async fn select(boss: &Administrator, ids: impl IntoIterator<Item = (Region, AccountId)>) -> View {
    let token = boss.browser.get("/admin/jobs").await.form("Sign out").value("form_token").to_owned();
    let ticks = ids.into_iter().map(|(region, id)| ("account[]".to_owned(), format!("{region}:{id}")));
    let fields: Vec<(String, String)> = ticks.chain([("form_token".to_owned(), token)]).collect();
    boss.browser.post(SELECTED, &fields).await
}

/// Fills in the preview and presses its button.
async fn delete(boss: &Administrator, preview: &View, button: &str, number: &str) -> View {
    let form = preview.form(button).choose("when", "grace").fill("Reason", "A wave of spam");
    boss.browser.submit(&form.fill("Type the number of accounts", number)).await
}

fn status(world: &World, region: Region, id: AccountId) -> Option<Status> {
    let account = world.region(region).read_now(|db| keystead::sessions::account::by_id(db, id)).unwrap();
    account.map(|account| account.status)
}

fn deleted_mails(world: &World, username: &str) -> usize {
    let mails = world.inbox(&format!("{username}@example.com"));
    mails.iter().filter(|mail| mail.subject == "Your Keystead account was deleted").count()
}

on_both! {
    async fn many_are_looked_at_together_and_closed_by_a_job(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let spam = [(Region::Us, "spam-us"), (Region::Eu, "spam-eu"), (Region::Ap, "spam-ap")];
        let ids: Vec<(Region, AccountId)> =
            spam.iter().map(|(region, name)| (*region, newcomer(world, *region, name))).collect();
        let preview = boss.browser.follow(select(&boss, ids.clone()).await).await;
        assert_eq!(preview.text_of("h1"), "Delete 3 accounts");
        assert!(preview.has("3 accounts") && preview.has("What stays"), "{}", preview.text());
        check_markup("/admin/accounts/delete", &preview.html);
        for (number, reason, words) in [("2", "Spam", "This is not the number"), ("3", "", "Say why.")] {
            let form = preview.form("Delete 3 accounts").choose("when", "grace");
            let refused = boss.browser.submit(&form.fill("Reason", reason).fill("confirm", number)).await;
            assert_eq!(refused.status, 422);
            assert!(refused.has(words), "{}", refused.text());
            check_markup("/admin/accounts/delete", &refused.html);
        }
        let sent = delete(&boss, &preview, "Delete 3 accounts", "3").await;
        let path = sent.location().unwrap();
        let waiting = boss.browser.get(&path).await;
        assert_eq!(waiting.headers["refresh"], "2", "moves without script");
        assert!(waiting.has("Waiting to begin"), "{}", waiting.text());
        check_markup("/admin/accounts/deletions/…", &waiting.html);
        world.run_jobs();
        let done = boss.browser.get(&path).await;
        assert!(!done.headers.contains_key("refresh"));
        assert!(done.has("Done") && done.has("3 of 3 accounts") && !done.has("Passed over"), "{}", done.text());
        check_markup("/admin/accounts/deletions/…", &done.html);
        for ((region, id), (_, name)) in ids.into_iter().zip(spam) {
            assert_eq!(status(world, region, id), Some(Status::Closing));
            assert_eq!(deleted_mails(world, name), 1);
        }
        let elsewhere = path.replace("/eu/", "/us/");
        assert_eq!(boss.browser.get(&elsewhere).await.status, 404);
        assert_eq!(world.visitor().get(&path).await.status, 303);
    }

    async fn ticks_are_taken_off_in_the_preview(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let ids: Vec<(Region, AccountId)> =
            ["spam-b", "spam-a", "no-spam"].map(|name| (Region::Eu, newcomer(world, Region::Eu, name))).into();
        let preview = boss.browser.follow(select(&boss, ids.clone()).await).await;
        let at = |name: &str| preview.text().find(name).unwrap();
        assert!(at("no-spam") < at("spam-a") && at("spam-a") < at("spam-b"), "by username");
        let mut form = preview.form("Only those ticked");
        form.fields.retain(|(_, value)| !value.ends_with(ids[2].1.as_str()));
        let narrowed = boss.browser.submit(&form).await;
        let narrowed = boss.browser.follow(narrowed).await;
        assert_eq!(narrowed.text_of("h1"), "Delete 2 accounts");
        assert!(!narrowed.has("no-spam"));
        form.fields.retain(|(name, _)| name != "account[]");
        let nobody = boss.browser.submit(&form).await;
        assert!(boss.browser.follow(nobody).await.has("Nobody was selected"));
    }

    async fn oneself_administrators_and_those_closing_already_are_left_out(world: World) {
        let (boss, other) = (world.administrator("grace-hopper").await, world.administrator("joan-clarke").await);
        let closing = newcomer(world, Region::Eu, "closing-one");
        closing::close(&world.site.regions, Region::Eu, &world.act(), closing, &By::Owner, When::After(14)).unwrap();
        let spam = newcomer(world, Region::Eu, "spam-one");
        let of = [boss.id, other.id, closing, spam].map(|id| (Region::Eu, id));
        let preview = boss.browser.follow(select(&boss, of).await).await;
        assert_eq!(preview.text_of("h1"), "Delete 1 account");
        let left_out = preview.text_of("[aria-labelledby=left-out]");
        for words in ["grace-hopper It is your own.", "joan-clarke An administrator", "closing-one It is closing"] {
            assert!(left_out.contains(words), "{left_out}");
        }
        check_markup("/admin/accounts/delete", &preview.html);
        let nobody = select(&boss, [(Region::Eu, boss.id), (Region::Us, spam)]).await;
        let nobody = boss.browser.follow(nobody).await;
        assert!(nobody.has("Nobody was selected whose account could be deleted here."), "{}", nobody.text());
    }

    async fn what_changed_before_the_job_came_to_it_is_passed_over_and_told(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let ada = world.person("ada-marchetti");
        set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let ada = world.id_of("ada-marchetti");
        let [closed, spam] = ["closed-one", "spam-one"].map(|name| newcomer(world, Region::Eu, name));
        let of = [ada, closed, spam].map(|id| (Region::Eu, id));
        let preview = boss.browser.follow(select(&boss, of).await).await;
        let sent = delete(&boss, &preview, "Delete 3 accounts", "3").await;
        let (regions, act) = (&world.site.regions, world.act());
        keystead::lifecycle::administration::make(regions, Region::Eu, &act, None, ada).unwrap();
        closing::close(regions, Region::Eu, &act, closed, &By::Owner, When::After(14)).unwrap();
        world.run_jobs();
        assert_eq!(status(world, Region::Eu, ada), Some(Status::Active));
        assert_eq!(status(world, Region::Eu, spam), Some(Status::Closing));
        assert_eq!(deleted_mails(world, "closed-one"), 0);
        let done = boss.browser.follow(sent).await;
        let passed = done.text_of("[aria-labelledby=passed-over]");
        assert!(passed.contains("ada-marchetti It is an administrator."), "{passed}");
        assert!(passed.contains("closed-one It was closing already."), "{passed}");
        assert!(!passed.contains("spam-one"), "{passed}");
        check_markup("/admin/accounts/deletions/…", &done.html);
    }

    async fn a_job_that_stopped_in_the_middle_goes_on_and_closes_each_once(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let names = ["spam-a", "spam-b", "spam-c"];
        let ids = names.map(|name| (Region::Eu, newcomer(world, Region::Eu, name)));
        let preview = boss.browser.follow(select(&boss, ids).await).await;
        let sent = delete(&boss, &preview, "Delete 3 accounts", "3").await;
        let eu = world.region(Region::Eu);
        let run = |sql: &str| {
            eu.write_now::<_, DbError>(|db| keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c))).unwrap();
        };
        // The second closing fails in the middle of its transaction.
        run("CREATE UNIQUE INDEX one_reason ON closures (reason)");
        world.run_jobs();
        let closed = || ids.iter().filter(|(_, id)| status(world, Region::Eu, *id) == Some(Status::Closing)).count();
        assert_eq!(closed(), 1);
        let path = sent.location().unwrap();
        assert!(boss.browser.get(&path).await.has("1 of 3 accounts"));
        run("DROP INDEX one_reason");
        world.site.clock.advance(minutes(5));
        world.run_jobs();
        assert_eq!(closed(), 3);
        for name in names {
            assert_eq!(deleted_mails(world, name), 1, "{name}");
        }
        let done = boss.browser.get(&path).await;
        assert!(done.has("3 of 3 accounts") && !done.has("Passed over"), "{}", done.text());
    }

    async fn the_most_that_can_be_selected_fit_an_address_and_come_back_after_confirming(world: World) {
        let boss = world.administrator("grace-hopper").await;
        let mut ids: Vec<(Region, AccountId)> = (0..MOST)
            .map(|n| (Region::ALL[n % 3], newcomer(world, Region::ALL[n % 3], &format!("spam-{n}"))))
            .collect();
        world.site.clock.advance(minutes(11));
        let selected = select(&boss, ids.clone()).await;
        let address = selected.location().unwrap();
        assert!(address.len() < LONGEST_ADDRESS, "{}", address.len());
        let asked = boss.browser.get(&address).await;
        let confirm = asked.location().unwrap();
        assert!(confirm.starts_with("/confirm?") && confirm.len() < LONGEST_ADDRESS, "{}", confirm.len());
        let preview = world.confirm(&boss.browser, asked, Some(&boss.secret)).await;
        assert_eq!(preview.text_of("h1"), format!("Delete {MOST} accounts"));

        ids.push((Region::Eu, newcomer(world, Region::Eu, "one-more")));
        let refused = boss.browser.follow(select(&boss, ids).await).await;
        assert!(refused.has(&format!("Select {MOST} accounts at most.")), "{}", refused.text());
    }

    async fn a_selection_that_cannot_be_read_is_refused(world: World) {
        let boss = world.administrator("grace-hopper").await;
        for of in ["x", "eu.0191b7f0-0000-7000-8000-000000000000", &"e".repeat(23), &"a".repeat(30_000)] {
            let status = boss.browser.get(&format!("/admin/accounts/delete?of={of}")).await.status;
            assert!([400, 414, 431].contains(&status), "{status} {}", of.len());
        }
        let token = boss.browser.get("/admin/jobs").await.form("Sign out").value("form_token").to_owned();
        let fields = [("account[]", "eu:x"), ("form_token", &token)].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(boss.browser.post(SELECTED, &fields).await.status, 400);
    }
}

//! A whole `.env` file: looked at by name, then kept.

use diesel::prelude::*;
use keystead::db::schema::shown_once;
use keystead::kernel::time::minutes;
use keystead::secrets::{SecretName, adding, removal};

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::secrets::{permit, value};

const BASE: &str = "/settings/secrets";

const FILE: &str = "# The hub\r\nexport API_KEY='canary-1 # not a comment'\r\nplain=canary-2 # a comment\r\n\r\nPATH=canary-3\r\n\
    CERT=\"canary-4\r\nsecond\"\r\nTWICE=canary-5\r\nTWICE=canary-6\r\nsk-canary-7\r\n";

async fn paste(browser: &Client, base: &str, text: &str) -> View {
    let form = browser.get(&format!("{base}/paste")).await.form("Look at the names");
    browser.submit(&form.fill("File", text)).await
}

on_both! {
    async fn a_file_is_shown_by_name_and_kept_when_it_is_confirmed(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let workspace = id.personal_workspace();
        world.secret(&permit(workspace, id), "API_KEY", "old");
        let browser = world.signed_in(&ada).await;
        let review = browser.follow(paste(&browser, BASE, FILE).await).await;
        assert!(review.has("3 new, 1 replaced, 3 refused."), "{}", review.text());
        for words in ["PLAIN", "In capital letters", "PATH", "decides which programs are run", "Line 9 sets it again"] {
            assert!(review.has(words), "{words}: {}", review.text());
        }
        assert!(!review.html.contains("canary"), "{}", review.html);
        assert!(browser.get(&format!("{BASE}/review")).await.has("3 new"), "it may be loaded again");
        let kept = browser.follow(browser.submit(&review.form("Keep these secrets")).await).await;
        assert!(kept.has("3 added, 1 replaced.") && !kept.html.contains("canary"), "{}", kept.text());
        let all = [("API_KEY", "canary-1 # not a comment"), ("CERT", "canary-4\nsecond"), ("PLAIN", "canary-2"), ("TWICE", "canary-6")];
        assert_eq!(world.environment(workspace, None), all.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let gone = browser.follow(browser.submit(&review.form("Keep these secrets")).await).await;
        assert!(gone.has("no longer here"), "{}", gone.text());
    }

    async fn of_two_files_that_cross_none_is_kept_unseen(world: World) {
        let ada = world.person("ada-marchetti");
        let workspace = world.id_of(&ada.username).personal_workspace();
        let browser = world.signed_in(&ada).await;
        let first = browser.follow(paste(&browser, BASE, "FIRST=1").await).await;
        paste(&browser, BASE, "SECOND=2").await;
        let crossed = browser.follow(browser.submit(&first.form("Keep these secrets")).await).await;
        assert!(crossed.has("You pasted another file meanwhile") && crossed.has("SECOND"), "{}", crossed.text());
        assert!(world.environment(workspace, None).is_empty());
        browser.submit(&crossed.form("Keep these secrets")).await;
        assert_eq!(world.environment(workspace, None), [("SECOND".to_owned(), "2".to_owned())]);
    }

    async fn a_file_waits_for_its_own_workspace_and_session_and_ten_minutes(world: World) {
        let ada = world.person("ada-marchetti");
        let team = world.organization("acme-labs", &ada);
        let browser = world.signed_in(&ada).await;
        let other = world.signed_in(&ada).await;
        paste(&browser, BASE, "A=1").await;
        assert_eq!(browser.get(&team.path("settings/secrets/review")).await.status, 303);
        assert_eq!(other.get(&format!("{BASE}/review")).await.status, 303);
        let form = browser.get(&format!("{BASE}/review")).await.form("Keep these secrets");
        world.site.clock.advance(minutes(10));
        assert_eq!(browser.get(&format!("{BASE}/review")).await.status, 303);
        browser.submit(&form).await;
        assert!(world.environment(world.id_of(&ada.username).personal_workspace(), None).is_empty());
    }

    async fn a_file_that_could_not_be_kept_still_waits(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let file: Vec<_> = (0..498).map(|n| (SecretName::parse(&format!("N_{n}")).unwrap(), value("x"))).collect();
        world.on_secrets(|db, act| adding::keep_all(db, act, &may, &file)).unwrap();
        let browser = world.signed_in(&ada).await;
        let review = browser.follow(paste(&browser, BASE, "A=1\nB=2\nN_1=y").await).await;
        let meanwhile = world.secret(&may, "MEANWHILE", "z");
        let refused = browser.follow(browser.submit(&review.form("Keep these secrets")).await).await;
        assert!(refused.has("more than 500 secrets") && refused.has("2 new, 1 replaced"), "{}", refused.text());
        assert!(!refused.html.contains("Keep these secrets"));
        world.on_secrets(|db, act| removal::delete(db, act, &may, meanwhile.id)).unwrap();
        let review = browser.get(&format!("{BASE}/review")).await;
        let kept = browser.follow(browser.submit(&review.form("Keep these secrets")).await).await;
        assert!(kept.has("2 added, 1 replaced."), "{}", kept.text());
        let more = browser.follow(paste(&browser, BASE, "N_1=again").await).await;
        assert!(more.html.contains("Keep these secrets"), "replacing takes no room");
    }

    async fn a_file_that_nobody_confirmed_is_erased(world: World) {
        let ada = world.person("ada-marchetti");
        let waiting = || world.in_europe(|db| shown_once::table.count().get_result::<i64>(db));
        world.run_jobs();
        world.site.clock.advance(minutes(55));
        let browser = world.signed_in(&ada).await;
        paste(&browser, BASE, "A=1").await;
        world.site.clock.advance(minutes(9));
        world.run_jobs();
        assert_eq!(waiting(), 1, "it may still be confirmed");
        world.site.clock.advance(minutes(60));
        world.run_jobs();
        assert_eq!(waiting(), 0);
        assert_eq!(browser.get(BASE).await.status, 200, "the session goes on");
    }

    async fn ten_thousand_lines_are_read_and_what_is_too_much_is_refused_with_nothing_kept(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let browser = world.signed_in(&ada).await;
        let line = |n: usize| match n % 25 {
            0 => format!("N_{}=early # {n}\r\n", n / 25),
            1 => format!("N_{}=late {n}\r\n", n / 25),
            _ => format!("# {n}\r\n"),
        };
        let lines: String = (0..10_000).map(line).collect();
        let review = browser.follow(paste(&browser, BASE, &lines).await).await;
        assert!(review.has("400 new, 0 replaced, 400 refused."), "{}", &review.text()[..400]);
        browser.submit(&review.form("Keep these secrets")).await;
        let kept = world.environment(id.personal_workspace(), None);
        assert_eq!((kept.len(), kept[0].1.as_str()), (400, "late 1"));
        assert!(paste(&browser, BASE, &(lines + "ONE=1")).await.has("10,000 lines"));
        let more = (0..101).map(|n| format!("MORE_{n}=x\n")).collect::<Vec<_>>().concat();
        let review = browser.follow(paste(&browser, BASE, &more).await).await;
        assert!(review.has("more than 500 secrets") && !review.html.contains("Keep these secrets"), "{}", review.text());
        assert_eq!(world.environment(id.personal_workspace(), None).len(), 400);
        for nothing in ["", "# nothing", "no equals sign"] {
            assert!(paste(&browser, BASE, nothing).await.has("no line of the form NAME=value"), "{nothing:?}");
        }
    }
}

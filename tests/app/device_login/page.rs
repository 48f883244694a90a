//! What a person meets who is asked to let a program in.

use keystead::kernel::time::minutes;
use keystead::lifecycle::suspension;

use super::{allow, answer, begin, poll};
use crate::on_both;
use crate::support::client::View;
use crate::support::markup::check_markup;

on_both! {
    async fn the_page_says_who_asks_and_warns_of_strangers(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let begun = begin(world).await;
        let filled = browser.get(&begun.complete).await;
        check_markup("/login/device", &filled.html);
        assert_eq!(filled.attribute("#user_code", "value").as_deref(), Some(begun.user_code.as_str()));
        assert!(filled.has("they would be signed in as you"), "{}", filled.text());
        assert!(poll(world, &begun).await.is_err(), "looking at it allows nothing");
        let shown = browser.submit(&filled.form("Continue")).await;
        assert_eq!(shown.location().as_deref(), Some("/login/device/answer"));
        let asked = browser.get("/login/device/answer").await;
        check_markup("/login/device/answer", &asked.html);
        for text in ["Keystead", "ada-laptop", "Linux", "127.0.0.1", "ada-marchetti", &begun.user_code] {
            assert!(asked.has(text), "{text}: {}", asked.text());
        }
        assert!(poll(world, &begun).await.is_err());
    }

    async fn a_code_is_typed_in_any_case_with_or_without_its_hyphen(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let spelled: [fn(&str) -> String; 3] =
            [str::to_lowercase, |code| code.replace('-', " "), |code| format!("  {} ", code.replace('-', ""))];
        for spell in spelled {
            let begun = begin(world).await;
            let allowed = answer(&browser, &spell(&begun.user_code), "Allow").await;
            assert_eq!(allowed.location().as_deref(), Some("/settings/sessions"));
            assert!(poll(world, &begun).await.is_ok());
        }
    }

    async fn a_wrong_code_is_told_and_after_ten_even_the_right_one_waits(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let begun = begin(world).await;
        let type_code = async |code: &str| -> View {
            browser.submit(&browser.get("/login/device").await.form("Continue").fill("Code", code)).await
        };
        for wrong in ["", "BBBB-BBBB", "AEIO-UAEI", "x", "BBBB-BBBC", "BBBB-BBBD", "BBBB-BBBF", "BBBB-BBBG"] {
            let refused = type_code(wrong).await;
            assert_eq!(refused.status, 422, "{wrong}");
            assert!(refused.html.contains("<title>Error:"), "{wrong}");
        }
        // The empty one was not looked up, so it does not count.
        for wrong in ["BBBB-BBBH", "BBBB-BBBJ", "BBBB-BBBK"] {
            assert_eq!(type_code(wrong).await.status, 422);
        }
        assert_eq!(type_code(&begun.user_code).await.status, 429);
        let other = world.signed_in(&world.person("eve-adler")).await;
        assert_eq!(answer(&other, &begun.user_code, "Refuse").await.status, 303, "others are not held up");
        world.site.clock.advance(minutes(15));
        let again = begin(world).await;
        let browser = world.signed_in(&ada).await;
        assert_eq!(answer(&browser, &again.user_code, "Allow").await.status, 303);
    }

    async fn a_code_is_answered_once_and_by_whoever_typed_it(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        let (first, second) = (world.signed_in(&ada).await, world.signed_in(&eve).await);
        let begun = begin(world).await;
        let stranger = second.get("/login/device/answer").await;
        assert_eq!(stranger.location().as_deref(), Some("/login/device"), "nothing was typed in that browser");
        for browser in [&first, &second] {
            let typed = browser.get("/login/device").await.form("Continue").fill("Code", &begun.user_code);
            browser.submit(&typed).await;
        }
        let form = second.get("/login/device/answer").await.form("Refuse");
        first.submit(&first.get("/login/device/answer").await.form("Allow")).await;
        let late = second.submit(&form).await;
        assert_eq!(late.location().as_deref(), Some("/login/device"));
        assert!(second.get("/login/device").await.has("No program waits with this code"));
        assert!(poll(world, &begun).await.is_ok());
    }

    async fn it_asks_for_step_up_first_and_comes_back_with_the_code(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        world.site.clock.advance(minutes(11));
        let begun = begin(world).await;
        let asked = browser.get(&begun.complete).await;
        let to = asked.location().unwrap();
        assert!(to.starts_with("/confirm?deed=let+a+program+sign+in+as+you"), "{to}");
        assert!(to.contains(&begun.user_code), "{to}");
        assert!(browser.get(&to).await.has("Confirm it is you to let a program sign in as you"));
    }

    async fn what_ends_a_persons_sessions_ends_what_they_allowed(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let begun = begin(world).await;
        allow(&browser, &begun).await;
        let id = world.id_of("ada-marchetti");
        world.in_europe(|db| keystead::sessions::session::end_others(db, id, None));
        assert_eq!(poll(world, &begun).await, Err("authorization_pending".to_owned()), "it waits until its code is over");
    }

    async fn nobody_is_signed_in_as_somebody_who_was_suspended_meanwhile(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let begun = begin(world).await;
        allow(&browser, &begun).await;
        let (act, id) = (world.act(), world.id_of("ada-marchetti"));
        let suspend = |db: &mut keystead::db::Db| suspension::suspend(db, &act, id, id, "spam");
        world.region(keystead::kernel::region::Region::Eu).write_now(suspend).unwrap();
        assert!(poll(world, &begun).await.is_err());
    }
}

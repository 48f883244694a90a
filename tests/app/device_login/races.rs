//! Many at once.

use futures_util::future::join_all;
use keystead::crypto::token::TokenDigest;
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::sessions::approval::{self, Taken};
use keystead::sessions::session;

use super::{allow, begin, poll};
use crate::on_both;
use crate::support::region::fifty_at_once;

on_both! {
    async fn of_fifty_questions_at_once_one_gets_a_token(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let begun = begin(world).await;
        allow(&browser, &begun).await;
        let answers = join_all((0..50).map(|_| poll(world, &begun))).await;
        let got = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(got, 1, "{answers:?}");
        let (id, now) = (world.id_of(&ada.username), world.site.clock.now());
        assert_eq!(world.in_europe(|db| session::of_account(db, id, now)).len(), 2, "the browser, and one tool");
    }

    /// Past the pause between questions, which is a courtesy: the database itself gives one.
    async fn of_fifty_fetches_of_one_approval_one_gets_it(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let begun = begin(world).await;
        allow(&browser, &begun).await;
        let (digest, act) = (TokenDigest::of(&begun.device_code), world.act());
        let taken: Vec<Option<AccountId>> = fifty_at_once(|| {
            let taken = world.region(Region::Eu).write_now(|db| approval::take(db, &act, &digest)).unwrap();
            match taken {
                Taken::Now(approval) => Some(approval.account_id),
                Taken::Before | Taken::Absent => None,
            }
        });
        assert_eq!(taken.iter().flatten().count(), 1);
    }
}

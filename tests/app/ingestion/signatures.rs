//! What a signature is worth, and what a project does about it.

use diesel::prelude::*;
use futures_util::future::join_all;
use keystead::access::Role;
use keystead::db::schema::spent_signatures;
use keystead::ingestion::samples::{self, SweepSpentSignatures};
use keystead::ingestion::verdict::Standing;
use keystead::jobs::{self, Options};
use keystead::kernel::time::{days, hours, minutes};
use keystead::projects::hmac_keys;
use keystead::projects::holdings;
use keystead::projects::project::{LONGEST_REPLAY_SECONDS, Signing};

use super::{HMAC, ZEROS, add_hmac_key, document, error_of, first_error, scene, sign, signed_at};
use crate::on_both;
use crate::support::projects::{maker, own};

const OTHER: &str = "another-key-of-the-bench";
const REFUSED: &str = " This project takes no file whose signature is not valid.";

on_both! {
    async fn each_verdict_stands_beside_its_sample_and_names_its_key(world: World) {
        let scene = scene(world);
        let second = add_hmac_key(world, &scene.project, OTHER);
        let none = document("[5]").replace("HS256", "none");
        for (file, verdict, key, said) in [
            (sign(&document("[1]"), HMAC), Standing::Valid, Some(scene.hmac), "The signature is valid."),
            (sign(&document("[4]"), OTHER), Standing::Valid, Some(second), "The signature is valid."),
            (document("[2]").into_bytes(), Standing::Invalid, None, "The document was never signed: its signature is all zeros."),
            (sign(&document("[3]"), "some other key"), Standing::Invalid, None, "No HMAC key of this project made the signature"),
            (none.into_bytes(), Standing::None, None, "The document says that it is not signed"),
        ] {
            let sample = scene.taken(&[], file).await;
            assert_eq!((sample.verdict, sample.hmac_key_id), (verdict, key), "{}", sample.diagnosis);
            assert!(sample.diagnosis.starts_with(said), "{}", sample.diagnosis);
        }
        let picture = scene.data("cat.png", &[], "x").await;
        assert_eq!(picture.status, 200);
    }

    async fn a_key_remembers_when_its_last_signature_was_seen(world: World) {
        let scene = scene(world);
        let seen = || world.in_europe(|db| hmac_keys::one(db, scene.project.id, scene.hmac)).unwrap().last_signature_at;
        scene.taken(&[], document("[1]")).await;
        assert_eq!(seen(), None);
        scene.taken(&[], sign(&document("[1]"), HMAC)).await;
        assert_eq!(seen(), Some(world.site.clock.now()));
        let (act, owner) = (world.act(), maker(&scene.project, Role::Owner));
        let store = world.region(keystead::kernel::region::Region::Eu);
        store.write_now(|db| hmac_keys::revoke(db, &act, &owner, scene.hmac)).unwrap();
        let sample = scene.taken(&[], sign(&document("[2]"), HMAC)).await;
        assert_eq!(sample.diagnosis, "The project has no HMAC key to check the signature with.");
    }

    async fn a_policy_refuses_what_it_says(world: World) {
        let scene = scene(world);
        let none = document("[1]").replace("HS256", "none");
        scene.set_signing(Signing::RejectInvalid, None);
        let view = scene.files("training", &[], &[("a.json", document("[1]").as_bytes())]).await;
        assert_eq!(first_error(&view), format!("The document was never signed: its signature is all zeros.{REFUSED}"));
        assert_eq!(scene.data("a.json", &[], document("[1]")).await.status, 400);
        assert_eq!(scene.data("a.json", &[], none.clone()).await.status, 200);
        assert_eq!(scene.data("a.png", &[], "x").await.status, 200);
        scene.set_signing(Signing::RequireValid, None);
        for (name, file) in [("a.json", none.as_bytes()), ("a.png", b"x"), ("a.json", document("[2]").as_bytes())] {
            assert_eq!(scene.data(name, &[], file).await.status, 400);
        }
        assert_eq!(scene.data("a.json", &[], sign(&document("[3]"), HMAC)).await.status, 200);
        assert_eq!((scene.count(), scene.stored().len()), (3, 3));
    }

    async fn a_signed_file_is_taken_once_and_only_while_it_is_young(world: World) {
        let scene = scene(world);
        scene.set_signing(Signing::RequireValid, Some(3_600));
        let now = world.site.clock.now();
        let at = |time: keystead::kernel::time::Timestamp, values: &str| sign(&signed_at(time.as_seconds(), values), HMAC);
        let fresh = scene.taken(&[], at(now, "[1]")).await;
        let replayed = scene.data("b.json", &[], at(now, "[1]")).await;
        let said = format!("This signed file came in before (ids: {}), and this project takes each once.", fresh.number);
        assert_eq!((replayed.status, error_of(&replayed)), (400, said));
        for (time, said) in [
            (now.minus(hours(2)), "The document was signed too long ago for this project."),
            (now.plus(minutes(10)), "The document's time of signing (iat) lies ahead: is the device's clock right?"),
        ] {
            assert_eq!(error_of(&scene.data("c.json", &[], at(time, "[2]")).await), said);
        }
        let timeless = sign(&document("[3]").replace(",\"iat\":1700000000", ""), HMAC);
        assert!(error_of(&scene.data("d.json", &[], timeless).await).contains("does not say when it was signed"));
        assert_eq!((scene.count(), scene.stored().len()), (1, 1));
    }

    async fn deleting_a_sample_does_not_let_its_file_in_again(world: World) {
        let scene = scene(world);
        scene.set_signing(Signing::RequireValid, Some(3_600));
        let file = sign(&signed_at(world.site.clock.now().as_seconds(), "[1]"), HMAC);
        let again = async || error_of(&scene.data("a.json", &[], file.clone()).await);
        let sample = scene.taken(&[], file.clone()).await;
        let permit = || own(scene.project.created_by.unwrap()).permit().unwrap();
        let act = world.act();
        assert!(world.in_europe(|db| samples::set_disabled(db, &act, &permit(), scene.project.id, sample.id, true)));
        assert!(again().await.starts_with("This signed file came in before (ids: "));
        assert!(world.in_europe(|db| samples::delete(db, &act, &permit(), scene.project.id, sample.id)).is_some());
        world.run_jobs();
        let spent = "This signed file came in before and was deleted since, and this project takes each once.";
        assert_eq!(again().await, spent);
        let sweep = || {
            world.in_europe(|db| jobs::enqueue::<SweepSpentSignatures>(db, &world.act(), &(), Options::default()));
            world.run_jobs();
        };
        world.site.clock.advance(hours(2));
        sweep();
        let too_old = "The document was signed too long ago for this project.";
        assert_eq!(again().await, too_old);
        // A window that is made longer later does not open the door either.
        scene.set_signing(Signing::RequireValid, Some(LONGEST_REPLAY_SECONDS));
        assert_eq!(again().await, spent);
        world.site.clock.advance(days(30));
        sweep();
        assert_eq!(again().await, too_old);
        let known: i64 = world.in_europe(|db| spent_signatures::table.count().get_result(db));
        assert_eq!((known, scene.count(), scene.stored()), (0, 0, Vec::new()));
    }

    async fn of_fifty_replays_at_once_one_is_taken_and_none_after_it_is_deleted(world: World) {
        let scene = scene(world);
        scene.set_signing(Signing::RequireValid, Some(3_600));
        let file = sign(&signed_at(world.site.clock.now().as_seconds(), "[1]"), HMAC);
        let fifty = async || {
            let answers = join_all((0..50).map(|_| scene.data("a.json", &[], file.clone()))).await;
            answers.iter().filter(|answer| answer.status == 200).count()
        };
        assert_eq!((fifty().await, scene.count(), scene.stored().len()), (1, 1, 1));
        let (act, permit) = (world.act(), own(scene.project.created_by.unwrap()).permit().unwrap());
        let sample = world.in_europe(|db| holdings::latest(db, scene.project.id, 1))[0].id;
        assert!(world.in_europe(|db| samples::delete(db, &act, &permit, scene.project.id, sample)).is_some());
        world.run_jobs();
        assert_eq!((fifty().await, scene.count(), scene.stored().len()), (0, 0, 0));
    }

    /// The same 64 characters elsewhere in the document deceive nobody.
    async fn a_planted_signature_proves_nothing(world: World) {
        let scene = scene(world);
        let right = String::from_utf8(sign(&document("[1]"), HMAC)).unwrap();
        let signature = &right[right.find("signature\":\"").unwrap() + 12..][..64];
        let planted = document("[1]").replace("ac:87:a3:0a:2d:1b", signature);
        let sample = scene.taken(&[], planted).await;
        assert_eq!((sample.verdict, sample.device_name.as_str()), (Standing::Invalid, signature));
        // Rightly signed over the whole, with the zeros of a device's name left alone.
        let zeros = format!("{{\"payload_note\":\"{ZEROS}\",{}", &document("[1]")[1..]);
        assert_eq!(scene.taken(&[], sign(&zeros, HMAC)).await.verdict, Standing::Valid);
        let second = right.replacen("\"payload\":", &format!("\"signature\":\"{signature}\",\"payload\":"), 1);
        let view = scene.files("training", &[], &[("a.json", second.as_bytes())]).await;
        assert_eq!(first_error(&view), "\"signature\" stands there twice.");
        let inner = document("[1]").replace("\"device_type\"", &format!("\"signature\":\"{signature}\",\"device_type\""));
        assert_eq!(scene.taken(&[], inner).await.verdict, Standing::Invalid);
    }
}

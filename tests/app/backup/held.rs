//! While a backup runs no file is removed, and afterwards all that was to go goes.

use keystead::db::Db;
use keystead::files::hold;
use keystead::ingestion::samples;
use keystead::kernel::id::{AccountId, ProjectId};
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, minutes};
use keystead::lifecycle::erasing;
use keystead::photos;

use crate::on_both;
use crate::support::world::World;

fn held(world: &World) {
    let now = world.site.clock.now();
    world.region(Region::Eu).write_now(|db: &mut Db| hold::begin(db, "one", now, now.plus(minutes(5)))).unwrap();
}

fn released(world: &World) {
    world.region(Region::Eu).write_now(|db: &mut Db| hold::end(db, "one")).unwrap();
}

on_both! {
    async fn a_sample_waits_for_the_end_of_a_backup(world: World) {
        let project: ProjectId = world.act().id();
        let (eu, name) = (world.region(Region::Eu), format!("samples/{project}/{}", "ab".repeat(32)));
        let is_there = || world.site.files.exists(Region::Eu, &name).unwrap();
        let put = || world.site.files.put(Region::Eu, &name, b"x").unwrap();
        put();
        held(world);
        eu.write_now(|db: &mut Db| samples::let_go_of_project(db, &world.act(), project)).unwrap();
        world.run_jobs();
        let strays = samples::strays(eu, &world.site.files, Region::Eu, world.site.clock.now()).unwrap();
        for stray in &strays {
            stray.remove(eu, &world.site.files, Region::Eu, world.site.clock.now()).unwrap();
        }
        assert!(!strays.is_empty() && is_there(), "no job, no sweep and no doctor takes it");
        released(world);
        world.run_jobs();
        assert!(is_there(), "the job was put off");
        world.site.clock.advance(minutes(6));
        world.run_jobs();
        assert!(!is_there());

        // One whose backup died.
        put();
        held(world);
        world.site.clock.advance(minutes(4));
        eu.write_now(|db: &mut Db| samples::let_go_of_project(db, &world.act(), project)).unwrap();
        world.run_jobs();
        assert!(is_there());
        world.site.clock.advance(minutes(2));
        world.run_jobs();
        assert!(!is_there());
    }

    async fn a_photo_waits_for_the_end_of_a_backup(world: World) {
        let ada: AccountId = world.account_of(&world.person("ada-marchetti")).1.id;
        let (eu, owner) = (world.region(Region::Eu), ada.personal_workspace());
        let version = "e000000000000000000000000000001";
        let name = format!("photos/{ada}/{version}-64.webp");
        let is_there = || world.site.files.exists(Region::Eu, &name).unwrap();
        let put = || {
            world.site.files.put(Region::Eu, &name, b"x").unwrap();
            // The clock of this world is set by hand.
            let file = std::fs::File::open(world.site.config.data.join("files/eu").join(&name)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        };
        put();
        held(world);
        photos::tidy(&world.site.files, eu, Region::Eu, world.site.clock.now(), owner, version).await;
        assert!(is_there());
        erasing::erase_outside(&world.site.regions, &world.site.files, Region::Eu, &world.act(), ada).unwrap();
        assert!(is_there());
        released(world);
        world.site.clock.advance(hours(2));
        world.run_jobs();
        assert!(!is_there(), "it is swept");
        put();
        photos::tidy(&world.site.files, eu, Region::Eu, world.site.clock.now(), owner, version).await;
        assert!(!is_there(), "at once where nothing holds it");
    }
}

on_both! {
    async fn a_hold_that_broke_is_known(world: World) {
        let (eu, now) = (world.region(Region::Eu), world.site.clock.now());
        held(world);
        let renewed = |at, ends_at| eu.write_now(|db: &mut Db| hold::renew(db, "one", at, ends_at)).unwrap();
        assert!(renewed(now.plus(minutes(4)), now.plus(minutes(9))));
        assert!(renewed(now.plus(minutes(8)), now.plus(minutes(13))));
        assert!(!renewed(now.plus(minutes(13)), now.plus(minutes(18))), "something may have been removed");
    }
}

//! Bytes go when nobody names them any more, also after a process died in between.

use keystead::ingestion::samples::{self, SweepSampleFiles};
use keystead::jobs::{self, Options};
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::lifecycle::trash;

use super::{document, scene};
use crate::on_both;
use crate::support::projects::own;
use crate::support::world::World;

fn sweep(world: &World) {
    let act = world.act();
    world.in_europe(|db| jobs::enqueue::<SweepSampleFiles>(db, &act, &(), Options::default()));
    world.run_jobs();
}

/// Long ago.
fn put(world: &World, name: &str) {
    world.site.files.put(Region::Eu, name, b"left over").unwrap();
    let path = world.site.config.data.join("files").join("eu").join(name);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
}

on_both! {
    async fn the_files_of_a_project_go_with_it(world: World) {
        let scene = scene(world);
        scene.taken(&[], document("[1]")).await;
        let (act, permit) = (world.act(), own(scene.project.created_by.unwrap()).permit().unwrap());
        world.in_europe(|db| trash::delete(db, &act, &permit, scene.project.id));
        world.site.clock.advance(days(29));
        world.run_jobs();
        assert_eq!(scene.stored().len(), 1, "it can still be restored");
        world.site.clock.advance(days(2));
        world.run_jobs();
        assert_eq!(world.site.files.list(Region::Eu, "samples").unwrap(), Vec::<String>::new());
    }

    async fn what_a_process_left_behind_is_swept(world: World) {
        let scene = scene(world);
        let sample = scene.taken(&[], document("[1]")).await;
        let folder = samples::folder(scene.project.id);
        put(world, &format!("{folder}/{}", "a".repeat(64)));
        put(world, "samples/018bcfe5-6800-7000-8000-000000000000/x");
        put(world, "incoming/018bcfe5-6800-7000-8000-000000000001");
        sweep(world);
        assert_eq!(scene.stored(), [sample.content_hash]);
        assert_eq!(world.site.files.list(Region::Eu, "samples").unwrap(), [scene.project.id.to_string()]);
    }
}

//! What a job gets, and that it gets it once.

use std::sync::atomic::{AtomicUsize, Ordering};

use keystead::kernel::shown_once::ShownOnce;
use keystead::kernel::time::seconds;
use keystead::projects::api_keys::NewKey;
use keystead::projects::key_role::KeyRole;
use keystead::secrets::uses;

use crate::on_both;
use crate::support::projects::{named, own};
use crate::support::region::fifty_at_once;
use crate::support::secrets::permit;

on_both! {
    async fn of_fifty_fetches_with_one_token_one_gets_the_environment_and_each_secret_says_so(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let (workspace, may) = (ada.personal_workspace(), permit(ada.personal_workspace(), ada));
        let made = world.secret(&may, "API_KEY", "x");
        let token = world.job(workspace, None, false);
        let got = AtomicUsize::new(0);
        fifty_at_once(|| {
            got.fetch_add(world.fetched(&token).map_or(0, |all| all.variables.len()), Ordering::Relaxed)
        });
        assert_eq!(got.into_inner(), 1);
        let log = world.in_europe(|db| uses::of(db, made.id, None, 10));
        assert_eq!(log.len(), 1);
        assert_eq!((log[0].job.as_str(), log[0].version, log[0].project_id), ("train-17", 1, None));
        let shown = world.in_europe(|db| keystead::secrets::secret::one(db, workspace, made.id)).unwrap();
        assert_eq!((shown.last_used_job.as_str(), shown.last_used_at), ("train-17", Some(world.site.clock.now())));
    }

    async fn a_token_is_good_for_minutes_and_only_while_the_place_is_open(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let workspace = id.personal_workspace();
        let project = world.project(&ada, "Vision");
        let late = world.job(workspace, None, false);
        world.site.clock.advance(seconds(599));
        let in_time = world.job(workspace, None, false);
        world.site.clock.advance(seconds(1));
        assert!(world.fetched(&late).is_none() && world.fetched(&in_time).is_some());
        let token = world.job(workspace, Some(project.id), false);
        let edit = own(id).permit().unwrap();
        world.in_europe(|db| keystead::lifecycle::trash::delete(db, &world.act(), &edit, project.id));
        assert!(world.fetched(&token).is_none(), "its project lies in the trash");
        assert!(world.fetched("e").is_none());
    }

    async fn a_privileged_job_also_gets_the_development_key(world: World) {
        let ada = world.person("ada-marchetti");
        let workspace = world.id_of(&ada.username).personal_workspace();
        let project = world.project(&ada, "Vision");
        let key = world.key(&project, &NewKey { is_development: true, ..named("dev", KeyRole::Admin) });
        let get = |is_privileged| {
            let all = world.fetched(&world.job(workspace, Some(project.id), is_privileged)).unwrap();
            all.project_key.map(ShownOnce::reveal)
        };
        assert_eq!((get(true), get(false)), (Some(key.value), None));
    }
}

//! What supervisors and load balancers are told.

use diesel::RunQueryDsl;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;

use crate::on_both;
use crate::support::program::Place;
use crate::support::world::{Backend, World};

fn change_schema(world: &World, sql: &str) {
    let changed =
        world.region(Region::Eu).write_now(|db| keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c)));
    assert_eq!(changed, Ok(1), "{sql}");
    // What was found is remembered for a second.
    world.site.clock.advance(seconds(2));
}

async fn readiness(world: &World) -> (u16, String) {
    let view = world.visitor().get("/readyz").await;
    assert_eq!(view.headers["cache-control"], "no-store");
    assert_eq!(world.visitor().get("/healthz").await.status, 200, "it lives all the same");
    (view.status, view.html)
}

on_both! {
    async fn a_server_is_ready_while_its_schema_is_one_that_it_can_serve(world: World) {
        let ready = (200, "ready\n".to_owned());
        assert_eq!(readiness(world).await, ready);
        change_schema(world, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        assert_eq!(readiness(world).await, ready, "replicas are upgraded one by one");
        change_schema(world, "INSERT INTO schema_marks (version, breaking) VALUES ('99990101000000', TRUE)");
        assert_eq!(readiness(world).await, (503, "region eu was changed by a newer program\n".to_owned()));
        change_schema(world, "DELETE FROM __diesel_schema_migrations WHERE version = '99990101000000'");
        assert_eq!(readiness(world).await, ready);
        change_schema(
            world,
            "DELETE FROM __diesel_schema_migrations
             WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
        );
        let older = "region eu has an older schema: run `keystead migrate`\n";
        assert_eq!(readiness(world).await, (503, older.to_owned()));
    }

    /// On every thread of the server, so that nobody makes the databases answer ten thousand times a second.
    async fn what_was_found_is_known_for_a_second(world: World) {
        assert_eq!(readiness(world).await.0, 200);
        world.region(Region::Eu).write_now(|db| {
            let sql = "DELETE FROM __diesel_schema_migrations";
            keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c))
        }).unwrap();
        for _ in 0..8 {
            assert_eq!(readiness(world).await.0, 200);
        }
        world.site.clock.advance(seconds(1));
        for _ in 0..8 {
            assert_eq!(readiness(world).await.0, 503);
        }
    }
}

#[actix_web::test]
async fn a_database_that_is_gone_is_told_in_general_and_logged_in_full() {
    let Some(mut place) = Place::new(Backend::Postgres) else { return };
    place.printed(&["migrate"]);
    let running = place.start(&["serve", "--no-jobs"]);
    assert_eq!(running.visitor().get("/readyz").await.status, 200);
    place.drop_database("eu");
    // Asked until the second is over in which the earlier answer holds.
    let gone = loop {
        let view = running.visitor().get("/readyz").await;
        if view.status != 200 {
            break view;
        }
    };
    assert_eq!((gone.status, gone.html.as_str()), (503, "region eu does not answer\n"));
    assert_eq!(running.visitor().get("/healthz").await.status, 200);
    assert!(running.log().contains("a database does not answer") && running.log().contains("postgres://"));
}

#[test]
fn a_server_does_not_start_on_a_schema_that_is_not_its_own() {
    let Some(place) = Place::new(Backend::Postgres) else { return };
    let ran = place.run(&["serve"]);
    let older = "The directory database (postgres://";
    assert!(
        ran.code == Some(1) && ran.err.contains(older) && ran.err.contains("Run `keystead migrate` first"),
        "{ran:?}"
    );
    let said = place.printed(&["migrate"]);
    assert!(said.contains("directory: ") && said.contains("eu: ") && said.contains(" migrations applied"), "{said}");
    assert_eq!(place.printed(&["migrate"]).matches("up to date").count(), 3);
    place.start(&["serve"]).kill();
}

#[actix_web::test]
async fn figures_are_read_at_an_address_of_their_own() {
    let place = Place::on_files().with("KEYSTEAD_METRICS_LISTEN", "127.0.0.1:0");
    let mut running = place.launch(&["serve"]);
    let said = running.until("Figures for Prometheus at http://");
    let address = said.rsplit(' ').next().unwrap().trim_end_matches("/metrics");
    running.until("Listening on ");
    let people = running.visitor();
    assert_eq!(people.get("/metrics").await.status, 404);
    assert_eq!(people.get("/photos/x/secret-token/64").await.status, 404);
    let figures = crate::support::client::Client::new(address.to_owned());
    assert_eq!(figures.get("/sign-in").await.status, 404, "people do not meet here");
    let shown = figures.get("/metrics").await.html;
    for line in [
        "# TYPE keystead_request_seconds histogram",
        "keystead_passwords_waiting 0",
        "keystead_jobs{region=\"eu\",state=\"dead\"} 0",
        "keystead_connections{database=\"directory\",state=\"open\"}",
    ] {
        assert!(shown.contains(line), "{line}:\n{shown}");
    }
    assert!(!shown.contains("secret-token"), "{shown}");
}

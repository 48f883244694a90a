//! Other people's clients, unmodified, as their registries have them, working against this server.
//!
//! Rule: they are fetched into a scratch folder and never committed. Where a registry does not answer their tests are
//! skipped, and say so; `KEYSTEAD_TEST_REQUIRE=clients` turns that into a failure. They know fixed ports, so one test
//! runs at a time, in whatever process.

mod crates_io;
mod npm;
mod pypi;

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use keystead::app;
use keystead::kernel::id::ProjectId;
use keystead::projects::holdings::{self, Latest};
use keystead::projects::project::{self, Project};
use serde_json::{Value, json};

use crate::studio_api::With;
use crate::support::people::{PASSWORD, Person};
use crate::support::world::{Backend, World};
use crate::support::{setting, skip};

/// Where clients that are told `localhost` look for the studio API and for ingestion.
const STUDIO: &str = "http://localhost:4800";
const INGESTION: &str = "http://localhost:4810";

/// A server where such clients look for it, with somebody who has a project there.
struct Ground {
    world: World,
    server: actix_web::dev::ServerHandle,
    person: Person,
    project: Project,
    /// Of the project; it may everything there.
    key: String,
    // Held until the end: then the next may have the ports.
    _turn: File,
}

impl Ground {
    async fn new() -> Self {
        let turn = turn("clients").await;
        let world = World::spawn_with(Backend::Sqlite, |config| {
            config.project_key_prefix = "ei".parse().unwrap();
            config.workspace_key_prefix = "ul".parse().unwrap();
        });
        let world = world.unwrap();
        let listeners = vec![bound(4800).await, bound(4810).await];
        let running = app::serve(&world.site, listeners, 1).unwrap();
        let server = running.handle();
        actix_web::rt::spawn(running);
        let person = world.person("ada-marchetti");
        let token = world.token(&person).await;
        let made = world.send(
            With::Token(&token),
            "post",
            "/v1/api/projects/create",
            json!({"projectName": "Gripper Vision"}),
        );
        let made = made.await.good();
        let number = made["id"].as_i64().unwrap();
        let project = world.in_europe(|db| project::by_number(db, number)).unwrap();
        let key = made["apiKey"].as_str().unwrap().to_owned();
        Self { world, server, person, project, key, _turn: turn }
    }

    /// What arrived in the project, the newest first.
    fn arrived(&self) -> Vec<Latest> {
        let id: ProjectId = self.project.id;
        self.world.in_europe(|db| holdings::latest(db, id, 20))
    }

    /// What every one of these clients may want to know, by name.
    fn tell(&self, command: &mut Command) {
        command
            .env("EI_API_ENDPOINT", format!("{STUDIO}/v1"))
            .env("EI_INGESTION_ENDPOINT", INGESTION)
            .env("EI_API_KEY", &self.key)
            .env("EI_HOST", "localhost")
            .env("KEYSTEAD_USERNAME", &self.person.username)
            .env("KEYSTEAD_PASSWORD", PASSWORD);
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// A file in the data acquisition format, not signed.
fn sample(device: &str) -> Value {
    json!({
        "protected": {"ver": "v1", "alg": "none"},
        "signature": "0".repeat(64),
        "payload": {"device_name": device, "device_type": "TEST", "interval_ms": 10,
            "sensors": [{"name": "accX", "units": "m/s2"}], "values": [[-9.81], [0.03]]},
    })
}

/// Where what is fetched is kept between runs: in a folder that is told, or beside what cargo builds.
fn scratch(name: &str) -> PathBuf {
    let told = setting("KEYSTEAD_TEST_CLIENTS").map(PathBuf::from);
    let folder = told.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What `fetch` leaves in its folder, fetched once for all runs; a second test waits for the first. `None` where its
/// registry does not answer.
fn fetched(name: &'static str, fetch: impl FnOnce(&Path) -> Result<(), String>) -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = scratch(name);
    let done = folder.join("fetched");
    if !done.is_file() {
        if let Err(reason) = fetch(&folder) {
            skip("clients", &reason);
            return None;
        }
        File::create(done).unwrap();
    }
    Some(folder)
}

/// Runs a step of fetching; the last line of what it said when it failed.
fn step(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(error) => Err(format!("{program} cannot be run: {error}")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
            Err(format!("{program} failed: {last}"))
        }
    }
}

/// Runs a client to its end, apart from the threads that answer it; what it printed, when it succeeded.
async fn printed(mut command: Command) -> String {
    let output: Output = actix_web::rt::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The server of the test before may be about to close it.
async fn bound(port: u16) -> TcpListener {
    for _ in 0..1_000_000 {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener;
        }
        actix_web::rt::task::yield_now().await;
    }
    panic!("somebody else listens on {port}");
}

/// Waits until no other process holds this name.
async fn turn(name: &str) -> File {
    let path = std::env::temp_dir().join(format!("keystead-{name}.lock"));
    let file = File::options().create(true).append(true).open(path).unwrap();
    actix_web::rt::task::spawn_blocking(move || file.lock().map(|()| file)).await.unwrap().unwrap()
}

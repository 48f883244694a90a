//! `keystead login`, `keystead run` and `keystead logout` as somebody has them on a laptop: the built program, a folder of
//! settings, a server that it reaches over the network.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use keystead::kernel::time::days;
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::key_role::KeyRole;
use keystead::secrets::changing::{self, Changed};
use keystead::sessions::session;
use tempfile::TempDir;

use crate::device_login;
use crate::on_both;
use crate::support::people::Person;
use crate::support::projects::{named, own, stamp};
use crate::support::secrets::permit;
use crate::support::world::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_keystead");

/// Somebody's machine: without a data folder, without a setting of a server.
struct Laptop {
    home: TempDir,
    server: String,
}

impl Laptop {
    fn new(server: &str) -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: server.to_owned() }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words).env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin");
        command.current_dir(self.home.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn with_key(&self, key: &str, words: &[&str]) -> Command {
        let mut command = self.command(words);
        command.env("KEYSTEAD_API_KEY", key).env("KEYSTEAD_SERVER", &self.server);
        command
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join(".config/keystead")
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.folder()) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// What a command came to: its code, or 128 and the signal; what it printed.
struct Came {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Came {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().or(output.status.signal().map(|signal| 128 + signal)).unwrap();
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

/// On a thread of its own: the server answers on this one.
async fn ran(mut command: Command) -> Came {
    tokio::task::spawn_blocking(move || Came::from(command.output().unwrap())).await.unwrap()
}

/// A workspace's key of this person, who has these secrets.
fn keyed(world: &World, person: &Person, secrets: &[(&str, &str)]) -> String {
    let id = world.id_of(&person.username);
    let may = permit(id.personal_workspace(), id);
    for (name, value) in secrets {
        world.secret(&may, name, value);
    }
    let maker = Maker::in_workspace(&own(id).permit().unwrap());
    let new = named("laptop", KeyRole::Admin);
    world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new)).unwrap().value.reveal()
}

/// Starts a shell that says when it is ready, and gives it back with what it printed so far.
async fn started(mut command: Command) -> (Child, BufReader<std::process::ChildStdout>) {
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        (child, lines)
    })
    .await
    .unwrap()
}

fn signal(child: &Child, name: &str) {
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
}

const SIGNALS: [(&str, u32); 7] =
    [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3), ("USR1", 10), ("USR2", 12), ("WINCH", 28)];

/// Whether these tests were begun with the signal ignored, as a shell begins what it puts into the background: no command
/// below ever sees it then.
fn is_ignored(number: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (number - 1) & 1 == 1
}

on_both! {
    async fn a_laptop_signs_in_runs_with_its_secrets_and_signs_out(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let id = world.id_of(&ada.username);
        world.secret(&permit(id.personal_workspace(), id), "API_KEY", "sk-canary-1");
        let laptop = Laptop::new(&world.base());
        let (mut child, code) = {
            let mut command = laptop.command(&["login", "--server", &world.base()]);
            tokio::task::spawn_blocking(move || {
                let mut child = command.spawn().unwrap();
                let mut lines = BufReader::new(child.stdout.take().unwrap());
                let mut line = String::new();
                lines.read_line(&mut line).unwrap();
                child.stdout = Some(lines.into_inner());
                (child, line.trim().rsplit(' ').next().unwrap().to_owned())
            }).await.unwrap()
        };
        assert_eq!(device_login::answer(&browser, &code, "Allow").await.status, 303);
        let mut out = child.stdout.take().unwrap();
        let ended = tokio::task::spawn_blocking(move || {
            let status = child.wait().unwrap();
            let (mut text, mut err) = (String::new(), String::new());
            out.read_to_string(&mut text).unwrap();
            child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
            (status.code(), text, err)
        }).await.unwrap();
        assert_eq!(ended.0, Some(0), "{ended:?}");
        let files = laptop.files();
        assert_eq!(files.len(), 1);
        let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&laptop.folder()), mode(&files[0])), (0o700, 0o600));
        let machine = machine_name();
        assert!(browser.get("/settings/sessions").await.has(&format!("Keystead on {machine}")));

        let print = ["run", "--", "sh", "-c", "echo $API_KEY; umask; env | grep -c KEYSTEAD_"];
        let came = ran(laptop.command(&print)).await;
        assert_eq!(came.out.lines().next(), Some("sk-canary-1"), "{}", came.err);
        assert!(came.out.ends_with("\n0\n") && !came.out.contains("0077"), "{}", came.out);
        assert!(laptop.files().iter().all(|path| !std::fs::read_to_string(path).unwrap().contains("canary")));

        std::fs::set_permissions(&files[0], PermissionsExt::from_mode(0o644)).unwrap();
        let wide = ran(laptop.command(&print)).await;
        assert!(wide.code == 1 && wide.err.contains("chmod 600"), "{}", wide.err);
        std::fs::set_permissions(&files[0], PermissionsExt::from_mode(0o600)).unwrap();

        let token: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&files[0]).unwrap()).unwrap();
        let out = ran(laptop.command(&["logout"])).await;
        assert_eq!((out.code, laptop.files().len()), (0, 0), "{}", out.err);
        let token = token["token"].as_str().unwrap();
        assert_eq!(world.call(crate::studio_api::With::Token(token), "get", crate::studio_api::USER).await.error().0, 401);
        let none = ran(laptop.command(&["logout", "--server", &world.base()])).await;
        assert!(none.code == 1 && none.err.contains("not signed in"), "{}", none.err);
    }

    async fn a_login_that_was_ended_among_the_sessions_gets_nothing_more(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let begun = device_login::begin(world).await;
        device_login::allow(&browser, &begun).await;
        let token = device_login::poll(world, &begun).await.unwrap();
        let laptop = Laptop::new(&world.base());
        std::fs::create_dir_all(laptop.folder()).unwrap();
        let port = world.base().rsplit(':').next().unwrap().to_owned();
        let path = laptop.folder().join(format!("http_localhost_{port}.json"));
        let text = serde_json::json!({"server": world.base(), "username": "ada", "token": token}).to_string();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        let words = ["run", "--", "true"];
        let came = ran(laptop.command(&words)).await;
        assert_eq!(came.code, 0, "{}", came.err);
        assert!(came.err.contains("there are no secrets here"), "{}", came.err);
        let id = world.id_of(&ada.username);
        world.in_europe(|db| session::end_others(db, id, None));
        let came = ran(laptop.command(&words)).await;
        assert!(came.code == 1 && came.err.contains("Your login at"), "{}", came.err);
        assert!(came.err.contains("keystead login --server"), "{}", came.err);
    }

    async fn the_exit_code_is_the_commands_and_what_fails_before_is_told(world: World) {
        let ada = world.person("ada-marchetti");
        let key = keyed(world, &ada, &[("API_KEY", "sk-canary-1")]);
        let laptop = Laptop::new(&world.base());
        let plain = laptop.home.path().join("plain");
        std::fs::write(&plain, "no program").unwrap();
        let plain = plain.to_str().unwrap();
        for way in [&["run"][..], &["run", "--mask"]] {
            let with = |rest: &[&str]| laptop.with_key(&key, &[way, &["--"], rest].concat());
            assert_eq!(ran(with(&["sh", "-c", "exit 7"])).await.code, 7, "{way:?}");
            assert_eq!(ran(with(&["sh", "-c", "kill -TERM $$"])).await.code, 128 + 15, "{way:?}");
            let came = ran(with(&["no-such-command-anywhere"])).await;
            assert_eq!(came.code, 127, "{}", came.err);
            assert!(came.err.contains("no-such-command-anywhere is not found"), "{}", came.err);
            assert_eq!(ran(with(&[plain])).await.code, 126, "{way:?}");
        }
        let usage = ran(laptop.command(&["run", "--", "true"])).await;
        assert!(usage.code == 2 && usage.err.contains("--server"), "{}", usage.err);
        assert_eq!(ran(laptop.with_key(&key, &["run"])).await.code, 2);
        let wrong = ran(laptop.with_key("ks_nonsense", &["run", "--", "true"])).await;
        assert!(wrong.code == 1 && wrong.err.contains("KEYSTEAD_API_KEY"), "{}", wrong.err);
        let plain = ran(laptop.with_key(&key, &["run", "--server", "http://192.0.2.1", "--", "true"])).await;
        assert!(plain.code == 2 && plain.err.contains("not encrypted"), "{}", plain.err);
        let gone = ran(laptop.with_key(&key, &["run", "--server", "http://127.0.0.1:1", "--", "true"])).await;
        assert!(gone.code == 1 && gone.err.contains("cannot be reached"), "{}", gone.err);
        let foreign = ran(laptop.with_key(&key, &["run", "--project", "acme-labs/vision", "--", "true"])).await;
        assert!(foreign.code == 1 && foreign.err.contains("This key belongs to"), "{}", foreign.err);
        let missing = ran(laptop.with_key(&key, &["run", "--only", "API_KEY,OTHER", "--", "true"])).await;
        assert!(missing.code == 1 && missing.err.contains("OTHER"), "{}", missing.err);
        for came in [usage, wrong, plain, gone, foreign, missing] {
            assert!(!came.err.contains(&key) && !came.err.contains("canary"), "{}", came.err);
        }
    }

    async fn signals_reach_the_command_and_it_answers_them(world: World) {
        let key = keyed(world, &world.person("ada-marchetti"), &[("API_KEY", "sk-canary-1")]);
        let laptop = Laptop::new(&world.base());
        // A shell answers a signal when what it waits for is over, and `wait` is over at once.
        let trap = "for s in INT TERM HUP QUIT USR1 USR2 WINCH; do trap \"kill \\$p; echo got $s; exit 9\" $s; done; \
            sleep 60 >/dev/null 2>&1 & p=$!; echo ready; while kill -0 $p; do wait $p; done";
        for way in [&["run"][..], &["run", "--mask"]] {
            for name in SIGNALS.iter().filter(|(_, number)| !is_ignored(*number)).map(|(name, _)| *name) {
                let words = [way, &["--", "sh", "-c", trap]].concat();
                let (mut child, mut lines) = started(laptop.with_key(&key, &words)).await;
                signal(&child, name);
                let (status, rest) = tokio::task::spawn_blocking(move || {
                    let mut rest = String::new();
                    lines.read_to_string(&mut rest).unwrap();
                    (child.wait().unwrap(), rest)
                }).await.unwrap();
                assert_eq!((status.code(), rest), (Some(9), format!("got {name}\n")), "{way:?} {name}");
            }
        }
    }

    async fn masked_output_holds_no_value_and_is_otherwise_as_it_was_printed(world: World) {
        let pem = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----";
        let secrets = [("API_KEY", "sk-canary-1"), ("LONGER", "sk-canary-1-more"), ("PEM", pem), ("PIN", "123")];
        let key = keyed(world, &world.person("ada-marchetti"), &secrets);
        let laptop = Laptop::new(&world.base());
        let script = "printf 'a sk-can'; printf 'ary-1 b\\n'; echo \"$LONGER\"; echo \"$PEM\" | sed -n 2p; echo $PIN; echo $API_KEY >&2";
        let came = ran(laptop.with_key(&key, &["run", "--mask", "--", "sh", "-c", script])).await;
        assert_eq!(came.out, "a *** b\n***\n***\n123\n");
        assert!(came.err.contains("PIN is shorter than 4 bytes") && came.err.ends_with("***\n"), "{}", came.err);
        let open = ran(laptop.with_key(&key, &["run", "--only", "API_KEY", "--", "sh", "-c", "echo $API_KEY$LONGER"])).await;
        assert_eq!(open.out, "sk-canary-1\n");
        let many = "i=0; while [ $i -lt 20000 ]; do echo \"$i $API_KEY\"; i=$((i+1)); done";
        let came = ran(laptop.with_key(&key, &["run", "--mask", "--", "sh", "-c", many])).await;
        assert!(!came.out.contains("canary"));
        assert_eq!(came.out.lines().count(), 20_000);
        assert!(came.out.lines().enumerate().all(|(i, line)| line == format!("{i} ***")));
    }

    async fn what_is_left_out_is_told_and_strict_starts_nothing(world: World) {
        let ada = world.person("ada-marchetti");
        let key = keyed(world, &ada, &[("API_KEY", "sk-canary-1")]);
        let id = world.id_of(&ada.username);
        let may = permit(id.personal_workspace(), id);
        let short = world.secret(&may, "SHORT", "sk-canary-2");
        let ends = Changed { description: String::new(), expires_at: Some(world.site.clock.now().plus(days(1))), projects: None };
        world.on_secrets(|db, act| changing::save(db, act, &may, short.id, &ends)).unwrap();
        world.site.clock.advance(days(1));
        let laptop = Laptop::new(&world.base());
        let came = ran(laptop.with_key(&key, &["run", "--", "echo", "started"])).await;
        assert_eq!((came.code, came.out.as_str()), (0, "started\n"));
        assert!(came.err.contains("SHORT is left out: expired"), "{}", came.err);
        for words in [&["run", "--strict"][..], &["run", "--only", "SHORT"]] {
            let came = ran(laptop.with_key(&key, &[words, &["--", "echo", "started"]].concat())).await;
            assert_eq!((came.code, came.out.as_str()), (1, ""), "{words:?}");
            assert!(came.err.contains("SHORT is left out: expired") && came.err.contains("not started"), "{}", came.err);
        }
    }
}

/// The first word of this machine's name, as the program calls it.
fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let first = name.trim().split('.').next().unwrap().to_owned();
    let plain: String = first.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(40).collect();
    if plain.is_empty() { "unnamed".to_owned() } else { plain }
}

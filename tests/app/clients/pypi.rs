//! `PyPI`: Edge Impulse's Python SDK and its bindings, and UL's platform command line.

use std::path::PathBuf;
use std::process::Command;

use keystead::projects::api_keys::{self, Maker};
use keystead::projects::key_role::KeyRole;

use super::{Ground, STUDIO, fetched, printed, sample, step};
use crate::support::projects::{named, own, stamp};

/// The programs of a Python that has the packages.
fn python() -> Option<PathBuf> {
    let folder = fetched("pypi", |folder| {
        step(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let packages = ["edgeimpulse", "edgeimpulse-api", "ultralytics-platform"];
        step(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "--retries", "1"]).args(packages))
    });
    folder.map(|folder| folder.join("bin"))
}

const UPLOAD: &str = r#"
import sys
import edgeimpulse as ei
from edgeimpulse import data

client = ei.util.configure_generic_client(key=ei.API_KEY, host=ei.API_ENDPOINT)
print("project", ei.util.default_project_id_for(client))
for _ in range(2):
    answer = data.upload_directory(directory=sys.argv[1], category="training", label="grip")
    print("sent", len(answer.successes), "refused", len(answer.fails))
    print([one.response for one in answer.fails if hasattr(one, "response")], file=sys.stderr)
ei.API_KEY = "ei_nothing"
try:
    ei.util.default_project_id_for(ei.util.configure_generic_client(key=ei.API_KEY, host=ei.API_ENDPOINT))
except Exception as error:
    print("error", "Invalid API key" in str(error))
"#;

const BINDINGS: &str = r#"
import os
from edgeimpulse_api import ApiClient, Configuration, LoginApi, OrganizationsApi, ProjectsApi, UserApi
from edgeimpulse_api.models import (
    AddHmacKeyRequest, AddProjectApiKeyRequest, CreateProjectRequest, GetJWTRequest, UpdateProjectRequest, UpdateUserRequest,
)

def client(name=None, value=None):
    config = Configuration(host=os.environ["EI_API_ENDPOINT"])
    if name:
        config.api_key[name] = value
    return ApiClient(config)

def login(password):
    request = GetJWTRequest(username=os.environ["KEYSTEAD_USERNAME"], password=password)
    return LoginApi(client()).login(request).token

try:
    login("not the password")
except Exception as error:
    print("refused:", error)
token = login(os.environ["KEYSTEAD_PASSWORD"])
for way in ["JWTAuthentication", "JWTHttpHeaderAuthentication"]:
    api = client(way, token)
    user = UserApi(api).get_current_user()
    own = [one for one in user.organizations if one.is_developer_profile]
    print(user.username, user.created, len(own), [project.name for project in user.projects])
users, projects, organizations = UserApi(api), ProjectsApi(api), OrganizationsApi(api)
users.update_current_user(UpdateUserRequest(job_title="Engineer"))
print(users.get_current_user().job_title, users.user_get_subscription_metrics().metrics.compute_minutes_total)
made = projects.create_project(CreateProjectRequest(project_name="From Python"))
print(made.api_key[:3], sorted(project.name for project in projects.list_projects().projects))
projects.update_project(made.id, UpdateProjectRequest(name="Renamed"))
info = projects.get_project_info(made.id)
print(info.project.name, info.data_summary.data_count)
key = projects.add_project_api_key(made.id, AddProjectApiKeyRequest(name="ci", role="readonly", is_development_key=True))
listed = [one for one in projects.list_project_api_keys(made.id).api_keys if one.id == key.id][0]
print(listed.name, listed.role, listed.is_development_key, listed.api_key != key.api_key)
projects.add_project_hmac_key(made.id, AddHmacKeyRequest(name="device", hmac_key="a-key-of-my-own-1", is_development_key=True))
both = projects.list_devkeys(made.id)
print(both.api_key == key.api_key, both.hmac_key, projects.get_hmac_devkey(made.id).hmac_key)
reader = ProjectsApi(client("ApiKeyAuthentication", key.api_key))
print(reader.get_current_api_key_info().role, len(reader.list_projects().projects))
try:
    reader.list_project_api_keys(made.id)
except Exception as error:
    print("refused:", getattr(error, "status", error))
projects.revoke_project_api_key(made.id, key.id)
projects.delete_project(made.id)
print([project.name for project in projects.list_projects().projects])
print([one.is_developer_profile for one in organizations.list_organizations().organizations])
"#;

#[actix_web::test]
async fn the_python_sdk_uploads_a_directory_and_tells_duplicates() {
    let Some(bin) = python() else { return };
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.json"), sample("bench-7").to_string()).unwrap();
    std::fs::write(folder.path().join("two.json"), sample("bench-8").to_string()).unwrap();
    let mut command = Command::new(bin.join("python"));
    command.args(["-c", UPLOAD]).arg(folder.path());
    ground.tell(&mut command);
    let said = printed(command).await;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], format!("project {}", ground.project.number));
    assert_eq!(lines[1..], ["sent 2 refused 0", "sent 0 refused 2", "error True"], "{said}");
    let arrived = ground.arrived();
    let mut devices: Vec<&str> = arrived.iter().map(|one| one.device_name.as_str()).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["bench-7", "bench-8"]);
    assert!(arrived.iter().all(|one| one.label == "grip" && one.category == "training" && one.verdict == "none"));
}

#[actix_web::test]
async fn the_python_bindings_make_projects_and_keys_and_take_them_away() {
    let Some(bin) = python() else { return };
    let ground = Ground::new().await;
    let mut command = Command::new(bin.join("python"));
    command.args(["-c", BINDINGS]);
    ground.tell(&mut command);
    let said = printed(command).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("User not found or Password is incorrect"), "{said}");
    let expected = [
        "ada-marchetti 2026-11-21T12:00:00Z 1 ['Gripper Vision']",
        "ada-marchetti 2026-11-21T12:00:00Z 1 ['Gripper Vision']",
        "Engineer 0",
        "ei_ ['From Python', 'Gripper Vision']",
        "Renamed 0",
        "ci readonly True True",
        "True a-key-of-my-own-1 a-key-of-my-own-1",
        "readonly 1",
        "refused: 403",
        "['Gripper Vision']",
        "[True]",
    ];
    assert_eq!(lines[1..], expected, "{said}");
}

#[actix_web::test]
async fn ul_cloud_account_summary_tells_the_account() {
    let Some(bin) = python() else { return };
    let ground = Ground::new().await;
    let maker = Maker::in_workspace(&own(ground.world.id_of(&ground.person.username)).permit().unwrap());
    let (stamp, new) = (
        keystead::projects::api_keys::Stamp { prefix: "ul".parse().unwrap(), ..stamp() },
        named("cloud", KeyRole::Admin),
    );
    let made = ground.world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp, &new)).unwrap();
    let home = tempfile::tempdir().unwrap();
    let ul = |key: &str| {
        let mut command = Command::new(bin.join("ul"));
        command.args(["cloud", "account", "summary"]).current_dir(home.path());
        command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path()).env("YOLO_CONFIG_DIR", home.path());
        command.env("ULTRALYTICS_API_KEY", key).env("ULTRALYTICS_PLATFORM_URL", STUDIO);
        command
    };
    let said = printed(ul(&made.value.reveal())).await;
    for word in ["ada-marchetti", "Ada Marchetti", "personal", "free"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let mut refused = ul("ul_nothing");
    let refused = actix_web::rt::task::spawn_blocking(move || refused.output().unwrap()).await.unwrap();
    assert!(!refused.status.success());
}

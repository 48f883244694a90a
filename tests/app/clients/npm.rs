//! npm: Edge Impulse's API client, and the data forwarder of its SDK for Linux, which signs.

use std::path::PathBuf;
use std::process::Command;

use keystead::access::Role;
use keystead::projects::hmac_keys::{self, NewHmacKey, OwnKey};

use super::{Ground, fetched, printed, step};
use crate::support::projects::maker;

const HMAC_KEY: &str = "00112233445566778899aabbccddeeff";

/// A folder whose `node_modules` has the packages.
fn packages() -> Option<PathBuf> {
    fetched("npm", |folder| {
        let flags = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
        let packages = ["edge-impulse-api", "edge-impulse-linux"];
        step(Command::new("npm").arg("--prefix").arg(folder).args(flags).args(packages).current_dir(folder))
    })
}

const CALLS: &str = r"
const { EdgeImpulseApi } = require('edge-impulse-api');
(async () => {
    const endpoint = process.env.EI_API_ENDPOINT;
    const api = new EdgeImpulseApi({ endpoint });
    await api.authenticate({ method: 'apiKey', apiKey: process.env.EI_API_KEY });
    const [project] = (await api.projects.listProjects()).projects;
    console.log(project.owner, project.name, (await api.projects.getProjectInfo(project.id, {})).project.id === project.id);
    await api.organizations.listOrganizations().catch(error => console.log(String(error.message || error)));
    const wrong = { username: process.env.KEYSTEAD_USERNAME, password: 'not the password' };
    await api.login.login(wrong).catch(error => console.log(String(error.message || error)));
    const known = await api.user.getUserNeedToSetPassword(process.env.KEYSTEAD_USERNAME);
    console.log(known.needPassword);
    const jwtToken = (await api.login.login({ ...wrong, password: process.env.KEYSTEAD_PASSWORD })).token;
    await api.authenticate({ method: 'jwtToken', jwtToken });
    const user = await api.user.getCurrentUser();
    console.log(user.username, user.organizations.filter(one => one.isDeveloperProfile).length);
    const made = await api.projects.addProjectApiKey(project.id, {
        name: 'Edge Impulse CLI (bench-7)', role: 'ingestion_deployment', isDevelopmentKey: false,
    });
    console.log(made.apiKey.startsWith('ei_'));
    console.log((await api.projects.getHmacDevkey(project.id)).hmacKey);
    const invalid = new EdgeImpulseApi({ endpoint });
    await invalid.authenticate({ method: 'apiKey', apiKey: 'ei_nothing' });
    await invalid.projects.listProjects().catch(error => console.log(String(error.message || error)));
})().catch(error => { console.error(error); process.exit(1); });
";

const FORWARD: &str = r"
const { DataForwarder } = require('edge-impulse-linux/build/library/data-forwarder');
(async () => {
    for (const hmacKey of [process.argv[1], 'another key, not of this project']) {
        const forwarder = new DataForwarder({
            deviceId: 'ac:87:a3:0a:2d:1b', deviceType: 'GRIPPER', sensors: [{ name: 'accX', units: 'm/s2' }],
            apiKey: process.env.EI_API_KEY, hmacKey, intervalMs: 10, host: 'localhost',
        });
        forwarder.addData([-9.81]);
        forwarder.addData([0.03]);
        const filename = 'grip ' + hmacKey.length + '.json';
        console.log(await forwarder.upload({ filename, label: 'Griff zu', category: 'testing' }));
    }
})().catch(error => { console.error(error); process.exit(1); });
";

fn node(folder: &std::path::Path, script: &str, ground: &Ground) -> Command {
    let mut command = Command::new("node");
    command.args(["-e", script]).current_dir(folder).env("NODE_PATH", folder.join("node_modules"));
    ground.tell(&mut command);
    command
}

fn hmac_key(ground: &Ground) {
    let (act, owner) = (ground.world.act(), maker(&ground.project, Role::Owner));
    let own = OwnKey::parse(HMAC_KEY).unwrap();
    let new = NewHmacKey { name: "gripper".to_owned(), own: Some(own), is_development: true };
    let europe = ground.world.region(keystead::kernel::region::Region::Eu);
    europe.write_now(|db| hmac_keys::create(db, &act, &owner, &new).map(|_| ())).unwrap();
}

#[actix_web::test]
async fn the_api_client_works_with_a_key_and_with_a_password() {
    let Some(folder) = packages() else { return };
    let ground = Ground::new().await;
    hmac_key(&ground);
    let said = printed(node(&folder, CALLS, &ground)).await;
    let lines: Vec<&str> = said.lines().collect();
    let expected = [
        "ada-marchetti Gripper Vision true",
        "Invalid API key",
        "User not found or Password is incorrect",
        "false",
        "ada-marchetti 1",
        "true",
        HMAC_KEY,
        "Invalid API key",
    ];
    assert_eq!(lines, expected, "{said}");
}

#[actix_web::test]
async fn the_data_forwarder_signs_and_is_believed_by_its_key_alone() {
    let Some(folder) = packages() else { return };
    let ground = Ground::new().await;
    hmac_key(&ground);
    let mut command = node(&folder, FORWARD, &ground);
    command.arg(HMAC_KEY);
    let said = printed(command).await;
    assert_eq!(said.lines().count(), 2, "the names they were stored under: {said}");
    let mut arrived = ground.arrived();
    arrived.sort_by(|a, b| a.verdict.cmp(&b.verdict));
    let verdicts: Vec<&str> = arrived.iter().map(|one| one.verdict.as_str()).collect();
    assert_eq!(verdicts, ["invalid", "valid"]);
    let valid = &arrived[1];
    assert_eq!((valid.device_name.as_str(), valid.label.as_str()), ("ac:87:a3:0a:2d:1b", "Griff zu"));
    assert_eq!(valid.category, "testing");
}

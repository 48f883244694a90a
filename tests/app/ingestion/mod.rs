//! `POST /api/{training,testing,anomaly,split}/{files,data}`, as devices and tools use it.

mod companions;
mod cut_off;
mod endless;
mod files;
mod keys;
mod memory;
mod one_file;
mod refused;
mod removal;
mod signatures;

use keystead::access::Role;
use keystead::crypto::signature::{LENGTH, SignedFile};
use keystead::ingestion::samples::{self, Sample};
use keystead::kernel::id::HmacKeyId;
use keystead::kernel::region::Region;
use keystead::projects::hmac_keys::{self, NewHmacKey, OwnKey};
use keystead::projects::holdings;
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::{Project, Signing};
use keystead::projects::settings;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::support::client::View;
use crate::support::people::Person;
use crate::support::projects::{maker, named, own};
use crate::support::world::World;

pub const HMAC: &str = "00112233445566778899aabbccddeeff";
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A project, a key that may send to it, and an HMAC key that its devices sign with.
pub struct Scene<'w> {
    pub world: &'w World,
    pub owner: Person,
    pub project: Project,
    pub key: String,
    pub hmac: HmacKeyId,
}

pub fn scene(world: &World) -> Scene<'_> {
    let owner = world.person("ada-marchetti");
    let project = world.project(&owner, "Gripper Vision");
    let key = world.key(&project, &named("bench", KeyRole::IngestionOnly)).value;
    let hmac = add_hmac_key(world, &project, HMAC);
    Scene { world, owner, project, key, hmac }
}

pub fn add_hmac_key(world: &World, project: &Project, text: &str) -> HmacKeyId {
    let (act, maker) = (world.act(), maker(project, Role::Owner));
    let new = NewHmacKey { name: "bench".to_owned(), is_development: false, own: OwnKey::parse(text).ok() };
    world.region(Region::Eu).write_now(|db| hmac_keys::create(db, &act, &maker, &new)).unwrap().0
}

impl Scene<'_> {
    /// A call with the project's key and these headers besides; a header of the same name replaces it.
    pub fn call(&self, path: &str, headers: &[(&str, &str)]) -> RequestBuilder {
        let request = self.world.visitor().request(Method::POST, path);
        let key =
            Some(("x-api-key", self.key.as_str())).filter(|_| headers.iter().all(|(name, _)| *name != "x-api-key"));
        key.iter().chain(headers).fold(request, |request, (name, value)| request.header(*name, *value))
    }

    pub async fn files(&self, category: &str, headers: &[(&str, &str)], files: &[(&str, &[u8])]) -> View {
        let mut form = Form::new();
        for (name, bytes) in files {
            form = form.part("data", Part::bytes(bytes.to_vec()).file_name((*name).to_owned()));
        }
        let request = self.call(&format!("/api/{category}/files"), headers).multipart(form);
        View::of(request.send().await.unwrap()).await
    }

    pub async fn data(&self, name: &str, headers: &[(&str, &str)], bytes: impl Into<Vec<u8>>) -> View {
        let headers = [&[("x-file-name", name)], headers].concat();
        View::of(self.call("/api/training/data", &headers).body(bytes.into()).send().await.unwrap()).await
    }

    /// Sends one document that the project takes, and reads what became of it.
    pub async fn taken(&self, headers: &[(&str, &str)], bytes: impl Into<Vec<u8>>) -> Sample {
        let file = ("idle.01.json", bytes.into());
        let view = self.files("training", headers, &[(file.0, &file.1)]).await;
        let answer = json(&view);
        assert_eq!((view.status, &answer["files"][0]["success"]), (200, &Value::Bool(true)), "{answer}");
        self.sample(&answer["files"][0])
    }

    /// The sample that one entry of an answer tells of.
    pub fn sample(&self, entry: &Value) -> Sample {
        let (project, number) = (self.project.id, entry["sampleId"].as_i64().unwrap());
        assert_eq!(entry["projectId"], self.project.number);
        self.world.in_europe(|db| samples::by_number(db, project, number)).unwrap()
    }

    pub fn count(&self) -> i64 {
        self.world.in_europe(|db| holdings::of(db, self.project.id)).samples
    }

    /// The files of the project's samples and those that are on their way in, by name.
    pub fn stored(&self) -> Vec<String> {
        let list = |folder: &str| self.world.site.files.list(Region::Eu, folder).unwrap();
        [list(&samples::folder(self.project.id)), list("incoming")].concat()
    }

    pub fn set_signing(&self, signing: Signing, replay_seconds: Option<i64>) {
        let account = self.project.created_by.unwrap();
        let (act, permit) = (self.world.act(), own(account).permit().unwrap());
        let saved = self
            .world
            .in_europe(|db| settings::set_signing(db, &act, &permit, self.project.id, signing, replay_seconds));
        assert!(saved);
    }
}

pub fn json(view: &View) -> Value {
    serde_json::from_str(&view.html).unwrap_or_else(|_| panic!("{} {}", view.status, view.html))
}

/// Why a request was refused; fails for any other form of answer.
pub fn error_of(view: &View) -> String {
    let answer = json(view);
    assert_eq!(answer["success"], Value::Bool(false));
    answer["error"].as_str().unwrap().to_owned()
}

/// Why the first file of a request was refused.
pub fn first_error(view: &View) -> String {
    let answer = json(view);
    assert_eq!((view.status, &answer["files"][0]["success"]), (200, &Value::Bool(false)), "{answer}");
    answer["files"][0]["error"].as_str().unwrap().to_owned()
}

/// A document that was never signed.
pub fn document(values: &str) -> String {
    signed_at(1_700_000_000, values)
}

pub fn signed_at(seconds: i64, values: &str) -> String {
    format!(
        "{{\"protected\":{{\"ver\":\"v1\",\"alg\":\"HS256\",\"iat\":{seconds}}},\"signature\":\"{ZEROS}\",\
         \"payload\":{{\"device_name\":\"ac:87:a3:0a:2d:1b\",\"device_type\":\"TEST\",\"interval_ms\":10,\
         \"sensors\":[{{\"name\":\"accX\",\"units\":\"m/s2\"}}],\"values\":{values}}}}}"
    )
}

/// Puts the right signature in the place of the last 64 zeros that stand together.
pub fn sign(document: &str, key: &str) -> Vec<u8> {
    let mut file = document.as_bytes().to_vec();
    let start = document.rfind(ZEROS).unwrap();
    let signature = SignedFile::new(&file, start).unwrap().signed_with(key);
    file[start..start + LENGTH].copy_from_slice(signature.as_bytes());
    file
}

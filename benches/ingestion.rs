//! Taking files in against writing them, and checking a signature against OpenSSL: `cargo bench --bench ingestion`.
//!
//! On SQLite. The yardstick of the first writes each file and one row for it, each in a transaction of its own; the aim is
//! 0.6 of its speed at least. That of the second is `openssl dgst -hmac` over the same ten megabytes, its start included;
//! without an `openssl` in the path it is left out. The aim is 0.6 of its speed too.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use futures_util::stream::iter;
use keystead::crypto::act::Act;
use keystead::crypto::chance::Chance;
use keystead::crypto::content_hash::ContentHash;
use keystead::crypto::keyring::Keyring;
use keystead::crypto::signature::{LENGTH, SignedFile};
use keystead::db::schema::{hmac_keys, numbers, projects, samples, workspaces};
use keystead::db::{Db, DbError, Store, migrate};
use keystead::files::Files;
use keystead::ingestion::extension::Extension;
use keystead::ingestion::intake::{Claims, Intake, Sender};
use keystead::ingestion::verdict::{SigningKey, Standing, judge};
use keystead::kernel::id::{AccountId, ProjectId, SampleId};
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::Timestamp;

/// 20 November 2026, 12:00.
const NOW: Timestamp = Timestamp::from_seconds(1_795_176_000);
const KEY: &str = "00112233445566778899aabbccddeeff";
const FILES: usize = 1_000;
const ROUNDS: usize = 5;
const LARGE: usize = 10 * 1024 * 1024;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    small_files(folder.path());
    large_file(folder.path());
}

fn small_files(folder: &Path) {
    let url = folder.join("eu.sqlite").to_string_lossy().parse().unwrap();
    migrate::migrate(&url, migrate::Kind::Region, NOW).unwrap();
    let (store, files) = (Store::new(url, 4), Files::new(folder.join("files")));
    let act =
        Act { now: NOW, chance: Chance::system(), keyring: Arc::new(Keyring::fixed(1)), origin: Origin::default() };
    let project = store.write_now(|db| project(db, &act)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut plain, mut together, mut alone) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        let batch = |kind: &str| -> Vec<Vec<u8>> {
            (0..FILES).map(|n| signed(&format!("[[{round}],[{n}],[\"{kind}\"]]"))).collect()
        };
        let (first, second, third) = (batch("plain"), batch("together"), batch("alone"));
        plain = plain.min(timed(|| {
            for file in &first {
                write_plainly(&store, &files, &act, project, file);
            }
        }));
        together = together.min(timed(|| runtime.block_on(take(&store, &files, &act, project, &second))));
        alone = alone.min(timed(|| {
            for file in &third {
                runtime.block_on(take(&store, &files, &act, project, std::slice::from_ref(file)));
            }
        }));
    }
    println!(
        "{FILES} small files: {plain:?} written plainly, {together:?} as one request, {alone:?} as a request each"
    );
    let ratio = |ours: Duration| plain.as_secs_f64() / ours.as_secs_f64();
    println!(
        "ingestion of {FILES} small signed files in one request ÷ plain files and rows = {:.2} (aim: at least 0.6)",
        ratio(together)
    );
    println!("ingestion of {FILES} small signed files one by one ÷ plain files and rows = {:.2}", ratio(alone));
}

fn large_file(folder: &Path) {
    let file = signed(&format!("[{}[0]]", "[-9.81,0.03,1.27],".repeat(LARGE / 18)));
    let path = folder.join("large.json");
    std::fs::write(&path, &file).unwrap();
    let keys = [SigningKey { id: 1, text: KEY }];
    let openssl = || {
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256", "-hmac", KEY]).arg(&path).stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !openssl() {
        println!("signature check: there is no openssl to compare with");
        return;
    }
    let (mut theirs, mut ours) = (Duration::MAX, Duration::MAX);
    for _ in 0..4 * ROUNDS {
        theirs = theirs.min(timed(|| assert!(openssl())));
        ours = ours.min(timed(|| assert_eq!(judge(&file, Extension::Json, &keys).verdict.standing(), Standing::Valid)));
    }
    println!("{} bytes: {theirs:?} by openssl, {ours:?} by us", file.len());
    println!(
        "signature check of 10 MB ÷ openssl dgst -hmac = {:.2} (aim: at least 0.6)",
        theirs.as_secs_f64() / ours.as_secs_f64()
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn signed(values: &str) -> Vec<u8> {
    let zeros = "0".repeat(LENGTH);
    let document = format!(
        "{{\"protected\":{{\"ver\":\"v1\",\"alg\":\"HS256\",\"iat\":1700000000}},\"signature\":\"{zeros}\",\
         \"payload\":{{\"device_name\":\"ac:87:a3:0a:2d:1b\",\"device_type\":\"TEST\",\"interval_ms\":10,\
         \"sensors\":[{{\"name\":\"accX\",\"units\":\"m/s2\"}}],\"values\":{values}}}}}"
    );
    let start = document.find(&zeros).unwrap();
    let signature = SignedFile::new(document.as_bytes(), start).unwrap().signed_with(KEY);
    document.replacen(&zeros, &signature, 1).into_bytes()
}

async fn take(store: &Store, files: &Files, act: &Act, project: ProjectId, all: &[Vec<u8>]) {
    let sender = Sender { region: Region::Eu, project, api_key: None };
    let claims = Claims { metadata: "{}".to_owned(), ..Claims::default() };
    let mut intake = Intake::begin(store, files, act, sender, claims).await.unwrap();
    for file in all {
        intake.take("idle.01.json", &mut iter([Ok::<_, ()>(file)])).await.unwrap();
    }
    let kept = intake.keep().await.unwrap();
    assert!(kept.len() == all.len() && kept.iter().all(|one| one.result.is_ok()));
}

/// The file, and a row that says of it what can be known without looking at it.
fn write_plainly(store: &Store, files: &Files, act: &Act, project: ProjectId, file: &[u8]) {
    let hash = ContentHash::of(file).to_string();
    files.put(Region::Eu, &format!("plain/{hash}"), file).unwrap();
    let id: SampleId = act.id();
    let insert = |db: &mut Db| {
        diesel::insert_into(numbers::table).values(numbers::id.eq(id.as_str())).execute(db)?;
        let number: i64 = numbers::table.filter(numbers::id.eq(id.as_str())).select(numbers::number).first(db)?;
        diesel::insert_into(samples::table)
            .values((
                (samples::id.eq(id), samples::number.eq(number), samples::project_id.eq(project)),
                (samples::category.eq("training"), samples::label.eq("idle"), samples::file_name.eq("idle.01.json")),
                (samples::extension.eq("json"), samples::size.eq(1_i64), samples::content_hash.eq(&hash)),
                (samples::verdict.eq("none"), samples::diagnosis.eq(""), samples::metadata.eq("{}")),
                (samples::device_name.eq(""), samples::device_type.eq(""), samples::upload_source.eq("")),
                samples::created_at.eq(act.now),
            ))
            .execute(db)?;
        Ok::<_, DbError>(())
    };
    store.write_now(insert).unwrap();
}

/// A project with the key that signs.
fn project(db: &mut Db, act: &Act) -> Result<ProjectId, DbError> {
    let (account, id): (AccountId, ProjectId) = (act.id(), act.id());
    diesel::insert_into(workspaces::table)
        .values((
            workspaces::id.eq(account.personal_workspace()),
            workspaces::name.eq("lovelace"),
            workspaces::kind.eq("personal"),
            workspaces::plan.eq("free"),
            workspaces::minutes_rank.eq(0_i64),
            workspaces::created_at.eq(act.now),
        ))
        .execute(db)?;
    diesel::insert_into(projects::table)
        .values((
            (projects::id.eq(id), projects::number.eq(1_i64), projects::workspace_id.eq(account.personal_workspace())),
            (projects::slug.eq("vision"), projects::name.eq("Vision"), projects::description.eq("")),
            (projects::visibility.eq("private"), projects::signing.eq("mark"), projects::revision.eq(1_i64)),
            projects::created_at.eq(act.now),
        ))
        .execute(db)?;
    let key: keystead::kernel::id::HmacKeyId = act.id();
    let place = keystead::crypto::keyring::Context {
        table: "hmac_keys",
        row: key.as_str(),
        owner: id.as_str(),
        name: "value",
        version: 1,
    };
    diesel::insert_into(hmac_keys::table)
        .values((
            (hmac_keys::id.eq(key), hmac_keys::number.eq(2_i64), hmac_keys::project_id.eq(id)),
            (
                hmac_keys::name.eq("bench"),
                hmac_keys::recognised_by.eq("0011…eeff"),
                hmac_keys::is_development.eq(false),
            ),
            (
                hmac_keys::sealed.eq(act.keyring.seal(&act.chance, place, KEY.as_bytes())),
                hmac_keys::created_at.eq(act.now),
            ),
        ))
        .execute(db)?;
    Ok(id)
}

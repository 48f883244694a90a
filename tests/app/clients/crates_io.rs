//! crates.io: Edge Impulse's crate `edge-impulse-runner`, which sends samples and files.

use std::path::PathBuf;
use std::process::Command;

use super::{Ground, INGESTION, fetched, printed, sample, step};
use crate::support::setting;

const MANIFEST: &str = r#"
[package]
name = "sender"
version = "0.0.0"
edition = "2024"

[dependencies]
edge-impulse-runner = "=1.0.0"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]
"#;

const MAIN: &str = r#"
use edge_impulse_runner::ingestion::{Category, Ingestion, Sensor, UploadOptions, UploadSampleParams};

#[tokio::main]
async fn main() {
    let [key, url, file] = std::array::from_fn(|at| std::env::args().nth(at + 1).unwrap());
    let client = Ingestion::with_host(key, url.clone());
    let params = UploadSampleParams {
        device_id: "bench-7",
        device_type: "GRIPPER",
        sensors: vec![Sensor { name: "accX".to_owned(), units: "m/s2".to_owned() }],
        values: vec![vec![-9.81], vec![0.03]],
        interval_ms: 10.0,
        label: Some("Griff zu".to_owned()),
        category: "training",
    };
    println!("{}", client.upload_sample(params).await.unwrap());
    let options = || Some(UploadOptions { disallow_duplicates: true, add_date_id: false });
    for _ in 0..2 {
        println!("{}", client.upload_file(&file, Category::Testing, Some("egg".to_owned()), options()).await.unwrap());
    }
    let stranger = Ingestion::with_host("ei_nothing".to_owned(), url);
    println!("{}", stranger.upload_file(&file, Category::Testing, None, None).await.unwrap_err());
}
"#;

fn cargo() -> Command {
    let mut command = Command::new(setting("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    // What this very test was built with is not meant for it.
    for (name, _) in std::env::vars() {
        let is_of_this_build =
            name.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&name.as_str());
        if is_of_this_build && !name.starts_with("CARGO_REGISTR") && !name.starts_with("CARGO_HTTP") {
            command.env_remove(name);
        }
    }
    command
}

/// A program that sends with the crate.
fn sender() -> Option<PathBuf> {
    let folder = fetched("crates.io", |folder| {
        std::fs::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
        std::fs::write(folder.join("Cargo.toml"), MANIFEST).map_err(|error| error.to_string())?;
        std::fs::write(folder.join("src/main.rs"), MAIN).map_err(|error| error.to_string())?;
        step(cargo().args(["build", "--quiet"]).current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")))
    });
    folder.map(|folder| folder.join("target/debug/sender"))
}

#[actix_web::test]
async fn the_crate_sends_a_sample_without_a_file_name_and_files() {
    let Some(sender) = sender() else { return };
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("egg.json");
    std::fs::write(&file, sample("bench-8").to_string()).unwrap();
    let mut command = Command::new(sender);
    command.arg(&ground.key).arg(INGESTION).arg(&file);
    let said = printed(command).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[1].contains("\"success\":true") && lines[1].contains("\"fileName\""), "{said}");
    assert!(lines[2].contains("already exists"), "{said}");
    assert!(lines[3].contains("401") && lines[3].contains("Invalid API key"), "{said}");
    let mut arrived = ground.arrived();
    arrived.sort_by(|a, b| a.device_name.cmp(&b.device_name));
    let seen: Vec<(&str, &str, &str)> =
        arrived.iter().map(|one| (one.device_name.as_str(), one.label.as_str(), one.category.as_str())).collect();
    assert_eq!(seen, [("bench-7", "Griff zu", "training"), ("bench-8", "egg", "testing")]);
}

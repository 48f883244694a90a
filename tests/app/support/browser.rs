//! Real Chromium, driven through its driver: wide or narrow, light or dark, with script or without.

use std::path::PathBuf;
use std::sync::OnceLock;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::server::{Server, is_root, private_folder};

/// Nothing is asked of the network that a test did not ask for, and nothing waits for a first run.
const QUIET: &[&str] = &[
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--force-prefers-reduced-motion",
    "--lang=en",
];

/// Chromium's windows are not narrower than this; below it a device is imitated.
const NARROWEST_WINDOW: u32 = 500;

/// How a browser is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub width: u32,
    pub is_dark: bool,
    pub has_script: bool,
}

pub const WIDE: Setup = Setup { width: 1280, is_dark: false, has_script: true };
pub const NARROW: Setup = Setup { width: 320, ..WIDE };

impl Setup {
    pub fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }

    pub fn without_script(self) -> Self {
        Self { has_script: false, ..self }
    }
}

/// One browser with cookies of its own. What a person does in it is in [`super::page`].
pub struct Browser {
    pub(super) client: Client,
    /// Where the tested server is, without a slash at the end.
    pub(super) base: String,
    pub(super) setup: Setup,
}

impl Browser {
    /// Opens a browser for the server at `base`; `None`, and a word about it, where there is none on this machine.
    pub async fn open(base: &str, setup: Setup) -> Option<Self> {
        let Some(driver) = driver() else {
            super::skip("browser", "chromium and chromedriver are not both in PATH");
            return None;
        };
        let Value::Object(capabilities) = capabilities(driver, setup) else { unreachable!("an object, just above") };
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&driver.address).await;
        Some(Self { client: client.unwrap(), base: base.trim_end_matches('/').to_owned(), setup })
    }

    /// Ends the browser now instead of with the whole run.
    pub async fn close(self) {
        self.client.close().await.unwrap();
    }
}

struct Driver {
    address: String,
    chromium: PathBuf,
    _server: Server,
}

fn driver() -> Option<&'static Driver> {
    static DRIVER: OnceLock<Option<Driver>> = OnceLock::new();
    DRIVER.get_or_init(start).as_ref()
}

fn start() -> Option<Driver> {
    let chromium =
        ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| super::find_program(name, []))?;
    let chromedriver = super::find_program("chromedriver", [])?;
    let folder = private_folder("keystead-browser-", &std::env::temp_dir());
    let command = [&*chromedriver.to_string_lossy(), "--port=0"];
    let port_of = |line: &str| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok();
    let (server, port) = Server::start(&command, &folder, None, "TERM", port_of);
    Some(Driver { address: format!("http://127.0.0.1:{port}"), chromium, _server: server })
}

fn capabilities(driver: &Driver, setup: Setup) -> Value {
    let mut flags: Vec<String> = QUIET.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--window-size={},900", setup.width.max(NARROWEST_WINDOW)));
    if is_root() {
        // Chromium's sandbox refuses root, which is who a build machine often is.
        flags.push("--no-sandbox".to_owned());
    }
    if setup.is_dark {
        flags.push("--force-dark-mode".to_owned());
    }
    let mut chromium = json!({ "binary": driver.chromium, "args": flags });
    if setup.width < NARROWEST_WINDOW {
        let device = json!({ "width": setup.width, "height": 800, "pixelRatio": 1.0, "mobile": true, "touch": false });
        chromium["mobileEmulation"] = json!({ "deviceMetrics": device });
    }
    if !setup.has_script {
        chromium["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": chromium, "goog:loggingPrefs": { "browser": "ALL" } })
}

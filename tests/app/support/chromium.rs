//! What only Chromium's own commands tell and do: what its console complains about (a breach of the page's policy, a
//! script that failed, a file that is not there), and a view of exactly so many points.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::browser::Browser;

/// Chromium's own command, beside the standard: everything its console said since the last time.
#[derive(Debug)]
struct ReadLog;

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(r#"{"type":"browser"}"#.to_owned()))
    }
}

/// A command of Chromium's developer tools.
#[derive(Debug)]
struct Tool(&'static str, Value);

impl WebDriverCompatibleCommand for Tool {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

impl Browser {
    /// Makes the view exactly this large from now on, whatever the window is, for pictures of one size.
    pub async fn resize(&self, width: u32, height: u32) {
        let view = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.client.issue_cmd(Tool("Emulation.setDeviceMetricsOverride", view)).await.unwrap();
    }

    /// Scrollbars take no room from now on, as on a telephone.
    pub async fn hide_scrollbars(&self) {
        self.client.issue_cmd(Tool("Emulation.setScrollbarsHidden", json!({ "hidden": true }))).await.unwrap();
    }

    /// Asks for dark pages from now on, or for light ones.
    pub async fn shade(&self, is_dark: bool) {
        let scheme = if is_dark { "dark" } else { "light" };
        let wish = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.client.issue_cmd(Tool("Emulation.setEmulatedMedia", wish)).await.unwrap();
    }

    /// Opens another tab of the same browser and goes on there; [`Browser::turn_to`] goes back.
    pub async fn new_tab(&self) {
        let tab = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(tab.handle).await.unwrap();
    }

    /// Goes on in another tab, counted from 0 as they were opened.
    pub async fn turn_to(&self, tab: usize) {
        let tabs = self.client.windows().await.unwrap();
        self.client.switch_to_window(tabs[tab].clone()).await.unwrap();
    }

    /// The console's lines since this was last asked, but for what Chromium reports of every sign-out: that it cleared
    /// what it was asked to clear.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(ReadLog).await.unwrap();
        let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
        let lines = entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default());
        lines.filter(|line| !line.contains("Clear-Site-Data header on")).map(str::to_owned).collect()
    }

    /// Fails the test when the console said anything.
    pub async fn check_console(&self) {
        let said = self.console().await;
        assert!(said.is_empty(), "the browser complains on {}:\n{}", self.path().await, said.join("\n"));
    }
}

//! A critic looks at a page: in light, in dark and as narrow as a small telephone; for its weight, its markup, its
//! complaints and whoever cannot see it.
//!
//! Rule: a critic goes on. What it found is told at the end, all at once, page by page.
//! `KEYSTEAD_TEST_SHOTS=folder` keeps a picture of everything it looked at.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::browser::Browser;
use super::markup::markup_problems_of;

/// The page's weight in bytes as sent, everything's weight, how many requests, and those to somebody else.
const WEIGH: &str = "
    const page = performance.getEntriesByType('navigation')[0];
    const parts = performance.getEntriesByType('resource').filter(part => part.initiatorType !== 'fetch');
    const foreign = parts.map(part => part.name).filter(name => !name.startsWith(location.origin));
    const whole = parts.reduce((sum, part) => sum + part.encodedBodySize, page.encodedBodySize);
    return [page.encodedBodySize, whole, 1 + parts.length, foreign];
";

/// The page as the server sends it: asked for again, or posted by the button with these words. `[status, text]`.
const FETCH: &str = "
    const done = arguments[arguments.length - 1], words = arguments[0];
    const says = button => button.textContent.replace(/\\s+/g, ' ').trim() === words;
    const button = words && [...document.querySelectorAll('form button')].find(says);
    const form = button && button.form;
    const body = form && new FormData(form, button);
    const plain = body && form.enctype !== 'multipart/form-data' ? new URLSearchParams(body) : body;
    const asked = form ? fetch(form.action, { method: form.method, body: plain }) : fetch(location.href);
    asked.then(async answer => done([answer.status, await answer.text()]), error => done([0, String(error)]));
";

const HTML_BYTES: u64 = 14 * 1024;
const ALL_BYTES: u64 = 50 * 1024;
const REQUESTS: u64 = 6;

pub struct Critic<'a> {
    browser: &'a Browser,
    found: Vec<String>,
    /// Name and source, for html-validate, which takes them all at once.
    sources: Vec<(String, String)>,
    seen: BTreeSet<String>,
}

impl<'a> Critic<'a> {
    pub fn new(browser: &'a Browser) -> Self {
        Self { browser, found: Vec::new(), sources: Vec::new(), seen: BTreeSet::new() }
    }

    /// Goes to a page and looks at it, and at its source.
    pub async fn visit(&mut self, name: &str, path: &str) {
        self.browser.go(path).await;
        self.look(name).await;
        self.read(name, "").await;
    }

    /// Presses a button of a form that is not filled in right, and looks at what comes back.
    pub async fn refuse(&mut self, name: &str, button: &str) {
        // A browser that knows `required` would send nothing.
        self.browser.run("for (const form of document.forms) form.noValidate = true").await;
        self.read(name, button).await;
        self.browser.press(button).await;
        if !self.browser.title().await.starts_with("Error: ") {
            let page = self.browser.text("body").await;
            self.found.push(format!("{name}: \"{button}\" was not refused: {page}"));
        }
        self.look(name).await;
    }

    /// Looks at the page that is open.
    pub async fn look(&mut self, name: &str) {
        let path = self.browser.path().await;
        self.seen.insert(path.split('?').next().unwrap_or_default().to_owned());
        self.weigh(name).await;
        for line in self.browser.console().await {
            // Chromium says so of the page itself when it is a refusal.
            if !line.contains("Failed to load resource: the server responded with a status of 4") {
                self.found.push(format!("{name}: the console says {line}"));
            }
        }
        for (look, width, is_dark) in [("light", 1280, false), ("dark", 1280, true), ("narrow", 320, false)] {
            self.browser.shade(is_dark).await;
            self.browser.resize(width, 900).await;
            let overhang = self.browser.run("return document.documentElement.scrollWidth - innerWidth").await;
            if overhang.as_i64().is_none_or(|overhang| overhang > 0) {
                self.found.push(format!("{name}, {look}: sticks out by {overhang} px"));
            }
            let problems = self.browser.accessibility_problems().await;
            self.found.extend(problems.into_iter().map(|problem| format!("{name}, {look}: axe-core: {problem}")));
            self.keep(name, look, width).await;
        }
        self.browser.resize(1280, 900).await;
        self.browser.shade(false).await;
    }

    /// The paths that were looked at. Fails with everything that was found.
    pub fn verdict(mut self) -> BTreeSet<String> {
        self.found.extend(markup_problems_of(&self.sources));
        assert!(self.found.is_empty(), "{} problems:\n{}", self.found.len(), self.found.join("\n"));
        self.seen
    }

    async fn read(&mut self, name: &str, button: &str) {
        let answer = self.browser.run_and_wait(FETCH, button).await;
        let source = answer[1].as_str().unwrap_or_default().to_owned();
        if answer[0].as_u64().is_none_or(|status| status == 0 || status >= 500) {
            self.found.push(format!("{name}: answered {answer}"));
        }
        // What asking again would do, such as showing a secret once, is no business of the log.
        let _ = self.browser.console().await;
        self.sources.push((name.to_owned(), source));
    }

    async fn weigh(&mut self, name: &str) {
        let weight = self.browser.run(WEIGH).await;
        let most = [HTML_BYTES, ALL_BYTES, REQUESTS];
        for (at, what) in ["bytes of HTML", "bytes in all", "requests"].iter().enumerate() {
            let found = weight[at].as_u64().unwrap_or(u64::MAX);
            if found > most[at] {
                self.found.push(format!("{name}: {found} {what}, {} is the most", most[at]));
            }
        }
        if weight[3] != Value::Array(Vec::new()) {
            self.found.push(format!("{name}: asks somebody else for {}", weight[3]));
        }
    }

    async fn keep(&self, name: &str, look: &str, width: u32) {
        let Some(folder) = super::setting("KEYSTEAD_TEST_SHOTS") else { return };
        let height = self.browser.run("return document.documentElement.scrollHeight").await;
        let height = height.as_u64().and_then(|height| u32::try_from(height).ok()).unwrap_or(900);
        self.browser.resize(width, height.clamp(600, 4000)).await;
        self.browser.screenshot(&Path::new(&folder).join(format!("{name}-{look}.png"))).await;
    }
}

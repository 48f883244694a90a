//! Who writes while the program is killed, and remembers what was answered.
//!
//! Rule: each goes on until the program does not answer any more, and counts as done only what was answered.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADA, BOB, Scene};
use crate::support::client::{Client, Form, View};
use crate::support::program::Place;

/// One after another, then from the beginning.
pub const PASSWORDS: [&str; 3] =
    ["gentle grippers hold warm eggs", "quiet arches carry the whole weight", "seven brass kettles on a windowsill"];
const CHANGES: &str = "/settings/password";

/// Sends a form, or asks for a page, from a network that nobody else comes from.
async fn ask(scene: &Scene, client: &Client, path: &str, form: Option<&Form>) -> Option<View> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NETWORK: AtomicU32 = AtomicU32::new(0);
    let [_, b, c, d] = NETWORK.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let method = if form.is_some() { Method::POST } else { Method::GET };
    let mut request = client.request(method, path).header("x-forwarded-for", format!("11.{b}.{c}.{d}"));
    if let Some(form) = form {
        request = request.form(&form.fields);
    }
    scene.ask(request).await
}

/// Reports compute time of both people, in batches that are sent again until they are answered.
pub struct Reporter {
    pub source: &'static str,
    client: reqwest::Client,
    sent: u32,
    /// By username.
    counted: BTreeMap<&'static str, i64>,
    /// Sent, and not answered.
    open: Vec<(&'static str, i64, Value)>,
}

impl Reporter {
    pub fn new(source: &'static str) -> Self {
        Self { source, client: reqwest::Client::new(), sent: 0, counted: BTreeMap::new(), open: Vec::new() }
    }

    pub async fn act(&mut self, scene: &Scene) {
        loop {
            if self.open.is_empty() {
                self.open = (0..=self.sent % 7).map(|_| self.event()).collect();
            }
            if self.send(scene).await.is_none() {
                return;
            }
        }
    }

    /// Sends what is still open.
    pub async fn finish(&mut self, scene: &Scene) {
        if !self.open.is_empty() {
            self.send(scene).await.unwrap();
        }
    }

    fn event(&mut self) -> (&'static str, i64, Value) {
        self.sent += 1;
        let (workspace, seconds) = (if self.sent.is_multiple_of(3) { BOB } else { ADA }, i64::from(self.sent));
        let kind = if self.sent.is_multiple_of(2) { "cpu" } else { "gpu" };
        let event = json!({"source": self.source, "id": format!("job-{}", self.sent), "workspace": workspace,
            "kind": kind, "seconds": seconds, "ended_at": "2026-11-20T09:31:00Z", "job": "job", "project": "cats"});
        (workspace, seconds, event)
    }

    async fn send(&mut self, scene: &Scene) -> Option<()> {
        let events: Vec<&Value> = self.open.iter().map(|(.., event)| event).collect();
        let request = self.client.post(format!("{}/platform/v1/usage/events", scene.base));
        let request = request.bearer_auth(&scene.token).json(&json!({"events": events}));
        let view = scene.ask(request).await?;
        assert_eq!(view.status, 200, "{}", view.html);
        let answer: Value = serde_json::from_str(&view.html).unwrap();
        let known = answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap();
        assert_eq!(known, self.open.len() as u64, "{answer}");
        for (workspace, seconds, _) in self.open.drain(..) {
            *self.counted.entry(workspace).or_default() += seconds;
        }
        Some(())
    }

    pub fn counted(&self, username: &str) -> i64 {
        self.counted.get(username).copied().unwrap_or_default()
    }

    /// A batch is one transaction in each region.
    pub fn hold(&self, username: &str, kept: i64) {
        let told = self.counted(username);
        let open: i64 = self.open.iter().filter(|(of, ..)| *of == username).map(|(_, seconds, _)| seconds).sum();
        assert!(kept == told || kept == told + open, "{username} has {kept} s; told were {told}, open are {open}");
    }
}

/// Saves a profile with a number in it that grows.
pub struct ProfileSaver {
    pub client: Client,
    pub saved: u32,
    sent: u32,
}

impl ProfileSaver {
    pub async fn enter(base: &str, username: &str) -> Self {
        Self { client: signed_in(base, username).await, saved: 0, sent: 0 }
    }

    pub async fn act(&mut self, scene: &Scene) {
        while self.save(scene).await.is_some() {}
    }

    async fn save(&mut self, scene: &Scene) -> Option<()> {
        const PAGE: &str = "/settings/account";
        let page = ask(scene, &self.client, PAGE, None).await?;
        self.sent += 1;
        let form = page.form("Save changes").fill("job_title", &format!("Number {}", self.sent));
        let answer = ask(scene, &self.client, PAGE, Some(&form)).await?;
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.saved = self.sent;
        Some(())
    }

    pub fn hold(&self, title: &str) {
        let kept: u32 = title.strip_prefix("Number ").map_or(0, |number| number.parse().unwrap());
        assert!((self.saved..=self.sent).contains(&kept), "kept {kept}, told {}, sent {}", self.saved, self.sent);
    }
}

/// Changes a password, and finds out by signing in what became of a change that was not answered.
pub struct PasswordChanger {
    pub client: Client,
    username: String,
    /// Which of [`PASSWORDS`] it was when that was last told.
    sure: usize,
    /// What it may be as well.
    maybe: Option<usize>,
}

impl PasswordChanger {
    pub async fn enter(base: &str, username: &str) -> Self {
        let client = signed_in(base, username).await;
        Self { client, username: username.to_owned(), sure: 0, maybe: None }
    }

    /// Before the others ask for anything: what costs a password to be checked would be killed with them again and again,
    /// and a try that is cut off counts as one.
    pub async fn prepare(&mut self, scene: &Scene) -> Option<()> {
        self.settle(scene).await?;
        self.inside(scene).await?;
        Some(())
    }

    /// Once a round: the cost of a password is the point of it.
    pub async fn act(&mut self, scene: &Scene) -> Option<()> {
        let page = self.inside(scene).await?;
        self.settle(scene).await?;
        let next = (self.sure + 1) % PASSWORDS.len();
        let form = page.form("Save changes").fill("Current password", PASSWORDS[self.sure]);
        let form = form.fill("New password", PASSWORDS[next]).fill("New password again", PASSWORDS[next]);
        self.maybe = Some(next);
        let answer = ask(scene, &self.client, CHANGES, Some(&form)).await?;
        assert_eq!(answer.status, 303, "{}", answer.text());
        (self.sure, self.maybe) = (next, None);
        Some(())
    }

    /// The last word on which password it is.
    pub async fn finish(&mut self, scene: &Scene) {
        self.settle(scene).await.unwrap();
        assert!(self.opens(scene, self.sure).await.unwrap());
    }

    /// The page; through the door again where a new session token was lost with its answer.
    async fn inside(&mut self, scene: &Scene) -> Option<View> {
        let page = ask(scene, &self.client, CHANGES, None).await?;
        if page.status == 200 {
            return Some(page);
        }
        self.settle(scene).await?;
        sign_in(scene, &self.client, &self.username, PASSWORDS[self.sure]).await?;
        ask(scene, &self.client, CHANGES, None).await
    }

    async fn settle(&mut self, scene: &Scene) -> Option<()> {
        if let Some(maybe) = self.maybe {
            if !self.opens(scene, self.sure).await? {
                // Asked first the next time, should the program be killed now: wrong tries are counted.
                (self.sure, self.maybe) = (maybe, Some(self.sure));
                assert!(self.opens(scene, self.sure).await?, "neither the old password nor the new one opens");
            }
            self.maybe = None;
        }
        Some(())
    }

    /// Asked from another browser, which leaves this one's session alone.
    async fn opens(&self, scene: &Scene, which: usize) -> Option<bool> {
        sign_in(scene, &Client::new(scene.base.clone()), &self.username, PASSWORDS[which]).await
    }
}

/// Sign up one after another, and confirm with the code of their mail when it has come.
pub struct Newcomers {
    pub client: Client,
    /// Those whose sign-up was answered as begun.
    pub all: Vec<Newcomer>,
    came: u32,
}

pub struct Newcomer {
    pub username: String,
    pub email: String,
    /// Typed the code, answered or not.
    is_tried: bool,
    pub is_confirmed: bool,
}

impl Newcomers {
    pub fn new(base: &str) -> Self {
        Self { client: Client::new(base.to_owned()), all: Vec::new(), came: 0 }
    }

    pub async fn act(&mut self, place: &Place, scene: &Scene) -> Option<()> {
        self.confirm(place, scene).await?;
        loop {
            self.came += 1;
            let (username, email) = (format!("person-{}", self.came), format!("p{}@example.com", self.came));
            let client = Client::new(scene.base.clone());
            let form = ask(scene, &client, "/sign-up", None).await?.form("Create account");
            let form = form.fill("Email", &email).fill("Password", PASSWORDS[0]).fill("Name", "A Person");
            let form = form.fill("Username", &username).choose("region", "eu");
            let answer = ask(scene, &client, "/sign-up", Some(&form)).await?;
            assert_eq!(answer.location().as_deref(), Some("/sign-up/code"), "{}", answer.text());
            self.client = client;
            self.all.push(Newcomer { username, email, is_tried: false, is_confirmed: false });
        }
    }

    /// The last one, in the browser that signed up, if the mail was written before the program was killed.
    async fn confirm(&mut self, place: &Place, scene: &Scene) -> Option<()> {
        let Some(newcomer) = self.all.last_mut().filter(|newcomer| !newcomer.is_confirmed) else { return Some(()) };
        let to = format!("To: {}", newcomer.email);
        let Some(code) = place.mails().iter().find(|mail| mail.contains(&to)).and_then(|mail| code_in(mail)) else {
            return Some(());
        };
        let page = ask(scene, &self.client, "/sign-up/code", None).await?;
        // Confirmed the last time, without an answer.
        if page.status != 200 {
            return Some(());
        }
        let was_tried = std::mem::replace(&mut newcomer.is_tried, true);
        let form = page.form("Confirm address").fill("Code", &code);
        let answer = ask(scene, &self.client, "/sign-up/code", Some(&form)).await?;
        // A code that was spent without an answer is worth nothing any more, and has done what it was for.
        assert!(answer.status == 303 || was_tried && answer.status == 422, "{}", answer.text());
        newcomer.is_confirmed = true;
        Some(())
    }
}

fn code_in(mail: &str) -> Option<String> {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    mail.lines().map(str::trim).find(is_code).map(str::to_owned)
}

async fn signed_in(base: &str, username: &str) -> Client {
    let client = Client::new(base.to_owned());
    let form = client.get("/sign-in").await.form("Sign in");
    let view = client.submit(&form.fill("Email or username", username).fill("Password", PASSWORDS[0])).await;
    assert_eq!(view.status, 303, "{}", view.text());
    client
}

/// Whether it opens.
async fn sign_in(scene: &Scene, client: &Client, username: &str, password: &str) -> Option<bool> {
    let form = ask(scene, client, "/sign-in", None).await?.form("Sign in");
    let form = form.fill("Email or username", username).fill("Password", password);
    let answer = ask(scene, client, "/sign-in", Some(&form)).await?;
    assert!(matches!(answer.status, 303 | 422), "{} {}", answer.status, answer.text());
    Some(answer.status == 303)
}

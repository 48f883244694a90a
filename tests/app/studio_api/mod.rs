//! `/v1`: the studio API that other people's tools call, asked as those tools ask.

mod keys;
mod login;
mod members;
mod mfa;
mod no_calls;
mod projects;
mod secrets;
mod user;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::View;
use crate::support::people::{PASSWORD, Person};
use crate::support::world::World;

/// What a call is made with.
#[derive(Clone, Copy)]
pub enum With<'a> {
    Nothing,
    Key(&'a str),
    Token(&'a str),
}

/// One answer, whose body is always JSON with `success`, and with `error` in every failure.
pub struct Answer {
    pub status: u16,
    pub view: View,
    pub json: Value,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let view = View::of(request.send().await.unwrap()).await;
        let json: Value = serde_json::from_str(&view.html).unwrap_or_else(|_| panic!("{}: {}", view.path, view.html));
        assert!(json["success"].is_boolean(), "{}", view.html);
        assert_eq!(json["success"] == false, json["error"].is_string(), "{}", view.html);
        Self { status: view.status, view, json }
    }

    /// What failed, with its status.
    pub fn error(&self) -> (u16, &str) {
        assert_eq!(self.json["success"], false, "{}", self.json);
        (self.status, self.json["error"].as_str().unwrap())
    }

    /// The answer, when it succeeded.
    pub fn good(self) -> Value {
        assert_eq!((self.status, &self.json["success"]), (200, &json!(true)), "{}", self.json);
        self.json
    }
}

impl World {
    /// Calls without a body.
    pub async fn call(&self, with: With<'_>, method: &str, path: &str) -> Answer {
        Answer::of(self.calling(with, method, path)).await
    }

    pub async fn send(&self, with: With<'_>, method: &str, path: &str, body: Value) -> Answer {
        Answer::of(self.calling(with, method, path).json(&body)).await
    }

    pub fn calling(&self, with: With<'_>, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.to_uppercase().parse().unwrap();
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.base()));
        let request = request.header("user-agent", "EDGE_IMPULSE_CLI");
        match with {
            With::Nothing => request,
            With::Key(key) => request.header("x-api-key", key),
            With::Token(token) => request.header("x-jwt-token", token),
        }
    }

    pub async fn log_in(&self, person: &Person, password: &str) -> Answer {
        let body = json!({"username": person.username, "password": password});
        self.send(With::Nothing, "post", "/v1/api-login", body).await
    }

    /// The token of a tool of this person.
    pub async fn token(&self, person: &Person) -> String {
        self.log_in(person, PASSWORD).await.good()["token"].as_str().unwrap().to_owned()
    }
}

pub const USER: &str = "/v1/api/user";
pub const PROJECTS: &str = "/v1/api/projects";

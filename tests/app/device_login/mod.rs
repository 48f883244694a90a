//! The device authorization grant: a program asks, a person allows it on a page, the program gets a session of
//! its own kind.

mod page;
mod program;
mod races;

use reqwest::Method;
use serde_json::Value;

use crate::support::client::{Client, View};
use crate::support::world::World;

pub const CLIENT: (&str, &str) = ("client_id", "keystead-cli");
pub const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
pub const AGENT: &str = "keystead/0.1.0 (Linux; ada-laptop)";

/// What a program was told when it began.
pub struct Begun {
    pub device_code: String,
    pub user_code: String,
    pub complete: String,
}

/// Sends a form as a program does; the status and what stands in the answer.
pub async fn send(world: &World, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let request = world.visitor().request(Method::POST, path).header("user-agent", AGENT).form(fields);
    let view = View::of(request.send().await.unwrap()).await;
    assert_eq!(view.headers["cache-control"], "no-store", "{path}");
    (view.status, serde_json::from_str(&view.html).unwrap_or(Value::Null))
}

/// What the one call says that its token is for.
pub async fn environment(world: &World, token: &str) -> u16 {
    let request = world.visitor().request(Method::GET, "/platform/v1/environment").bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

pub async fn begin(world: &World) -> Begun {
    let (status, answer) = send(world, "/oauth/device_authorization", &[CLIENT]).await;
    assert_eq!(status, 200, "{answer}");
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    assert_eq!(text("verification_uri"), format!("{}/login/device", world.base()));
    assert_eq!((answer["expires_in"].as_u64(), answer["interval"].as_u64()), (Some(600), Some(5)));
    let complete = text("verification_uri_complete");
    let complete = complete.strip_prefix(&world.base()).unwrap().to_owned();
    Begun { device_code: text("device_code"), user_code: text("user_code"), complete }
}

/// Asks whether it was answered: the token, or the error.
pub async fn poll(world: &World, begun: &Begun) -> Result<String, String> {
    let (status, answer) =
        send(world, "/oauth/token", &[GRANT, CLIENT, ("device_code", begun.device_code.as_str())]).await;
    if let Some(token) = answer["access_token"].as_str() {
        assert_eq!((status, answer["token_type"].as_str()), (200, Some("Bearer")));
        return Ok(token.to_owned());
    }
    assert_eq!(status, 400, "{answer}");
    Err(answer["error"].as_str().unwrap().to_owned())
}

/// Types the code and presses the button of the page that asks.
pub async fn answer(browser: &Client, code: &str, button: &str) -> View {
    let typed = browser.submit(&browser.get("/login/device").await.form("Continue").fill("Code", code)).await;
    assert_eq!(typed.location().as_deref(), Some("/login/device/answer"), "{}", typed.text());
    let asked = browser.get("/login/device/answer").await;
    browser.submit(&asked.form(button)).await
}

pub async fn allow(browser: &Client, begun: &Begun) {
    let allowed = answer(browser, &begun.user_code, "Allow").await;
    assert_eq!(allowed.location().as_deref(), Some("/settings/sessions"), "{}", allowed.text());
}

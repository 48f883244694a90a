//! What a client may take of a server: time, bytes, and one connection after another.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::on_both;

/// Sends this and nothing more; all that comes back until the server hangs up.
async fn told(address: SocketAddr, request: &'static str) -> String {
    let asked = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    actix_web::web::block(asked).await.unwrap()
}

on_both! {
    /// This waits as long as they are let wait: five seconds, at the same time.
    async fn who_dribbles_a_head_or_keeps_a_connection_idle_is_cut_off(world: World) {
        let dribbled = told(world.address, "GET /sign-in HTTP/1.1\r\nHost: local");
        let idle = told(world.address, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let (dribbled, idle) = futures_util::future::join(dribbled, idle).await;
        assert!(dribbled.starts_with("HTTP/1.1 408"), "{dribbled:?}");
        assert_eq!(idle.matches("HTTP/1.1 200 OK").count(), 2, "one connection carries several requests: {idle:?}");
    }

    async fn a_form_of_more_than_256_kb_is_refused_with_a_page(world: World) {
        let inside = world.signed_in(&world.person("ada-m")).await;
        let field = |size: usize| [("name".to_owned(), "a".repeat(size))];
        for (browser, path) in [
            (world.visitor(), "/sign-in"),
            (world.visitor(), "/sign-up"),
            (inside, "/settings/account"),
        ] {
            let view = browser.post(path, &field(256 * 1024)).await;
            assert_eq!(view.status, 400, "{path}: {}", view.text());
            assert!(view.has("Nothing was changed: the form holds more than 256 KB."), "{path}: {}", view.text());
        }
        // Too large to be carried through signing in; who is signed out begins anew.
        assert_eq!(world.visitor().post("/settings/account", &field(256 * 1024)).await.status, 303);
        // Within the limit it is the missing token that counts.
        assert_eq!(world.visitor().post("/sign-in", &field(250 * 1024)).await.status, 403);
    }

    async fn of_a_browser_that_was_never_signed_in_no_form_is_read_to_be_carried(world: World) {
        let field = [("name".to_owned(), "Ada".to_owned())];
        let ada = world.signed_in(&world.person("ada-m")).await;
        assert_eq!(world.visitor().post("/settings/account", &field).await.status, 303);
        world.site.clock.advance(keystead::kernel::time::hours(13));
        let carried = ada.post("/settings/account", &field).await;
        assert!(carried.html.contains("name=\"held\""), "{} {}", carried.status, carried.html);
    }

    async fn a_head_without_end_is_refused(world: World) {
        let long = format!("/sign-in?return_to={}", "a".repeat(200 * 1024));
        let answered = world.visitor().request(reqwest::Method::GET, &long).send().await;
        // Refused, or hung up on while it was still sending.
        assert!(answered.is_err() || answered.is_ok_and(|answer| answer.status().is_client_error()));
    }
}

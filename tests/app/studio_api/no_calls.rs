//! What is no call, and what is no body of one. Who may make which call is held by the matrix (`tests/app/matrix`).

use super::{Answer, With};
use crate::on_both;

on_both! {
    async fn what_is_no_call_and_what_is_no_json_is_told_in_the_same_form(world: World) {
        let token = world.token(&world.person("ada-marchetti")).await;
        for path in ["/v1", "/v1/", "/v1/api", "/v1/api/nothing", "/v1/api/0x10", "/v1/api/99999999999999999999", "/v1/%00"] {
            let view = crate::support::client::View::of(world.calling(With::Token(&token), "get", path).send().await.unwrap()).await;
            assert_eq!(view.status, 404, "{path}");
        }
        assert_eq!(world.call(With::Token(&token), "get", "/v1/api/nothing").await.error().0, 404);
        assert_eq!(world.call(With::Token(&token), "put", "/v1/api/user").await.error().0, 404);
        let raw = |body: Vec<u8>| world.calling(With::Token(&token), "post", "/v1/api/user").body(body);
        for body in ["", "{", "[7]", "null", "{\"name\":\"\\ud800\"}", "\u{0}"] {
            let refused = Answer::of(raw(body.as_bytes().to_vec())).await;
            assert_eq!(refused.error().0, 200, "{body:?}");
        }
        let huge = Answer::of(raw(vec![b' '; 1_048_576])).await;
        assert_eq!(huge.error(), (200, "Send at most 64 kB in one call."));
        let deep = Answer::of(raw("[".repeat(60_000).into_bytes())).await;
        assert_eq!(deep.error().0, 200);
        let unknown = format!("e{}", "A".repeat(43));
        for wrong in ["", " ", "nothing", unknown.as_str()] {
            let refused = Answer::of(world.calling(With::Nothing, "get", "/v1/api/user").header("x-jwt-token", wrong)).await;
            assert_eq!(refused.error().0, 401, "{wrong:?}");
        }
    }
}

//! What no project takes, whatever it says of itself.

use super::{document, error_of, first_error, json, scene};
use crate::on_both;
use crate::support::client::View;

on_both! {
    async fn documents_that_lie_are_refused_and_leave_nothing(world: World) {
        let scene = scene(world);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let sensors = format!("[{}]", vec!["{}"; 1_000_000].join(","));
        let sensor = "[{\"name\":\"accX\",\"units\":\"m/s2\"}]";
        for (name, file, said) in [
            ("a.json", document(&deep).into_bytes(), "Lists and objects lie more than 32 deep within each other."),
            ("a.json", document("[NaN]").into_bytes(), "The file is not readable as JSON: "),
            ("a.json", document("[1]").into_bytes()[..80].to_vec(), "The file is not readable as JSON: "),
            ("a.json", b"{}".to_vec(), "\"protected\" is missing."),
            ("a.cbor", vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "A document is an object"),
            ("a.cbor", vec![0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x61], "The file is not readable as CBOR: "),
            ("a.cbor", vec![0xa1, 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "The file is not readable as CBOR: "),
            ("a.cbor", vec![0x81; 100_000], "A document is an object"),
        ] {
            let view = scene.files("training", &[], &[(name, &file)]).await;
            assert!(first_error(&view).starts_with(said), "{said} {}", view.html);
            let view = scene.data(name, &[], file).await;
            assert!(view.status == 400 && error_of(&view).starts_with(said), "{}", view.html);
        }
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
        // A million sensors are many, and no lie.
        scene.taken(&[], document("[1]").replace(sensor, &sensors)).await;
    }

    async fn what_is_too_large_ends_the_request_and_leaves_nothing(world: World) {
        let scene = scene(world);
        let document = vec![b' '; 16 * 1024 * 1024 + 1];
        let view = scene.data("a.json", &[], document.clone()).await;
        assert_eq!((view.status, error_of(&view)), (413, "The document is larger than 16 MB.".to_owned()));
        let view = scene.files("training", &[], &[("first.txt", b"x"), ("a.cbor", &document)]).await;
        assert_eq!(view.status, 413);
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
        let large = scene.files("training", &[], &[("a.wav", &document)]).await;
        assert_eq!(json(&large)["files"][0]["success"], true, "a recording may be larger");
        assert_eq!(scene.stored().len(), 1);
    }

    async fn bodies_that_are_not_what_they_say_are_refused(world: World) {
        let scene = scene(world);
        let send = |content_type: Option<&'static str>, body: &'static str| {
            let headers: Vec<(&str, &str)> = content_type.map(|kind| ("content-type", kind)).into_iter().collect();
            let request = scene.call("/api/training/files", &headers).body(body);
            async { View::of(request.send().await.unwrap()).await }
        };
        let form = "multipart/form-data; boundary=x";
        let whole = "--x\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a.txt\"\r\n\r\nx\r\n--x--\r\n";
        assert_eq!(send(Some(form), whole).await.status, 200);
        for (content_type, body) in [
            (None, "x"),
            (Some("application/json"), "{}"),
            (Some("multipart/form-data"), whole),
            (Some("multipart/form-data; boundary=y"), whole),
            (Some(form), ""),
            (Some(form), "--x--\r\n"),
            (Some(form), &whole[..whole.len() - 8]),
            (Some(form), "--x\r\n\r\nx\r\n--x--\r\n"),
        ] {
            let view = send(content_type, body).await;
            assert_eq!(view.status, 400, "{content_type:?} {body:?} {}", view.html);
            error_of(&view);
        }
        let view = scene.data("a.txt", &[("content-encoding", "gzip")], "x").await;
        assert_eq!((view.status, error_of(&view)), (400, "Send files as they are, without a content encoding.".to_owned()));
        assert_eq!((scene.count(), scene.stored().len()), (1, 1));
    }
}

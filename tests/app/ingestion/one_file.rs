//! One file as the body of a request.

use reqwest::multipart::{Form, Part};

use super::{HMAC, document, error_of, scene, sign};
use crate::on_both;
use crate::support::client::View;

on_both! {
    async fn the_answer_is_the_stored_name_as_plain_text(world: World) {
        let scene = scene(world);
        let view = scene.data("idle%2001.json", &[], sign(&document("[1]"), HMAC)).await;
        assert_eq!((view.status, view.html.as_str()), (200, "idle 01.json"));
        assert!(view.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
        let dated = scene.data("idle.wav", &[("x-add-date-id", "1")], b"RIFF").await;
        let parts: Vec<&str> = dated.html.split('.').collect();
        assert_eq!((parts.len(), parts[0], parts[2]), (3, "idle", "wav"));
        assert_eq!((scene.count(), scene.stored().len()), (2, 2));
    }

    async fn a_name_must_be_told(world: World) {
        let scene = scene(world);
        for headers in [vec![], vec![("x-file-name", "")]] {
            let view = View::of(scene.call("/api/training/data", &headers).body("x").send().await.unwrap()).await;
            assert_eq!((view.status, error_of(&view)), (421, "The header x-file-name is missing.".to_owned()));
        }
        for (name, said) in [
            ("..", "The file has no name."),
            ("a.exe", "Files of this kind are not taken"),
            ("a%00.json", "The file's name has invisible characters."),
        ] {
            let view = scene.data(name, &[], "x").await;
            assert_eq!(view.status, 400);
            assert!(error_of(&view).starts_with(said), "{}", view.html);
        }
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
    }

    /// As one client sends it.
    async fn a_multipart_of_one_part_is_unwrapped(world: World) {
        let scene = scene(world);
        let send = |headers: Vec<(&'static str, &'static str)>, form: Form| {
            let request = scene.call("/api/testing/data", &headers).multipart(form);
            async { View::of(request.send().await.unwrap()).await }
        };
        let bare = || Form::new().part("file", Part::bytes(b"RIFF".to_vec()));
        let view = send(vec![("x-file-name", "noise.wav")], bare()).await;
        assert_eq!((view.status, view.html.as_str()), (200, "noise.wav"), "{}", view.html);
        let named = Form::new().part("file", Part::bytes(b"RIFF".to_vec()).file_name("own.wav"));
        assert_eq!(send(vec![], named).await.html, "own.wav");
        assert_eq!(send(vec![], bare()).await.status, 421);
        let two = bare().part("file", Part::bytes(b"RIFF".to_vec()));
        let view = send(vec![("x-file-name", "noise.wav")], two).await;
        assert_eq!((view.status, error_of(&view)), (400, "One file is sent here. Send several to …/files.".to_owned()));
        assert_eq!(scene.count(), 2);
    }
}

//! Many files in one request, each answered for itself.

use keystead::crypto::content_hash::ContentHash;
use keystead::ingestion::category::Category;
use keystead::kernel::region::Region;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::{HMAC, document, error_of, first_error, json, scene, sign};
use crate::on_both;
use crate::support::client::View;

on_both! {
    async fn a_file_is_stored_as_it_was_sent_and_answered_by_its_numbers(world: World) {
        let scene = scene(world);
        let file = sign(&document("[[-9.81],[0.03]]"), HMAC);
        let view = scene.files("training", &[], &[("idle.01.json", &file)]).await;
        assert_eq!(view.status, 200, "{}", view.html);
        assert!(view.headers["content-type"].to_str().unwrap().starts_with("application/json"));
        let answer = json(&view);
        let sample = scene.sample(&answer["files"][0]);
        let number = sample.number;
        let entry = json!({"success": true, "projectId": scene.project.number, "sampleId": number, "fileName": "idle.01.json"});
        assert_eq!(answer, json!({"success": true, "files": [entry]}));
        assert_eq!((sample.label.as_str(), sample.category), ("idle", Category::Training));
        assert_eq!((sample.device_name.as_str(), sample.device_type.as_str()), ("ac:87:a3:0a:2d:1b", "TEST"));
        assert_eq!(sample.size, i64::try_from(file.len()).unwrap());
        assert_eq!(sample.content_hash, ContentHash::of(&file).to_string());
        assert_eq!(scene.stored(), [sample.content_hash.as_str()]);
        let name = format!("samples/{}/{}", scene.project.id, sample.content_hash);
        assert_eq!(world.site.files.get(Region::Eu, &name).unwrap(), Some(file));
    }

    async fn each_file_of_a_request_is_answered_in_order(world: World) {
        let scene = scene(world);
        let (good, bad) = (document("[1]"), document("[2").into_bytes());
        let view = scene.files("testing", &[], &[
            ("a.json", good.as_bytes()), ("b.json", &bad), ("c.exe", b"MZ"), ("d.wav", b"RIFF"), ("e.csv", b""),
            ("../../etc/f.txt", b"x"), ("a\u{202e}b.txt", b"x"), (&"g".repeat(4_096), b"x"),
        ]).await;
        let answer = json(&view);
        let files = answer["files"].as_array().unwrap();
        let told: Vec<(bool, &str)> =
            files.iter().map(|file| (file["success"].as_bool().unwrap(), file["fileName"].as_str().unwrap_or("-"))).collect();
        assert_eq!(told, [
            (true, "a.json"), (false, "b.json"), (false, "c.exe"), (true, "d.wav"), (false, "e.csv"), (true, "f.txt"),
            (false, "-"), (false, "-"),
        ], "{answer}");
        let error = |at: usize| files[at]["error"].as_str().unwrap();
        assert!(error(1).starts_with("The file is not readable as JSON: "));
        assert!(error(2).starts_with("Files of this kind are not taken: "));
        assert_eq!(error(4), "The file is empty.");
        assert_eq!(error(6), "The file's name has invisible characters.");
        assert!(error(7).starts_with("The file's name is too long"));
        assert_eq!((scene.count(), scene.stored().len()), (3, 3));
        assert_eq!(scene.sample(&files[3]).category, Category::Testing);
    }

    async fn headers_say_what_the_samples_are(world: World) {
        let scene = scene(world);
        let labelled = scene.taken(&[("x-label", "left%20turn"), ("x-metadata", "{\"site\":\"dock 4\"}"),
            ("x-upload-source", "EDGE_IMPULSE_UPLOADER"), ("x-device-type", "other")], document("[1]")).await;
        assert_eq!((labelled.label.as_str(), labelled.upload_source.as_str()), ("left turn", "EDGE_IMPULSE_UPLOADER"));
        assert_eq!((labelled.metadata.as_str(), labelled.device_type.as_str()), ("{\"site\":\"dock 4\"}", "TEST"));
        assert_eq!(scene.taken(&[("x-label", "right turn")], document("[2]")).await.label, "right turn");
        assert_eq!(scene.taken(&[("x-label", "")], document("[3]")).await.label, "idle");
        assert_eq!(scene.taken(&[("x-no-label", "1"), ("x-label", "x")], document("[4]")).await.label, "");
        let dated = scene.taken(&[("x-add-date-id", "1")], document("[5]")).await;
        let parts: Vec<&str> = dated.file_name.split('.').collect();
        assert_eq!((parts.len(), parts[0], parts[1], parts[3]), (4, "idle", "01", "json"));
        let picture = scene.files("training", &[("x-device-type", "camera")], &[("cat.png", b"x")]).await;
        assert_eq!(scene.sample(&json(&picture)["files"][0]).device_type, "camera");
        for (header, value) in [("x-metadata", "{\"a\":1}"), ("x-metadata", "[]"), ("x-device-type", &"x".repeat(201))] {
            let view = scene.files("training", &[(header, value)], &[("a.txt", b"x")]).await;
            assert_eq!(view.status, 400, "{header} {}", view.html);
        }
        let view = scene.files("training", &[("x-label", "a%00b")], &[("a.txt", b"x")]).await;
        assert!(first_error(&view).starts_with("The label must be one line"));
    }

    async fn the_same_content_is_taken_twice_unless_the_sender_wants_it_once(world: World) {
        let scene = scene(world);
        let first = scene.taken(&[], document("[1]")).await;
        let second = scene.taken(&[], document("[1]")).await;
        assert_eq!((first.content_hash == second.content_hash, scene.stored().len()), (true, 1));
        for word in ["1", "true"] {
            let headers = [("x-disallow-duplicates", word)];
            let view = scene.files("training", &headers, &[("a.json", document("[1]").as_bytes())]).await;
            let said = format!("An item with this hash already exists (ids: {})", first.number);
            assert_eq!(first_error(&view), said);
            let view = scene.data("a.json", &headers, document("[1]")).await;
            assert_eq!((view.status, error_of(&view)), (400, said));
        }
        let twice = [("a.txt", b"x".as_slice()), ("b.txt", b"x")];
        let view = scene.files("training", &[("x-disallow-duplicates", "1")], &twice).await;
        let answer = json(&view);
        assert_eq!((&answer["files"][0]["success"], &answer["files"][1]["success"]), (&json!(true), &json!(false)));
        assert_eq!(scene.count(), 3);
    }

    async fn the_server_splits_by_content_alone(world: World) {
        let scene = scene(world);
        let mut files = Vec::new();
        for n in 0..40_u8 {
            files.push((format!("{n}.txt"), [n]));
        }
        let parts: Vec<(&str, &[u8])> = files.iter().map(|(name, byte)| (name.as_str(), byte.as_slice())).collect();
        let answer = json(&scene.files("split", &[], &parts).await);
        for (entry, (_, byte)) in answer["files"].as_array().unwrap().iter().zip(&files) {
            assert_eq!(scene.sample(entry).category, Category::of_content(&ContentHash::of(byte)));
        }
        let anomaly = json(&scene.files("anomaly", &[], &[("a.txt", b"x")]).await);
        assert_eq!(scene.sample(&anomaly["files"][0]).category, Category::Anomaly);
    }

    async fn only_what_is_a_file_is_a_sample(world: World) {
        let scene = scene(world);
        let part = |name: &str| Part::bytes(b"{}".to_vec()).file_name(name.to_owned());
        let form = Form::new().text("note", "hello").part("data", part("cat.png").mime_str("text/html").unwrap());
        let request = scene.call("/api/training/files", &[]).multipart(form);
        let answer = json(&View::of(request.send().await.unwrap()).await);
        assert_eq!(answer["files"].as_array().unwrap().len(), 1);
        assert_eq!((scene.count(), scene.stored().len()), (1, 1));
        let only = Form::new().part("data", part("label_map.labels"));
        let view = View::of(scene.call("/api/training/files", &[]).multipart(only).send().await.unwrap()).await;
        assert_eq!((view.status, error_of(&view)), (400, "The request holds no file.".to_owned()));
        let nameless = Form::new().part("data", Part::bytes(b"x".to_vec()));
        let view = View::of(scene.call("/api/training/files", &[]).multipart(nameless).send().await.unwrap()).await;
        assert_eq!(first_error(&view), "The file has no name.");
    }

    async fn a_thousand_files_come_in_one_request_and_no_more(world: World) {
        let scene = scene(world);
        let files: Vec<(String, Vec<u8>)> = (0..1_001).map(|n| (format!("n{n}.csv"), format!("{n}").into_bytes())).collect();
        let parts: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let view = scene.files("training", &[], &parts).await;
        assert_eq!((view.status, error_of(&view)), (400, "More than 1000 files came in one request.".to_owned()));
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
        let answer = json(&scene.files("training", &[], &parts[..1_000]).await);
        let files = answer["files"].as_array().unwrap();
        assert!(files.len() == 1_000 && files.iter().all(|file| file["success"] == true));
        assert_eq!((scene.count(), scene.stored().len()), (1_000, 1_000));
    }
}

//! Files that describe others: kept with those they describe, or refused in words.

use keystead::ingestion::samples;
use serde_json::{Value, json};

use super::{Scene, document, error_of, json, scene};
use crate::on_both;
use crate::support::client::View;

/// Sends files under these names.
async fn send(scene: &Scene<'_>, headers: &[(&str, &str)], files: &[(&str, String)]) -> View {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    scene.files("training", headers, &files).await
}

fn within(scene: &Scene<'_>, entry: &Value) -> Option<Value> {
    let id = scene.sample(entry).id;
    let stored = scene.world.in_europe(|db| samples::labels_within(db, id));
    stored.map(|text| serde_json::from_str(&text).unwrap())
}

fn segments(file: &str) -> (Value, String) {
    let of = json!([{"startIndex": 0, "endIndex": 300, "label": "up"}, {"startIndex": 301, "endIndex": 621, "label": "down"}]);
    let said = json!({"version": 1, "type": "structured-labels", "structuredLabels": {file: of}});
    (of, said.to_string())
}

fn boxes(files: &[&str]) -> (Value, String) {
    let of = json!([{"label": "cat", "x": 12, "y": 34.5, "width": 56, "height": 78}]);
    let by_name: serde_json::Map<String, Value> = files.iter().map(|file| ((*file).to_owned(), of.clone())).collect();
    (of, json!({"version": 1, "type": "bounding-box-labels", "boundingBoxes": by_name}).to_string())
}

/// Whether a file of an answer is a success, its name, and why not.
fn entry(file: &Value) -> (bool, &str, &str) {
    let text = |name: &str| file[name].as_str().unwrap_or_default();
    (file["success"].as_bool().unwrap(), text("fileName"), text("error"))
}

on_both! {
    async fn what_companions_say_is_kept_with_the_samples_they_name(world: World) {
        let scene = scene(world);
        let ((stretches, structured), (areas, bounding)) = (segments("up down.3.json"), boxes(&["cat.png", "dog.png"]));
        // One before its files and one behind them.
        let files = [("bounding_boxes.labels", bounding), ("up%20down.3.json", document("[1]")), ("cat.png", "a".to_owned()),
            ("dog.png", "b".to_owned()), ("none.png", "c".to_owned()), ("structured_labels.labels", structured)];
        let answer = json(&send(&scene, &[], &files).await);
        let entries = answer["files"].as_array().unwrap();
        assert!(entries.len() == 4 && entries.iter().all(|entry| entry["success"] == true), "{answer}");
        assert_eq!(within(&scene, &entries[0]), Some(json!({"structuredLabels": stretches})));
        assert_eq!(within(&scene, &entries[1]), Some(json!({"boundingBoxes": areas})));
        assert_eq!(within(&scene, &entries[2]), Some(json!({"boundingBoxes": areas})));
        assert_eq!(within(&scene, &entries[3]), None);
        assert_eq!((scene.count(), scene.stored().len()), (4, 4));

        // The name of the file as it was sent counts, not the one it is stored under.
        let files = [("up down.3.json", document("[2]")), ("structured_labels.labels", segments("up down.3.json").1)];
        let dated = json(&send(&scene, &[("x-add-date-id", "1")], &files).await);
        assert_eq!(within(&scene, &dated["files"][0]), Some(json!({"structuredLabels": stretches})), "{dated}");

        let ada = world.signed_in(&scene.owner).await;
        let path = format!("/ada-marchetti/gripper-vision/data/{}", scene.sample(&entries[0]).id);
        assert!(ada.get(&path).await.has("2 segments, as JSON"));
        let labels = ada.get(&format!("{path}/labels")).await;
        assert_eq!(json(&labels), json!({"structuredLabels": stretches}));
        assert!(labels.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"up down.3.json.labels.json\""));
        let bare = format!("/ada-marchetti/gripper-vision/data/{}", scene.sample(&entries[3]).id);
        assert!(!ada.get(&bare).await.has("Labelled within"));
        assert_eq!(ada.get(&format!("{bare}/labels")).await.html, "{}");
    }

    async fn bounding_boxes_in_a_header_are_kept_with_their_one_file(world: World) {
        let scene = scene(world);
        let (areas, companion) = boxes(&["cat.png"]);
        let header = areas.to_string();
        let headers = [("x-bounding-boxes", header.as_str())];
        let file = |name, text: &str| (name, text.to_owned());
        let answer = json(&send(&scene, &headers, &[file("cat.png", "a")]).await);
        assert_eq!(within(&scene, &answer["files"][0]), Some(json!({"boundingBoxes": areas})), "{answer}");
        let both = json(&send(&scene, &headers, &[file("cat.png", "b"), ("bounding_boxes.labels", companion)]).await);
        assert_eq!(within(&scene, &both["files"][0]), Some(json!({"boundingBoxes": [areas[0], areas[0]]})), "{both}");
        assert_eq!(scene.data("dog.png", &headers, "c").await.status, 200);
        let before = scene.count();
        let several = send(&scene, &headers, &[file("cat.png", "d"), file("dog.png", "e")]).await;
        assert_eq!((several.status, error_of(&several).contains("Send bounding_boxes.labels")), (400, true));
        for wrong in ["{}", "[{\"label\":\"cat\"}]", "cat"] {
            let refused = send(&scene, &[("x-bounding-boxes", wrong)], &[file("cat.png", "f")]).await;
            assert_eq!((refused.status, error_of(&refused).starts_with("The bounding boxes must be")), (400, true), "{wrong}");
        }
        assert_eq!((scene.count(), scene.stored().len()), (before, 3));
        let none = json(&send(&scene, &[("x-bounding-boxes", "")], &[file("cat.png", "g")]).await);
        assert_eq!(within(&scene, &none["files"][0]), None);
    }

    async fn a_companion_that_is_not_kept_is_said_to_be_refused(world: World) {
        let scene = scene(world);
        let file = || ("cat.png", "a".to_owned());
        let (_, right) = boxes(&["cat.png"]);
        let large = format!("{right}{}", " ".repeat(1024 * 1024));
        let cases: [(&str, String, &str); 6] = [
            ("label_map.labels", "{}".to_owned(), "Companions of this kind are not kept: "),
            ("attachments.labels", "{}".to_owned(), "Companions of this kind are not kept: "),
            ("bounding_boxes.labels", large, "A companion may have 1 MB at most: "),
            ("bounding_boxes.labels", segments("cat.png").1, "It is not JSON as this companion should be: "),
            ("structured_labels.labels", right.clone(), "It is not JSON as this companion should be: "),
            ("bounding_boxes.labels", boxes(&["dog.png", "..", "cat.png"]).1, "Of the files that it names 2 did not come"),
        ];
        for (name, companion, said) in cases {
            let answer = json(&send(&scene, &[], &[(name, companion), file()]).await);
            let files = answer["files"].as_array().unwrap();
            assert_eq!((files.len(), entry(&files[0])), (2, (true, "cat.png", "")), "{answer}");
            let (success, shown, error) = entry(&files[1]);
            assert!(!success && shown == name && error.starts_with(said), "{answer}");
            let is_kept = said.starts_with("Of the files");
            assert_eq!(within(&scene, &files[0]).is_some(), is_kept, "{answer}");
        }
        let twice = [file(), ("bounding_boxes.labels", right.clone()), ("bounding_boxes.labels", right.clone())];
        let answer = json(&send(&scene, &[], &twice).await);
        assert!(entry(&answer["files"][1]).2.starts_with("A companion of this kind came before"), "{answer}");
        assert!(within(&scene, &answer["files"][0]).is_some());
        let before = scene.count();
        let alone = send(&scene, &[], &[("bounding_boxes.labels", right)]).await;
        assert_eq!((alone.status, error_of(&alone)), (400, "The request holds no file.".to_owned()));
        assert_eq!(scene.count(), before);
    }
}

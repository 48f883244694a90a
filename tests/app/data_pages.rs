//! The Data tab of a project: the list, one sample, and checking a file.

use keystead::access::Role;
use keystead::ingestion::samples::{self, Asked, Effort};
use keystead::ingestion::verdict::Standing;
use keystead::kernel::id::SampleId;
use keystead::kernel::time::minutes;
use keystead::projects::project::{Project, Signing};
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::ingestion::{HMAC, add_hmac_key, document, scene, sign};
use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::projects::own;
use crate::support::world::World;

const BASE: &str = "/ada-marchetti/gripper-vision";

async fn check(browser: &Client, file: &[u8]) -> View {
    let page = browser.get(&format!("{BASE}/data/check")).await;
    let token = page.form("Check file").value("form_token").to_owned();
    let form = Form::new().text("form_token", token).part("file", Part::bytes(file.to_vec()).file_name("a.json"));
    let request = browser.request(Method::POST, &format!("{BASE}/data/check")).multipart(form);
    View::of(request.send().await.unwrap()).await
}

/// Three samples: rightly signed, wrongly, and not at all.
async fn three(world: &World, project: &Project) -> Vec<SampleId> {
    let wrong = document("[2]").replace("ac:87:a3:0a:2d:1b", "bench 7");
    let files: [(&str, &[u8]); 3] =
        [("idle.01.json", &sign(&document("[1]"), HMAC)), ("100%_left.json", wrong.as_bytes()), ("noise.wav", b"RIFF")];
    world.samples(project, &files).await
}

on_both! {
    async fn the_list_says_what_came_and_whether_to_believe_it(world: World) {
        let scene = scene(world);
        let ada = world.signed_in(&scene.owner).await;
        let empty = ada.get(&format!("{BASE}/data")).await;
        assert!(empty.has("Nothing was sent yet"));
        three(world, &scene.project).await;
        let list = ada.get(&format!("{BASE}/data")).await;
        assert!(list.has("idle.01.json") && list.has("Signature invalid") && list.has("Not signed") && list.has("bench 7"));
        for (filter, found, missing) in [
            ("q=IDLE", "idle.01.json", "noise.wav"),
            ("q=100%25_L", "100%_left.json", "idle.01.json"),
            ("q=Bench", "100%_left.json", "noise.wav"),
            ("q=ac:87&label=idle", "idle.01.json", "100%_left.json"),
            ("verdict=valid", "idle.01.json", "noise.wav"),
            ("verdict=none", "noise.wav", "idle.01.json"),
            ("label=noise", "noise.wav", "idle.01.json"),
            ("device=bench+7", "100%_left.json", "noise.wav"),
        ] {
            let list = ada.get(&format!("{BASE}/data?{filter}")).await;
            assert!(list.has(found) && !list.has(missing), "{filter}: {} {}", list.status, list.text());
        }
        for nowhere in ["q=zebra", "q=0%25_L", "q=%25", "label=noise&verdict=valid"] {
            assert!(ada.get(&format!("{BASE}/data?{nowhere}")).await.has("No sample is like this."), "{nowhere}");
        }
        for wrong in ["category=other", "verdict=maybe", "before=x"] {
            assert_eq!(ada.get(&format!("{BASE}/data?{wrong}")).await.status, 400, "{wrong}");
        }
    }

    async fn a_category_is_chosen_alone_and_with_others(world: World) {
        let scene = scene(world);
        let sent = [("training", "Training", "grip.csv"), ("testing", "Testing", "slip.csv"), ("anomaly", "Anomaly", "drop.csv")];
        for (category, _, name) in sent {
            assert_eq!(scene.files(category, &[("x-label", "held")], &[(name, name.as_bytes())]).await.status, 200);
        }
        let ada = world.signed_in(&scene.owner).await;
        assert_eq!(ada.get(&format!("{BASE}/data")).await.form("Search").value("category"), "");
        for (category, word, name) in sent {
            let list = ada.get(&format!("{BASE}/data?category={category}")).await;
            let rows = list.text_of("tbody");
            assert!(rows.contains(name) && rows.contains(word), "{rows}");
            for (_, other, missing) in sent.iter().filter(|(one, ..)| *one != category) {
                assert!(!rows.contains(missing) && !rows.contains(other), "{category}: {rows}");
            }
            assert_eq!(list.form("Search").value("category"), category);
            let both = ada.get(&format!("{BASE}/data?category={category}&label=held&q=slip")).await;
            assert_eq!(both.has("slip.csv"), category == "testing");
            assert_eq!(both.has("No sample is like this."), category != "testing");
        }
    }

    async fn pages_follow_each_other_without_a_gap(world: World) {
        let scene = scene(world);
        let names: Vec<String> = (0..120).map(|n| format!("n{n:03}.csv")).collect();
        for name in &names {
            world.samples(&scene.project, &[(name, name.as_bytes())]).await;
        }
        let ada = world.signed_in(&scene.owner).await;
        let (mut path, mut seen) = (format!("{BASE}/data"), 0);
        loop {
            let page = ada.get(&path).await;
            seen += names.iter().filter(|name| page.html.contains(&format!(">{name}</a>"))).count();
            let Some(next) = page.attribute("a[rel=next]", "href") else { break };
            path = next;
        }
        assert_eq!(seen, 120);
    }

    /// Whatever is found is found once, in the order of the list, however little is looked at for a page.
    async fn a_search_finds_all_in_pages_that_cost_little(world: World) {
        let scene = scene(world);
        let mut wanted = Vec::new();
        for n in 0..60 {
            let name = if n % 3 == 0 { format!("Idle{n}.csv") } else { format!("noise{n}.csv") };
            let id = world.samples(&scene.project, &[(&name, name.as_bytes())]).await[0];
            if n % 3 == 0 {
                wanted.push(id);
            }
        }
        let device = world.samples(&scene.project, &[("x.json", document("[1]").replace("ac:87", "IDLE").as_bytes())]).await;
        wanted.push(device[0]);
        wanted.sort_by(|one, other| other.cmp(one));
        let all = |asked: &Asked, effort: Effort| {
            let (mut asked, mut found, mut short) = (asked.clone(), Vec::new(), 0);
            loop {
                let page = world.in_europe(|db| samples::list(db, scene.project.id, &asked, effort));
                assert!(page.samples.len() <= asked.most);
                short += i32::from(page.looked_through.is_some());
                found.extend(page.samples.into_iter().map(|sample| sample.id));
                asked.before = page.next;
                if page.next.is_none() {
                    return (found, short);
                }
            }
        };
        let asked = Asked { beginning: "iDLe".to_owned(), most: 4, ..Asked::default() };
        assert_eq!(all(&asked, Effort::default()), (wanted.clone(), 0));
        // More begin so than are looked up one by one.
        let (found, short) = all(&asked, Effort { beginnings: 5, along: 7 });
        assert!(found == wanted && short > 5, "{short}");
        let nothing_signed = Asked { beginning: "idle".to_owned(), verdict: Some(Standing::None), ..asked };
        wanted.retain(|id| *id != device[0]);
        assert_eq!(all(&nothing_signed, Effort { beginnings: 5, along: 7 }).0, wanted);
    }

    async fn a_sample_says_why_is_downloaded_left_out_and_deleted(world: World) {
        let scene = scene(world);
        let sent = three(world, &scene.project).await;
        let ada = world.signed_in(&scene.owner).await;
        let path = format!("{BASE}/data/{}", sent[1]);
        let page = ada.get(&path).await;
        assert!(page.has("The document was never signed: its signature is all zeros.") && page.has("bench 7"));
        assert!(ada.get(&format!("{BASE}/data/{}", sent[0])).await.has("The signature is valid."));
        let file = ada.get(&format!("{path}/file")).await;
        assert_eq!(file.html, document("[2]").replace("ac:87:a3:0a:2d:1b", "bench 7"));
        assert_eq!(file.headers["content-type"], "application/octet-stream");
        let disposition = file.headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename=\"100__left.json\""), "{disposition}");
        ada.submit(&page.form("Disable sample")).await;
        let page = ada.get(&path).await;
        assert!(page.has("Disabled") && ada.get(&format!("{BASE}/data")).await.has("Disabled"));
        ada.submit(&page.form("Enable sample")).await;
        assert!(!ada.get(&format!("{BASE}/data")).await.has("Disabled"));
        let asked = ada.get(&format!("{path}/delete")).await;
        world.site.clock.advance(minutes(11));
        let first = ada.submit(&asked.form("Delete sample")).await;
        let asked = world.confirm(&ada, first, None).await;
        let done = ada.submit(&asked.form("Delete sample")).await;
        assert_eq!(done.location().unwrap(), format!("{BASE}/data"));
        assert_eq!(ada.get(&path).await.status, 404);
        world.run_jobs();
        assert_eq!(scene.stored().len(), 2);
    }

    async fn a_file_stays_while_another_sample_has_the_same(world: World) {
        let scene = scene(world);
        let twins = world.samples(&scene.project, &[("a.csv", b"1"), ("b.csv", b"1")]).await;
        let (act, permit) = (world.act(), own(scene.project.created_by.unwrap()).permit().unwrap());
        for (twin, left) in [(twins[0], 1), (twins[1], 0)] {
            assert!(world.in_europe(|db| samples::delete(db, &act, &permit, scene.project.id, twin)).is_some());
            assert!(world.in_europe(|db| samples::delete(db, &act, &permit, scene.project.id, twin)).is_none());
            world.run_jobs();
            assert_eq!(scene.stored().len(), left);
        }
    }

    async fn a_file_is_checked_with_every_key_and_nothing_is_kept(world: World) {
        let scene = scene(world);
        let ada = world.signed_in(&scene.owner).await;
        for (file, said) in [
            (sign(&document("[1]"), HMAC), "bench (0011…eeff)"),
            (document("[1]").into_bytes(), "its signature is all zeros"),
            (sign(&document("[1]"), "some-other-key-of-theirs"), "No HMAC key of this project made the signature"),
            (document("[1]").replace("HS256", "none").into_bytes(), "The document says that it is not signed"),
            (b"RIFF".to_vec(), "The file is not readable as JSON"),
        ] {
            let page = check(&ada, &file).await;
            assert!(page.status == 200 && page.has(said), "{said}: {} {}", page.status, page.text());
        }
        scene.set_signing(Signing::RejectInvalid, None);
        let page = check(&ada, document("[1]").as_bytes()).await;
        assert!(page.has("would refuse it. This project takes no file whose signature is not valid."), "{}", page.text());
        assert_eq!(check(&ada, b"").await.status, 422);
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
    }

    async fn who_may_look_and_who_may_change(world: World) {
        let owner = world.person("olivia-o");
        let team = world.organization("acme-labs", &owner);
        let (viewer, editor, stranger) = (world.person("victor-v"), world.person("edith-e"), world.person("sten-s"));
        team.member(&viewer, Role::Viewer);
        team.member(&editor, Role::Editor);
        let olivia = world.signed_in(&owner).await;
        let form = olivia.get("/acme-labs/new-project").await.form("Create project").fill("Name", "Gripper Vision");
        assert_eq!(olivia.submit(&form).await.status, 303);
        let project = world.in_europe(|db| keystead::projects::project::at(db, team.id, "gripper-vision")).unwrap();
        add_hmac_key(world, &project, HMAC);
        let sample = world.samples(&project, &[("a.csv", b"1")]).await[0];
        let base = "/acme-labs/gripper-vision/data";
        for (person, status, change) in [(&viewer, 200, 403), (&editor, 200, 200), (&stranger, 404, 404)] {
            let browser = world.signed_in(person).await;
            for path in [base.to_owned(), format!("{base}/check"), format!("{base}/{sample}"), format!("{base}/{sample}/file")] {
                assert_eq!(browser.get(&path).await.status, status, "{path}");
            }
            assert_eq!(browser.get(&format!("{base}/{sample}/delete")).await.status, change);
            assert_eq!(browser.get(&format!("{base}/{sample}")).await.has("Disable sample"), change == 200);
        }
    }
}

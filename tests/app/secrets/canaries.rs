//! Values that are looked for wherever they must not be, after everything was done with them.

use keystead::db::Store;
use keystead::kernel::region::Region;

use crate::erasure::contents;
use crate::on_both;
use crate::support::canaries::Canaries;
use crate::support::client::Client;
use crate::support::logged;

const CANARIES: [&str; 5] =
    ["canary-Wq7added", "canary-Xt3replaced", "canary-Yb9pasted", "canary-Zk5refused", "canaryVp6endOfKey"];

/// Every page on the way, so that it can be searched.
async fn drive(browser: &Client, pages: &mut Vec<String>) {
    let base = "/settings/secrets";
    let mut keep = |html: &str| pages.push(html.to_owned());
    let form = browser.get(&format!("{base}/new")).await.form("Add secret");
    let refused = browser.submit(&form.clone().fill("Name", "PATH").fill("Secret", CANARIES[3])).await;
    keep(&refused.html);
    let list = browser.follow(browser.submit(&form.fill("Name", "ONE").fill("Secret", CANARIES[0])).await).await;
    keep(&list.html);
    let page = list.attribute("td.act a", "href").unwrap();
    let form = browser.get(&format!("{page}/replace")).await.form("Replace value");
    let replaced = browser.follow(browser.submit(&form.fill("New value", CANARIES[1])).await).await;
    keep(&replaced.html);
    keep(&browser.submit(&replaced.form("Give jobs version 1")).await.html);
    let form = browser.get(&format!("{base}/paste")).await.form("Look at the names");
    // The end of a key without quotation marks reads like a name.
    let [_, _, pasted, refused, end_of_key] = CANARIES;
    let file = format!("TWO={pasted}\nPATH={refused}\n{refused}\n{end_of_key}=\n{end_of_key}==");
    let review = browser.follow(browser.submit(&form.fill("File", &file)).await).await;
    keep(&review.html);
    keep(&browser.follow(browser.submit(&review.form("Keep these secrets")).await).await.html);
    for rest in ["", "?q=canary", "/new", "/paste"] {
        keep(&browser.get(&format!("{base}{rest}")).await.html);
    }
    for rest in ["", "/replace", "/delete"] {
        keep(&browser.get(&format!("{page}{rest}")).await.html);
    }
}

on_both! {
    async fn no_value_is_in_a_page_a_database_a_mail_a_file_or_the_log(world: World) {
        logged::keep();
        let canaries = Canaries::of(CANARIES.map(|canary| (canary, canary)));
        let found_in = |bytes: &[u8]| canaries.found_in(bytes);
        let ada = world.person("ada-marchetti");
        let workspace = world.id_of(&ada.username).personal_workspace();
        let browser = world.signed_in(&ada).await;
        let mut pages = Vec::new();
        drive(&browser, &mut pages).await;
        for page in &pages {
            assert_eq!(found_in(page.as_bytes()), [""; 0], "{page}");
        }
        // One file more that waits for its confirmation.
        let form = browser.get("/settings/secrets/paste").await.form("Look at the names");
        browser.submit(&form.fill("File", &format!("THREE={}", CANARIES[3]))).await;
        let got = world.environment(workspace, None);
        assert_eq!(got, [("ONE".to_owned(), CANARIES[0].to_owned()), ("TWO".to_owned(), CANARIES[2].to_owned())]);
        for mail in world.inbox(&ada.email) {
            assert_eq!(found_in(format!("{}{}{}", mail.subject, mail.text, mail.html).as_bytes()), [""; 0]);
        }
        let stores: [&Store; 2] = [world.region(Region::Eu), &world.site.regions.directory];
        for (table, rows) in stores.into_iter().flat_map(contents) {
            assert_eq!(found_in(rows.join("\n").as_bytes()), [""; 0], "{table}");
        }
        let data = &world.site.config.data;
        if world.region(Region::Eu).read_now(|db| Ok::<_, keystead::db::DbError>(db.is_sqlite())).unwrap() {
            for file in ["eu.sqlite", "eu.sqlite-wal", "directory.sqlite"] {
                assert!(data.join(file).exists(), "{file} is not among what is searched");
            }
        }
        let (found, _) = canaries.in_folder(data);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(found_in(&logged::all()), [""; 0]);
    }
}

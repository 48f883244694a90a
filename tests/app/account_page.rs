//! `/settings/account`: what is typed is saved, kept or refused, and never lost.

use crate::on_both;
use crate::support::client::{Client, Form, View};
use crate::support::people::PASSWORD;
use crate::support::pictures::{bad_pictures, picture};

const PAGE: &str = "/settings/account";

const ALL: &[(&str, &str)] = &[
    ("name", "Ada Marchetti-Ōhashi"),
    ("job_title", "Embedded ML lead"),
    ("company", "Tidewater & Sons"),
    ("bio", "I teach small grippers\nto be gentle."),
    ("use_case", "automotive"),
    ("github", "ada-marchetti"),
    ("linkedin", "ada-marchetti"),
    ("x", "ada_m"),
    ("youtube", "adamakes"),
    ("scholar", "qc6CJjYAAAAJ"),
    ("discord", "ada.m"),
    ("website", "https://marchetti.example/"),
    ("time_zone", "Europe/Lisbon"),
    ("theme", "dark"),
];

async fn form(browser: &Client) -> Form {
    browser.get(PAGE).await.form("Save changes")
}

fn filled(mut form: Form, fields: &[(&str, &str)]) -> Form {
    for (name, value) in fields {
        form = form.fill(name, value);
    }
    form
}

/// Sent as a browser sends a form with a file field in which nothing was chosen.
async fn save(browser: &Client, form: &Form) -> View {
    browser.submit_with(form, ("", "application/octet-stream", b"")).await
}

on_both! {
    async fn what_is_saved_is_shown_again(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let saved = save(&browser, &filled(form(&browser).await, ALL)).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let page = browser.follow(saved).await;
        assert!(page.has("Your changes have been saved.") && page.has("Last saved just now"));
        let again = page.form("Save changes");
        for (name, value) in ALL {
            assert_eq!(again.value(name), *value, "{name}");
        }
        assert_eq!(page.attribute("html", "data-theme").as_deref(), Some("dark"));
        assert!(page.attribute(".top .avatar", "data-tone").is_some());
    }

    async fn every_wrong_answer_is_told_at_once_and_nothing_typed_is_lost(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let wrong: &[(&str, &str)] = &[
            ("name", "  "),
            ("job_title", "Lead\u{202E}daeL"),
            ("company", &"x".repeat(101)),
            ("bio", "Grippers"),
            ("use_case", "piracy"),
            ("github", "https://evil.example/ada"),
            ("x", "not a handle"),
            ("website", "javascript:alert(1)"),
            ("time_zone", "Europe/Atlantis"),
            ("theme", "pink"),
        ];
        let page = save(&browser, &filled(form(&browser).await, wrong)).await;
        assert_eq!(page.status, 422);
        assert!(page.text_of("title").starts_with("Error: Account"));
        assert!(page.has("Nothing was saved: 10 answers need a change"));
        let back = page.form("Save changes");
        for (name, value) in wrong {
            assert!(page.attribute(&format!(".errors a[href='#{name}']"), "href").is_some(), "{name} is in the summary");
            assert_eq!(page.attribute(&format!("[id='{name}']"), "aria-invalid").as_deref(), Some("true"), "{name}");
            if !matches!(*name, "use_case" | "theme" | "time_zone") {
                assert_eq!(back.value(name), *value);
            }
        }
        assert_eq!(browser.get(PAGE).await.form("Save changes").value("name"), "Ada Marchetti");
    }

    async fn a_second_tab_does_not_overwrite_the_first(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let (one, two) = (form(&browser).await, form(&browser).await);
        let first = filled(one, &[("name", "Ada M."), ("company", "Tidewater")]);
        assert_eq!(save(&browser, &first).await.status, 303);
        let page = save(&browser, &filled(two, &[("company", "Northfield"), ("job_title", "Lead")])).await;
        assert_eq!(page.status, 409);
        assert!(page.has("Nothing was saved: this page was changed somewhere else"));
        assert!(page.has("Company is now Tidewater . What you typed is still in the field"));
        assert!(page.has("You had not changed it, so the field shows it."));
        let back = page.form("Save changes");
        let shown = ["name", "company", "job_title"].map(|name| back.value(name));
        assert_eq!(shown, ["Ada M.", "Northfield", "Lead"]);
        assert_eq!(save(&browser, &back).await.status, 303);
        let now = form(&browser).await;
        assert_eq!(["name", "company", "job_title"].map(|name| now.value(name)), ["Ada M.", "Northfield", "Lead"]);
    }

    async fn text_that_would_run_is_shown_as_text_or_refused(world: World) {
        const HOSTILE: &[&str] = &[
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "'-alert(1)-'",
            "</textarea><svg/onload=alert(1)>",
            "</title><script>alert(1)</script>",
            "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
            "{{7*7}}${7*7}<%= 7*7 %>",
            "=cmd|' /C calc'!A0",
            "' OR 1=1; DROP TABLE accounts; --",
            "%3Cscript%3Ealert(1)%3C/script%3E",
        ];
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        for text in HOSTILE {
            for (name, _) in ALL {
                let answer = save(&browser, &filled(form(&browser).await, &[(name, text)])).await;
                assert!(matches!(answer.status, 303 | 422), "{} {name} {text}", answer.status);
                for page in [answer, browser.get(PAGE).await] {
                    for tag in ["<script>alert", "<img src=x", "<svg/onload"] {
                        assert!(!page.html.contains(tag), "{name} {text}");
                    }
                }
            }
        }
    }

    async fn a_photo_is_shown_to_people_who_are_signed_in(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let file = picture(image::ImageFormat::Jpeg);
        let saved = browser.submit_with(&form(&browser).await, ("me.exe", "text/html", &file)).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let page = browser.follow(saved).await;
        let address = page.attribute(".face img", "src").unwrap();
        let photo = browser.get(&address).await;
        assert_eq!(photo.status, 200);
        let header = |name: &str| photo.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with("image/"));
        assert_eq!(header("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let other = world.signed_in(&world.person("noor-haddad")).await;
        assert_eq!(other.get(&address).await.status, 200);
        assert_eq!(world.visitor().get(&address).await.status, 303);
        for wrong in ["/photos/x/y-64".to_owned(), address.replace("-128", "-129"), address.replace("-128", "")] {
            assert_eq!(browser.get(&wrong).await.status, 404, "{wrong}");
        }
        // The next one takes its place, and it can be taken away.
        let next = browser.submit_with(&form(&browser).await, ("b.png", "", &picture(image::ImageFormat::Png))).await;
        assert_eq!(next.status, 303);
        assert_eq!(browser.get(&address).await.status, 404);
        let removed = save(&browser, &form(&browser).await.choose("remove_photo", "yes")).await;
        assert_eq!(removed.status, 303);
        assert_eq!(browser.get(PAGE).await.attribute(".face img", "src"), None);
    }

    async fn the_photo_of_an_account_that_is_not_in_use_or_shows_another_is_nowhere(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let eve = world.signed_in(&world.person("eve-adler")).await;
        let hang = async || {
            let picture = picture(image::ImageFormat::Png);
            browser.submit_with(&form(&browser).await, ("a.png", "image/png", &picture)).await;
            browser.get(PAGE).await.attribute(".face img", "src").unwrap()
        };
        let old = hang().await;
        assert_eq!(eve.get(&old).await.status, 200);
        let new = hang().await;
        assert_eq!((eve.get(&old).await.status, eve.get(&new).await.status), (404, 200));
        let close = browser.get("/settings/account/delete").await.form("Delete account");
        assert_eq!(browser.submit(&close.choose("confirm", "ada-marchetti")).await.location().as_deref(), Some("/farewell"));
        assert_eq!(eve.get(&new).await.status, 404, "it is closed, though not yet erased");
    }

    async fn choosing_a_theme_cannot_lose_a_form_that_was_refused(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        assert!(browser.get(PAGE).await.html.contains("action=\"/theme\""));
        let page = save(&browser, &filled(form(&browser).await, &[("bio", "Short")])).await;
        assert!(page.status == 422 && !page.html.contains("action=\"/theme\""));
    }

    async fn a_bad_photo_is_refused_with_the_reason_and_the_rest_is_kept(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        for (bytes, reason) in bad_pictures() {
            let typed = filled(form(&browser).await, &[("job_title", "Lead")]);
            let page = browser.submit_with(&typed, ("photo.png", "image/png", &bytes)).await;
            assert_eq!(page.status, 422);
            assert!(page.text_of("[id='photo-error']").contains(reason), "{}", page.text());
            assert_eq!(page.form("Save changes").value("job_title"), "Lead");
        }
        let typed = filled(form(&browser).await, &[("bio", "Short")]);
        let page = browser.submit_with(&typed, ("photo.png", "image/png", &picture(image::ImageFormat::Png))).await;
        assert!(page.has("Choose the file again"));
        let files = world.site.files.list(keystead::kernel::region::Region::Eu, "photos").unwrap();
        assert_eq!(files, Vec::<String>::new(), "nothing of a refused photo is stored");
    }

    async fn a_form_sent_after_signing_out_comes_back_as_it_was_left(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let left = filled(form(&browser).await, &[("bio", "I teach small grippers\nto be gentle."), ("name", "Ada M.")]);
        world.site.clock.advance(keystead::kernel::time::hours(13));
        let door = save(&browser, &left).await;
        let door = door.form("Sign in").fill("Email or username", "ada-marchetti").fill("Password", PASSWORD);
        let held = browser.submit(&door).await;
        let held = browser.follow(held).await;
        let back = browser.submit(&held.form("Go back to your form")).await;
        assert_eq!(back.status, 200, "{}", back.text());
        assert!(back.has("This is how you left the page. Nothing is saved yet."));
        assert_eq!(form(&browser).await.value("name"), "Ada Marchetti", "nothing is saved yet");
        assert_eq!(save(&browser, &back.form("Save changes")).await.status, 303);
        let now = form(&browser).await;
        assert_eq!((now.value("name"), now.value("bio")), ("Ada M.", "I teach small grippers\nto be gentle."));
    }

    async fn a_form_of_another_session_changes_nothing(world: World) {
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        let eve = world.signed_in(&world.person("eve-adler")).await;
        for token in [form(&eve).await.value("form_token").to_owned(), String::new(), "x".repeat(86)] {
            let forged = filled(form(&ada).await.choose("form_token", &token), &[("name", "Eve")]);
            assert_eq!(save(&ada, &forged).await.status, 403);
        }
        assert_eq!(save(&ada, &form(&ada).await.without("form_token")).await.status, 403);
        assert_eq!(form(&ada).await.value("name"), "Ada Marchetti");
    }

    async fn what_no_browser_would_send_is_never_a_failure_of_ours(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let whole = form(&browser).await;
        let mut bare = whole.clone();
        bare.fields.retain(|(name, _)| name == "form_token");
        let bare = save(&browser, &bare).await;
        assert_eq!(bare.status, 422);
        let mut twice = whole.clone();
        twice.fields.push(("name".to_owned(), "Eve".to_owned()));
        assert_eq!(save(&browser, &twice).await.status, 400);
        let array = whole.clone().without("name").choose("name[]", "Eve");
        assert_eq!(save(&browser, &array).await.status, 422);
        assert_eq!(save(&browser, &whole.clone().fill("name", &"x".repeat(1_000_000))).await.status, 400);
        assert_eq!(save(&browser, &whole.clone().fill("bio", &"x".repeat(200_000))).await.status, 422);
        assert_eq!(save(&browser, &whole.clone().fill("name", "a\0b")).await.status, 400);
        assert_eq!(save(&browser, &whole.clone().choose("revision", "99999999999999999999")).await.status, 409);
        let broken = browser.post_raw(PAGE, "multipart/form-data; boundary=x", b"--x\r\nrubbish".to_vec()).await;
        assert_eq!(broken.status, 400);
        let unnamed = browser.post_raw(PAGE, "multipart/form-data", b"--x--".to_vec()).await;
        assert_eq!(unnamed.status, 400);
    }

    async fn every_tab_is_small(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        for tab in ["account", "password", "mfa", "mfa/set-up", "sessions"] {
            let request = browser.request(reqwest::Method::GET, &format!("/settings/{tab}"));
            let answer = request.header("accept-encoding", "gzip").send().await.unwrap();
            assert_eq!(answer.headers().get("content-encoding").unwrap(), "gzip");
            let size = answer.bytes().await.unwrap().len();
            assert!(size <= 14 * 1024, "{tab} is {size} bytes");
        }
    }

    async fn the_theme_is_chosen_on_any_page(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let form = browser.get("/settings/sessions").await.form("Dark");
        assert_eq!(browser.submit(&form).await.status, 303);
        assert_eq!(browser.get(PAGE).await.attribute("html", "data-theme").as_deref(), Some("dark"));
        let odd = form.choose("theme", "pink");
        assert_eq!(browser.submit(&odd).await.status, 400);
    }
}

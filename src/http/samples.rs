//! Every layout and every part, drawn with samples: what does not compile or loses a part is found here.

use askama::Template;

use super::chart::{Ahead, Chart, DaySeconds, Usage};
use super::face::Face;
use super::field_errors::FieldErrors;
use super::page::{Choice, Flash, FlashKind, PageFrame, Pager, Person, PlaceLink, Undo};
use super::tabs;
use super::words;
use crate::kernel::time::Timestamp;

pub(crate) fn frame(title: &str, description: &str) -> PageFrame {
    PageFrame {
        product: "Keystead".to_owned(),
        home_url: None,
        host: "account.tidewater.example".to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        has_error: false,
        theme: None,
        person: None,
        tabs: None,
        flash: None,
        form_token: "sample-token".to_owned(),
        request_id: "01JD7Q4M9ZK3".to_owned(),
        time_zone: "UTC".to_owned(),
        address_of: |name| format!("/static/{name}?v=sample"),
    }
}

pub(crate) fn ada() -> Person {
    Person {
        name: "Ada Marchetti".to_owned(),
        email: "ada@marchetti.example".to_owned(),
        username: "ada-marchetti".to_owned(),
        face: Face::of("Ada Marchetti", "ada-marchetti", None),
        is_administrator: true,
        region_title: "Europe (eu)",
        places: vec![
            PlaceLink::new("ada-marchetti", "Personal", Face::of("Ada Marchetti", "ada-marchetti", None), "acme-labs"),
            PlaceLink::new("acme-labs", "Owner", Face::of("Acme Labs", "acme-labs", None), "acme-labs"),
        ],
    }
}

/// Every field, as a page writes it.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layouts/settings.html" %}
{% import "parts/ui.html" as ui %}
{% import "parts/field.html" as field %}
{% import "parts/icons.html" as icons %}
{% block content %}
{{ ui::errors(errors) }}
<form class="card" method="post" action="/settings/account" data-unsaved>
{{ ui::form_token(page) }}
{{ ui::card_head("profile", "Profile", "Shown to members of your organizations.") }}
<div class="body stack">
{{ field::text("name", "Name", typed_name, error=errors.of("name"), autocomplete="name", most=100, is_required=true) }}
<div class="pair">
{{ field::text("job_title", "Job title", "Lead", autocomplete="organization-title", most=100) }}
{{ field::affix("github", "GitHub", "github.com/", "ada", error=errors.of("github")) }}
</div>
{{ field::area("bio", "Bio", "One\nTwo", hint="Empty, or 10 to 500 characters.", error=errors.of("bio"), most=500) }}
{{ field::select("use_case", "Use case", choices, "b") }}
{{ field::radios("when", "When?", choices, "a", hint="You are told by mail.") }}
{{ field::tick("remember", "Remember this browser", true, hint="For 30 days.") }}
{{ field::password("password", "New password", hint="At least 12 characters.", autocomplete="new-password", least=12) }}
{{ field::code("code", "Type the code it shows", hint="Six digits.", error=errors.of("code")) }}
{{ field::code("kept", "Type one of them back", kind="recovery") }}
</div>
<footer><p class="note">Nothing is saved yet.</p><button class="button main" type="submit">Save changes</button></footer>
</form>
{% endblock %}"#
)]
pub(crate) struct FieldsPage {
    pub page: PageFrame,
    pub errors: FieldErrors,
    pub choices: Vec<Choice>,
    pub typed_name: String,
}

/// Every other part.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layouts/admin.html" %}
{% import "parts/ui.html" as ui %}
{% import "parts/icons.html" as icons %}
{% block above %}{{ ui::crumb("/admin/accounts", "Accounts") }}{% endblock %}
{% block heading %}Ada & Co{% endblock %}
{% block content %}
{{ ui::notice("warn", "Careful.") }}
<section class="card" aria-labelledby="facts">
{{ ui::card_head("facts", "Facts") }}
<div class="body stack">
<dl class="facts">{{ ui::fact("Username", "ada") }}<div><dt>Email</dt><dd>a@b.example {{ ui::badge("good", "Verified") }}</dd></div></dl>
<ul class="toll">{{ ui::toll("1,204", "samples", with="And 3 models") }}</ul>
<p>Seen {{ ui::time(when.clone().in_sentence()) }}</p>
{{ ui::avatar(face, class="big") }}
{{ ui::once("value", "ks_1234") }}
{{ ui::codes("codes", codes, "Recovery codes", "Each works once.") }}
{{ ui::keep("codes", "codes.txt", "a b\n") }}
{{ ui::progress("erasing", 3, 12, "Erasing 3 of 12 accounts") }}
</div>
</section>
<section class="card" aria-labelledby="none">{% call ui::empty("none", "Nothing failed", "Failed jobs stand here.") %}{{ icons::list() }}{% endcall %}</section>
<section class="card" aria-labelledby="list">
{{ ui::card_head("list", "List") }}
<div class="table"><table><caption class="sr">List</caption><thead><tr>{{ ui::sorted("Total", "?sort=total", order="descending", class="n") }}{{ ui::sorted("Seen", "?sort=seen") }}</tr></thead>
<tbody><tr><th scope="row">1</th><td data-label="Seen">{{ ui::time(when) }}</td></tr></tbody></table></div>
</section>
{{ ui::pager(pager) }}
{% endblock %}"#
)]
pub(crate) struct PartsPage {
    pub page: PageFrame,
    pub face: Face,
    pub when: words::When,
    pub codes: Vec<String>,
    pub pager: Pager,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layouts/entrance.html" %}
{% import "parts/ui.html" as ui %}
{% block content %}
<form class="card" method="post" action="/sign-in">{{ ui::form_token(page) }}{{ ui::lintel() }}<header><h1>{{ page.title }}</h1></header>
<footer><button class="button main" type="submit">Sign in</button></footer></form>
{% endblock %}"#
)]
pub(crate) struct DoorPage {
    pub page: PageFrame,
}

/// The month of the reference page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layouts/settings.html" %}
{% import "parts/ui.html" as ui %}
{% import "parts/chart.html" as chart %}
{% block content %}
<section class="card" aria-labelledby="usage">
{{ ui::card_head("usage", "Compute usage") }}
<div class="body stack">
<dl class="sum">
{{ chart::sum_item("CPU", "cpu", "602", "counted once") }}
{{ chart::sum_item("GPU", "gpu", "214", "× 3 = 642 min") }}
{{ chart::sum_item("Total", "", "1,244", "602 + 642") }}
</dl>
<div><p class="meter-words"><span><b>1,244 of 1,500 min</b> used</span><span class="soft">83%</span></p>{{ chart::meter("40.13", "42.8") }}</div>
{{ chart::legend(drawn) }}
{{ chart::figure(drawn) }}
{{ chart::table(drawn) }}
</div>
</section>
{% endblock %}"#
)]
pub(crate) struct ChartPage {
    pub page: PageFrame,
    pub drawn: Chart,
}

pub(crate) fn november() -> Chart {
    let minutes = [
        (4, 0),
        (31, 6),
        (38, 11),
        (22, 0),
        (45, 18),
        (29, 9),
        (0, 0),
        (6, 0),
        (41, 14),
        (52, 22),
        (36, 10),
        (27, 5),
        (33, 12),
        (3, 0),
        (0, 0),
        (44, 19),
        (58, 31),
        (39, 16),
        (47, 24),
        (35, 13),
        (12, 4),
    ];
    let days: Vec<DaySeconds> = minutes.map(|(cpu, gpu)| DaySeconds { cpu: cpu * 60, gpu: gpu * 60 }).to_vec();
    let time = |text| Timestamp::parse_rfc3339(text).unwrap();
    let ahead = Ahead {
        now: time("2026-11-21T12:00:00Z"),
        month_seconds: 1_970 * 60,
        crossed_at: Some(time("2026-11-24T20:24:00Z")),
    };
    Usage {
        month: "2026-11".parse().unwrap(),
        days: &days,
        days_so_far: 21,
        gpu_weight: 3,
        allowance: Some(1_500),
        forecast: Some(ahead),
    }
    .draw()
}

fn has_all(html: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(html.contains(text), "{text} is missing in\n{html}");
    }
}

#[test]
fn a_form_with_errors_says_so_everywhere() {
    let mut errors = FieldErrors::new();
    errors.add("bio", "Bio", "Write at least 10 characters.");
    let choices = vec![Choice::new("a", "Now").with_note("At once."), Choice::new("b", "<Later>")];
    let page = PageFrame {
        has_error: true,
        person: Some(ada()),
        tabs: Some(tabs::settings("account")),
        ..frame("Account", "Who you are.")
    };
    let html = FieldsPage { page, errors, choices, typed_name: "A \"B\" <C>".to_owned() }.render().unwrap();
    has_all(
        &html,
        &[
            "<title>Error: Account · Keystead</title>",
            r##"<a href="#bio">Bio: Write at least 10 characters.</a>"##,
            r#"maxlength="500" aria-describedby="bio-hint bio-error" aria-invalid="true">"#,
            r#"<p class="error" id="bio-error">"#,
            r#"value="A &#34;B&#34; &#60;C&#62;""#,
            r#"<option value="b" selected>&#60;Later&#62;</option>"#,
            r#"<a href="/settings/account" aria-current="page">"#,
            r#"autocomplete="one-time-code""#,
        ],
    );
}

#[test]
fn every_part_is_drawn() {
    let now = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").unwrap();
    let flash = Flash {
        kind: FlashKind::Good,
        text: "Suspended.".to_owned(),
        undo: Some(Undo { action: "/undo".to_owned(), label: "Undo" }),
    };
    let page = PageFrame {
        theme: Some("dark"),
        person: Some(ada()),
        tabs: Some(tabs::admin("accounts")),
        flash: Some(flash),
        ..frame("Accounts", "All of them.")
    };
    let html = PartsPage {
        page,
        face: ada().face,
        when: words::relative(now, now, &words::zone("UTC")),
        codes: vec!["VRWT-2ITG-J43L-M2HU".to_owned()],
        pager: Pager { words: "Rows 1 to 25".to_owned(), previous: None, next: Some("?after=x".to_owned()) },
    }
    .render()
    .unwrap();
    has_all(
        &html,
        &[
            r#"<html lang="en" data-theme="dark">"#,
            r#"value="dark" aria-pressed="true""#,
            r#"<main id="main" class="wide">"#,
            "<h1>Ada & Co</h1>",
            r#"role="status""#,
            r#"action="/undo""#,
            r#"href="data:text/plain;charset=utf-8,a%20b%0A""#,
            r#"aria-sort="descending""#,
            r#"rel="next""#,
            "just now</time>",
        ],
    );
}

#[test]
fn the_door_has_neither_bar_nor_tabs() {
    let html = DoorPage { page: frame("Sign in", "Sign in.") }.render().unwrap();
    has_all(&html, &[r#"<div class="door">"#, r#"class="lintel""#, r#"name="form_token" value="sample-token""#]);
    assert!(!html.contains("popovertarget") && !html.contains("class=\"tabs\""));
}

#[test]
fn the_chart_says_in_words_and_figures_what_it_draws() {
    let page = PageFrame {
        tabs: Some(tabs::settings("billing")),
        person: Some(ada()),
        ..frame("Plans & Billing", "Used and left.")
    };
    let html = ChartPage { page, drawn: november() }.render().unwrap();
    has_all(
        &html,
        &[
            "1,244 of 1,500 minutes used by 21 November: 602 CPU and 642 weighted GPU. The busiest day was 17 November with 151. \
         The forecast crosses the allowance on 24 November.",
            r#"<rect x="3.8%" y="147.43" width="2.4%" height="2.57" class="cpu"/>"#,
            r#"<line class="limit" x2="100%" y1="40" y2="40"/>"#,
            r#"<input type="radio" name="day" value="21" checked>"#,
            r#"<tr><th scope="row">Sat 21 Nov</th><td class="n">12</td><td class="n">4</td><td class="n">24</td><td class="n">1,244</td></tr>"#,
            "November so far",
        ],
    );
    assert_eq!(html.matches("<i></i>").count(), 9);
}

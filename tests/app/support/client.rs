//! A browser without a screen: keeps cookies, reads pages, fills in forms by their labels. It follows no redirect unless
//! asked, so that a test sees each answer.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use scraper::{ElementRef, Html, Selector};

pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// One answer.
pub struct View {
    pub status: u16,
    pub headers: HeaderMap,
    pub path: String,
    pub html: String,
}

/// A form as it stood on a page, being filled in.
#[derive(Clone, Debug)]
pub struct Form {
    action: String,
    pub fields: Vec<(String, String)>,
    labels: BTreeMap<String, String>,
}

impl Client {
    pub fn new(base: String) -> Self {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            // The server hangs up on connections that wait, maybe in the moment in which one would be used again.
            .pool_max_idle_per_host(0)
            .user_agent("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .build()
            .unwrap();
        Self { http, base }
    }

    /// The server came back at another address; cookies are kept.
    pub fn moved_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    pub async fn get(&self, path: &str) -> View {
        View::of(self.http.get(format!("{}{path}", self.base)).send().await.unwrap()).await
    }

    /// Follows redirects, as a person would see it.
    pub async fn visit(&self, path: &str) -> View {
        let view = self.get(path).await;
        self.follow(view).await
    }

    pub async fn follow(&self, mut view: View) -> View {
        for _ in 0..10 {
            let Some(to) = view.location() else { return view };
            view = self.get(&to).await;
        }
        panic!("redirected in circles at {}", view.path);
    }

    pub async fn submit(&self, form: &Form) -> View {
        self.post(&form.action, &form.fields).await
    }

    /// Sends the form as a browser does where a file can be chosen: its name, what it is said to be, its bytes.
    pub async fn submit_with(&self, form: &Form, file: (&str, &str, &[u8])) -> View {
        const BOUNDARY: &str = "----keystead-test";
        let mut body = Vec::new();
        for (name, value) in &form.fields {
            let value = value.replace('\n', "\r\n");
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let (name, kind, bytes) = file;
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        self.post_raw(&form.action, &format!("multipart/form-data; boundary={BOUNDARY}"), body).await
    }

    /// Sends pairs as a form, however wrong they are.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> View {
        View::of(self.http.post(format!("{}{path}", self.base)).form(fields).send().await.unwrap()).await
    }

    /// Sends a body as it is.
    pub async fn post_raw(&self, path: &str, content_type: &str, body: Vec<u8>) -> View {
        let request = self.http.post(format!("{}{path}", self.base)).header("content-type", content_type).body(body);
        View::of(request.send().await.unwrap()).await
    }

    /// A request of any other kind, with this browser's cookies.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }
}

impl View {
    pub async fn of(response: reqwest::Response) -> Self {
        let path = response.url().path().to_owned();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, path, html: response.text().await.unwrap() }
    }

    pub fn location(&self) -> Option<String> {
        Some(self.headers.get(LOCATION)?.to_str().unwrap().to_owned())
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The words of the page, white space folded.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.html);
        fold(html.root_element().text())
    }

    /// The words of the first element that matches; fails with the page where there is none.
    pub fn text_of(&self, css: &str) -> String {
        let html = Html::parse_document(&self.html);
        let found = html.select(&Selector::parse(css).unwrap()).next().map(|element| fold(element.text()));
        found.unwrap_or_else(|| panic!("no {css} in {} {}:\n{}", self.status, self.path, self.text()))
    }

    /// An attribute of the first element that matches.
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.html);
        let found = html.select(&Selector::parse(css).unwrap()).next()?;
        found.value().attr(name).map(ToOwned::to_owned)
    }

    /// The form whose button says this; fails with the page where there is none.
    pub fn form(&self, button: &str) -> Form {
        let html = Html::parse_document(&self.html);
        let forms = Selector::parse("form").unwrap();
        let found = html.select(&forms).find_map(|form| Form::of(form, button, &self.path));
        found.unwrap_or_else(|| panic!("no button {button:?} in {} {}:\n{}", self.status, self.path, self.text()))
    }
}

impl Form {
    fn of(form: ElementRef<'_>, button: &str, path: &str) -> Option<Self> {
        let all = |css: &str| form.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
        let buttons = all("button:not([type=button])");
        let pressed = buttons.iter().find(|element| fold(element.text()) == button)?;
        let attribute =
            |element: &ElementRef<'_>, name: &str| element.value().attr(name).unwrap_or_default().to_owned();
        let mut fields = Vec::new();
        for element in all("input, textarea, select") {
            let (name, kind) = (attribute(&element, "name"), attribute(&element, "type"));
            let is_unset = matches!(kind.as_str(), "checkbox" | "radio") && element.value().attr("checked").is_none();
            if name.is_empty() || is_unset || kind == "file" {
                continue;
            }
            let value = match element.value().name() {
                "textarea" => element.text().collect::<String>().trim_start_matches('\n').to_owned(),
                "select" => {
                    let options = element.select(&Selector::parse("option").unwrap()).collect::<Vec<_>>();
                    let chosen = options.iter().find(|o| o.value().attr("selected").is_some()).or(options.first());
                    chosen.map(|o| attribute(o, "value")).unwrap_or_default()
                }
                _ => attribute(&element, "value"),
            };
            fields.push((name, value));
        }
        if let Some(name) = pressed.value().attr("name") {
            fields.push((name.to_owned(), attribute(pressed, "value")));
        }
        let labels = all("label[for]");
        let labels = labels.iter().map(|label| (fold(label.text()), attribute(label, "for"))).collect();
        let action = form.value().attr("action").unwrap_or(path).to_owned();
        Some(Self { action, fields, labels })
    }

    /// Types into the field with this label, or with this name where it has none.
    #[must_use]
    pub fn fill(mut self, label: &str, value: &str) -> Self {
        let name = self.labels.get(label).cloned().unwrap_or_else(|| label.to_owned());
        let known = !self.labels.values().all(|id| *id != name) || self.fields.iter().any(|(field, _)| *field == name);
        assert!(known, "no field {label:?}; there are {:?}", self.labels.keys());
        self.fields.retain(|(field, _)| *field != name);
        self.fields.push((name, value.to_owned()));
        self
    }

    /// Ticks a box, or chooses one of several.
    #[must_use]
    pub fn choose(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a field out, as no browser would.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }
}

fn fold<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

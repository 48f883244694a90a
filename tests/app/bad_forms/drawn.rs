//! A form as a page draws it, with all its fields and something typed into each.

use keystead::pages::TABLE;
use scraper::{ElementRef, Html, Selector};

#[derive(Clone, Debug)]
pub struct Drawn {
    /// The page it stands on.
    pub page: String,
    pub action: String,
    /// The route its action belongs to.
    pub route: &'static str,
    pub fields: Vec<(String, String)>,
    /// The value of its button, where that tells what is done.
    button: String,
}

impl Drawn {
    /// What it is, wherever it stands.
    pub fn key(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        format!("{} {} [{}]", self.route, self.button, names.join(" "))
    }

    /// Every posting form of a page, once for each of its buttons.
    pub fn all(page: &str, html: &str) -> Vec<Self> {
        let html = Html::parse_document(html);
        let (posting, pressed) = (css("form[method=post]"), css("button:not([type=button])"));
        let mut all = Vec::new();
        for form in html.select(&posting) {
            all.extend(form.select(&pressed).map(|button| Self::of(page, form, button)));
        }
        all
    }

    fn of(page: &str, form: ElementRef<'_>, button: ElementRef<'_>) -> Self {
        let action = form.value().attr("action").unwrap_or(page).to_owned();
        let mut fields: Vec<(String, String)> = Vec::new();
        for element in form.select(&css("input, textarea, select")) {
            let name = element.value().attr("name").unwrap_or_default();
            let is_known = fields.iter().any(|(field, _)| field == name);
            if !name.is_empty() && !is_known && element.value().attr("type") != Some("file") {
                fields.push((name.to_owned(), typed_into(element)));
            }
        }
        let value = button.value().attr("value").unwrap_or_default();
        if let Some(name) = button.value().attr("name") {
            fields.push((name.to_owned(), value.to_owned()));
        }
        let is_word = value.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let button = if is_word { value.to_owned() } else { String::new() };
        Self { page: page.to_owned(), route: route_of(&action), action, fields, button }
    }
}

/// What stands in it already; else something that reaches as far into the house as a stranger's words can.
fn typed_into(element: ElementRef<'_>) -> String {
    let given = match element.value().name() {
        "textarea" => element.text().collect::<String>().trim().to_owned(),
        "select" => {
            let of_list = css("option");
            let options = element.select(&of_list).filter_map(|option| option.value().attr("value"));
            options.last().unwrap_or_default().to_owned()
        }
        _ => element.value().attr("value").unwrap_or_default().to_owned(),
    };
    let kind = element.value().attr("type").unwrap_or_default();
    let name = element.value().attr("name").unwrap_or_default();
    let is_hidden = kind == "hidden";
    match kind {
        _ if !given.is_empty() || is_hidden => given,
        "email" => "probe@example.com".to_owned(),
        "password" => "eleven copper weather vanes".to_owned(),
        _ if name == "code" => "123456".to_owned(),
        _ => "words of a stranger".to_owned(),
    }
}

fn route_of(action: &str) -> &'static str {
    let path = action.split('?').next().unwrap_or_default();
    let fits = |route: &str| {
        let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
        route.len() == path.len() && route.iter().zip(&path).all(|(part, word)| part.starts_with('{') || part == word)
    };
    let posts = TABLE.iter().filter(|(_, method, _)| *method == "post").map(|(_, _, route)| *route);
    posts.into_iter().find(|route| fits(route)).unwrap_or_else(|| panic!("a form posts to {action}, which is no route"))
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

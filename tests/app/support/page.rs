//! What a person does on a page: reads, fills a field by its label, presses a button by its words.
//!
//! Rule: what is not there fails the test, with the page's own words in the message.

use std::path::Path;
use std::time::Duration;

use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use serde_json::Value;

use super::browser::Browser;

const PATIENCE: Duration = Duration::from_secs(20);
const OFTEN: Duration = Duration::from_millis(20);

impl Browser {
    /// Goes to a path of the tested server, or to a whole address.
    pub async fn go(&self, path: &str) {
        let address = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        self.client.goto(&address).await.unwrap();
    }

    /// Where the browser is now: path and query, without the server.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// The page as the browser has it now. What the server sent is for [`super::markup`] to judge.
    pub async fn html(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// What a person reads in the first element found; hidden parts are not read.
    pub async fn text(&self, selector: &str) -> String {
        self.find(&format!("`{selector}`"), Locator::Css(selector)).await.text().await.unwrap()
    }

    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// Is there such an element, and can it be seen?
    pub async fn shows(&self, selector: &str) -> bool {
        match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element.is_displayed().await.unwrap(),
            Err(error) if error.is_no_such_element() => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits, some seconds at most, for what a script or a job brings.
    pub async fn wait_for(&self, selector: &str) {
        let found = self.client.wait().at_most(PATIENCE).every(OFTEN).for_element(Locator::Css(selector)).await;
        self.found(&format!("`{selector}`"), found).await;
    }

    /// Types into the field with this label, in place of what was there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What stands in the field with this label.
    pub async fn value(&self, label: &str) -> String {
        self.field(label).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Ticks a box or takes a choice by its label.
    pub async fn tick(&self, label: &str) {
        let field = self.field(label).await;
        if !field.is_selected().await.unwrap() {
            field.click().await.unwrap();
        }
    }

    /// Takes an option, by its words, of the drop-down list with this label.
    pub async fn select(&self, label: &str, option: &str) {
        self.field(label).await.select_by_label(option).await.unwrap();
    }

    /// Gives a file to the file field with this label.
    pub async fn upload(&self, label: &str, file: &Path) {
        self.field(label).await.send_keys(&file.to_string_lossy()).await.unwrap();
    }

    /// Presses the first visible button with these words, and waits for the page that it leads to.
    pub async fn press(&self, words: &str) {
        let button = self.button(words).await;
        self.leave_by(&button, &format!("button \"{words}\"")).await;
    }

    /// Follows the first visible link with these words to its page.
    pub async fn follow(&self, words: &str) {
        let what = format!("link \"{words}\"");
        let link = self.visible(&what, &format!("//a[normalize-space()={}]", quoted(words))).await;
        self.leave_by(&link, &what).await;
    }

    /// Presses a button that leads nowhere: one that opens a menu, copies or shows.
    pub async fn click(&self, words: &str) {
        self.button(words).await.click().await.unwrap();
    }

    /// Takes one of several, by what it sends.
    pub async fn choose(&self, name: &str, value: &str) {
        let selector = format!("input[name=\"{name}\"][value=\"{value}\"]");
        self.find(&format!("choice {name} = {value}"), Locator::Css(&selector)).await.click().await.unwrap();
    }

    /// Clicks what has no words of its own, such as a picture that opens a menu.
    pub async fn touch(&self, selector: &str) {
        self.find(&format!("`{selector}`"), Locator::Css(selector)).await.click().await.unwrap();
    }

    /// Strikes keys, wherever the focus is.
    pub async fn strike(&self, keys: &str) {
        let strokes = keys.chars().fold(KeyActions::new("keyboard".to_owned()), |strokes, value| {
            strokes.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// Opens or closes a `details` by the words of its summary.
    pub async fn unfold(&self, words: &str) {
        let path = format!("//summary[normalize-space()={}]", quoted(words));
        self.visible(&format!("summary \"{words}\""), &path).await.click().await.unwrap();
    }

    /// Runs a script on the page, whatever its policy says, and gives back what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Runs a script that says itself when it is done, by its last argument.
    pub async fn run_and_wait(&self, script: &str, argument: &str) -> Value {
        self.client.execute_async(script, vec![Value::from(argument)]).await.unwrap()
    }

    /// Takes a picture of what the window shows.
    pub async fn screenshot(&self, file: &Path) {
        std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
    }

    async fn field(&self, label: &str) -> Element {
        let what = format!("field \"{label}\"");
        let label = quoted(label);
        let path = format!(
            "//*[@id=//label[normalize-space()={label}]/@for] | //label[normalize-space()={label}]//input | \
             //*[self::input or self::textarea or self::select][@aria-label={label}]"
        );
        self.find(&what, Locator::XPath(&path)).await
    }

    async fn button(&self, words: &str) -> Element {
        let text = quoted(words);
        let path = format!("//button[normalize-space()={text}] | //input[@type='submit' and @value={text}]");
        self.visible(&format!("button \"{words}\""), &path).await
    }

    async fn visible(&self, what: &str, path: &str) -> Element {
        for element in self.client.find_all(Locator::XPath(path)).await.unwrap() {
            if element.is_displayed().await.unwrap() {
                return element;
            }
        }
        panic!("{}", self.missing(what).await);
    }

    /// A click returns before the next page is there. The page that is left gets a mark; one without it has come.
    async fn leave_by(&self, element: &Element, what: &str) {
        self.run("document.documentElement.setAttribute('data-left', '')").await;
        element.click().await.unwrap();
        let next = Locator::Css("html:not([data-left])");
        match self.client.wait().at_most(PATIENCE).every(OFTEN).for_element(next).await {
            Ok(_) => {}
            Err(CmdError::WaitTimeout) => panic!("{}", self.missing(&format!("page behind {what}")).await),
            Err(error) => panic!("{error}"),
        }
    }

    async fn find(&self, what: &str, locator: Locator<'_>) -> Element {
        let found = self.client.find(locator).await;
        self.found(what, found).await
    }

    async fn found(&self, what: &str, found: Result<Element, CmdError>) -> Element {
        match found {
            Ok(element) => element,
            Err(CmdError::WaitTimeout) => panic!("{}", self.missing(what).await),
            Err(error) if error.is_no_such_element() => panic!("{}", self.missing(what).await),
            Err(error) => panic!("{error}"),
        }
    }

    async fn missing(&self, what: &str) -> String {
        let path = self.path().await;
        let body = self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap();
        format!("no {what} on {path}, which reads:\n{body}")
    }
}

/// A text inside an expression that knows no escapes: the pieces between its quotes, joined.
fn quoted(text: &str) -> String {
    let pieces: Vec<String> = text.split('"').map(|piece| format!("\"{piece}\"")).collect();
    format!("concat({}, \"\")", pieces.join(", '\"', "))
}

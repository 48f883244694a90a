//! axe-core on the page that a browser shows: contrast, names, roles, landmarks.

use serde_json::{Value, json};

use super::browser::Browser;

/// Run as the body of a function; the last argument is whom to tell when done.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] })
       .then(found => done(found.violations), error => done(String(error)));
";

impl Browser {
    /// What axe-core finds wrong, one sentence for each place; nothing found is an empty list.
    /// Only in a browser with script: without it nothing that axe-core puts off is ever done.
    pub async fn accessibility_problems(&self) -> Vec<String> {
        assert!(self.setup.has_script, "axe-core needs a browser with script");
        let Some(axe) = super::npm("axe-core/axe.min.js") else {
            super::skip("browser", "KEYSTEAD_TEST_NPM names no folder with axe-core");
            return Vec::new();
        };
        // The driver's scripts are no part of the page, so the page's policy does not stop them.
        if self.run("return 'axe' in window").await == Value::Bool(false) {
            self.client.execute(&std::fs::read_to_string(axe).unwrap(), Vec::new()).await.unwrap();
        }
        let violations = self.client.execute_async(RUN, Vec::new()).await.unwrap();
        let Value::Array(violations) = violations else { panic!("axe-core failed: {violations}") };
        violations.iter().flat_map(sentences).collect()
    }

    /// Fails the test with everything axe-core finds.
    pub async fn check_accessibility(&self) {
        let problems = self.accessibility_problems().await;
        assert!(problems.is_empty(), "axe-core on {}:\n{}", self.path().await, problems.join("\n"));
    }
}

fn sentences(violation: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('\n', " ");
    let rule = format!("{} ({}): {}", text(&violation["id"]), text(&violation["impact"]), text(&violation["help"]));
    let places = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let place = |node: &Value| {
        let target = node["target"].as_array().map(|parts| json!(parts).to_string()).unwrap_or_default();
        format!("{rule} at {target}. {}", text(&node["failureSummary"]))
    };
    places.iter().map(place).collect()
}

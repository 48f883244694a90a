//! html-validate on the page as the server sent it.
//!
//! `htmlvalidate.json` takes the recommended rules. Off is only `no-trailing-whitespace`: where a statement of the
//! template language stood alone on a line, its indentation stays, and compression makes nothing of it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What html-validate finds wrong, one sentence for each place; nothing found is an empty list.
pub fn markup_problems(html: &str) -> Vec<String> {
    markup_problems_of(&[(String::new(), html.to_owned())])
}

/// The same for many pages in one run, each sentence with the page's name.
pub fn markup_problems_of(pages: &[(String, String)]) -> Vec<String> {
    let Some(program) = super::npm(".bin/html-validate") else {
        super::skip("browser", "KEYSTEAD_TEST_NPM names no folder with html-validate");
        return Vec::new();
    };
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..pages.len()).map(|at| folder.path().join(format!("{at}.html"))).collect();
    for (file, (_, html)) in files.iter().zip(pages) {
        std::fs::write(file, html).unwrap();
    }
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/app/support/htmlvalidate.json");
    let run = Command::new(program).arg("--config").arg(rules).args(["--formatter", "json"]).args(&files).output();
    let run = run.unwrap();
    let Ok(Value::Array(judged)) = serde_json::from_slice(&run.stdout) else {
        panic!("html-validate failed: {}", String::from_utf8_lossy(&run.stderr));
    };
    let mut problems = Vec::new();
    for file in &judged {
        let named = |path: &Path| file["filePath"].as_str().is_some_and(|name| path.ends_with(name));
        let Some(at) = files.iter().position(|path| named(path)) else { continue };
        let (name, html) = &pages[at];
        let messages = file["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        problems.extend(messages.iter().map(|message| format!("{name} {}", sentence(message, html)).trim().to_owned()));
    }
    problems
}

/// Fails the test with everything html-validate finds.
pub fn check_markup(path: &str, html: &str) {
    let problems = markup_problems(html);
    assert!(problems.is_empty(), "html-validate on {path}:\n{}", problems.join("\n"));
}

fn sentence(message: &Value, html: &str) -> String {
    let text = |key: &str| message[key].as_str().unwrap_or_default();
    let line = message["line"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or(1);
    let source = html.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
    format!("{}: {} at line {line}: {source}", text("ruleId"), text("message"))
}

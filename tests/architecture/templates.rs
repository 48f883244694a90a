//! The content security policy forbids inline style and script; a template that carries one would break in the browser.

use crate::tree::{Complaint, File};

pub fn inline_style_or_script(files: &[File]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("templates/") && file.has_extension("html")) {
        // No policy reaches a mail, and few mail programs read a style sheet.
        let is_mail = file.path.starts_with("templates/mails/");
        for (tag, line) in tags(&file.text) {
            if let Some(what) = inline(&tag, is_mail) {
                complaints
                    .push(format!("{}:{line}: carries {what}; the content security policy forbids it.", file.path));
            }
        }
    }
    complaints
}

fn inline(tag: &str, is_mail: bool) -> Option<String> {
    let tag = tag.to_ascii_lowercase();
    let name = tag.trim_start_matches('<').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let attributes = attributes(&tag);
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
    if name == "script" && !has("src") {
        return Some("an inline script".to_owned());
    }
    if !is_mail && (name == "style" || has("style")) {
        return Some("an inline style".to_owned());
    }
    if tag.contains("javascript:") {
        return Some("a `javascript:` address".to_owned());
    }
    attributes.iter().find(|name| name.starts_with("on") && name.len() > 2).map(|name| format!("an `{name}` handler"))
}

/// Opening tags with the line each begins on. Tags of the template language are no tags of the page.
fn tags(text: &str) -> Vec<(String, usize)> {
    let mut tags = Vec::new();
    for (at, _) in text.match_indices('<') {
        let rest = &text[at..];
        if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = end_of_tag(rest);
            tags.push((rest[..end].to_owned(), text[..at].lines().count().max(1)));
        }
    }
    tags
}

/// A `>` inside quotes does not close a tag.
fn end_of_tag(rest: &str) -> usize {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    rest.len()
}

/// The names of what stands before each `=` outside of quotes.
fn attributes(tag: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut quote, mut name) = (None, String::new());
    for c in tag.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '=') => names.push(std::mem::take(&mut name)),
            (None, c) if c.is_ascii_alphanumeric() || c == '-' || c == ':' => name.push(c),
            (None, _) => name.clear(),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::of_one;

    #[test]
    fn inline_style_and_script_are_refused() {
        for text in [
            "<p style=\"color: red\">",
            "<p\n  class=\"a\"\n  STYLE='x'>",
            "<style>p { color: red }</style>",
            "<script>go()</script>",
            "<button onclick=\"go()\">",
            "<a href=\"javascript:go()\">",
            "<p title=\"a > b\" style=\"x\">",
        ] {
            assert_eq!(of_one(inline_style_or_script, "templates/pages/a.html", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_the_policy_allows_passes() {
        for text in [
            "<script src=\"/app.js\" defer></script>",
            "<p title=\"style=1 onclick=2\" data-on=\"x\">on = style</p>",
            "{% if a < b %}<p class=\"{{ style }}\">{% endif %}",
            "<svg><rect width=\"10%\"/></svg>",
        ] {
            assert!(of_one(inline_style_or_script, "templates/pages/a.html", text).is_empty(), "{text}");
        }
        assert!(of_one(inline_style_or_script, "templates/mails/code.html", "<p style=\"x\">").is_empty());
    }
}

//! Where a request came from, for the record and for the owner's mail. Personal, so it is erased with the account.

use std::net::IpAddr;

/// `address` is the client's after the trusted proxies were taken off; `agent` is cut to 300 characters without controls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub address: Option<IpAddr>,
    pub agent: String,
    pub request_id: String,
}

impl Origin {
    /// For what the program does by itself: jobs, the command line.
    pub fn program(name: &str) -> Self {
        Self { address: None, agent: name.to_owned(), request_id: String::new() }
    }

    pub fn address_text(&self) -> String {
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }
}

/// What a program of ours calls the machine it runs on: `ada-laptop` of `keystead/1.0 (Linux; ada-laptop)`.
/// Only a plain word: it stands on pages and in mails.
pub fn machine_of(agent: &str) -> Option<&str> {
    let inside = agent.strip_prefix("keystead/")?.split_once('(')?.1.strip_suffix(')')?;
    inside.split_once("; ").map(|(_, name)| name).filter(|name| is_plain(name, 1))
}

fn is_plain(name: &str, least: usize) -> bool {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_plain && (least..=40).contains(&name.len())
}

const A_PROGRAM: &str = "A program";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    pub program: &'static str,
    pub system: &'static str,
}

/// `Firefox on Ubuntu`, from a user-agent text; an unknown one is called what it calls itself, a browser, or a program.
pub fn agent_in_words(agent: &str) -> String {
    let Agent { program, system } = read_agent(agent);
    let system = machine_of(agent).unwrap_or(system);
    let program = if program == A_PROGRAM { own_name(agent).unwrap_or(program) } else { program };
    if system.is_empty() { program.to_owned() } else { format!("{program} on {system}") }
}

/// The last product that it names, which is the most particular one: `edgeimpulse-sdk` of `Generator/1.9 edgeimpulse-sdk/1.0`.
/// Only a plain word: what a stranger's program calls itself stands in mails.
fn own_name(agent: &str) -> Option<&str> {
    let product = agent.split('(').next()?.split_whitespace().next_back()?;
    let name = product.split('/').next()?;
    is_plain(name, 2).then_some(name)
}

pub fn read_agent(agent: &str) -> Agent {
    // Order matters: Edge and Opera also say Chrome, Chrome also says Safari, Android also says Linux.
    const PROGRAMS: &[(&str, &str)] = &[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Vivaldi/", "Vivaldi"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
        ("keystead", "Keystead"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Ubuntu", "Ubuntu"),
        ("Linux", "Linux"),
    ];
    let found =
        |table: &[(&str, &'static str)]| table.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, word)| *word);
    let fallback = if agent.starts_with("Mozilla/") { "A browser" } else { A_PROGRAM };
    Agent { program: found(PROGRAMS).unwrap_or(fallback), system: found(SYSTEMS).unwrap_or("") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(agent_in_words(edge), "Edge on Windows");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1";
        assert_eq!(agent_in_words(iphone), "Safari on iPhone");
        assert_eq!(agent_in_words(""), "A program");
    }

    #[test]
    fn a_tool_is_called_what_it_calls_itself_but_no_address_stands_in_mails() {
        assert_eq!(agent_in_words("Generator/1.96 edgeimpulse-sdk/1.0.20 (python 3.11)"), "edgeimpulse-sdk");
        assert_eq!(agent_in_words("EDGE_IMPULSE_CLI"), "EDGE_IMPULSE_CLI");
        assert_eq!(agent_in_words("evil.example/1.0"), "A program");
        assert_eq!(agent_in_words("keystead/0.1.0 (Linux; ada-laptop)"), "Keystead on ada-laptop");
        assert_eq!(agent_in_words("keystead/0.1.0 (Linux; evil.example)"), "Keystead on Linux");
        assert_eq!(machine_of("curl/8 (Linux; ada-laptop)"), None);
    }
}

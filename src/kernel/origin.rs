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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    pub program: &'static str,
    pub system: &'static str,
}

/// `Firefox on Ubuntu`, from a user-agent text; unknown ones are called a browser or a program.
pub fn agent_in_words(agent: &str) -> String {
    let Agent { program, system } = read_agent(agent);
    if system.is_empty() { program.to_owned() } else { format!("{program} on {system}") }
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
    let fallback = if agent.starts_with("Mozilla/") { "A browser" } else { "A program" };
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
}

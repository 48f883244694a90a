//! Where a person was going before they had to sign in or confirm.
//!
//! Rule: a local path and nothing else. Anything that a browser could read as another host is dropped.

/// The path if it is one of ours, else `None`. A path begins with one slash, not two, and has no backslash, no control
/// character and no scheme (ASVS V1.2.2). What browsers never send in an address is refused as well: a thousand quotes
/// grow fourfold on their way into a cookie, which then holds no longer.
pub fn local_path(typed: &str) -> Option<&str> {
    up_to(1000, typed)
}

/// The same where it is carried in an address or a form, never in a cookie: as long as an address may be.
pub fn long_local_path(typed: &str) -> Option<&str> {
    up_to(LONGEST_ADDRESS, typed)
}

/// Proxies refuse addresses of more than 8 KB.
pub const LONGEST_ADDRESS: usize = 8000;

fn up_to(most: usize, typed: &str) -> Option<&str> {
    let plain = typed.starts_with('/')
        && !typed.starts_with("//")
        && typed.len() <= most
        && typed.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>".contains(&b));
    // Sending people back to where they came from to sign in would be a circle.
    let leads_on = !["/sign-in", "/sign-out", "/sign-up", "/confirm"].iter().any(|dead| typed.starts_with(dead));
    (plain && leads_on).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_paths_are_followed() {
        assert_eq!(local_path("/settings/account?x=1"), Some("/settings/account?x=1"));
        for typed in [
            "",
            "settings",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
            "/\tx",
            "/\"\"\"",
            "/é",
            "/sign-out",
        ] {
            assert_eq!(local_path(typed), None, "{typed:?}");
            assert_eq!(long_local_path(typed), None, "{typed:?}");
        }
        let long = format!("/admin?of={}", "a".repeat(5000));
        assert_eq!((local_path(&long), long_local_path(&long)), (None, Some(long.as_str())));
    }
}

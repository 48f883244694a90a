//! Percent-encoding (RFC 3986, section 2.1), undone.

/// `None` when a `%` is not followed by two hexadecimal digits, or what comes out is not UTF-8. A `+` stays one.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'%' {
            let (digits, tail) = rest.split_at_checked(2)?;
            bytes.extend(data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?);
            rest = tail;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_escapes_are_undone_and_others_refused() {
        assert_eq!(decoded("caf%C3%a9+1").as_deref(), Some("café+1"));
        assert_eq!(decoded("%2e%2E%2f").as_deref(), Some("../"));
        for wrong in ["100%", "%4", "%zz", "%+1", "%ff", "é%f"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}

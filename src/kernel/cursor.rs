//! Where a list stopped: the sort value and the id of the last row, so that the next page starts right behind it,
//! whatever was added or removed before it meanwhile.

use std::fmt;
use std::str::FromStr;

/// Written as `value.id`, safe in a URL. The id is opaque text of letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub value: i64,
    pub id: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.value, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (value, id) = text.split_once('.').ok_or(())?;
        let plain = (1..=36).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain {
            return Err(());
        }
        Ok(Self { value: value.parse().map_err(|_| ())?, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_url() {
        let cursor = Cursor { value: -7, id: "0193-ab".to_owned() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "7", "7.", "x.a", "7.a b", "7.a/b"] {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }
}

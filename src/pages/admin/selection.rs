//! The accounts ticked in the list, in an address: for each the letter of its region and the 16 bytes of its id.
//!
//! Rule: however many may be selected, the address stays short enough for every proxy. A selection says who is meant,
//! never that it may be done: whoever reads it looks at each account anew.

use data_encoding::BASE64URL_NOPAD;

use crate::http::error::PageError;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::lifecycle::many::MOST;

pub type Selected = Vec<(Region, AccountId)>;

/// A letter, and 16 bytes in base64url.
const EACH: usize = 1 + 22;

pub fn write(selected: &[(Region, AccountId)]) -> String {
    let one =
        |(region, id): &(Region, AccountId)| format!("{}{}", region.letter(), BASE64URL_NOPAD.encode(&id.to_bytes()));
    selected.iter().map(one).collect()
}

/// Each account once.
pub fn read(of: &str) -> Result<Selected, PageError> {
    if of.len() > MOST * EACH {
        return Err(PageError::BadRequest("more accounts than can be deleted at once"));
    }
    let all: Option<Selected> = of.as_bytes().chunks(EACH).map(one).collect();
    let mut all = all.ok_or(PageError::BadRequest("the selection cannot be read"))?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn one(text: &[u8]) -> Option<(Region, AccountId)> {
    let (letter, id) = text.split_first()?;
    let region = Region::of_token(std::str::from_utf8(&[*letter]).ok()?)?;
    let bytes: [u8; 16] = BASE64URL_NOPAD.decode(id).ok()?.try_into().ok()?;
    Some((region, AccountId::from_bytes(bytes)))
}

/// From tick boxes, each `region:id`.
pub fn ticked<'a>(values: impl Iterator<Item = &'a str>) -> Result<Selected, PageError> {
    let one = |value: &str| {
        let (region, id) = value.split_once(':')?;
        Some((region.parse().ok()?, id.parse().ok()?))
    };
    values.map(one).collect::<Option<_>>().ok_or(PageError::BadRequest("the selection cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::return_to::LONGEST_ADDRESS;
    use crate::kernel::id::Id;
    use crate::kernel::time::Timestamp;
    use crate::pages::links;

    fn some(count: u8) -> Selected {
        let id = |n| AccountId::from_parts(Timestamp::from_seconds(1_795_262_400), [n; 10]);
        (0..count).map(|n| (Region::ALL[usize::from(n) % 3], id(n))).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let mut selected = some(7);
        let text = write(&selected);
        selected.sort_unstable();
        assert_eq!(read(&text).unwrap(), selected);
        assert_eq!(read(&text.repeat(2)).unwrap(), selected, "each once");
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn the_longest_selection_fits_an_address_also_on_the_way_through_confirming() {
        let most = write(&some(u8::try_from(MOST).unwrap()));
        assert_eq!(read(&most).unwrap().len(), MOST);
        let address = links::confirm("delete many accounts", &links::admin_delete_selected(&most));
        assert!(address.len() < LONGEST_ADDRESS, "{}", address.len());
    }

    #[test]
    fn anything_else_is_refused() {
        let one = write(&some(1));
        let too_many = one.repeat(MOST + 1);
        for of in ["e", "eu.0191", &one[1..], &format!("x{}", &one[1..]), &format!("{}=", &one[..22]), "é", &too_many]
        {
            assert!(read(of).is_err(), "{of}");
        }
        for value in ["eu", "eu:", "xx:0191b7f0-0000-7000-8000-000000000000", "eu:0191"] {
            assert!(ticked([value].into_iter()).is_err(), "{value}");
        }
    }
}

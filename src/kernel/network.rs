//! Networks that something may be used from: single addresses and blocks such as `203.0.113.0/24`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// As many as one key or organization may name.
pub const MOST: usize = 50;

/// A block of addresses: RFC 4632 and RFC 4291. A single address is a block of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    /// How many leading bits are the same for all of it.
    bits: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNetworks {
    #[error("Line {0} is not an address or a network such as 203.0.113.0/24 or 2001:db8::/32.")]
    Line(usize),
    #[error("Line {0} has bits after its network. Did you mean {1}?")]
    Loose(usize, Network),
    #[error("Name at most {MOST} networks.")]
    TooMany,
}

/// None at all allow every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

impl Network {
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                same(u128::from(first.to_bits()) << 96, u128::from(address.to_bits()) << 96, self.bits)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => same(first.to_bits(), address.to_bits(), self.bits),
            _ => false,
        }
    }

    /// With the bits after the network cleared.
    fn tight(self) -> Self {
        let first = match self.first {
            IpAddr::V4(first) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                IpAddr::V4((first.to_bits() & mask).into())
            }
            IpAddr::V6(first) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                IpAddr::V6((first.to_bits() & mask).into())
            }
        };
        Self { first, ..self }
    }
}

fn same(one: u128, other: u128, bits: u32) -> bool {
    (one ^ other).leading_zeros() >= bits
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let first: IpAddr = address.parse().map_err(|_| ())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().map_err(|_| ())?,
            Some(_) => return Err(()),
        };
        if bits <= most { Ok(Self { first, bits }) } else { Err(()) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = if self.first.is_ipv4() { 32 } else { 128 };
        if self.bits == most { self.first.fmt(f) } else { write!(f, "{}/{}", self.first, self.bits) }
    }
}

impl Networks {
    /// One a line, or with commas or spaces between them.
    pub fn parse(typed: &str) -> Result<Self, BadNetworks> {
        let words = typed.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
        let mut all = Vec::new();
        for (at, word) in words.enumerate() {
            let network: Network = word.parse().map_err(|()| BadNetworks::Line(at + 1))?;
            if network.tight() != network {
                return Err(BadNetworks::Loose(at + 1, network.tight()));
            }
            if !all.contains(&network) {
                all.push(network);
            }
        }
        if all.len() > MOST { Err(BadNetworks::TooMany) } else { Ok(Self(all)) }
    }

    /// As it was stored by [`Networks::fmt`]. What cannot be read any more allows nothing, rather than everything.
    pub fn allow(stored: &str, address: Option<IpAddr>) -> bool {
        match Self::parse(stored) {
            Ok(networks) if networks.0.is_empty() => true,
            Ok(networks) => address.is_some_and(|address| networks.0.iter().any(|network| network.holds(address))),
            Err(_) => false,
        }
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// One a line.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if at > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(networks: &str, address: &str) -> bool {
        Networks::allow(networks, Some(address.parse().unwrap()))
    }

    #[test]
    fn an_address_is_in_its_network_and_in_no_other() {
        assert!(allows("203.0.113.0/24", "203.0.113.255") && !allows("203.0.113.0/24", "203.0.114.0"));
        assert!(allows("2001:db8::/32", "2001:db8:ffff::1") && !allows("2001:db8::/32", "2001:db9::1"));
        assert!(allows("203.0.113.7", "203.0.113.7") && !allows("203.0.113.7", "203.0.113.8"));
        assert!(allows("0.0.0.0/0", "198.51.100.1") && !allows("0.0.0.0/0", "2001:db8::1"));
        // The same address, as a socket for both versions sees it.
        assert!(allows("203.0.113.0/24", "::ffff:203.0.113.9"));
        assert!(allows("10.0.0.0/8\n192.168.0.0/16", "192.168.4.5"));
    }

    #[test]
    fn none_named_allows_everything_and_an_unknown_address_is_in_no_network() {
        assert!(Networks::allow("", None) && allows("", "203.0.113.7"));
        assert!(!Networks::allow("203.0.113.0/24", None));
        assert!(!allows("what is this", "203.0.113.7"));
    }

    #[test]
    fn networks_are_written_one_a_line_and_once_each() {
        let networks = Networks::parse(" 203.0.113.0/24, 2001:DB8::/32\r\n203.0.113.0/24 198.51.100.4/32").unwrap();
        assert_eq!(networks.to_string(), "203.0.113.0/24\n2001:db8::/32\n198.51.100.4");
        assert_eq!(Networks::parse("10.0.0.0/8 home"), Err(BadNetworks::Line(2)));
        for wrong in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "::/129"] {
            assert_eq!(Networks::parse(wrong), Err(BadNetworks::Line(1)), "{wrong}");
        }
        let error = Networks::parse("10.1.2.3/8").unwrap_err().to_string();
        assert!(error.contains("Did you mean 10.0.0.0/8?"), "{error}");
        let many: Vec<String> = (0..=MOST).map(|n| format!("10.0.0.{n}")).collect();
        assert_eq!(Networks::parse(&many.join(" ")), Err(BadNetworks::TooMany));
    }
}

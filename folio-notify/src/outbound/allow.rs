//! The destinations that were listed by name.

use std::net::IpAddr;

use folio_core::{Error, ErrorKind, Result};
use ipnet::IpNet;
use url::Host;

/// Hosts and networks that may be reached whatever they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Allow {
    names: Vec<String>,
    networks: Vec<IpNet>,
}

impl Allow {
    pub(super) fn parse(list: &str) -> Result<Self> {
        let mut allow = Self::default();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let network = entry.parse::<IpNet>().ok();
            match (network, Host::parse(entry)) {
                (Some(network), _) => allow.networks.push(network.trunc()),
                (None, _) if entry.contains(['*', '/', '@']) => return Err(refused(entry)),
                (None, Ok(Host::Domain(name))) => allow.names.push(plain(&name).to_owned()),
                (None, Ok(Host::Ipv4(address))) => allow.networks.push(IpAddr::from(address).into()),
                (None, Ok(Host::Ipv6(address))) => allow.networks.push(IpAddr::from(address).to_canonical().into()),
                // An IPv6 address without the brackets of an URL.
                (None, Err(_)) => match entry.parse::<IpAddr>() {
                    Ok(address) => allow.networks.push(address.to_canonical().into()),
                    Err(_) => return Err(refused(entry)),
                },
            }
        }
        Ok(allow)
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        let name = plain(name);
        self.names.iter().any(|listed| listed.eq_ignore_ascii_case(name))
    }

    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    pub(super) fn has_networks(&self) -> bool {
        !self.networks.is_empty()
    }
}

/// A name without the dot that ends a full one.
fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn refused(entry: &str) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!(
            "{entry:?} is not a destination; list host names (mail.lan), addresses (192.168.1.7, ::1) and networks \
             (10.0.0.0/8) separated by commas, without scheme, port or *"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_addresses_and_networks_are_listed() {
        let allow = Allow::parse(" Mail.LAN., 127.1, ::1, [fd00::7], 10.1.2.3/8 ,, fc00::/7,bücher.example").unwrap();
        for name in ["mail.lan", "MAIL.lan", "mail.lan.", "xn--bcher-kva.example"] {
            assert!(allow.has_name(name), "{name}");
        }
        for name in ["lan", "x.mail.lan", "mail.lan.example.org", "127.0.0.1"] {
            assert!(!allow.has_name(name), "{name}");
        }
        for address in [
            "127.0.0.1",
            "::ffff:127.0.0.1",
            "::1",
            "fd00::7",
            "10.200.0.1",
            "fc12::1",
        ] {
            assert!(allow.has_address(address.parse().unwrap()), "{address}");
        }
        for address in ["127.0.0.2", "11.0.0.1", "::2", "fe80::1"] {
            assert!(!allow.has_address(address.parse().unwrap()), "{address}");
        }
        assert!(!Allow::parse("").unwrap().has_networks());
    }

    #[test]
    fn what_is_no_destination_is_refused_with_the_entry() {
        let refused = [
            "http://mail.lan",
            "mail.lan:25",
            "*.lan",
            "*",
            "10.0.0.0/33",
            "10.0.0/8",
            "user@mail.lan",
            "a b",
            "1.2.3.4.5",
            "[::1",
            "mail.lan/x",
        ];
        for entry in refused {
            let error = Allow::parse(&format!("a.example,{entry}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotConfigured, "{entry}");
            assert!(error.message().contains(&format!("{entry:?}")), "{error}");
        }
    }
}

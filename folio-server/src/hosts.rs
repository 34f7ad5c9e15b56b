//! Which `Host` and `Origin` a request may name: a page of another site must not reach folio under a name
//! that it points at this machine.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};

/// The names that a request may be for.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
    any: bool,
}

impl Hosts {
    /// Loopback names, and these; `*` is any name.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: &[S]) -> Self {
        let names: Vec<_> = names.iter().map(|name| name.as_ref().to_ascii_lowercase()).collect();
        Self {
            any: names.iter().any(|name| name == "*"),
            names,
        }
    }

    /// The host that a request names, with its port.
    #[must_use]
    pub fn of<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
        match uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => headers.get(header::HOST)?.to_str().ok(),
        }
    }

    /// Whether a request may name this host.
    #[must_use]
    pub fn allow(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else {
            return false;
        };
        if is_loopback(name) || self.any {
            return true;
        }
        self.names
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name) || allowed.eq_ignore_ascii_case(host))
    }
}

/// The host without its port; `None` if that is not what it is.
fn name_of(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => host.find(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    let valid = !name.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(name)
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a request comes from a page of this server: its `Origin` is the host that it is for.
#[must_use]
pub fn is_own_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let site = origin.and_then(|origin| {
        origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
    });
    matches!((site, Hosts::of(headers, uri)), (Some(site), Some(host)) if site.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_named_hosts_are_allowed() {
        let hosts = Hosts::new(&["folio.example", "10.0.0.5:3000"]);
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "127.0.0.1",
            "127.0.0.1:3000",
            "127.8.8.8",
            "[::1]:3000",
            "[::1]",
            "folio.example",
            "Folio.Example:8443",
            "10.0.0.5:3000",
        ] {
            assert!(hosts.allow(host), "{host}");
        }
        for host in [
            "",
            ":3000",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.5:80",
            "10.0.0.5",
            "[::2]",
            "localhost:abc",
            "localhost:3000@evil",
            "folio.example.",
            "user@localhost",
            "[::1",
            "0.0.0.0",
        ] {
            assert!(!hosts.allow(host), "{host}");
        }
        assert!(Hosts::new(&["*"]).allow("anything.example"));
    }
}

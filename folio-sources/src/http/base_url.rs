//! The address of a source.

use std::fmt;

use folio_core::{Error, ErrorKind, Result};
use url::{Host, Url};

/// Where a source's calls go: https, or http on this machine; never with a user, a query or a fragment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl(Url);

impl BaseUrl {
    /// Reads an address, `key` being the name of the setting that it comes from.
    pub(crate) fn parse(key: &str, text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Err(Error::new(
                ErrorKind::NotConfigured,
                format!("{key} {why}; write an address such as https://example.org/v1 (http only for this machine)"),
            ))
        };
        let Ok(mut url) = Url::parse(text) else {
            return refuse("is not an address");
        };
        // The value itself is not repeated before this: it could hold a password or a token.
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("must not contain a user or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("must not contain a query or a fragment");
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return refuse("has no host"),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return refuse(&format!("is {text:?}, which is not https")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The host.
    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether there is nothing after the host.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.0.path(), "" | "/")
    }

    /// An address below this one. Each segment is percent-encoded; a query value is too, save for its
    /// commas, which separate the entries of a list.
    pub(crate) fn join(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        let mut path = url.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            escape_into(&mut path, segment, false);
        }
        url.set_path(&path);
        let mut text = String::new();
        for (name, value) in query {
            text.push_str(if text.is_empty() { "" } else { "&" });
            text.push_str(name);
            text.push('=');
            escape_into(&mut text, value, true);
        }
        url.set_query((!text.is_empty()).then_some(&text));
        url
    }
}

fn escape_into(out: &mut String, text: &str, commas: bool) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (commas && byte == b',');
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_accepted() {
        let check = |text: &str, accepted: bool| {
            assert_eq!(BaseUrl::parse("url", text).is_ok(), accepted, "{text}");
        };
        check("https://api.example.org/v3", true);
        check("https://api.example.org:8443/v3/", true);
        check("http://127.0.0.1:8080", true);
        check("http://localhost:8080/x", true);
        check("http://[::1]:8080", true);
        check("http://api.example.org/v3", false);
        check("http://127.0.0.1.example.org", false);
        check("ftp://127.0.0.1", false);
        check("https://user:pass@example.org", false);
        check("https://example.org/?token=x", false);
        check("https://example.org/#x", false);
        check("example.org", false);
        check("", false);
    }

    #[test]
    fn a_refused_address_does_not_show_its_password_or_token() {
        for text in ["http://user:canary@example.org", "http://example.org/?token=canary"] {
            let error = BaseUrl::parse("url", text).unwrap_err();
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn symbols_are_encoded_and_lists_are_not() {
        let base = BaseUrl::parse("url", "https://example.org/v8/").unwrap();
        assert_eq!(
            base.join(&["chart", "^GSPC"], &[]).as_str(),
            "https://example.org/v8/chart/%5EGSPC"
        );
        assert_eq!(
            base.join(&["EURUSD=X"], &[]).as_str(),
            "https://example.org/v8/EURUSD%3DX"
        );
        assert_eq!(
            base.join(&["a/../b"], &[("ids", "x,y"), ("events", "div|split")])
                .as_str(),
            "https://example.org/v8/a%2F..%2Fb?ids=x,y&events=div%7Csplit"
        );
    }
}

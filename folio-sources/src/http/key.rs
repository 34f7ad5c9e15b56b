//! Where a source's key travels.

use std::borrow::Cow;

use folio_core::{Error, ErrorKind, Result};
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::Secret;

/// A key, and how it is sent.
pub(super) struct Key {
    secret: Secret,
    place: Place,
    /// The key as it looks in an address, where that differs.
    encoded: Option<Secret>,
}

enum Place {
    Header(HeaderName, HeaderValue),
    Query(&'static str),
}

impl Key {
    /// A key in a header of this name; `setting` is what an error calls it.
    pub(super) fn in_header(header: &'static str, setting: &str, secret: &Secret) -> Result<Self> {
        let value = secret.to_header(setting)?;
        Ok(Self {
            secret: secret.clone(),
            place: Place::Header(HeaderName::from_static(header), value),
            encoded: None,
        })
    }

    /// A key in the `Authorization` header, behind the name of a scheme.
    pub(super) fn authorization(scheme: &str, setting: &str, secret: &Secret) -> Result<Self> {
        let plain = secret.to_header(setting)?;
        let text = [scheme.as_bytes(), b" ", plain.as_bytes()].concat();
        let mut value = HeaderValue::from_bytes(&text).map_err(|_| {
            let message = format!("{setting} cannot be sent in a header; its value is not shown");
            Error::new(ErrorKind::NotConfigured, message)
        })?;
        value.set_sensitive(true);
        Ok(Self {
            secret: secret.clone(),
            place: Place::Header(AUTHORIZATION, value),
            encoded: None,
        })
    }

    /// A key as the last parameter of every query, for vendors that take it nowhere else.
    pub(super) fn in_query(parameter: &'static str, setting: &str, secret: &Secret) -> Result<Self> {
        let plain = secret.to_header(setting)?;
        let encoded: String = byte_serialize(plain.as_bytes()).collect();
        Ok(Self {
            encoded: (encoded.as_bytes() != plain.as_bytes()).then(|| Secret::new(encoded)),
            secret: secret.clone(),
            place: Place::Query(parameter),
        })
    }

    /// The address that is asked: the only place where a key becomes part of one.
    pub(super) fn address(&self, mut url: Url) -> Url {
        if let Place::Query(parameter) = self.place {
            self.secret.append_to(&mut url, parameter);
        }
        url
    }

    pub(super) fn header(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.place {
            Place::Header(name, value) => request.header(name, value),
            Place::Query(_) => request,
        }
    }

    /// The same text with the key blotted out, however it is written.
    pub(super) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = self.secret.redact(text);
        match &self.encoded {
            Some(encoded) => encoded.redact(&text).into(),
            None => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_query_comes_last_and_is_blotted_out_in_either_spelling() {
        let key = Key::in_query("token", "token", &Secret::new("pk/one+two")).unwrap();
        let url = Url::parse("https://example.org/v1/x?symbols=A,B").unwrap();
        assert_eq!(
            key.address(url).as_str(),
            "https://example.org/v1/x?symbols=A,B&token=pk%2Fone%2Btwo"
        );
        assert_eq!(key.redact("pk/one+two or pk%2Fone%2Btwo"), "*** or ***");
    }

    #[test]
    fn a_key_that_is_no_text_of_a_header_is_refused_without_being_shown() {
        for text in ["", "two words", "line\r\nx: y", "zwölf"] {
            let secret = Secret::new(text);
            for result in [
                Key::in_header("x-key", "x: key", &secret),
                Key::authorization("apikey", "x: key", &secret),
                Key::in_query("token", "x: key", &secret),
            ] {
                let error = result.err().unwrap();
                assert!(error.message().starts_with("x: key has to be"), "{error}");
                assert!(text.is_empty() || !format!("{error:?}").contains(text), "{error:?}");
            }
        }
    }
}

//! One file of the page.

use std::sync::OnceLock;

use http::HeaderMap;

use super::answer::accepts;
use crate::auth::Digest;

/// A form in which a file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    Brotli,
    Gzip,
}

impl Form {
    /// The name of its coding; none as it is.
    pub(super) const fn coding(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }
}

/// A file of the page.
#[derive(Debug)]
pub(super) struct File {
    /// What it is.
    pub(super) media: &'static str,
    /// Whether its name changes when what is in it does.
    pub(super) is_hashed: bool,
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
    mark: OnceLock<String>,
}

impl File {
    pub(super) fn new(
        name: &str,
        bytes: &'static [u8],
        brotli: Option<&'static [u8]>,
        gzip: Option<&'static [u8]>,
    ) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        Self {
            media: media(ending).unwrap_or("application/octet-stream"),
            is_hashed: name.starts_with("assets/"),
            bytes,
            brotli,
            gzip,
            mark: OnceLock::new(),
        }
    }

    /// Whether it is sent in more than one form.
    pub(super) fn has_forms(&self) -> bool {
        self.brotli.is_some() || self.gzip.is_some()
    }

    /// The shortest form that a client takes.
    pub(super) fn form(&self, headers: &HeaderMap) -> (Form, &'static [u8]) {
        for (form, bytes) in [(Form::Brotli, self.brotli), (Form::Gzip, self.gzip)] {
            if let (Some(bytes), Some(coding)) = (bytes, form.coding())
                && accepts(headers, coding)
            {
                return (form, bytes);
            }
        }
        (Form::Plain, self.bytes)
    }

    /// The tag of a form: each is something else, byte for byte.
    pub(super) fn tag(&self, form: Form) -> String {
        let mark = self.mark.get_or_init(|| Digest::of_bytes(self.bytes).key());
        let mark = mark.get(..22).unwrap_or(mark);
        match form.coding() {
            None => format!("\"{mark}\""),
            Some(coding) => format!("\"{mark}-{coding}\""),
        }
    }
}

/// What a file with this ending is.
pub(super) fn media(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        _ => return None,
    })
}

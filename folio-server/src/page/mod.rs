//! The page: its files are in the binary, put there when folio was built.

mod answer;
mod file;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, Uri, header};

use self::file::File;
use crate::error::{Problem, Result};

/// The files that were there when folio was built, by their path, with their compressed forms beside them.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What is shown where no page was built in.
const PLAIN: &str = include_str!("plain.html");

/// The file that every view of the page is.
const INDEX: &str = "index.html";
/// What these addresses begin with is never a view of the page: what is not there is 404.
const NO_VIEWS: [&str; 8] = [
    "api",
    "health",
    "ready",
    "metrics",
    "docs",
    "admin",
    "assets",
    "openapi.json",
];

/// The files of the page. Cheap to clone.
#[derive(Clone, Default)]
pub struct Page(Arc<HashMap<String, File>>);

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Page").field(&self.0.len()).finish()
    }
}

impl Page {
    /// The page that was built in; none if none was.
    #[must_use]
    pub fn embedded() -> Self {
        Self::of(EMBEDDED.iter().copied())
    }

    /// A page of these files, by path. One whose name ends in `.br` or `.gz` is the compressed form of the one
    /// without, if that is there.
    pub fn of(files: impl IntoIterator<Item = (&'static str, &'static [u8])>) -> Self {
        let mut plain: HashMap<&str, &'static [u8]> = files.into_iter().collect();
        let forms: Vec<_> = plain
            .keys()
            .filter_map(|name| Some((*name, name.strip_suffix(".br").or(name.strip_suffix(".gz"))?)))
            .filter(|(_, of)| plain.contains_key(of))
            .collect();
        let mut compressed: HashMap<&str, [Option<&'static [u8]>; 2]> = HashMap::new();
        for (name, of) in forms {
            let place = usize::from(name.ends_with(".gz"));
            compressed.entry(of).or_default()[place] = plain.remove(name);
        }
        let file = |(name, bytes): (&str, _)| {
            let [brotli, gzip] = compressed.get(name).copied().unwrap_or_default();
            (name.to_owned(), File::new(name, bytes, brotli, gzip))
        };
        Self(Arc::new(plain.into_iter().map(file).collect()))
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.0.contains_key(INDEX)
    }

    /// The page's first view, or how to build one.
    pub(crate) fn first(&self, method: &Method, headers: &HeaderMap) -> Response {
        match self.0.get(INDEX) {
            Some(index) => answer::file(index, method, headers),
            None => answer::plain(PLAIN),
        }
    }

    /// What is at an address that nothing else is at.
    ///
    /// # Errors
    /// 404 where nothing is, 405 for a method that a file does not take.
    pub(crate) fn at(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Response> {
        let path = uri.path().trim_start_matches('/');
        let found = match self.0.get(path) {
            Some(file) => Some(file),
            None => self.0.get(INDEX).filter(|_| is_view(path, method, headers)),
        };
        let file = found.ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND))?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            let allowed = http::HeaderValue::from_static("GET,HEAD");
            return Err(Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).with_header(header::ALLOW, allowed));
        }
        Ok(answer::file(file, method, headers))
    }
}

/// Whether a browser is going to a view of the page, which the page itself then shows. A view may be of a share
/// whose name has a dot, and a file that is not there is not a view.
fn is_view(path: &str, method: &Method, headers: &HeaderMap) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_file = last.starts_with('.') || file::media(ending).is_some();
    let mut accepted = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let wants_page = accepted.any(|accepted| accepted.to_ascii_lowercase().contains("text/html"));
    matches!(*method, Method::GET | Method::HEAD) && wants_page && !NO_VIEWS.contains(&first) && !is_file
}

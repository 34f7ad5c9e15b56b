//! The files of the page, and what they are compressed to. Run while folio is built.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{fmt::Write as _, fs};

/// Files below this size are sent as they are: a packet has room for them.
const SMALL: usize = 1_024;
/// The window of brotli, as a power of two: larger than any file of the page.
const WINDOW: i32 = 22;
/// The endings of what has a shorter form; pictures and fonts are compressed already.
const TEXTS: [&str; 10] = [
    "html",
    "js",
    "mjs",
    "css",
    "svg",
    "json",
    "map",
    "txt",
    "webmanifest",
    "wasm",
];

/// Where each file of the page is, by its path within the page.
pub(crate) type Files = BTreeMap<String, PathBuf>;

/// The files of a folder; none when it is not there or has no `index.html`.
pub(crate) fn files(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    if folder.join("index.html").is_file() {
        walk(folder, "", &mut files)?;
    }
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let (path, name) = (entry.path(), format!("{prefix}{name}"));
        if path.is_dir() {
            walk(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, path);
        }
    }
    Ok(())
}

/// The same files and their compressed forms: those that are there, and for the others new ones in `out`.
pub(crate) fn compressed(mut files: Files, out: &Path) -> io::Result<Files> {
    fs::create_dir_all(out)?;
    let names: Vec<_> = files.keys().cloned().collect();
    for (index, name) in names.iter().enumerate() {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let bytes = fs::read(&files[name])?;
        if !TEXTS.contains(&ending) || bytes.len() < SMALL {
            continue;
        }
        for (form, compress) in [("br", brotli as fn(&[u8]) -> io::Result<Vec<u8>>), ("gz", gzip)] {
            let name = format!("{name}.{form}");
            if files.contains_key(&name) {
                continue;
            }
            let shorter = compress(&bytes)?;
            if shorter.len() < bytes.len() {
                let path = out.join(format!("{index}.{form}"));
                fs::write(&path, shorter)?;
                files.insert(name, path);
            }
        }
    }
    Ok(files)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut shorter = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: WINDOW,
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*bytes, &mut shorter, &parameters)?;
    Ok(shorter)
}

/// The files as the text of a Rust expression.
pub(crate) fn table(files: &Files) -> String {
    let mut text = String::from("&[\n");
    for (name, path) in files {
        // Writing to a string does not fail.
        let _ = writeln!(text, "    ({name:?}, include_bytes!({path:?}).as_slice()),");
    }
    text.push_str("]\n");
    text
}

//! Puts the page into the binary: `web/dist` as `npm run build` leaves it. Without it there is no page to put in, and
//! folio is built all the same.

#[path = "build/collect.rs"]
mod collect;

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = |variable| env::var_os(variable).ok_or_else(|| io::Error::other(format!("{variable} is not set")));
    let package = PathBuf::from(folder("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(folder("OUT_DIR")?);
    let web = package.join("web");
    let dist = web.join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    // A path that is not there counts as changed at every build, so what is there is watched for it to appear in.
    if let Some(watched) = [&dist, &web, &package].into_iter().find(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", watched.display());
    }
    let files = collect::files(&dist)?;
    let files = collect::compressed(files, &out.join("page"))?;
    fs::write(out.join("page.rs"), collect::table(&files))
}

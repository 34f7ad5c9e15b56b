//! The page: how its files are answered, and how they get into the binary.

use std::fs;
use std::io::Read;
use std::path::Path;

use folio_server::app::worker_router;
use folio_server::page::Page;

use crate::process::Process;
use crate::support::{ADMIN, Call, Options, Reply, Server};

#[path = "../../build/collect.rs"]
mod collect;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const INDEX: &[u8] = b"<!doctype html><title>folio</title><script type=module src=/assets/app-1a2b.js></script>";
const SCRIPT: &[u8] = b"console.log('one script of the page')";

fn server() -> Server {
    let files: [(&str, &[u8]); 6] = [
        ("index.html", INDEX),
        ("assets/app-1a2b.js", SCRIPT),
        ("assets/app-1a2b.js.br", b"as brotli"),
        ("assets/app-1a2b.js.gz", b"as gzip"),
        ("assets/logo.png", b"\x89PNG"),
        ("favicon.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
    ];
    Server::with(Options {
        page: Page::of(files),
        ..Options::default()
    })
}

/// A call of somebody who is not logged in.
fn call(server: &Server, line: &str) -> Call {
    server.call(line).without("authorization")
}

#[track_caller]
fn is_guarded(reply: &Reply) {
    let policy = reply.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|found| found == part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("referrer-policy"), "same-origin");
}

#[tokio::test]
async fn files_say_what_they_are_and_how_long_they_are_good() {
    let server = server();
    for (path, media, lasts, text) in [
        ("/", "text/html; charset=utf-8", "no-cache", INDEX),
        ("/index.html", "text/html; charset=utf-8", "no-cache", INDEX),
        (
            "/assets/app-1a2b.js",
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
            SCRIPT,
        ),
        ("/favicon.svg", "image/svg+xml", "no-cache", b"<svg".as_slice()),
    ] {
        let reply = call(&server, &format!("GET {path}")).send().await;
        assert_eq!((reply.status, reply.header("content-type")), (200, media), "{path}");
        assert_eq!(reply.header("cache-control"), lasts, "{path}");
        assert!(reply.text.as_bytes().starts_with(text), "{path}: {}", reply.text);
        assert_eq!(reply.header("content-length"), reply.text.len().to_string(), "{path}");
        is_guarded(&reply);

        let head = call(&server, &format!("HEAD {path}")).send().await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), reply.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn views_of_the_page_are_the_page_and_nothing_else_is() {
    let server = server();
    for view in [
        "/portfolios/0190-x",
        "/settings/",
        "/deep/er/view",
        "/asset/stock/VWCE.DE",
    ] {
        let reply = call(&server, &format!("GET {view}"))
            .header("accept", BROWSER)
            .send()
            .await;
        assert_eq!((reply.status, reply.text.as_bytes()), (200, INDEX), "{view}");
        assert_eq!(reply.header("cache-control"), "no-cache", "{view}");
        is_guarded(&reply);
        let program = call(&server, &format!("GET {view}")).send().await;
        program.problem(404, "not_found");
        let post = call(&server, &format!("POST {view}")).header("accept", BROWSER);
        post.send().await.problem(404, "not_found");
    }
    for absent in [
        "/api",
        "/api/v2/portfolios",
        "/health/x",
        "/ready/",
        "/metrics/x",
        "/admin",
        "/assets",
        "/assets/app-0000.js",
        "/assets/nope",
        "/robots.txt",
        "/.env",
        "/openapi.json/x",
    ] {
        let reply = server
            .call(&format!("GET {absent}"))
            .header("accept", BROWSER)
            .send()
            .await;
        reply.problem(404, "not_found");
    }
    for traversal in [
        "/../Cargo.toml",
        "/assets/../index.html",
        "/%2e%2e/Cargo.toml",
        "//index.html",
    ] {
        let reply = call(&server, &format!("GET {traversal}")).send().await;
        assert!(
            reply.status == 404 || reply.text.as_bytes() == INDEX,
            "{traversal}: {}",
            reply.text
        );
    }
    let post = call(&server, "POST /assets/app-1a2b.js").send().await;
    assert_eq!(post.problem(405, "unsupported").header("allow"), "GET,HEAD");
    call(&server, "GET /favicon.svg")
        .header("host", "rebound.example")
        .send()
        .await
        .problem(403, "permission_denied");
}

#[tokio::test]
async fn a_file_is_sent_in_the_shortest_form_that_is_taken() {
    let server = server();
    let get = |accepted: &str| call(&server, "GET /assets/app-1a2b.js").header("accept-encoding", accepted);
    let mut tags = Vec::new();
    for (accepted, coding, text) in [
        ("gzip, deflate, br, zstd", Some("br"), "as brotli"),
        ("gzip", Some("gzip"), "as gzip"),
        ("br;q=0, gzip;q=0.5", Some("gzip"), "as gzip"),
        ("identity", None, "console.log('one script of the page')"),
    ] {
        let reply = get(accepted).send().await;
        assert_eq!((reply.status, reply.text.as_str()), (200, text), "{accepted}");
        let named = reply
            .headers
            .get("content-encoding")
            .map(|value| value.to_str().unwrap());
        assert_eq!((named, reply.header("vary")), (coding, "accept-encoding"), "{accepted}");
        assert_eq!(reply.header("content-type"), "text/javascript; charset=utf-8");
        tags.push((accepted, reply.header("etag").to_owned()));
    }
    assert_eq!(tags[1].1, tags[2].1);
    assert!(tags[0].1 != tags[1].1 && tags[1].1 != tags[3].1, "{tags:?}");
    for (accepted, tag) in &tags {
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            let reply = get(accepted).header("if-none-match", &known).send().await;
            assert_eq!((reply.status, reply.text.as_str()), (304, ""), "{accepted} {known}");
            assert_eq!(reply.header("etag"), tag);
            assert!(!reply.headers.contains_key("content-encoding"));
        }
    }
    let reply = get("gzip").header("if-none-match", &tags[0].1).send().await;
    assert_eq!(reply.status, 200, "another form is another thing");
    // The compressed forms are no files of their own.
    call(&server, "GET /assets/app-1a2b.js.br")
        .send()
        .await
        .problem(404, "not_found");
    let png = call(&server, "GET /assets/logo.png")
        .header("accept-encoding", "br")
        .send()
        .await;
    assert!(!png.headers.contains_key("vary"), "it has one form");
}

#[tokio::test]
async fn the_link_opens_the_page_logged_in() {
    let server = server();
    // Whoever looks whether the link is good, a mail program say, does not log in.
    let head = call(&server, &format!("HEAD /?token={ADMIN}")).send().await;
    assert_eq!(head.status, 200);
    assert!(!head.headers.contains_key("set-cookie"));
    let login = call(&server, &format!("GET /?token={ADMIN}")).send().await;
    assert_eq!((login.status, login.header("location")), (303, "/"));
    let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = call(&server, "GET /").header("cookie", &cookie).send().await;
    assert_eq!((page.status, page.text.as_bytes()), (200, INDEX));
    let session = call(&server, "GET /v1/session").header("cookie", &cookie).send().await;
    assert_eq!(session.json["owner"], "admin");
}

#[tokio::test]
async fn without_a_page_it_is_said_how_to_build_one() {
    let server = Server::new();
    let reply = call(&server, "GET /").send().await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(reply.text.contains("make web"), "{}", reply.text);
    assert!(
        reply
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    for absent in ["/index.html", "/settings", "/favicon.svg"] {
        let reply = call(&server, &format!("GET {absent}"))
            .header("accept", BROWSER)
            .send()
            .await;
        reply.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_worker_shows_no_page() {
    let mut server = server();
    server.router = worker_router(&server.app);
    for path in ["/", "/index.html", "/assets/app-1a2b.js", "/settings"] {
        let reply = call(&server, &format!("GET {path}"))
            .header("accept", BROWSER)
            .send()
            .await;
        reply.problem(404, "not_found");
    }
    assert_eq!(call(&server, "GET /health").send().await.status, 200);
}

#[tokio::test]
async fn the_binary_shows_what_was_built_in() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Process::start(dir.path(), |_| {});
    let response = reqwest::get(server.url()).await.unwrap();
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(text.contains("<title>folio</title>"), "{text}");
    let built_in = Page::embedded().is_there();
    assert_eq!(text.contains("make web"), !built_in, "{text}");
    assert_eq!(policy.starts_with("default-src 'self'"), built_in, "{policy}");
    // Whatever the page needs is there.
    for address in text.split(['"', '\'']).filter(|text| text.starts_with("/assets/")) {
        let response = reqwest::get(format!("{}{address}", server.url())).await.unwrap();
        assert_eq!(response.status(), 200, "{address}");
    }
    server.stop();
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_built_in_is_the_folder_and_the_shorter_forms_of_its_texts() {
    let dir = tempfile::tempdir().unwrap();
    let (dist, out) = (dir.path().join("dist"), dir.path().join("out"));
    assert!(collect::files(&dist).unwrap().is_empty(), "there is no folder");
    assert_eq!(collect::table(&collect::Files::new()), "&[\n]\n");
    let script = "export const answer = 42;\n".repeat(200);
    write(&dist, "assets/app-1a2b.js", script.as_bytes());
    assert!(
        collect::files(&dist).unwrap().is_empty(),
        "a page begins with its index.html"
    );
    write(&dist, "index.html", INDEX);
    write(&dist, "assets/other.css", script.as_bytes());
    write(&dist, "assets/other.css.br", b"made by whoever built the page");
    write(&dist, "assets/picture.png", script.as_bytes());
    let files = collect::compressed(collect::files(&dist).unwrap(), &out).unwrap();
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "assets/app-1a2b.js",
            "assets/app-1a2b.js.br",
            "assets/app-1a2b.js.gz",
            "assets/other.css",
            "assets/other.css.br",
            "assets/other.css.gz",
            "assets/picture.png",
            "index.html",
        ]
    );
    let read = |name: &str| fs::read(&files[name]).unwrap();
    assert_eq!(read("assets/other.css.br"), b"made by whoever built the page");
    let mut text = String::new();
    let gzip = read("assets/app-1a2b.js.gz");
    flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut text).unwrap();
    assert_eq!(text, script);
    let mut bytes = Vec::new();
    brotli::BrotliDecompress(&mut &*read("assets/app-1a2b.js.br"), &mut bytes).unwrap();
    assert_eq!(bytes, script.as_bytes());
    let table = collect::table(&files);
    assert_eq!(table.matches("include_bytes!").count(), names.len(), "{table}");
    assert!(table.contains("(\"index.html\", include_bytes!("), "{table}");
}

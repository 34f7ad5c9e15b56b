//! A load over kept-alive connections, and the bare handler that it is compared with.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::Failure;

/// How many connections ask at once.
const CONNECTIONS: usize = 32;

/// Answers every request with the bytes of a file, until it is killed; prints its address first.
///
/// # Errors
/// When the file cannot be read or no port bound.
pub(crate) async fn serve_bare(body: &Path) -> Result<(), Failure> {
    let body = axum::body::Bytes::from(std::fs::read(body)?);
    let app = Router::new().fallback(get(move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], body) }
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Requests per second that a server answers within `span`.
///
/// # Errors
/// When an answer is not `200`.
pub(crate) async fn requests_per_second(
    address: SocketAddr,
    path: &str,
    token: &str,
    span: Duration,
) -> Result<f64, Failure> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    let started = Instant::now();
    let connections = (0..CONNECTIONS).map(|_| {
        let request = request.clone();
        tokio::spawn(async move { ask(address, request.as_bytes(), started + span).await })
    });
    let mut total = 0;
    for connection in futures::future::join_all(connections).await {
        total += connection??;
    }
    Ok(f64::from(total) / started.elapsed().as_secs_f64())
}

async fn ask(address: SocketAddr, request: &[u8], until: Instant) -> Result<u32, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1024];
    let mut answered = 0;
    while Instant::now() < until {
        stream.write_all(request).await?;
        let mut filled = 0;
        let length = loop {
            filled += stream.read(&mut buffer[filled..]).await?;
            if let Some(length) = answer_length(&buffer[..filled])? {
                break length;
            }
        };
        while filled < length {
            let read = stream.read(&mut buffer[filled..]).await?;
            if read == 0 {
                return Err("the server hung up".into());
            }
            filled += read;
        }
        answered += 1;
    }
    Ok(answered)
}

/// The length of head and body, once the head is whole.
fn answer_length(bytes: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..head])?.to_ascii_lowercase();
    if !text.starts_with("http/1.1 200") {
        return Err(format!("the answer is {}", text.lines().next().unwrap_or_default()).into());
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .ok_or("the answer has no length")?
        .trim()
        .parse::<usize>()?;
    Ok(Some(head + 4 + length))
}

//! `health`: asks a server how it is, for whoever watches over a container.

use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::args::HealthArgs;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(4);
/// More than the lines of any server.
const LONGEST: u64 = 64 * 1024;

pub(super) async fn run(args: &HealthArgs) -> Result<()> {
    let refused = || {
        Error::invalid(format!(
            "{} is no address that begins with http:// and has a host",
            args.url
        ))
    };
    let url = Url::parse(&args.url).map_err(|_| refused())?;
    let host = url.host_str().filter(|_| url.scheme() == "http").ok_or_else(refused)?;
    let port = url.port_or_known_default().ok_or_else(refused)?;
    let answer = timeout(PATIENCE, ask(host, port, url.path())).await;
    let answer = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(unreachable(&args.url, &error.to_string())),
        Err(_) => return Err(unreachable(&args.url, "no answer in time")),
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    print!("{body}");
    if status.starts_with('2') {
        Ok(())
    } else {
        Err(Error::new(
            ErrorKind::Internal,
            format!("{} answers {status}", args.url),
        ))
    }
}

/// The whole answer to a request for `path`.
async fn ask(host: &str, port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    // The older version of the protocol, in which an answer is never cut into pieces.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn unreachable(url: &str, why: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{url} cannot be reached: {why}"))
}

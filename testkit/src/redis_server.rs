//! A redis-server of Debian.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::{LIMIT, Process, free_port, wait_until};

/// A Redis with an append-only file, so that it comes back with what it had.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    port: u16,
    directory: TempDir,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with more settings, as on the command line of redis-server: `["--maxmemory", "1mb"]`.
    pub async fn with(settings: &[&str]) -> Self {
        let port = free_port();
        let mut server = Self::spawn(port, &["--port", &port.to_string()], settings);
        server.wait().await;
        server
    }

    /// A server that listens with TLS only; it may ask for no certificate of clients.
    pub async fn with_tls(certificate: &Path, key: &Path, authority: &Path) -> Self {
        let port = free_port();
        let path = |path: &Path| path.display().to_string();
        let (port_text, certificate, key, authority) =
            (port.to_string(), path(certificate), path(key), path(authority));
        let listen = [
            "--port",
            "0",
            "--tls-port",
            &port_text,
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &authority,
            "--tls-auth-clients",
            "no",
        ];
        let mut server = Self::spawn(port, &listen, &[]);
        wait_until(&mut server.process, || async move {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
        })
        .await;
        server
    }

    fn spawn(port: u16, listen: &[&str], settings: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory for redis");
        let dir = directory.path().display().to_string();
        let fixed = [
            "--bind",
            "127.0.0.1",
            "--dir",
            &dir,
            "--appendonly",
            "yes",
            "--save",
            "",
            "--daemonize",
            "no",
        ];
        let arguments = fixed.iter().chain(listen).chain(settings);
        let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
        let log = directory.path().join("log");
        let process = Process::start(PathBuf::from("redis-server"), arguments, &log);
        Self {
            process,
            port,
            directory,
        }
    }

    async fn wait(&mut self) {
        let port = self.port;
        wait_until(&mut self.process, || async move { answers(port).await.is_some() }).await;
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Where its files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Sends one command without TLS and without a password, as on a line of its own; the answer as it comes.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn command(&self, line: &str) -> String {
        let ask = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
            stream.write_all(format!("{line}\r\nQUIT\r\n").as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = tokio::time::timeout(LIMIT, ask).await;
        answer.expect("redis answers in time").expect("redis answers")
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same port with the same files, and waits until it answers.
    pub async fn start_again(&mut self) {
        self.process.start_again();
        self.wait().await;
    }

    /// Freezes it: connections stay open and nobody answers.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.process.thaw();
    }
}

/// Whether somebody says PONG, which a server that still reads its files does not.
async fn answers(port: u16) -> Option<()> {
    let ask = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
        stream.write_all(b"PING\r\n").await.ok()?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.ok()?;
        // A server with a password is up as well.
        (&answer == b"+PONG\r\n" || &answer == b"-NOAUTH").then_some(())
    };
    tokio::time::timeout(Duration::from_secs(1), ask).await.ok()?
}

//! The `folio` binary as a child process, as its users run it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

/// The token that the benchmark logs in with.
pub(crate) const TOKEN: &str = "benchmark-token-of-32-characters-or-more";

/// A failure of the benchmark itself.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first healthy answer.
    pub(crate) started_in: Duration,
}

/// The release binary beside this one.
///
/// # Errors
/// When this program does not know where it is.
pub(crate) fn binary(name: &str) -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    Ok(here.with_file_name(name))
}

fn free_port() -> std::io::Result<SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}

impl Server {
    /// Starts `folio serve` on a data directory, with its sources at `upstream`.
    ///
    /// # Errors
    /// When it does not become healthy within 30 seconds.
    pub(crate) async fn start(data: &Path, upstream: SocketAddr, extra: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::start_as("all", data, upstream, extra).await
    }

    /// The same in one role: `all`, `api` or `worker`.
    ///
    /// # Errors
    /// When it does not become healthy within 30 seconds.
    pub(crate) async fn start_as(
        role: &str,
        data: &Path,
        upstream: SocketAddr,
        extra: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let address = free_port()?;
        let started = Instant::now();
        let mut command = Command::new(binary("folio")?);
        command
            .args(["serve", "--role", role])
            .env_clear()
            .env(
                if role == "worker" {
                    "FOLIO_WORKER_BIND"
                } else {
                    "FOLIO_BIND"
                },
                address.to_string(),
            )
            .env("FOLIO_DATA_DIR", data)
            .env("FOLIO_ADMIN_TOKEN", TOKEN)
            .env("FOLIO_COINGECKO_URL", format!("http://{upstream}/api/v3"))
            .env("FOLIO_COINGECKO_PER_MINUTE", "100000")
            .env("FOLIO_YAHOO_URL", format!("http://{upstream}"))
            .env("FOLIO_YAHOO_PER_MINUTE", "100000")
            .env("FOLIO_FX_URL", format!("http://{upstream}/v2"))
            .env("FOLIO_REQUESTS_PER_SECOND", "0")
            .env("FOLIO_LOG", "warn")
            .envs(extra.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        let child = command.spawn()?;
        // A plain connection per try: building an HTTP client would cost more than what is measured.
        while !healthy(address).await {
            if started.elapsed() > Duration::from_secs(30) {
                return Err("folio did not become healthy within 30 s".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self {
            child,
            address,
            started_in: started.elapsed(),
        })
    }

    /// The address of an API path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1{path}", self.address)
    }

    /// Resident memory now and at its highest, in MiB.
    ///
    /// # Errors
    /// When the process is gone.
    pub(crate) fn resident_mib(&self) -> Result<(f64, f64), Failure> {
        let id = self.child.id().ok_or("folio has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| {
                    line.strip_prefix(name)?
                        .trim()
                        .strip_suffix("kB")?
                        .trim()
                        .parse::<f64>()
                        .ok()
                })
                .map(|kib| kib / 1024.0)
                .ok_or("the kernel does not tell the resident memory")
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// Ends the process.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }
}

async fn healthy(address: SocketAddr) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let answer = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    answer.await.is_ok_and(|answer| answer.ends_with(b"200"))
}

//! One child process that ends with its owner.

use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than any server needs to come up on a slow machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A port that nobody listened on a moment ago.
///
/// # Panics
/// When the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

/// A program that can be killed, frozen and started again as it was.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    arguments: Vec<OsString>,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    pub(crate) fn start(program: PathBuf, arguments: Vec<OsString>, log: &Path) -> Self {
        let mut process = Self {
            program,
            arguments,
            log: log.to_owned(),
            child: None,
        };
        process.start_again();
        process
    }

    /// Starts the program unless it runs.
    pub(crate) fn start_again(&mut self) {
        if self.child.is_some() {
            return;
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("the server's log opens");
        // The kernel ends the server when its test dies, whatever that died of.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("the server's log opens twice"))
            .stdout(log)
            .spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display())));
    }

    /// SIGKILL, and waits for the end.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn terminate(&mut self) {
        self.signal("TERM");
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
    }

    /// Sends a signal by name, such as `STOP` and `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let Some(child) = &self.child else { return };
        let sent = Command::new("kill")
            .args([format!("-{name}"), child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name} failed");
    }

    /// Stops all its threads, and returns once they have stopped: until then the server may still answer.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        let Some(child) = &self.child else { return };
        let limit = Instant::now() + LIMIT;
        while !is_stopped(child.id()) {
            assert!(Instant::now() < limit, "{} does not stop", self.program.display());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Whether it has ended by itself, with the end of its log.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        Some(format!(
            "{} ended with {status}:\n{}",
            self.program.display(),
            tail.join("\n")
        ))
    }
}

/// Whether every thread of a process has the state `T` of proc_pid_stat(5).
fn is_stopped(id: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).expect("the server's threads");
    threads.flatten().all(|thread| {
        // The state follows the name, which may hold blanks and is in parentheses. A thread that is gone answers nothing.
        std::fs::read_to_string(thread.path().join("stat"))
            .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" T")))
    })
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until `ready` answers true, or fails with what the server said.
pub(crate) async fn wait_until<F: Future<Output = bool>>(process: &mut Process, mut ready: impl FnMut() -> F) {
    let limit = tokio::time::Instant::now() + LIMIT;
    loop {
        if let Some(end) = process.ended() {
            panic!("{end}");
        }
        if ready().await {
            return;
        }
        assert!(
            tokio::time::Instant::now() < limit,
            "a server is not ready: {process:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

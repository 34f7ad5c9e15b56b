//! Child processes of a test, and numbers that differ from run to run.

use std::env;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use folio_core::{Clock, SystemClock};
use tokio::time::{Instant, sleep};

/// Numbers that differ from run to run and can be had again (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number from 0 up to, and without, `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A time shorter than `bound`.
    pub(crate) fn within(&mut self, bound: Duration) -> Duration {
        Duration::from_millis(self.below(usize::try_from(bound.as_millis()).unwrap().max(1)) as u64)
    }
}

/// A seed that no run before has had.
pub(crate) fn new_seed() -> u64 {
    SystemClock.now().as_millisecond().unsigned_abs() | 1
}

/// A process that runs one test of this program, killed with SIGKILL when it is dropped.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    /// Starts the ignored test called `test` with these variables in its environment.
    pub(crate) fn start<'a>(test: &str, variables: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        // The kernel ends the process when the test dies, whatever that died of.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(env::current_exe().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture"])
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal by name: `STOP`, `CONT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.id().to_string()])
            .status();
        assert!(sent.unwrap().success(), "kill -{name} failed");
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// Waits until it ends by itself.
    pub(crate) async fn end(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(begun.elapsed() < limit, "a process does not end");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

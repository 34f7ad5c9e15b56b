//! Receivers that others have written, as child processes.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::pki::Identity;

/// A Python program that listens on a port of this machine and keeps what it was sent; stopped when dropped.
pub(crate) struct Program {
    _child: Stopped,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Program {
    /// Starts one of `tests/python` and waits until it listens.
    pub(crate) fn start(name: &str, identity: Option<&Identity>, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(python());
        command
            .arg("-B")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(name))
            .arg("--log")
            .arg(folder.path().join("log"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(identity) = identity {
            let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
            fs::write(&certificate, &identity.certificate).unwrap();
            fs::write(&key, &identity.key).unwrap();
            command.arg("--certificate").arg(certificate).arg("--key").arg(key);
        }
        let mut child = Stopped(command.spawn().unwrap());
        let line = child.line();
        let Ok(port) = line.trim().parse() else {
            panic!("{name} did not start: {line:?}");
        };
        Self {
            _child: child,
            port,
            folder,
        }
    }

    /// What it was sent so far, in order.
    pub(crate) fn received(&self) -> Vec<Value> {
        Self::read(&self.folder.path().join("log"))
    }

    /// A count of those that it had not been sent before and for which `of` says yes, at any later time.
    pub(crate) fn told(
        &self,
        of: impl Fn(&Value, &str) -> bool + Send + Sync + 'static,
    ) -> impl Fn(Uuid) -> usize + Send + Sync + 'static {
        let path = self.folder.path().join("log");
        move |id| {
            let id = id.to_string();
            let lines = Self::read(&path);
            lines.iter().filter(|line| line["new"] == true && of(line, &id)).count()
        }
    }

    fn read(path: &Path) -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap_or_default();
        // A line that is being written at this moment is not one yet.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A child process that ends with its owner.
pub(crate) struct Stopped(pub(crate) Child);

impl Stopped {
    /// The next line that it prints; empty when it has ended.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        let output = self.0.stdout.as_mut().unwrap();
        let mut byte = [0];
        // Byte by byte, so that nothing is taken of the lines that follow.
        while output.read(&mut byte).is_ok_and(|read| read == 1) && byte != *b"\n" {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The Python that has what `requirements.txt` names.
pub(crate) fn python() -> PathBuf {
    let given = std::env::var_os("FOLIO_TEST_PYTHON").map(PathBuf::from);
    let python = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python"));
    assert!(
        python.exists(),
        "{} is not there: run `make tools`, which installs what the channels are tested against",
        python.display()
    );
    python
}

//! The administrator's token: made at the first start, kept in a file that only its owner can read.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind as IoKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use folio_core::{Error, ErrorKind, Result};

use super::Secret;

/// The name of the file in the data directory.
const FILE: &str = "admin-token";

/// The token in the data directory, which is made if there is none.
///
/// # Errors
/// `Unavailable` when the file cannot be read or written, `CorruptData` when it holds no token.
pub fn admin_token(data_dir: &Path) -> Result<String> {
    if let Some(token) = read_admin_token(data_dir)? {
        return Ok(token);
    }
    let path = data_dir.join(FILE);
    let draft = data_dir.join(format!(".{FILE}.{}", std::process::id()));
    let secret = Secret::random()?;
    write(&draft, secret.reveal()).map_err(|error| failed(&draft, "written", error))?;
    // A link is made whole or not at all, so of two processes that start together one wins and no
    // reader ever sees half a token.
    let linked = fs::hard_link(&draft, &path);
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => Ok(secret.reveal().to_owned()),
        Err(error) if error.kind() == IoKind::AlreadyExists => {
            read_admin_token(data_dir)?.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the token file vanished"))
        }
        Err(error) => Err(failed(&path, "written", error)),
    }
}

/// The token in the data directory, if there is one.
///
/// # Errors
/// `Unavailable` when the file cannot be read, `CorruptData` when it holds no token.
pub fn read_admin_token(data_dir: &Path) -> Result<Option<String>> {
    let path = data_dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) if is_token(text.trim()) => Ok(Some(text.trim().to_owned())),
        Ok(_) => Err(Error::new(
            ErrorKind::CorruptData,
            format!(
                "{} holds no token of 32 to 256 printable characters; remove it and a new one is made",
                path.display()
            ),
        )),
        Err(error) if error.kind() == IoKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path, "read", error)),
    }
}

/// Whether a text may be the administrator's token: 32 to 256 printable ASCII characters.
pub(crate) fn is_token(text: &str) -> bool {
    (32..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn write(path: &PathBuf, token: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{token}")?;
    file.sync_all()
}

fn failed(path: &Path, what: &str, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("{} cannot be {what}: {error}", path.display()),
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_token_is_made_once_and_is_the_owners_only() {
        let dir = tempfile::tempdir().unwrap();
        let token = admin_token(dir.path()).unwrap();
        assert_eq!(token.len(), 43);
        assert_eq!(admin_token(dir.path()).unwrap(), token);
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_without_a_token_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "short").unwrap();
        let error = admin_token(dir.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptData);
        assert!(
            error.message().contains("admin-token") && !error.message().contains("short "),
            "{error}"
        );
    }
}

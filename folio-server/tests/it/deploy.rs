//! The files that a fleet is deployed with: what they set is known, what they run is pinned, and only the proxy
//! can be reached. No image is built here: that takes a container engine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use folio_server::config::SETTINGS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The compose program of this machine: the plugin, or the older program of its own.
fn compose() -> Command {
    let plugin = Command::new("docker").args(["compose", "version"]).output();
    if plugin.is_ok_and(|output| output.status.success()) {
        let mut command = Command::new("docker");
        command.arg("compose");
        return command;
    }
    Command::new("docker-compose")
}

#[test]
fn compose_reads_the_file() {
    let output = compose()
        .current_dir(root())
        .args(["--file", "compose.yaml", "config"])
        .output()
        .unwrap_or_else(|error| {
            panic!("no docker compose and no docker-compose: apt-get install docker-compose ({error})")
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let whole = String::from_utf8(output.stdout).unwrap();
    for service in [
        "api-1",
        "api-2",
        "worker-1",
        "worker-2",
        "mongo",
        "mongo-set",
        "redis",
        "proxy",
        "secrets",
    ] {
        assert!(
            whole.contains(&format!("  {service}:\n")),
            "{service} is missing in\n{whole}"
        );
    }
    // One service has ports, and those are of this machine alone.
    assert_eq!(whole.matches("    ports:\n").count(), 1, "{whole}");
    assert!(read("compose.yaml").contains("\"127.0.0.1:8080:8080\""));
}

#[test]
fn every_variable_that_is_set_is_a_setting() {
    let known = |name: &str| {
        SETTINGS.iter().any(|setting| {
            let variable = format!("FOLIO_{}", setting.key.to_uppercase());
            name == variable || setting.secret && name == format!("{variable}_FILE")
        })
    };
    let mut found = 0;
    for file in ["compose.yaml", "Dockerfile"] {
        let text = read(file);
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        for name in words.filter(|word| word.starts_with("FOLIO_")) {
            assert!(known(name), "{file} sets {name}, which is no setting");
            found += 1;
        }
    }
    assert!(found > 8, "{found}");
    assert!(!known("FOLIO_STORE"));
}

#[test]
fn every_image_is_pinned() {
    let (compose, dockerfile) = (read("compose.yaml"), read("Dockerfile"));
    let of_compose = compose.lines().filter_map(|line| line.trim().strip_prefix("image: "));
    let of_dockerfile = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM "));
    let mut images: Vec<_> = of_compose.chain(of_dockerfile).collect();
    images.retain(|image| *image != "folio:local");
    assert!(images.len() >= 7, "{images:?}");
    for image in images {
        let name = image.split(' ').next().unwrap();
        let tag = name.split_once(':').map_or("", |(_, tag)| tag);
        assert!(tag.starts_with(|c: char| c.is_ascii_digit()), "{image} floats");
    }
    assert!(dockerfile.contains("\nUSER 10001\n"), "the image runs as root");
}

#[test]
fn secrets_are_made_once_and_are_the_owners_only() {
    let dir = tempfile::tempdir().unwrap();
    let make = || {
        let status = Command::new("sh")
            .arg(root().join("deploy/make-secrets.sh"))
            .arg(dir.path())
            .status()
            .unwrap();
        assert!(status.success());
    };
    let content = || {
        let files = [
            "folio/admin-token",
            "folio/store-url",
            "folio/redis-url",
            "redis/redis.conf",
            "mongo/keyfile",
        ];
        files.map(|file| fs::read_to_string(dir.path().join(file)).unwrap())
    };
    make();
    let made = content();
    make();
    assert_eq!(content(), made, "the second start changed a secret");
    let [token, store, redis, conf, _] = made;
    assert_eq!(token.len(), 64);
    assert!(folio_server::config::StoreUrl::parse(&store).is_ok(), "{store}");
    let password = redis
        .strip_prefix("redis://:")
        .and_then(|rest| rest.strip_suffix("@redis:6379"))
        .unwrap();
    assert!(conf.contains(&format!("requirepass {password}\n")), "{conf}");
    for line in ["appendonly yes", "maxmemory-policy noeviction"] {
        assert!(conf.contains(line), "{conf}");
    }
    for file in ["folio/admin-token", "mongo/root-password", "redis/password"] {
        let mode = fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o400, "{file}");
    }
    let other = tempfile::tempdir().unwrap();
    let script = root().join("deploy/make-secrets.sh");
    assert!(
        Command::new("sh")
            .arg(script)
            .arg(other.path())
            .status()
            .unwrap()
            .success()
    );
    assert_ne!(
        fs::read_to_string(other.path().join("folio/admin-token")).unwrap(),
        token
    );
    // What cannot be removed by its owner keeps the directory.
    for place in [dir.path(), other.path()] {
        for part in ["folio", "mongo", "redis"] {
            fs::set_permissions(place.join(part), fs::Permissions::from_mode(0o700)).unwrap();
        }
    }
}

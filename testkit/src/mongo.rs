//! A mongod.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use tempfile::TempDir;

use crate::process::{Process, free_port, wait_until};

/// Where the Makefile puts Python packages, below the root of the tree.
const PACKAGES: &str = "target/python/lib";
/// The name of the replica set.
const SET: &str = "rs0";

/// A MongoDB server: a replica set of one, or a standalone.
#[derive(Debug)]
pub struct Mongod {
    process: Process,
    port: u16,
    replica_set: bool,
    _directory: TempDir,
}

impl Mongod {
    /// A replica set of one, as production has it with three; waits until it takes writes.
    pub async fn replica_set() -> Self {
        let mut server = Self::spawn(true);
        server.wait_for_ping().await;
        let direct = server.admin(true).await;
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", server.port) };
        let set = doc! { "_id": SET, "members": [member] };
        direct
            .run_command(doc! { "replSetInitiate": set })
            .await
            .expect("the replica set begins");
        server.wait_for_writes().await;
        server
    }

    /// A server on its own, which knows no transactions and no retryable writes.
    pub async fn standalone() -> Self {
        let mut server = Self::spawn(false);
        server.wait_for_ping().await;
        server
    }

    fn spawn(replica_set: bool) -> Self {
        let directory = tempfile::tempdir().expect("a directory for mongod");
        let port = free_port();
        let (port_text, path) = (port.to_string(), directory.path().display().to_string());
        let mut arguments = vec!["--port", &port_text, "--dbpath", &path, "--bind_ip", "127.0.0.1"];
        arguments.extend(["--wiredTigerCacheSizeGB", "0.5", "--nounixsocket", "--quiet"]);
        arguments.extend(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
        if replica_set {
            arguments.extend(["--replSet", SET, "--oplogSize", "512"]);
        }
        let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
        let process = Process::start(program(), arguments, &directory.path().join("log"));
        Self {
            process,
            port,
            replica_set,
            _directory: directory,
        }
    }

    async fn admin(&self, direct: bool) -> Database {
        let mut options = ClientOptions::parse(format!("mongodb://127.0.0.1:{}", self.port))
            .await
            .expect("an address of MongoDB");
        options.direct_connection = Some(direct);
        options.server_selection_timeout = Some(Duration::from_secs(2));
        Client::with_options(options)
            .expect("a client of MongoDB")
            .database("admin")
    }

    async fn wait_for_ping(&mut self) {
        let admin = self.admin(true).await;
        wait_until(&mut self.process, || async {
            admin.run_command(doc! { "ping": 1 }).await.is_ok()
        })
        .await;
    }

    async fn wait_for_writes(&mut self) {
        let admin = self.admin(true).await;
        wait_until(&mut self.process, || async {
            let hello = admin.run_command(doc! { "hello": 1 }).await;
            hello.is_ok_and(|hello| hello.get_bool("isWritablePrimary").unwrap_or(false))
        })
        .await;
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of one database on it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let set = if self.replica_set { "?replicaSet=rs0" } else { "" };
        format!("mongodb://127.0.0.1:{}/{database}{set}", self.port)
    }

    /// Removes every document of a database but those of one collection, and no index.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn empty(&self, database: &str, except: &str) {
        let admin = self.admin(true).await;
        let database = admin.client().database(database);
        let names = database.list_collection_names().await.expect("collections are listed");
        for name in names.iter().filter(|name| *name != except) {
            let collection = database.collection::<mongodb::bson::Document>(name);
            collection.delete_many(doc! {}).await.expect("documents are removed");
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGTERM, upon which it ends in order.
    pub fn terminate(&mut self) {
        self.process.terminate();
    }

    /// Starts it again on the same port with the same files, and waits until it takes writes.
    pub async fn start_again(&mut self) {
        self.process.start_again();
        self.wait_for_ping().await;
        self.wait_for_writes().await;
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

/// The one on the PATH, else the one that `make tools` installs.
fn program() -> PathBuf {
    let on_path = std::env::var_os("PATH")
        .iter()
        .flat_map(std::env::split_paths)
        .map(|directory| directory.join("mongod"))
        .find(|file| file.is_file());
    on_path.or_else(installed).unwrap_or_else(|| {
        panic!("no mongod on the PATH and none below {PACKAGES}: `make tools` installs one");
    })
}

fn installed() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let versions = std::fs::read_dir(root.join(PACKAGES)).ok()?;
    versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("site-packages/fiftyone/db/bin/mongod"))
        .find(|file| file.is_file())
}

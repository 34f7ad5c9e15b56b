//! Stores on MongoDB: a server of each kind for as long as somebody needs it, a database for each world.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use folio_core::Clock;
use folio_store_mongo::{MongoConfig, MongoStore};
use folio_testkit::Mongod;

use super::Backend;

/// A server and its databases that no world uses; to empty one is quicker than to make one.
#[derive(Debug)]
pub(crate) struct Server {
    mongod: Mongod,
    free: Mutex<Vec<String>>,
    made: AtomicUsize,
}

static REPLICA_SET: tokio::sync::Mutex<Weak<Server>> = tokio::sync::Mutex::const_new(Weak::new());
static STANDALONE: tokio::sync::Mutex<Weak<Server>> = tokio::sync::Mutex::const_new(Weak::new());

impl Backend {
    /// What a loop over many worlds holds, so that not each of them starts a server.
    pub(crate) async fn server(self) -> Option<Arc<Server>> {
        let mut running = match self {
            Self::ReplicaSet => REPLICA_SET.lock().await,
            Self::Standalone => STANDALONE.lock().await,
            Self::Memory | Self::Sqlite => return None,
        };
        if let Some(server) = running.upgrade() {
            return Some(server);
        }
        let mongod = match self {
            Self::ReplicaSet => Mongod::replica_set().await,
            _ => Mongod::standalone().await,
        };
        let server = Arc::new(Server {
            mongod,
            free: Mutex::default(),
            made: AtomicUsize::new(0),
        });
        *running = Arc::downgrade(&server);
        Some(server)
    }
}

/// Both servers, for a test that goes through all backends more than once.
pub(crate) async fn servers() -> [Option<Arc<Server>>; 2] {
    [Backend::ReplicaSet.server().await, Backend::Standalone.server().await]
}

/// A database that is one world's own.
#[derive(Debug)]
pub(crate) struct Lease {
    server: Arc<Server>,
    database: String,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.server
            .free
            .lock()
            .unwrap()
            .push(std::mem::take(&mut self.database));
    }
}

/// An empty store on a server.
pub(crate) async fn store(server: Arc<Server>, clock: Arc<dyn Clock>) -> (Arc<MongoStore>, Lease) {
    let free = server.free.lock().unwrap().pop();
    let database = match free {
        Some(database) => {
            // The store keeps its id and its indexes.
            server.mongod.empty(&database, "meta").await;
            database
        }
        None => format!("world-{}", server.made.fetch_add(1, Ordering::Relaxed)),
    };
    let config = MongoConfig::from_url(&server.mongod.url(&database)).unwrap();
    let store = MongoStore::open(config, clock).await.unwrap();
    (Arc::new(store), Lease { server, database })
}

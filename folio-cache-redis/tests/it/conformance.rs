//! The suites of folio-core over one server, a cluster, and a server with TLS under a private authority.

use std::path::PathBuf;
use std::sync::Arc;

use folio_cache_redis::{Redis, RedisBudget, RedisCache};
use folio_core::memory::MemoryStore;
use folio_core::source::BudgetLimit;
use folio_core::{Cache, Clock, ErrorKind, RateBudget, conformance};
use folio_testkit::{RedisCluster, RedisServer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

use crate::common::{config, namespace, open};

async fn cache_conforms(url: &str) {
    conformance::cache(async || Arc::new(RedisCache::new(open(url, &namespace()))) as Arc<dyn Cache>).await;
}

/// Three processes on one store and one Redis.
async fn budget_conforms(url: &str) {
    let fresh = async |clock: Arc<dyn Clock>, limits: Vec<BudgetLimit>| {
        let (namespace, store) = (namespace(), Arc::new(MemoryStore::new()));
        let process = |_| {
            let redis = open(url, &namespace);
            Arc::new(RedisBudget::new(redis, clock.clone(), store.clone(), limits.clone())) as Arc<dyn RateBudget>
        };
        (0..3).map(process).collect()
    };
    conformance::rate_budget(fresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_conforms() {
    let server = RedisServer::start().await;
    cache_conforms(&server.url()).await;
    budget_conforms(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_conforms_and_all_of_it_is_used() {
    let cluster = RedisCluster::start().await;
    cache_conforms(&cluster.url()).await;
    budget_conforms(&cluster.url()).await;
    for node in cluster.nodes() {
        let size = node.command("DBSIZE").await;
        let keys: u32 = size.lines().next().unwrap().trim_start_matches(':').parse().unwrap();
        assert!(keys > 1_000, "a node has {keys} keys");
    }
}

/// A server's certificate by an authority that nobody else knows.
struct Certificates {
    directory: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificates = Self { directory };
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        std::fs::write(certificates.path("ca.pem"), authority.pem()).unwrap();
        std::fs::write(certificates.path("server.pem"), certificate.pem()).unwrap();
        std::fs::write(certificates.path("server.key"), key.serialize_pem()).unwrap();
        certificates
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_private_authority_conforms_and_no_other_is_trusted() {
    let ours = Certificates::new();
    let [certificate, key, authority] = ["server.pem", "server.key", "ca.pem"].map(|name| ours.path(name));
    let server = RedisServer::with_tls(&certificate, &key, &authority).await;
    let url =
        |host: &str, authority: &PathBuf| format!("rediss://{host}:{}?ca_file={}", server.port(), authority.display());
    cache_conforms(&url("localhost", &authority)).await;

    let other = Certificates::new().path("ca.pem");
    let refused = async |url: String| {
        // Made before the certificates of the other authority are gone.
        let redis = Redis::open(&config(&url), "x");
        match redis {
            Ok(redis) => redis.check().await.unwrap_err(),
            Err(error) => error,
        }
    };
    // The name of the certificate is another.
    assert_eq!(
        refused(url("127.0.0.1", &authority)).await.kind(),
        ErrorKind::Unavailable
    );
    // The web's authorities have not signed it.
    let web = format!("rediss://localhost:{}", server.port());
    assert_eq!(refused(web).await.kind(), ErrorKind::Unavailable);
    // A file that is not there, and one that is something else.
    let error = refused(url("localhost", &other)).await;
    assert_eq!(error.kind(), ErrorKind::NotConfigured, "{error:?}");
    assert!(error.message().contains("cannot be read"), "{error}");
    let error = refused(url("localhost", &key)).await;
    assert!(error.message().contains("BEGIN CERTIFICATE"), "{error}");
    // Another private authority.
    let others = Certificates::new();
    let error = refused(url("localhost", &others.path("ca.pem"))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
}

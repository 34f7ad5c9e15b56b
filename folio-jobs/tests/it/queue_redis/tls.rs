//! A queue behind TLS, with an authority of the test's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use folio_core::ErrorKind;
use folio_jobs::queue::{Delivery, JobQueue, RedisQueue, RedisQueueConfig};
use folio_testkit::RedisServer;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};

use super::support::{Inbox, NAME, Worker};

/// Writes an authority and what it says of a host, and returns the files of authority, certificate and key.
fn certificates(directory: &Path, host: &str) -> [PathBuf; 3] {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let texts = [authority.pem(), certificate.pem(), key.serialize_pem()];
    let files = ["authority", "certificate", "key"].map(|name| directory.join(format!("{host}.{name}.pem")));
    for (file, text) in files.iter().zip(texts) {
        std::fs::write(file, text).unwrap();
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_server_with_a_trusted_certificate_is_talked_to() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let [authority, certificate, key] = certificates(directory.path(), "localhost");
    let [foreign, ..] = certificates(directory.path(), "example.org");
    let server = RedisServer::with_tls(&certificate, &key, &authority).await;
    let open = |url: String, authority: Option<&PathBuf>| {
        let mut config = RedisQueueConfig::from_url(&url).unwrap();
        if let Some(authority) = authority {
            config = config.with_ca_file(authority);
        }
        Arc::new(RedisQueue::open(&config, NAME).unwrap())
    };
    let port = server.port();
    for (url, authority) in [
        (format!("rediss://localhost:{port}"), Some(&foreign)),
        (format!("rediss://localhost:{port}"), None),
        // The certificate is for another name.
        (format!("rediss://127.0.0.1:{port}"), Some(&authority)),
        (format!("redis://localhost:{port}"), None),
    ] {
        let error = open(url.clone(), authority).depth().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{url}: {error:?}");
    }

    let config = RedisQueueConfig::from_url(&server.url())
        .unwrap()
        .with_ca_file(&authority);
    let error = RedisQueue::open(&config, NAME).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured, "authorities are for TLS");

    let queue = open(format!("rediss://localhost:{port}"), Some(&authority));
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, 1, &inbox);
    queue.push(&[Delivery::new("row", 1)]).await.unwrap();
    inbox.wait_for("row", 1).await;
    worker.stop().await;
}

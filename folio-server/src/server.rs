//! The HTTP server: connections, their time limits, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use folio_core::{Error, ErrorKind, Result};
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::gate::Peer;
use crate::reader::Impatient;

/// How long a client may take for the head of a request; also how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may read nothing of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How many connections are open at once; further ones wait to be accepted.
const CONNECTIONS: usize = 8_192;

/// Takes an address to listen on.
///
/// # Errors
/// `NotConfigured` with the variable that names the address, when it is in use or not of this machine.
pub async fn listen(variable: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "the port is in use, by another folio perhaps".to_owned(),
            _ => error.to_string(),
        };
        Error::new(
            ErrorKind::Internal,
            format!("cannot listen on {address}: {why}; {variable} names another address"),
        )
    })
}

/// Serves until `shutdown`, then lets running requests end for at most `grace`.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>, grace: Duration) {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    tokio::pin!(shutdown);
    loop {
        let accepted = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, &router);
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    // Whatever ends a connection early is the client's business.
                    let _ = connection.await;
                    drop(permit);
                });
            }
            // Out of file descriptors, most likely: closing connections is what helps, and takes time.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that did not end in time are cut off");
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
) -> http1::Connection<
    TokioIo<Impatient<TcpStream>>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = http::Response<Body>,
        Error = std::convert::Infallible,
        Future: Send,
    > + use<>,
> {
    let _ = stream.set_nodelay(true);
    let peer = Peer(peer.ip().to_canonical());
    let service = router.clone().map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(
            TokioIo::new(Impatient::new(stream, WRITE_TIMEOUT)),
            TowerToHyperService::new(service),
        )
}

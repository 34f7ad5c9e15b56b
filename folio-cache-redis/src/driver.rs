//! The driver's two kinds of client, one server or a cluster, behind one door.

use std::fs;
use std::time::Duration;

use folio_core::Result;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisFuture,
    RedisResult, TlsCertificates, Value,
};

use crate::config::{RedisConfig, refused};

/// How long a connection may take to be made, TLS and all.
const CONNECTING: Duration = Duration::from_secs(2);
/// How many calls wait to be written to one connection.
const BUFFER: usize = 1_000;

/// What makes connections.
pub(crate) enum Driver {
    Single(Client, AsyncConnectionConfig),
    Cluster(ClusterClient),
}

/// A connection; cheap to clone, every clone the same.
#[derive(Clone)]
pub(crate) enum Live {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Driver {
    pub(crate) fn new(config: &RedisConfig) -> Result<Self> {
        let refuse = |error: redis::RedisError| refused(format!("Redis at {config} cannot be set up: {error}"));
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert: authority(config)?,
        };
        let mut login = RedisConnectionInfo::default().set_db(config.database.into());
        if let Some(username) = &config.username {
            login = login.set_username(username);
        }
        if let Some(password) = &config.password {
            login = login.set_password(password);
        }
        let mut nodes = Vec::new();
        for (host, port) in &config.nodes {
            let address = match config.tls {
                true => ConnectionAddr::TcpTls {
                    host: host.clone(),
                    port: *port,
                    insecure: false,
                    tls_params: None,
                },
                false => ConnectionAddr::Tcp(host.clone(), *port),
            };
            let node = address.into_connection_info().map_err(refuse)?;
            nodes.push(node.set_redis_settings(login.clone()));
        }
        if config.cluster {
            let mut builder = ClusterClient::builder(nodes)
                .connection_timeout(CONNECTING)
                .response_timeout(config.patience())
                .retries(2)
                .min_retry_wait(10)
                .max_retry_wait(50);
            if config.tls {
                builder = builder.certs(certificates);
            }
            return Ok(Self::Cluster(builder.build().map_err(refuse)?));
        }
        let Some(node) = nodes.pop() else {
            return Err(refused("the address of Redis has no host".to_owned()));
        };
        let client = match config.tls {
            true => Client::build_with_tls(node, certificates),
            false => Client::open(node),
        };
        let connection = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(config.patience()))
            .set_pipeline_buffer_size(BUFFER);
        Ok(Self::Single(client.map_err(refuse)?, connection))
    }

    /// A new connection that has answered once.
    pub(crate) async fn connect(&self) -> RedisResult<Live> {
        tokio::time::timeout(2 * CONNECTING, self.connected())
            .await
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
    }

    async fn connected(&self) -> RedisResult<Live> {
        let mut live = match self {
            Self::Single(client, config) => {
                Live::Single(client.get_multiplexed_async_connection_with_config(config).await?)
            }
            Self::Cluster(client) => Live::Cluster(client.get_async_connection().await?),
        };
        redis::cmd("PING").query_async::<Value>(&mut live).await?;
        Ok(live)
    }
}

/// The authority's certificates, where it is a private one.
fn authority(config: &RedisConfig) -> Result<Option<Vec<u8>>> {
    let Some(path) = &config.ca_file else {
        return Ok(None);
    };
    let certificates = fs::read(path).map_err(|error| {
        refused(format!(
            "the certificates in {} cannot be read: {error}",
            path.display()
        ))
    })?;
    let has_one = certificates
        .windows(b"BEGIN CERTIFICATE".len())
        .any(|text| text == b"BEGIN CERTIFICATE");
    if !has_one {
        return Err(refused(format!(
            "{} has no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
            path.display()
        )));
    }
    Ok(Some(certificates))
}

impl ConnectionLike for Live {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

//! A Redis Cluster of three.

use std::time::Duration;

use crate::process::{LIMIT, free_port};
use crate::redis_server::RedisServer;

/// How many slots a cluster has.
const SLOTS: u32 = 16_384;
const NODES: u32 = 3;

/// Three masters that have a third of the slots each, and no replicas.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts a cluster and waits until every node says that it is whole.
    pub async fn start() -> Self {
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        for _ in 0..NODES {
            let bus = free_port().to_string();
            let settings = [
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus,
                "--cluster-node-timeout",
                "2000",
            ];
            nodes.push(RedisServer::with(&settings).await);
            buses.push(bus);
        }
        for (index, node) in (0..).zip(&nodes) {
            let (first, end) = (SLOTS * index / NODES, SLOTS * (index + 1) / NODES);
            let added = node
                .command(&format!("CLUSTER ADDSLOTSRANGE {first} {}", end - 1))
                .await;
            assert!(added.starts_with("+OK"), "a node takes its slots: {added}");
        }
        for (node, bus) in nodes.iter().zip(&buses).skip(1) {
            let met = nodes[0]
                .command(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port()))
                .await;
            assert!(met.starts_with("+OK"), "the nodes meet: {met}");
        }
        let cluster = Self { nodes };
        let limit = tokio::time::Instant::now() + LIMIT;
        while !cluster.is_whole().await {
            assert!(tokio::time::Instant::now() < limit, "the cluster does not become whole");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        cluster
    }

    async fn is_whole(&self) -> bool {
        for node in &self.nodes {
            let info = node.command("CLUSTER INFO").await;
            let whole = info.contains("cluster_state:ok") && info.contains(&format!("cluster_known_nodes:{NODES}"));
            if !whole {
                return false;
            }
        }
        true
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// The nodes, to be killed and started again.
    pub fn nodes_mut(&mut self) -> &mut [RedisServer] {
        &mut self.nodes
    }

    /// `redis+cluster://127.0.0.1:PORT,127.0.0.1:PORT`: two of the three, the third is told by them.
    #[must_use]
    pub fn url(&self) -> String {
        let known: Vec<_> = self
            .nodes
            .iter()
            .take(2)
            .map(|node| format!("127.0.0.1:{}", node.port()))
            .collect();
        format!("redis+cluster://{}", known.join(","))
    }
}

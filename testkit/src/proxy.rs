//! A network that breaks when told to.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of bytes and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Everything goes through.
    None,
    /// Connections are closed, new ones at once.
    Closed,
    /// Connections stay open and nothing comes through.
    Silent,
    /// What is asked comes through; the connection is closed when the answer comes.
    Unanswered,
    /// Every piece of data is held back for so long.
    Slow(Duration),
}

/// A TCP proxy on loopback in front of one server.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy in front of the port `target` of this machine.
    ///
    /// # Panics
    /// When the machine has no free port.
    pub async fn before(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (fault, watched) = watch::channel(Fault::None);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, target, watched.clone()));
            }
        });
        Self { address, fault, task }
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Has everything that comes from now on go this way, on open connections too.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.fault.send_replace(Fault::Closed);
    }
}

async fn serve(client: TcpStream, target: u16, fault: watch::Receiver<Fault>) {
    if *fault.borrow() == Fault::Closed {
        return;
    }
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = copy(from_client, to_server, Way::Question, fault.clone()) => {}
        () = copy(from_server, to_client, Way::Answer, fault) => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Question,
    Answer,
}

async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    way: Way,
    mut fault: watch::Receiver<Fault>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            closed = fault.wait_for(|fault| *fault == Fault::Closed) => {
                drop(closed);
                return;
            }
        };
        let Ok(count @ 1..) = read else { return };
        let now = *fault.borrow();
        match now {
            Fault::Closed => return,
            Fault::Silent => {
                // What was read while nothing comes through arrives once something does.
                if fault.wait_for(|fault| *fault != Fault::Silent).await.is_err() {
                    return;
                }
            }
            Fault::Slow(delay) => tokio::time::sleep(delay).await,
            Fault::Unanswered if way == Way::Answer => return,
            Fault::Unanswered | Fault::None => {}
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

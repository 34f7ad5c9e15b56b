//! A network that breaks when told to.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// The next question with these bytes in it comes through, its connection is closed when the answer comes, and
    /// everything goes through again.
    Unanswered(&'static str),
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
        let fault = watch::Sender::new(Fault::None);
        let watched = fault.clone();
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

    /// What becomes of what comes now.
    #[must_use]
    pub fn fault(&self) -> Fault {
        *self.fault.borrow()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.fault.send_replace(Fault::Closed);
    }
}

/// One connection through the proxy.
struct Line {
    fault: watch::Sender<Fault>,
    unanswered: AtomicBool,
}

impl Line {
    /// Takes the fault upon this connection if `question` is the one that it waits for.
    fn ask(&self, question: &[u8]) {
        let taken = self.fault.send_if_modified(|fault| match *fault {
            Fault::Unanswered(bytes) if contains(question, bytes.as_bytes()) => {
                *fault = Fault::None;
                true
            }
            _ => false,
        });
        if taken {
            self.unanswered.store(true, Ordering::SeqCst);
        }
    }

    async fn copy(&self, mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, way: Way) {
        let mut watched = self.fault.subscribe();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = tokio::select! {
                read = from.read(&mut buffer) => read,
                closed = watched.wait_for(|fault| *fault == Fault::Closed) => {
                    drop(closed);
                    return;
                }
            };
            let Ok(count @ 1..) = read else { return };
            match way {
                Way::Question => self.ask(&buffer[..count]),
                Way::Answer if self.unanswered.load(Ordering::SeqCst) => return,
                Way::Answer => {}
            }
            let now = *self.fault.borrow();
            match now {
                Fault::Closed => return,
                Fault::Silent => {
                    // What was read while nothing comes through arrives once something does.
                    if watched.wait_for(|fault| *fault != Fault::Silent).await.is_err() {
                        return;
                    }
                }
                Fault::Slow(delay) => tokio::time::sleep(delay).await,
                Fault::Unanswered(_) | Fault::None => {}
            }
            if to.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    }
}

async fn serve(client: TcpStream, target: u16, fault: watch::Sender<Fault>) {
    if *fault.borrow() == Fault::Closed {
        return;
    }
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let line = Line {
        fault,
        unanswered: AtomicBool::new(false),
    };
    tokio::select! {
        () = line.copy(from_client, to_server, Way::Question) => {}
        () = line.copy(from_server, to_client, Way::Answer) => {}
    }
}

#[derive(Clone, Copy)]
enum Way {
    Question,
    Answer,
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

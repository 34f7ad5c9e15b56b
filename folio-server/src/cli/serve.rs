//! `serve`.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use folio_core::{Clock, Error, ErrorKind, Result, SystemClock};
use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::args::{Role, ServeArgs};
use super::token::link;
use crate::app::{self, App, AppParts};
use crate::auth::admin_token;
use crate::config::Config;
use crate::page::Page;
use crate::presence::{self, ProcessRow};
use crate::wiring::{self, Opened, Opening};
use crate::{migrate, server};

/// How long running requests and jobs have to end.
const GRACE: Duration = Duration::from_secs(22);

pub(super) async fn run(args: &ServeArgs, config: Config) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let api = match args.role {
        Role::All | Role::Api => Some(server::listen("FOLIO_BIND", config.bind).await?),
        Role::Worker => None,
    };
    let default_worker = (args.role == Role::Worker).then(|| SocketAddr::from(([127, 0, 0, 1], 3001)));
    let worker = match config.worker_bind.or(default_worker) {
        Some(address) => Some(server::listen("FOLIO_WORKER_BIND", address).await?),
        None => None,
    };
    wiring::make_data_dir(&config.data_dir)?;
    let token = match &config.admin_token {
        Some(token) => token.expose_secret().to_owned(),
        None => admin_token(&config.data_dir)?,
    };
    let opened = wiring::open_store(&config, &clock, Opening::Serve).await?;
    migrate::begin_serving(&*opened.store, clock.now()).await?;
    let parts = parts(&config, &opened, &clock, token.clone()).await?;
    let (router, app) = app::router(&parts);
    if let Some(listener) = &api {
        announce(listener.local_addr().unwrap_or(config.bind), &token);
    } else if let Some(address) = worker.as_ref().and_then(|listener| listener.local_addr().ok()) {
        tracing::info!(%address, "folio is listening");
    }
    serve(Served {
        api: api.map(|listener| (listener, router)),
        worker,
        app,
        jobs: args.role != Role::Api,
        role: args.role,
    })
    .await
}

/// The server's parts over an open store.
pub(super) async fn parts(config: &Config, opened: &Opened, clock: &Arc<dyn Clock>, token: String) -> Result<AppParts> {
    let redis = wiring::open_cache(config, opened)?;
    let tracker = wiring::tracker(config, opened, redis.as_ref(), clock)?;
    let queue = wiring::open_queue(config, opened).await?;
    Ok(AppParts {
        jobs: wiring::jobs(config, &tracker, &queue),
        tracker,
        queue,
        cache: redis.map(|redis| Arc::new(redis) as _),
        admin_token: Some(token),
        allowed_hosts: config.allowed_hosts.clone(),
        cors_origins: config.cors_origins.clone(),
        requests_per_second: config.requests_per_second,
        page: Page::embedded(),
    })
}

/// Says where the server is; the link goes to a terminal only, because it logs in whoever reads it.
fn announce(address: SocketAddr, token: &str) {
    tracing::info!(%address, "folio is listening");
    if std::io::stdout().is_terminal() {
        println!("Log in: {}", link(address, token));
    }
}

/// What a process serves.
#[derive(Debug)]
pub(super) struct Served {
    pub api: Option<(tokio::net::TcpListener, axum::Router)>,
    pub worker: Option<tokio::net::TcpListener>,
    pub app: App,
    pub jobs: bool,
    pub role: Role,
}

/// Serves until a signal, or until the jobs cannot go on.
pub(super) async fn serve(served: Served) -> Result<()> {
    let Served {
        api,
        worker,
        app,
        jobs,
        role,
    } = served;
    let (stop, stopped) = watch::channel(false);
    let ended = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone stops too.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    // Listened to before anybody is answered: whoever got an answer may send one.
    let signalled = signalled();
    let upkeep = tokio::spawn(app.clone().upkeep());
    // Streams end by themselves only when they are told: a server that stops waits for what it answers.
    let (events, stops) = (app.events.clone(), ended(stopped.clone()));
    let streams = tokio::spawn(async move {
        stops.await;
        events.stop();
    });
    let (store, clock) = (Arc::clone(app.tracker.store()), Arc::clone(app.clock()));
    let unwritten = Arc::clone(&app.unwritten);
    let row = ProcessRow::new(role.as_str(), clock.now());
    let presence = tokio::spawn(presence::announce(store, clock, unwritten, row, ended(stopped.clone())));
    let worker_router = app::worker_router(&app);
    let mut servers = Vec::new();
    for (listener, router) in api.into_iter().chain(worker.map(|listener| (listener, worker_router))) {
        servers.push(tokio::spawn(server::serve(
            listener,
            router,
            ended(stopped.clone()),
            GRACE,
        )));
    }
    let mut outcome = Ok(());
    if jobs {
        let running = app.jobs.run(ended(stopped.clone()));
        tokio::pin!(running);
        tokio::select! {
            done = &mut running => {
                outcome = done.and_then(|()| Err(Error::new(ErrorKind::Internal, "the jobs ended by themselves")));
                let _ = stop.send(true);
            }
            () = signalled => {
                let _ = stop.send(true);
                outcome = running.await;
            }
        }
    } else {
        signalled.await;
        let _ = stop.send(true);
    }
    for server in servers {
        let _ = server.await;
    }
    let _ = streams.await;
    upkeep.abort();
    let _ = presence.await;
    tracing::info!("folio has stopped");
    outcome
}

/// Comes with the first signal to end; from the call on, not from the first look at it.
fn signalled() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            // Without handlers the signals end the process by themselves.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("folio is stopping");
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            // Whoever asks twice means at once.
            std::process::exit(1);
        });
    }
}

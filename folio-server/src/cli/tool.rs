//! Commands that work on the store, without a server.

use std::sync::Arc;

use folio_core::store::PortfolioQuery;
use folio_core::{Clock, Error, ErrorKind, OwnerId, Portfolio, PortfolioId, Result, SystemClock, Tracker};

use super::args::{Cli, Command};
use super::{alerts, doctor, migrate, notifications, portfolios, price, prices, token, transfer};
use crate::config::Config;
use crate::wiring::{self, Opened, Opening};

/// What a command works with.
#[derive(Debug)]
pub(super) struct Tool {
    pub config: Config,
    pub opened: Opened,
    pub tracker: Tracker,
    pub owner: OwnerId,
    pub json: bool,
}

pub(super) async fn run(cli: Cli, config: Config) -> Result<()> {
    if let Command::Doctor = cli.command {
        return doctor::run(config, cli.json).await;
    }
    if let Command::Migrate(args) = &cli.command {
        return migrate::run(args, config, cli.json).await;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    wiring::make_data_dir(&config.data_dir)?;
    let opened = wiring::open_store(&config, &clock, Opening::Tool).await?;
    let redis = wiring::open_cache(&config, &opened)?;
    let tracker = wiring::tracker(&config, &opened, redis.as_ref(), &clock)?;
    let tool = Tool {
        config,
        opened,
        tracker,
        owner: OwnerId::new(&cli.owner),
        json: cli.json,
    };
    match cli.command {
        Command::New(args) => portfolios::new(&tool, args).await,
        Command::Add(args) => portfolios::add(&tool, *args).await,
        Command::List(args) => portfolios::list(&tool, &args).await,
        Command::Value(args) => portfolios::value(&tool, &args).await,
        Command::Prices(args) => prices::prices(&tool, &args).await,
        Command::Price(command) => price::run(&tool, command).await,
        Command::History(args) => prices::history(&tool, &args).await,
        Command::Search(args) => prices::search(&tool, &args).await,
        Command::Alert(command) => alerts::run(&tool, command).await,
        Command::Notification(command) => notifications::notifications(&tool, command).await,
        Command::Channel(command) => notifications::channels(&tool, command).await,
        Command::Token(command) => token::run(&tool, command).await,
        Command::Export(args) => transfer::export(&tool, &args).await,
        Command::Import(args) => transfer::import(&tool, &args).await,
        Command::Serve(_)
        | Command::Demo(_)
        | Command::Doctor
        | Command::Health(_)
        | Command::Migrate(_)
        | Command::Openapi => Ok(()),
    }
}

impl Tool {
    /// The portfolio with this id or unique name.
    pub(super) async fn portfolio(&self, wanted: &str) -> Result<Portfolio> {
        if let Ok(id) = wanted.parse::<PortfolioId>() {
            return self.tracker.portfolio(&self.owner, id).await;
        }
        let mut found = Vec::new();
        for archived in [false, true] {
            let mut query = PortfolioQuery {
                owner: self.owner.clone(),
                archived,
                after: None,
                limit: 200,
            };
            loop {
                let page = self.tracker.portfolios(&query).await?;
                query.after = page.items.last().map(|last| last.id);
                found.extend(
                    page.items
                        .into_iter()
                        .filter(|summary| summary.name == wanted)
                        .map(|summary| summary.id),
                );
                if !page.more {
                    break;
                }
            }
        }
        match found.as_slice() {
            [id] => self.tracker.portfolio(&self.owner, *id).await,
            [] => Err(Error::not_found(format!("portfolio: {wanted}"))),
            several => {
                let ids: Vec<_> = several.iter().map(ToString::to_string).collect();
                let message = format!(
                    "{} portfolios are called {wanted:?}: name one by its id, {}",
                    ids.len(),
                    ids.join(" or ")
                );
                Err(Error::new(ErrorKind::Conflict, message))
            }
        }
    }
}

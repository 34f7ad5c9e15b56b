//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::overrides::Overrides;
use crate::config::Sources;

/// Values portfolios of crypto, stocks and cash, and never invents a number
#[derive(Debug, Parser)]
#[command(name = "folio", version, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Whose portfolios
    #[arg(long, global = true, default_value = "admin", value_name = "OWNER")]
    pub owner: String,
    /// Read settings from this file instead of folio.toml
    #[arg(long, global = true, env = "FOLIO_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub overrides: Overrides,
}

impl Cli {
    /// Where settings come from. Flags of this call count before the process's own environment.
    pub(super) fn sources(&self) -> Sources {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("FOLIO_"))
            .collect();
        Sources {
            flags: self.overrides.0.clone(),
            environment,
            file: self.config.clone(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// Run a server on three sample portfolios and recorded prices, without a network
    Demo(DemoArgs),
    /// Make a portfolio
    New(NewArgs),
    /// Add a holding to a portfolio
    Add(Box<AddArgs>),
    /// List portfolios
    List(ListArgs),
    /// Value a portfolio now
    Value(ValueArgs),
    /// Say what assets cost
    Prices(PricesArgs),
    /// State what an asset is worth, or take that back
    #[command(subcommand)]
    Price(PriceCommand),
    /// Say what an asset cost
    History(HistoryArgs),
    /// Find assets by name or ticker
    Search(SearchArgs),
    /// List, add, change and remove the alert rules of a portfolio
    #[command(subcommand)]
    Alert(AlertCommand),
    /// List notifications and how far their delivery is, and send one again
    #[command(subcommand)]
    Notification(NotificationCommand),
    /// List the channels that notifications go through, and send a sample
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Make, list and revoke access tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Write an owner's portfolios, alert rules and prices by hand into one JSON file
    Export(ExportArgs),
    /// Put what `folio export` wrote back, under the same ids: the same file twice changes nothing
    ///
    /// The whole file is checked before the first write. A portfolio that is there and says the same is left
    /// as it is; one that says something else is an error that names it, unless --replace is given.
    Import(ImportArgs),
    /// Copy everything from one store into another, and compare the two
    ///
    /// Portfolios of all owners, snapshots, prices, alert states, notifications, tokens and what was scheduled.
    /// The target has to be empty or an earlier copy of the same source that no server has run on; the same
    /// command again brings it up to date. No server may run on either meanwhile. The target keeps an id of its
    /// own, so the two never meet on one queue. What waits in the queue is made again from the store.
    Migrate(MigrateArgs),
    /// Check the configuration and every dependency, and say how to mend what is wrong
    Doctor,
    /// Ask a running server how it is; the exit code says it: 0 well, 1 not ready, 3 not there
    Health(HealthArgs),
    /// Print the OpenAPI document
    Openapi,
}

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// API and jobs
    All,
    /// The API alone
    Api,
    /// The jobs alone
    Worker,
}

impl Role {
    /// The word for the role.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// What this server does
    #[arg(long, value_enum, default_value_t = Role::All)]
    pub role: Role,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The file; the standard output unless told
    pub file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file; - is the standard input
    pub file: PathBuf,
    /// Put what the file says in the place of what is there and says something else
    #[arg(long)]
    pub replace: bool,
}

#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// The store to copy, such as sqlite:/var/lib/folio/folio.db; that of FOLIO_STORE_URL unless told
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// The store to copy into; that of FOLIO_STORE_URL unless told, so that a password is in no command line
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct HealthArgs {
    /// What is asked: its /health says whether it lives, its /ready whether it can work
    #[arg(default_value = "http://127.0.0.1:3000/health")]
    pub url: String,
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Listen on this port; a free one unless told
    #[arg(long)]
    pub port: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Its name
    pub name: String,
    /// The currency of every total
    #[arg(long, default_value = "USD")]
    pub currency: String,
    /// The zone whose days count
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub time_zone: String,
    /// What to do about a missing price: strict, carry_forward or exclude
    #[arg(long, default_value = "carry_forward")]
    pub policy: String,
    /// A note
    #[arg(long)]
    pub note: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The portfolio, by id or unique name
    pub portfolio: String,
    /// What is held: crypto:bitcoin, stock:AAPL, currency:EUR, custom:house
    pub asset: String,
    /// How much
    #[arg(allow_hyphen_values = true)]
    pub quantity: String,
    /// What the whole lot cost with fees
    #[arg(long, conflicts_with = "unit_cost", allow_hyphen_values = true)]
    pub cost: Option<String>,
    /// What one unit cost
    #[arg(long)]
    pub unit_cost: Option<String>,
    /// The currency of the cost; the portfolio's unless told
    #[arg(long)]
    pub cost_currency: Option<String>,
    /// The day it was acquired
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// The account it lies in
    #[arg(long)]
    pub account: Option<String>,
    /// A note
    #[arg(long)]
    pub note: Option<String>,
    /// Your own id for it, unique within the portfolio
    #[arg(long)]
    pub external_id: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// The archived ones instead of the others
    #[arg(long)]
    pub archived: bool,
}

#[derive(Debug, Args)]
pub(super) struct ValueArgs {
    /// The portfolio, by id or unique name
    pub portfolio: String,
    /// Another policy than the portfolio's own: strict, carry_forward or exclude
    #[arg(long)]
    pub policy: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct PricesArgs {
    /// The assets
    #[arg(required = true)]
    pub assets: Vec<String>,
    /// The currency of the prices
    #[arg(long)]
    pub currency: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum PriceCommand {
    /// State what one unit of an asset is worth: used always for custom assets, else where no source has a price
    Set(SetPriceArgs),
    /// Take back everything that was stated about an asset
    Remove {
        /// The asset
        asset: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct SetPriceArgs {
    /// The asset: custom:house
    pub asset: String,
    /// What one unit is worth
    pub price: String,
    /// In which currency
    pub currency: String,
    /// Since the beginning of this day, UTC; since now unless told
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// For so many days; until another price is stated unless told
    #[arg(long, value_name = "DAYS")]
    pub valid_days: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// The asset
    pub asset: String,
    /// So many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// The currency of the prices
    #[arg(long)]
    pub currency: Option<String>,
    /// One price an hour, of crypto
    #[arg(long)]
    pub hourly: bool,
}

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// Part of a name or ticker
    pub text: String,
    /// Only this class: crypto, stock, currency or custom
    #[arg(long)]
    pub class: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum AlertCommand {
    /// List the rules and how they stand
    List {
        /// The portfolio, by id or unique name
        portfolio: String,
    },
    /// Add a rule
    Add {
        /// The portfolio, by id or unique name
        portfolio: String,
        /// What is watched: loss, gain, change, price_above, price_below
        kind: String,
        #[command(flatten)]
        rule: AlertArgs,
    },
    /// Change a rule; what is not given stays
    Set {
        /// The portfolio, by id or unique name
        portfolio: String,
        /// The rule, by id, or by kind where there is one of the kind
        rule: String,
        #[command(flatten)]
        to: AlertArgs,
    },
    /// Remove a rule
    Remove {
        /// The portfolio, by id or unique name
        portfolio: String,
        /// The rule, by id, or by kind where there is one of the kind
        rule: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct AlertArgs {
    /// Of loss, gain and change: how many percent
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub threshold: Option<String>,
    /// Of price_above and price_below: the price
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    pub price: Option<String>,
    /// The currency of the price; the portfolio's unless told
    #[arg(long)]
    pub currency: Option<String>,
    /// Of price_above, price_below and change: an asset that is held
    #[arg(long)]
    pub asset: Option<String>,
    /// Of change: over how many hours, 24 or 168
    #[arg(long, value_name = "HOURS")]
    pub window: Option<u32>,
    /// How far back over the threshold the level has to come before the rule can fire again [default: 1]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub band: Option<String>,
    /// For how long after a notification there is no other [default: 24]
    #[arg(long, value_name = "HOURS")]
    pub cooldown: Option<u32>,
    /// A channel that it is told through, again for each; those of FOLIO_NOTIFY unless told
    #[arg(long, value_name = "NAME")]
    pub channel: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum NotificationCommand {
    /// List what the owner was told, newest first
    List(NotificationsArgs),
    /// Send one again, through each of its channels
    Send {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct NotificationsArgs {
    /// Only those about this portfolio, by id or unique name
    #[arg(long)]
    pub portfolio: Option<String>,
    /// Only this kind: loss_alert, gain_alert, change_alert, price_alert, data_degraded, source_degraded
    #[arg(long)]
    pub kind: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// List the channels that are set up
    List,
    /// Send a sample now, from this process
    Test {
        /// The channel: console, webhook, email, ntfy
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and show it this once
    Create(TokenArgs),
    /// List the tokens, without their secrets
    List,
    /// Revoke a token
    Revoke {
        /// Its id
        id: String,
    },
    /// Print the link that logs a browser in
    Link,
}

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// What it is for
    #[arg(long)]
    pub name: Option<String>,
    /// What it may do: read, write, admin
    #[arg(long, value_delimiter = ',', default_value = "write")]
    pub scopes: Vec<String>,
}

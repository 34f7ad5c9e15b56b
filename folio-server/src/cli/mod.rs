//! The command line.

/// Prints a line of an answer, as `println!` does.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::output::line(format_args!($($text)*))
    };
}

mod alerts;
mod args;
mod demo;
mod demo_data;
mod doctor;
mod health;
mod migrate;
mod notifications;
mod output;
mod overrides;
mod portfolios;
mod price;
mod prices;
mod serve;
mod token;
mod tool;
mod transfer;

use std::process::ExitCode;

use clap::Parser;
use folio_core::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, DEFAULT_LOG};
use crate::logging;
use args::{Cli, Command};

/// How many threads serve; a portfolio server is bound by its store long before it is by more.
const MAX_THREADS: usize = 4;

/// What the binary `folio` does.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // The one TLS provider of the program; that there is one already is just as well.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("folio: {error}");
            for field in error
                .field_errors()
                .iter()
                .filter(|field| !error.message().contains(&field.detail))
            {
                eprintln!("  {}: {}", field.pointer, field.detail);
            }
            ExitCode::from(exit_code(error.kind()))
        }
    }
}

/// 1 failed, 2 wrong usage, 3 a dependency is unreachable.
fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidInput | ErrorKind::OutOfRange | ErrorKind::NotConfigured => 2,
        ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::RateLimited => 3,
        _ => 1,
    }
}

fn run(cli: Cli) -> Result<()> {
    if let Command::Openapi = cli.command {
        say!("{}", crate::openapi::json());
        return Ok(());
    }
    if let Command::Health(args) = &cli.command {
        return alone()?.block_on(health::run(args));
    }
    let sources = cli.sources();
    if let Command::Demo(demo) = &cli.command {
        return serving()?.block_on(demo::run(demo, cli.json));
    }
    let mut config = Config::load(&sources)?;
    config.channels.console_beside = cli.json;
    if let Command::Serve(serve) = &cli.command {
        logging::start(&config);
        return serving()?.block_on(serve::run(serve, config));
    }
    // The answer of a tool is what it prints.
    if config.log == DEFAULT_LOG {
        config.log = "warn".to_owned();
    }
    logging::start(&config);
    alone()?.block_on(tool::run(cli, config))
}

fn alone() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(no_runtime)
}

fn serving() -> Result<Runtime> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("folio")
        .enable_all()
        .build()
        .map_err(no_runtime)
}

fn no_runtime(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("the runtime cannot be started: {error}")).with_source(error)
}

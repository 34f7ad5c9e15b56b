//! A flag for every setting, made from the table of settings.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::config::SETTINGS;

/// The settings given as flags, by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides(pub BTreeMap<String, String>);

fn keys() -> impl Iterator<Item = (String, String)> {
    SETTINGS.iter().flat_map(|setting| {
        let file = format!("{}_file", setting.key);
        let help = format!("A file that holds it: {}", setting.help);
        let own = (setting.key.to_owned(), setting.help.to_owned());
        [Some(own), setting.secret.then_some((file, help))]
            .into_iter()
            .flatten()
    })
}

impl Args for Overrides {
    fn augment_args(command: Command) -> Command {
        keys().fold(command, |command, (key, help)| {
            command.arg(
                Arg::new(format!("setting_{key}"))
                    .long(key.replace('_', "-"))
                    .value_name("VALUE")
                    .help(help)
                    .help_heading("Settings (also FOLIO_… variables and folio.toml)")
                    .hide_short_help(true)
                    .global(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Overrides {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = keys().filter_map(|(key, _)| {
            let value = matches.get_one::<String>(&format!("setting_{key}"))?.clone();
            Some((key, value))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

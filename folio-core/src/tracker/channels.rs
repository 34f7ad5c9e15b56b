//! The channels that owners are told through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::notification::Notifier;
use crate::{Error, ErrorKind, Result};

/// The channels of a tracker by their names, and those of rules that name none.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    all: BTreeMap<String, Arc<dyn Notifier>>,
    defaults: Vec<String>,
}

impl Channels {
    /// These channels; without `defaults` all of them are.
    ///
    /// # Errors
    /// `NotConfigured` when two channels have one name or a default is none of them.
    pub(super) fn new(notifiers: Vec<Arc<dyn Notifier>>, defaults: Option<Vec<String>>) -> Result<Self> {
        let refuse = |message| Err(Error::new(ErrorKind::NotConfigured, message));
        let mut all = BTreeMap::new();
        let mut names = Vec::with_capacity(notifiers.len());
        for notifier in notifiers {
            let name = notifier.channel().to_owned();
            if all.insert(name.clone(), notifier).is_some() {
                return refuse(format!("two channels are called {name}"));
            }
            names.push(name);
        }
        let defaults = defaults.unwrap_or(names);
        match defaults.iter().find(|name| !all.contains_key(*name)) {
            Some(name) => refuse(format!("the default channel {name} is not set up")),
            None => Ok(Self { all, defaults }),
        }
    }

    /// The channel with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Notifier>> {
        self.all.get(name)
    }

    /// The names of all channels, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    /// What is wrong with the channels that a rule names: where in the list, and why.
    pub(super) fn faults<'a>(&'a self, named: &'a [String]) -> impl Iterator<Item = (usize, String)> + 'a {
        named.iter().enumerate().filter_map(|(at, channel)| {
            if named[..at].contains(channel) {
                return Some((at, "this channel is named twice".to_owned()));
            }
            if self.get(channel).is_some() {
                return None;
            }
            let names: Vec<_> = self.names().collect();
            Some((
                at,
                format!("this channel is not set up; there are: {}", names.join(", ")),
            ))
        })
    }

    /// The channels of rules that name none.
    #[must_use]
    pub fn defaults(&self) -> &[String] {
        &self.defaults
    }
}

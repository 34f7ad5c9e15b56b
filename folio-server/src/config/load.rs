//! Reads settings from where they may be and keeps track of which was used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Value;
use folio_core::{Error, ErrorKind, Result};

use super::settings::{SETTINGS, variable};

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Flags, by key.
    pub flags: BTreeMap<String, String>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// The file that was named; otherwise `folio.toml` is read if it is there.
    pub file: Option<PathBuf>,
}

/// Says what is allowed when a text is not.
type Check = fn(&str) -> Result<(), String>;

/// The settings that were given, by key.
#[derive(Debug)]
pub(super) struct Values {
    given: BTreeMap<String, String>,
    warnings: Vec<String>,
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::NotConfigured, message)
}

impl Values {
    pub(super) fn load(sources: &Sources) -> Result<Self> {
        let path = sources.file.as_deref().unwrap_or(Path::new("folio.toml"));
        let mut figment = Figment::new();
        if sources.file.is_some() || path.is_file() {
            let text = std::fs::read_to_string(path)
                .map_err(|error| refused(format!("{} cannot be read: {error}", path.display())))?;
            figment = figment.merge(Toml::string(&text));
        }
        let prefixed = sources.environment.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix("FOLIO_")?.to_ascii_lowercase();
            // A compose file passes variables on that nobody set: empty is not given.
            (!value.trim().is_empty()).then(|| (key, value.clone()))
        });
        // Handed over as texts, so that no layer takes a token of digits for a number.
        let environment: BTreeMap<String, String> = prefixed.filter(|(key, _)| key != "config").collect();
        let values: BTreeMap<String, Value> = figment
            .merge(Serialized::defaults(environment))
            .merge(Serialized::defaults(&sources.flags))
            .extract()
            .map_err(|error| {
                refused(format!(
                    "{} is not valid: {}",
                    path.display(),
                    one_line(&error.to_string())
                ))
            })?;
        let mut this = Self {
            given: BTreeMap::new(),
            warnings: Vec::new(),
        };
        for (key, value) in values {
            let text = text_of(value).ok_or_else(|| {
                refused(format!(
                    "{} is a table in {}: a text, a number or a list is allowed",
                    variable(&key),
                    path.display()
                ))
            })?;
            this.given.insert(key, text);
        }
        this.read_secret_files()?;
        this.warn_of_unknown();
        Ok(this)
    }

    fn read_secret_files(&mut self) -> Result<()> {
        for setting in SETTINGS.iter().filter(|setting| setting.secret) {
            let Some(path) = self.given.remove(&format!("{}_file", setting.key)) else {
                continue;
            };
            let name = variable(setting.key);
            if self.given.contains_key(setting.key) {
                return Err(refused(format!(
                    "{name} and {name}_FILE are both set: one of them is allowed"
                )));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| {
                refused(format!(
                    "{name}_FILE is {path:?}: a file that can be read is allowed ({error})"
                ))
            })?;
            self.given
                .insert(setting.key.to_owned(), text.trim_end_matches(['\r', '\n']).to_owned());
        }
        Ok(())
    }

    fn warn_of_unknown(&mut self) {
        let unknown: Vec<_> = self
            .given
            .keys()
            .filter(|key| !SETTINGS.iter().any(|setting| setting.key == **key))
            .cloned()
            .collect();
        if unknown.is_empty() {
            return;
        }
        let names: Vec<_> = unknown.iter().map(|key| variable(key)).collect();
        self.warnings.push(format!(
            "this build of folio does not know {} and leaves it aside",
            names.join(", ")
        ));
        for key in unknown {
            self.given.remove(&key);
        }
    }

    /// Takes a setting; what `read` refuses names the variable, the value unless it is a secret, and
    /// what is allowed.
    pub(super) fn take<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>> {
        let Some(text) = self.given.remove(key) else {
            return Ok(None);
        };
        let setting = SETTINGS.iter().find(|setting| setting.key == key);
        read(text.trim()).map(Some).map_err(|allowed| {
            let name = variable(key);
            if setting.is_some_and(|setting| setting.hides(&text)) {
                refused(format!("{name} has a value that is not valid: {allowed}"))
            } else {
                refused(format!("{name} is {:?}: {allowed}", one_line(&text)))
            }
        })
    }

    /// Takes the settings of a backend under the backend's own names, and puts the variables' names into
    /// what it says of them.
    pub(super) fn backend<T>(
        &mut self,
        backend: &str,
        names: &[(&str, &'static str, Check)],
        read: impl FnOnce(Vec<(&'static str, String)>) -> Result<T>,
    ) -> Result<T> {
        let mut pairs = Vec::new();
        for (key, name, check) in names {
            if let Some(value) = self.take(key, |text| check(text).map(|()| text.to_owned()))? {
                pairs.push((*name, value));
            }
        }
        read(pairs).map_err(|error| {
            let named = names
                .iter()
                .fold(error.message().to_owned(), |message, (key, name, _)| {
                    let named = message.replace(&format!("{backend}: {name}"), &variable(key));
                    // Names of two words are no words of a sentence.
                    if name.contains('_') {
                        named.replace(&format!(" {name}"), &format!(" {}", variable(key)))
                    } else {
                        named
                    }
                });
            refused(named)
        })
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.warnings
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text),
        Value::Char(_, character) => Some(character.to_string()),
        Value::Bool(_, value) => Some(value.to_string()),
        Value::Num(_, number) => match (number.to_i128(), number.to_f64()) {
            (Some(whole), _) => Some(whole.to_string()),
            (None, Some(fraction)) => Some(fraction.to_string()),
            (None, None) => None,
        },
        Value::Array(_, list) => {
            let texts: Option<Vec<_>> = list.into_iter().map(text_of).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

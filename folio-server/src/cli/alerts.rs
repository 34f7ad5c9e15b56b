//! `alert`: the rules of a portfolio.

use folio_core::{AlertRuleInput as Rule, AlertRules, Error, ErrorKind, Portfolio, Result};
use serde_json::{Map, Value, json};

use super::args::{AlertArgs, AlertCommand};
use super::output::{self, Align, or_dash};
use super::tool::Tool;
use crate::dto::{AlertRuleDto, AlertRuleInput, AlertRulesDto};

pub(super) async fn run(tool: &Tool, command: AlertCommand) -> Result<()> {
    match command {
        AlertCommand::List { portfolio } => list(tool, &portfolio).await,
        AlertCommand::Add { portfolio, kind, rule } => {
            let portfolio = tool.portfolio(&portfolio).await?;
            let mut fields = rule.fields();
            fields.insert("kind".to_owned(), kind.into());
            let new = AlertRuleInput::read(Value::Object(fields), "", portfolio.base_currency).map_err(in_options)?;
            let rules = edit(tool, &portfolio, |rules| {
                rules.push(new.clone());
                Ok(rules.len() - 1)
            });
            shown(tool, rules.await?)
        }
        AlertCommand::Set { portfolio, rule, to } => {
            let portfolio = tool.portfolio(&portfolio).await?;
            let changes = to.fields();
            let rules = edit(tool, &portfolio, |rules| {
                let index = position(rules, &rule)?;
                rules[index] = changed(&rules[index], &changes, &portfolio)?;
                Ok(index)
            });
            shown(tool, rules.await?)
        }
        AlertCommand::Remove { portfolio, rule } => {
            let portfolio = tool.portfolio(&portfolio).await?;
            let mut removed = None;
            edit(tool, &portfolio, |rules| {
                removed = rules.remove(position(rules, &rule)?).id;
                Ok(usize::MAX)
            })
            .await?;
            let id = or_dash(removed);
            if tool.json {
                return output::json(&json!({"id": id, "removed": true}));
            }
            say!("{id} is watched no more");
            Ok(())
        }
    }
}

impl AlertArgs {
    /// What was given, as the fields of a rule.
    fn fields(self) -> Map<String, Value> {
        let texts = [
            ("threshold_percent", self.threshold),
            ("price", self.price),
            ("currency", self.currency),
            ("asset", self.asset),
            ("band_percent", self.band),
        ];
        let texts = texts.map(|(name, text)| (name, text.map(Value::String)));
        let others = [
            ("window_hours", self.window.map(Value::from)),
            ("cooldown_hours", self.cooldown.map(Value::from)),
            ("channels", (!self.channel.is_empty()).then(|| self.channel.into())),
        ];
        let given = texts.into_iter().chain(others);
        given
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

/// The place of the rule with this id, or of the only one of this kind.
fn position(rules: &[Rule], wanted: &str) -> Result<usize> {
    let is_wanted =
        |rule: &Rule| rule.id.is_some_and(|id| id.to_string() == wanted) || rule.condition.kind().as_str() == wanted;
    let mut found = (0..rules.len()).filter(|index| is_wanted(&rules[*index]));
    match (found.next(), found.next()) {
        (Some(index), None) => Ok(index),
        (None, _) => Err(Error::not_found(format!("rule: {wanted}"))),
        (Some(_), Some(_)) => Err(Error::new(
            ErrorKind::Conflict,
            format!("several rules are of the kind {wanted}: name one by its id"),
        )),
    }
}

/// A rule with some fields changed.
fn changed(rule: &Rule, changes: &Map<String, Value>, portfolio: &Portfolio) -> Result<Rule> {
    let condition = &rule.condition;
    let kept = [
        ("id", rule.id.map(|id| id.to_string())),
        ("kind", Some(condition.kind().as_str().to_owned())),
        (
            "threshold_percent",
            condition.threshold_percent().map(|percent| percent.to_string()),
        ),
        ("price", condition.price().map(|price| price.amount().to_string())),
        ("currency", condition.price().map(|price| price.currency().to_string())),
        ("asset", condition.asset().map(ToString::to_string)),
        ("band_percent", Some(rule.band_percent.to_string())),
    ];
    let mut fields: Map<String, Value> = kept
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))))
        .collect();
    fields.insert("window_hours".to_owned(), condition.window_hours().into());
    fields.insert("cooldown_hours".to_owned(), rule.cooldown_hours.into());
    fields.insert("channels".to_owned(), rule.channels.clone().into());
    fields.extend(changes.clone());
    AlertRuleInput::read(Value::Object(fields), "", portfolio.base_currency).map_err(in_options)
}

/// Changes the rules of a portfolio as they are when the change is written. `change` answers where the rule is
/// that it is about; the rules and that place come back.
async fn edit(
    tool: &Tool,
    portfolio: &Portfolio,
    mut change: impl FnMut(&mut Vec<Rule>) -> Result<usize>,
) -> Result<(AlertRules, usize)> {
    let tracker = &tool.tracker;
    loop {
        let standing = tracker.alert_rules(&tool.owner, portfolio.id).await?;
        let mut rules: Vec<_> = standing.items.into_iter().map(|item| item.rule.into()).collect();
        let index = change(&mut rules)?;
        let expected = Some(standing.version);
        match tracker
            .set_alert_rules(&tool.owner, portfolio.id, &rules, expected)
            .await
        {
            Ok(rules) => return Ok((rules, index)),
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => {}
            Err(error) => return Err(of_another(error, &rules, index)),
        }
    }
}

/// Names the rule that is wrong where that is another than the one that the command is about.
fn of_another(error: Error, rules: &[Rule], index: usize) -> Error {
    let place = |pointer: &str| pointer.split('/').nth(2)?.parse::<usize>().ok();
    let first = error.field_errors().first();
    let wrong = first.and_then(|field| Some((place(&field.pointer)?, &field.detail)));
    match wrong {
        Some((place, detail)) if place != index && place < rules.len() => {
            let message = format!(
                "the rule {} cannot stay as it is, change or remove it first: {detail}",
                or_dash(rules[place].id)
            );
            Error::new(error.kind(), message)
        }
        _ => in_options(error),
    }
}

/// Says what is wrong of a rule by the options of the command.
fn in_options(error: Error) -> Error {
    let said = error.field_errors().iter().map(|field| {
        let option = OPTIONS.iter().find(|(name, _)| {
            let mut parts = field.pointer.split('/');
            parts.any(|part| part == *name)
        });
        match option {
            Some((_, option)) => format!("{option}: {}", field.detail),
            None => field.detail.clone(),
        }
    });
    let said: Vec<_> = said.collect();
    if said.is_empty() {
        error
    } else {
        Error::new(error.kind(), said.join("; "))
    }
}

/// The options that stand for the fields of a rule.
const OPTIONS: [(&str, &str); 9] = [
    ("kind", "KIND"),
    ("threshold_percent", "--threshold"),
    ("price", "--price"),
    ("currency", "--currency"),
    ("asset", "--asset"),
    ("window_hours", "--window"),
    ("band_percent", "--band"),
    ("cooldown_hours", "--cooldown"),
    ("channels", "--channel"),
];

fn shown(tool: &Tool, (mut rules, index): (AlertRules, usize)) -> Result<()> {
    let rule = AlertRuleDto::from(rules.items.swap_remove(index));
    if tool.json {
        return output::json(&rule);
    }
    say!("{} {} {}", rule.id, rule.kind, watched(&rule));
    Ok(())
}

async fn list(tool: &Tool, portfolio: &str) -> Result<()> {
    let portfolio = tool.portfolio(portfolio).await?;
    let rules = tool.tracker.alert_rules(&tool.owner, portfolio.id).await?;
    let rules = AlertRulesDto::from(rules);
    if tool.json {
        return output::json(&rules);
    }
    let defaults = tool.tracker.channels().defaults().join(",");
    let rows: Vec<_> = rules
        .items
        .iter()
        .map(|rule| {
            let channels = rule.channels.as_ref().map(|channels| channels.join(","));
            vec![
                rule.id.to_string(),
                rule.kind.to_owned(),
                watched(rule),
                format!("{} %", percent(rule.band_percent)),
                format!("{} h", rule.cooldown_hours),
                channels.unwrap_or_else(|| defaults.clone()),
                rule.inactive.unwrap_or(rule.state.phase).to_owned(),
            ]
        })
        .collect();
    let heading = [
        ("ID", Align::Left),
        ("KIND", Align::Left),
        ("WATCHES", Align::Left),
        ("BAND", Align::Right),
        ("COOL-DOWN", Align::Right),
        ("CHANNELS", Align::Left),
        ("STATE", Align::Left),
    ];
    output::table(&heading, &rows);
    Ok(())
}

fn percent(value: crate::dto::Dec) -> String {
    folio_core::money::decimal::to_text(value.0).to_string()
}

/// What a rule watches, in a few words.
fn watched(rule: &AlertRuleDto) -> String {
    let asset = rule.asset.as_ref();
    if let (Some(price), Some(currency), Some(asset)) = (rule.price, rule.currency, asset) {
        return format!("{asset} at {} {currency}", percent(price));
    }
    let mut text = rule
        .threshold_percent
        .map_or_else(String::new, |threshold| format!("{} %", percent(threshold)));
    if let Some(hours) = rule.window_hours {
        text += &format!(" in {hours} h");
    }
    if let Some(asset) = asset {
        text += &format!(" of {asset}");
    }
    text
}

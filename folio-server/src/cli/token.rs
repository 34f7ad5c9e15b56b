//! `token create`, `list`, `revoke`, `link`.

use std::sync::Arc;

use folio_core::Result;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::args::{TokenArgs, TokenCommand};
use super::output::{self, Align, or_dash};
use super::tool::Tool;
use crate::auth::{NewToken, Scopes, Secret, Tokens, admin_token};
use crate::config::Config;
use crate::dto::{NewTokenDto, TokenDto};

pub(super) async fn run(tool: &Tool, command: TokenCommand) -> Result<()> {
    let tokens = Tokens::new(Arc::clone(&tool.opened.store));
    match command {
        TokenCommand::Create(args) => create(tool, &tokens, args).await,
        TokenCommand::List => list(tool, &tokens).await,
        TokenCommand::Revoke { id } => {
            tokens.revoke(&id).await?;
            if tool.json {
                output::json(&json!({"id": id, "revoked": true}))
            } else {
                Ok(())
            }
        }
        TokenCommand::Link => {
            let link = login_link(&tool.config)?;
            if tool.json {
                return output::json(&json!({"link": link}));
            }
            say!("{link}");
            Ok(())
        }
    }
}

async fn create(tool: &Tool, tokens: &Tokens, args: TokenArgs) -> Result<()> {
    let scopes = Scopes::parse(&args.scopes)?;
    let secret = Secret::random()?;
    let token = NewToken {
        id: Uuid::new_v4(),
        name: args.name,
        owner: tool.owner.clone(),
        scopes,
    };
    let row = tokens.create(token, &secret, tool.tracker.clock().now()).await?;
    if tool.json {
        let TokenDto {
            id,
            name,
            owner,
            scopes,
            created_at,
        } = TokenDto::from(row);
        return output::json(&NewTokenDto {
            id,
            name,
            owner,
            scopes,
            created_at,
            secret: secret.reveal().to_owned(),
        });
    }
    say!("{}", secret.reveal());
    eprintln!("This token is shown once; its id is {}.", row.id);
    Ok(())
}

async fn list(tool: &Tool, tokens: &Tokens) -> Result<()> {
    let items: Vec<_> = tokens.list().await?.into_iter().map(TokenDto::from).collect();
    if tool.json {
        return output::json(&items);
    }
    let rows: Vec<_> = items
        .iter()
        .map(|token| {
            let scopes = token.scopes.join(",");
            vec![
                token.id.to_string(),
                or_dash(token.name.as_ref()),
                token.owner.clone(),
                scopes,
                token.created_at.to_string(),
            ]
        })
        .collect();
    let heading = [
        ("ID", Align::Left),
        ("NAME", Align::Left),
        ("OWNER", Align::Left),
        ("SCOPES", Align::Left),
        ("MADE", Align::Left),
    ];
    output::table(&heading, &rows);
    Ok(())
}

/// The link that logs a browser in. It holds the administrator's token, so it goes to a terminal and
/// never into a log.
pub(super) fn login_link(config: &Config) -> Result<String> {
    let token = match &config.admin_token {
        Some(token) => token.expose_secret().to_owned(),
        None => admin_token(&config.data_dir)?,
    };
    Ok(link(config.bind, &token))
}

/// The link of a server that listens on `address`.
pub(super) fn link(address: std::net::SocketAddr, token: &str) -> String {
    let host = if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    };
    let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    format!("http://{host}/?token={token}")
}

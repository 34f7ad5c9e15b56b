#![doc = include_str!("../README.md")]

mod console;
mod email;
mod http;
mod ntfy;
mod outbound;
mod target;
mod text;
mod webhook;

pub use console::Console;
pub use email::{Email, EmailConfig};
pub use ntfy::{Ntfy, NtfyConfig};
pub use outbound::{Outbound, Resolver, SystemResolver};
pub use webhook::{Webhook, WebhookConfig};

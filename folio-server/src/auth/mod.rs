//! Who is asking, what they may do, and how often.

mod access;
mod admin;
mod limit;
mod scope;
mod secret;
mod session;
mod token;

pub(crate) use access::shown;
pub use access::{Access, Credential, Principal};
pub(crate) use admin::is_token;
pub use admin::{admin_token, read_admin_token};
pub use limit::{Limits, RequestLimit};
pub use scope::{Scope, Scopes};
pub use secret::{Digest, Secret};
pub use session::{COOKIE, SESSION_SECONDS, SessionRow};
pub use token::{NewToken, TokenRow, Tokens};

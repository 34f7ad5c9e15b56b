//! What may be reached from here.

mod allow;
mod public;
mod resolver;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use reqwest::Certificate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

pub use resolver::{Resolver, SystemResolver};

use allow::Allow;
use public::is_public;

/// How long one attempt may take where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Which destinations the channels may reach.
///
/// Public addresses over TLS, and those that are listed: these may be private, and reached without TLS. The
/// check is made on the very addresses that are connected to, so a name that changes its address between
/// the check and the connection gains nothing.
///
/// ```
/// use folio_notify::Outbound;
///
/// let outbound = Outbound::parse("mail.lan, 192.168.1.7, fd00::/8")?;
/// assert!(Outbound::parse("http://mail.lan").is_err());
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Outbound {
    allow: Arc<Allow>,
    resolver: Arc<dyn Resolver>,
    roots: Option<Arc<str>>,
    timeout: Duration,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("allow", &self.allow)
            .field("resolver", &self.resolver)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            allow: Arc::default(),
            resolver: Arc::new(SystemResolver),
            roots: None,
            timeout: TIMEOUT,
        }
    }
}

impl Outbound {
    /// Reads the destinations that are allowed beside public ones: host names, addresses and networks,
    /// separated by commas. Nothing in it is no error.
    ///
    /// # Errors
    /// `NotConfigured` with the entry that is none of these.
    pub fn parse(list: &str) -> Result<Self> {
        Ok(Self {
            allow: Arc::new(Allow::parse(list)?),
            ..Self::default()
        })
    }

    /// The same, looking names up with another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.resolver = resolver;
        self
    }

    /// The same, trusting these certificate authorities (PEM, one or several) beside those of the machine.
    ///
    /// # Errors
    /// `NotConfigured` when there is no certificate in the text.
    pub fn with_root_certificates(mut self, pem: &str) -> Result<Self> {
        let readable = Certificate::from_pem_bundle(pem.as_bytes()).is_ok_and(|roots| !roots.is_empty());
        if !readable {
            return Err(Error::new(
                ErrorKind::NotConfigured,
                "there is no certificate in the text; a PEM file begins with -----BEGIN CERTIFICATE-----",
            ));
        }
        self.roots = Some(pem.into());
        Ok(self)
    }

    /// The same with another limit to the duration of one attempt; 20 seconds otherwise.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn roots(&self) -> Option<&str> {
        self.roots.as_deref()
    }

    /// Says no to what can never be reached, before anything is sent.
    pub(crate) fn check(&self, host: &Host<String>, encrypted: bool) -> Result<()> {
        let allowed = match host {
            // The addresses are judged when they are known. Without TLS a listed network may hold them.
            Host::Domain(name) => encrypted || self.allow.has_name(name) || self.allow.has_networks(),
            Host::Ipv4(address) => self.permits((*address).into(), encrypted),
            Host::Ipv6(address) => self.permits((*address).into(), encrypted),
        };
        if allowed {
            return Ok(());
        }
        let why = if encrypted {
            "is not a public address"
        } else {
            "would be reached without TLS"
        };
        Err(Error::new(
            ErrorKind::NotConfigured,
            format!("{host} {why}: list it among the destinations that are allowed, if that is meant"),
        ))
    }

    fn permits(&self, address: IpAddr, encrypted: bool) -> bool {
        self.allow.has_address(address) || (encrypted && is_public(address))
    }

    /// The addresses of a host that may be connected to, at least one.
    pub(crate) async fn addresses(&self, host: &Host<String>, encrypted: bool) -> Result<Vec<IpAddr>> {
        let name = match host {
            Host::Domain(name) => name,
            Host::Ipv4(address) => return self.check(host, encrypted).map(|()| vec![(*address).into()]),
            Host::Ipv6(address) => return self.check(host, encrypted).map(|()| vec![(*address).into()]),
        };
        let unknown = |why: String| Error::new(ErrorKind::Unavailable, format!("the name {name} {why}"));
        let found = self.resolver.addresses(name).await;
        let mut found = found.map_err(|error| unknown(format!("cannot be looked up: {error}")))?;
        let Some(first) = found.first().copied() else {
            return Err(unknown("has no address".to_owned()));
        };
        if !self.allow.has_name(name) {
            found.retain(|address| self.permits(*address, encrypted));
        }
        if found.is_empty() {
            let why = if is_public(first) {
                "which would be reached without TLS and is not listed"
            } else {
                "which is not public"
            };
            // What a name server says may change by itself, unlike an address in a setting.
            return Err(unknown(format!(
                "has the address {first}, {why}: list one of the two among the destinations that are allowed, if \
                 that is meant"
            )));
        }
        Ok(found)
    }

    /// For an HTTP client: it connects to nothing but what this lets through.
    pub(crate) fn resolver(&self, encrypted: bool) -> impl Resolve + 'static {
        Guarded {
            outbound: self.clone(),
            encrypted,
        }
    }
}

struct Guarded {
    outbound: Outbound,
    encrypted: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (outbound, encrypted) = (self.outbound.clone(), self.encrypted);
        Box::pin(async move {
            let host = Host::Domain(name.as_str().to_owned());
            let found = outbound.addresses(&host, encrypted).await?;
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

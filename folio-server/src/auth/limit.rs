//! How often somebody may ask.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Requests a second of an address without a valid token.
const ADDRESS_RATE: u32 = 20;
/// How many of them may come at once.
const ADDRESS_BURST: u32 = 60;
/// How many bursts of a token may come at once: so many times its rate.
const TOKEN_BURST: u32 = 4;

/// The runtime's clock: monotonic, and standing still in tests that pause it.
#[derive(Clone, Copy, Debug)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

type Middleware = NoOpMiddleware<<RuntimeClock as Clock>::Instant>;

/// The limits of a server.
pub struct Limits {
    clock: RuntimeClock,
    token: Option<Quota>,
    addresses: Option<RateLimiter<IpAddr, DashMapStateStore<IpAddr>, RuntimeClock, Middleware>>,
}

impl Limits {
    /// Limits of `per_second` requests for each token; zero is no limit for anybody.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let clock = RuntimeClock(Instant::now());
        let token = quota(per_second, per_second.saturating_mul(TOKEN_BURST));
        let addresses = token.and(quota(ADDRESS_RATE, ADDRESS_BURST));
        Self {
            clock,
            token,
            addresses: addresses.map(|quota| RateLimiter::dashmap_with_clock(quota, clock)),
        }
    }

    /// The limit of one token.
    #[must_use]
    pub fn for_token(&self) -> RequestLimit {
        RequestLimit(
            self.token
                .map(|quota| (RateLimiter::direct_with_clock(quota, self.clock), self.clock)),
        )
    }

    /// Counts a request of an address without a valid token.
    ///
    /// # Errors
    /// How long to wait.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Duration> {
        let Some(limiter) = &self.addresses else {
            return Ok(());
        };
        limiter
            .check_key(&address)
            .map_err(|until| until.wait_time_from(self.clock.now()))
    }

    /// Forgets addresses that have not asked for a while.
    pub fn forget_quiet_addresses(&self) {
        if let Some(limiter) = &self.addresses {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// The limit of one token.
pub struct RequestLimit(
    Option<(
        RateLimiter<NotKeyed, InMemoryState, RuntimeClock, Middleware>,
        RuntimeClock,
    )>,
);

impl RequestLimit {
    /// Counts a request.
    ///
    /// # Errors
    /// How long to wait.
    pub fn check(&self) -> Result<(), Duration> {
        let Some((limiter, clock)) = &self.0 else {
            return Ok(());
        };
        limiter.check().map_err(|until| until.wait_time_from(clock.now()))
    }
}

impl fmt::Debug for RequestLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestLimit").field(&self.0.is_some()).finish()
    }
}

fn quota(per_second: u32, burst: u32) -> Option<Quota> {
    Some(Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(NonZeroU32::new(burst)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_the_rate_and_a_wait_that_helps() {
        let limit = Limits::new(10).for_token();
        assert_eq!((0..100).filter(|_| limit.check().is_ok()).count(), 40);
        let wait = limit.check().unwrap_err();
        tokio::time::advance(wait).await;
        assert!(limit.check().is_ok());
        assert!(limit.check().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_do_not_share_a_limit_and_zero_is_none() {
        let limits = Limits::new(1);
        let (a, b) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        assert_eq!((0..100).filter(|_| limits.check_address(a).is_ok()).count(), 60);
        assert!(limits.check_address(b).is_ok());
        let off = Limits::new(0);
        assert!((0..1000).all(|_| off.check_address(a).is_ok() && off.for_token().check().is_ok()));
    }
}

//! The closed sets of words, for the schema; the words themselves are the core's.

use utoipa::ToSchema;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, ToSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[schema(rename = $word)] $variant),+
        }
    };
}

words! {
    /// What to do about a missing price.
    Policy {
        /// No total at all unless every holding is priced.
        Strict = "strict",
        /// The last accepted price stands in.
        CarryForward = "carry_forward",
        /// The holding is left out of value, cost and gain alike.
        Exclude = "exclude",
    }
}
words! {
    /// Whether a total covers everything.
    Status {
        /// Every holding is priced or carried.
        Complete = "complete",
        /// Some are and some are not.
        Partial = "partial",
        /// There are no totals.
        Unavailable = "unavailable",
    }
}
words! {
    /// Where a point of a portfolio's history comes from.
    Origin {
        /// A snapshot that was kept.
        Snapshot = "snapshot",
        /// Worked out from the lots that are held and the day's closes and rates.
        Reconstructed = "reconstructed",
    }
}
words! {
    /// What made a valuation.
    Trigger {
        /// The hourly schedule.
        Hourly = "hourly",
        /// The daily schedule.
        Daily = "daily",
        /// Somebody asked for a snapshot.
        Manual = "manual",
        /// Somebody asked for the value now; it is not stored.
        Live = "live",
    }
}
words! {
    /// How a holding's price is known.
    PriceState {
        /// A source answered in time.
        Priced = "priced",
        /// The last accepted price stands in.
        Carried = "carried",
        /// There is none.
        Unpriced = "unpriced",
    }
}
words! {
    /// How current a price is.
    Freshness {
        /// Fetched for this answer.
        Live = "live",
        /// Within the price's freshness.
        Cached = "cached",
        /// Older than that.
        Stale = "stale",
    }
}
words! {
    /// The step of a history.
    Resolution {
        /// One point a day.
        Daily = "daily",
        /// One point an hour.
        Hourly = "hourly",
    }
}
words! {
    /// Where a job is.
    JobState {
        /// It waits for a worker.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// It failed and is tried again.
        Retrying = "retrying",
        /// It is done.
        Succeeded = "succeeded",
        /// It will not be tried again.
        Failed = "failed",
    }
}
words! {
    /// What a token may do; admin includes write, write includes read.
    Scope {
        /// Read what is the owner's.
        Read = "read",
        /// Change what is the owner's.
        Write = "write",
        /// Make tokens and start everybody's jobs.
        Admin = "admin",
    }
}
words! {
    /// Why a price was held back.
    Doubt {
        /// It is too far from the last accepted one.
        Jump = "jump",
        /// It is in another currency than the last accepted one, or than was asked for.
        Currency = "currency",
        /// Its time is yet to come.
        Future = "future",
    }
}
words! {
    /// What became of a price that was held back.
    Verdict {
        /// It was right and is used.
        Accepted = "accepted",
        /// Its source came back to plausible prices.
        Refuted = "refuted",
    }
}
words! {
    /// What an alert rule watches.
    AlertKind {
        /// The loss against cost, of everything whose cost is known.
        Loss = "loss",
        /// The gain against cost, of everything whose cost is known.
        Gain = "gain",
        /// How far the portfolio's value, deposits left aside, or the price of one asset moved within the
        /// window, up or down.
        Change = "change",
        /// The price of one asset, from below.
        PriceAbove = "price_above",
        /// The price of one asset, from above.
        PriceBelow = "price_below",
    }
}
words! {
    /// Whether a rule waits for its threshold.
    AlertPhase {
        /// It fires when the threshold is reached.
        Armed = "armed",
        /// It has fired, and waits until the threshold is left by more than the band.
        Fired = "fired",
    }
}
words! {
    /// Why a rule can say nothing of a snapshot.
    Inactive {
        /// No cost is known, or it is zero.
        NoCost = "no_cost",
        /// The portfolio does not hold the asset any more.
        NotHeld = "not_held",
        /// The price of the asset is known, but not in the currency of the rule.
        OtherCurrency = "other_currency",
    }
}

//! What each vendor does in each hour.

/// What a vendor does in an hour.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weather {
    /// Answers.
    Good,
    /// Fails the first call for each address and answers the second.
    Hiccup,
    /// Takes no connection.
    Refused,
    /// 503.
    Down,
    /// A web page with status 200.
    Page,
    /// The first half of the answer, said to be the whole.
    Truncated,
    /// The first half of the answer, then the end of the connection.
    HangUp,
    /// JSON of another shape.
    OtherShape,
    /// A byte every tenth of a second.
    Slow,
    /// Takes the call and never answers.
    Silent,
    /// 429, with so many seconds as `Retry-After`.
    Crowd(Option<i64>),
    /// Calls that ask for this symbol meet other weather than the rest.
    Only(&'static str, &'static Weather),
    /// Answers, with something wrong with the price of each symbol whose place comes to it.
    Each(&'static [Fault]),
}

/// What is wrong with one price within an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Absent,
    Null,
    Zero,
    Negative,
    NotANumber,
    Huge,
    Word,
    Object,
    Timeless,
    Future,
}

/// What the hour is like for CoinGecko, Yahoo and Frankfurter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hour {
    pub(crate) coins: Weather,
    pub(crate) shares: Weather,
    pub(crate) rates: Weather,
    /// Whether the planner comes when the tick's window is over, which leaves it seconds and not minutes.
    pub(crate) late: bool,
    /// Whether people have used up CoinGecko's budget before it comes.
    pub(crate) crowded: bool,
}

const fn hour(coins: Weather, shares: Weather, rates: Weather) -> Hour {
    Hour {
        coins,
        shares,
        rates,
        late: false,
        crowded: false,
    }
}

/// An hour in which something takes longer than a planner that comes late waits for.
const fn late(coins: Weather, shares: Weather, rates: Weather) -> Hour {
    Hour {
        late: true,
        ..hour(coins, shares, rates)
    }
}

use Fault::{Absent, Future, Huge, Negative, NotANumber, Null, Object, Timeless, Word, Zero};
use Weather::{Crowd, Down, Each, Good, HangUp, Hiccup, Only, OtherShape, Page, Refused, Silent, Slow, Truncated};

/// Half of a batch comes.
const HALF: Weather = Each(&[Fault::None, Absent]);
const GARBAGE: Weather = Each(&[
    Fault::None,
    Null,
    Zero,
    Negative,
    NotANumber,
    Huge,
    Word,
    Object,
    Timeless,
    Future,
    Absent,
]);
const BAD_RATES: Weather = Each(&[Zero, Huge, Negative, Word, Fault::None]);

/// The day: the hour of the tick is the place in it.
pub(crate) const DAY: [Hour; 28] = [
    hour(Good, Good, Good),
    hour(Hiccup, Good, Hiccup),
    hour(Down, Good, Good),
    hour(Refused, Refused, Refused),
    hour(Good, Page, Good),
    hour(HALF, Good, Truncated),
    late(Crowd(Some(7_200)), Good, Good),
    late(Good, Crowd(None), Good),
    hour(Good, Good, Down),
    hour(Good, Good, Good),
    late(Slow, Only("MSFT", &Silent), Good),
    hour(GARBAGE, GARBAGE, BAD_RATES),
    hour(Truncated, OtherShape, Page),
    hour(HangUp, Truncated, HangUp),
    Hour {
        crowded: true,
        ..late(Good, Good, Good)
    },
    late(Only("coin-070", &Down), Good, Crowd(None)),
    hour(Page, Down, Good),
    hour(Page, Good, Good),
    hour(Good, Good, Good),
    late(Crowd(None), Only("ZTS", &Crowd(None)), HALF),
    late(Crowd(None), Crowd(Some(3_600)), Good),
    late(Crowd(None), Good, Crowd(Some(7_200))),
    hour(Good, HALF, Good),
    late(Silent, Slow, Good),
    hour(OtherShape, Refused, Refused),
    hour(Good, HangUp, Good),
    hour(Good, Good, Good),
    hour(Good, Good, Good),
];

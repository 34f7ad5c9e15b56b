//! What every client has to cope with: one row a situation, one column a client.
//!
//! A column is a file of its own below this one. Its `case` matches every row, so that a situation
//! without an answer for some client does not compile.

mod coingecko;
mod ecb;
mod frankfurter;
mod iex;
mod twelvedata;
mod yahoo;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use folio_core::PriceSource;

use crate::log::Log;
use crate::server::{Answer, Server};
use crate::support::*;

/// The clients, each a column.
const COLUMNS: [&dyn Column; 6] = [
    &coingecko::CoinGecko,
    &iex::Iex,
    &twelvedata::TwelveData,
    &yahoo::Yahoo,
    &frankfurter::Frankfurter,
    &ecb::Ecb,
];

/// A situation.
#[derive(Clone, Copy, Debug)]
enum Row {
    HappySingle,
    HappyBatch,
    OneMissing,
    AllMissing,
    NullPrice,
    Exponent,
    StringNumber,
    NegativePrice,
    ZeroPrice,
    NotANumber,
    HugePrice,
    FuturePrice,
    EmptySeries,
    LastPointNow,
    DuplicateDate,
    Pence,
    Unauthorized,
    WrongTier,
    PlanLimit,
    RateLimited,
    RateLimitedForAWhile,
    ErrorBodyWithOk,
    WebPage,
    TruncatedJson,
    FailsOnce,
    FailsThrice,
    HangUp,
    NoAnswer,
    ForeignRedirect,
    KeyEchoed,
}

const ROWS: [Row; 30] = {
    use Row::*;
    [
        HappySingle,
        HappyBatch,
        OneMissing,
        AllMissing,
        NullPrice,
        Exponent,
        StringNumber,
        NegativePrice,
        ZeroPrice,
        NotANumber,
        HugePrice,
        FuturePrice,
        EmptySeries,
        LastPointNow,
        DuplicateDate,
        Pence,
        Unauthorized,
        WrongTier,
        PlanLimit,
        RateLimited,
        RateLimitedForAWhile,
        ErrorBodyWithOk,
        WebPage,
        TruncatedJson,
        FailsOnce,
        FailsThrice,
        HangUp,
        NoAnswer,
        ForeignRedirect,
        KeyEchoed,
    ]
};

/// What is asked in a row, what the vendor answers, what must come of it, and in how many calls.
enum Case {
    Quotes {
        asked: Vec<&'static str>,
        answers: Answers,
        told: &'static str,
        calls: usize,
    },
    History {
        answers: Answers,
        told: &'static str,
    },
    /// The vendor sends the client to another host, which would answer with this body.
    Redirect {
        elsewhere: String,
    },
    /// The vendor repeats the key in what it says.
    Echo {
        answer: Answer,
        told: &'static str,
    },
    /// The situation does not arise with this vendor.
    Absent(&'static str),
}

enum Answers {
    InTurn(Vec<Answer>),
    /// By the last segment of the path, and what any other path gets.
    BySymbol(Vec<(&'static str, Answer)>, Answer),
}

/// A client and what it makes of each row.
trait Column: Debug + Sync {
    /// The key that the rows of one key ask for.
    fn key(&self) -> &'static str;

    /// The client, asking `server`.
    fn source(&self, server: &Server) -> Arc<dyn PriceSource>;

    /// The body that prices the client's key, `number` being the JSON of the price.
    fn priced(&self, number: &str) -> String;

    /// What the row is for this client.
    fn case(&self, row: Row) -> Case;

    /// The client's key is asked for, and these answers are given in turn.
    fn single(&self, answers: Vec<Answer>, told: &'static str, calls: usize) -> Case {
        Case::Quotes {
            asked: vec![self.key()],
            answers: Answers::InTurn(answers),
            told,
            calls,
        }
    }

    /// The client's key is asked for, and the price is this JSON.
    fn price(&self, number: &str, told: &'static str) -> Case {
        self.single(vec![Answer::ok(self.priced(number))], told, 1)
    }

    /// The answer with the price, cut before its end.
    fn truncated(&self) -> Answer {
        let body = self.priced("61234");
        Answer::ok(&body.as_bytes()[..body.len() - 9])
    }

    /// The connection is lost within the first answer.
    fn hang_up(&self) -> Case {
        let body = Answer::ok(self.priced("12.5"));
        self.single(vec![body.clone().hang_up_after(20), body], "12.5 USD", 2)
    }

    fn fails_once(&self) -> Case {
        let answers = vec![Answer::new(500, ""), Answer::ok(self.priced("12.5"))];
        self.single(answers, "12.5 USD", 2)
    }

    fn fails_thrice(&self) -> Case {
        let answers = vec![Answer::new(503, "<html>later</html>")];
        self.single(answers, "error unavailable", 3)
    }

    fn redirect(&self) -> Case {
        Case::Redirect {
            elsewhere: self.priced("12.5"),
        }
    }
}

/// The history of the client's key, which the vendor answers with this body.
fn history(body: impl Into<Vec<u8>>, told: &'static str) -> Case {
    Case::History {
        answers: Answers::InTurn(vec![Answer::ok(body)]),
        told,
    }
}

/// How long the vendor wants to be left alone in [`Row::RateLimitedForAWhile`].
const A_WHILE: Duration = Duration::from_secs(119);

/// The answer of that row.
fn for_a_while() -> Answer {
    Answer::new(429, "{}").with("retry-after", A_WHILE.as_secs())
}

async fn serve(answers: Answers) -> Server {
    match answers {
        Answers::InTurn(answers) => Server::saying(answers).await,
        Answers::BySymbol(answers, otherwise) => {
            Server::start(move |asked| {
                let path = asked.target.split('?').next().unwrap();
                let found = answers.iter().find(|(symbol, _)| path.ends_with(&format!("/{symbol}")));
                found.map_or_else(|| otherwise.clone(), |(_, answer)| answer.clone())
            })
            .await
        }
    }
}

async fn run(client: &'static dyn Column, row: Row) -> Result<(), String> {
    let compare = |got: String, wanted: &str| match got == wanted {
        true => Ok(()),
        false => Err(format!("{row:?} with {client:?}: found {got:?}, wanted {wanted:?}")),
    };
    let calls = |server: &Server, wanted: usize| {
        let got = format!("{} calls", server.calls());
        compare(got, &format!("{wanted} calls"))
    };
    // Long enough for two delays before retries, and the one row that waits it out is short.
    let time = if matches!(row, Row::NoAnswer) { 2_000 } else { 20_000 };
    let time = Duration::from_millis(time);
    match client.case(row) {
        Case::Absent(why) => {
            eprintln!("{row:?} does not arise with {client:?}: {why}");
            Ok(())
        }
        Case::Quotes {
            asked,
            answers,
            told: wanted,
            calls: made,
        } => {
            let server = serve(answers).await;
            let source = client.source(&server);
            let result = quotes_within(&*source, &asked, time).await;
            if let (Row::RateLimitedForAWhile, Err(error)) = (row, &result) {
                compare(format!("{:?}", error.retry_after()), &format!("{:?}", Some(A_WHILE)))?;
            }
            compare(told(result), wanted)?;
            calls(&server, made)
        }
        Case::History { answers, told: wanted } => {
            let server = serve(answers).await;
            let source = client.source(&server);
            let result = daily(&*source, client.key(), "2026-02-01", "2026-03-02").await;
            compare(told_history(result), wanted)
        }
        Case::Redirect { elsewhere } => {
            let elsewhere = Server::saying([Answer::ok(elsewhere)]).await;
            // Another name of this machine: a host that the client was not told to ask.
            let location = elsewhere.url().replace("127.0.0.1", "localhost");
            let away = Answer::new(302, "").with("location", format!("{location}/consent?key={CANARY}"));
            let server = Server::saying([away]).await;
            let source = client.source(&server);
            let result = quotes_within(&*source, &[client.key()], time).await;
            let shown = format!("{result:?}");
            compare(told(result), "error unavailable")?;
            compare(shown.contains(CANARY).to_string(), "false")?;
            calls(&server, 1)?;
            calls(&elsewhere, 0)
        }
        Case::Echo { answer, told: wanted } => {
            let server = Server::saying([answer]).await;
            let source = client.source(&server);
            let result = quotes_within(&*source, &[client.key()], time).await;
            let mut shown = format!("{source:?} {source:#?} {result:?} {result:#?}");
            if let Err(error) = &result {
                shown.push_str(&error.to_string());
            }
            compare(told(result), wanted)?;
            let sent = format!("{:?}", server.asked());
            compare(format!("sent {}", sent.contains(CANARY)), "sent true")?;
            compare(format!("blotted out {}", shown.contains("***")), "blotted out true")?;
            compare(format!("shown {}", shown.contains(CANARY)), "shown false")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_copes_with_every_row() {
    let log = Log::capture();
    let cells = ROWS
        .into_iter()
        .flat_map(|row| COLUMNS.map(|client| tokio::spawn(run(client, row))));
    let mut wrong = Vec::new();
    for cell in cells.collect::<Vec<_>>() {
        wrong.extend(cell.await.unwrap().err());
    }
    assert!(
        wrong.is_empty(),
        "{} cells are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let log = log.text();
    assert!(
        log.contains("call failed"),
        "the log is not what this test reads:\n{log}"
    );
    let leak = log.lines().find(|line| line.contains(CANARY));
    assert_eq!(leak, None, "a key is in the log");
}

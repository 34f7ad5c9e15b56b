//! What every client has to cope with: one row a situation, one column a client.

use std::sync::Arc;
use std::time::Duration;

use folio_core::PriceSource;

use crate::server::{Answer, Server};
use crate::support::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Client {
    CoinGecko,
    Yahoo,
    Frankfurter,
}

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
}

const ROWS: [Row; 29] = {
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
    /// The situation does not arise with this vendor.
    Absent(&'static str),
}

enum Answers {
    InTurn(Vec<Answer>),
    /// By the last segment of the path.
    BySymbol(Vec<(&'static str, Answer)>),
}

impl Client {
    const ALL: [Self; 3] = [Self::CoinGecko, Self::Yahoo, Self::Frankfurter];

    fn key(self) -> &'static str {
        match self {
            Self::CoinGecko => "crypto:bitcoin",
            Self::Yahoo => "stock:AAPL",
            Self::Frankfurter => "EUR/USD",
        }
    }

    fn source(self, server: &Server) -> Arc<dyn PriceSource> {
        match self {
            Self::CoinGecko => Arc::new(coingecko(server)),
            Self::Yahoo => Arc::new(yahoo(server)),
            Self::Frankfurter => Arc::new(frankfurter(server)),
        }
    }

    /// The body that prices the client's key, `number` being the JSON of the price.
    fn priced(self, number: &str) -> String {
        match self {
            Self::CoinGecko => coins(&[("bitcoin", number)]),
            Self::Yahoo => share("AAPL", number),
            Self::Frankfurter => rates(&[("03-02", "USD", number)]),
        }
    }

    fn single(self, answers: impl IntoIterator<Item = Answer>, told: &'static str, calls: usize) -> Case {
        Case::Quotes {
            asked: vec![self.key()],
            answers: Answers::InTurn(answers.into_iter().collect()),
            told,
            calls,
        }
    }

    fn price(self, number: &str, told: &'static str) -> Case {
        self.single([Answer::ok(self.priced(number))], told, 1)
    }
}

fn case(client: Client, row: Row) -> Case {
    use Client::*;
    let history = |body: String, told| Case::History {
        answers: Answers::InTurn(vec![Answer::ok(body)]),
        told,
    };
    match (row, client) {
        (Row::HappySingle, _) => client.price(
            "61234.125",
            match client {
                CoinGecko | Yahoo | Frankfurter => "61234.125 USD",
            },
        ),
        (Row::HappyBatch, CoinGecko) => Case::Quotes {
            asked: vec!["crypto:bitcoin", "crypto:ethereum"],
            answers: Answers::InTurn(vec![Answer::ok(coins(&[("ethereum", "2345"), ("bitcoin", "61234")]))]),
            told: "61234 USD, 2345 USD",
            calls: 1,
        },
        (Row::HappyBatch, Yahoo) => Case::Quotes {
            asked: vec!["stock:AAPL", "stock:MSFT", "stock:^GSPC"],
            answers: Answers::BySymbol(vec![
                ("AAPL", Answer::ok(share("AAPL", "201.5"))),
                ("MSFT", Answer::ok(share("MSFT", "401.5"))),
                ("%5EGSPC", Answer::ok(share("^GSPC", "5001.5"))),
            ]),
            told: "201.5 USD, 401.5 USD, 5001.5 USD",
            calls: 3,
        },
        (Row::HappyBatch, Frankfurter) => Case::Quotes {
            asked: vec!["EUR/USD", "EUR/GBP"],
            answers: Answers::InTurn(vec![Answer::ok(rates(&[
                ("03-02", "GBP", "0.84"),
                ("03-02", "USD", "1.25"),
            ]))]),
            told: "1.25 USD, 0.84 GBP",
            calls: 1,
        },
        (Row::OneMissing, CoinGecko) => Case::Quotes {
            asked: vec!["crypto:nocoin", "crypto:bitcoin"],
            answers: Answers::InTurn(vec![Answer::ok(coins(&[("bitcoin", "61234")]))]),
            told: "not_found, 61234 USD",
            calls: 1,
        },
        (Row::OneMissing, Yahoo) => Case::Quotes {
            asked: vec!["stock:NONE", "stock:AAPL"],
            answers: Answers::BySymbol(vec![
                ("NONE", no_such_share()),
                ("AAPL", Answer::ok(share("AAPL", "201.5"))),
            ]),
            told: "not_found, 201.5 USD",
            calls: 2,
        },
        (Row::OneMissing, Frankfurter) => Case::Quotes {
            asked: vec!["EUR/XXA", "EUR/USD"],
            answers: Answers::InTurn(vec![Answer::ok(rates(&[("03-02", "USD", "1.25")])), Answer::ok("[]")]),
            told: "not_found, 1.25 USD",
            calls: 2,
        },
        (Row::AllMissing, CoinGecko) => client.single([Answer::ok("{}")], "not_found", 1),
        (Row::AllMissing, Yahoo) => client.single([no_such_share()], "not_found", 1),
        (Row::AllMissing, Frankfurter) => client.single(
            [Answer::new(404, r#"{"status":404,"message":"not found"}"#)],
            "not_found",
            2,
        ),
        (Row::NullPrice, _) => client.price("null", "no_data"),
        (Row::Exponent, _) => client.price("1.64e-05", "0.0000164 USD"),
        (Row::StringNumber, _) => client.price("\"12.50\"", "12.5 USD"),
        (Row::NegativePrice, _) => client.price("-12.5", "no_data"),
        (Row::ZeroPrice, _) => client.price("0", "no_data"),
        (Row::NotANumber, _) => client.price("NaN", "no_data"),
        (Row::HugePrice, _) => client.price("1e30", "out_of_range"),
        (Row::FuturePrice, CoinGecko) => {
            let body = format!(r#"{{"bitcoin":{{"usd":1,"last_updated_at":{}}}}}"#, at("03-02", 44_000));
            client.single([Answer::ok(body)], "no_data", 1)
        }
        (Row::FuturePrice, Yahoo) => {
            let body = Share {
                time: at("03-02", 44_000),
                ..Share::default()
            }
            .chart();
            client.single([Answer::ok(body)], "no_data", 1)
        }
        (Row::FuturePrice, Frankfurter) => {
            client.single([Answer::ok(rates(&[("03-05", "USD", "1.25")]))], "no_data", 1)
        }
        (Row::EmptySeries, CoinGecko) => history(market_chart(&[]), "error missing_price"),
        (Row::EmptySeries, Yahoo) => history(Share::default().chart(), "error missing_price"),
        (Row::EmptySeries, Frankfurter) => history("[]".into(), "error missing_price"),
        (Row::LastPointNow, CoinGecko) => {
            let points = [
                (at("03-01", 0) * 1000, "60000"),
                (at("03-02", 0) * 1000, "61000.25"),
                (at("03-02", 43_100) * 1000 + 7, "61234.5"),
            ];
            history(market_chart(&points), "02-28 60000, 03-01 61000.25, 03-02 61234.5?")
        }
        (Row::LastPointNow, Yahoo) => {
            let rows = [(at("02-27", 52_200), "200.5"), (at("03-02", 43_000), "201.5")];
            history(
                Share {
                    rows: &rows,
                    ..Share::default()
                }
                .chart(),
                "02-27 200.5, 03-02 201.5?",
            )
        }
        (Row::LastPointNow, Frankfurter) => history(
            rates(&[("02-27", "USD", "1.24"), ("03-02", "USD", "1.25")]),
            "02-27 1.24, 03-02 1.25?",
        ),
        (Row::DuplicateDate, CoinGecko) => {
            let midnight = at("03-01", 0) * 1000;
            history(
                market_chart(&[(midnight, "1.5"), (midnight, "2.5"), (at("03-02", 0) * 1000, "3.5")]),
                "02-28 2.5, 03-01 3.5",
            )
        }
        (Row::DuplicateDate, Yahoo) => {
            let rows = [(at("02-27", 52_200), "200.5"), (at("02-27", 53_000), "200.75")];
            history(
                Share {
                    rows: &rows,
                    ..Share::default()
                }
                .chart(),
                "02-27 200.75",
            )
        }
        (Row::DuplicateDate, Frankfurter) => history(
            rates(&[("02-27", "USD", "1.24"), ("02-27", "USD", "1.245")]),
            "02-27 1.245",
        ),
        (Row::Pence, Yahoo) => {
            let body = Share {
                symbol: "VOD.L",
                currency: "GBp",
                price: "7050",
                ..Share::default()
            }
            .chart();
            Case::Quotes {
                asked: vec!["stock:VOD.L"],
                answers: Answers::InTurn(vec![Answer::ok(body)]),
                told: "70.5 GBP",
                calls: 1,
            }
        }
        (Row::Pence, CoinGecko | Frankfurter) => Case::Absent("it knows whole currencies only"),
        (Row::Unauthorized, CoinGecko) => client.single(
            [Answer::new(
                401,
                r#"{"status":{"error_code":10002,"error_message":"API Key Missing."}}"#,
            )],
            "error not_configured",
            1,
        ),
        (Row::Unauthorized, Yahoo | Frankfurter) => client.single([Answer::new(401, "")], "error unavailable", 1),
        (Row::WrongTier, CoinGecko) => client.single(
            [Answer::new(
                400,
                r#"{"timestamp":"x","error_code":10010,"status":{"error_message":"wrong host"}}"#,
            )],
            "error not_configured",
            1,
        ),
        (Row::PlanLimit, CoinGecko) => client.single(
            [Answer::new(
                401,
                r#"{"error":{"status":{"timestamp":"x","error_code":10012,"error_message":"365 days"}}}"#,
            )],
            "error not_configured",
            1,
        ),
        (Row::WrongTier | Row::PlanLimit, Yahoo | Frankfurter) => Case::Absent("it has no keys and no plans"),
        (Row::RateLimited, Yahoo) => client.single([Answer::new(429, "Too Many Requests")], "error unavailable", 1),
        (Row::RateLimited, _) => client.single([Answer::new(429, "{}")], "error rate_limited", 1),
        (Row::RateLimitedForAWhile, _) => client.single(
            [Answer::new(429, "{}").with("retry-after", 119)],
            "error rate_limited",
            1,
        ),
        (Row::ErrorBodyWithOk, CoinGecko) => client.single(
            [Answer::ok(
                r#"{"status":{"error_code":10002,"error_message":"API Key Missing."}}"#,
            )],
            "error not_configured",
            1,
        ),
        (Row::ErrorBodyWithOk, Yahoo) => client.single(
            [Answer::ok(
                r#"{"chart":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#,
            )],
            "error unavailable",
            1,
        ),
        (Row::ErrorBodyWithOk, Frankfurter) => client.single(
            [Answer::ok(r#"{"status":422,"message":"unknown parameter"}"#)],
            "error unavailable",
            1,
        ),
        (Row::WebPage, _) => client.single([Answer::html()], "error unavailable", 1),
        (Row::TruncatedJson, _) => {
            let body = client.priced("61234");
            client.single([Answer::ok(&body.as_bytes()[..body.len() - 9])], "error unavailable", 1)
        }
        (Row::FailsOnce, _) => client.single([Answer::new(500, ""), Answer::ok(client.priced("12.5"))], "12.5 USD", 2),
        (Row::FailsThrice, _) => client.single([Answer::new(503, "<html>later</html>")], "error unavailable", 3),
        (Row::HangUp, _) => {
            let body = Answer::ok(client.priced("12.5"));
            client.single([body.clone().hang_up_after(20), body], "12.5 USD", 2)
        }
        (Row::NoAnswer, _) => client.single([Answer::never()], "error timeout", 1),
        (Row::ForeignRedirect, _) => {
            // A server for the other host would be this one: what counts is that nobody asks again.
            let away = Answer::new(302, "").with("location", "https://guce.example.org/consent?key=x");
            client.single([away], "error unavailable", 1)
        }
    }
}

async fn run(client: Client, row: Row) -> Result<(), String> {
    let server = |answers: Answers| async move {
        match answers {
            Answers::InTurn(answers) => Server::saying(answers).await,
            Answers::BySymbol(answers) => {
                Server::start(move |asked| {
                    let path = asked.target.split('?').next().unwrap();
                    let found = answers.iter().find(|(symbol, _)| path.ends_with(&format!("/{symbol}")));
                    found.map_or_else(no_such_share, |(_, answer)| answer.clone())
                })
                .await
            }
        }
    };
    let compare = |got: String, wanted: &str| match got == wanted {
        true => Ok(()),
        false => Err(format!("{row:?} with {client:?}: found {got:?}, wanted {wanted:?}")),
    };
    match case(client, row) {
        Case::Absent(why) => {
            eprintln!("{row:?} does not arise with {client:?}: {why}");
            Ok(())
        }
        Case::Quotes {
            asked,
            answers,
            told: wanted,
            calls,
        } => {
            let server = server(answers).await;
            let source = client.source(&server);
            // Long enough for two delays before retries, and the one row that waits it out is short.
            let time = if matches!(row, Row::NoAnswer) { 2_000 } else { 20_000 };
            let result = quotes_within(&*source, &asked, Duration::from_millis(time)).await;
            compare(told(result), wanted)?;
            compare(format!("{} calls", server.calls()), &format!("{calls} calls"))
        }
        Case::History { answers, told: wanted } => {
            let server = server(answers).await;
            let source = client.source(&server);
            compare(
                told_history(daily(&*source, client.key(), "2026-02-01", "2026-03-02").await),
                wanted,
            )
        }
    }
}

fn no_such_share() -> Answer {
    Answer::new(
        404,
        r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_copes_with_every_row() {
    let cells = ROWS
        .into_iter()
        .flat_map(|row| Client::ALL.map(|client| tokio::spawn(run(client, row))));
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
}

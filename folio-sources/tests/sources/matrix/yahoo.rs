//! Yahoo: no key, a symbol a call.

use std::sync::Arc;

use folio_core::PriceSource;

use super::{Answers, Case, Column, Row, for_a_while, history};
use crate::server::{Answer, Server};
use crate::support::*;

#[derive(Debug)]
pub(super) struct Yahoo;

fn no_such_share() -> Answer {
    Answer::new(
        404,
        r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#,
    )
}

impl Column for Yahoo {
    fn key(&self) -> &'static str {
        "stock:AAPL"
    }

    fn source(&self, server: &Server) -> Arc<dyn PriceSource> {
        Arc::new(yahoo(server))
    }

    fn priced(&self, number: &str) -> String {
        share("AAPL", number)
    }

    fn case(&self, row: Row) -> Case {
        match row {
            Row::HappySingle => self.price("61234.125", "61234.125 USD"),
            Row::HappyBatch => {
                let answers = vec![
                    ("AAPL", Answer::ok(share("AAPL", "201.5"))),
                    ("MSFT", Answer::ok(share("MSFT", "401.5"))),
                    ("%5EGSPC", Answer::ok(share("^GSPC", "5001.5"))),
                ];
                Case::Quotes {
                    asked: vec!["stock:AAPL", "stock:MSFT", "stock:^GSPC"],
                    answers: Answers::BySymbol(answers, no_such_share()),
                    told: "201.5 USD, 401.5 USD, 5001.5 USD",
                    calls: 3,
                }
            }
            Row::OneMissing => {
                let answers = vec![("AAPL", Answer::ok(share("AAPL", "201.5")))];
                Case::Quotes {
                    asked: vec!["stock:NONE", "stock:AAPL"],
                    answers: Answers::BySymbol(answers, no_such_share()),
                    told: "not_found, 201.5 USD",
                    calls: 2,
                }
            }
            Row::AllMissing => self.single(vec![no_such_share()], "not_found", 1),
            Row::NullPrice => self.price("null", "no_data"),
            Row::Exponent => self.price("1.64e-05", "0.0000164 USD"),
            Row::StringNumber => self.price("\"12.50\"", "12.5 USD"),
            Row::NegativePrice => self.price("-12.5", "no_data"),
            Row::ZeroPrice => self.price("0", "no_data"),
            Row::NotANumber => self.price("NaN", "no_data"),
            Row::HugePrice => self.price("1e30", "out_of_range"),
            Row::FuturePrice => {
                let share = Share {
                    time: at("03-02", 44_000),
                    ..Share::default()
                };
                self.single(vec![Answer::ok(share.chart())], "no_data", 1)
            }
            Row::EmptySeries => history(Share::default().chart(), "error missing_price"),
            Row::LastPointNow => {
                let share = Share {
                    rows: &[(at("02-27", 52_200), "200.5"), (at("03-02", 43_000), "201.5")],
                    ..Share::default()
                };
                history(share.chart(), "02-27 200.5, 03-02 201.5?")
            }
            Row::DuplicateDate => {
                let share = Share {
                    rows: &[(at("02-27", 52_200), "200.5"), (at("02-27", 53_000), "200.75")],
                    ..Share::default()
                };
                history(share.chart(), "02-27 200.75")
            }
            Row::Pence => {
                let share = Share {
                    symbol: "VOD.L",
                    currency: "GBp",
                    price: "7050",
                    ..Share::default()
                };
                Case::Quotes {
                    asked: vec!["stock:VOD.L"],
                    answers: Answers::InTurn(vec![Answer::ok(share.chart())]),
                    told: "70.5 GBP",
                    calls: 1,
                }
            }
            Row::Unauthorized => self.single(vec![Answer::new(401, "")], "error unavailable", 1),
            Row::WrongTier | Row::PlanLimit => Case::Absent("it has no keys and no plans"),
            Row::RateLimited => {
                let answer = Answer::new(429, "Too Many Requests");
                self.single(vec![answer], "error unavailable", 1)
            }
            Row::RateLimitedForAWhile => self.single(vec![for_a_while()], "error rate_limited", 1),
            Row::ErrorBodyWithOk => {
                let body = r#"{"chart":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
                self.single(vec![Answer::ok(body)], "error unavailable", 1)
            }
            Row::WebPage => self.single(vec![Answer::html()], "error unavailable", 1),
            Row::TruncatedJson => self.single(vec![self.truncated()], "error unavailable", 1),
            Row::FailsOnce => self.fails_once(),
            Row::FailsThrice => self.fails_thrice(),
            Row::HangUp => self.hang_up(),
            Row::NoAnswer => self.single(vec![Answer::never()], "error timeout", 1),
            Row::ForeignRedirect => self.redirect(),
            Row::KeyEchoed => Case::Absent("it has no key"),
        }
    }
}

//! The IEX-shaped source: a token in the query, batches by symbol, errors in plain sentences.

use std::sync::Arc;

use folio_core::PriceSource;

use super::{Answers, Case, Column, Row, for_a_while, history};
use crate::iex::{closes, iex_with, sentence, stock, stocks};
use crate::server::{Answer, Server};
use crate::support::*;

#[derive(Debug)]
pub(super) struct Iex;

impl Column for Iex {
    fn key(&self) -> &'static str {
        "stock:AAPL"
    }

    fn source(&self, server: &Server) -> Arc<dyn PriceSource> {
        let clock = Arc::new(Ticking::default());
        Arc::new(iex_with(server, clock.clone(), budget(clock)))
    }

    fn priced(&self, number: &str) -> String {
        stocks(&[("AAPL", number)])
    }

    fn case(&self, row: Row) -> Case {
        match row {
            Row::HappySingle => self.price("61234.125", "61234.125 USD"),
            Row::HappyBatch => Case::Quotes {
                asked: vec!["stock:AAPL", "stock:BRK-B"],
                answers: Answers::InTurn(vec![Answer::ok(stocks(&[("BRK.B", "401.5"), ("AAPL", "201.5")]))]),
                told: "201.5 USD, 401.5 USD",
                calls: 1,
            },
            Row::OneMissing => Case::Quotes {
                asked: vec!["stock:NONE", "stock:AAPL"],
                answers: Answers::InTurn(vec![Answer::ok(stocks(&[("AAPL", "201.5")]))]),
                told: "not_found, 201.5 USD",
                calls: 1,
            },
            Row::AllMissing => self.single(vec![Answer::ok(r#"{"AAPL":null}"#)], "not_found", 1),
            Row::NullPrice => self.price("null", "no_data"),
            Row::Exponent => self.price("1.64e-05", "0.0000164 USD"),
            Row::StringNumber => self.price("\"12.50\"", "12.5 USD"),
            Row::NegativePrice => self.price("-12.5", "no_data"),
            Row::ZeroPrice => self.price("0", "no_data"),
            Row::NotANumber => self.price("NaN", "no_data"),
            Row::HugePrice => self.price("1e30", "out_of_range"),
            Row::FuturePrice => {
                let body = stock("AAPL", "1.5", "USD", at("03-02", 44_000) * 1000);
                self.single(vec![Answer::ok(format!("{{{body}}}"))], "no_data", 1)
            }
            Row::EmptySeries => history("[]", "error missing_price"),
            Row::LastPointNow => history(
                closes(&[("02-27", "200.5"), ("03-02", "201.5")]),
                "02-27 200.5, 03-02 201.5?",
            ),
            Row::DuplicateDate => history(closes(&[("02-27", "200.5"), ("02-27", "200.75")]), "02-27 200.75"),
            Row::Pence => {
                let body = stock("AAPL", "7050", "GBp", at("03-02", 43_000) * 1000);
                self.single(vec![Answer::ok(format!("{{{body}}}"))], "70.5 GBP", 1)
            }
            Row::Unauthorized => {
                let answer = sentence(403, "The API key provided is not valid.");
                self.single(vec![answer], "error not_configured", 1)
            }
            Row::WrongTier => {
                let answer = sentence(403, "Test tokens may only be used in the sandbox environment.");
                self.single(vec![answer], "error not_configured", 1)
            }
            // The plan leaves out this one symbol, which is its own outcome.
            Row::PlanLimit => self.single(vec![sentence(451, "Not in your plan")], "not_configured", 1),
            // Calls are counted by the second, so that a second is waited for.
            Row::RateLimited => self.single(vec![sentence(429, "Too many requests")], "error rate_limited", 3),
            Row::RateLimitedForAWhile => self.single(vec![for_a_while()], "error rate_limited", 1),
            Row::ErrorBodyWithOk => {
                let body = r#"{"error":"The API key provided is not valid."}"#;
                self.single(vec![Answer::ok(body)], "error not_configured", 1)
            }
            Row::WebPage => self.single(vec![Answer::html()], "error unavailable", 1),
            Row::TruncatedJson => self.single(vec![self.truncated()], "error unavailable", 1),
            Row::FailsOnce => self.fails_once(),
            Row::FailsThrice => self.fails_thrice(),
            Row::HangUp => self.hang_up(),
            Row::NoAnswer => self.single(vec![Answer::never()], "error timeout", 1),
            Row::ForeignRedirect => self.redirect(),
            Row::KeyEchoed => Case::Echo {
                answer: sentence(403, &format!("The token {CANARY} is not valid.")),
                told: "error not_configured",
            },
        }
    }
}

//! Twelve Data: a key in a header, quotes in two shapes, errors with the status 200.

use std::sync::Arc;

use folio_core::PriceSource;

use super::{Answers, Case, Column, Row, for_a_while, history};
use crate::server::{Answer, Server};
use crate::support::*;
use crate::twelvedata::{error, series, share, shares, twelvedata};

#[derive(Debug)]
pub(super) struct TwelveData;

impl Column for TwelveData {
    fn key(&self) -> &'static str {
        "stock:AAPL"
    }

    fn source(&self, server: &Server) -> Arc<dyn PriceSource> {
        Arc::new(twelvedata(server))
    }

    fn priced(&self, number: &str) -> String {
        share("AAPL", number, "USD", at("03-02", 43_000))
    }

    fn case(&self, row: Row) -> Case {
        match row {
            Row::HappySingle => self.price("\"61234.125\"", "61234.125 USD"),
            Row::HappyBatch => Case::Quotes {
                asked: vec!["stock:AAPL", "stock:BRK-B"],
                answers: Answers::InTurn(vec![Answer::ok(shares(&["BRK.B", "AAPL"]))]),
                told: "1.5 USD, 1.5 USD",
                calls: 1,
            },
            Row::OneMissing => {
                let body = format!(
                    r#"{{"NONE":{},"AAPL":{}}}"#,
                    error(400, "**symbol** not found: NONE"),
                    self.priced("\"201.5\"")
                );
                Case::Quotes {
                    asked: vec!["stock:NONE", "stock:AAPL"],
                    answers: Answers::InTurn(vec![Answer::ok(body)]),
                    told: "not_found, 201.5 USD",
                    calls: 1,
                }
            }
            Row::AllMissing => {
                let body = error(400, "**symbol** not found: AAPL");
                self.single(vec![Answer::new(400, body)], "not_found", 1)
            }
            Row::NullPrice => self.price("null", "no_data"),
            Row::Exponent => self.price("1.64e-05", "0.0000164 USD"),
            Row::StringNumber => self.price("\"12.50\"", "12.5 USD"),
            Row::NegativePrice => self.price("\"-12.5\"", "no_data"),
            Row::ZeroPrice => self.price("\"0.00000\"", "no_data"),
            Row::NotANumber => self.price("NaN", "no_data"),
            Row::HugePrice => self.price("\"1e30\"", "out_of_range"),
            Row::FuturePrice => {
                let body = share("AAPL", "\"1.5\"", "USD", at("03-02", 44_000));
                self.single(vec![Answer::ok(body)], "no_data", 1)
            }
            Row::EmptySeries => history(series("USD", &[]), "error missing_price"),
            Row::LastPointNow => history(
                series("USD", &[("02-27", "200.5"), ("03-02", "201.5")]),
                "02-27 200.5, 03-02 201.5?",
            ),
            Row::DuplicateDate => history(
                series("USD", &[("02-27", "200.5"), ("02-27", "200.75")]),
                "02-27 200.75",
            ),
            Row::Pence => {
                let body = share("AAPL", "\"7050\"", "GBp", at("03-02", 43_000));
                self.single(vec![Answer::ok(body)], "70.5 GBP", 1)
            }
            Row::Unauthorized => {
                let body = error(401, "**apikey** parameter is incorrect");
                self.single(vec![Answer::new(401, body)], "error not_configured", 1)
            }
            Row::WrongTier => Case::Absent("its keys are all of one kind"),
            // The plan leaves out this one symbol, which is its own outcome.
            Row::PlanLimit => {
                let body = error(403, "**symbol** is available starting with the Pro plan");
                self.single(vec![Answer::new(403, body)], "not_configured", 1)
            }
            Row::RateLimited => {
                let body = error(429, "You have run out of API credits for the current minute.");
                self.single(vec![Answer::new(429, body)], "error rate_limited", 1)
            }
            Row::RateLimitedForAWhile => self.single(vec![for_a_while()], "error rate_limited", 1),
            Row::ErrorBodyWithOk => {
                let body = error(401, "**apikey** parameter is incorrect");
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
                answer: Answer::new(401, error(401, &format!("**apikey** {CANARY} is incorrect"))),
                told: "error not_configured",
            },
        }
    }
}

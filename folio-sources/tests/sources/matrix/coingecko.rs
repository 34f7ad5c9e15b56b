//! CoinGecko: a key in a header, batches by id.

use std::sync::Arc;

use folio_core::PriceSource;

use super::{Answers, Case, Column, Row, for_a_while, history};
use crate::server::{Answer, Server};
use crate::support::*;

#[derive(Debug)]
pub(super) struct CoinGecko;

impl Column for CoinGecko {
    fn key(&self) -> &'static str {
        "crypto:bitcoin"
    }

    fn source(&self, server: &Server) -> Arc<dyn PriceSource> {
        Arc::new(coingecko(server))
    }

    fn priced(&self, number: &str) -> String {
        coins(&[("bitcoin", number)])
    }

    fn case(&self, row: Row) -> Case {
        match row {
            Row::HappySingle => self.price("61234.125", "61234.125 USD"),
            Row::HappyBatch => Case::Quotes {
                asked: vec!["crypto:bitcoin", "crypto:ethereum"],
                answers: Answers::InTurn(vec![Answer::ok(coins(&[("ethereum", "2345"), ("bitcoin", "61234")]))]),
                told: "61234 USD, 2345 USD",
                calls: 1,
            },
            Row::OneMissing => Case::Quotes {
                asked: vec!["crypto:nocoin", "crypto:bitcoin"],
                answers: Answers::InTurn(vec![Answer::ok(coins(&[("bitcoin", "61234")]))]),
                told: "not_found, 61234 USD",
                calls: 1,
            },
            Row::AllMissing => self.single(vec![Answer::ok("{}")], "not_found", 1),
            Row::NullPrice => self.price("null", "no_data"),
            Row::Exponent => self.price("1.64e-05", "0.0000164 USD"),
            Row::StringNumber => self.price("\"12.50\"", "12.5 USD"),
            Row::NegativePrice => self.price("-12.5", "no_data"),
            Row::ZeroPrice => self.price("0", "no_data"),
            Row::NotANumber => self.price("NaN", "no_data"),
            Row::HugePrice => self.price("1e30", "out_of_range"),
            Row::FuturePrice => {
                let body = format!(r#"{{"bitcoin":{{"usd":1,"last_updated_at":{}}}}}"#, at("03-02", 44_000));
                self.single(vec![Answer::ok(body)], "no_data", 1)
            }
            Row::EmptySeries => history(market_chart(&[]), "error missing_price"),
            Row::LastPointNow => {
                let points = [
                    (at("03-01", 0) * 1000, "60000"),
                    (at("03-02", 0) * 1000, "61000.25"),
                    (at("03-02", 43_100) * 1000 + 7, "61234.5"),
                ];
                history(market_chart(&points), "02-28 60000, 03-01 61000.25, 03-02 61234.5?")
            }
            Row::DuplicateDate => {
                let midnight = at("03-01", 0) * 1000;
                history(
                    market_chart(&[(midnight, "1.5"), (midnight, "2.5"), (at("03-02", 0) * 1000, "3.5")]),
                    "02-28 2.5, 03-01 3.5",
                )
            }
            Row::Pence => Case::Absent("it knows whole currencies only"),
            Row::Unauthorized => {
                let body = r#"{"status":{"error_code":10002,"error_message":"API Key Missing."}}"#;
                self.single(vec![Answer::new(401, body)], "error not_configured", 1)
            }
            Row::WrongTier => {
                let body = r#"{"timestamp":"x","error_code":10010,"status":{"error_message":"wrong host"}}"#;
                self.single(vec![Answer::new(400, body)], "error not_configured", 1)
            }
            Row::PlanLimit => {
                let body = r#"{"error":{"status":{"timestamp":"x","error_code":10012,"error_message":"365 days"}}}"#;
                self.single(vec![Answer::new(401, body)], "error not_configured", 1)
            }
            Row::RateLimited => self.single(vec![Answer::new(429, "{}")], "error rate_limited", 1),
            Row::RateLimitedForAWhile => self.single(vec![for_a_while()], "error rate_limited", 1),
            Row::ErrorBodyWithOk => {
                let body = r#"{"status":{"error_code":10002,"error_message":"API Key Missing."}}"#;
                self.single(vec![Answer::ok(body)], "error not_configured", 1)
            }
            Row::WebPage => self.single(vec![Answer::html()], "error unavailable", 1),
            Row::TruncatedJson => self.single(vec![self.truncated()], "error unavailable", 1),
            Row::FailsOnce => self.fails_once(),
            Row::FailsThrice => self.fails_thrice(),
            Row::HangUp => self.hang_up(),
            Row::NoAnswer => self.single(vec![Answer::never()], "error timeout", 1),
            Row::ForeignRedirect => self.redirect(),
            Row::KeyEchoed => {
                let body =
                    format!(r#"{{"status":{{"error_code":10002,"error_message":"the key {CANARY} is wrong"}}}}"#);
                Case::Echo {
                    answer: Answer::new(401, body),
                    told: "error not_configured",
                }
            }
        }
    }
}

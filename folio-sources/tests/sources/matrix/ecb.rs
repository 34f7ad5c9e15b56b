//! The European Central Bank's files: exchange rates in XML, no key.

use std::sync::Arc;

use folio_core::PriceSource;

use super::{Answers, Case, Column, Row, for_a_while, history};
use crate::ecb::{ecb, envelope, no_page, one_day};
use crate::server::{Answer, Server};

#[derive(Debug)]
pub(super) struct Ecb;

impl Column for Ecb {
    fn key(&self) -> &'static str {
        "EUR/USD"
    }

    fn source(&self, server: &Server) -> Arc<dyn PriceSource> {
        Arc::new(ecb(server))
    }

    /// Every attribute of XML is a text, so a text is the same as a number.
    fn priced(&self, number: &str) -> String {
        one_day("03-02", &[("USD", number.trim_matches('"'))])
    }

    fn case(&self, row: Row) -> Case {
        match row {
            Row::HappySingle => self.price("61234.125", "61234.125 USD"),
            Row::HappyBatch => Case::Quotes {
                asked: vec!["EUR/USD", "EUR/GBP"],
                answers: Answers::InTurn(vec![Answer::ok(one_day("03-02", &[("GBP", "0.84"), ("USD", "1.25")]))]),
                told: "1.25 USD, 0.84 GBP",
                calls: 1,
            },
            Row::OneMissing => Case::Quotes {
                asked: vec!["EUR/XXA", "EUR/USD"],
                answers: Answers::InTurn(vec![Answer::ok(self.priced("1.25"))]),
                told: "not_found, 1.25 USD",
                calls: 1,
            },
            Row::AllMissing => {
                let body = one_day("03-02", &[("GBP", "0.84")]);
                self.single(vec![Answer::ok(body)], "not_found", 1)
            }
            Row::NullPrice => self.price("null", "no_data"),
            Row::Exponent => self.price("1.64e-05", "0.0000164 USD"),
            Row::StringNumber => self.price("\"12.50\"", "12.5 USD"),
            Row::NegativePrice => self.price("-12.5", "no_data"),
            Row::ZeroPrice => self.price("0", "no_data"),
            Row::NotANumber => self.price("NaN", "no_data"),
            Row::HugePrice => self.price("1e30", "out_of_range"),
            Row::FuturePrice => {
                let body = one_day("03-05", &[("USD", "1.25")]);
                self.single(vec![Answer::ok(body)], "no_data", 1)
            }
            Row::EmptySeries => history(envelope(&[]), "error missing_price"),
            Row::LastPointNow => {
                let days: [(&str, &[(&str, &str)]); 2] = [("03-02", &[("USD", "1.25")]), ("02-27", &[("USD", "1.24")])];
                history(envelope(&days), "02-27 1.24, 03-02 1.25?")
            }
            Row::DuplicateDate => {
                let days: [(&str, &[(&str, &str)]); 2] =
                    [("02-27", &[("USD", "1.24")]), ("02-27", &[("USD", "1.245")])];
                history(envelope(&days), "02-27 1.245")
            }
            Row::Pence => Case::Absent("it knows whole currencies only"),
            Row::Unauthorized => self.single(vec![Answer::new(401, "")], "error unavailable", 1),
            Row::WrongTier | Row::PlanLimit => Case::Absent("it has no keys and no plans"),
            Row::RateLimited => self.single(vec![Answer::new(429, "")], "error rate_limited", 1),
            Row::RateLimitedForAWhile => self.single(vec![for_a_while()], "error rate_limited", 1),
            Row::ErrorBodyWithOk => self.single(vec![Answer::ok(no_page())], "error unavailable", 1),
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

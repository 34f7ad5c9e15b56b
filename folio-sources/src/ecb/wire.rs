//! What the European Central Bank sends: days of rates for one euro, newest first.
//!
//! ```xml
//! <gesmes:Envelope xmlns:gesmes="…" xmlns="…">
//!   <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
//!   <Cube><Cube time="2026-03-02"><Cube currency="USD" rate="1.25"/>…</Cube>…</Cube>
//! </gesmes:Envelope>
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use folio_core::Currency;
use folio_core::money::Decimal;
use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::http::{Failure, FailureKind, Reply};
use crate::number::{self, NoPrice};

const SENDER: &str = "European Central Bank";
/// How deep the bank's elements are nested at most; a little more is let pass.
const DEPTH: usize = 8;

/// A rate, or why what stands in its place is none.
type Rate = Result<Decimal, NoPrice>;

/// The days of a file.
#[derive(Debug, Default)]
pub(super) struct RateFile {
    days: BTreeMap<Date, Vec<(Currency, Rate)>>,
}

impl RateFile {
    /// The newest day.
    pub(super) fn newest(&self) -> Option<(Date, &[(Currency, Rate)])> {
        self.days
            .last_key_value()
            .map(|(date, rates)| (*date, rates.as_slice()))
    }

    /// The oldest day.
    pub(super) fn oldest(&self) -> Option<Date> {
        self.days.keys().next().copied()
    }

    /// What stands for a currency, by day.
    pub(super) fn rates_of(&self, currency: Currency) -> impl Iterator<Item = (Date, Rate)> + '_ {
        self.days.iter().filter_map(move |(date, rates)| {
            let (_, rate) = rates.iter().find(|(known, _)| *known == currency)?;
            Some((*date, *rate))
        })
    }
}

/// Sorts an answer and reads its days.
pub(super) fn file(reply: &Reply) -> Result<RateFile, Failure> {
    let kind = match reply.status {
        200 => {
            return read(&reply.body, reply.is_cut()).map_err(|what| {
                let detail = format!("the answer is not the European Central Bank's file of rates: {what}");
                Failure::new(FailureKind::Malformed, detail)
            });
        }
        429 => FailureKind::RateLimited,
        401 | 403 => FailureKind::Blocked,
        408 | 500.. => FailureKind::Upstream,
        _ => FailureKind::BadRequest,
    };
    let detail = format!("the European Central Bank answers with HTTP status {}", reply.status);
    let minute = (kind == FailureKind::RateLimited).then(|| Duration::from_secs(60));
    Err(Failure::new(kind, detail).retry_after(reply.retry_after.or(minute)))
}

/// Reads a file event by event. Of one that was `cut` at the longest answer that is read, the oldest
/// day is left out, for it may be incomplete.
///
/// Attributes are taken as they stand and a document type is refused, so no entity is ever resolved.
fn read(body: &[u8], cut: bool) -> Result<RateFile, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err("it is not UTF-8".to_owned()),
    };
    let mut reader = Reader::from_str(text);
    let mut state = State::default();
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => state.take(event)?,
            Err(_) if cut => break,
            Err(error) => return Err(format!("it is no XML: {error}")),
        }
    }
    state.finish(cut)
}

#[derive(Debug, Default)]
struct State {
    file: RateFile,
    /// The names of the elements that are open.
    open: Vec<Element>,
    is_of_the_bank: bool,
    day: Option<(Date, Vec<(Currency, Rate)>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Sender,
    Name,
    Day,
    Other,
}

impl State {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(element) => {
                let element = self.begin(&element)?;
                self.open.push(element);
                if self.open.len() > DEPTH {
                    return Err("its elements are nested too deeply".to_owned());
                }
            }
            Event::Empty(element) => {
                let element = self.begin(&element)?;
                self.end(element);
            }
            Event::End(_) => {
                let element = self.open.pop();
                self.end(element.unwrap_or(Element::Other));
            }
            Event::Text(text) => {
                if let [.., Element::Sender, Element::Name] = self.open[..] {
                    self.is_of_the_bank = text.into_inner().trim() == SENDER;
                }
            }
            Event::DocType(_) => return Err("it has a document type".to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, element: &BytesStart<'_>) -> Result<Element, String> {
        let name = element.local_name();
        match (self.open.is_empty(), name.into_inner()) {
            (true, "Envelope") => Ok(Element::Other),
            (true, other) => Err(format!("it begins with {other:?}")),
            (false, "Sender") => Ok(Element::Sender),
            (false, "name") => Ok(Element::Name),
            (false, "Cube") => self.cube(element),
            (false, _) => Ok(Element::Other),
        }
    }

    fn cube(&mut self, element: &BytesStart<'_>) -> Result<Element, String> {
        let (mut time, mut currency, mut rate) = (None, None, None);
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| format!("it is no XML: {error}"))?;
            let value = attribute.value;
            match attribute.key.into_inner() {
                "time" => time = Some(value),
                "currency" => currency = Some(value),
                "rate" => rate = Some(value),
                "base" if value != "EUR" => return Err("its rates are not for one euro".to_owned()),
                _ => {}
            }
        }
        if let Some(time) = time {
            let date = time.parse().map_err(|_| format!("{time:?} is no day"))?;
            if self.day.replace((date, Vec::new())).is_some() {
                return Err("it has a day within a day".to_owned());
            }
            return Ok(Element::Day);
        }
        if let (Some(currency), Some(rate)) = (currency, rate) {
            let Some((_, rates)) = &mut self.day else {
                return Err("it has a rate that is of no day".to_owned());
            };
            let rate = number::price_of_text(&rate);
            match currency.parse() {
                Ok(Currency::EUR) if rate != Ok(Decimal::ONE) => {
                    return Err("its rates are not for one euro".to_owned());
                }
                Ok(currency) => rates.push((currency, rate)),
                // A code that folio does not know costs the others nothing.
                Err(_) => {}
            }
        }
        Ok(Element::Other)
    }

    fn end(&mut self, element: Element) {
        if element == Element::Day
            && let Some((date, rates)) = self.day.take()
        {
            self.file.days.insert(date, rates);
        }
    }

    fn finish(mut self, cut: bool) -> Result<RateFile, String> {
        if !self.is_of_the_bank {
            return Err(format!("it does not say that it is of the {SENDER}"));
        }
        if !cut && !self.open.is_empty() {
            return Err("it ends in the middle".to_owned());
        }
        self.file.days.values_mut().for_each(Vec::shrink_to_fit);
        Ok(self.file)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn envelope(cubes: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>{cubes}</Cube>
</gesmes:Envelope>"#
        )
    }

    fn told(file: &RateFile) -> String {
        let days = file.days.iter().map(|(date, rates)| {
            let rates = rates.iter().map(|(currency, rate)| match rate {
                Ok(rate) => format!(" {currency} {rate}"),
                Err(why) => format!(" {currency} {why:?}"),
            });
            format!("{}{}", date.strftime("%m-%d"), rates.collect::<String>())
        });
        days.collect::<Vec<_>>().join(", ")
    }

    const DAYS: &str = r#"<Cube time="2026-03-02"><Cube currency="USD" rate="1.25"/><Cube currency='GBP' rate='0.84'></Cube></Cube>
        <Cube time='2026-02-27'><!-- a comment --><Cube rate="1.240" currency="USD" multiplier="1"/></Cube>"#;

    #[test]
    fn days_are_read_whatever_their_order_and_quotes() {
        let check = |cubes: &str, expected: &str| {
            assert_eq!(
                read(envelope(cubes).as_bytes(), false).map(|file| told(&file)),
                Ok(expected.to_owned()),
                "{cubes}"
            );
        };
        check(DAYS, "02-27 USD 1.24, 03-02 USD 1.25 GBP 0.84");
        check("", "");
        check(r#"<Cube time="2026-03-02"/>"#, "03-02");
        let row = |row: &str| format!(r#"<Cube time="2026-03-02">{row}<Cube currency="USD" rate="1.25"/></Cube>"#);
        check(&row(r#"<Cube currency="usd" rate="9"/>"#), "03-02 USD 1.25");
        check(&row(r#"<Cube currency="U&amp;D" rate="9"/>"#), "03-02 USD 1.25");
        check(&row(r#"<Cube currency="GBP"/>"#), "03-02 USD 1.25");
        check(&row(r#"<Cube currency="EUR" rate="1"/>"#), "03-02 EUR 1 USD 1.25");
        check(
            &row(r#"<Cube currency="GBP" rate="N/A"/>"#),
            "03-02 GBP NotANumber USD 1.25",
        );
        check(
            &row(r#"<Cube currency="GBP" rate="&x;"/>"#),
            "03-02 GBP NotANumber USD 1.25",
        );
        check(
            &row(r#"<Cube currency="GBP" rate="-1"/>"#),
            "03-02 GBP NotPositive USD 1.25",
        );
        let with_mark = format!("\u{feff}{}", envelope(DAYS));
        assert!(read(with_mark.as_bytes(), false).is_ok());
    }

    #[test]
    fn what_is_not_the_bank_s_is_refused() {
        let check = |body: &str, words: &str| {
            let why = read(body.as_bytes(), false).unwrap_err();
            assert!(why.contains(words), "{why}: {body}");
        };
        let whole = envelope(DAYS);
        check("", "does not say");
        check("no markup", "does not say");
        check("{\"rates\":{}}", "does not say");
        check("<rates/>", "rates");
        check("<Envelope><Cube/></Envelope>", "does not say");
        check(
            &whole.replace("European Central Bank", "Bank of Elsewhere"),
            "does not say",
        );
        check(&whole.replacen("<Cube>", "<Cube base=\"USD\">", 1), "one euro");
        check(
            &whole.replacen("\"USD\" rate=\"1.25\"", "\"EUR\" rate=\"0.8\"", 1),
            "one euro",
        );
        check(&whole.replace("2026-03-02", "yesterday"), "no day");
        check(&whole.replace("<Cube time=\"2026-03-02\">", "<Cube>"), "of no day");
        check(
            &envelope(r#"<Cube time="2026-03-02"><Cube time="2026-02-27"/></Cube>"#),
            "within a day",
        );
        check(&envelope(&"<Cube>".repeat(100_000)), "too deeply");
        check(&whole.replace("</Cube>\n</gesmes", "\n</gesmes"), "no XML");
        let bomb = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><gesmes:Envelope";
        check(&whole.replacen("<gesmes:Envelope", bomb, 1), "document type");
        assert!(read(b"<Envelope>\xff</Envelope>", false).is_err());
        assert!(
            read(
                &whole.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(),
                false
            )
            .is_err()
        );
    }

    #[test]
    fn an_end_in_the_middle_is_noticed_at_every_byte() {
        let whole = envelope(DAYS);
        assert!(read(whole.as_bytes(), false).is_ok());
        for end in 0..whole.len() {
            assert!(read(&whole.as_bytes()[..end], false).is_err(), "{}", &whole[..end]);
        }
    }

    #[test]
    fn of_a_file_that_was_cut_the_whole_days_are_kept() {
        let whole = envelope(DAYS);
        let check = |end: &str, expected: &str| {
            let end = whole.find(end).unwrap() + end.len();
            assert_eq!(
                read(&whole.as_bytes()[..end], true).map(|file| told(&file)),
                Ok(expected.to_owned())
            );
        };
        check("rate='0.84'></Cube></Cube>", "03-02 USD 1.25 GBP 0.84");
        check("rate=\"1.240\"", "03-02 USD 1.25 GBP 0.84");
        check("multiplier=\"1\"/>", "03-02 USD 1.25 GBP 0.84");
        check("rate=\"1.25\"/>", "");
        let with_letter = format!("{}é", &whole[..whole.find("<Cube time='").unwrap()]);
        let cut = &with_letter.as_bytes()[..with_letter.len() - 1];
        assert_eq!(
            read(cut, true).map(|file| told(&file)),
            Ok("03-02 USD 1.25 GBP 0.84".to_owned())
        );
        assert!(read(&cut[..20], true).is_err());
    }

    #[test]
    fn statuses_are_told_apart() {
        use FailureKind::*;
        let check = |status: u16, kind: FailureKind| {
            let reply = Reply {
                status,
                body: Bytes::from_static(b"<html/>"),
                retry_after: None,
            };
            assert_eq!(file(&reply).unwrap_err().kind, kind, "{status}");
        };
        check(200, Malformed);
        check(404, BadRequest);
        check(429, RateLimited);
        check(403, Blocked);
        check(408, Upstream);
        check(503, Upstream);
    }
}

//! The valuation alone: a function of its four arguments, without a runtime, a clock or a network.

use std::error::Error;

use folio_core::{
    CostBasis, Currency, Holding, HoldingId, Policy, Portfolio, Price, PriceBook, Quote, Valuation, value,
};

/// Values half a bitcoin and a house that nobody has priced.
///
/// # Errors
/// None: every text in it is right. Yours may not be.
pub fn pure() -> Result<Valuation, Box<dyn Error>> {
    let at = "2026-03-02T12:00:00Z".parse()?;
    let bitcoin = Holding::new(HoldingId::new(at), "crypto:bitcoin".parse()?, "0.5".parse()?)?;
    let bitcoin = bitcoin.with_cost(CostBasis::Unit(Price::parse("48000", Currency::USD)?));
    let house = Holding::new(HoldingId::new(at), "custom:house".parse()?, "1".parse()?)?;
    let portfolio = Portfolio::new("Core", Currency::USD, at).with(bitcoin).with(house);

    let price = Price::parse("60000", Currency::USD)?;
    let book = PriceBook::new().with(Quote::manual("crypto:bitcoin".parse()?, price, at));

    Ok(value(&portfolio, &book, Policy::default(), at))
}

//! What the example prints is what its README shows, and each part of it is right.

use std::process::Command;

use example_embed::{pure, report, tracked};
use folio_core::{Reason, Status};

#[test]
fn the_house_is_in_no_total() {
    let valuation = pure().unwrap();
    assert_eq!(valuation.status, Status::Partial);
    assert_eq!(valuation.holdings[1].value, None);
    assert_eq!(
        report(&valuation).unwrap(),
        "partial: 30000 USD\n\
         \x20 gain 6000 USD (25 %)\n\
         \x20 0.5 crypto:bitcoin = 30000 USD\n\
         \x20 1 custom:house no_data: State its price: PUT /api/v1/prices/custom/{symbol}/manual, or folio price set.\n",
    );
}

#[tokio::test]
async fn dollars_are_converted_and_the_unknown_share_is_named() {
    let valuation = tracked().await.unwrap();
    // 0.5 × 60000 ÷ 1.25 + 20 × 130.5
    assert_eq!(valuation.total_value.unwrap().to_string(), "26610 EUR");
    assert_eq!(valuation.holdings[2].pricing.reason, Some(Reason::NotFound));
}

#[test]
fn the_program_prints_what_its_readme_shows() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-embed")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        include_str!("../README.md").contains(&format!("```text\n{printed}```")),
        "{printed}"
    );
}

//! Random portfolios, valued by the server and by an independent program on Python's `decimal`: the short
//! form of `make oracle`. The seed is printed; `FOLIO_TEST_SEED` repeats a run.

use std::process::Command;

/// Worlds are worked through side by side, for most of their time is waiting for an outage to begin.
const PROCESSES: &str = "4";
const PORTFOLIOS: &str = "320";

#[test]
fn the_server_and_an_independent_program_agree_on_every_field() {
    let mut driver = Command::new("python3");
    driver
        .args([
            "-B",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/oracle/rest_oracle.py"),
        ])
        .args(["--binary", env!("CARGO_BIN_EXE_folio")])
        .args(["--portfolios", PORTFOLIOS, "--processes", PROCESSES]);
    if let Ok(seed) = std::env::var("FOLIO_TEST_SEED") {
        driver.args(["--seed", &seed]);
    }
    let output = driver.output().expect("python3 is needed as the oracle of this test");
    let (told, failed) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    println!("{told}");
    assert!(output.status.success(), "{told}\n{failed}");
}

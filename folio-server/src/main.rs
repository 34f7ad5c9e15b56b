//! The binary `folio`.

use std::process::ExitCode;

fn main() -> ExitCode {
    folio_server::cli::main()
}

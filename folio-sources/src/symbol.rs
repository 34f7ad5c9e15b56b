//! Symbols between folio's spelling and the vendors'.

/// The two parts of a symbol with a class of shares: `BRK-B` has `BRK` and `B`.
fn class_of(symbol: &str) -> Option<(&str, &str)> {
    let (share, class) = symbol.rsplit_once('-')?;
    let is_class = class.len() == 1 && class.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_class && is_plain(share)).then_some((share, class))
}

/// Whether there are letters and digits and nothing else.
fn is_plain(symbol: &str) -> bool {
    !symbol.is_empty() && symbol.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `BRK-B` as `BRK.B`; any other symbol as it is.
pub(crate) fn with_dotted_class(symbol: &str) -> String {
    match class_of(symbol) {
        Some((share, class)) => format!("{share}.{class}"),
        None => symbol.to_owned(),
    }
}

/// Whether the symbol is a share's, with or without a class, on an exchange of the United States: Yahoo
/// writes every other exchange, index, currency pair and future with a mark.
pub(crate) fn is_american(symbol: &str) -> bool {
    is_plain(symbol) || class_of(symbol).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_of_shares_gets_a_dot_and_nothing_else_does() {
        let check = |symbol: &str, dotted: &str, american: bool| {
            assert_eq!(
                (with_dotted_class(symbol).as_str(), is_american(symbol)),
                (dotted, american)
            );
        };
        check("AAPL", "AAPL", true);
        check("BRK-B", "BRK.B", true);
        check("VWCE.DE", "VWCE.DE", false);
        check("VOLV-B.ST", "VOLV-B.ST", false);
        check("BTC-USD", "BTC-USD", false);
        check("BAC-PL", "BAC-PL", false);
        check("^GSPC", "^GSPC", false);
        check("EURUSD=X", "EURUSD=X", false);
        check("M&M.NS", "M&M.NS", false);
        check("-B", "-B", false);
    }
}

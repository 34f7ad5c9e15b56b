//! The names of all settings. Flags, environment variables and keys of `folio.toml` follow from them.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key in `folio.toml`; the variable is `FOLIO_` and the key in upper case, the flag has hyphens.
    pub key: &'static str,
    /// What it is, for `--help`.
    pub help: &'static str,
    /// Whether its value must not be shown; such a setting also has a `…_file`.
    pub secret: bool,
    /// Whether it is an address that is a secret only as far as it may have a password in it.
    pub address: bool,
}

impl Setting {
    /// Whether a value must not be shown.
    #[must_use]
    pub fn hides(&self, value: &str) -> bool {
        self.secret && (!self.address || value.contains(['@', '?']))
    }
}

const fn plain(key: &'static str, help: &'static str) -> Setting {
    Setting {
        key,
        help,
        secret: false,
        address: false,
    }
}

const fn address(key: &'static str, help: &'static str) -> Setting {
    Setting {
        key,
        help,
        secret: true,
        address: true,
    }
}

const fn secret(key: &'static str, help: &'static str) -> Setting {
    Setting {
        key,
        help,
        secret: true,
        address: false,
    }
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    plain("bind", "Where the API listens [default: 127.0.0.1:3000]"),
    plain(
        "worker_bind",
        "Where a worker shows its health [default: 127.0.0.1:3001 for --role worker, else closed]",
    ),
    plain(
        "data_dir",
        "SQLite files and the token file [default: the platform's data directory]",
    ),
    address(
        "store_url",
        "memory:, sqlite:PATH, mongodb:// or mongodb+srv:// [default: sqlite: in the data directory]",
    ),
    address(
        "cache_url",
        "memory:, redis://, rediss:// or redis+cluster://HOST,HOST [default: memory:]",
    ),
    address(
        "queue_url",
        "sqlite:PATH, redis:// or rediss:// [default: sqlite: in the data directory]",
    ),
    plain(
        "redis_ca_file",
        "Certificates in PEM that alone are trusted to have signed those of Redis",
    ),
    secret(
        "admin_token",
        "The administrator's token, 32 to 256 printable characters [default: made at the first start]",
    ),
    plain(
        "allowed_hosts",
        "Names beside loopback that requests may be for, with commas; * is any, which gives up that protection",
    ),
    plain(
        "cors_origins",
        "Pages of other sites that may read answers, with commas",
    ),
    plain(
        "requests_per_second",
        "Requests a second of one token, 0 is off [default: 500]",
    ),
    plain("coingecko_url", "CoinGecko's address, up to and with /api/v3"),
    secret("coingecko_api_key", "CoinGecko's key"),
    plain("coingecko_plan", "public, demo or pro [default: public]"),
    plain(
        "coingecko_per_minute",
        "Calls a minute [default: 5, 30 or 250 by the plan]",
    ),
    plain("coingecko_per_day", "Calls a day of UTC"),
    plain(
        "coingecko_per_month",
        "Calls a calendar month of UTC [default: 10000 with the plan demo]",
    ),
    plain(
        "iex_url",
        "Address of a service with the API of IEX Cloud, up to and with /stable or /v1; iex is off without one",
    ),
    secret("iex_token", "Its token"),
    plain("iex_per_minute", "Calls a minute [default: 60]"),
    plain("iex_per_day", "Calls a day of UTC"),
    plain("iex_per_month", "Calls a calendar month of UTC"),
    plain("yahoo_url", "Yahoo's address, without a path"),
    plain("yahoo_per_minute", "Calls a minute [default: 60]"),
    plain("yahoo_per_day", "Calls a day of UTC"),
    plain("yahoo_per_month", "Calls a calendar month of UTC"),
    plain("twelvedata_url", "Twelve Data's address"),
    secret("twelvedata_api_key", "Twelve Data's key; twelvedata is off without one"),
    plain(
        "twelvedata_per_minute",
        "Credits a minute, one for each symbol [default: 8]",
    ),
    plain(
        "twelvedata_per_day",
        "Credits a day of UTC [default: 800 unless the minute's are set]",
    ),
    plain("twelvedata_per_month", "Credits a calendar month of UTC"),
    plain("fx_url", "Frankfurter's address, up to and with /v2"),
    plain(
        "ecb_url",
        "The directory of the European Central Bank's files of rates [default: the bank's, unless fx_url is set]",
    ),
    plain(
        "stock_sources",
        "Order of fallback, of iex, twelvedata, yahoo and recorded:DIR [default: iex,twelvedata,yahoo]",
    ),
    plain(
        "crypto_sources",
        "Order of fallback, of coingecko and recorded:DIR [default: coingecko]",
    ),
    plain(
        "asset_sources",
        "Another order for single assets, such as stock:VOD.L=twelvedata,yahoo;crypto:bitcoin=coingecko",
    ),
    plain("price_ttl", "How long a price is current [default: 5m]"),
    plain("history_ttl", "How long a history is current [default: 1h]"),
    plain(
        "jump_factor",
        "By what factor a price may move within ten minutes before it is held back, at least 1.1 [default: 2]",
    ),
    plain("cron_daily", "When the daily valuation runs, UTC [default: 0 9 * * *]"),
    plain(
        "cron_hourly",
        "When the hourly valuation runs, UTC [default: 0 * * * *]",
    ),
    plain("cron_history", "When histories are fetched, UTC [default: 0 */6 * * *]"),
    plain(
        "keep_hourly",
        "How long hourly snapshots are kept, at least 8d [default: 90d]",
    ),
    plain(
        "alert_loss_percent",
        "The loss that a new portfolio warns of, in percent of the cost [default: 5]",
    ),
    plain(
        "alert_gain_percent",
        "The gain that a new portfolio tells of, in percent of the cost [default: 10]",
    ),
    plain(
        "notify",
        "The channels of rules that name none, of console, webhook, email and ntfy, with commas [default: console]",
    ),
    plain(
        "outbound_allow",
        "Host names, private addresses and networks that notifications may reach, without TLS too, with commas",
    ),
    secret("webhook_url", "Where the webhook posts notifications"),
    secret(
        "webhook_secret",
        "What it signs them with: whsec_ and the base64 of 24 to 64 bytes; several with commas while it changes",
    ),
    secret(
        "smtp_url",
        "The mail server, such as smtps://user:password@smtp.example.com:465",
    ),
    plain("email_from", "The sender of e-mail"),
    plain("email_to", "The recipients of e-mail, with commas"),
    secret(
        "ntfy_url",
        "The topic on an ntfy server, such as https://ntfy.sh/my-alerts-7f3a",
    ),
    plain(
        "log",
        "What is logged: error, warn, info, debug, trace, or a filter by module [default: info]",
    ),
    plain(
        "log_format",
        "pretty or json [default: pretty on a terminal, else json]",
    ),
];

/// The variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("FOLIO_{}", key.to_ascii_uppercase())
}

//! Settings: where they come from, what is refused and how it is said.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use folio_core::{AlertDefaults, Clock, ManualClock};
use folio_server::config::{CHANNELS, CacheUrl, Config, QueueUrl, SETTINGS, SourceChoice, Sources, StoreUrl};
use folio_server::wiring;
use secrecy::ExposeSecret;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn load(pairs: &[(&str, &str)]) -> folio_core::Result<Config> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("folio.toml");
    fs::write(&file, "").unwrap();
    Config::load(&Sources {
        environment: environment(pairs),
        file: Some(file),
        ..Sources::default()
    })
}

#[test]
fn defaults_are_those_of_the_table() {
    let config = load(&[("FOLIO_DATA_DIR", "/data")]).unwrap();
    assert_eq!(config.bind.to_string(), "127.0.0.1:3000");
    assert_eq!(config.worker_bind, None);
    assert_eq!(config.store, StoreUrl::Sqlite("sqlite:/data/folio.db".into()));
    assert_eq!(config.queue, QueueUrl::Sqlite("/data/queue.db".into()));
    assert_eq!(config.cache, CacheUrl::Memory);
    assert_eq!(config.requests_per_second, 500);
    assert_eq!(config.coingecko.budget().per_minute, 5);
    assert_eq!((config.price_ttl.as_secs(), config.history_ttl.as_secs()), (300, 3600));
    assert_eq!(config.keep_hourly.as_hours(), 90 * 24);
    assert_eq!(config.stock_sources, [SourceChoice::Yahoo]);
    assert_eq!(config.crypto_sources, [SourceChoice::CoinGecko]);
    assert!(config.allowed_hosts.is_empty() && config.cors_origins.is_empty() && config.warnings.is_empty());
}

#[test]
fn a_flag_beats_a_variable_beats_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("folio.toml");
    fs::write(&file, "data_dir = \"/file\"\nprice_ttl = \"1m\"\nrequests_per_second = 7\nallowed_hosts = [\"a.example\", \"b.example\"]\nlog = \"debug\"\n").unwrap();
    let sources = Sources {
        flags: environment(&[("price_ttl", "3m")]),
        environment: environment(&[
            ("FOLIO_PRICE_TTL", "2m"),
            ("FOLIO_LOG", "warn"),
            ("FOLIO_KEEP_HOURLY", ""),
        ]),
        file: Some(file),
    };
    let config = Config::load(&sources).unwrap();
    assert_eq!(
        (
            config.price_ttl.as_secs(),
            config.log.as_str(),
            config.requests_per_second
        ),
        (180, "warn", 7)
    );
    assert_eq!(config.data_dir.to_str(), Some("/file"));
    assert_eq!(config.allowed_hosts, ["a.example", "b.example"]);
}

#[test]
fn a_fleet_that_shares_too_little_is_told_once() {
    let check = |settings: &[(&str, &str)], expected: &[&str]| {
        let all: Vec<_> = [("FOLIO_DATA_DIR", "/d")]
            .into_iter()
            .chain(settings.iter().copied())
            .collect();
        let warnings = load(&all).unwrap().warnings;
        assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
        for (warning, says) in warnings.iter().zip(expected) {
            assert!(warning.contains(says), "{warning}");
        }
    };
    let store = ("FOLIO_STORE_URL", "mongodb://db/folio");
    let queue = ("FOLIO_QUEUE_URL", "redis://r");
    let token = ("FOLIO_ADMIN_TOKEN", "0123456789abcdef0123456789abcdef");
    check(&[], &[]);
    check(&[("FOLIO_QUEUE_URL", "redis://r")], &[]);
    check(&[store], &["FOLIO_QUEUE_URL is a file", "FOLIO_ADMIN_TOKEN is not set"]);
    check(&[store, queue], &["FOLIO_ADMIN_TOKEN is not set"]);
    check(&[store, token], &["FOLIO_QUEUE_URL is a file"]);
    check(&[store, queue, token], &[]);
}

#[test]
fn authorities_are_for_tls_alone() {
    let config = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_REDIS_CA_FILE", "/ca.pem"),
        ("FOLIO_CACHE_URL", "rediss://:secret@r"),
        ("FOLIO_QUEUE_URL", "redis://:secret@r"),
    ])
    .unwrap();
    let CacheUrl::Redis(cache) = config.cache else {
        panic!("{:?}", config.cache)
    };
    let QueueUrl::Redis(queue) = config.queue else {
        panic!("{:?}", config.queue)
    };
    assert_eq!(
        cache.ca_file.as_deref().and_then(std::path::Path::to_str),
        Some("/ca.pem")
    );
    assert_eq!(queue.ca_file, None);
    assert!(!format!("{cache:?} {queue:?}").contains("secret"));
}

#[test]
fn the_password_of_an_address_is_shown_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store-url");
    let url = "mongodb://ann:hunter2@one:1,two:2/prod?replicaSet=rs0";
    fs::write(&file, format!("{url}\n")).unwrap();
    let config = load(&[
        ("FOLIO_DATA_DIR", "/data"),
        ("FOLIO_STORE_URL_FILE", file.to_str().unwrap()),
    ])
    .unwrap();
    assert_eq!(config.store, StoreUrl::parse(url).unwrap());
    let shown = format!("{config:?}");
    assert!(shown.contains("one:1,two:2") && !shown.contains("hunter2"), "{shown}");
    for (name, value) in [
        ("FOLIO_STORE_URL", "mongodb://ann:hunter2@one/x?maxPoolSize=hunter2"),
        ("FOLIO_STORE_URL", "postgres://ann:hunter2@one/x"),
        ("FOLIO_CACHE_URL", "redis://:hunter2@one:x"),
        ("FOLIO_CACHE_URL", "http://:hunter2@one"),
        ("FOLIO_QUEUE_URL", "redis://:hunter2@one:x"),
        ("FOLIO_QUEUE_URL", "amqp://ann:hunter2@one"),
    ] {
        let error = load(&[("FOLIO_DATA_DIR", "/data"), (name, value)]).expect_err(value);
        let said = format!("{error} {error:?}");
        assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_bad_value_is_one_line_with_name_value_and_what_is_allowed() {
    let check = |name: &str, value: &str, allowed: &str| {
        let error = load(&[("FOLIO_DATA_DIR", "/data"), (name, value)]).expect_err(name);
        let text = error.to_string();
        assert!(
            text.contains(name) && text.contains(value) && text.contains(allowed),
            "{name}={value}: {text}"
        );
        assert!(!text.contains('\n'), "{text}");
    };
    check("FOLIO_BIND", "localhost", "127.0.0.1:3000");
    check("FOLIO_WORKER_BIND", "3001", "127.0.0.1:3000");
    check("FOLIO_STORE_URL", "postgres://x", "sqlite:PATH");
    check(
        "FOLIO_STORE_URL",
        "mongodb://",
        "mongodb://USER:PASSWORD@HOST:PORT/DATABASE",
    );
    check("FOLIO_CACHE_URL", "memcached://x", "redis+cluster://");
    check("FOLIO_CACHE_URL", "redis://localhost:x", "redis://HOST:PORT/DATABASE");
    check("FOLIO_QUEUE_URL", "amqp://x", "sqlite:PATH, redis://");
    check("FOLIO_QUEUE_URL", "redis://localhost/one", "redis://HOST:PORT/DATABASE");
    check("FOLIO_ALLOWED_HOSTS", "a b", "names or addresses");
    check("FOLIO_CORS_ORIGINS", "app.example", "https://folio.example");
    check("FOLIO_REQUESTS_PER_SECOND", "-1", "whole number");
    check("FOLIO_COINGECKO_PLAN", "gold", "demo");
    check("FOLIO_COINGECKO_PER_MINUTE", "many", "whole number");
    check("FOLIO_COINGECKO_URL", "coingecko", "https://");
    check("FOLIO_YAHOO_URL", "ftp://x", "https://");
    check("FOLIO_YAHOO_PER_MINUTE", "0", "from 1");
    check("FOLIO_FX_URL", "x", "https://");
    check("FOLIO_ECB_URL", "ecb", "https://");
    check(
        "FOLIO_STOCK_SOURCES",
        "nasdaq",
        "iex, twelvedata, yahoo and recorded:DIR",
    );
    check("FOLIO_IEX_URL", "http://feed.example.org/v1", "not https");
    check("FOLIO_IEX_PER_MINUTE", "0", "from 1");
    check("FOLIO_IEX_PER_MONTH", "0", "from 1");
    check("FOLIO_TWELVEDATA_URL", "twelvedata", "https://");
    check("FOLIO_TWELVEDATA_PER_DAY", "all", "whole number");
    check("FOLIO_COINGECKO_PER_MONTH", "-1", "whole number");
    check("FOLIO_YAHOO_PER_DAY", "1.5", "whole number");
    check("FOLIO_ASSET_SOURCES", "yahoo", "such as stock:VOD.L=twelvedata,yahoo");
    check("FOLIO_ASSET_SOURCES", "AAPL=yahoo", "is no asset");
    check("FOLIO_ASSET_SOURCES", "stock:AAPL=coingecko", "prices no stock");
    check("FOLIO_ASSET_SOURCES", "stock:AAPL=", "has no source");
    check("FOLIO_ASSET_SOURCES", "custom:house=yahoo", "no order of its own");
    check("FOLIO_ASSET_SOURCES", "stock:BRK.B=yahoo;stock:brk-b=yahoo", "twice");
    check("FOLIO_CRYPTO_SOURCES", "yahoo", "coingecko");
    check("FOLIO_PRICE_TTL", "5", "such as 5m");
    check("FOLIO_PRICE_TTL", "0s", "such as 5m");
    check("FOLIO_HISTORY_TTL", "1.5h", "such as 5m");
    check("FOLIO_JUMP_FACTOR", "1.09", "from 1.1");
    check("FOLIO_JUMP_FACTOR", "much", "from 1.1");
    check("FOLIO_CRON_DAILY", "at nine", "five fields");
    check("FOLIO_CRON_HOURLY", "* * * * * *", "five fields");
    check("FOLIO_KEEP_HOURLY", "7d", "8d or more");
    check("FOLIO_ALERT_LOSS_PERCENT", "0", "above 0");
    check("FOLIO_ALERT_LOSS_PERCENT", "101", "up to 100");
    check("FOLIO_ALERT_LOSS_PERCENT", "five", "such as 5");
    check("FOLIO_ALERT_GAIN_PERCENT", "-10", "above 0");
    check("FOLIO_ALERT_GAIN_PERCENT", "1e7", "up to 1000000");
    check("FOLIO_NOTIFY", "pager", "console, webhook, email, ntfy");
    check("FOLIO_NOTIFY", ",", "at least one");
    check("FOLIO_OUTBOUND_ALLOW", "http://mail.lan", "without scheme");
    check("FOLIO_EMAIL_FROM", "folio", "folio@example.com");
    check("FOLIO_EMAIL_TO", "me@example.com,you", "me@example.com,you@example.com");
    check("FOLIO_LOG", "info,[", "filter");
    check("FOLIO_LOG", "loud", "filter");
    check("FOLIO_COINGECKO_PLAN", "pro", "FOLIO_COINGECKO_API_KEY is not set");
    check("FOLIO_LOG_FORMAT", "xml", "json");
}

#[test]
fn a_secret_is_never_in_what_is_said() {
    let secret = "canary-secret";
    for (name, value) in [
        ("FOLIO_ADMIN_TOKEN", secret),
        // Without a plan there is no key, so it is refused.
        ("FOLIO_COINGECKO_API_KEY", secret),
        ("FOLIO_IEX_TOKEN", "canary-secret of two words"),
        ("FOLIO_TWELVEDATA_API_KEY", "canary-secret of two words"),
        ("FOLIO_WEBHOOK_URL", "canary-secret"),
        ("FOLIO_WEBHOOK_URL", "ftp://hooks.example.com/canary-secret"),
        ("FOLIO_WEBHOOK_URL", "https://hooks.example.com/canary-secret"),
        ("FOLIO_WEBHOOK_SECRET", "whsec_canary-secret"),
        ("FOLIO_SMTP_URL", "imaps://me:canary-secret@mail.example.com"),
        ("FOLIO_SMTP_URL", "smtps://me:canary-secret@mail.example.com"),
        ("FOLIO_NTFY_URL", "https://canary-secret@ntfy.sh/topic"),
        ("FOLIO_NTFY_URL", "https://ntfy.sh/canary-secret?x"),
    ] {
        let error = load(&[("FOLIO_DATA_DIR", "/data"), (name, value)]).expect_err(name);
        assert!(error.to_string().contains("FOLIO_"), "{error}");
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
    let long = "canary-secret-0123456789-0123456789-0123456789";
    let config = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_ADMIN_TOKEN", long),
        ("FOLIO_COINGECKO_API_KEY", long),
        ("FOLIO_COINGECKO_PLAN", "demo"),
        ("FOLIO_IEX_TOKEN", long),
        ("FOLIO_TWELVEDATA_API_KEY", long),
        ("FOLIO_NOTIFY", "webhook,email,ntfy"),
        ("FOLIO_WEBHOOK_URL", "https://hooks.example.com/canary-secret"),
        ("FOLIO_WEBHOOK_SECRET", "whsec_canaryCANARYcanaryCANARYcanaryCANARY"),
        ("FOLIO_SMTP_URL", "smtps://canary-user:canary-secret@mail.example.com"),
        ("FOLIO_EMAIL_FROM", "folio@example.com"),
        ("FOLIO_EMAIL_TO", "me@example.com"),
        ("FOLIO_NTFY_URL", "https://:canary-token@ntfy.sh/canary-topic"),
    ])
    .unwrap();
    assert_eq!(config.admin_token.as_ref().unwrap().expose_secret(), long);
    let shown = format!("{config:?}");
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
}

#[test]
fn every_secret_may_be_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, "0123456789-0123456789-0123456789-01\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(&[("FOLIO_DATA_DIR", "/d"), ("FOLIO_ADMIN_TOKEN_FILE", path)]).unwrap();
    assert_eq!(
        config.admin_token.unwrap().expose_secret(),
        "0123456789-0123456789-0123456789-01"
    );
    for setting in SETTINGS.iter().filter(|setting| setting.secret) {
        let name = format!("FOLIO_{}_FILE", setting.key.to_uppercase());
        let error = load(&[("FOLIO_DATA_DIR", "/d"), (&name, "/no/such/file")]).expect_err(&name);
        assert!(error.to_string().contains(&name), "{error}");
    }
    let both = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_ADMIN_TOKEN_FILE", path),
        ("FOLIO_ADMIN_TOKEN", "x"),
    ])
    .unwrap_err();
    assert!(both.to_string().contains("both set"), "{both}");
}

#[test]
fn a_token_of_digits_stays_a_text() {
    let digits = "123456789012345678901234567890123456";
    let config = load(&[("FOLIO_DATA_DIR", "/d"), ("FOLIO_ADMIN_TOKEN", digits)]).unwrap();
    assert_eq!(config.admin_token.unwrap().expose_secret(), digits);
}

#[test]
fn unknown_variables_are_one_warning() {
    let config = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_COLOUR", "red"),
        ("FOLIO_PAGER_SECRET", "canary"),
        ("FOLIO_PAGER", "on"),
    ])
    .unwrap();
    assert_eq!(config.warnings.len(), 1);
    let warning = &config.warnings[0];
    assert!(
        warning.contains("FOLIO_COLOUR") && warning.contains("FOLIO_PAGER_SECRET") && warning.contains("FOLIO_PAGER,"),
        "{warning}"
    );
    assert!(!warning.contains("canary"));
}

#[test]
fn stocks_are_priced_by_what_is_configured() {
    use SourceChoice::{Iex, TwelveData, Yahoo};
    let iex = ("FOLIO_IEX_URL", "https://feed.example.org/v1");
    let twelvedata = ("FOLIO_TWELVEDATA_API_KEY", "invented");
    let check = |pairs: &[(&str, &str)], expected: &[SourceChoice], warnings: usize| {
        let config = load(&[&[("FOLIO_DATA_DIR", "/d")][..], pairs].concat()).unwrap();
        assert_eq!(config.stock_sources, expected, "{pairs:?}");
        assert_eq!(config.warnings.len(), warnings, "{:?}", config.warnings);
    };
    check(&[], &[Yahoo], 0);
    check(&[iex], &[Iex, Yahoo], 0);
    check(&[twelvedata], &[TwelveData, Yahoo], 0);
    check(&[twelvedata, iex], &[Iex, TwelveData, Yahoo], 0);
    check(&[iex, ("FOLIO_STOCK_SOURCES", "yahoo,iex,yahoo")], &[Yahoo, Iex], 0);
    check(&[("FOLIO_STOCK_SOURCES", "twelvedata,iex")], &[], 2);
    check(&[("FOLIO_IEX_TOKEN", "invented")], &[Yahoo], 1);
}

#[test]
fn limits_of_days_and_months_reach_the_budgets() {
    let config = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_COINGECKO_PLAN", "demo"),
        ("FOLIO_COINGECKO_API_KEY", "invented"),
        ("FOLIO_COINGECKO_PER_DAY", "300"),
        ("FOLIO_IEX_PER_MONTH", "50000"),
        ("FOLIO_YAHOO_PER_DAY", "2000"),
        ("FOLIO_TWELVEDATA_PER_MINUTE", "55"),
    ])
    .unwrap();
    let limits = [
        config.coingecko.budget(),
        config.iex.budget(),
        config.yahoo.budget(),
        config.twelvedata.budget(),
    ];
    assert_eq!(
        limits.map(|limit| (limit.per_minute, limit.per_day, limit.per_month)),
        [
            (30, Some(300), Some(10_000)),
            (60, None, Some(50_000)),
            (60, Some(2000), None),
            (55, None, None)
        ]
    );
}

#[test]
fn single_assets_have_an_order_of_their_own() {
    let orders = |pairs: &[(&str, &str)]| {
        let config = load(&[&[("FOLIO_DATA_DIR", "/d")][..], pairs].concat()).unwrap();
        let orders = config.asset_sources.iter().map(|(asset, order)| {
            let order: Vec<_> = order.iter().map(|source| source.as_str()).collect();
            format!("{asset}={}", order.join(","))
        });
        (orders.collect::<Vec<_>>().join(";"), config.warnings.len())
    };
    let key = ("FOLIO_TWELVEDATA_API_KEY", "invented");
    let setting = "FOLIO_ASSET_SOURCES";
    assert_eq!(
        orders(&[
            key,
            (setting, " stock:vod.l = yahoo, twelvedata ; crypto:Bitcoin=coingecko;")
        ]),
        ("stock:VOD.L=yahoo,twelvedata;crypto:bitcoin=coingecko".to_owned(), 0)
    );
    assert_eq!(
        orders(&[(setting, "stock:EURUSD=X=yahoo;stock:BRK.B=yahoo")]),
        ("stock:EURUSD=X=yahoo;stock:BRK-B=yahoo".to_owned(), 0)
    );
    // Without a key there is no such source.
    assert_eq!(
        orders(&[(setting, "stock:AAPL=twelvedata,yahoo;stock:MSFT=twelvedata")]),
        ("stock:AAPL=yahoo".to_owned(), 2)
    );
    assert_eq!(orders(&[]), (String::new(), 0));
}

#[test]
fn recorded_sources_name_a_directory() {
    let config = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_STOCK_SOURCES", "iex, recorded:/prices ,yahoo"),
    ])
    .unwrap();
    assert_eq!(
        config.stock_sources,
        [SourceChoice::Recorded("/prices".into()), SourceChoice::Yahoo]
    );
}

const WEBHOOK: [(&str, &str); 2] = [
    ("FOLIO_WEBHOOK_URL", "https://hooks.example.com/folio"),
    (
        "FOLIO_WEBHOOK_SECRET",
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ),
];
const EMAIL: [(&str, &str); 3] = [
    ("FOLIO_SMTP_URL", "smtps://mail.example.com"),
    ("FOLIO_EMAIL_FROM", "folio <folio@example.com>"),
    ("FOLIO_EMAIL_TO", "me@example.com, you@example.com"),
];
const NTFY: [(&str, &str); 1] = [("FOLIO_NTFY_URL", "https://ntfy.sh/invented")];

#[test]
fn channels_are_those_that_are_configured() {
    let check = |parts: &[&[(&str, &str)]], defaults: &[&str], there: &[&str]| {
        let config = load(&[&[("FOLIO_DATA_DIR", "/d")][..], &parts.concat()].concat()).unwrap();
        let channels = &config.channels;
        assert_eq!(channels.defaults, defaults, "{parts:?}");
        let configured = CHANNELS
            .into_iter()
            .filter(|channel| channels.missing(channel).is_none());
        assert_eq!(configured.collect::<Vec<_>>(), there, "{parts:?}");
    };
    check(&[], &["console"], &["console"]);
    check(&[&WEBHOOK], &["console"], &["console", "webhook"]);
    check(
        &[&WEBHOOK, &EMAIL, &NTFY, &[("FOLIO_NOTIFY", "ntfy, email,ntfy")]],
        &["ntfy", "email"],
        &CHANNELS,
    );
    let lax = load(&[("FOLIO_DATA_DIR", "/d")]).unwrap();
    let strict = load(&[
        ("FOLIO_DATA_DIR", "/d"),
        ("FOLIO_ALERT_LOSS_PERCENT", "2.5"),
        ("FOLIO_ALERT_GAIN_PERCENT", "150"),
    ])
    .unwrap();
    let shown = [lax, strict].map(|config| {
        let AlertDefaults {
            loss_percent,
            gain_percent,
        } = config.alert_defaults;
        format!("{loss_percent} {gain_percent}")
    });
    assert_eq!(shown, ["5 10", "2.5 150"]);
}

#[test]
fn a_channel_without_its_settings_stops_the_start() {
    let check = |parts: &[&[(&str, &str)]], says: &[&str]| {
        let error = load(&[&[("FOLIO_DATA_DIR", "/d")][..], &parts.concat()].concat()).unwrap_err();
        let text = error.to_string();
        assert!(!text.contains('\n'), "{text}");
        for says in says {
            assert!(text.contains(says), "{says}: {text}");
        }
    };
    check(
        &[&[("FOLIO_NOTIFY", "console,webhook")]],
        &[
            "FOLIO_NOTIFY names webhook",
            "FOLIO_WEBHOOK_URL and FOLIO_WEBHOOK_SECRET",
        ],
    );
    check(
        &[&[("FOLIO_NOTIFY", "email")]],
        &["FOLIO_SMTP_URL, FOLIO_EMAIL_FROM and FOLIO_EMAIL_TO"],
    );
    check(&[&[("FOLIO_NOTIFY", "ntfy")]], &["needs FOLIO_NTFY_URL"]);
    check(
        &[&WEBHOOK[..1]],
        &["FOLIO_WEBHOOK_SECRET is not set, and FOLIO_WEBHOOK_URL is"],
    );
    check(
        &[&WEBHOOK[1..], &[("FOLIO_NOTIFY", "webhook")]],
        &["FOLIO_WEBHOOK_URL is not set, and FOLIO_WEBHOOK_SECRET is"],
    );
    check(&[&EMAIL[..2]], &["FOLIO_EMAIL_TO is not set, and FOLIO_SMTP_URL is"]);
    check(&[&EMAIL[1..]], &["FOLIO_SMTP_URL is not set"]);
}

#[test]
fn what_may_not_be_reached_is_said_at_the_start() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let start = |pairs: &[(&str, &str)]| {
        let settings = [("FOLIO_DATA_DIR", "/d"), ("FOLIO_STORE_URL", "memory:")];
        let config = load(&[&settings[..], pairs].concat()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
        let opened = runtime
            .block_on(wiring::open_store(&config, &clock, wiring::Opening::Tool))
            .unwrap();
        let tracker = wiring::tracker(&config, &opened, None, &clock)?;
        Ok::<_, folio_core::Error>(tracker.channels().names().collect::<Vec<_>>().join(" "))
    };
    let check = |pairs: &[(&str, &str)], variable: &str| {
        let error = start(pairs).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(variable) && text.contains("FOLIO_OUTBOUND_ALLOW"),
            "{text}"
        );
        assert!(!text.contains("canary"), "{text}");
        let allowed = [&[("FOLIO_OUTBOUND_ALLOW", "127.0.0.0/8,mail.lan")][..], pairs].concat();
        assert!(start(&allowed).is_ok(), "{variable}");
    };
    let webhook = |url: &'static str| [("FOLIO_WEBHOOK_URL", url), WEBHOOK[1]];
    check(&webhook("http://127.0.0.1/canary"), "FOLIO_WEBHOOK_URL");
    check(&webhook("https://127.0.0.1:8443/canary"), "FOLIO_WEBHOOK_URL");
    check(&[("FOLIO_NTFY_URL", "http://127.0.0.1/canary")], "FOLIO_NTFY_URL");
    check(
        &[("FOLIO_SMTP_URL", "smtp://me:canary@mail.lan:25"), EMAIL[1], EMAIL[2]],
        "FOLIO_SMTP_URL",
    );
    assert_eq!(start(&[]).unwrap(), "console");
    assert_eq!(
        start(&[&WEBHOOK[..], &EMAIL, &NTFY].concat()).unwrap(),
        "console email ntfy webhook"
    );
}

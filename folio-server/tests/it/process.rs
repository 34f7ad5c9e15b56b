//! The server as a process: started, killed, started again, asked to stop.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::command_line::folio;
use crate::support::without_names;

/// A running server; killed at the end.
pub(crate) struct Process {
    child: Child,
    url: String,
    token: String,
    log: Arc<Mutex<String>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a server and waits until it listens.
    pub(crate) fn start(directory: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = folio(directory);
        command
            .args(["serve", "--log-format", "json"])
            .env("FOLIO_BIND", "127.0.0.1:0");
        change(&mut command);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("the server ended: {}", log.lock().unwrap()))
                .unwrap();
            log.lock().unwrap().push_str(&format!("{line}\n"));
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["message"] == "folio is listening" {
                break entry["address"].as_str().unwrap().to_owned();
            }
        };
        let rest = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                rest.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let given = command.get_envs().find(|(name, _)| *name == "FOLIO_ADMIN_TOKEN");
        let token = match given.and_then(|(_, value)| value) {
            Some(token) => token.to_str().unwrap().to_owned(),
            None => std::fs::read_to_string(directory.join("data/admin-token")).unwrap_or_default(),
        };
        Self {
            child,
            url: format!("http://{address}"),
            token: token.trim().to_owned(),
            log,
        }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let client = reqwest::Client::new();
        let mut request = client
            .request(method.parse().unwrap(), format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its administrator's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Ends the server as a crash does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Reads what cannot be read: the status, `Retry-After`, and the problem.
    pub(crate) async fn refused(&self, path: &str) -> (u16, String, Value) {
        let request = reqwest::Client::new()
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        assert_eq!(header("content-type"), "application/problem+json");
        let (status, retry_after) = (response.status().as_u16(), header("retry-after"));
        let text = response.text().await.unwrap();
        (status, retry_after, serde_json::from_str(&text).unwrap())
    }

    /// Asks until the answer is what is waited for; that answer.
    pub(crate) async fn wait_for(&self, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..600 {
            let (_, answer) = self.call("GET", path, None).await;
            if is_wanted(&answer) {
                return answer;
            }
            last = answer;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} still answers {last}: {}", self.log.lock().unwrap())
    }

    /// Asks the server to stop, and waits for its end.
    pub(crate) fn stop(&mut self) {
        self.signal("TERM");
        assert_eq!(self.ended(), Some(0), "{}", self.log.lock().unwrap());
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    fn ended(&mut self) -> Option<i32> {
        for _ in 0..300 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the server did not end: {}", self.log.lock().unwrap())
    }
}

/// Makes a store look as if a later folio had written it.
pub(crate) async fn pretend_newer(file: &Path) {
    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99999999999999, 'later', 1, x'00', 0)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Process::start(dir.path(), |_| {});
    let (status, made) = server
        .call(
            "POST",
            "/api/v1/portfolios",
            Some(json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}]})),
        )
        .await;
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/portfolios/{}", made["id"].as_str().unwrap());
    let (status, job) = server.call("POST", &format!("{path}/valuations"), None).await;
    assert_eq!(status, 202, "{job}");
    let mut latest = (404, Value::Null);
    for _ in 0..300 {
        latest = server.call("GET", &format!("{path}/valuations/latest"), None).await;
        if latest.0 == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(latest.0, 200, "{} {}", latest.1, server.log.lock().unwrap());
    server.kill();

    let again = Process::start(dir.path(), |_| {});
    assert_eq!(again.token, server.token, "the token file is kept");
    let (status, kept) = again.call("GET", &path, None).await;
    assert_eq!((status, without_names(kept)), (200, without_names(made)));
    let (status, kept) = again.call("GET", &format!("{path}/valuations/latest"), None).await;
    assert_eq!(
        (status, &kept["id"], &kept["total_value"]),
        (200, &latest.1["id"], &json!("60000"))
    );
}

#[tokio::test]
async fn a_signal_ends_a_server_in_order() {
    let dir = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"] {
        let mut server = Process::start(dir.path(), |_| {});
        assert_eq!(server.call("GET", "/health", None).await.0, 200);
        server.signal(signal);
        assert_eq!(server.ended(), Some(0), "{}", server.log.lock().unwrap());
    }
}

#[tokio::test]
async fn a_second_server_on_the_port_says_so_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::start(dir.path(), |_| {});
    let address = server.url.trim_start_matches("http://").to_owned();
    let output = folio(dir.path())
        .arg("serve")
        .env("FOLIO_BIND", &address)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.contains(&address) && error.contains("in use") && error.contains("FOLIO_BIND"),
        "{error}"
    );
}

#[test]
fn a_damaged_store_stops_the_start_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("data")).unwrap();
    std::fs::write(
        dir.path().join("data/folio.db"),
        "no database at all, but long enough to be one. ".repeat(200),
    )
    .unwrap();
    let output = folio(dir.path())
        .arg("serve")
        .env("FOLIO_BIND", "127.0.0.1:0")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.lines().last().unwrap().starts_with("folio: ") && error.contains("folio.db"),
        "{error}"
    );
}

/// A vendor that answers every call with 403 and its key; what it was asked is kept.
async fn scold(key: &'static str) -> (SocketAddr, Arc<Mutex<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).await.unwrap_or_default();
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&head[..read]));
            let body = format!(
                r#"{{"code":401,"status":"error","message":"the key {key} is wrong","error":"the key {key} is wrong"}}"#
            );
            let answer = format!(
                "HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, asked)
}

#[tokio::test]
async fn no_secret_is_in_the_log_whatever_is_logged() {
    let dir = tempfile::tempdir().unwrap();
    let (admin, key) = ("canary-admin-0123456789-0123456789-0123", "canary-coingecko-key");
    // Vendors that repeat a key in what they say of it.
    let (iex_token, iex) = ("canary-iex-token", scold("canary-iex-token").await);
    let (twelvedata_key, twelvedata) = ("canary-twelvedata-key", scold("canary-twelvedata-key").await);
    // Receivers of notifications that do the same. The address of a webhook is as good as a password.
    let (hook_path, hook) = ("canary-webhook-path", scold("canary-webhook-path").await);
    let (topic, ntfy) = ("canary-topic", scold("canary-topic").await);
    let (mail_password, hook_secret) = ("canary-mail-password", "whsec_canarycanarycanarycanarycanarycanary");
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("twelvedata");
    std::fs::write(&file, format!("{twelvedata_key}\n")).unwrap();
    let mut server = Process::start(dir.path(), |command| {
        command
            .env("FOLIO_LOG", "trace")
            .env("FOLIO_ADMIN_TOKEN", admin)
            .env("FOLIO_COINGECKO_API_KEY", key);
        command
            .env("FOLIO_COINGECKO_PLAN", "demo")
            .env("FOLIO_COINGECKO_URL", "http://127.0.0.1:9/api/v3");
        command.env("FOLIO_CRYPTO_SOURCES", "coingecko");
        command
            .env("FOLIO_IEX_URL", format!("http://{}/v1", iex.0))
            .env("FOLIO_IEX_TOKEN", iex_token)
            .env("FOLIO_TWELVEDATA_URL", format!("http://{}", twelvedata.0))
            .env("FOLIO_TWELVEDATA_API_KEY_FILE", &file)
            .env("FOLIO_STOCK_SOURCES", "iex,twelvedata")
            .env("FOLIO_FX_URL", "http://127.0.0.1:9/v2");
        command
            .env("FOLIO_OUTBOUND_ALLOW", "127.0.0.1")
            .env("FOLIO_NOTIFY", "console,webhook,email,ntfy")
            .env("FOLIO_WEBHOOK_URL", format!("http://{}/{hook_path}", hook.0))
            .env("FOLIO_WEBHOOK_SECRET", hook_secret)
            .env("FOLIO_SMTP_URL", format!("smtp://me:{mail_password}@127.0.0.1:9"))
            .env("FOLIO_EMAIL_FROM", "folio@example.com")
            .env("FOLIO_EMAIL_TO", "me@example.com")
            .env(
                "FOLIO_NTFY_URL",
                format!("http://:canary-ntfy-token@{}/{topic}", ntfy.0),
            );
    });
    server.token = admin.to_owned();
    let (status, made) = server
        .call("POST", "/api/v1/tokens", Some(json!({"name": "canary"})))
        .await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().unwrap().to_owned();
    server.token.clone_from(&secret);
    assert_eq!(
        server
            .call("POST", "/api/v1/session", Some(json!({"token": secret})))
            .await
            .0,
        204
    );
    assert_eq!(server.call("GET", "/api/v1/prices/crypto/bitcoin", None).await.0, 503);
    let refused = server.call("GET", "/api/v1/prices/stock/AAPL", None).await;
    assert_eq!(refused.0, 503, "{}", refused.1);
    let sources = server.call("GET", "/api/v1/sources", None).await.1;
    let shown = format!("{} {sources}", refused.1);
    for (asked, secret, name) in [
        (&iex.1, iex_token, "iex"),
        (&twelvedata.1, twelvedata_key, "twelvedata"),
    ] {
        let asked = asked.lock().unwrap().clone();
        assert!(asked.contains(secret), "{name} was not sent its key: {asked}");
        assert!(shown.contains(name) && !shown.contains(secret), "{shown}");
    }
    let mut told = String::new();
    for channel in ["webhook", "email", "ntfy"] {
        let (status, sample) = server
            .call("POST", &format!("/api/v1/channels/{channel}/test"), None)
            .await;
        assert_eq!(json!([status, sample["state"]]), json!([200, "failed"]), "{sample}");
        told += &sample.to_string();
    }
    told += &server.call("GET", "/api/v1/channels", None).await.1.to_string();
    assert!(told.contains("403") && !told.contains("canary"), "{told}");
    for (asked, secret) in [(&hook.1, hook_path), (&ntfy.1, "canary-ntfy-token"), (&ntfy.1, topic)] {
        assert!(asked.lock().unwrap().contains(secret), "{secret} was not sent");
    }
    server.call("GET", &format!("/?token={admin}"), None).await;
    server.token = "canary-wrong-token".to_owned();
    assert_eq!(server.call("GET", "/api/v1/portfolios", None).await.0, 401);
    server.signal("TERM");
    server.ended();
    let log = server.log.lock().unwrap().clone();
    assert!(log.lines().count() > 20, "at TRACE there is much: {log}");
    assert!(
        log.contains("the key *** is wrong"),
        "what the vendors say is logged: {log}"
    );
    let of_channels = [hook_path, topic, mail_password, "canary-ntfy-token", "canarycanary"];
    let of_others = [admin, key, iex_token, twelvedata_key, &secret, "canary-wrong-token"];
    for canary in of_channels.into_iter().chain(of_others) {
        assert!(
            !log.contains(canary),
            "{}",
            log.lines().find(|line| line.contains(canary)).unwrap_or_default()
        );
    }
}

#[tokio::test]
async fn a_worker_shows_its_health_on_a_port_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut command = folio(dir.path());
    command
        .args(["serve", "--role", "worker"])
        .env("FOLIO_WORKER_BIND", free.to_string());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let worker = Process {
        child,
        url: format!("http://{free}"),
        token: String::new(),
        log: Arc::default(),
    };
    let client = reqwest::Client::new();
    let mut ready = None;
    for _ in 0..200 {
        if let Ok(response) = client.get(format!("{}/ready", worker.url)).send().await {
            ready = Some((response.status().as_u16(), response.text().await.unwrap()));
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (status, text) = ready.unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("store: ok") && text.contains("queue: ok"), "{text}");
    assert_eq!(
        worker.call("GET", "/metrics", None).await.0,
        200,
        "open on the worker's port"
    );
    assert_eq!(worker.call("GET", "/api/v1/portfolios", None).await.0, 404);
}

#[tokio::test]
async fn the_demonstration_runs_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_folio"));
    command
        .current_dir(dir.path())
        .args(["demo", "--json"])
        .env("TMPDIR", dir.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut text = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        text.push_str(&line.unwrap());
        if text.ends_with('}') {
            break;
        }
    }
    let printed: Value = serde_json::from_str(&text).unwrap();
    let url = printed["url"].as_str().unwrap().trim_end_matches('/').to_owned();
    let mut demo = Process {
        child,
        url,
        token: printed["token"].as_str().unwrap().to_owned(),
        log: Arc::default(),
    };
    let (status, list) = demo.call("GET", "/api/v1/portfolios", None).await;
    assert_eq!(status, 200, "{list}");
    let portfolios = list["items"].as_array().unwrap();
    assert_eq!(portfolios.len(), 3);
    let mut states = Vec::new();
    for portfolio in portfolios {
        let path = format!("/api/v1/portfolios/{}", portfolio["id"].as_str().unwrap());
        assert!(portfolio["latest_valuation"]["total_value"].is_string(), "{portfolio}");
        // A change is told only where everything is priced at both ends.
        let is_whole = portfolio["name"] != "Experiments";
        for span in ["24h", "7d", "30d"] {
            let change = &portfolio["latest_valuation"]["changes"][span];
            assert_eq!(change.is_object(), is_whole, "{span}: {portfolio}");
        }
        let (_, history) = demo.call("GET", &format!("{path}/valuations?limit=200"), None).await;
        assert!(
            history["items"].as_array().unwrap().len() >= 89,
            "{}",
            history["items"].as_array().unwrap().len()
        );
        let (_, value) = demo.call("GET", &format!("{path}/valuation"), None).await;
        states.extend(value["holdings"].as_array().unwrap().iter().map(|row| {
            format!(
                "{} {}",
                row["asset"].as_str().unwrap(),
                row["pricing"]["state"].as_str().unwrap()
            )
        }));
    }
    assert!(states.contains(&"stock:ALPN.SW carried".to_owned()), "{states:?}");
    assert!(states.contains(&"crypto:moonpaper unpriced".to_owned()), "{states:?}");
    assert_eq!(
        states.iter().filter(|state| state.ends_with(" priced")).count(),
        states.len() - 2,
        "{states:?}"
    );
    demo.signal("TERM");
    assert_eq!(demo.ended(), Some(0));
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn without_room_for_writes_it_answers_and_is_not_ready() {
    let directory = tempfile::tempdir().unwrap();
    let server = Process::start(directory.path(), |command| {
        // A write beyond the largest size of a file is then an error and no signal.
        let mut patient = Command::new("env");
        patient.args(["--ignore-signal=XFSZ", "--"]);
        patient.arg(command.get_program()).args(command.get_args());
        patient.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        patient.current_dir(directory.path());
        *command = patient;
    });
    let largest_file = |size: &str| {
        let pid = server.child.id().to_string();
        let limited = Command::new("prlimit")
            .args(["--pid", &pid, &format!("--fsize={size}")])
            .status();
        assert!(limited.unwrap().success());
    };
    let core = json!({"name": "Core", "base_currency": "USD"});
    assert_eq!(
        server.call("POST", "/api/v1/portfolios", Some(core.clone())).await.0,
        201
    );
    largest_file("4096:unlimited");
    let says = |text: &'static str| move |answer: &Value| answer.as_str().is_some_and(|answer| answer.contains(text));
    server
        .wait_for("/ready", says("store: not ready (it answers and takes no writes"))
        .await;
    assert_eq!(server.call("GET", "/ready", None).await.0, 503);
    assert_eq!(
        server.call("POST", "/api/v1/portfolios", Some(core.clone())).await.0,
        503
    );
    let (status, listed) = server.call("GET", "/api/v1/portfolios", None).await;
    assert_eq!((status, listed["items"].as_array().unwrap().len()), (200, 1));
    largest_file("unlimited:unlimited");
    server.wait_for("/ready", says("store: ok")).await;
    assert_eq!(server.call("POST", "/api/v1/portfolios", Some(core)).await.0, 201);
}

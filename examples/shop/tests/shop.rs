//! The shop as a real process over real sockets: what it answers, how it fails, how it stops.
//!
//! Invariant: every process started here is ended here, also when a test fails; ports are free ones. Deliberately not
//! here: speeds.

#![allow(clippy::unwrap_used, reason = "clippy's exemption for tests does not reach their helpers")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

struct Shop {
    child: Child,
    lines: BufReader<ChildStdout>,
    url: String,
    _folder: TempDir,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Shop {
    fn start(role: &str, behaviour: &Value, api_url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("behaviour.json"), behaviour.to_string()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_shop"))
            .arg(role)
            .current_dir(folder.path())
            .env("PORT", "0")
            .env("API_URL", api_url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let start = next_line(&mut lines);
        let (_, rest) = start.split_once("listening on ").unwrap();
        let url = rest.split(',').next().unwrap().to_owned();
        Self { child, lines, url, _folder: folder }
    }

    async fn started(role: &str, behaviour: Value, api_url: &str) -> Self {
        let shop = Self::start(role, &behaviour, api_url);
        shop.wait_for_health(|status, _| status == 200).await;
        shop
    }

    async fn get(&self, path: &str) -> Response {
        Client::new().get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    async fn wait_for_health(&self, fits: impl Fn(u16, &Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get("/healthz").await;
            let (status, body) = (answer.status().as_u16(), answer.json().await.unwrap());
            if fits(status, &body) {
                return;
            }
            assert!(Instant::now() < deadline, "health stayed {status} {body}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn tell(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    async fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn next_line(lines: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line
}

fn healthy(version: &str) -> Value {
    json!({"version": version, "latency_ms_median": 1, "latency_ms_p99": 2, "warm_up_ms": 0})
}

fn version_of(answer: &Response) -> String {
    answer.headers()["x-shop-version"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_api_sells_products() {
    let api = Shop::started("api", healthy("1.0.0"), "").await;
    let products: Value = api.get("/products").await.json().await.unwrap();
    assert_eq!(products.as_array().unwrap().len(), 8);
    let lantern: Value = api.get("/products/5").await.json().await.unwrap();
    assert_eq!(lantern, json!({"id": 5, "name": "Storm lantern", "price_cents": 4500}));
    let version: Value = api.get("/version").await.json().await.unwrap();
    assert_eq!(version, json!({"service": "api", "version": "1.0.0"}));
}

#[tokio::test]
async fn the_api_takes_orders_and_refuses_wrong_ones() {
    let api = Shop::started("api", healthy("1.0.0"), "").await;
    let order = |body: Value| Client::new().post(format!("{}/orders", api.url)).json(&body).send();
    let taken = order(json!({"product": 2, "quantity": 3})).await.unwrap();
    assert_eq!(taken.status(), 201);
    let body: Value = taken.json().await.unwrap();
    assert_eq!(body, json!({"id": 1, "product": 2, "quantity": 3, "total_cents": 3870}));
    for wrong in
        [json!({"product": 99, "quantity": 1}), json!({"product": 1, "quantity": 0}), json!({"product": 1})]
    {
        assert_eq!(order(wrong.clone()).await.unwrap().status(), 422, "{wrong}");
    }
    let large = json!({"product": 1, "quantity": 1, "note": "x".repeat(20_000)});
    assert_eq!(order(large).await.unwrap().status(), 413);
}

#[tokio::test]
async fn every_answer_carries_the_version() {
    let api = Shop::started("api", healthy("2.1.0-rc.1"), "").await;
    for (path, status) in [
        ("/products", 200),
        ("/products/99", 404),
        ("/products/x", 400),
        ("/nowhere", 404),
        ("/healthz", 200),
        ("/version", 200),
        ("/orders", 405),
    ] {
        let answer = api.get(path).await;
        assert_eq!(
            (answer.status().as_u16(), version_of(&answer).as_str()),
            (status, "2.1.0-rc.1"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_failing_version_fails_and_says_so() {
    let mut behaviour = healthy("1.2.0");
    behaviour["fail_share"] = json!(1.0);
    let mut api = Shop::started("api", behaviour, "").await;
    let answer = api.get("/products").await;
    assert_eq!((answer.status().as_u16(), version_of(&answer).as_str()), (500, "1.2.0"));
    let line = next_line(&mut api.lines);
    assert!(line.starts_with("shop api 1.2.0 failed GET /products with 500 after "), "{line}");
    assert!(line.trim_end().ends_with(" ms: the till is jammed"), "{line}");
    assert_eq!(api.get("/healthz").await.status(), 200, "its health does not show it");
}

#[tokio::test]
async fn nothing_is_served_before_the_warm_up_is_over() {
    let mut behaviour = healthy("1.0.0");
    behaviour["warm_up_ms"] = json!(3_600_000);
    let api = Shop::start("api", &behaviour, "");
    let health = api.get("/healthz").await;
    assert_eq!((health.status().as_u16(), version_of(&health).as_str()), (503, "1.0.0"));
    assert_eq!(api.get("/products").await.status(), 503);
    assert_eq!(api.get("/version").await.status(), 200);
}

#[tokio::test]
async fn the_web_page_lists_what_the_api_sells() {
    let api = Shop::started("api", healthy("1.0.0"), "").await;
    let web = Shop::started("web", healthy("1.1.0"), &format!("{}/", api.url)).await;
    let answer = web.get("/").await;
    assert_eq!((answer.status().as_u16(), version_of(&answer).as_str()), (200, "1.1.0"));
    let page = answer.text().await.unwrap();
    assert_eq!(page.matches("<li>").count(), 8, "{page}");
    assert!(page.contains("Storm lantern: 45.00 €") && page.contains("web 1.1.0, api 1.0.0"), "{page}");
}

#[tokio::test]
async fn the_web_page_fails_when_the_api_does() {
    let mut behaviour = healthy("1.2.0");
    behaviour["fail_share"] = json!(1.0);
    let mut api = Shop::started("api", behaviour, "").await;
    let mut web = Shop::started("web", healthy("1.0.0"), &api.url).await;
    assert_eq!(web.get("/").await.status(), 502);
    assert!(next_line(&mut web.lines).ends_with("the api answered 500\n"));
    api.child.kill().unwrap();
    api.exit_code().await;
    assert_eq!(web.get("/").await.status(), 502);
    let line = next_line(&mut web.lines);
    assert!(line.contains("failed GET / with 502") && line.contains("the api did not answer"), "{line}");
}

#[tokio::test]
async fn a_request_under_way_is_answered_after_sigterm() {
    let behaviour =
        json!({"version": "1.0.0", "latency_ms_median": 1500, "latency_ms_p99": 1500, "warm_up_ms": 0});
    let mut api = Shop::started("api", behaviour, "").await;
    let under_way = tokio::spawn(Client::new().get(format!("{}/products", api.url)).send());
    api.wait_for_health(|_, body| body["in_flight"] == 1).await;
    api.tell(rustix::process::Signal::TERM);
    assert!(next_line(&mut api.lines).contains("stopping"));
    let address = api.url.trim_start_matches("http://").to_owned();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "it still accepts connections");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap().as_array().unwrap().len(), 8);
    assert_eq!(api.exit_code().await, Some(0));
    assert!(next_line(&mut api.lines).ends_with("stopped\n"));
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_the_stop_up() {
    let mut api = Shop::started("api", healthy("1.0.0"), "").await;
    let client = Client::new();
    client.get(format!("{}/version", api.url)).send().await.unwrap().bytes().await.unwrap();
    api.tell(rustix::process::Signal::TERM);
    assert_eq!(api.exit_code().await, Some(0));
    drop(client);
}

fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("good.json"), healthy("1.0.0").to_string()).unwrap();
    std::fs::write(folder.path().join("bad.json"), r#"{"version": "1.0.0", "fail_share": 7}"#).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    command.args(arguments).current_dir(folder.path()).env_remove("API_URL").env("PORT", "0");
    let output = command.envs(environment.iter().copied()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_wrong_start_says_what_is_missing() {
    let in_use = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = in_use.local_addr().unwrap().port().to_string();
    for (arguments, environment, code, words) in [
        (&["shop"][..], ("A", ""), 2, "Usage: shop <api|web>"),
        (&["api"][..], ("A", ""), 2, "there is no behaviour.json here"),
        (&["api", "--behaviour", "none.json"][..], ("A", ""), 2, "none.json: No such file"),
        (&["api", "--behaviour", "bad.json"][..], ("A", ""), 2, "bad.json: fail_share is 7"),
        (&["api", "--behaviour", "good.json"][..], ("PORT", "x"), 2, "PORT is `x`"),
        (&["web", "--behaviour", "good.json"][..], ("A", ""), 2, "web needs API_URL"),
        (&["api", "--behaviour", "good.json"][..], ("PORT", port.as_str()), 1, "cannot listen on 127.0.0.1:"),
    ] {
        let (ended_with, complaint) = refused(arguments, &[environment]);
        assert_eq!(ended_with, Some(code), "{arguments:?}: {complaint}");
        assert!(complaint.contains(words), "{arguments:?}: {complaint}");
    }
}

//! What is no route of the API: the web interface, whether or not the program was built with it.
//!
//! Invariant: what is asked here holds for both; the files are `tidegate-web`'s own tests. Under `/api` only the API answers.

use std::collections::BTreeSet;

use crate::people::Answered;
use crate::support::World;

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

#[track_caller]
fn is_page(answer: &Answered) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_browser_is_given_the_page_wherever_it_goes_and_a_program_a_problem() {
    let world = World::start().await;
    for path in [
        "/",
        "/setup",
        "/releases/1.2.0",
        "/projects/bank/releases/1.0.0+1.x",
        "/rollouts/rol_0123456789abcdef?at=5",
        "/apidocs",
        "/..%2f..%2fetc/passwd",
        "/metrics2",
    ] {
        is_page(&world.ask("GET", path, &[BROWSER], None).await);
    }
    is_page(&world.ask("GET", "/", &[], None).await);
    for (path, accept) in [
        ("/releases", "application/json"),
        ("/releases/1.2.0", "*/*"),
        ("/api/v1/nothing", BROWSER.1),
        ("/api/nothing", BROWSER.1),
        ("/api", BROWSER.1),
        ("/api/", BROWSER.1),
        ("/assets/nothing.js", BROWSER.1),
        ("/assets/..%2findex.html", BROWSER.1),
    ] {
        let answer = world.ask("GET", path, &[("accept", accept)], None).await;
        answer.is(404, "unknown-route");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
    }
    let metrics = world.ask("GET", "/metrics", &[BROWSER], None).await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("text/plain"), "{metrics:?}");
    // Nothing is sent to a page.
    for (method, path) in [("POST", "/"), ("PUT", "/releases"), ("DELETE", "/index.html"), ("OPTIONS", "/")] {
        world.ask(method, path, &[BROWSER], None).await.is(404, "unknown-route");
    }
}

#[tokio::test]
async fn each_page_has_a_number_of_its_own_and_only_its_head_is_asked_for_by_head() {
    let world = World::start().await;
    let client = reqwest::Client::new();
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let answer = client.get(&world.server.url).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert_eq!(nonce.len(), 24, "128 bits: {nonce}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers()[name], value);
        }
        assert!(answer.headers().contains_key("x-request-id"));
        let length = answer.headers()["content-length"].clone();
        let text = answer.text().await.unwrap();
        assert!(text.contains(nonce) && !text.contains("__NONCE__"), "{text}");
        assert!(seen.insert(nonce.to_owned()), "{nonce} came twice");
        let head = client.head(&world.server.url).send().await.unwrap();
        assert_eq!(head.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(head.headers()["content-length"], length);
        assert_eq!(head.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn a_page_of_another_name_or_site_is_given_nothing() {
    let world = World::start().await;
    // A name that somebody let point here.
    let rebound = [BROWSER, ("host", "rebound.example")];
    world.ask("GET", "/", &rebound, None).await.is(421, "host-not-loopback");
    world.ask("GET", "/assets/app.js", &rebound, None).await.is(421, "host-not-loopback");
    let foreign = [BROWSER, ("origin", "https://evil.example")];
    world.ask("GET", "/", &foreign, None).await.is(403, "cross-site");
}

#[tokio::test]
async fn a_link_elsewhere_leads_to_a_page_and_to_nothing_else() {
    let world = World::start_with(|options| {
        options.behind_tls_proxy = true;
        options.require_login = true;
    })
    .await;
    let (cross, goes) = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"));
    let host = ("host", "releases.example.com");
    // In a message, say; the page is the same for everybody, and asks for what it shows itself.
    is_page(&world.ask("GET", "/releases/1.2.0", &[BROWSER, host, cross, goes], None).await);
    let asks = [BROWSER, host, cross, ("sec-fetch-mode", "cors")];
    world.ask("GET", "/releases/1.2.0", &asks, None).await.is(403, "cross-site");
    let to_api = [BROWSER, host, cross, goes];
    world.ask("GET", "/api/v1/releases", &to_api, None).await.is(403, "cross-site");
    world.ask("POST", "/releases", &to_api, None).await.is(403, "cross-site");
}

//! What is too much is refused, and costs little.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use tidegate_client::api::{IssueTokenRequest, PersonKind, Role};
use tidegate_server::Paces;

use crate::people::grant;
use crate::support::{World, key, until};

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_or_without_its_length() {
    let world = World::start().await;
    let (status, problem) = world.raw("POST", "/api/v1/apply", Some(&"x".repeat(2 << 20))).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body-too-large")));
    let pieces = (0..64).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1 << 15]));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let request = reqwest::Client::new().post(format!("{}/api/v1/apply", world.server.url));
    let response = request.header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 413);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let world = World::start().await;
    let request = reqwest::Client::new().post(format!("{}/api/v1/apply", world.server.url));
    let response = request.body("file_name=a&text=b").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 415);
}

#[tokio::test]
async fn a_client_that_sends_no_request_is_hung_up_on() {
    let world = World::start().await;
    let address = world.server.url.trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: loc").await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(25), connection.read_to_end(&mut answer)).await;
    ended.expect("the server ends the connection").unwrap();
}

/// A flood of one is refused with what to wait for, and another one's asking is not touched by it.
#[tokio::test]
async fn each_caller_has_a_pace_of_its_own() {
    let world = World::start_with(|options| {
        options.paces =
            Paces { callers: "1/5".parse().ok(), addresses: "1/30".parse().ok(), flag_keys: None };
    })
    .await;
    // As long as there is nobody, nothing is counted.
    for _ in 0..60 {
        let free = world.ask("GET", "/api/v1/releases", &[], None).await;
        assert!(free.status == 200 && !free.headers.contains_key("ratelimit"));
    }
    let root = world.set_up().await;
    let mut tokens = Vec::new();
    for name in ["ann", "bob"] {
        crate::people::add(&root, name, PersonKind::Service, vec![grant(Role::Viewer, None)]).await;
        let wish = IssueTokenRequest { label: "pace".to_owned(), ..IssueTokenRequest::default() };
        let issued =
            until("there is room again", || async { root.issue_token(name, &wish, &key()).await.ok() }).await;
        tokens.push(format!("Bearer {}", issued.secret.0));
    }
    let ask = async |number: usize| {
        let headers = [("authorization", tokens[number].as_str())];
        world.ask("GET", "/api/v1/releases", &headers, None).await
    };
    let first = ask(0).await;
    assert_eq!(first.headers["ratelimit-policy"], "\"caller\";q=5;w=5");
    assert!(first.headers["ratelimit"].to_str().unwrap().starts_with("\"caller\";r="));
    // Faster than one a second, however slow this machine is at times.
    let refused =
        until("it is refused", || async { Some(ask(0).await).filter(|answer| answer.status == 429) }).await;
    refused.is(429, "too-many-requests");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert!(refused.headers["ratelimit"].to_str().unwrap().contains(";r=0;t="));
    assert_eq!(ask(1).await.status, 200, "another one has a pace of its own");
    // Who proves nobody is counted by address; health is not.
    let wrong = [("authorization", "Bearer tdg_0123456789abcdef_no")];
    let flood = async || world.ask("GET", "/api/v1/releases", &wrong, None).await;
    assert_eq!(flood().await.status, 401);
    until("the address is refused", || async { Some(flood().await).filter(|answer| answer.status == 429) })
        .await;
    for _ in 0..60 {
        assert!(world.ask("GET", "/api/v1/health", &[], None).await.status != 429);
    }
    assert!(ask(1).await.status != 401, "who proves who they are is not counted with their address");
}

/// A parser that calls itself for each of them would run out of its stack.
#[tokio::test]
async fn a_deeply_nested_body_is_refused() {
    const DEPTH: usize = 200_000;
    let world = World::start().await;
    let lists = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let maps = format!("{}1{}", r#"{"a":"#.repeat(DEPTH / 4), "}".repeat(DEPTH / 4));
    for nested in [&lists, &maps] {
        for (method, path, member) in [
            ("POST", "/api/v1/apply", "text"),
            ("POST", "/api/v1/people", "grants"),
            ("PUT", "/api/v1/calendar/x", "except"),
        ] {
            let body = format!(r#"{{"{member}": {nested}}}"#);
            let (status, problem) = world.raw(method, path, Some(&body)).await;
            assert_eq!((status, problem["code"].as_str()), (400, Some("bad-request")), "{path}");
        }
        // Well-formed for the API, and nested for whoever reads what is in it.
        let body = serde_json::json!({"file_name": "tidegate.yaml", "text": nested}).to_string();
        let (status, problem) = world.raw("POST", "/api/v1/apply", Some(&body)).await;
        assert!((400..500).contains(&status) && problem["code"].is_string(), "{status} {problem}");
    }
    assert_eq!(world.raw("GET", "/api/v1/health", None).await.0, 200);
}

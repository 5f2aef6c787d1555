//! What is too much is refused, and costs little.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::World;

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

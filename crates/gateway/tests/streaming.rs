//! Bodies that flow, protocols that switch, and HTTP/2.
//!
//! Invariant: nothing is held back until the end: what one side has sent, the other can read.
//! Not here: sizes and times that are too much (`limits`).

mod support;

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::Request;
use hyper::body::Frame;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::sync::Arc;
use support::{Client, RawService, Service, eventually, split, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

#[tokio::test]
async fn the_first_bytes_of_a_response_arrive_before_its_end_is_sent() {
    let finish = Arc::new(Notify::new());
    let told = Arc::clone(&finish);
    let service = RawService::start(move |mut tcp, _| {
        let finish = Arc::clone(&told);
        async move {
            let mut space = [0; 1024];
            let _ = tcp.read(&mut space).await;
            let _ =
                tcp.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n").await;
            finish.notified().await;
            let _ = tcp.write_all(b"4\r\nlast\r\n0\r\n\r\n").await;
        }
    })
    .await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    client.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(client.head().await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(client.chunk().await.unwrap(), b"first");
    assert_eq!(running.in_flight("api", "1").await, 1, "a response under way is in flight");
    finish.notify_one();
    assert_eq!(client.chunk().await.unwrap(), b"last");
    assert!(client.chunk().await.unwrap().is_empty());
    eventually("the response is over", || async { running.in_flight("api", "1").await == 0 }).await;
}

#[tokio::test]
async fn the_first_bytes_of_a_request_arrive_before_its_end_is_sent() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    client.say("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n").await;
    assert!(client.head().await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(client.chunk().await.unwrap(), b"first");
    client.say("4\r\nlast\r\n0\r\n\r\n").await;
    assert_eq!(client.chunk().await.unwrap(), b"last");
    assert!(client.chunk().await.unwrap().is_empty());
    assert_eq!(client.get("/").await.body, "1", "the connection can be used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_goes_through_whole_both_ways() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let body: String = (0..400_000_u32).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let head = format!(
        "POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let sent = body.clone();
    let sending = tokio::spawn(async move {
        writer.write_all(head.as_bytes()).await.unwrap();
        writer.write_all(sent.as_bytes()).await.unwrap();
        writer
    });
    let mut answer = Vec::new();
    reader.read_to_end(&mut answer).await.unwrap();
    drop(sending.await.unwrap());
    let text = String::from_utf8(answer).unwrap();
    let (_, echoed) = text.split_once("\r\n\r\n").unwrap();
    assert!(echoed == body, "{} bytes came back of {}", echoed.len(), body.len());
}

#[tokio::test]
async fn an_upgraded_connection_carries_bytes_both_ways_and_is_in_flight() {
    let service = RawService::start(|mut tcp, _| async move {
        let mut space = [0; 1024];
        let count = tcp.read(&mut space).await.unwrap_or(0);
        let head = String::from_utf8_lossy(&space[..count]).to_lowercase();
        assert!(head.contains("upgrade: websocket") && head.contains("connection: upgrade"), "{head}");
        let _ = tcp
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-key: k\r\n\r\nhello ")
            .await;
        loop {
            match tcp.read(&mut space).await {
                Ok(count) if count > 0 => {
                    let _ = tcp.write_all(&space[..count].to_ascii_uppercase()).await;
                }
                Ok(_) | Err(_) => return,
            }
        }
    })
    .await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    client
        .say("GET /ws HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\r\n")
        .await;
    let answer = client.answer().await;
    assert_eq!(
        (answer.status, answer.header("upgrade"), answer.header("x-key")),
        (101, Some("websocket"), Some("k"))
    );
    assert_eq!(client.take(6).await.unwrap(), b"hello ");
    for word in ["one", "two"] {
        client.say(word).await;
        assert_eq!(client.take(3).await.unwrap(), word.to_ascii_uppercase().as_bytes());
    }
    assert_eq!(running.in_flight("api", "1").await, 1);
    drop(client);
    eventually("the tunnel is over", || async { running.in_flight("api", "1").await == 0 }).await;
    assert_eq!(running.counters("1").await["live"]["classes"][0], 1, "an upgrade is a 1xx");
}

#[tokio::test]
async fn an_upgrade_that_the_service_declines_is_an_ordinary_answer() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    let fields = "connection: upgrade\r\nupgrade: websocket\r\n";
    assert_eq!(client.get_with("/", fields).await.body, "1");
    assert_eq!(client.get("/").await.body, "1");
}

#[tokio::test]
async fn interim_answers_are_not_taken_for_the_answer() {
    let service = RawService::start(|mut tcp, _| async move {
        let mut space = [0; 1024];
        let _ = tcp.read(&mut space).await;
        let _ = tcp
            .write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            .await;
    })
    .await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let answer = support::get(address, "/").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
}

#[tokio::test]
async fn http_2_is_understood_by_prior_knowledge_on_the_same_address() {
    let (stable, candidate) = (Service::start("1.0.0").await, Service::start("1.1.0").await);
    let running = start().await;
    let versions = [("1.0.0", 5_000, &[stable.address][..]), ("1.1.0", 5_000, &[candidate.address][..])];
    let address = running.put(1, &split("api", &versions)).await;
    let tcp = TcpStream::connect(address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp)).await;
    let (sender, connection) = handshake.unwrap();
    let driving = tokio::spawn(connection);
    let requests = (0..100).map(|_| {
        let mut sender = sender.clone();
        async move {
            let request = Request::get("http://shop.example/head").body(Empty::<Bytes>::new()).unwrap();
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.into_body().collect().await.unwrap().to_bytes()
        }
    });
    let heads = futures_util::stream::iter(requests).buffer_unordered(20).collect::<Vec<_>>().await;
    let head = String::from_utf8_lossy(&heads[0]).into_owned();
    assert!(head.starts_with("GET /head\nhost: shop.example\n"), "{head}");
    assert!(head.contains("x-forwarded-for: 127.0.0.1\n"), "{head}");
    assert_eq!((stable.requests(), candidate.requests()), (50, 50));
    drop(sender);
    driving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_body_streams_through_http_2() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let tcp = TcpStream::connect(address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp)).await;
    let (mut sender, connection) = handshake.unwrap();
    tokio::spawn(connection);
    let (pieces, receiver) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, Infallible>>(1);
    let body = StreamBody::new(Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    })));
    let request = Request::post("http://a/echo").body(body).unwrap();
    let mut body = sender.send_request(request).await.unwrap().into_body();
    for text in ["first", "second"] {
        pieces.send(Ok(Frame::data(Bytes::from(text)))).await.unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), text);
    }
    drop(pieces);
    assert!(body.collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_order() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    client.say(&format!("{}{}{}", request("/one"), request("/two"), request("/three"))).await;
    for expected in ["/one", "/two", "/three"] {
        assert_eq!(client.answer().await.body, expected);
    }
    assert_eq!(client.get("/four").await.body, "/four");
}

#[tokio::test]
async fn a_client_that_waits_for_leave_to_send_its_body_gets_it() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    client.say("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n").await;
    assert!(client.head().await.unwrap().starts_with("HTTP/1.1 100"));
    client.say("body").await;
    assert_eq!(client.answer().await.body, "body");
}

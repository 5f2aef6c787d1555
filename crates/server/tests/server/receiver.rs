//! A real HTTP receiver on a port of its own, which answers as it is told and keeps what it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tidegate_connectors::standard_webhooks::{self, VerifyingKey};
use tokio::task::JoinHandle;

#[derive(Debug, Clone)]
pub struct Got {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
    pub fn verify(&self, secret: &str) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let key = VerifyingKey::parse(secret).unwrap();
        standard_webhooks::verify(&[key], &self.headers, &self.body, now).unwrap();
    }
}

pub struct Receiver {
    pub address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// `answer` gets the number of the message (from 0).
    pub async fn new(answer: impl Fn(usize, &Got) -> StatusCode + Send + Sync + 'static) -> Self {
        Self::answering(move |number, got| answer(number, got).into_response()).await
    }

    pub async fn answering(answer: impl Fn(usize, &Got) -> Response + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let (kept, answer) = (Arc::clone(&got), Arc::new(answer));
        let handler = move |headers: HeaderMap, body: Bytes| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let one = Got { headers, body: body.to_vec() };
                let number = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(one.clone());
                    kept.len() - 1
                };
                answer(number, &one)
            }
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap();
        });
        Self { address, got, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook/s3cret-path", self.address)
    }
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

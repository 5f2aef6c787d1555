//! Services for the gateway to stand before: one that behaves, one that says exactly what it is told.
//!
//! Invariant: each counts what reached it; each ends when it is dropped.
//! Not here: anything of the gateway.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// `/` answers the version · `/echo` the body · `/head` the request's head · `/wait` after [`Service::release`]
/// · `/status/N` with that status · anything else the path.
pub struct Service {
    pub address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    version: String,
    requests: AtomicUsize,
    waiting: AtomicUsize,
    connections: AtomicUsize,
    gate: Semaphore,
    bodies: Mutex<Vec<String>>,
    heads: Mutex<Vec<String>>,
}

impl Service {
    pub async fn start(version: &str) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::serve(version, listener)
    }

    pub fn serve(version: &str, listener: TcpListener) -> Service {
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            version: version.to_owned(),
            requests: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            bodies: Mutex::default(),
            heads: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let state = Arc::clone(&serving);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(Arc::clone(&state), request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(tcp), service)
                        .await;
                });
            }
        });
        Service { address, state, task }
    }

    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Requests now held at `/wait`.
    pub fn waiting(&self) -> usize {
        self.state.waiting.load(Ordering::SeqCst)
    }

    pub fn release(&self, count: usize) {
        self.state.gate.add_permits(count);
    }

    pub fn bodies(&self) -> Vec<String> {
        self.state.bodies.lock().unwrap().clone()
    }

    pub fn heads(&self) -> Vec<String> {
        self.state.heads.lock().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Body = BoxBody<Bytes, hyper::Error>;

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    state.requests.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    let head = head_text(&request);
    state.heads.lock().unwrap().push(head.clone());
    if path == "/echo" {
        return Ok(Response::new(request.into_body().boxed()));
    }
    let body =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    state.bodies.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
    let text = match path.as_str() {
        "/" => state.version.clone(),
        "/head" => head,
        "/wait" => {
            state.waiting.fetch_add(1, Ordering::SeqCst);
            state.gate.acquire().await.unwrap().forget();
            state.waiting.fetch_sub(1, Ordering::SeqCst);
            state.version.clone()
        }
        _ => path.clone(),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed());
    if let Some(status) = path.strip_prefix("/status/") {
        *response.status_mut() = StatusCode::from_bytes(status.as_bytes()).unwrap();
    }
    Ok(response)
}

fn head_text(request: &Request<Incoming>) -> String {
    let fields = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    format!("{} {}\n{}", request.method(), request.uri(), fields.collect::<String>())
}

/// Gives each connection to `talk`, which may say anything.
pub struct RawService {
    pub address: SocketAddr,
    pub connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl RawService {
    pub async fn start<F, T>(talk: T) -> RawService
    where
        T: Fn(TcpStream, usize) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let number = counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(talk(tcp, number));
            }
        });
        RawService { address, connections, task }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for RawService {
    fn drop(&mut self) {
        self.task.abort();
    }
}

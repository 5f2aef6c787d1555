//! A server in this process, on threads of its own.
//!
//! Invariant: it is started and stopped once, and only by the process that started it: after a fork the child has the
//! object without the threads. Deliberately not here: talking to it.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tidegate_server::{GatewayMode, OnStop, Options, Program, ServeError, serve};
use tokio::sync::oneshot;

use crate::StartError;

/// Enough for one script; a server of its own takes one for each core.
const THREADS: usize = 2;

/// A Tidegate server in this process.
#[pyclass(frozen, module = "release_management._native")]
pub struct Server {
    url: String,
    process_id: u32,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServeError>>,
}

#[pymethods]
impl Server {
    /// Answers once it serves. `program` and `before` run this package once more, as the gateway.
    #[new]
    fn new(
        py: Python<'_>,
        home: PathBuf,
        program: PathBuf,
        before: Vec<OsString>,
        stop_services: bool,
    ) -> PyResult<Self> {
        let on_stop = if stop_services { OnStop::StopEverything } else { OnStop::LeaveRunning };
        let gateway = GatewayMode::Spawn { program: Program::new(program, before) };
        let options = Options { on_stop, ..Options::new(home, (Ipv4Addr::LOCALHOST, 0).into(), gateway) };
        py.detach(|| start(options)).map_err(|error| refused(&error))
    }

    /// Where it answers: `http://127.0.0.1:40123`
    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    /// Lets requests finish and ends it; services and gateway go on, unless they were to stop with it. Stopped already
    /// is fine.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        if self.process_id != std::process::id() {
            let detail = "this server belongs to the process that this one was forked from";
            return Err(PyRuntimeError::new_err(detail));
        }
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { stop, thread }) = running else { return Ok(()) };
        // Whoever listens has ended already if this is not heard.
        let _heard = stop.send(());
        match py.detach(|| thread.join()) {
            Ok(ended) => ended.map_err(|error| refused(&error)),
            Err(_) => Err(PyRuntimeError::new_err("the server's thread ended with a bug in Tidegate")),
        }
    }

    fn __repr__(&self) -> String {
        format!("<Server at {}>", self.url)
    }
}

fn start(options: Options) -> Result<Server, ServeError> {
    let (stop, asked) = oneshot::channel::<()>();
    let (tell, told) = mpsc::channel();
    let unstarted = |source| ServeError::DataDirectory { path: options.data.clone(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("tidegate")
        .enable_all()
        .build()
        .map_err(unstarted)?;
    let thread = std::thread::spawn(move || {
        let ready = |ready: &tidegate_server::Ready| _ = tell.send(ready.url.clone());
        // Also when the object was dropped without a word.
        let served = serve(options, ready, async { drop(asked.await) });
        runtime.block_on(served)
    });
    let Ok(url) = told.recv() else {
        return Err(match thread.join() {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => ended_at_once(),
        });
    };
    let running = Mutex::new(Some(Running { stop, thread }));
    Ok(Server { url, process_id: std::process::id(), running })
}

fn ended_at_once() -> ServeError {
    let source = std::io::Error::other("it ended as it started");
    ServeError::DataDirectory { path: PathBuf::new(), source }
}

fn refused(error: &ServeError) -> PyErr {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let detail = match cause {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    StartError::new_err((error.code().to_owned(), detail, error.help()))
}

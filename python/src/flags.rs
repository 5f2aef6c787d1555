//! Feature flags, evaluated in this process (`tidegate-sdk`).
//!
//! Invariant: asking never raises: what cannot be answered is the caller's default, with a code. Whatever waits lets other
//! threads run, and the keyboard end it. Deliberately not here: what they are called in Python (`flags.py`).

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyDict;
use serde_json::Value;
use tidegate_flags::limits::CONTEXT_DEPTH_MAX;
use tidegate_sdk::{Changes, Client, Context, Details, ErrorCode, Evaluation, Options, TARGETING_KEY};

use crate::values::{from_python, to_python};

/// How long the keyboard may go unheard.
const SLICE: Duration = Duration::from_millis(200);

/// Flags of one environment.
#[pyclass(frozen, module = "release_management._native")]
pub struct Flags {
    client: Client,
    process_id: u32,
}

/// Value, variant, reason, error, message, metadata.
type Told = (Py<PyAny>, Option<String>, &'static str, Option<&'static str>, Option<String>, Py<PyAny>);

/// What a value must be.
#[derive(Clone, Copy)]
enum Kind {
    Boolean,
    String,
    Integer,
    Float,
    /// Whole or not, as it is written.
    Number,
    Object,
    Any,
}

impl Kind {
    fn named(name: &str) -> PyResult<Self> {
        Ok(match name {
            "boolean" => Self::Boolean,
            "string" => Self::String,
            "integer" => Self::Integer,
            "float" => Self::Float,
            "number" => Self::Number,
            "object" => Self::Object,
            "any" => Self::Any,
            _ => return Err(PyValueError::new_err("no such kind of value")),
        })
    }

    fn read(self, details: Details<'_>) -> Details<'_> {
        match self {
            Self::Boolean => details.boolean(false).details,
            Self::String => details.string("").details,
            Self::Integer => details.integer(0).details,
            Self::Float | Self::Number => details.float(0.0).details,
            Self::Object => details.object(&Value::Null).details,
            Self::Any => details,
        }
    }

    fn written(self, py: Python<'_>, value: &Value) -> PyResult<Py<PyAny>> {
        match (self, value.as_f64()) {
            (Self::Float, Some(number)) => to_python(py, &Value::from(number)),
            (Self::Integer, Some(number)) if !value.is_i64() => to_python(py, &Value::from(number as i64)),
            _ => to_python(py, value),
        }
    }
}

#[pymethods]
// As Python hands them over, and as its stub names them.
#[allow(clippy::needless_pass_by_value, clippy::too_many_arguments)]
impl Flags {
    #[new]
    fn new(addresses: Vec<String>, key: String, file: Option<PathBuf>, reports: bool) -> PyResult<Self> {
        let mut addresses = addresses.into_iter();
        let first = addresses.next().unwrap_or_default();
        let mut options = addresses.fold(Options::new(first, key), Options::with_address);
        if let Some(file) = file {
            options = options.with_file(file);
        }
        if !reports {
            options = options.without_reports();
        }
        let client = Client::start(options).map_err(|why| PyValueError::new_err(why.to_string()))?;
        Ok(Self { client, process_id: std::process::id() })
    }

    /// The value alone.
    fn value(
        &self,
        py: Python<'_>,
        asked: (PyBackedStr, PyBackedStr),
        default: Py<PyAny>,
        subject: Option<&str>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let (key, kind) = (&*asked.0, Kind::named(&asked.1)?);
        let Ok(context) = self.context(subject, attributes) else { return Ok(default) };
        let found = self
            .client
            .with(key, &context, |details| kind.read(details).value().map(|value| kind.written(py, value)));
        found.unwrap_or(Ok(default))
    }

    /// The value, and how it came about.
    fn details(
        &self,
        py: Python<'_>,
        asked: (PyBackedStr, PyBackedStr),
        default: Py<PyAny>,
        subject: Option<&str>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Told> {
        let (key, kind) = (&*asked.0, Kind::named(&asked.1)?);
        let read = |details: Details<'_>| {
            let details = kind.read(details);
            let found = details.value().map(|value| kind.written(py, value)).transpose()?;
            told(py, self.client.told(found, &details), default)
        };
        match self.context(subject, attributes) {
            Ok(context) => self.client.with(key, &context, read),
            Err(why) => read(Details::failure(ErrorCode::InvalidContext, &why)),
        }
    }

    /// How one request went for whom the flag gave this variant.
    fn outcome(&self, key: &str, variant: &str, ok: bool, seconds: f64) -> PyResult<()> {
        let took = Duration::try_from_secs_f64(seconds);
        let took = took.map_err(|_| PyValueError::new_err("`seconds` is no length of time"))?;
        self.client.outcome(key, variant, ok, took);
        Ok(())
    }

    /// None where there are flags to ask for; otherwise what is in the way.
    fn wait_ready(&self, py: Python<'_>, seconds: f64) -> PyResult<Option<String>> {
        let until = deadline(seconds);
        loop {
            let slice = until.saturating_duration_since(Instant::now()).min(SLICE);
            let Err(not_ready) = py.detach(|| self.client.wait_ready(slice)) else { return Ok(None) };
            py.check_signals()?;
            if Instant::now() >= until {
                return Ok(Some(not_ready.trouble.unwrap_or_default()));
            }
        }
    }

    /// For how many seconds what is known may have been old; none while all is well.
    fn stale_for(&self) -> Option<f64> {
        self.client.stale_for().map(|since| since.as_secs_f64())
    }

    fn is_ready(&self) -> bool {
        self.client.is_ready()
    }

    fn trouble(&self) -> Option<String> {
        self.client.trouble()
    }

    /// What changes from now on.
    fn changes(&self) -> FlagChanges {
        FlagChanges { changes: Mutex::new(self.client.changes()) }
    }

    /// Reports a last time and follows no longer. After a fork there is nothing to end.
    fn stop(&self, py: Python<'_>) {
        if self.process_id == std::process::id() {
            py.detach(|| self.client.wait_stop());
        }
    }
}

impl Flags {
    fn context(
        &self,
        subject: Option<&str>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> Result<Context, String> {
        let mut members = serde_json::Map::new();
        for (name, value) in attributes.into_iter().flatten() {
            let name: String = name.extract().map_err(|_| "an attribute's name is no text".to_owned())?;
            let value = from_python(&value, CONTEXT_DEPTH_MAX).map_err(|why| format!("`{name}` {why}"))?;
            members.insert(name, value);
        }
        if let Some(subject) = subject {
            members.insert(TARGETING_KEY.to_owned(), subject.into());
        }
        let now_seconds = self.client.context().timestamp_seconds();
        Context::from_json(members, now_seconds).map_err(|why| why.to_string())
    }
}

fn told(py: Python<'_>, evaluation: Evaluation<Option<Py<PyAny>>>, default: Py<PyAny>) -> PyResult<Told> {
    let Evaluation { value, variant, reason, error, message, metadata } = evaluation;
    let metadata = to_python(py, &Value::Object(metadata))?;
    let error = error.map(ErrorCode::as_str);
    Ok((value.unwrap_or(default), variant, reason.as_str(), error, message, metadata))
}

/// Changes of flags, from one moment on.
#[pyclass(frozen, module = "release_management._native")]
pub struct FlagChanges {
    changes: Mutex<Changes>,
}

#[pymethods]
impl FlagChanges {
    /// Which flags became others, and whether what is known may be old; none where nothing came in that time.
    fn wait(&self, py: Python<'_>, seconds: f64) -> PyResult<Option<(Vec<String>, bool)>> {
        let until = deadline(seconds);
        loop {
            let slice = until.saturating_duration_since(Instant::now()).min(SLICE);
            let found = py.detach(|| {
                let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
                changes.wait(slice)
            });
            py.check_signals()?;
            if let Some(change) = found {
                return Ok(Some((change.flags, change.stale)));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
        }
    }
}

/// Longer than a year is a year.
fn deadline(seconds: f64) -> Instant {
    const YEAR_SECONDS: f64 = 31_536_000.0;
    let wait = Duration::try_from_secs_f64(seconds.clamp(0.0, YEAR_SECONDS)).unwrap_or_default();
    Instant::now() + wait
}

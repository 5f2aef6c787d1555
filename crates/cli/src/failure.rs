//! Why a command could not do what was asked: one sentence, a code, the next step.
//!
//! Invariant: printed once, at the edge (`run`), whatever went wrong underneath. Not here: which words a server chose.

use std::io;

use tidegate_api::{Diagnostics, Problem};

use crate::ending::Ending;

#[derive(Debug)]
pub enum Failure {
    Said(Box<Saying>),
    /// Whoever read our output has gone (`tidegate events | head`): nobody is left to tell.
    OutputClosed,
}

#[derive(Debug, Clone)]
pub struct Saying {
    pub code: String,
    pub detail: String,
    pub help: String,
    /// From the nearest to the root.
    pub causes: Vec<String>,
    pub request_id: Option<String>,
    pub diagnostics: Option<Diagnostics>,
    pub ending: Ending,
}

impl Failure {
    pub fn new(ending: Ending, code: &str, detail: impl Into<String>) -> Self {
        Self::Said(Box::new(Saying {
            code: code.to_owned(),
            detail: detail.into(),
            help: String::new(),
            causes: Vec::new(),
            request_id: None,
            diagnostics: None,
            ending,
        }))
    }
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Ending::Refused, code, detail)
    }
    pub fn usage(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Ending::Usage, code, detail)
    }
    pub fn fault(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Ending::Fault, code, detail)
    }

    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        self.with(|saying| saying.help = help.into())
    }
    /// Keeps the error and everything beneath it, leaving out what says the same twice.
    #[must_use]
    pub fn caused_by(self, error: &(dyn std::error::Error + 'static)) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        let texts: Vec<String> = chain.map(ToString::to_string).collect();
        self.with(|saying| {
            for text in texts {
                if !saying.causes.iter().any(|cause| cause.contains(&text)) {
                    saying.causes.push(text);
                }
            }
        })
    }
    #[must_use]
    pub fn diagnosed(self, diagnostics: Diagnostics) -> Self {
        self.with(|saying| saying.diagnostics = Some(diagnostics))
    }

    fn with(mut self, change: impl FnOnce(&mut Saying)) -> Self {
        if let Self::Said(saying) = &mut self {
            change(saying);
        }
        self
    }

    pub fn ending(&self) -> Ending {
        match self {
            Self::Said(saying) => saying.ending,
            Self::OutputClosed => Ending::Done,
        }
    }
}

/// What a server said: a refusal, or (5xx) a fault.
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let ending = if problem.status >= 500 { Ending::Fault } else { Ending::Refused };
        Self::Said(Box::new(Saying {
            code: problem.code,
            detail: problem.detail,
            help: problem.help,
            causes: Vec::new(),
            request_id: Some(problem.request_id).filter(|id| !id.is_empty()),
            diagnostics: problem.diagnostics,
            ending,
        }))
    }
}

/// Only for writing to our own output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::OutputClosed;
        }
        Self::fault("output-failed", "the output could not be written")
            .help("check where the output goes: the disk may be full")
            .caused_by(&error)
    }
}

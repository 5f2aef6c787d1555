//! Why a call has no answer.
//!
//! Invariant: `Display` never includes its source. Deliberately not here: exit codes.

use tidegate_api::Problem;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server's answer is no, or it cannot at the moment.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// No answer came: it may have been done or not. Send it again with the same idempotency key.
    #[error("no Tidegate answers at {url}")]
    Unreachable { url: String, source: reqwest::Error },
    /// An answer that is not Tidegate's, or of a build this client does not understand.
    #[error("an unexpected answer from {url}: {what}")]
    Unexpected { url: String, what: String },
}

impl ClientError {
    pub(crate) fn unexpected(url: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Unexpected { url: url.into(), what: what.into() }
    }

    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Unreachable { .. } | Self::Unexpected { .. } => None,
        }
    }

    /// Stable, kebab-case; `tidegate explain <code>` knows it.
    pub fn code(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.code,
            Self::Unreachable { .. } => "server-unreachable",
            Self::Unexpected { .. } => "unexpected-answer",
        }
    }

    /// The next step.
    pub fn help(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.help,
            Self::Unreachable { .. } => "start it with `tidegate up`, or name another server with --server",
            Self::Unexpected { .. } => {
                "check the address; `tidegate --version` and GET /api/v1/health say which builds talk here"
            }
        }
    }

    /// Whether the outside failed, rather than the server refusing.
    pub fn is_fault(&self) -> bool {
        self.problem().is_none_or(|problem| problem.status >= 500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_no_fault_and_keeps_its_code() {
        let problem = |status| Problem {
            kind: "urn:tidegate:unknown-release".into(),
            title: "Not Found".into(),
            status,
            detail: "there is no release 9.9.9".into(),
            code: "unknown-release".into(),
            help: "list them".into(),
            request_id: "req_1".into(),
            diagnostics: None,
            pointer: None,
        };
        let refused = ClientError::Problem(Box::new(problem(404)));
        assert_eq!(
            (refused.code(), refused.help(), refused.is_fault()),
            ("unknown-release", "list them", false)
        );
        assert_eq!(refused.to_string(), "there is no release 9.9.9");
        assert!(ClientError::Problem(Box::new(problem(503))).is_fault());
        let other = ClientError::unexpected("http://127.0.0.1:1/", "status 200 OK without a reason");
        assert_eq!((other.code(), other.is_fault()), ("unexpected-answer", true));
    }
}

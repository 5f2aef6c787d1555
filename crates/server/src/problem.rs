//! Refusals, faults and bad requests as RFC 9457 problems.
//!
//! Invariant: whatever goes wrong, the answer has a code, a sentence and a next step; its id is put in at the end of
//! the request (`finish`). Deliberately not here: the words of refusals (the domain's) and faults (the adapters').

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tidegate_api::Diagnostics;
use tidegate_domain::refusal::{Refusal, Refuse};
use tidegate_engine::SubmitError;
use tidegate_ports::{Fault, FaultKind};

/// A problem before it knows its request's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: String,
    pub help: String,
    pub retry_after_seconds: Option<u32>,
    pub diagnostics: Option<Box<Diagnostics>>,
    /// A JSON pointer to what is wrong with what was sent.
    pub pointer: Option<Box<str>>,
    /// The sources of a fault, for the log only.
    pub causes: Box<[String]>,
}

impl Trouble {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            help: String::new(),
            retry_after_seconds: None,
            diagnostics: None,
            pointer: None,
            causes: Box::default(),
        }
    }

    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
            .help("GET /api/v1/openapi.json says what this route takes")
    }

    /// Each member is as it should be, and they do not go together.
    pub fn unfit(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "members-unfit", detail)
            .help("GET /api/v1/openapi.json says what each member means")
    }

    pub fn bug() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "Tidegate met a case that it should not")
            .help("please report it with the request id and the lines of the server's log that hold it")
    }

    /// The request's own content is at fault, not the outside.
    pub fn unprocessable(fault: Fault) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, retry_after_seconds: None, ..Self::from(fault) }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let status = if refusal.is_unknown() {
            StatusCode::NOT_FOUND
        } else if refusal.is_invalid() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::CONFLICT
        };
        let pointer = refusal.pointer().map(Box::from);
        Self { pointer, ..Self::new(status, refusal.code(), refusal.to_string()).help(refusal.help()) }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let (status, seconds) = match (fault.code, fault.kind) {
            ("disk-full", _) => (StatusCode::INSUFFICIENT_STORAGE, 5),
            (_, FaultKind::Retry | FaultKind::Drop) => (StatusCode::SERVICE_UNAVAILABLE, 1),
            (_, FaultKind::Hold) => (StatusCode::SERVICE_UNAVAILABLE, 30),
        };
        let mut causes = Vec::new();
        let mut source = std::error::Error::source(&fault);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        let trouble = Self::new(status, fault.code, fault.to_string()).help(fault.help);
        Self { retry_after_seconds: Some(seconds), causes: causes.into(), ..trouble }
    }
}

impl From<SubmitError> for Trouble {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Fault(fault) => fault.into(),
            SubmitError::ChangedMeanwhile => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "changed-meanwhile",
                "somebody changed this since you read it; nothing was changed now",
            )
            .help("read it again, see what changed, and send your change with the new ETag in If-Match"),
            SubmitError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "this idempotency key was used for another request",
            )
            .help("send each new request with a key of its own; repeat a key only with the same request"),
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_domain::catalog::CatalogRefusal;
    use tidegate_domain::release::ReleaseRefusal;
    use tidegate_domain::slot::SlotRefusal;

    #[test]
    fn a_refusal_is_unknown_invalid_or_in_conflict() {
        let check = |refusal: Refusal, expect: u16| {
            let trouble = Trouble::from(refusal.clone());
            assert_eq!((trouble.status.as_u16(), trouble.code), (expect, refusal.code()));
            assert_eq!((trouble.detail, trouble.help), (refusal.to_string(), refusal.help()));
            assert_eq!(trouble.retry_after_seconds, None);
        };
        let version = || "1.0.0".parse().unwrap();
        check(ReleaseRefusal::Unknown { version: version() }.into(), 404);
        check(ReleaseRefusal::Empty { version: version() }.into(), 422);
        check(ReleaseRefusal::Exists { version: version() }.into(), 409);
        check(CatalogRefusal::NoPipeline.into(), 409);
        let slot = tidegate_domain::id::SlotId {
            environment: "production".parse().unwrap(),
            component: "api".parse().unwrap(),
        };
        let holder = tidegate_domain::id::RolloutId::from_bits(7);
        check(SlotRefusal::Busy { slot, holder }.into(), 409);
    }

    #[test]
    fn a_fault_says_when_to_come_back_and_keeps_its_causes_for_the_log() {
        let check = |fault: Fault, expect: (u16, u32)| {
            let trouble = Trouble::from(fault.with_help("do this"));
            assert_eq!((trouble.status.as_u16(), trouble.retry_after_seconds.unwrap()), expect);
            assert_eq!(trouble.help, "do this");
        };
        check(Fault::retry("disk-full", "no space"), (507, 5));
        check(Fault::retry("store-busy", "busy"), (503, 1));
        check(Fault::hold("store-corrupt", "damaged"), (503, 30));
        let cause = std::io::Error::other("the secret detail");
        let trouble = Trouble::from(Fault::hold("store-unreachable", "cannot open").caused_by(cause));
        assert_eq!(*trouble.causes, ["the secret detail"]);
        assert!(!trouble.detail.contains("secret"));
    }
}

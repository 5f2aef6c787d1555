//! The problems that routes answer with, for the OpenAPI document.
//!
//! Invariant: each group is used by the routes that can answer so. Deliberately not here: making them.

// The fields are read by the derive only.
#![allow(dead_code)]

use tidegate_api::Problem;
use utoipa::IntoResponses;

/// Of every route that reads.
#[derive(IntoResponses)]
pub(super) enum Reading {
    /// The path, the query or a header cannot be read (`bad-request`).
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(Problem),
    /// A name in the query breaks its rule (`bad-name`).
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Nobody is signed in, or what was sent proves nothing (`sign-in-required`, `token-invalid`, `session-ended`).
    #[response(status = 401, content_type = "application/problem+json")]
    Unproven(Problem),
    /// The caller lacks the right (`not-allowed`).
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(Problem),
    /// The caller asked too often; `Retry-After` says when to ask again (`too-many-requests`).
    #[response(status = 429, content_type = "application/problem+json")]
    Often(Problem),
    /// A bug in Tidegate (`bug`).
    #[response(status = 500, content_type = "application/problem+json")]
    Bug(Problem),
    /// The outside failed; `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Fault(Problem),
}

/// Of every route that reads one thing by its name.
#[derive(IntoResponses)]
pub(super) enum ReadingOne {
    /// The path, the query or a header cannot be read (`bad-request`).
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(Problem),
    /// Nobody is signed in, or what was sent proves nothing (`sign-in-required`, `token-invalid`, `session-ended`).
    #[response(status = 401, content_type = "application/problem+json")]
    Unproven(Problem),
    /// The caller lacks the right (`not-allowed`).
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(Problem),
    /// There is no such thing (`unknown-…`).
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(Problem),
    /// A name breaks its rule (`bad-name`).
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// The caller asked too often; `Retry-After` says when to ask again (`too-many-requests`).
    #[response(status = 429, content_type = "application/problem+json")]
    Often(Problem),
    /// A bug in Tidegate (`bug`).
    #[response(status = 500, content_type = "application/problem+json")]
    Bug(Problem),
    /// The outside failed; `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Fault(Problem),
}

/// Of every route that a browser visits on its way to an identity provider and back.
#[derive(IntoResponses)]
pub(super) enum Visiting {
    /// The path or the query cannot be read (`bad-request`).
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(Problem),
    /// Nothing proves who this is (`sign-in-not-begun`, `provider-denied`, `provider-code-refused`, `id-token-invalid`).
    #[response(status = 401, content_type = "application/problem+json")]
    Unproven(Problem),
    /// Nobody here is who this is there (`identity-unknown`), or a page of another site asks (`cross-site`).
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(Problem),
    /// There is no such provider (`unknown-provider`).
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(Problem),
    /// Refused as things stand now (`setup-first`, `identity-taken`, `person-disabled`).
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(Problem),
    /// Too many were begun, or asked; `Retry-After` says when to try again (`too-many-tries`, `too-many-requests`).
    #[response(status = 429, content_type = "application/problem+json")]
    Throttled(Problem),
    /// A bug in Tidegate (`bug`).
    #[response(status = 500, content_type = "application/problem+json")]
    Bug(Problem),
    /// The provider cannot be used or does not answer; `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Fault(Problem),
    /// There is no space left to write (`disk-full`).
    #[response(status = 507, content_type = "application/problem+json")]
    Full(Problem),
}

/// Of every route that takes a secret.
#[derive(IntoResponses)]
pub(super) enum Confiding {
    /// The body or a header cannot be read (`bad-request`).
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(Problem),
    /// What was sent proves nothing.
    #[response(status = 401, content_type = "application/problem+json")]
    Unproven(Problem),
    /// A page of another site asks (`cross-site`).
    #[response(status = 403, content_type = "application/problem+json")]
    Site(Problem),
    /// Refused as things stand now.
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(Problem),
    /// The body is too long (`body-too-large`).
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is not JSON (`unsupported-media-type`).
    #[response(status = 415, content_type = "application/problem+json")]
    Type(Problem),
    /// A name or a password breaks its rule.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Too many tries, or requests; `Retry-After` says when the next one is possible (`too-many-tries`, `too-many-requests`).
    #[response(status = 429, content_type = "application/problem+json")]
    Throttled(Problem),
    /// A bug in Tidegate (`bug`).
    #[response(status = 500, content_type = "application/problem+json")]
    Bug(Problem),
    /// The outside failed; `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Fault(Problem),
    /// There is no space left to write (`disk-full`).
    #[response(status = 507, content_type = "application/problem+json")]
    Full(Problem),
}

/// Of every route that takes a command.
#[derive(IntoResponses)]
pub(super) enum Commanding {
    /// The body, the path or a header cannot be read (`bad-request`).
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(Problem),
    /// Nobody is signed in, or what was sent proves nothing (`sign-in-required`, `token-invalid`, `session-ended`).
    #[response(status = 401, content_type = "application/problem+json")]
    Unproven(Problem),
    /// The caller lacks the right (`not-allowed`).
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(Problem),
    /// What the command names does not exist (`unknown-…`).
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(Problem),
    /// Refused as things stand now.
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(Problem),
    /// The body is too long (`body-too-large`).
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is not JSON (`unsupported-media-type`).
    #[response(status = 415, content_type = "application/problem+json")]
    Type(Problem),
    /// Invalid whatever stands, or the idempotency key was used for another request (`idempotency-key-reused`).
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// The caller asked too often; `Retry-After` says when to ask again (`too-many-requests`).
    #[response(status = 429, content_type = "application/problem+json")]
    Often(Problem),
    /// A bug in Tidegate (`bug`).
    #[response(status = 500, content_type = "application/problem+json")]
    Bug(Problem),
    /// The outside failed; `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Fault(Problem),
    /// There is no space left to write (`disk-full`).
    #[response(status = 507, content_type = "application/problem+json")]
    Full(Problem),
}

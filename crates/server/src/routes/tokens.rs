//! `/people/{person}/tokens`: made, listed, revoked.
//!
//! Invariant: a token is answered once and kept as a hash only; no token makes another one for its own owner. Deliberately
//! not here: what a token may do (`domain::person`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{Hidden, IssueTokenRequest, Page, Token, TokenIssued};
use tidegate_domain::name::PersonName;
use tidegate_domain::person::{self, PersonCommand, PersonRefusal, TokenId, TokenScope};
use tidegate_domain::refusal::Refusal;
use tidegate_engine::Known;
use tidegate_identity::mint;

use super::people::{known, no_token, submit};
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::identity::LastUsed;
use crate::problem::Trouble;
use crate::wire;

const SECONDS: u64 = 30 * 86_400;
const SECONDS_MAX: u64 = 366 * 86_400;
const LABEL_CHARS_MAX: usize = 100;

/// Make a token
///
/// For the person, or the service account, that the path names: at most what its owner may do, less where `scope` says so,
/// until it expires. Its text is answered this once.
#[utoipa::path(
    post, path = "/people/{person}/tokens", operation_id = "issue_token", tag = "people",
    params(("person" = String, Path, description = "Whose it will be")), request_body = IssueTokenRequest,
    responses((status = 201, description = "The token", body = TokenIssued), Commanding)
)]
pub(super) async fn issue(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<IssueTokenRequest>,
) -> Result<(StatusCode, Json<TokenIssued>), Trouble> {
    let (body, asked) = asked.split();
    let owner: PersonName = name(&person)?;
    if asked.caller.is(&owner) {
        no_token(&asked.caller, "make another one for its owner")?;
    }
    let now = app.clock.now();
    let minted = mint(rand::random(), rand::random());
    let token = person::Token {
        label: label(&body.label)?,
        hash: minted.hash,
        scope: scope(body.scope)?,
        issued_ms: now.wall_ms,
        expires_ms: now.wall_ms.saturating_add(lasts_ms(body.expires_seconds)?),
        revoked: false,
    };
    let id = TokenId(minted.id);
    submit(&app, asked, (&owner, PersonCommand::IssueToken { id: id.clone(), token })).await?;
    let owner = known(&app, &owner).await?;
    // The same key again: its token was shown, and nobody has kept it.
    let token = look(&app, &owner, &id).await?.ok_or_else(shown_already)?;
    let secret = Hidden(minted.token.expose().to_owned());
    Ok((StatusCode::CREATED, Json(TokenIssued { token, secret })))
}

/// List tokens
///
/// Of one person or service account, the newest first, also those that are over.
#[utoipa::path(
    get, path = "/people/{person}/tokens", operation_id = "list_tokens", tag = "people",
    params(("person" = String, Path, description = "Whose they are")),
    responses((status = 200, description = "Their tokens", body = Page<Token>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    At(person): At<String>,
) -> Result<Json<Page<Token>>, Trouble> {
    let owner = known(&app, &name(&person)?).await?;
    let mut items = Vec::with_capacity(owner.person.tokens.len());
    for id in owner.person.tokens.keys() {
        items.extend(look(&app, &owner, id).await?);
    }
    items.sort_by_key(|token| std::cmp::Reverse(token.issued_ms));
    Ok(Json(Page { items, next: None }))
}

/// Revoke a token
///
/// It is over at once and for good.
#[utoipa::path(
    delete, path = "/people/{person}/tokens/{token}", operation_id = "revoke_token", tag = "people",
    params(("person" = String, Path, description = "Whose it is"), ("token" = String, Path, description = "Its id")),
    responses((status = 200, description = "It is revoked", body = Token), Commanding)
)]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    At((person, token)): At<(String, String)>,
    asked: Asked<super::Nothing>,
) -> Result<Json<Token>, Trouble> {
    let (super::Nothing {}, asked) = asked.split();
    let (owner, id): (PersonName, _) = (name(&person)?, TokenId(token));
    submit(&app, asked, (&owner, PersonCommand::RevokeToken { id: id.clone() })).await?;
    let owner = known(&app, &owner).await?;
    look(&app, &owner, &id)
        .await?
        .map(Json)
        .ok_or_else(|| Refusal::from(PersonRefusal::UnknownToken { id }).into())
}

async fn look(app: &App, owner: &Known, id: &TokenId) -> Result<Option<Token>, Trouble> {
    let Some(token) = owner.person.tokens.get(id) else { return Ok(None) };
    let used = LastUsed::of(app, &owner.person.name, id).await?;
    Ok(Some(wire::token(owner, (id, token), (app.clock.now().wall_ms, used))))
}

/// As the description says: no control characters, and no spaces at the ends.
pub(super) fn label(given: &str) -> Result<String, Trouble> {
    let is_space = |end: Option<char>| end.is_none_or(|end| matches!(end, ' ' | '\u{a0}'));
    let fits = given.chars().count() <= LABEL_CHARS_MAX && !given.chars().any(char::is_control);
    if fits && !is_space(given.chars().next()) && !is_space(given.chars().next_back()) {
        return Ok(given.to_owned());
    }
    let detail =
        format!("`label` is no line of 1 to {LABEL_CHARS_MAX} characters, without spaces at its ends");
    Err(Trouble::bad_request(detail))
}

fn lasts_ms(seconds: Option<u64>) -> Result<u64, Trouble> {
    let seconds = seconds.unwrap_or(SECONDS);
    if (1..=SECONDS_MAX).contains(&seconds) {
        return Ok(seconds * 1000);
    }
    Err(Trouble::bad_request(format!("`expires_seconds` is not between 1 and {SECONDS_MAX}")))
}

fn scope(given: Option<Vec<tidegate_api::Grant>>) -> Result<TokenScope, Trouble> {
    let Some(given) = given else { return Ok(TokenScope::Owner) };
    if given.is_empty() {
        return Err(Trouble::bad_request(
            "`scope` is empty, so the token could do nothing: leave it out, or say what it may",
        ));
    }
    Ok(TokenScope::Grants(wire::read_grants(given)?))
}

pub(super) fn shown_already() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "token-shown-already",
        "this key made a token before, and its text was shown then",
    )
    .help("revoke it (`tidegate token list`, `tidegate token revoke ID`) and make another one")
}

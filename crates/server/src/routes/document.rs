//! What the OpenAPI document says beyond what stands at each route: how names look, and examples that work.
//!
//! Invariant: a name has one pattern wherever it is sent, and it is the domain's. Deliberately not here: the routes.

use serde_json::{Value, json};
use tidegate_domain::announcement::AnnouncementId;
use tidegate_domain::id::{IncidentId, RolloutId};
use tidegate_domain::name::{FLAG_KEY_PATTERN, LOGIN_PATTERN, NAME_PATTERN, VERSION_PATTERN};
use utoipa::Number;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayBuilder, ArrayItems, KnownFormat, Object, ObjectBuilder, Schema,
    SchemaFormat, Type,
};
use utoipa::openapi::{Components, Content, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder};

use super::gates::REASON_CHARS_MAX;
use crate::edition::{TAG_PATTERN, TAGS_PATTERN, edited};

pub(super) fn complete(document: &mut OpenApi) {
    let mut bodies = Vec::new();
    for (name, path) in &mut document.paths.paths {
        if edited(name).is_some() {
            tell_editions(path);
        }
        for operation in operations(path) {
            operation.parameters.iter_mut().flatten().for_each(describe);
            bodies.extend(operation.request_body.as_mut());
        }
    }
    if let Some(components) = &mut document.components {
        for body in bodies {
            allow_absence(body, components);
        }
        refer_to_items(components);
        for (name, schema) in &mut components.schemas {
            if let RefOr::T(Schema::OneOf(choices)) = schema
                && is_sent(name)
            {
                for one in &mut choices.items {
                    if let RefOr::T(Schema::Object(object)) = one {
                        describe_members(object);
                        // Each act is known by its name, and takes its own members alone.
                        object
                            .additional_properties
                            .get_or_insert_with(|| Box::new(AdditionalProperties::FreeForm(false)));
                    }
                }
                choices.example = choices.example.take().or_else(|| example(name));
            }
            if let RefOr::T(Schema::Object(object)) = schema
                && is_sent(name)
            {
                describe_members(object);
                object.example = object.example.take().or_else(|| example(name));
            }
        }
    }
}

/// What is read has an edition; what changes it may name the one that was read.
fn tell_editions(path: &mut PathItem) {
    let read = path.get.iter_mut().filter_map(|operation| operation.responses.responses.get_mut("200"));
    for answer in read {
        let RefOr::T(answer) = answer else { continue };
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(TAG_PATTERN)).build();
        let tag = HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some("Its edition, for `If-Match`"))
            .build();
        answer.headers.insert("ETag".to_owned(), RefOr::T(tag));
    }
    for operation in [&mut path.put, &mut path.post, &mut path.delete].into_iter().flatten() {
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(TAGS_PATTERN)).build();
        let said = "The `ETag` of what was read: refused with 412 when somebody changed it since";
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(said))
            .schema(Some(schema))
            .example(Some(json!("\"7\"")))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let refused = ResponseBuilder::new()
            .description("It was changed since it was read (`changed-meanwhile`).")
            .content("application/problem+json", content)
            .build();
        operation.responses.responses.insert("412".to_owned(), RefOr::T(refused));
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// A body whose every member may be absent may be absent itself.
fn allow_absence(body: &mut RefOr<RequestBody>, components: &Components) {
    let RefOr::T(body) = body else { return };
    let schemas = body.content.values().filter_map(|content| match content {
        RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) => schema.ref_location.rsplit('/').next(),
        RefOr::T(_) | RefOr::Ref(_) => None,
    });
    let all_optional = |name: &str| match components.schemas.get(name) {
        Some(RefOr::T(Schema::Object(object))) => object.required.is_empty(),
        _ => false,
    };
    if schemas.map(all_optional).min() == Some(true) {
        body.required = Some(Required::False);
    }
}

/// Pages name their items instead of describing them once more.
fn refer_to_items(components: &mut Components) {
    for (name, schema) in &mut components.schemas {
        let (Some(item), RefOr::T(Schema::Object(page))) = (name.strip_prefix("Page_"), schema) else {
            continue;
        };
        let items = ArrayBuilder::new().items(Ref::from_schema_name(item));
        page.properties.insert("items".to_owned(), items.into());
    }
}

/// Whether clients send it; what comes back needs no pattern.
fn is_sent(schema: &str) -> bool {
    schema.ends_with("Request") || matches!(schema, "NewArtifact" | "NotedHead")
}

/// What a value with this name looks like, and one of them; none where any text does.
fn shape(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "id" | "rollout" => Some((RolloutId::PATTERN, "rol_0123456789abcdef")),
        "incident" => Some((IncidentId::PATTERN, "inc_0123456789abcdef")),
        "version" | "release" => Some((VERSION_PATTERN, "1.2.0")),
        "environment" | "environments" | "to" => Some((NAME_PATTERN, "production")),
        "person" | "group" | "groups" => Some((LOGIN_PATTERN, "ann")),
        "key" => Some((FLAG_KEY_PATTERN, "new-checkout")),
        "provider" => Some((NAME_PATTERN, "corp")),
        "token" => Some(("^[0-9a-f]{16}$", "0f1e2d3c4b5a6978")),
        "report" => {
            Some(("^[0-9a-f]{64}$", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"))
        }
        "channel" | "audience" | "channels" => Some((NAME_PATTERN, "users")),
        "announcement" => Some((AnnouncementId::PATTERN, "ann_0123456789abcdef")),
        "subscriber" => Some(("^sub_[0-9a-f]{16}$", "sub_0123456789abcdef")),
        "source" => Some((NAME_PATTERN, "shop")),
        "component" | "components" => Some((NAME_PATTERN, "api")),
        "gate" | "feed" | "name" => Some((NAME_PATTERN, "year-end")),
        _ => None,
    }
}

fn describe(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    let is_query = matches!(parameter.parameter_in, ParameterIn::Query);
    // In a query, lists stand separated by commas, two are labels, and a token is its secret.
    if is_query && matches!(parameter.name.as_str(), "environments" | "name" | "gate" | "token") {
        return;
    }
    if let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema {
        if matches!(parameter.name.as_str(), "limit" | "lines") {
            object.minimum = Some(Number::Int(1));
        }
        give_range(object);
        give_shape(&parameter.name, object);
    }
}

fn describe_members(object: &mut Object) {
    for (name, member) in &mut object.properties {
        match member {
            RefOr::T(Schema::Object(member)) => {
                if matches!(name.as_str(), "reason" | "why") {
                    member.max_length = Some(REASON_CHARS_MAX);
                }
                give_range(member);
                give_shape(name, member);
                give_names(name, member);
            }
            RefOr::T(Schema::Array(Array { items: ArrayItems::RefOrSchema(items), .. })) => {
                if let RefOr::T(Schema::Object(item)) = items.as_mut() {
                    give_shape(name, item);
                }
            }
            RefOr::T(_) | RefOr::Ref(_) => {}
        }
    }
}

/// Formats of OpenAPI are signed; what is read here is not.
fn give_range(object: &mut Object) {
    let most = match object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Int32)) => u32::MAX as usize,
        Some(SchemaFormat::KnownFormat(KnownFormat::Int64)) => usize::MAX,
        _ => return,
    };
    object.format = None;
    object.maximum = object.maximum.take().or(Some(Number::UInt(most)));
}

fn give_shape(name: &str, object: &mut Object) {
    // Where the type says it itself, that is what holds.
    let is_text = object.enum_values.is_none()
        && object.properties.is_empty()
        && object.pattern.is_none()
        && object.max_length.is_none();
    if let Some((pattern, example)) =
        shape(name).filter(|_| is_text && object.additional_properties.is_none())
    {
        object.pattern = Some(pattern.to_owned());
        object.example = object.example.take().or_else(|| Some(json!(example)));
    }
}

/// The keys of a map by name.
fn give_names(name: &str, object: &mut Object) {
    let is_map = matches!(object.additional_properties.as_deref(), Some(AdditionalProperties::RefOr(_)));
    if let Some((pattern, _)) = shape(name).filter(|_| is_map)
        && let Some(Schema::Object(names)) = object.property_names.as_deref_mut()
    {
        names.pattern = Some(pattern.to_owned());
    }
}

/// A body that works, in the story that the guides tell.
#[allow(clippy::too_many_lines)] // one list of bodies is better than several
fn example(schema: &str) -> Option<Value> {
    Some(match schema {
        "AddPersonRequest" => json!({
            "name": "bob", "kind": "person", "display": "Bob Wu",
            "grants": [{ "role": "developer", "environment": "staging" }],
        }),
        "ReviewRequest" => json!({
            "environment": "production",
            "outcome": "justified",
            "note": "Checkout was down; the canary was too slow for that. Alert sooner: SHOP-41."
        }),
        "SetScopeSourceRequest" => json!({
            "kind": "github", "project": "acme/shop", "every_minutes": 15,
            "rules": [{ "label": "area/payments*", "component": "payments", "skill": "backend" }],
        }),
        "WriteReleaseNotesRequest" => json!({
            "notes": [
                { "id": "9fceb02a1b2c", "words": { "section": "fixes", "text": "Invoices show the right sum" } },
                { "words": { "section": "known-issues", "text": "Printing takes a minute", "audiences": ["support"] } },
            ],
        }),
        "RenewReleaseNotesRequest" => json!({
            "notes": [{
                "id": "9fceb02a1b2c", "words": { "section": "fixes", "text": "invoices: right sum" },
                "pull_requests": ["#12"], "commit": "9fceb02a1b2c4d5e6f708192a3b4c5d6e7f80912",
            }],
        }),
        "OpenIncidentRequest" => json!({
            "title": "Orders fail", "severity": "critical", "environment": "production", "release": "1.2.0",
        }),
        "LinkIncidentRequest" => json!({ "release": "1.2.0" }),
        "UnlinkIncidentRequest" => json!({ "rollout": "rol_0123456789abcdef" }),
        "ResolveIncidentRequest" => json!({ "at_ms": 1_700_000_000_000_u64 }),
        "NoteIncidentRequest" => json!({ "text": "The pool of connections is empty." }),
        "AnnounceRequest" => json!({
            "release": "1.2.0", "occasion": "schedule", "audience": "users", "starts_ms": 1_800_000_000_000_u64,
            "downtime_minutes": 5, "note": "Thank you for your patience.",
        }),
        "ScheduleAnnouncementsRequest" => json!({
            "release": "1.2.0", "audience": "users", "environment": "production", "downtime_minutes": 5,
        }),
        "CancelAnnouncementRequest" => json!({ "reason": "it comes next week" }),
        "AnnounceAgainRequest" => json!({}),
        "SetAnnouncementTemplateRequest" => json!({
            "subject": "Release {{ release }} is on its way",
            "text": "It is at step {{ step }}.{% if note %} {{ note }}{% endif %}",
        }),
        "PreviewAnnouncementRequest" => json!({ "occasion": "schedule", "release": "1.2.0" }),
        "SetAudienceRequest" => json!({ "channels": ["news", "post"], "addresses": ["ada@example.org"] }),
        "SetChannelRequest" => json!({
            "kind": "mail", "password": "what the mail server knows",
            "mail": {
                "host": "mail.example.org", "port": 587, "security": "start-tls", "from": "shop@example.org",
                "user": "shop",
            },
        }),
        "TestChannelRequest" => json!({ "address": "ada@example.org" }),
        "FeedbackRequest" => json!({ "rating": 4, "text": "The new checkout is quick." }),
        "AddInboundRequest" => json!({ "name": "alerts", "kind": "alertmanager", "on_alert": "hold" }),
        "CreateFlagRequest" => json!({
            "key": "new-checkout", "kind": "release", "owner": "Team Shop", "description": "The new checkout",
            "definition": {
                "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
                "targeting": {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on", null]},
            },
            "environments": ["staging"],
        }),
        "DescribeFlagRequest" => json!({ "kind": "operations", "owner": "Team Shop" }),
        "SetFlagRequest" => json!({
            "definition": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"},
            "reason": "it is ready",
        }),
        "SwitchFlagRequest" => json!({ "on": false, "reason": "orders are lost" }),
        "RevertFlagRequest" => json!({ "edition": 1, "reason": "it was better before" }),
        "ProposeFlagRequest" => json!({ "on": true, "reason": "the cause is mended" }),
        "ImportFlagsRequest" => json!({
            "document": {"flags": {"new-checkout": {
                "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
            }}},
            "dry_run": true,
        }),
        "EvaluateFlagsRequest" => json!({
            "key": "new-checkout", "context": {"targetingKey": "user-17", "email": "ann@example.com"},
        }),
        "IssueFlagKeyRequest" => json!({ "kind": "server", "label": "shop" }),
        "DisableRequest" => json!({ "reason": "left the company" }),
        "EmptyRequest" => json!({}),
        "GrantsRequest" => json!({ "grants": [{ "role": "approver", "environment": "production" }] }),
        "GroupsRequest" => json!({ "groups": ["ops"] }),
        "IssueTokenRequest" => json!({
            "label": "build server", "expires_seconds": 7_776_000, "scope": [{ "role": "developer" }],
        }),
        "PasswordRequest" => {
            json!({ "password": "a sentence nobody guesses", "current": "the one until now" })
        }
        "SetupRequest" => json!({
            "secret": "what stands in the file setup", "name": "ann", "password": "a sentence nobody guesses",
        }),
        "SignInRequest" => json!({ "name": "ann", "password": "a sentence nobody guesses", "bearer": true }),
        "FinishSignInRequest" => json!({
            "code": "what the browser brought", "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        }),
        "LinksRequest" => json!({
            "links": [{ "issuer": "https://sso.example.com/realms/main", "subject": "248289761001" }],
        }),
        "AddProjectRequest" => json!({ "name": "bank" }),
        "ActRequest" => json!({ "reason": "support sees complaints" }),
        "AddWebhookRequest" => json!({
            "name": "ci", "url": "https://ci.example.com/tidegate", "events": ["rollout.*"], "format": "cdevents",
        }),
        "AllowRequest" => json!({ "environment": "production" }),
        "ApplyRequest" => json!({
            "file_name": "tidegate.yaml",
            "text": "components:\n  web:\n    run: [./server]\nenvironments:\n  production:\n    components:\n      web:\n        replicas: 2\n",
            "dry_run": true,
        }),
        "CalendarEntryRequest" => json!({
            "kind": "freeze", "reason": "nobody is here", "from": "2026-12-24T18:00", "until": "2026-12-27",
            "zone": "Europe/Berlin", "environments": ["production"],
        }),
        "ChangeRequest" => json!({ "change": "emergency" }),
        "RetentionRequest" => json!({ "origin_days": 90 }),
        "CompareRequest" => json!({ "checkpoints": [{ "size": 300, "head": "01".repeat(32) }] }),
        "CreateReleaseRequest" => json!({
            "version": "1.2.0", "kind": "planned", "notes": ["a new dashboard"],
            "commits": [{ "id": "9fceb02", "authored_ms": 1_700_000_000_000_u64, "pull_request": "#12" }],
            "components": { "web": { "path": "/srv/builds/web-1.2.0.tar.gz" } },
        }),
        "TrustBundleKeyRequest" => json!({
            "pem": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
        }),
        "OverrideRequest" => {
            json!({ "release": "1.2.1", "reason": "the fix cannot wait", "for_seconds": 3600 })
        }
        "PromoteRequest" => json!({ "to": "staging" }),
        "WritePlanRequest" => json!({
            "document": {
                "title": "EduLibra 2.1", "zone": "Europe/Berlin", "ready_on": "2026-12-01",
                "scope": [{ "id": "LIB-12", "title": "Lend to guests", "state": "in" }],
                "roles": [{ "id": "release-manager", "name": "Release Manager", "person": "ann", "decides": true }],
                "activities": [{ "id": "qa", "name": "Final QA", "start": "2026-11-23", "end": "2026-11-27" }],
            },
            "note": "the first draft",
        }),
        "WriteRetrospectiveRequest" => json!({
            "summary": "It went back once.", "went_well": ["The way back"], "to_improve": ["Soak longer"],
            "actions": [{ "id": "soak", "text": "Soak a day", "owner": "ann", "due": "2027-01-15" }],
        }),
        "BeginPlanRequest" => {
            json!({ "template": "planned", "title": "EduLibra 2.1", "ready_on": "2026-12-01" })
        }
        "WritePlanTemplateRequest" => json!({
            "document": { "title": "Ours", "activities": [{ "id": "qa", "name": "Final QA" }] },
            "days": [{ "activity": "qa", "from": -7, "until": -3 }], "change": "the first",
        }),
        "WritePlanRotationRequest" => json!({
            "people": ["ann", "bob"], "away": { "bob": [{ "from": "2026-12-24", "until": "2027-01-02" }] },
        }),
        "PlanActRequest" => json!({ "act": "move", "to": "planned" }),
        "ReplayRequest" => json!({ "delivery": "msg_42_0_ci" }),
        "RollBackRequest" => json!({ "reason": "orders are lost", "over_seconds": 120 }),
        "SwitchWebhookRequest" => json!({ "reason": "the receiver moves" }),
        "StartRolloutRequest" => json!({ "release": "1.2.0", "strategy": "canary" }),
        "VoteRequest" => json!({ "release": "1.2.0", "choice": "yes", "gate": "approval" }),
        "WaiveRequest" => json!({
            "finding": "CVE-2026-1234", "why": "the code path is not reachable", "until_ms": 1_800_000_000_000_u64,
        }),
        _ => return None,
    })
}

//! The OpenAPI document: complete, and the one that is committed.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tidegate_client::api::{
    ActRequest, AddInboundRequest, AddPersonRequest, AddProjectRequest, AddWebhookRequest, AllowRequest,
    AnnounceAgainRequest, AnnounceRequest, ApplyRequest, BeginPlanRequest, CalendarEntryRequest,
    CancelAnnouncementRequest, ChangeRequest, CompareRequest, CreateFlagRequest, CreateReleaseRequest,
    DescribeFlagRequest, DisableRequest, EmptyRequest, EvaluateFlagsRequest, FeedbackRequest,
    FinishSignInRequest, GrantsRequest, GroupsRequest, ImportFlagsRequest, IssueFlagKeyRequest,
    IssueTokenRequest, LinkIncidentRequest, LinksRequest, NoteIncidentRequest, OpenIncidentRequest,
    OverrideRequest, PasswordRequest, PlanActRequest, PreviewAnnouncementRequest, PromoteRequest,
    ProposeFlagRequest, RenewReleaseNotesRequest, ReplayRequest, ResolveIncidentRequest, RetentionRequest,
    RevertFlagRequest, ReviewRequest, RollBackRequest, ScheduleAnnouncementsRequest,
    SetAnnouncementTemplateRequest, SetAudienceRequest, SetChannelRequest, SetFlagRequest,
    SetScopeSourceRequest, SetupRequest, SignInRequest, StartRolloutRequest, SwitchFlagRequest,
    SwitchWebhookRequest, TestChannelRequest, TrustBundleKeyRequest, UnlinkIncidentRequest, VoteRequest,
    WaiveRequest, WritePlanRequest, WritePlanRotationRequest, WritePlanTemplateRequest,
    WriteReleaseNotesRequest, WriteRetrospectiveRequest,
};

fn document() -> Value {
    serde_json::from_str(&tidegate_server::openapi_json()).unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn every_route_says_what_it_is_and_how_it_fails() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = BTreeSet::new();
    for (route, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{route} has no operationId"));
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{route} has no summary");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{route} has one tag");
        let responses = operation["responses"].as_object().unwrap();
        let fails = responses.iter().filter(|(status, _)| status.as_str() >= "400");
        for (status, response) in fails.clone() {
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            let is_problem = problem == "#/components/schemas/Problem";
            assert!(is_problem || id == "health", "{route} {status} is no problem");
        }
        assert!(fails.count() > 0, "{route} does not say how it fails");
        let takes_a_body = operation.get("requestBody").is_some();
        let brings = route.starts_with("post ") || route.starts_with("put ");
        assert_eq!(takes_a_body, brings, "{route}");
    }
    assert!(ids.len() >= 24);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let (document, mut found) = (document(), BTreeSet::new());
    walk(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

/// Each example is read as the type it is an example of, so a wrong one does not stay.
#[test]
fn every_body_has_an_example_that_can_be_sent() {
    fn is<T: serde::de::DeserializeOwned>(example: &Value) -> Result<(), String> {
        serde_json::from_value::<T>(example.clone()).map(|_| ()).map_err(|why| why.to_string())
    }
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let bodies = schemas.iter().filter(|(name, _)| name.ends_with("Request"));
    for (name, schema) in bodies {
        let example =
            schema.get("example").unwrap_or_else(|| panic!("{name} has no example: routes/document.rs"));
        let read = match name.as_str() {
            "AnnounceRequest" => is::<AnnounceRequest>(example),
            "ScheduleAnnouncementsRequest" => is::<ScheduleAnnouncementsRequest>(example),
            "TestChannelRequest" => is::<TestChannelRequest>(example),
            "CancelAnnouncementRequest" => is::<CancelAnnouncementRequest>(example),
            "AnnounceAgainRequest" => is::<AnnounceAgainRequest>(example),
            "SetAnnouncementTemplateRequest" => is::<SetAnnouncementTemplateRequest>(example),
            "PreviewAnnouncementRequest" => is::<PreviewAnnouncementRequest>(example),
            "SetAudienceRequest" => is::<SetAudienceRequest>(example),
            "SetChannelRequest" => is::<SetChannelRequest>(example),
            "FeedbackRequest" => is::<FeedbackRequest>(example),
            "AddProjectRequest" => is::<AddProjectRequest>(example),
            "ActRequest" => is::<ActRequest>(example),
            "AddPersonRequest" => is::<AddPersonRequest>(example),
            "CreateFlagRequest" => is::<CreateFlagRequest>(example),
            "DescribeFlagRequest" => is::<DescribeFlagRequest>(example),
            "EvaluateFlagsRequest" => is::<EvaluateFlagsRequest>(example),
            "ImportFlagsRequest" => is::<ImportFlagsRequest>(example),
            "IssueFlagKeyRequest" => is::<IssueFlagKeyRequest>(example),
            "ProposeFlagRequest" => is::<ProposeFlagRequest>(example),
            "RevertFlagRequest" => is::<RevertFlagRequest>(example),
            "SetFlagRequest" => is::<SetFlagRequest>(example),
            "SwitchFlagRequest" => is::<SwitchFlagRequest>(example),
            "DisableRequest" => is::<DisableRequest>(example),
            "EmptyRequest" => is::<EmptyRequest>(example),
            "FinishSignInRequest" => is::<FinishSignInRequest>(example),
            "LinksRequest" => is::<LinksRequest>(example),
            "GrantsRequest" => is::<GrantsRequest>(example),
            "GroupsRequest" => is::<GroupsRequest>(example),
            "IssueTokenRequest" => is::<IssueTokenRequest>(example),
            "PasswordRequest" => is::<PasswordRequest>(example),
            "SetupRequest" => is::<SetupRequest>(example),
            "SignInRequest" => is::<SignInRequest>(example),
            "AddWebhookRequest" => is::<AddWebhookRequest>(example),
            "RetentionRequest" => is::<RetentionRequest>(example),
            "CompareRequest" => is::<CompareRequest>(example),
            "ReplayRequest" => is::<ReplayRequest>(example),
            "SwitchWebhookRequest" => is::<SwitchWebhookRequest>(example),
            "AllowRequest" => is::<AllowRequest>(example),
            "ApplyRequest" => is::<ApplyRequest>(example),
            "CalendarEntryRequest" => is::<CalendarEntryRequest>(example),
            "ChangeRequest" => is::<ChangeRequest>(example),
            "CreateReleaseRequest" => is::<CreateReleaseRequest>(example),
            "OverrideRequest" => is::<OverrideRequest>(example),
            "PromoteRequest" => is::<PromoteRequest>(example),
            "RollBackRequest" => is::<RollBackRequest>(example),
            "ReviewRequest" => is::<ReviewRequest>(example),
            "AddInboundRequest" => is::<AddInboundRequest>(example),
            "OpenIncidentRequest" => is::<OpenIncidentRequest>(example),
            "LinkIncidentRequest" => is::<LinkIncidentRequest>(example),
            "UnlinkIncidentRequest" => is::<UnlinkIncidentRequest>(example),
            "ResolveIncidentRequest" => is::<ResolveIncidentRequest>(example),
            "NoteIncidentRequest" => is::<NoteIncidentRequest>(example),
            "StartRolloutRequest" => is::<StartRolloutRequest>(example),
            "TrustBundleKeyRequest" => is::<TrustBundleKeyRequest>(example),
            "VoteRequest" => is::<VoteRequest>(example),
            "WaiveRequest" => is::<WaiveRequest>(example),
            "WritePlanRequest" => is::<WritePlanRequest>(example),
            "PlanActRequest" => is::<PlanActRequest>(example),
            "BeginPlanRequest" => is::<BeginPlanRequest>(example),
            "SetScopeSourceRequest" => is::<SetScopeSourceRequest>(example),
            "WritePlanRotationRequest" => is::<WritePlanRotationRequest>(example),
            "WritePlanTemplateRequest" => is::<WritePlanTemplateRequest>(example),
            "WriteReleaseNotesRequest" => is::<WriteReleaseNotesRequest>(example),
            "RenewReleaseNotesRequest" => is::<RenewReleaseNotesRequest>(example),
            "WriteRetrospectiveRequest" => is::<WriteRetrospectiveRequest>(example),
            other => panic!("{other} is not read here: name its type"),
        };
        assert_eq!(read, Ok(()), "{name}");
    }
}

/// `TIDEGATE_WRITE_DOCS=1` writes it anew.
#[test]
fn the_committed_document_is_the_served_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/openapi.json");
    if std::env::var_os("TIDEGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, tidegate_server::openapi_json()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == tidegate_server::openapi_json(),
        "docs/reference/openapi.json is not what is served: run the tests once with TIDEGATE_WRITE_DOCS=1"
    );
}

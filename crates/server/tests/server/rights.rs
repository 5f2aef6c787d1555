//! Every route × every role × its own place and another one, against the running server.
//!
//! Invariant: what is expected is worked out from the domain's table of rights and from what each route says it needs; a
//! route that the OpenAPI document names and this does not is a failure.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_client::api::{Grant, IssueTokenRequest, Role};
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::rights::{self, Place, Right};

use crate::people::{PASSWORD, grant};
use crate::support::{World, key};

/// What a route is about in this test, as the policy says it.
enum About {
    Anybody,
    Themselves,
    Installation,
    Project,
    Somewhere,
    /// Any project.
    Granting,
    /// Production, which is protected.
    Production,
}

struct Route {
    method: &'static str,
    /// With everything filled in, below the base path.
    path: String,
    /// As in the document.
    template: &'static str,
    right: Right,
    about: About,
    body: Option<Value>,
}

fn route(
    (method, template): (&'static str, &'static str),
    (right, about): (Right, About),
    body: Option<Value>,
    rollout: &str,
) -> Route {
    let path = template
        .replace("{environment}", "production")
        .replace("{component}", "web")
        .replace("{version}", "1.0.0")
        .replace("{id}", rollout)
        .replace("{name}", "nothing")
        .replace("{channel}", "nothing")
        .replace("{audience}", "nothing")
        .replace("{announcement}", "ann_0000000000000000")
        .replace("{occasion}", "schedule")
        .replace("{subscriber}", "sub_0000000000000000")
        .replace("{feed}", "nothing")
        .replace("{person}", "somebody")
        .replace("{group}", "nothing")
        .replace("{provider}", "nothing")
        .replace("{report}", "nothing")
        .replace("{incident}", "nothing")
        .replace("{key}", "nothing")
        .replace("{proposal}", "1")
        .replace("{token}", "0000000000000000");
    Route { method, path, template, right, about, body }
}

/// Bodies are such that nothing changes even where it is allowed: wrong, or about what is not there.
#[allow(clippy::too_many_lines)] // one line for each route is better than several lists
fn routes(rollout: &str) -> Vec<Route> {
    use About::{Anybody, Granting, Installation, Production, Project, Somewhere, Themselves};
    let wrong = || Some(json!({"no such member": 1}));
    let to_production = || Some(json!({"to": "production"}));
    let review =
        || Some(json!({"environment": "production", "outcome": "justified", "note": "nothing is owed"}));
    let in_production = || Some(json!({"environment": "production"}));
    [
        (("GET", "/health"), (Right::Read, Anybody), None),
        (("POST", "/apply"), (Right::Configure, Project), wrong()),
        (("GET", "/catalog"), (Right::Read, Somewhere), None),
        (("GET", "/configuration"), (Right::Read, Project), None),
        (("POST", "/sample"), (Right::Configure, Project), wrong()),
        (("GET", "/environments"), (Right::Read, Somewhere), None),
        (("GET", "/environments/{environment}"), (Right::Read, Production), None),
        (("GET", "/environments/{environment}/diff"), (Right::Read, Production), None),
        (("GET", "/environments/{environment}/drift"), (Right::Read, Production), None),
        (("GET", "/environments/{environment}/outline"), (Right::Read, Production), None),
        (("POST", "/environments/{environment}/rollouts"), (Right::DeployProtected, Production), wrong()),
        (("POST", "/releases"), (Right::CreateRelease, Project), wrong()),
        (("GET", "/releases"), (Right::Read, Somewhere), None),
        (("GET", "/releases/{version}"), (Right::Read, Somewhere), None),
        (("POST", "/releases/{version}/promotions"), (Right::DeployProtected, Production), to_production()),
        (("POST", "/releases/{version}/allow"), (Right::DeployProtected, Production), in_production()),
        (("GET", "/bundles"), (Right::Read, Somewhere), None),
        // Without a content type that is a bundle's, nothing is taken.
        (("POST", "/bundles"), (Right::CreateRelease, Project), None),
        (("GET", "/bundles/{digest}"), (Right::Read, Somewhere), None),
        (("DELETE", "/bundles/{digest}"), (Right::CreateRelease, Project), wrong()),
        (("GET", "/bundle-keys"), (Right::Read, Somewhere), None),
        (("PUT", "/bundle-keys/{name}"), (Right::Configure, Project), wrong()),
        (("DELETE", "/bundle-keys/{name}"), (Right::Configure, Project), wrong()),
        (("GET", "/rollouts"), (Right::Read, Somewhere), None),
        (("GET", "/rollouts/{id}"), (Right::Read, Production), None),
        (("GET", "/rollouts/{id}/samples"), (Right::Read, Production), None),
        (("GET", "/rollouts/{id}/smoke-tests"), (Right::Read, Production), None),
        (("POST", "/rollouts/{id}/hold"), (Right::Stop, Production), wrong()),
        (("POST", "/rollouts/{id}/resume"), (Right::DeployProtected, Production), wrong()),
        (("POST", "/rollouts/{id}/promote"), (Right::DeployProtected, Production), wrong()),
        (("POST", "/rollouts/{id}/abort"), (Right::Stop, Production), wrong()),
        (("POST", "/rollouts/{id}/rollback"), (Right::Stop, Production), wrong()),
        (("GET", "/environments/{environment}/gates"), (Right::Read, Production), None),
        (("POST", "/environments/{environment}/gates/votes"), (Right::Sign, Production), wrong()),
        (
            ("POST", "/environments/{environment}/gates/override"),
            (Right::OverrideFreeze, Production),
            wrong(),
        ),
        (("PUT", "/releases/{version}/change"), (Right::Waive, Project), wrong()),
        (("GET", "/reviews"), (Right::Read, Somewhere), None),
        (("GET", "/releases/{version}/reviews"), (Right::Read, Somewhere), None),
        (("POST", "/releases/{version}/reviews"), (Right::Sign, Production), review()),
        (("GET", "/calendar"), (Right::Read, Somewhere), None),
        (("PUT", "/calendar/{name}"), (Right::EditCalendar, Project), wrong()),
        (("DELETE", "/calendar/{name}"), (Right::EditCalendar, Project), wrong()),
        (("GET", "/calendar.ics"), (Right::Read, Somewhere), None),
        (("POST", "/calendar/feeds/{feed}"), (Right::EditCalendar, Project), wrong()),
        (("GET", "/why"), (Right::Read, Somewhere), None),
        (("GET", "/releases/{version}/why"), (Right::Read, Somewhere), None),
        (("GET", "/environments/{environment}/secrets"), (Right::Read, Production), None),
        // Without a content type that is a file's, nothing is set.
        (("PUT", "/environments/{environment}/secrets/{name}"), (Right::WriteSecrets, Production), None),
        (
            ("DELETE", "/environments/{environment}/secrets/{name}"),
            (Right::WriteSecrets, Production),
            wrong(),
        ),
        (("POST", "/secrets/rotation"), (Right::WriteSecrets, Project), wrong()),
        (("GET", "/flags"), (Right::Read, Somewhere), None),
        (("POST", "/flags"), (Right::Deploy, Somewhere), wrong()),
        (("GET", "/flags/{key}"), (Right::Read, Somewhere), None),
        (("PUT", "/flags/{key}"), (Right::Deploy, Somewhere), wrong()),
        (("POST", "/flags/{key}/archive"), (Right::Deploy, Project), wrong()),
        (("POST", "/flags/{key}/restore"), (Right::Deploy, Project), wrong()),
        (("GET", "/flags/{key}/history"), (Right::Read, Somewhere), None),
        (("PUT", "/flags/{key}/environments/{environment}"), (Right::DeployProtected, Production), wrong()),
        (("POST", "/flags/{key}/environments/{environment}/switch"), (Right::Stop, Production), wrong()),
        (
            ("POST", "/flags/{key}/environments/{environment}/revert"),
            (Right::DeployProtected, Production),
            wrong(),
        ),
        (
            ("POST", "/flags/{key}/environments/{environment}/proposals"),
            (Right::Propose, Production),
            wrong(),
        ),
        (
            ("POST", "/flags/{key}/environments/{environment}/proposals/{proposal}/approve"),
            (Right::Sign, Production),
            wrong(),
        ),
        (
            ("POST", "/flags/{key}/environments/{environment}/proposals/{proposal}/reject"),
            (Right::Sign, Production),
            wrong(),
        ),
        (
            ("POST", "/flags/{key}/environments/{environment}/proposals/{proposal}/withdraw"),
            (Right::Propose, Production),
            wrong(),
        ),
        (("GET", "/flags/{key}/environments/{environment}/exposure"), (Right::Read, Production), None),
        (("POST", "/environments/{environment}/flags/import"), (Right::DeployProtected, Production), wrong()),
        (("GET", "/environments/{environment}/flags.json"), (Right::Read, Production), None),
        (("POST", "/environments/{environment}/flags/evaluate"), (Right::Read, Production), wrong()),
        (("GET", "/environments/{environment}/flag-keys"), (Right::Configure, Production), None),
        (("POST", "/environments/{environment}/flag-keys"), (Right::Configure, Production), wrong()),
        (
            ("DELETE", "/environments/{environment}/flag-keys/{token}"),
            (Right::Configure, Production),
            wrong(),
        ),
        (("POST", "/window-advice"), (Right::Read, Somewhere), None),
        (("GET", "/plans"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}"), (Right::Read, Somewhere), None),
        (("PUT", "/plans/{version}"), (Right::CreateRelease, Project), wrong()),
        (("POST", "/plans/{version}/acts"), (Right::Sign, Somewhere), wrong()),
        // Without a content type that is a file's, nothing is read.
        (("POST", "/plans/{version}/import"), (Right::CreateRelease, Project), None),
        (("POST", "/plans/{version}/cases/import"), (Right::CreateRelease, Project), None),
        (("POST", "/plans/{version}/cases/{case}/files"), (Right::Sign, Somewhere), None),
        (("GET", "/plans/{version}/files/{digest}"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/export"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/schedule"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/capacity"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/readiness"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/risk"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/go-no-go"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/retrospective"), (Right::Read, Somewhere), None),
        (("PUT", "/plans/{version}/retrospective"), (Right::Sign, Somewhere), wrong()),
        (("GET", "/plans/{version}/history"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/difference"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/progress"), (Right::Read, Somewhere), None),
        (("POST", "/plans/{version}/begin"), (Right::CreateRelease, Project), wrong()),
        (("POST", "/plans/{version}/template"), (Right::CreateRelease, Project), None),
        (("GET", "/plan-actions"), (Right::Read, Somewhere), None),
        (("GET", "/plan-templates"), (Right::Read, Somewhere), None),
        (("GET", "/plan-templates/{name}"), (Right::Read, Somewhere), None),
        (("PUT", "/plan-templates/{name}"), (Right::CreateRelease, Project), wrong()),
        (("DELETE", "/plan-templates/{name}"), (Right::CreateRelease, Project), None),
        (("GET", "/plan-templates/{name}/difference"), (Right::Read, Somewhere), None),
        (("POST", "/plan-templates/{name}/update"), (Right::CreateRelease, Project), None),
        (("GET", "/plan-rotation"), (Right::Read, Somewhere), None),
        (("PUT", "/plan-rotation"), (Right::CreateRelease, Project), wrong()),
        (("GET", "/plans/{version}/untriaged"), (Right::Read, Somewhere), None),
        (("GET", "/plans/{version}/comparison"), (Right::Read, Somewhere), None),
        (("GET", "/releases/{version}/notes"), (Right::Read, Somewhere), None),
        (("PUT", "/releases/{version}/notes"), (Right::CreateRelease, Project), wrong()),
        (("POST", "/releases/{version}/notes/renew"), (Right::CreateRelease, Project), wrong()),
        (("POST", "/releases/{version}/evidence"), (Right::AddEvidence, Project), wrong()),
        (("GET", "/releases/{version}/evidence"), (Right::Read, Somewhere), None),
        (("GET", "/releases/{version}/evidence/{report}"), (Right::Read, Somewhere), None),
        (("GET", "/releases/{version}/evidence/{report}/file"), (Right::Read, Somewhere), None),
        (("POST", "/releases/{version}/waivers"), (Right::Waive, Project), wrong()),
        (("GET", "/events"), (Right::Read, Project), None),
        // A stream that is allowed does not end: asked for one that is none.
        (("GET", "/events/stream"), (Right::Read, Somewhere), None),
        (("GET", "/logs/{environment}/{component}"), (Right::ReadLogs, Production), None),
        (("GET", "/logs/{environment}/{component}/stream"), (Right::ReadLogs, Production), None),
        (("GET", "/audit"), (Right::ReadAudit, Project), None),
        (("POST", "/audit/compare"), (Right::ReadAudit, Project), wrong()),
        (("GET", "/audit/checkpoint"), (Right::ReadAudit, Project), None),
        (("GET", "/audit/proof"), (Right::ReadAudit, Project), None),
        (("GET", "/audit/events"), (Right::ReadAudit, Project), None),
        (("GET", "/audit/export"), (Right::ReadAudit, Project), None),
        (("GET", "/audit/retention"), (Right::ReadAudit, Project), None),
        (("PUT", "/audit/retention"), (Right::Administer, Project), wrong()),
        (("GET", "/webhooks"), (Right::EditWebhooks, Project), None),
        (("POST", "/webhooks"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/webhooks/{name}"), (Right::EditWebhooks, Project), None),
        (("DELETE", "/webhooks/{name}"), (Right::EditWebhooks, Project), wrong()),
        (("POST", "/webhooks/{name}/enable"), (Right::EditWebhooks, Project), wrong()),
        (("POST", "/webhooks/{name}/disable"), (Right::EditWebhooks, Project), wrong()),
        (("POST", "/webhooks/{name}/rotate"), (Right::EditWebhooks, Project), wrong()),
        (("POST", "/webhooks/{name}/test"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/webhooks/{name}/deliveries"), (Right::EditWebhooks, Project), None),
        (("POST", "/webhooks/{name}/replay"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/scope/sources"), (Right::Read, Somewhere), None),
        (("GET", "/scope/sources/{source}"), (Right::Read, Somewhere), None),
        (("PUT", "/scope/sources/{source}"), (Right::Configure, Project), wrong()),
        (("DELETE", "/scope/sources/{source}"), (Right::Configure, Project), wrong()),
        (("POST", "/scope/sources/{source}/refresh"), (Right::CreateRelease, Project), wrong()),
        (("POST", "/scope/sources/{source}/import"), (Right::CreateRelease, Project), None),
        (("GET", "/scope/sources/{source}/items"), (Right::Read, Somewhere), None),
        (("GET", "/channels"), (Right::EditWebhooks, Project), None),
        (("GET", "/channels/{channel}"), (Right::EditWebhooks, Project), None),
        (("PUT", "/channels/{channel}"), (Right::EditWebhooks, Project), wrong()),
        (("DELETE", "/channels/{channel}"), (Right::EditWebhooks, Project), wrong()),
        (("POST", "/channels/{channel}/test"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/audiences"), (Right::EditWebhooks, Project), None),
        (("PUT", "/audiences/{audience}"), (Right::EditWebhooks, Project), wrong()),
        (("DELETE", "/audiences/{audience}"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/announcements"), (Right::Read, Project), None),
        (("POST", "/announcements"), (Right::EditCalendar, Project), wrong()),
        (("GET", "/announcements/{announcement}"), (Right::Read, Project), None),
        (("POST", "/announcements/{announcement}/cancel"), (Right::EditCalendar, Project), wrong()),
        (("POST", "/announcements/{announcement}/again"), (Right::EditCalendar, Project), wrong()),
        (("GET", "/announcements/{announcement}/deliveries"), (Right::EditCalendar, Project), None),
        (("GET", "/announcement-templates"), (Right::Read, Project), None),
        (("POST", "/announcement-templates/preview"), (Right::Read, Project), wrong()),
        (("PUT", "/announcement-templates/{occasion}"), (Right::EditCalendar, Project), wrong()),
        (("DELETE", "/announcement-templates/{occasion}"), (Right::EditCalendar, Project), wrong()),
        (("GET", "/subscribers"), (Right::EditWebhooks, Project), None),
        (("DELETE", "/subscribers/{subscriber}"), (Right::EditWebhooks, Project), wrong()),
        (("POST", "/announcement-schedules"), (Right::EditCalendar, Project), wrong()),
        (("GET", "/feedback"), (Right::Read, Project), None),
        (("GET", "/releases/{version}/outcome"), (Right::Read, Project), None),
        (("GET", "/releases/{version}/feedback"), (Right::Read, Project), None),
        (("POST", "/releases/{version}/feedback"), (Right::AddEvidence, Project), wrong()),
        (("GET", "/inbound"), (Right::EditWebhooks, Project), None),
        (("POST", "/inbound"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/inbound/{name}"), (Right::EditWebhooks, Project), None),
        (("DELETE", "/inbound/{name}"), (Right::EditWebhooks, Project), wrong()),
        // By its signature alone.
        (("POST", "/inbound/{name}"), (Right::EditWebhooks, Anybody), wrong()),
        (("POST", "/inbound/{name}/rotate"), (Right::EditWebhooks, Project), wrong()),
        (("GET", "/incidents"), (Right::Read, Somewhere), None),
        (("POST", "/incidents"), (Right::Stop, Somewhere), wrong()),
        (("GET", "/incidents/{incident}"), (Right::Read, Somewhere), None),
        // Where it is, its handler looks: another test does.
        (("POST", "/incidents/{incident}/link"), (Right::Stop, Somewhere), wrong()),
        (("POST", "/incidents/{incident}/unlink"), (Right::Stop, Somewhere), wrong()),
        (("POST", "/incidents/{incident}/resolve"), (Right::Stop, Somewhere), wrong()),
        (("POST", "/incidents/{incident}/reopen"), (Right::Stop, Somewhere), wrong()),
        (("POST", "/incidents/{incident}/notes"), (Right::Stop, Somewhere), wrong()),
        (("GET", "/measures"), (Right::Read, Somewhere), None),
        (("GET", "/measures/rows"), (Right::Read, Somewhere), None),
        (("GET", "/measures.csv"), (Right::Read, Somewhere), None),
        (("GET", "/projects"), (Right::Read, Themselves), None),
        (("POST", "/projects"), (Right::Administer, Installation), wrong()),
        (("POST", "/setup"), (Right::Administer, Anybody), wrong()),
        (("POST", "/session"), (Right::Read, Anybody), wrong()),
        (("GET", "/session"), (Right::Read, Themselves), None),
        (("DELETE", "/session"), (Right::Read, Themselves), None),
        (("GET", "/session/oidc"), (Right::Read, Anybody), None),
        (("POST", "/session/oidc"), (Right::Read, Anybody), wrong()),
        (("GET", "/session/oidc/{provider}"), (Right::Read, Anybody), None),
        (("GET", "/session/oidc/{provider}/callback"), (Right::Read, Anybody), None),
        (("POST", "/people"), (Right::Administer, Installation), wrong()),
        (("GET", "/people"), (Right::Administer, Installation), None),
        (("GET", "/people/{person}"), (Right::Grant, Granting), None),
        (("PUT", "/people/{person}/grants"), (Right::Grant, Granting), wrong()),
        (("PUT", "/people/{person}/groups"), (Right::Administer, Installation), wrong()),
        (("PUT", "/people/{person}/links"), (Right::Administer, Installation), wrong()),
        (("PUT", "/people/{person}/password"), (Right::Administer, Installation), wrong()),
        (("POST", "/people/{person}/disable"), (Right::Administer, Installation), wrong()),
        (("POST", "/people/{person}/enable"), (Right::Administer, Installation), wrong()),
        (("DELETE", "/people/{person}/sessions"), (Right::Administer, Installation), wrong()),
        (("GET", "/people/{person}/tokens"), (Right::Administer, Installation), None),
        (("POST", "/people/{person}/tokens"), (Right::Administer, Installation), wrong()),
        (("DELETE", "/people/{person}/tokens/{token}"), (Right::Administer, Installation), wrong()),
        (("GET", "/groups"), (Right::Administer, Installation), None),
        (("PUT", "/groups/{group}"), (Right::Administer, Installation), wrong()),
    ]
    .into_iter()
    .map(|(place, need, body)| route(place, need, body, rollout))
    .collect()
}

/// In the words of the domain.
fn held(grant: &Grant) -> rights::Grant {
    let role: rights::Role = serde_json::to_value(grant.role).unwrap().as_str().unwrap().parse().unwrap();
    let environment = grant.environment.as_deref().map(|name| EnvironmentName::new(name).unwrap());
    rights::Grant { role, project: grant.project.clone(), environment }
}

/// 401, 403 or 404 as the policy says; none where the route itself answers.
fn expected(route: &Route, grants: &[rights::Grant]) -> Option<(u16, &'static str)> {
    let production = EnvironmentName::new("production").unwrap();
    let place = match route.about {
        About::Anybody | About::Themselves => return None,
        About::Granting => {
            let may = rights::permits_in_any(grants, route.right);
            return (!may).then_some((403, "not-allowed"));
        }
        About::Installation => Place::Installation,
        About::Project => Place::Project("default"),
        About::Somewhere => Place::Somewhere("default"),
        About::Production => Place::Environment("default", &production),
    };
    if rights::permits(grants, route.right, place) {
        return None;
    }
    let hidden = !matches!(place, Place::Installation) && !rights::knows(grants, "default");
    Some(if hidden { (404, "unknown-project") } else { (403, "not-allowed") })
}

fn documented() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&tidegate_server::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    routes.collect()
}

#[tokio::test]
async fn every_route_answers_each_role_as_the_policy_says() {
    // Thousands of requests in a few seconds.
    let world = World::start_with(|options| {
        options.paces = tidegate_server::Paces { callers: None, addresses: None, flag_keys: None };
    })
    .await
    .with_one_live()
    .await;
    let protected = world
        .configuration()
        .text
        .replace("  - name: production\n", "  - name: production\n    protected: true\n");
    world
        .client
        .apply(&tidegate_client::api::ApplyRequest { text: protected, ..world.configuration() }, &key())
        .await
        .unwrap();
    let rollout = world.deploy("1.0.0", "production").await;
    world.ended(&rollout).await;
    let root = world.set_up().await;
    crate::people::add(&root, "somebody", tidegate_client::api::PersonKind::Person, Vec::new()).await;
    let routes = routes(&rollout);
    let listed: BTreeSet<(String, String)> =
        routes.iter().map(|route| (route.method.to_owned(), format!("/api/v1{}", route.template))).collect();
    assert_eq!(listed, documented(), "this test and the document name the same routes");
    let roles = [Role::Viewer, Role::Developer, Role::Approver, Role::ReleaseManager, Role::Admin];
    let mut asked = 0;
    for (number, role) in roles.into_iter().enumerate() {
        let of = |project: &str| Grant { project: Some(project.to_owned()), ..grant(role, None) };
        let places = [
            vec![grant(role, None)],
            vec![grant(role, Some("production"))],
            vec![grant(role, Some("development"))],
            vec![of("default")],
            vec![of("other")],
            Vec::new(),
        ];
        for (index, grants) in places.into_iter().enumerate() {
            let name = format!("p{number}-{index}");
            crate::people::add(&root, &name, tidegate_client::api::PersonKind::Service, grants.clone()).await;
            let wish = IssueTokenRequest { label: "matrix".to_owned(), ..IssueTokenRequest::default() };
            let token = root.issue_token(&name, &wish, &key()).await.unwrap().secret.0;
            let grants: Vec<rights::Grant> = grants.iter().map(held).collect();
            for route in &routes {
                asked += 1;
                check(&world, route, (&token, &grants), &format!("{role:?} at place {index}")).await;
            }
        }
    }
    assert!(asked > 1_500, "{asked}");
    // Without a proof, only what is for anybody is answered.
    for route in &routes {
        let path = format!("/api/v1{}", route.path);
        let answer = world.ask(route.method, &path, &[], route.body.clone()).await;
        match route.about {
            About::Anybody => assert_ne!(answer.code, "sign-in-required", "{path}"),
            About::Themselves
            | About::Installation
            | About::Granting
            | About::Project
            | About::Somewhere
            | About::Production => answer.is(401, "sign-in-required"),
        }
    }
    assert_eq!(root.sign_in("root", PASSWORD).await.unwrap().name, "root");
}

async fn check(world: &World, route: &Route, (token, grants): (&str, &[rights::Grant]), who: &str) {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str())];
    if route.template.ends_with("/stream") {
        headers.push(("last-event-id", "not a position"));
    }
    let mut path = format!("/api/v1{}", route.path);
    if route.template.starts_with("/logs") {
        path.push_str("?lines=0");
    }
    let answer = world.ask(route.method, &path, &headers, route.body.clone()).await;
    let what = format!("{who}: {} {path} answers {} {}", route.method, answer.status, answer.code);
    if let Some(denied) = expected(route, grants) {
        assert_eq!((answer.status, answer.code.as_str()), denied, "{what}");
        return;
    }
    let denied = ["sign-in-required", "token-invalid", "not-allowed", "unknown-project"];
    assert!(!denied.contains(&answer.code.as_str()), "{what}: {}", answer.body);
    assert!(answer.status < 500, "{what}");
}

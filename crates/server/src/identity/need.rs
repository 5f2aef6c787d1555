//! What each route needs: the one table of rights.
//!
//! Invariant: deny by default: a route that is not in the table is answered to nobody once there are people. A test walks
//! the OpenAPI document and fails where a line is missing. Deliberately not here: which role has which right
//! (`domain::rights`), looking (`admit`).

use http::Method;
use tidegate_domain::rights::Right;

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Nothing that needs a name: health, signing in.
    Anybody,
    /// Another system, which proves itself by what it sends: the handler looks, over the raw body.
    Delivery,
    /// What an administrator made public: the handler looks whether it is, and how often one may.
    Public,
    /// The caller themselves.
    SignedIn,
    /// The person that the path names, who may do this for themselves; anybody else needs the right.
    Person,
    /// The same, for whoever has the right in a project: they are shown what is granted there.
    PersonOfAnyProject,
    /// What the body names, in projects that the handler looks at, for whoever has the right in one.
    AnyProject,
    /// Tidegate itself.
    Installation,
    /// The whole project.
    Project,
    /// What all environments of a project share, for whoever may in any of them; lists leave out what they may not see.
    Somewhere,
    /// The environment that the path names.
    Environment,
    /// The environment of the rollout that the path names.
    Rollout,
    /// What the body names: the handler looks, once the caller has the right anywhere in the project.
    Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    pub method: &'static str,
    /// As the OpenAPI document writes it.
    pub path: &'static str,
    pub right: Right,
    pub at: At,
}

const fn row(method: &'static str, path: &'static str, right: Right, at: At) -> Need {
    Need { method, path, right, at }
}

/// In the order of the list of routes.
pub(crate) const TABLE: &[Need] = &[
    row("GET", "/api/v1/health", Right::Read, At::Anybody),
    row("GET", "/api/v1/openapi.json", Right::Read, At::Anybody),
    row("GET", "/metrics", Right::Read, At::Project),
    row("POST", "/api/v1/apply", Right::Configure, At::Project),
    row("GET", "/api/v1/catalog", Right::Read, At::Somewhere),
    row("GET", "/api/v1/configuration", Right::Read, At::Project),
    row("POST", "/api/v1/sample", Right::Configure, At::Project),
    row("GET", "/api/v1/environments", Right::Read, At::Somewhere),
    row("GET", "/api/v1/environments/{environment}", Right::Read, At::Environment),
    row("GET", "/api/v1/environments/{environment}/diff", Right::Read, At::Environment),
    row("GET", "/api/v1/environments/{environment}/drift", Right::Read, At::Environment),
    row("GET", "/api/v1/environments/{environment}/outline", Right::Read, At::Environment),
    row("POST", "/api/v1/environments/{environment}/rollouts", Right::Deploy, At::Environment),
    row("POST", "/api/v1/releases", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/releases", Right::Read, At::Somewhere),
    row("GET", "/api/v1/releases/{version}", Right::Read, At::Somewhere),
    row("POST", "/api/v1/releases/{version}/promotions", Right::Deploy, At::Body),
    row("POST", "/api/v1/releases/{version}/allow", Right::Deploy, At::Body),
    row("GET", "/api/v1/bundles", Right::Read, At::Somewhere),
    row("POST", "/api/v1/bundles", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/bundles/{digest}", Right::Read, At::Somewhere),
    row("DELETE", "/api/v1/bundles/{digest}", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/bundle-keys", Right::Read, At::Somewhere),
    // Whose bundles are taken says what may run here.
    row("PUT", "/api/v1/bundle-keys/{name}", Right::Configure, At::Project),
    row("DELETE", "/api/v1/bundle-keys/{name}", Right::Configure, At::Project),
    row("GET", "/api/v1/rollouts", Right::Read, At::Somewhere),
    row("GET", "/api/v1/rollouts/{id}", Right::Read, At::Rollout),
    row("GET", "/api/v1/rollouts/{id}/samples", Right::Read, At::Rollout),
    row("GET", "/api/v1/rollouts/{id}/smoke-tests", Right::Read, At::Rollout),
    row("POST", "/api/v1/rollouts/{id}/hold", Right::Stop, At::Rollout),
    row("POST", "/api/v1/rollouts/{id}/resume", Right::Deploy, At::Rollout),
    row("POST", "/api/v1/rollouts/{id}/promote", Right::Deploy, At::Rollout),
    row("POST", "/api/v1/rollouts/{id}/abort", Right::Stop, At::Rollout),
    row("POST", "/api/v1/rollouts/{id}/rollback", Right::Stop, At::Rollout),
    row("GET", "/api/v1/environments/{environment}/gates", Right::Read, At::Environment),
    row("POST", "/api/v1/environments/{environment}/gates/votes", Right::Sign, At::Environment),
    row("POST", "/api/v1/environments/{environment}/gates/override", Right::OverrideFreeze, At::Environment),
    // A standard change needs no approval, so saying that it is one is as good as giving it.
    row("PUT", "/api/v1/releases/{version}/change", Right::Waive, At::Project),
    row("GET", "/api/v1/reviews", Right::Read, At::Somewhere),
    row("GET", "/api/v1/releases/{version}/reviews", Right::Read, At::Somewhere),
    row("POST", "/api/v1/releases/{version}/reviews", Right::Sign, At::Body),
    row("GET", "/api/v1/calendar", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/calendar/{name}", Right::EditCalendar, At::Project),
    row("DELETE", "/api/v1/calendar/{name}", Right::EditCalendar, At::Project),
    row("GET", "/api/v1/calendar.ics", Right::Read, At::Somewhere),
    row("POST", "/api/v1/calendar/feeds/{feed}", Right::EditCalendar, At::Project),
    row("GET", "/api/v1/why", Right::Read, At::Somewhere),
    row("GET", "/api/v1/releases/{version}/why", Right::Read, At::Somewhere),
    row("GET", "/api/v1/environments/{environment}/secrets", Right::Read, At::Environment),
    row("PUT", "/api/v1/environments/{environment}/secrets/{name}", Right::WriteSecrets, At::Environment),
    row("DELETE", "/api/v1/environments/{environment}/secrets/{name}", Right::WriteSecrets, At::Environment),
    row("POST", "/api/v1/secrets/rotation", Right::WriteSecrets, At::Project),
    row("GET", "/api/v1/flags", Right::Read, At::Somewhere),
    row("POST", "/api/v1/flags", Right::Deploy, At::Body),
    row("GET", "/api/v1/flags/{key}", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/flags/{key}", Right::Deploy, At::Body),
    row("POST", "/api/v1/flags/{key}/archive", Right::Deploy, At::Project),
    row("POST", "/api/v1/flags/{key}/restore", Right::Deploy, At::Project),
    row("GET", "/api/v1/flags/{key}/history", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/flags/{key}/environments/{environment}", Right::Deploy, At::Environment),
    // The handler asks for more where it is switched on.
    row("POST", "/api/v1/flags/{key}/environments/{environment}/switch", Right::Stop, At::Environment),
    row("POST", "/api/v1/flags/{key}/environments/{environment}/revert", Right::Deploy, At::Environment),
    row("POST", "/api/v1/flags/{key}/environments/{environment}/proposals", Right::Propose, At::Environment),
    // The handler asks for more where nobody of the two may ship there.
    row(
        "POST",
        "/api/v1/flags/{key}/environments/{environment}/proposals/{proposal}/approve",
        Right::Sign,
        At::Environment,
    ),
    row(
        "POST",
        "/api/v1/flags/{key}/environments/{environment}/proposals/{proposal}/reject",
        Right::Sign,
        At::Environment,
    ),
    // The handler asks for more where somebody else proposed it.
    row(
        "POST",
        "/api/v1/flags/{key}/environments/{environment}/proposals/{proposal}/withdraw",
        Right::Propose,
        At::Environment,
    ),
    row("GET", "/api/v1/flags/{key}/environments/{environment}/exposure", Right::Read, At::Environment),
    row("POST", "/api/v1/environments/{environment}/flags/import", Right::Deploy, At::Environment),
    row("GET", "/api/v1/environments/{environment}/flags.json", Right::Read, At::Environment),
    row("POST", "/api/v1/environments/{environment}/flags/evaluate", Right::Read, At::Environment),
    row("POST", "/api/v1/environments/{environment}/ofrep/v1/evaluate/flags", Right::Read, At::Environment),
    row(
        "POST",
        "/api/v1/environments/{environment}/ofrep/v1/evaluate/flags/{key}",
        Right::Read,
        At::Environment,
    ),
    row("GET", "/api/v1/environments/{environment}/flag-keys", Right::Configure, At::Environment),
    row("POST", "/api/v1/environments/{environment}/flag-keys", Right::Configure, At::Environment),
    row("DELETE", "/api/v1/environments/{environment}/flag-keys/{token}", Right::Configure, At::Environment),
    // It only reads: the table of traffic is too long for a query.
    row("POST", "/api/v1/window-advice", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/plans/{version}", Right::CreateRelease, At::Project),
    // The handler asks for more where it moves or triages; a vote and the call are the named person's.
    row("POST", "/api/v1/plans/{version}/acts", Right::Sign, At::Somewhere),
    row("POST", "/api/v1/plans/{version}/import", Right::CreateRelease, At::Project),
    row("POST", "/api/v1/plans/{version}/cases/import", Right::CreateRelease, At::Project),
    row("POST", "/api/v1/plans/{version}/cases/{case}/files", Right::Sign, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/files/{digest}", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/export", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/schedule", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/capacity", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/readiness", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/risk", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/go-no-go", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/retrospective", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/plans/{version}/retrospective", Right::Sign, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/history", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/difference", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/progress", Right::Read, At::Somewhere),
    row("POST", "/api/v1/plans/{version}/begin", Right::CreateRelease, At::Project),
    row("POST", "/api/v1/plans/{version}/template", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/plan-actions", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plan-templates", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plan-templates/{name}", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/plan-templates/{name}", Right::CreateRelease, At::Project),
    row("DELETE", "/api/v1/plan-templates/{name}", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/plan-templates/{name}/difference", Right::Read, At::Somewhere),
    row("POST", "/api/v1/plan-templates/{name}/update", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/plan-rotation", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/plan-rotation", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/plans/{version}/untriaged", Right::Read, At::Somewhere),
    row("GET", "/api/v1/plans/{version}/comparison", Right::Read, At::Somewhere),
    row("GET", "/api/v1/scope/sources", Right::Read, At::Somewhere),
    row("GET", "/api/v1/scope/sources/{source}", Right::Read, At::Somewhere),
    // It says where a token is sent: the handler asks for the right to that secret, too.
    row("PUT", "/api/v1/scope/sources/{source}", Right::Configure, At::Project),
    row("DELETE", "/api/v1/scope/sources/{source}", Right::Configure, At::Project),
    row("POST", "/api/v1/scope/sources/{source}/refresh", Right::CreateRelease, At::Project),
    row("POST", "/api/v1/scope/sources/{source}/import", Right::CreateRelease, At::Project),
    row("GET", "/api/v1/scope/sources/{source}/items", Right::Read, At::Somewhere),
    row("GET", "/api/v1/releases/{version}/notes", Right::Read, At::Somewhere),
    row("PUT", "/api/v1/releases/{version}/notes", Right::CreateRelease, At::Project),
    row("POST", "/api/v1/releases/{version}/notes/renew", Right::CreateRelease, At::Project),
    row("POST", "/api/v1/releases/{version}/evidence", Right::AddEvidence, At::Project),
    row("GET", "/api/v1/releases/{version}/evidence", Right::Read, At::Somewhere),
    row("GET", "/api/v1/releases/{version}/evidence/{report}", Right::Read, At::Somewhere),
    // The handler looks whose outputs are in it.
    row("GET", "/api/v1/releases/{version}/evidence/{report}/file", Right::Read, At::Somewhere),
    row("POST", "/api/v1/releases/{version}/waivers", Right::Waive, At::Project),
    row("GET", "/api/v1/events", Right::Read, At::Project),
    row("GET", "/api/v1/events/stream", Right::Read, At::Somewhere),
    row("GET", "/api/v1/logs/{environment}/{component}", Right::ReadLogs, At::Environment),
    row("GET", "/api/v1/logs/{environment}/{component}/stream", Right::ReadLogs, At::Environment),
    row("GET", "/api/v1/audit", Right::ReadAudit, At::Project),
    row("POST", "/api/v1/audit/compare", Right::ReadAudit, At::Project),
    row("GET", "/api/v1/audit/checkpoint", Right::ReadAudit, At::Project),
    row("GET", "/api/v1/audit/proof", Right::ReadAudit, At::Project),
    row("GET", "/api/v1/audit/events", Right::ReadAudit, At::Project),
    row("GET", "/api/v1/audit/export", Right::ReadAudit, At::Project),
    row("GET", "/api/v1/audit/retention", Right::ReadAudit, At::Project),
    row("PUT", "/api/v1/audit/retention", Right::Administer, At::Project),
    row("GET", "/api/v1/webhooks", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/webhooks", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/webhooks/{name}", Right::EditWebhooks, At::Project),
    row("DELETE", "/api/v1/webhooks/{name}", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/webhooks/{name}/enable", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/webhooks/{name}/disable", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/webhooks/{name}/rotate", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/webhooks/{name}/test", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/webhooks/{name}/deliveries", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/webhooks/{name}/replay", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/channels", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/channels/{channel}", Right::EditWebhooks, At::Project),
    row("PUT", "/api/v1/channels/{channel}", Right::EditWebhooks, At::Project),
    row("DELETE", "/api/v1/channels/{channel}", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/channels/{channel}/test", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/audiences", Right::EditWebhooks, At::Project),
    row("PUT", "/api/v1/audiences/{audience}", Right::EditWebhooks, At::Project),
    row("DELETE", "/api/v1/audiences/{audience}", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/announcements", Right::Read, At::Project),
    row("POST", "/api/v1/announcements", Right::EditCalendar, At::Project),
    row("GET", "/api/v1/announcements/{announcement}", Right::Read, At::Project),
    row("POST", "/api/v1/announcements/{announcement}/cancel", Right::EditCalendar, At::Project),
    row("POST", "/api/v1/announcements/{announcement}/again", Right::EditCalendar, At::Project),
    // Addresses of people stand in them.
    row("GET", "/api/v1/announcements/{announcement}/deliveries", Right::EditCalendar, At::Project),
    row("GET", "/api/v1/announcement-templates", Right::Read, At::Project),
    row("POST", "/api/v1/announcement-templates/preview", Right::Read, At::Project),
    row("PUT", "/api/v1/announcement-templates/{occasion}", Right::EditCalendar, At::Project),
    row("DELETE", "/api/v1/announcement-templates/{occasion}", Right::EditCalendar, At::Project),
    row("GET", "/api/v1/subscribers", Right::EditWebhooks, At::Project),
    row("DELETE", "/api/v1/subscribers/{subscriber}", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/announcement-schedules", Right::EditCalendar, At::Project),
    row("GET", "/api/v1/feedback", Right::Read, At::Project),
    row("GET", "/api/v1/releases/{version}/outcome", Right::Read, At::Project),
    row("GET", "/api/v1/releases/{version}/feedback", Right::Read, At::Project),
    row("POST", "/api/v1/releases/{version}/feedback", Right::AddEvidence, At::Project),
    row("GET", "/public/announcements", Right::Read, At::Public),
    row("GET", "/public/announcements/{announcement}", Right::Read, At::Public),
    row("GET", "/public/announcements.atom", Right::Read, At::Public),
    row("GET", "/public/announcements.rss", Right::Read, At::Public),
    row("GET", "/public/style.css", Right::Read, At::Public),
    row("POST", "/public/subscribe", Right::Read, At::Public),
    row("GET", "/public/confirm", Right::Read, At::Public),
    row("POST", "/public/confirm", Right::Read, At::Public),
    row("GET", "/public/unsubscribe", Right::Read, At::Public),
    row("POST", "/public/unsubscribe", Right::Read, At::Public),
    row("GET", "/public/feedback", Right::Read, At::Public),
    row("POST", "/public/feedback", Right::Read, At::Public),
    row("GET", "/api/v1/inbound", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/inbound", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/inbound/{name}", Right::EditWebhooks, At::Project),
    row("DELETE", "/api/v1/inbound/{name}", Right::EditWebhooks, At::Project),
    row("POST", "/api/v1/inbound/{name}", Right::EditWebhooks, At::Delivery),
    row("POST", "/api/v1/inbound/{name}/rotate", Right::EditWebhooks, At::Project),
    row("GET", "/api/v1/incidents", Right::Read, At::Somewhere),
    row("POST", "/api/v1/incidents", Right::Stop, At::Body),
    row("GET", "/api/v1/incidents/{incident}", Right::Read, At::Somewhere),
    // The handler looks where it is.
    row("POST", "/api/v1/incidents/{incident}/link", Right::Stop, At::Body),
    row("POST", "/api/v1/incidents/{incident}/unlink", Right::Stop, At::Body),
    row("POST", "/api/v1/incidents/{incident}/resolve", Right::Stop, At::Body),
    row("POST", "/api/v1/incidents/{incident}/reopen", Right::Stop, At::Body),
    row("POST", "/api/v1/incidents/{incident}/notes", Right::Stop, At::Body),
    row("GET", "/api/v1/measures", Right::Read, At::Somewhere),
    row("GET", "/api/v1/measures/rows", Right::Read, At::Somewhere),
    row("GET", "/api/v1/measures.csv", Right::Read, At::Somewhere),
    row("GET", "/api/v1/projects", Right::Read, At::SignedIn),
    row("POST", "/api/v1/projects", Right::Administer, At::Installation),
    row("POST", "/api/v1/setup", Right::Administer, At::Anybody),
    row("POST", "/api/v1/session", Right::Read, At::Anybody),
    row("GET", "/api/v1/session", Right::Read, At::SignedIn),
    row("DELETE", "/api/v1/session", Right::Read, At::SignedIn),
    row("GET", "/api/v1/session/oidc", Right::Read, At::Anybody),
    row("POST", "/api/v1/session/oidc", Right::Read, At::Anybody),
    row("GET", "/api/v1/session/oidc/{provider}", Right::Read, At::Anybody),
    row("GET", "/api/v1/session/oidc/{provider}/callback", Right::Read, At::Anybody),
    row("POST", "/api/v1/people", Right::Administer, At::Installation),
    row("GET", "/api/v1/people", Right::Administer, At::Installation),
    row("GET", "/api/v1/people/{person}", Right::Grant, At::PersonOfAnyProject),
    row("PUT", "/api/v1/people/{person}/grants", Right::Grant, At::AnyProject),
    row("PUT", "/api/v1/people/{person}/groups", Right::Administer, At::Installation),
    row("PUT", "/api/v1/people/{person}/links", Right::Administer, At::Installation),
    row("PUT", "/api/v1/people/{person}/password", Right::Administer, At::Person),
    row("POST", "/api/v1/people/{person}/disable", Right::Administer, At::Installation),
    row("POST", "/api/v1/people/{person}/enable", Right::Administer, At::Installation),
    row("DELETE", "/api/v1/people/{person}/sessions", Right::Administer, At::Person),
    row("GET", "/api/v1/people/{person}/tokens", Right::Administer, At::Person),
    row("POST", "/api/v1/people/{person}/tokens", Right::Administer, At::Person),
    row("DELETE", "/api/v1/people/{person}/tokens/{token}", Right::Administer, At::Person),
    row("GET", "/api/v1/groups", Right::Administer, At::Installation),
    row("PUT", "/api/v1/groups/{group}", Right::Administer, At::Installation),
];

/// The line of a route; whoever asks with HEAD reads.
pub(crate) fn need(method: &Method, path: &str) -> Option<&'static Need> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|need| need.method == method && need.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn documented() -> BTreeSet<(String, String)> {
        let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let routes = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap();
            methods.keys().map(move |method| (method.to_uppercase(), path.clone()))
        });
        routes.collect()
    }

    #[test]
    fn every_route_says_which_right_it_needs() {
        let documented = documented();
        let missing: Vec<_> = documented
            .iter()
            .filter(|(method, path)| need(&method.parse().unwrap(), path).is_none())
            .collect();
        assert!(missing.is_empty(), "add a line to TABLE for each of: {missing:#?}");
        let ofrep = "/api/v1/environments/{environment}/ofrep/v1/evaluate/flags";
        let ofrep_one = "/api/v1/environments/{environment}/ofrep/v1/evaluate/flags/{key}";
        let beside = ["/metrics", "/api/v1/openapi.json", ofrep, ofrep_one];
        let gone: Vec<_> = TABLE
            .iter()
            .filter(|need| !beside.contains(&need.path) && need.at != At::Public)
            .filter(|need| !documented.contains(&(need.method.to_owned(), need.path.to_owned())))
            .collect();
        assert!(gone.is_empty(), "no route has these lines: {gone:#?}");
    }

    #[test]
    fn no_route_stands_twice_and_none_that_changes_something_is_for_anybody() {
        let mut seen = BTreeSet::new();
        for need in TABLE {
            assert!(seen.insert((need.method, need.path)), "{need:?} stands twice");
            let opens = ["/api/v1/setup", "/api/v1/session", "/api/v1/session/oidc"];
            let harmless = need.method == "GET" || opens.contains(&need.path);
            assert!(harmless || need.at != At::Anybody, "{need:?}");
            assert_eq!(need.at == At::Public, need.path.starts_with("/public/"), "{need:?}");
        }
    }

    #[test]
    fn what_the_path_names_is_in_the_path() {
        for need in TABLE {
            let named = match need.at {
                At::Environment => "{environment}",
                At::Rollout => "/rollouts/{id}",
                At::Person | At::PersonOfAnyProject => "/people/{person}",
                At::Anybody
                | At::Delivery
                | At::Public
                | At::SignedIn
                | At::AnyProject
                | At::Installation
                | At::Project
                | At::Somewhere
                | At::Body => "",
            };
            assert!(need.path.contains(named), "{need:?}");
        }
    }
}

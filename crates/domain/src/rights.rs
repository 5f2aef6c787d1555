//! Roles, what each may do, and where.
//!
//! Invariant: deny by default: what no line of the table names, nobody may do. A role includes those below it only as
//! the table says. Deliberately not here: who somebody is, and how they prove it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::name::EnvironmentName;

/// Over a project, or one environment of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Viewer,
    Developer,
    Approver,
    ReleaseManager,
    Admin,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Developer, Self::Approver, Self::ReleaseManager, Self::Admin];

    /// Whether who holds `self` passes for `other` where a gate asks for a role. An admin is no approver by that:
    /// keeping the installation and consenting to changes are different duties.
    pub fn includes(self, other: Self) -> bool {
        match self {
            Self::Admin => matches!(other, Self::Admin | Self::Viewer),
            Self::ReleaseManager => {
                matches!(other, Self::ReleaseManager | Self::Approver | Self::Developer | Self::Viewer)
            }
            Self::Approver => matches!(other, Self::Approver | Self::Viewer),
            Self::Developer => matches!(other, Self::Developer | Self::Viewer),
            Self::Viewer => matches!(other, Self::Viewer),
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Approver => "approver",
            Self::ReleaseManager => "release-manager",
            Self::Admin => "admin",
        })
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.to_string() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role: use viewer, developer, approver, release-manager or admin")]
pub struct UnknownRole(pub String);

/// What can be done to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// See releases, rollouts, environments, gates, evidence.
    Read,
    ReadLogs,
    /// See who did what from where.
    ReadAudit,
    CreateRelease,
    AddEvidence,
    /// Start and steer rollouts where nothing is protected.
    Deploy,
    /// The same where the environment is protected.
    DeployProtected,
    /// Hold, abort and roll back: anybody who may ship may stop.
    Stop,
    /// Sign gates (which ones, the gate says).
    Sign,
    /// Say how a flag should change; nothing happens before somebody approves it.
    Propose,
    /// Approve what was proposed by somebody who may not ship there.
    Approve,
    Waive,
    OverrideFreeze,
    EditCalendar,
    Configure,
    WriteSecrets,
    EditWebhooks,
    /// Grant roles within the project.
    Grant,
    /// People, tokens of others, projects, settings.
    Administer,
}

impl Right {
    pub const ALL: [Self; 19] = [
        Self::Read,
        Self::ReadLogs,
        Self::ReadAudit,
        Self::CreateRelease,
        Self::AddEvidence,
        Self::Deploy,
        Self::DeployProtected,
        Self::Stop,
        Self::Sign,
        Self::Propose,
        Self::Approve,
        Self::Waive,
        Self::OverrideFreeze,
        Self::EditCalendar,
        Self::Configure,
        Self::WriteSecrets,
        Self::EditWebhooks,
        Self::Grant,
        Self::Administer,
    ];
}

/// The table. Read a row as: this role may do these.
pub fn may(role: Role, right: Right) -> bool {
    use Right::{
        AddEvidence, Administer, Approve, Configure, CreateRelease, Deploy, DeployProtected, EditCalendar,
        EditWebhooks, Grant, OverrideFreeze, Propose, Read, ReadAudit, ReadLogs, Sign, Stop, Waive,
        WriteSecrets,
    };
    match role {
        Role::Viewer => matches!(right, Read),
        Role::Developer => {
            matches!(right, Read | ReadLogs | CreateRelease | AddEvidence | Deploy | Stop | Sign | Propose)
        }
        Role::Approver => matches!(right, Read | ReadLogs | ReadAudit | Stop | Sign | Approve),
        Role::ReleaseManager => matches!(
            right,
            Read | ReadLogs
                | ReadAudit
                | CreateRelease
                | AddEvidence
                | Deploy
                | DeployProtected
                | Stop
                | Sign
                | Propose
                | Approve
                | Waive
                | OverrideFreeze
                | EditCalendar
                | Configure
        ),
        Role::Admin => matches!(
            right,
            Read | ReadLogs
                | ReadAudit
                | Stop
                | EditCalendar
                | Configure
                | WriteSecrets
                | EditWebhooks
                | Grant
                | Administer
        ),
    }
}

/// A role somebody holds, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    /// Every project where absent.
    pub project: Option<String>,
    /// Every environment of it where absent.
    pub environment: Option<EnvironmentName>,
}

impl Grant {
    /// Whether it holds for something in a project, and, where that is in one, an environment.
    pub fn reaches(&self, project: &str, environment: Option<&EnvironmentName>) -> bool {
        let project_fits = self.project.as_deref().is_none_or(|named| named == project);
        let environment_fits = self.environment.as_ref().is_none_or(|named| environment == Some(named));
        project_fits && environment_fits
    }
}

/// The roles that these grants give there.
pub fn roles(grants: &[Grant], project: &str, environment: Option<&EnvironmentName>) -> BTreeSet<Role> {
    grants.iter().filter(|grant| grant.reaches(project, environment)).map(|grant| grant.role).collect()
}

pub fn allowed(
    grants: &[Grant],
    right: Right,
    (project, environment): (&str, Option<&EnvironmentName>),
) -> bool {
    roles(grants, project, environment).into_iter().any(|role| may(role, right))
}

/// Where something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Tidegate itself: people, settings, every project.
    Installation,
    /// A whole project.
    Project(&'a str),
    /// What belongs to a project and is there for whoever may in any environment of it.
    Somewhere(&'a str),
    Environment(&'a str, &'a EnvironmentName),
}

/// Whether these grants allow it there.
pub fn permits(grants: &[Grant], right: Right, place: Place<'_>) -> bool {
    grants.iter().filter(|grant| grant.holds(place)).any(|grant| may(grant.role, right))
}

/// Whether these grants allow it in a whole project, whichever it is.
pub fn permits_in_any(grants: &[Grant], right: Right) -> bool {
    grants.iter().filter(|grant| grant.environment.is_none()).any(|grant| may(grant.role, right))
}

/// Whether they reach anything of a project: else it must not even be told that there is one.
pub fn knows(grants: &[Grant], project: &str) -> bool {
    grants.iter().any(|grant| grant.holds(Place::Somewhere(project)))
}

impl Grant {
    fn holds(&self, place: Place<'_>) -> bool {
        match place {
            Place::Installation => self.project.is_none() && self.environment.is_none(),
            Place::Project(project) => self.reaches(project, None),
            Place::Somewhere(project) => self.project.as_deref().is_none_or(|named| named == project),
            Place::Environment(project, environment) => self.reaches(project, Some(environment)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every role against every right: a change of the table is a change of this picture.
    #[test]
    fn the_table_of_rights() {
        let row = |right| {
            let who = Role::ALL.into_iter().filter(|role| may(*role, right)).map(|role| role.to_string());
            format!("{right:?}: {}", who.collect::<Vec<_>>().join(", "))
        };
        insta::assert_snapshot!(Right::ALL.map(row).join("\n"));
    }

    #[test]
    fn a_role_reads_back_from_its_text() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn whoever_ships_may_stop() {
        for role in Role::ALL.into_iter().filter(|role| may(*role, Right::Deploy)) {
            assert!(may(role, Right::Stop), "{role}");
        }
    }

    /// What is changed on two people's word has one among them who may change it, or is there to consent.
    #[test]
    fn who_only_proposes_approves_nothing_of_that_kind() {
        for role in Role::ALL.into_iter().filter(|role| may(*role, Right::Propose)) {
            assert_eq!(may(role, Right::Approve), may(role, Right::DeployProtected), "{role}");
        }
    }

    fn grant() -> impl Strategy<Value = Grant> {
        let role = prop::sample::select(Role::ALL.to_vec());
        let project = prop::sample::select(vec![None, Some("shop"), Some("bank")]);
        let environment = prop::sample::select(vec![None, Some("staging"), Some("production")]);
        (role, project, environment).prop_map(|(role, project, environment)| Grant {
            role,
            project: project.map(str::to_owned),
            environment: environment.map(|name| EnvironmentName::new(name).unwrap()),
        })
    }

    proptest! {
        #[test]
        fn nothing_reaches_across_projects(grants in prop::collection::vec(grant(), 0..5)) {
            let bank_only: Vec<_> = grants.into_iter().filter(|grant| grant.project.as_deref() == Some("bank")).collect();
            let production = EnvironmentName::new("production").unwrap();
            for right in Right::ALL {
                prop_assert!(!allowed(&bank_only, right, ("shop", Some(&production))));
                prop_assert!(!allowed(&bank_only, right, ("shop", None)));
            }
        }

        /// What holds for a larger place holds for each smaller one in it.
        #[test]
        fn places_lie_within_each_other(grants in prop::collection::vec(grant(), 0..5)) {
            let production = EnvironmentName::new("production").unwrap();
            for right in Right::ALL {
                let places = [
                    Place::Installation,
                    Place::Project("shop"),
                    Place::Environment("shop", &production),
                    Place::Somewhere("shop"),
                ];
                let allowed = places.map(|place| permits(&grants, right, place));
                prop_assert!(allowed.is_sorted(), "{right:?}: {allowed:?}");
                prop_assert!(!allowed[3] || knows(&grants, "shop"));
            }
        }

        #[test]
        fn more_grants_never_take_rights_away(grants in prop::collection::vec(grant(), 0..5), more in grant()) {
            let production = EnvironmentName::new("production").unwrap();
            let extended = [grants.clone(), vec![more]].concat();
            for right in Right::ALL {
                let place = ("shop", Some(&production));
                prop_assert!(!allowed(&grants, right, place) || allowed(&extended, right, place));
            }
        }

        #[test]
        fn a_grant_for_an_environment_holds_nowhere_else(role in prop::sample::select(Role::ALL.to_vec())) {
            let staging = EnvironmentName::new("staging").unwrap();
            let production = EnvironmentName::new("production").unwrap();
            let grants = [Grant { role, project: None, environment: Some(staging) }];
            for right in Right::ALL {
                prop_assert!(!allowed(&grants, right, ("shop", Some(&production))));
                prop_assert!(!allowed(&grants, right, ("shop", None)));
            }
        }
    }
}

//! The projects of an installation, besides its first.
//!
//! Invariant: a project that was added stays: its log is part of the audit trail. Deliberately not here: what is in one
//! (each has a log of its own), who may see it (`rights`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::name::ProjectName;
use crate::refusal::Refuse;

/// Each has a gateway and a store of its own.
const PROJECTS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projects {
    pub names: BTreeSet<ProjectName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProjectsEvent {
    Added { name: ProjectName },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectsRefusal {
    #[error("there is a project `{name}` already")]
    Exists { name: ProjectName },
    #[error("an installation holds at most {most} projects")]
    TooMany { most: usize },
}

impl Refuse for ProjectsRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "project-exists",
            Self::TooMany { .. } => "too-many-projects",
        }
    }
    fn help(&self) -> String {
        match self {
            Self::Exists { name } => format!("use it: `tidegate --project {name} …`, or take another name"),
            Self::TooMany { .. } => "run another installation beside this one".to_owned(),
        }
    }
}

impl ProjectsEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "projects.added",
        }
    }
}

pub fn decide(state: &Projects, name: ProjectName) -> Result<Vec<ProjectsEvent>, ProjectsRefusal> {
    if name.is_first() || state.names.contains(&name) {
        return Err(ProjectsRefusal::Exists { name });
    }
    if state.names.len() + 1 >= PROJECTS_MAX {
        return Err(ProjectsRefusal::TooMany { most: PROJECTS_MAX });
    }
    Ok(vec![ProjectsEvent::Added { name }])
}

pub fn evolve(mut state: Projects, event: &ProjectsEvent) -> Projects {
    match event {
        ProjectsEvent::Added { name } => state.names.insert(name.clone()),
    };
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_once_and_the_first_project_is_always_there() {
        let mut state = Projects::default();
        assert_eq!(decide(&state, ProjectName::first()).unwrap_err().code(), "project-exists");
        for number in 1..PROJECTS_MAX {
            let name: ProjectName = format!("p{number}").parse().unwrap();
            let events = decide(&state, name.clone()).unwrap();
            state = events.iter().fold(state, evolve);
            assert_eq!(decide(&state, name).unwrap_err().code(), "project-exists");
        }
        assert_eq!(decide(&state, "more".parse().unwrap()).unwrap_err().code(), "too-many-projects");
    }
}

//! A role and where it is held, as it is typed.
//!
//! Invariant: what was not said is everywhere. Not here: giving it to anybody.

use tidegate_api::{Grant, Role};

use crate::failure::Failure;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct RoleArgs {
    /// viewer, developer, approver, release-manager or admin
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub role: Option<Role>,
    /// Only in this environment
    #[arg(long, value_name = "ENVIRONMENT", requires = "role")]
    pub environment: Option<String>,
    /// Only in this project
    #[arg(long, value_name = "PROJECT", requires = "role")]
    pub project: Option<String>,
}

impl RoleArgs {
    pub fn grant(self) -> Option<Grant> {
        let Self { role, environment, project } = self;
        role.map(|role| Grant { role, project, environment })
    }

    pub fn needed(self) -> Result<Grant, Failure> {
        self.grant().ok_or_else(|| {
            Failure::usage("which-role", "no role was named")
                .help("name one: --role viewer, developer, approver, release-manager or admin")
        })
    }
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| "use viewer, developer, approver, release-manager or admin".to_owned())
}

/// All that is held but this one.
pub fn without(held: Vec<Grant>, gone: &Grant) -> Result<Vec<Grant>, Failure> {
    let count = held.len();
    let left: Vec<Grant> = held.into_iter().filter(|grant| grant != gone).collect();
    if left.len() < count {
        return Ok(left);
    }
    Err(Failure::refused("no-such-grant", "that role is not held there")
        .help("see what is: `tidegate user show NAME`, `tidegate group list`; a group's grants are not a person's own"))
}

pub fn with(mut held: Vec<Grant>, more: Grant) -> Vec<Grant> {
    if !held.contains(&more) {
        held.push(more);
    }
    held
}

//! Why a template or a rotation cannot be kept.

use tidegate_plan::document::Problem;

use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanBookRefusal {
    #[error("there is no template `{name}`{}", edition(.version.as_ref()))]
    Unknown { name: String, version: Option<u32>, known: Vec<String> },
    #[error("`{name}` is a template of Tidegate's own, which is never changed")]
    BuiltIn { name: String },
    #[error("the template does not fit together: {}", listed(.problems))]
    Unfit { problems: Vec<Problem> },
    #[error("a template has at most {most} bytes as JSON, and this one has {bytes}")]
    TooLong { bytes: usize, most: usize },
    #[error("there are {most} templates of the team's own already")]
    Full { most: usize },
    #[error("{why}")]
    RotationUnfit { why: String },
}

fn edition(version: Option<&u32>) -> String {
    version.map_or_else(String::new, |version| format!(" of edition {version}"))
}

fn listed(problems: &[Problem]) -> String {
    let one = |problem: &Problem| format!("{}: {}", problem.path, problem.says);
    problems.iter().take(50).map(one).collect::<Vec<_>>().join("; ")
}

impl Refuse for PlanBookRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-plan-template",
            Self::BuiltIn { .. } => "plan-template-built-in",
            Self::Unfit { .. } | Self::TooLong { .. } => "plan-template-unfit",
            Self::Full { .. } => "plan-templates-full",
            Self::RotationUnfit { .. } => "members-unfit",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { known, .. } => {
                format!("there are: {}; see their editions: `tidegate plan template list`", known.join(", "))
            }
            Self::BuiltIn { name } => {
                format!(
                    "keep yours under another name: `tidegate plan template save team-{name} --plan VERSION`"
                )
            }
            Self::Unfit { .. } => "correct it there, and send the whole again".to_owned(),
            Self::TooLong { .. } => "leave out what is kept elsewhere, and name where it is".to_owned(),
            Self::Full { .. } => "remove one: `tidegate plan template remove NAME`".to_owned(),
            Self::RotationUnfit { .. } => {
                "write who takes turns: `tidegate plan rotation set ann bob --role release-manager`"
                    .to_owned()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::Unfit { .. } | Self::TooLong { .. } | Self::RotationUnfit { .. })
    }

    fn pointer(&self) -> Option<&str> {
        let Self::Unfit { problems } = self else { return None };
        problems.first().map(|it| it.path.as_str())
    }
}

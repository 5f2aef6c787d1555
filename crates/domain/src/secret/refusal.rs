//! Why a secret cannot be set, removed or used. No sentence here ever holds a value.

use crate::name::{EnvironmentName, SecretName};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefusal {
    #[error("{environment} has no secret {name}")]
    Unknown { environment: EnvironmentName, name: SecretName, known: Vec<SecretName> },
    #[error("{environment} asks for {}, which {} not been set there", list(.names), if .names.len() == 1 { "has" } else { "have" })]
    Missing { environment: EnvironmentName, names: Vec<SecretName> },
    #[error("the secret {name} of {environment} is needed by {needed_by}")]
    Needed { environment: EnvironmentName, name: SecretName, needed_by: String },
    #[error("that would be more than {most} secrets")]
    TooMany { most: usize },
    #[error("a secret has at least {least} characters, blanks around it aside")]
    TooShort { least: usize },
    #[error("a secret has at most {most} bytes, and this one has {bytes}")]
    TooLong { bytes: usize, most: usize },
    #[error("a secret is text in UTF-8 without NUL characters, and this is none")]
    NoText,
}

fn list(names: &[SecretName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Refuse for SecretRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-secret",
            Self::Missing { .. } => "secret-missing",
            Self::Needed { .. } => "secret-needed",
            Self::TooMany { .. } => "too-many-secrets",
            Self::TooShort { .. } => "secret-too-short",
            Self::TooLong { .. } => "secret-too-long",
            Self::NoText => "secret-no-text",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { environment, known, .. } if known.is_empty() => {
                format!("it has none; set one with `tidegate secret set NAME --env {environment}`")
            }
            Self::Unknown { known, .. } => format!("it has: {}", list(known)),
            Self::Missing { environment, names } => {
                let name = names.first().map_or_else(String::new, ToString::to_string);
                format!("set it, and deploy again: `tidegate secret set {name} --env {environment}`")
            }
            Self::Needed { environment, .. } => {
                format!("take it out of tidegate.yaml, apply, and deploy a release to {environment}; then remove it")
            }
            Self::TooMany { .. } => "remove those that nothing asks for: `tidegate secret list`".into(),
            Self::TooShort { .. } => {
                "shorter ones cannot be told from chance in logs; use a longer one, or a variable if it is none".into()
            }
            Self::TooLong { .. } => "put long content into a file, and its path into a variable".into(),
            Self::NoText => "encode it as text, for example as base64, and decode it in the service".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::TooShort { .. } | Self::TooLong { .. } | Self::NoText)
    }
}

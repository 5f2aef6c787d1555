//! Why something about a person cannot be done.

use super::TokenId;
use crate::name::PersonName;
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    #[error("{name} exists already")]
    Exists { name: PersonName },
    #[error("there is no such person")]
    Unknown,
    #[error("{name} is disabled: {reason}")]
    Disabled { name: PersonName, reason: String },
    #[error("{name} is the last administrator")]
    LastAdministrator { name: PersonName },
    #[error("{name} is a service account, and those have tokens, no other way to sign in")]
    ServiceHasNoPassword { name: PersonName },
    #[error("an identity is an issuer and a subject, each one line of at most 1000 bytes")]
    BadLink,
    #[error("{name} is this identity already")]
    LinkTaken { name: PersonName },
    #[error("there is no token {id}")]
    UnknownToken { id: TokenId },
    #[error("there is a token {id} already")]
    TokenExists { id: TokenId },
    #[error("that would be more than {most} {what}")]
    TooMany { what: &'static str, most: usize },
}

impl Refuse for PersonRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "person-exists",
            Self::Unknown => "unknown-person",
            Self::Disabled { .. } => "person-disabled",
            Self::LastAdministrator { .. } => "last-administrator",
            Self::ServiceHasNoPassword { .. } => "service-has-no-password",
            Self::BadLink => "bad-identity",
            Self::LinkTaken { .. } => "identity-taken",
            Self::UnknownToken { .. } => "unknown-token",
            Self::TokenExists { .. } => "token-exists",
            Self::TooMany { .. } => "too-many-of-a-person",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Exists { name } => format!("look at them with `tidegate user show {name}`"),
            Self::Unknown => "list them with `tidegate user list`".into(),
            Self::Disabled { name, .. } => format!("an administrator can `tidegate user enable {name}`"),
            Self::LastAdministrator { .. } => {
                "make somebody else one first: `tidegate user grant NAME --role admin`".into()
            }
            Self::ServiceHasNoPassword { name } => {
                format!("issue a token: `tidegate token create --for {name}`")
            }
            Self::BadLink => "take both from the provider: the claims `iss` and `sub` of an ID token".into(),
            Self::LinkTaken { name } => {
                format!(
                    "one identity is one person; `tidegate user show {name}` names theirs, `tidegate user unlink` takes one away"
                )
            }
            Self::UnknownToken { .. } | Self::TokenExists { .. } => {
                "list them with `tidegate token list`".into()
            }
            Self::TooMany { .. } => "use groups, or take away what is not used any more".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::UnknownToken { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::TooMany { .. } | Self::BadLink)
    }
}

//! What an evaluation answers, in OpenFeature's words.
//!
//! Invariant: there is always an answer; where it has no value, the caller's default holds.

use serde_json::{Map, Value};

use crate::flag::{Flag, Variant};

/// Why a flag has the value it has. The words are OpenFeature's and used as flagd uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The flag has no rule.
    Static,
    /// The rule chose nothing, a prerequisite is not met, or the flag has no default variant.
    Default,
    /// The rule chose the variant, a percentage included.
    TargetingMatch,
    /// The flag is switched off.
    Disabled,
    /// There is an [`ErrorCode`].
    Error,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::Default => "DEFAULT",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Disabled => "DISABLED",
            Self::Error => "ERROR",
        }
    }
}

/// OpenFeature's error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    FlagNotFound,
    /// The flag is in the document and was refused.
    ParseError,
    TypeMismatch,
    /// For protocols that want one; see [`Details::lacks_targeting_key`].
    TargetingKeyMissing,
    /// For those who build a [`Context`](crate::Context) from what somebody sent.
    InvalidContext,
    /// For those who have no set yet.
    ProviderNotReady,
    General,
}

impl ErrorCode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::ParseError => "PARSE_ERROR",
            Self::TypeMismatch => "TYPE_MISMATCH",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::InvalidContext => "INVALID_CONTEXT",
            Self::ProviderNotReady => "PROVIDER_NOT_READY",
            Self::General => "GENERAL",
        }
    }
}

/// The answer to one evaluation. It borrows from the set only.
#[derive(Clone, Copy, Debug)]
pub struct Details<'a> {
    pub(crate) flag: Option<&'a Flag>,
    pub(crate) variant: Option<&'a Variant>,
    pub(crate) off: Option<&'a Variant>,
    pub(crate) reason: Reason,
    pub(crate) error: Option<ErrorCode>,
    pub(crate) message: Option<&'a str>,
    pub(crate) lacks_targeting_key: bool,
}

impl<'a> Details<'a> {
    /// For those who cannot even ask a set.
    pub fn failure(code: ErrorCode, message: &'a str) -> Self {
        Self {
            flag: None,
            variant: None,
            off: None,
            reason: Reason::Error,
            error: Some(code),
            message: Some(message),
            lacks_targeting_key: false,
        }
    }

    /// The answer as OFREP gives it, so that who asks a server and who evaluates in process are told the same: a flag that
    /// is off gives its [`off`](Self::off) variant, and a percentage of nobody is `TARGETING_KEY_MISSING`.
    #[must_use]
    #[inline]
    pub fn as_served(self) -> Self {
        if self.lacks_targeting_key {
            return self.failed(
                ErrorCode::TargetingKeyMissing,
                "a rule divides by the targeting key, and the context has none",
            );
        }
        let off = self.off.filter(|_| self.reason == Reason::Disabled);
        Self { variant: off.or(self.variant), ..self }
    }

    /// None: the caller's default holds.
    #[inline]
    pub fn value(&self) -> Option<&'a Value> {
        self.variant.map(|variant| &variant.value)
    }

    #[inline]
    pub fn variant(&self) -> Option<&'a str> {
        self.variant.map(|variant| &*variant.name)
    }

    pub fn reason(&self) -> Reason {
        self.reason
    }

    pub fn error(&self) -> Option<ErrorCode> {
        self.error
    }

    /// What to tell people about the error, or about the prerequisite that was not met.
    pub fn message(&self) -> Option<&'a str> {
        self.message
    }

    /// The flag's metadata over the set's. None where the flag is not found.
    pub fn metadata(&self) -> Option<&'a Map<String, Value>> {
        self.flag.map(Flag::metadata)
    }

    /// Of a disabled flag, the variant that a protocol answers which must have one: the flag's `offVariant`, or else its
    /// `defaultVariant`. In process flagd leaves such a flag to the caller's default, and so does [`value`](Self::value)
    /// unless the flag names an `offVariant`.
    pub fn off(&self) -> Option<(&'a str, &'a Value)> {
        self.off.map(|variant| (&*variant.name, &variant.value))
    }

    /// A percentage was asked for and the context has no targeting key, so the rule chose nothing. In process that is the
    /// default variant; OFREP answers `TARGETING_KEY_MISSING`.
    pub fn lacks_targeting_key(&self) -> bool {
        self.lacks_targeting_key
    }

    pub fn boolean(self, default: bool) -> Resolved<'a, bool> {
        self.resolve(Value::as_bool, default)
    }

    pub fn string(self, default: &'a str) -> Resolved<'a, &'a str> {
        self.resolve(Value::as_str, default)
    }

    /// A number without a fraction. `2.0` is one.
    pub fn integer(self, default: i64) -> Resolved<'a, i64> {
        self.resolve(whole, default)
    }

    pub fn float(self, default: f64) -> Resolved<'a, f64> {
        self.resolve(Value::as_f64, default)
    }

    /// An object or a list.
    pub fn object(self, default: &'a Value) -> Resolved<'a, &'a Value> {
        self.resolve(|value| (value.is_object() || value.is_array()).then_some(value), default)
    }

    #[inline]
    fn resolve<T>(self, read: impl Fn(&'a Value) -> Option<T>, default: T) -> Resolved<'a, T> {
        match self.value().map(read) {
            Some(Some(value)) => Resolved { value, details: self },
            Some(None) => Resolved {
                value: default,
                details: self.failed(ErrorCode::TypeMismatch, "the flag's value is of another type"),
            },
            None => Resolved { value: default, details: self },
        }
    }

    fn failed(self, code: ErrorCode, message: &'a str) -> Self {
        Self { variant: None, reason: Reason::Error, error: Some(code), message: Some(message), ..self }
    }
}

fn whole(value: &Value) -> Option<i64> {
    let exact = |number: f64| (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(exact))
}

/// A value of the type asked for, and how it came about.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a, T> {
    pub value: T,
    pub details: Details<'a>,
}

//! What an announcement is about, and the words that stand for it until somebody writes others.
//!
//! Invariant: the words of an occasion name nothing but what every announcement has. Deliberately not here: rendering.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{AnnouncementRefusal, SUBJECT_CHARS_MAX, TEXT_BYTES_MAX};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// What will change when, and how long nothing answers meanwhile.
    Schedule,
    /// How far it is.
    Progress,
    /// That it is done.
    Confirmation,
    /// That it went back.
    Rollback,
    /// Asks how it is.
    Feedback,
}

impl Occasion {
    pub const ALL: [Self; 5] =
        [Self::Schedule, Self::Progress, Self::Confirmation, Self::Rollback, Self::Feedback];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Progress => "progress",
            Self::Confirmation => "confirmation",
            Self::Rollback => "rollback",
            Self::Feedback => "feedback",
        }
    }

    pub fn template(self) -> Template {
        let (subject, text) = match self {
            Self::Schedule => (
                "{{ project }}: release {{ release }} is planned",
                "Release {{ release }} of {{ project }} is planned{% if starts %} for {{ starts }}{% if ends %} (until {{ ends }} at the latest){% endif %}{% endif %}.\n\n{% if downtime %}It will not answer for about {{ downtime }}.{% else %}No downtime is expected.{% endif %}{% if note %}\n\n{{ note }}{% endif %}",
            ),
            Self::Progress => (
                "{{ project }}: release {{ release }} is on its way",
                "Release {{ release }} of {{ project }} is on its way{% if environment %} in {{ environment }}{% endif %}{% if step %}, at step {{ step }}{% endif %}.{% if downtime %} It may not answer for about {{ downtime }}.{% endif %}{% if ends %} It is to be done by {{ ends }}.{% endif %}{% if note %}\n\n{{ note }}{% endif %}",
            ),
            Self::Confirmation => (
                "{{ project }}: release {{ release }} is out",
                "Release {{ release }} of {{ project }} is out{% if environment %} in {{ environment }}{% endif %}.{% if changes %}\n\nWhat changed:\n{% for change in changes %}- {{ change }}\n{% endfor %}{% endif %}{% if note %}\n\n{{ note }}{% endif %}",
            ),
            Self::Rollback => (
                "{{ project }}: release {{ release }} was taken back",
                "Release {{ release }} of {{ project }} was taken back{% if environment %} in {{ environment }}{% endif %}. What was there before is there again.{% if reason %}\n\nWhy: {{ reason }}{% endif %}{% if note %}\n\n{{ note }}{% endif %}",
            ),
            Self::Feedback => (
                "{{ project }}: how is release {{ release }}?",
                "Release {{ release }} of {{ project }} is out. How is it for you? One click and, if you like, a line are enough:\n\n{{ feedback_url }}{% if note %}\n\n{{ note }}{% endif %}",
            ),
        };
        Template { subject: subject.to_owned(), text: text.to_owned() }
    }
}

impl std::fmt::Display for Occasion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Occasion {
    type Err = UnknownOccasion;
    fn from_str(text: &str) -> Result<Self, UnknownOccasion> {
        let found = Self::ALL.into_iter().find(|occasion| occasion.as_str() == text);
        found.ok_or_else(|| UnknownOccasion(text.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no occasion: there are schedule, progress, confirmation, rollback and feedback")]
pub struct UnknownOccasion(String);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub subject: String,
    pub text: String,
}

impl Template {
    pub fn check(&self) -> Result<(), AnnouncementRefusal> {
        let one_line = !self.subject.trim().is_empty() && !self.subject.chars().any(char::is_control);
        if !one_line || self.subject.chars().count() > SUBJECT_CHARS_MAX {
            return Err(AnnouncementRefusal::Unfit { why: "a subject is one line of 1 to 250 characters" });
        }
        if self.text.trim().is_empty() || self.text.len() > TEXT_BYTES_MAX {
            return Err(AnnouncementRefusal::Unfit { why: "a text is not empty, and at most 32 KiB" });
        }
        Ok(())
    }
}

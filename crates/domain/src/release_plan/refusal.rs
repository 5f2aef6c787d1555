//! Why a plan cannot be written, moved, marked or decided on.

use tidegate_plan::cases::BadRow;
use tidegate_plan::document::Problem;

use super::Phase;
use super::decide::NOTE_CHARS_MAX;
use crate::name::Version;
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    #[error("there is no plan of {version}")]
    Unknown { version: Version },
    #[error("the plan does not fit together: {}", listed(.problems))]
    Unfit { problems: Vec<Problem> },
    #[error("the retrospective cannot be kept so: {}", listed(.problems))]
    UnfitWords { problems: Vec<Problem> },
    #[error("a plan has at most {most} bytes as JSON, and this one has {bytes}")]
    TooLong { bytes: usize, most: usize },
    #[error("a note has at most {most} characters")]
    NoteTooLong { most: usize },
    #[error("the plan of {version} is {from}, and from there it does not become {to}")]
    NoStep { version: Version, from: Phase, to: Phase },
    #[error("the plan of {version} is on hold by {by}: {why}")]
    Held { version: Version, by: String, why: String },
    #[error("the plan of {version} is {phase}, which is its end")]
    Over { version: Version, phase: Phase },
    #[error("the plan of {version} is frozen, and {what} would be another")]
    Frozen { version: Version, what: &'static str },
    #[error("the plan of {version} is {phase}: it goes out as it was decided on")]
    Decided { version: Version, phase: Phase },
    #[error("nobody has decided yet on what was filed for {version}: {}", few(.items))]
    Untriaged { version: Version, items: Vec<String> },
    #[error("nobody has said what is done about `{item}`, and the matrix says it only of a known {}", unknown(*.severity, *.fix_risk))]
    Unjudged { version: Version, item: String, severity: bool, fix_risk: bool },
    #[error("what stops {version} is not done: {}", few(.items))]
    Stopped { version: Version, items: Vec<String> },
    #[error("there is no release {release} that could be the candidate")]
    NoRelease { release: Version },
    #[error("the release {release} does not go by the plan of {version}")]
    OtherRelease { version: Version, release: Version },
    #[error("the plan has no {what} `{name}`")]
    UnknownMember { what: &'static str, name: String, known: Vec<String> },
    #[error("{by} does not vote for the role `{role}` of {version}: {}", named(.person.as_deref()))]
    NotYourVote { version: Version, role: String, by: String, person: Option<String> },
    #[error("{by} does not make the final call on {version}: {}", named(.person.as_deref()))]
    NotYourCall { version: Version, by: String, person: Option<String> },
    #[error("the plan of {version} is {phase}: there is no candidate to decide on")]
    NoCandidate { version: Version, phase: Phase },
    #[error("the final call on {version} is `go` or `no-go`")]
    NoCall { version: Version },
    #[error("since you looked at {version}, {} changed", .changed.join(", "))]
    Stale { version: Version, changed: Vec<&'static str> },
    #[error("this takes a reason")]
    NoReason,
    #[error("nothing was imported: {}", by_line(.rows))]
    BadCases { rows: Vec<BadRow> },
    #[error(
        "the case `{case}` was not run on this candidate of {version}, so there is nothing that a file could show"
    )]
    NotRun { version: Version, case: String },
    #[error("{what} has {most} files, and no more")]
    TooManyFiles { what: &'static str, most: usize },
    #[error("`{name}` is no name for a file")]
    BadFileName { name: String },
}

fn by_line(rows: &[BadRow]) -> String {
    let one = |row: &BadRow| match row.line {
        0 => row.says.clone(),
        line => format!("line {line}: {}", row.says),
    };
    let shown: Vec<_> = rows.iter().take(ROWS_SHOWN).map(one).collect();
    let more = rows.len().saturating_sub(ROWS_SHOWN);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{more}", shown.join("; "))
}

const ROWS_SHOWN: usize = 20;

fn listed(problems: &[Problem]) -> String {
    let one = |problem: &Problem| {
        let place = if problem.path.is_empty() { "the whole" } else { problem.path.as_str() };
        format!("{place}: {}", problem.says)
    };
    let shown: Vec<_> = problems.iter().take(PROBLEMS_SHOWN).map(one).collect();
    let more = problems.len().saturating_sub(PROBLEMS_SHOWN);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{more}", shown.join("; "))
}

const PROBLEMS_SHOWN: usize = 50;

fn named(person: Option<&str>) -> String {
    person.map_or_else(|| "the plan names nobody".to_owned(), |person| format!("the plan names {person}"))
}

fn unknown(severity: bool, fix_risk: bool) -> &'static str {
    match (severity, fix_risk) {
        (true, true) => "severity and risk of the fix",
        (true, false) => "severity",
        (false, _) => "risk of the fix",
    }
}

fn few(items: &[String]) -> String {
    const SHOWN: usize = 10;
    let more = items.len().saturating_sub(SHOWN);
    let shown = items.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

impl Refuse for PlanRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-plan",
            Self::Unfit { .. } => "plan-unfit",
            Self::UnfitWords { .. } => "retrospective-unfit",
            Self::TooLong { .. } => "plan-too-long",
            Self::NoteTooLong { .. } => "plan-note-too-long",
            Self::NoStep { .. } => "plan-step",
            Self::Held { .. } => "plan-on-hold",
            Self::Over { .. } => "plan-over",
            Self::Frozen { .. } => "plan-frozen",
            Self::Decided { .. } => "plan-decided",
            Self::Untriaged { .. } => "plan-untriaged",
            Self::Unjudged { .. } => "plan-triage-unclear",
            Self::Stopped { .. } => "plan-stopped",
            Self::NoRelease { .. } => "plan-without-release",
            Self::OtherRelease { .. } => "plan-of-another-release",
            Self::UnknownMember { .. } => "unknown-plan-member",
            Self::NotYourVote { .. } => "plan-vote-not-yours",
            Self::NotYourCall { .. } => "plan-call-not-yours",
            Self::NoCandidate { .. } => "plan-without-candidate",
            Self::NoCall { .. } => "plan-call-unclear",
            Self::Stale { .. } => "plan-call-stale",
            Self::NoReason => "reason-missing",
            Self::BadCases { .. } => "plan-cases-unfit",
            Self::NotRun { .. } => "plan-case-not-run",
            Self::TooManyFiles { .. } => "plan-files-too-many",
            Self::BadFileName { .. } => "plan-file-name",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { version } => {
                format!(
                    "write one: `tidegate plan import FILE --for {version}`; see which there are: `tidegate plan list`"
                )
            }
            Self::Unfit { .. } => {
                "correct it there, each place is a JSON pointer into the document, and send the whole again"
                    .into()
            }
            Self::UnfitWords { .. } => {
                "correct it there, each place is a JSON pointer into what was sent; an action takes an `owner`".into()
            }
            Self::TooLong { .. } => {
                "leave out what is kept elsewhere, and name where it is: a tracker, a wiki, a runbook".into()
            }
            Self::NoteTooLong { .. } => {
                format!("say it in {NOTE_CHARS_MAX} characters, and name where the rest is kept")
            }
            Self::NoStep { version, from, .. } => no_step(version, *from),
            Self::Held { version, .. } => format!("let it go on: `tidegate plan resume {version}`"),
            Self::Over { version, phase: Phase::Released, .. } => {
                format!(
                    "write the plan of the next release; checklists and meetings of {version} can still be marked"
                )
            }
            Self::Over { .. } => "write the plan of another version".into(),
            Self::Frozen { version, .. } => format!(
                "decide on single items with `tidegate plan triage {version} ITEM …`, or open it again: \
                 `tidegate plan move {version} planned --note \"…\"`"
            ),
            Self::Decided { version, phase: Phase::RollingOut, .. } => {
                format!("wait for the end of its rollout: `tidegate plan show {version}`")
            }
            Self::Decided { version, .. } => {
                format!("take the decision back first: `tidegate plan move {version} frozen --note \"…\"`")
            }
            Self::Untriaged { version, .. } => {
                format!(
                    "decide on each: `tidegate plan triage {version} ITEM fix-now|fix-next|known-issue|stop-release`"
                )
            }
            Self::Unjudged { version, item, .. } => {
                format!(
                    "say both: `tidegate plan triage {version} {item} --severity major --fix-risk low`; or what is done: \
                     `tidegate plan triage {version} {item} fix-now|fix-next|known-issue|stop-release`"
                )
            }
            Self::Stopped { version, .. } => {
                format!(
                    "finish it and say so in the plan, or decide anew: `tidegate plan triage {version} ITEM …`"
                )
            }
            Self::NoRelease { release } => {
                format!("make it first: `tidegate release create {release} --component NAME=PATH`")
            }
            Self::OtherRelease { version, .. } => {
                format!("name {version}, or a version of its own such as {version}-rc.1")
            }
            Self::UnknownMember { known, .. } if known.is_empty() => {
                "it has none of that kind; write the plan with them first".into()
            }
            Self::UnknownMember { known, .. } => format!("there are: {}", known.join(", ")),
            Self::NotYourVote { version, role, person: None, .. } => {
                format!("write into the plan who has the role `{role}`, while {version} is planned")
            }
            Self::NotYourCall { version, person: None, .. } => {
                format!("write into the plan which role decides and who has it, while {version} is planned")
            }
            Self::NotYourVote { person: Some(person), .. } | Self::NotYourCall { person: Some(person), .. } => {
                format!("ask {person}, a person and no program, signed in under that name")
            }
            Self::NoCandidate { version, phase: Phase::Frozen, .. } => {
                format!("name one: `tidegate plan move {version} candidate`")
            }
            Self::NoCandidate { version, .. } => {
                format!("see where it stands: `tidegate plan show {version}`")
            }
            Self::NoCall { version } => {
                format!("take a decision back with `tidegate plan move {version} frozen --note \"…\"`")
            }
            Self::Stale { version, .. } => {
                format!(
                    "look again, and call with the digest that you see then: `tidegate plan go-no-go {version}`"
                )
            }
            Self::NoReason => "say why, for the record: --note \"…\"".into(),
            Self::BadCases { .. } => {
                "correct these lines and import the whole file again; docs/reference/plans.md lists the columns".into()
            }
            Self::NotRun { version, case } => {
                format!("say how it went first: `tidegate plan case {version} {case} passed|failed|blocked`")
            }
            Self::TooManyFiles { .. } => "pack several into one archive, or name where they are kept in the note".into(),
            Self::BadFileName { .. } => {
                "name it as it is called in its directory: at most 120 characters, no slash, no backslash, no control character"
                    .into()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::UnknownMember { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(
            self,
            Self::Unfit { .. }
                | Self::UnfitWords { .. }
                | Self::TooLong { .. }
                | Self::NoteTooLong { .. }
                | Self::NoCall { .. }
                | Self::OtherRelease { .. }
                | Self::NoReason
                | Self::BadCases { .. }
                | Self::BadFileName { .. }
        )
    }

    fn pointer(&self) -> Option<&str> {
        let (Self::Unfit { problems } | Self::UnfitWords { problems }) = self else { return None };
        problems.first().map(|it| it.path.as_str())
    }
}

fn no_step(version: &Version, from: Phase) -> String {
    let steps: Vec<_> =
        from.steps().iter().map(|step| format!("`tidegate plan move {version} {step}`")).collect();
    if from == Phase::Candidate {
        return format!(
            "from there: {}; `go` is the final call: `tidegate plan call {version} go --digest …`",
            steps.join(", ")
        );
    }
    if from == Phase::RollingOut {
        return "its rollout brings it on".to_owned();
    }
    if steps.is_empty() {
        "it has come to its end".to_owned()
    } else {
        format!("from there: {}", steps.join(", "))
    }
}

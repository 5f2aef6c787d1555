//! Every code that a diagnostic can have.
//!
//! Invariant: a code is never renamed or used for something else; `docs/reference/configuration.md` lists all of them
//! (a test compares). Codes that the domain has too mean the same there.

const CODES: [(&str, &str); 54] = [
    ("bad-amount", "an amount of replicas that is neither a count nor a share"),
    ("bad-analysis", "a knob of the analysis that the rule cannot run with"),
    ("bad-command", "a command line that only a shell could run as it reads"),
    ("bad-duration", "a time without a unit, with an unknown one, or out of range"),
    ("bad-expression", "a condition that is not CEL"),
    ("bad-gate", "a gate that asks for nothing or for two things, or a URL that cannot be asked"),
    ("bad-host", "a host name with a scheme, port or path, or none at all"),
    ("bad-listen-address", "a `listen` that is not an IP address and a port"),
    ("bad-match", "something a request cannot be matched by"),
    ("bad-name", "a name that breaks the rule for names"),
    ("bad-number", "something that is not a number"),
    ("bad-path", "a path that does not begin with `/` or holds blanks, `?` or `#`"),
    ("bad-percent", "a share that is no percentage, or can be meant in two ways"),
    ("bad-planned", "something that is planned and there at the same time"),
    ("bad-readiness", "no way, or two ways, to find out readiness"),
    ("bad-replicas", "a number of replicas outside 1 to 100"),
    ("bad-stage", "a stage whose environments, or how many of them have to succeed, cannot be"),
    ("bad-strategy", "a strategy or plan that cannot be walked"),
    ("bad-switch", "something that is neither on nor off"),
    ("bad-text", "a text with characters that cannot be there"),
    ("bad-variable", "a variable's name that cannot be, or that Tidegate sets itself"),
    ("dependency-cycle", "components that wait for each other"),
    ("double-component", "a component that is named twice in one list"),
    ("double-environment", "an environment that stands twice"),
    ("double-gate", "two gates of one name in one stage"),
    ("duplicate-key", "a key that stands twice in one mapping"),
    ("empty-environment", "an environment in which nothing runs"),
    ("empty-file", "a file with nothing in it"),
    ("evidence-kind-unknown", "a kind of evidence that does not exist"),
    ("expression-too-deep", "a condition nested too deeply"),
    ("expression-too-large", "a condition of more than 200 parts"),
    ("expression-too-long", "a condition of more than 2048 bytes"),
    ("expression-unknown-function", "a condition that asks for a function that does not exist"),
    (
        "expression-unknown-variable",
        "a condition over something other than `release`, `environment` and `rollout`",
    ),
    ("file-too-large", "a file of more than 1 MiB"),
    ("inherits-cycle", "environments that inherit from each other"),
    ("missing-key", "a key that is needed and not there, or has no value"),
    ("missing-value", "a value that is needed and not there"),
    ("no-route", "a strategy that divides requests where there are none"),
    ("no-stage-before", "`promotion` at the first stage"),
    ("no-stages", "a pipeline without stages"),
    ("nothing-to-run", "a component whose `run` is empty"),
    ("route-taken", "two routes that would answer the same requests"),
    ("threshold-malformed", "a threshold that cannot be read"),
    ("too-long", "a single value of more than 8 KiB"),
    ("too-many", "a list that is longer than it may be"),
    ("undefined-component", "a component that is used and not defined"),
    ("undefined-environment", "an environment that is used and not defined"),
    ("unknown-key", "a key that does not exist at this place"),
    ("unknown-strategy", "a strategy that does not exist"),
    ("unknown-word", "a word that is none of those possible here"),
    ("wrong-type", "a list where a value belongs, or the like"),
    ("yaml-limit", "a file that is too deep, or that aliases make too large"),
    ("yaml-syntax", "a file that is no YAML"),
];

/// Each code with what it means.
pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    CODES.into_iter()
}

//! What a server says that there is, and a client keeps.
//!
//! Invariant: what is not whole is not taken; of two answers the newer stays, in whichever order they come; flags of
//! another environment never take the place of one's own.

use serde::Deserialize;
use serde_json::Value;
use tidegate_flags::FlagSet;

/// As `/ofrep/v1/definitions?form=tidegate` writes it.
#[derive(Deserialize)]
struct Written {
    project: String,
    environment: String,
    version: u64,
    changed_ms: u64,
    definitions: Value,
}

/// Everything that is asked of one state of the flags.
#[derive(Default)]
pub(crate) struct Held {
    pub set: FlagSet,
    /// Of the newest change; none before anything was learnt.
    pub version: Option<u64>,
    changed_ms: u64,
    place: (String, String),
    /// From a file: a server may well say that its flags are of another environment.
    pub remembered: bool,
}

impl Held {
    /// What an answer holds, where it is newer than this; why it cannot be taken.
    pub fn followed_by(&self, answer: &[u8]) -> Result<Option<Self>, String> {
        let place = |why: &serde_json::Error| format!("line {}, column {}", why.line(), why.column());
        // Without what was read: this goes into logs.
        let written: Written = serde_json::from_slice(answer).map_err(|why| place(&why))?;
        let Written { project, environment, version, changed_ms, definitions } = written;
        if definitions.get("flags").is_none_or(|flags| !flags.is_object() && !flags.is_array()) {
            return Err("it has no `flags`".to_owned());
        }
        if let Some(known) = self.version {
            let same = self.place == (project.clone(), environment.clone());
            if !same && !self.remembered {
                return Err("its flags are of another environment".to_owned());
            }
            // A log that was restored from a backup has smaller versions and later times.
            if same && version <= known && changed_ms <= self.changed_ms {
                return Ok(None);
            }
        }
        let (set, problems) = FlagSet::compile(&definitions);
        for problem in problems.iter().filter(|problem| problem.refused).take(PROBLEMS_SAID_MAX) {
            tracing::warn!(%problem, "a flag cannot be evaluated");
        }
        let place = (project, environment);
        Ok(Some(Self { set, version: Some(version), changed_ms, place, remembered: false }))
    }
}

const PROBLEMS_SAID_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidegate_flags::Context;

    use super::*;

    fn answer(environment: &str, version: u64, changed_ms: u64) -> Vec<u8> {
        let flag = json!({"state": "ENABLED", "variants": {"v": version}, "defaultVariant": "v"});
        let definitions = json!({"flags": {"f": flag}});
        let written = json!({"project": "p", "environment": environment, "version": version, "changed_ms": changed_ms, "definitions": definitions});
        serde_json::to_vec(&written).unwrap()
    }

    #[test]
    fn the_newer_stays_and_another_environment_is_not_taken() {
        let held = Held::default().followed_by(&answer("production", 5, 1)).unwrap().unwrap();
        assert_eq!(held.set.integer("f", &Context::at(0), 0).value, 5);
        let check = |environment, version, changed_ms, expect: Result<Option<u64>, ()>| {
            let told = held.followed_by(&answer(environment, version, changed_ms));
            assert_eq!(told.map(|held| held.and_then(|held| held.version)).map_err(|_| ()), expect);
        };
        check("production", 6, 1, Ok(Some(6)));
        check("production", 5, 1, Ok(None));
        check("production", 4, 1, Ok(None));
        check("production", 2, 9, Ok(Some(2)));
        check("staging", 6, 9, Err(()));
    }

    #[test]
    fn a_file_of_another_environment_does_not_keep_a_server_out() {
        let held = Held::default().followed_by(&answer("staging", 9, 9)).unwrap().unwrap();
        let held = Held { remembered: true, ..held };
        assert!(
            held.followed_by(&answer("staging", 8, 8)).unwrap().is_none(),
            "of the same, the newer stays"
        );
        let next = held.followed_by(&answer("production", 1, 1)).unwrap().unwrap();
        assert_eq!((next.version, next.remembered), (Some(1), false));
    }

    #[test]
    fn what_is_not_whole_is_not_taken() {
        let check = |answer: &str| {
            let Err(why) = Held::default().followed_by(answer.as_bytes()) else { panic!("{answer}") };
            assert!(!why.contains("SECRET"), "{why}");
        };
        check("");
        check("<html>SECRET");
        check("{}");
        check(
            r#"{"project": "p", "environment": "e", "version": "SECRET", "changed_ms": 1, "definitions": {"flags": {}}}"#,
        );
        check(r#"{"project": "p", "environment": "e", "version": 1, "changed_ms": 1, "definitions": {}}"#);
        check(
            r#"{"project": "p", "environment": "e", "version": 1, "changed_ms": 1, "definitions": {"flags": 7}}"#,
        );
        check(&"[".repeat(100_000));
    }
}

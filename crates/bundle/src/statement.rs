//! in-toto Statements (v1) about a bundle: SLSA provenance v1, test results v0.1, verification summaries v1.
//!
//! Invariant: each names the archive by its digest first and then every artifact, so a statement of one bundle says
//! nothing about another. Not here: signing (`envelope`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::digest::Digest;
use crate::manifest::{Manifest, Stated};
use crate::recipe::{Decision, Provenance};
use crate::refusal::Refusal;

pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
pub const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
pub const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";
/// How the files came together, where the recipe names no other way.
const BUILD_TYPE: &str = "urn:tidegate:bundle-build:1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    #[serde(rename = "_type")]
    pub kind: String,
    pub subject: Vec<Subject>,
    pub predicate_type: String,
    pub predicate: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub name: String,
    pub digest: Sha256,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sha256 {
    pub sha256: Digest,
}

/// What is stated, before it is known of which archive.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    pub predicate_type: &'static str,
    pub says: Value,
}

impl Predicate {
    fn new(predicate_type: &'static str, says: Value) -> Self {
        Self { predicate_type, says: sorted(says) }
    }

    pub fn stated(&self) -> Result<Stated, Refusal> {
        Ok(Stated { predicate_type: self.predicate_type.to_owned(), sha256: digest(&self.says)? })
    }

    pub fn about(&self, archive: Digest, manifest: &Manifest) -> Statement {
        Statement {
            kind: STATEMENT.to_owned(),
            subject: subjects(archive, manifest),
            predicate_type: self.predicate_type.to_owned(),
            predicate: self.says.clone(),
        }
    }
}

impl Statement {
    pub fn bytes(&self) -> Result<Vec<u8>, Refusal> {
        serde_json::to_vec(self).map_err(|why| Refusal::StatementWrong(why.to_string()))
    }

    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let wrong = |why: &str| Refusal::StatementWrong(why.to_owned());
        let statement: Self = serde_json::from_slice(bytes).map_err(|why| wrong(&why.to_string()))?;
        if statement.kind != STATEMENT {
            return Err(wrong("it is no in-toto Statement v1"));
        }
        if statement.bytes()? != bytes {
            return Err(wrong("it is not in the form that Tidegate writes"));
        }
        Ok(statement)
    }

    /// The archive that it is about.
    pub fn archive(&self) -> Result<Digest, Refusal> {
        let first = self.subject.first().map(|subject| subject.digest.sha256);
        first.ok_or_else(|| Refusal::StatementWrong("it names no archive".to_owned()))
    }
}

/// Whether these are the statements that the manifest names, all of them, about this archive and its artifacts.
pub fn check(statements: &[Statement], archive: Digest, manifest: &Manifest) -> Result<(), Refusal> {
    let wrong = |why: &str| Err(Refusal::StatementWrong(why.to_owned()));
    let expected = subjects(archive, manifest);
    let mut stated = Vec::new();
    for statement in statements {
        if statement.subject != expected {
            return wrong("it is about another archive or other artifacts");
        }
        let sha256 = digest(&statement.predicate)?;
        stated.push(Stated { predicate_type: statement.predicate_type.clone(), sha256 });
    }
    if stated != manifest.statements {
        return wrong("there are others than its manifest names, or some are missing");
    }
    if stated.first().is_none_or(|first| first.predicate_type != PROVENANCE) {
        return wrong("nothing says where it comes from");
    }
    Ok(())
}

fn subjects(archive: Digest, manifest: &Manifest) -> Vec<Subject> {
    let named = |name: String, sha256: Digest| Subject { name, digest: Sha256 { sha256 } };
    let artifacts = manifest.artifacts().map(|(member, _)| named(member.path.to_string(), member.sha256));
    std::iter::once(named(manifest.archive_name(), archive)).chain(artifacts).collect()
}

fn digest(says: &Value) -> Result<Digest, Refusal> {
    let bytes = serde_json::to_vec(says).map_err(|why| Refusal::StatementWrong(why.to_string()))?;
    Ok(Digest::of(&bytes))
}

pub fn provenance(from: &Provenance, (name, version): (&str, &str)) -> Predicate {
    let mut parameters: Map<String, Value> =
        from.parameters.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    parameters.insert("bundle".to_owned(), json!({ "name": name, "version": version }));
    let sources: Vec<Value> = from
        .sources
        .iter()
        .map(|source| json!({ "uri": source.uri, "digest": { "gitCommit": source.commit } }))
        .collect();
    let mut metadata = Map::new();
    let given =
        [("invocationId", &from.invocation), ("startedOn", &from.started), ("finishedOn", &from.finished)];
    for (key, value) in given {
        if let Some(value) = value {
            metadata.insert(key.to_owned(), json!(value));
        }
    }
    let says = json!({
        "buildDefinition": {
            "buildType": from.build_type.as_deref().unwrap_or(BUILD_TYPE),
            "externalParameters": parameters,
            "resolvedDependencies": sources,
        },
        "runDetails": { "builder": { "id": from.builder }, "metadata": metadata },
    });
    Predicate::new(PROVENANCE, says)
}

/// How the tests of one report ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tested {
    pub report: String,
    pub sha256: Option<Digest>,
    pub passed: u64,
    pub skipped: u64,
    pub failed: u64,
    pub failed_tests: Vec<String>,
}

pub fn test_result(tested: &Tested) -> Predicate {
    let result = match (tested.failed, tested.passed) {
        (1.., _) => "FAILED",
        // A run that ran nothing shows nothing.
        (0, 0) => "WARNED",
        (0, _) => "PASSED",
    };
    let says = json!({
        "result": result,
        "configuration": [{
            "name": tested.report,
            "digest": { "sha256": tested.sha256 },
            "annotations": { "passed": tested.passed, "skipped": tested.skipped, "failed": tested.failed },
        }],
        "failedTests": tested.failed_tests,
    });
    Predicate::new(TEST_RESULT, says)
}

pub fn summary(decision: &Decision, (name, version): (&str, &str)) -> Predicate {
    let levels = match (decision.go, decision.levels.is_empty()) {
        (false, _) => json!(["FAILED"]),
        (true, true) => json!(["SLSA_BUILD_LEVEL_0"]),
        (true, false) => json!(decision.levels),
    };
    let says = json!({
        "verifier": { "id": decision.by },
        "timeVerified": decision.at,
        "resourceUri": format!("urn:tidegate:environment:{}:{name}@{version}", decision.environment),
        "policy": { "uri": decision.policy },
        "verificationResult": if decision.go { "PASSED" } else { "FAILED" },
        "verifiedLevels": levels,
        "slsaVersion": "1.0",
    });
    Predicate::new(SUMMARY, says)
}

/// In the order of the keys, whatever order this build keeps them in.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|one, next| one.0.cmp(&next.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

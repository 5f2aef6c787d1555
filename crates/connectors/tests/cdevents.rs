//! Every event that can be built, against the published schemas; and every published example, read.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use tidegate_connectors::cdevents::{
    Artifact, Event, Happening, Incident, Occurrence, ReadRefusal, ReleaseChange, ReleasePredicate, Service,
    TestCase, TestOutcome, TestState, Text, binary, read, structured,
};
use tidegate_connectors::guard::Url;
use tidegate_connectors::standard_webhooks::MessageId;
use tidegate_connectors::{HeaderMap, HeaderValue};
use tidegate_domain::id::RolloutId;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cdevents-0.5.1")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(vectors().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
}

/// All published schemas, with formats asserted (addresses, times), not only annotated.
struct Published {
    schemas: Schemas,
    by_type: Vec<(String, SchemaIndex)>,
    custom: SchemaIndex,
}

impl Published {
    fn new() -> Self {
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        let mut add = |path: &Path| {
            let schema = json(path);
            let id = schema["$id"].as_str().unwrap().to_owned();
            compiler.add_resource(&id, schema.clone()).unwrap();
            (id, schema)
        };
        for path in files("schemas/links") {
            add(&path);
        }
        let custom = add(&vectors().join("custom/schema.json")).0;
        let events: Vec<(String, Value)> = files("schemas").iter().map(|path| add(path)).collect();
        let mut schemas = Schemas::new();
        let by_type = events.into_iter().map(|(id, schema)| {
            let kind =
                schema["properties"]["context"]["properties"]["type"]["enum"][0].as_str().unwrap().to_owned();
            (kind, compiler.compile(&id, &mut schemas).unwrap())
        });
        let by_type = by_type.collect();
        let custom = compiler.compile(&custom, &mut schemas).unwrap();
        Self { schemas, by_type, custom }
    }

    fn check(&self, event: &Value) -> Result<(), String> {
        let kind = event["context"]["type"].as_str().ok_or("no type")?;
        let known = self.by_type.iter().find(|(known, _)| known == kind).map(|(_, index)| *index);
        let index = if kind.starts_with("dev.cdeventsx.") {
            self.custom
        } else {
            known.ok_or(format!("no schema of {kind}"))?
        };
        self.schemas.validate(event, index).map_err(|why| format!("{why}"))
    }
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn artifact(version: &str) -> Artifact {
    let digest = "sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427";
    Artifact {
        component: "api".parse().unwrap(),
        version: version.parse().unwrap(),
        digest: Some(text(digest)),
    }
}

fn every_happening() -> Vec<Happening> {
    let environment = || "production".parse().unwrap();
    let service = || Service { environment: environment(), component: "api".parse().unwrap() };
    let incident = |whole: bool| Incident {
        id: text("c6eadffa33fcdf37/1"),
        environment: environment(),
        component: whole.then(|| "api".parse().unwrap()),
        artifact: whole.then(|| artifact("2.1.0")),
        description: "p99 above 300 ms \u{2014} \"sehr\" langsam".to_owned(),
    };
    let case = || TestCase {
        run: text("run/1"),
        case: text("checkout by hand"),
        name: "Checkout".to_owned(),
        environment: environment(),
    };
    let ticket = Url::parse("https://tickets.example/345").unwrap();
    let mut all = vec![
        Happening::EnvironmentCreated(environment()),
        Happening::EnvironmentModified(environment()),
        Happening::EnvironmentDeleted(environment()),
        Happening::ServiceDeployed(service(), artifact("2.1.0")),
        Happening::ServiceUpgraded(service(), artifact("2.1.0-rc.1+build.7")),
        Happening::ServiceRolledBack(service(), Artifact { digest: None, ..artifact("2.0.0") }),
        Happening::ServiceRemoved(service()),
        Happening::ServicePublished(service()),
        Happening::IncidentDetected(incident(true)),
        Happening::IncidentDetected(incident(false)),
        Happening::IncidentReported(incident(true), ticket),
        Happening::IncidentResolved(incident(true)),
        Happening::ArtifactPublished(artifact("2.1.0")),
        Happening::TestCaseRun(case(), TestState::Queued),
        Happening::TestCaseRun(case(), TestState::Started),
        Happening::TestCaseRun(case(), TestState::Skipped { reason: "waived".to_owned() }),
    ];
    for outcome in [TestOutcome::Success, TestOutcome::Failure, TestOutcome::Cancel, TestOutcome::Error] {
        all.push(Happening::TestCaseRun(case(), TestState::Finished { outcome, reason: String::new() }));
    }
    for predicate in ReleasePredicate::ALL {
        for environment in [None, Some(environment())] {
            let artifacts = vec![artifact("2.1.0")];
            let (release, reason) = ("2.1.0".parse().unwrap(), "because".to_owned());
            all.push(Happening::ReleaseChanged(ReleaseChange {
                predicate,
                release,
                environment,
                artifacts,
                reason,
            }));
        }
    }
    all
}

fn occurrence(happening: Happening) -> Occurrence {
    Occurrence {
        id: text("rol_0000000000000007/ended é"),
        at_ms: 1_790_000_000_123,
        server: Url::parse("https://tidegate.example/team a/").unwrap(),
        who: text("ada@example.com"),
        release: Some("2.1.0".parse().unwrap()),
        rollout: Some(RolloutId::from_bits(7)),
        happening,
    }
}

fn message_id() -> MessageId {
    MessageId::parse("msg_1").unwrap()
}

#[test]
fn every_event_validates_against_its_published_schema() {
    let published = Published::new();
    let mut kinds = std::collections::BTreeSet::new();
    for happening in every_happening() {
        let event = Event::of(&occurrence(happening));
        published.check(&event.json).unwrap_or_else(|why| panic!("{why}\n{:#}", event.json));
        kinds.insert(event.kind.to_string());
    }
    assert_eq!(kinds.len(), 3 + 5 + 3 + 1 + 4 + ReleasePredicate::ALL.len(), "{kinds:#?}");
    let plain = Occurrence { release: None, rollout: None, ..occurrence(every_happening().remove(0)) };
    published.check(&Event::of(&plain).json).unwrap();
    for at_ms in [0, u64::MAX, i64::MAX as u64] {
        published.check(&Event::of(&Occurrence { at_ms, ..plain.clone() }).json).unwrap();
    }
}

/// The check above can fail: each of these is one mistake away from an event.
#[test]
fn the_schemas_find_mistakes() {
    let published = Published::new();
    let good = Event::of(&occurrence(every_happening().remove(3))).json;
    published.check(&good).unwrap();
    let check = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut event = good.clone();
        change(&mut event);
        assert!(published.check(&event).is_err(), "{what} was not found");
    };
    check("a missing artifact", &|event| {
        drop(event["subject"]["content"].as_object_mut().unwrap().remove("artifactId"));
    });
    check("an unknown field", &|event| event["subject"]["content"]["version"] = "1".into());
    check("an empty id", &|event| event["subject"]["id"] = "".into());
    check("a time in other words", &|event| event["context"]["timestamp"] = "yesterday".into());
    check("a source that is no reference", &|event| event["context"]["source"] = "https://a b".into());
    check("an older version", &|event| {
        event["context"]["type"] = "dev.cdevents.service.deployed.0.2.0".into();
    });
    check("custom data that is a list", &|event| event["customData"] = serde_json::json!([]));
    check("two custom words", &|event| {
        event["context"]["type"] = "dev.cdeventsx.tidegate-release.rolled-back.0.1.0".into();
    });
}

#[test]
fn both_http_forms_say_the_same() {
    for happening in every_happening() {
        let event = Event::of(&occurrence(happening));
        let (whole, split) = (structured(&event, message_id()), binary(&event, message_id()));
        assert_eq!(whole.headers["content-type"], "application/cloudevents+json; charset=utf-8");
        assert_eq!(split.headers["content-type"], "application/json");
        let envelope: Value = serde_json::from_slice(&whole.body).unwrap();
        assert_eq!(envelope["data"], serde_json::from_slice::<Value>(&split.body).unwrap());
        assert_eq!(envelope["specversion"], "1.0");
        for name in ["specversion", "type", "source", "time"] {
            let header = split.headers[format!("ce-{name}")].to_str().unwrap();
            assert_eq!(envelope[name], header.replace("%25", "%"), "{name}");
        }
        assert_eq!(split.headers["ce-id"], "rol_0000000000000007/ended%20%C3%A9");
        for message in [whole, split] {
            let received = read(&message.headers, &message.body).unwrap();
            assert_eq!(
                (received.id, received.kind, received.at_ms),
                (event.id.clone(), event.kind.clone(), 1_790_000_000_123)
            );
            assert_eq!(
                (received.subject_id, received.chain.as_deref()),
                (event.subject_id.clone(), Some("rol_0000000000000007"))
            );
        }
    }
}

#[test]
fn all_published_examples_are_read() {
    let published = Published::new();
    let mut examples = files("conformance");
    examples.push(vectors().join("custom/conformance.json"));
    for path in &examples {
        let example = json(path);
        published.check(&example).unwrap_or_else(|why| panic!("{path:?}: {why}"));
        let received = read(&HeaderMap::new(), &std::fs::read(path).unwrap())
            .unwrap_or_else(|why| panic!("{path:?}: {why}"));
        assert_eq!(received.kind.to_string(), example["context"]["type"], "{path:?}");
        assert_eq!(received.subject_id, example["subject"]["id"], "{path:?}");
    }
    assert!(examples.len() > 40, "{}", examples.len());
    let incident = vectors().join("conformance/incident_detected.json");
    let received = read(&HeaderMap::new(), &std::fs::read(incident).unwrap()).unwrap();
    assert_eq!((received.environment(), received.service()), (Some("prod1"), Some("myApp")));
    assert_eq!(received.delivery(), "/monitoring/prod1 F4BD2B55-B6F6-4F44-AF72-BD2D0E7A8708");
}

#[test]
fn what_is_no_event_is_refused() {
    let good = Event::of(&occurrence(every_happening().remove(0)));
    let check = |what: &str, change: &dyn Fn(&mut Value), expect: &dyn Fn(&ReadRefusal) -> bool| {
        let mut event = good.json.clone();
        change(&mut event);
        let refusal = read(&HeaderMap::new(), event.to_string().as_bytes()).unwrap_err();
        assert!(expect(&refusal), "{what}: {refusal:?}");
    };
    let shape = |refusal: &ReadRefusal| matches!(refusal, ReadRefusal::Shape(_));
    check("no subject", &|event| drop(event.as_object_mut().unwrap().remove("subject")), &shape);
    check("an empty id", &|event| event["context"]["id"] = "".into(), &shape);
    check("content that is text", &|event| event["subject"]["content"] = "x".into(), &shape);
    for odd in [
        "",
        "dev",
        "dev.cdevents.service.deployed",
        "com.example.a.b.0.1.0",
        "dev.cdevents..b.0.1.0",
        "dev.cdevents.a.b.0.1",
        "dev.cdevents.a.b.0.1.",
        "dev.cdevents.a b.c.0.1.0",
    ] {
        check(odd, &|event| event["context"]["type"] = odd.into(), &|refusal| {
            matches!(refusal, ReadRefusal::Type(_))
        });
    }
    check("a time", &|event| event["context"]["timestamp"] = "now".into(), &|refusal| {
        matches!(refusal, ReadRefusal::Time(_))
    });
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(read(&HeaderMap::new(), deep.as_bytes()).is_err());
    let mut message = binary(&good, message_id());
    message.headers.insert("ce-type", HeaderValue::from_static("dev.cdevents.service.removed.0.3.0"));
    assert_eq!(read(&message.headers, &message.body), Err(ReadRefusal::Contradiction("type")));
}

//! The quality plan: cases from files, files of runs, gates on sets and on features, conflicts of times, and the calendar of it.

use serde_json::{Value, json};
use tidegate_client::api::{
    CalendarEntryRequest, CalendarKind, Gate, PlanActRequest, PlanCasesFormat, PlanConflicts, PlanOutcome,
    PlanPhase, WritePlanRequest,
};
use tidegate_client::{Client, ReportPurpose};

use crate::support::{World, key};

fn document() -> Value {
    json!({
        "title": "EduLibra 1.1", "zone": "Europe/Berlin",
        "components": [{ "id": "web" }],
        "scope": [
            { "id": "LIB-7", "title": "Lend without a card", "state": "done", "feature": true },
            { "id": "LIB-9", "title": "Dark mode", "state": "in", "feature": true, "tests": ["unit", "manual"],
                "suites": ["themes"] },
            { "id": "LIB-11", "title": "Not in it", "state": "out", "feature": true },
            { "id": "LIB-12", "title": "A bug", "state": "done" },
        ],
        "roles": [{ "id": "manager", "name": "Release Manager", "person": "ann", "decides": true }],
        "test_cases": [
            { "id": "lend", "title": "Lend a book", "assignee": "bob", "regression": true },
            { "id": "dark", "title": "Read at night", "feature": "LIB-9", "sets": ["night"] },
        ],
    })
}

async fn write(client: &Client, version: &str, document: Value) {
    let request = WritePlanRequest { document, note: None };
    client.write_plan(version, (&request, None), &key()).await.unwrap();
}

async fn act(client: &Client, act: PlanActRequest) {
    client.act_on_plan("1.1.0", &act, &key()).await.unwrap();
}

async fn ran(client: &Client, case: &str, outcome: PlanOutcome) {
    act(client, PlanActRequest::Case { case: case.to_owned(), outcome, note: None }).await;
}

async fn to_candidate(client: &Client) {
    for to in [PlanPhase::Planned, PlanPhase::Frozen, PlanPhase::Candidate] {
        act(client, PlanActRequest::Move { to, release: None, note: None }).await;
    }
}

/// Production asks for the regression set, one of the team's own, and the tests of new features.
async fn bound() -> World {
    let world = World::start().await;
    let mut wish = world.configuration();
    let gates = "      gates:\n        - plan: {tests: regression}\n        - plan: {tests: night, name: night}\n        \
                 - plan: feature_tests\n";
    wish.text = wish.text.replace("      analysis: off\n", &format!("      analysis: off\n{gates}"));
    world.client.apply(&wish, &key()).await.unwrap();
    world
}

async fn closed(world: &World) -> Vec<Gate> {
    let gates = world.client.gates("production", "1.1.0").await.unwrap().gates;
    gates.into_iter().filter(|gate| !gate.open).collect()
}

fn names(gates: &[Gate]) -> Vec<&str> {
    gates.iter().map(|gate| gate.name.as_str()).collect()
}

#[tokio::test]
async fn cases_come_from_a_table_whole_or_not_at_all() {
    let world = World::applied().await;
    let client = &world.client;
    write(client, "1.1.0", document()).await;
    let import = async |text: &str, dry_run: bool| {
        let wish = (PlanCasesFormat::Csv, dry_run);
        client.import_plan_cases("1.1.0", wish, text.as_bytes().to_vec(), &key()).await
    };
    let table = "title,steps,sets\nLend a book,Take it,regression\nBring it back,\"Lay it down\nScan it\",\"night, regression\"\n";
    let dry = import(table, true).await.unwrap();
    assert!(dry.plan.is_none());
    assert_eq!(
        (dry.added.as_slice(), dry.changed.as_slice()),
        (&["bring-it-back".to_owned()][..], &["lend".to_owned()][..])
    );
    let before = client.plan("1.1.0").await.unwrap();
    for (bad, says) in [
        ("title,steps\nOne,\"never closed\nTwo,x\n", "line 2: the quote that opens here is never closed"),
        (
            "title,feature\nOne,\nTwo,LIB-99\n",
            "line 3: feature: the scope item \"LIB-99\" is not in the plan",
        ),
        ("title\nGood\nOne,more\n", "line 3: it has 2 cells"),
    ] {
        let refused = import(bad, false).await.unwrap_err();
        let problem = refused.problem().unwrap();
        assert_eq!((problem.status, refused.code()), (422, "plan-cases-unfit"));
        assert!(problem.detail.contains(says), "{problem:?}");
    }
    assert_eq!(client.plan("1.1.0").await.unwrap(), before, "nothing is half imported");
    let done = import(table, false).await.unwrap().plan.unwrap();
    assert_eq!(done.document["test_cases"][2]["steps"], json!(["Lay it down", "Scan it"]));
    assert_eq!(done.document["test_cases"][2]["sets"], json!(["night"]));
    let list = "- Sign in\n  - Type the name\n  - Expected: the shelf\n";
    let wish = (PlanCasesFormat::Markdown, false);
    let done = client.import_plan_cases("1.1.0", wish, list.into(), &key()).await.unwrap();
    assert_eq!(done.added, ["sign-in"]);
    let refused = client.import_plan_cases("9.9.9", wish, list.into(), &key()).await.unwrap_err();
    assert_eq!(refused.code(), "unknown-plan");
    let big = vec![b'x'; (1 << 20) + 1];
    let refused = client.import_plan_cases("1.1.0", wish, big, &key()).await.unwrap_err();
    assert_eq!((refused.problem().unwrap().status, refused.code()), (413, "body-too-large"));
}

#[tokio::test]
async fn a_run_has_files_that_come_back_as_they_were() {
    let world = World::applied().await;
    let client = world.client.clone().with_actor("bob");
    world.release("1.1.0").await;
    write(&client, "1.1.0", document()).await;
    let attach = async |name: &str, bytes: Vec<u8>| {
        client.attach_to_plan_case(("1.1.0", "lend"), (name, bytes), &key()).await
    };
    let page = b"<script>alert(1)</script>".to_vec();
    assert_eq!(attach("page.html", page.clone()).await.unwrap_err().code(), "plan-case-not-run");
    to_candidate(&client).await;
    ran(&client, "lend", PlanOutcome::Failed).await;
    let plan = attach("page.html", page.clone()).await.unwrap();
    let file = plan.runs["lend"].files[0].clone();
    assert_eq!((file.name.as_str(), file.bytes, file.digest.len()), ("page.html", 25, 64));
    // The same file is there once.
    assert_eq!(attach("page.html", page.clone()).await.unwrap().runs["lend"].files.len(), 1);
    for name in ["../../x", "a/b", "a\\b", ".hidden", "x\ny", &"x".repeat(121)] {
        let refused = attach(name, page.clone()).await.unwrap_err();
        assert_eq!((refused.problem().unwrap().status, refused.code()), (422, "plan-file-name"), "{name}");
    }
    let refused = attach("big.log", vec![0; (8 << 20) + 1]).await.unwrap_err();
    assert_eq!((refused.problem().unwrap().status, refused.code()), (413, "body-too-large"));
    assert_eq!(attach("empty.log", Vec::new()).await.unwrap_err().code(), "members-unfit");
    for number in 1..10 {
        attach(&format!("{number}.log"), vec![number]).await.unwrap();
    }
    assert_eq!(attach("eleventh.log", vec![99]).await.unwrap_err().code(), "plan-files-too-many");

    assert_eq!(client.plan_file("1.1.0", &file.digest).await.unwrap(), page);
    let url = format!("{}/api/v1/plans/1.1.0/files/{}", world.server.url, file.digest);
    let answer = world.http.get(&url).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-disposition").starts_with("attachment; filename=\"page.html\""));
    assert!(header("content-security-policy").contains("sandbox"), "{answer:?}");
    let refused = client.plan_file("1.1.0", &"0".repeat(64)).await.unwrap_err();
    assert_eq!((refused.problem().unwrap().status, refused.code()), (404, "unknown-plan-file"));
    // The next run begins without files; those of the one before are still there to be had.
    ran(&client, "lend", PlanOutcome::Passed).await;
    assert_eq!(client.plan("1.1.0").await.unwrap().runs["lend"].files, []);
    assert_eq!(client.plan_file("1.1.0", &file.digest).await.unwrap(), page);
}

#[tokio::test]
async fn a_set_of_cases_keeps_a_release_out_until_each_passed_on_this_candidate() {
    let world = bound().await;
    let client = world.client.clone().with_actor("bob");
    world.release("1.1.0").await;
    write(&client, "1.1.0", document()).await;
    to_candidate(&client).await;
    let gates = closed(&world).await;
    assert_eq!(names(&gates), ["test-set", "night", "feature-tests"]);
    assert!(gates[0].why.contains("lend (not run)") && gates[0].who == "bob", "{gates:#?}");
    assert_eq!(gates[0].command, "tidegate plan case 1.1.0 lend passed");
    ran(&client, "lend", PlanOutcome::Failed).await;
    assert!(closed(&world).await[0].why.contains("lend (failed)"));
    ran(&client, "lend", PlanOutcome::Passed).await;
    assert_eq!(names(&closed(&world).await), ["night", "feature-tests"]);
    // Another candidate is another thing to test.
    act(
        &client,
        PlanActRequest::Move { to: PlanPhase::Frozen, release: None, note: Some("again".to_owned()) },
    )
    .await;
    act(&client, PlanActRequest::Move { to: PlanPhase::Candidate, release: None, note: None }).await;
    assert!(closed(&world).await[0].why.contains("lend (not run since)"));
    // A set that nobody is in opens nothing.
    let mut without = document();
    without["test_cases"][1]["sets"] = json!([]);
    write(&client, "1.1.0", without).await;
    let night = closed(&world).await.into_iter().find(|gate| gate.name == "night").unwrap();
    assert!(night.why.contains("has no test cases of the set `night`"), "{night:?}");
}

#[tokio::test]
async fn a_new_feature_needs_the_tests_that_name_it() {
    let world = bound().await;
    let client = world.client.clone().with_actor("bob");
    world.release("1.1.0").await;
    write(&client, "1.1.0", document()).await;
    to_candidate(&client).await;
    let why = async || {
        let gates = closed(&world).await;
        gates.into_iter().find(|gate| gate.name == "feature-tests").map(|gate| (gate.why, gate.command))
    };
    let add = async |gate: &str, suites: &[(&str, bool)]| {
        let suite = |(name, passed): &(&str, bool)| {
            let inner = if *passed { "" } else { "<failure message=\"no\"/>" };
            format!("<testsuite name=\"{name}\"><testcase name=\"one\">{inner}</testcase></testsuite>")
        };
        let xml: String = suites.iter().map(suite).collect();
        let name = format!("{gate} {}", suites.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" "));
        let purpose =
            ReportPurpose { gate: Some(gate.to_owned()), name: Some(name), ..ReportPurpose::default() };
        let report = format!("<testsuites>{xml}</testsuites>").into_bytes();
        client.add_evidence("1.1.0", &purpose, report, &key()).await.unwrap();
    };
    let (nothing, command) = why().await.unwrap();
    assert!(nothing.contains("2 of 2 new features lack tests"), "{nothing}");
    assert!(nothing.contains("LIB-7 (no unit test, no end-to-end test)"), "{nothing}");
    assert!(nothing.contains("LIB-9 (no unit test, manual case dark (not run))"), "{nothing}");
    assert_eq!(command, "tidegate evidence add FILE --for 1.1.0 --gate unit_tests");
    // LIB-77 is another item, and a test that failed is no test that passed.
    add("unit_tests", &[("LIB-77 codes", true), ("lib-7: codes", false), ("themes", true)]).await;
    let (failed, _) = why().await.unwrap();
    assert!(failed.contains("LIB-7 (unit test failed in `lib-7: codes`, no end-to-end test)"), "{failed}");
    assert!(failed.contains("LIB-9 (manual case dark (not run))"), "{failed}");
    add("unit_tests", &[("LIB-77 codes", true), ("lib-7: codes", true), ("themes", true)]).await;
    let (rest, _) = why().await.unwrap();
    assert!(rest.contains("LIB-7"), "an earlier report of other tests stands beside it: {rest}");
    add("end_to_end_tests", &[("checkout/LIB-7", true)]).await;
    ran(&client, "dark", PlanOutcome::Passed).await;
    assert_eq!(why().await, None);
}

fn freeze(from: &str, until: &str) -> CalendarEntryRequest {
    CalendarEntryRequest {
        kind: CalendarKind::Freeze,
        reason: "books are closed".to_owned(),
        from: from.to_owned(),
        until: Some(until.to_owned()),
        lasts_seconds: None,
        zone: "UTC".to_owned(),
        rule: None,
        except: Vec::new(),
        environments: vec!["production".to_owned()],
        components: Vec::new(),
        tenants: Vec::new(),
    }
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_plan_is_named_with_the_next_free_time() {
    let world = World::applied().await;
    let client = &world.client;
    let planned = |from: &str, until: &str, component: &str, day: &str| {
        json!({
            "title": "A release", "zone": "UTC", "components": [{ "id": component }],
            "deployment": { "window": { "from": from, "until": until, "zone": "UTC" } },
            "roles": [{ "id": "ops", "name": "Operations", "person": "carol" }],
            "activities": [{ "id": "move", "name": "The move", "owner": "ops", "start": day, "end": day }],
        })
    };
    let look = async || -> PlanConflicts { client.plan_schedule("1.1.0").await.unwrap().conflicts };
    write(client, "1.1.0", planned("2099-01-10T10:00:00", "2099-01-10T12:00:00", "web", "2099-01-09")).await;
    assert_eq!(look().await.found, []);
    assert_eq!(look().await.environments, ["production"]);
    client.set_calendar_entry("year-end", &freeze("2099-01-08", "2099-01-10T11:00"), &key()).await.unwrap();
    write(client, "1.2.0", planned("2099-01-10T11:30:00", "2099-01-10T14:00:00", "web", "2099-01-09")).await;
    write(client, "1.3.0", planned("2099-01-10T10:00:00", "2099-01-10T18:00:00", "other", "2099-01-09"))
        .await;
    let found = look().await;
    let told: Vec<_> = found
        .found
        .iter()
        .map(|one| (one.activity.as_deref(), one.kind.as_str(), one.who.as_str()))
        .collect();
    let all = [
        (None, "freeze", "year-end"),
        (None, "plan", "1.2.0"),
        (Some("move"), "freeze", "year-end"),
        (Some("move"), "person", "carol"),
    ];
    assert_eq!(told, all, "{found:#?}");
    assert_eq!(found.next_free.as_deref(), Some("2099-01-10T14:00:00"));
    assert!(found.found[0].says.contains("books are closed"), "{found:#?}");
    // A window in production leaves only its own time.
    let window =
        CalendarEntryRequest { kind: CalendarKind::Window, ..freeze("2099-01-10T20:00", "2099-01-10T23:00") };
    client.set_calendar_entry("evening", &window, &key()).await.unwrap();
    let found = look().await;
    assert!(
        found.found.iter().any(|one| one.kind == "outside-windows" && one.who == "evening"),
        "{found:#?}"
    );
    assert_eq!(found.next_free.as_deref(), Some("2099-01-10T20:00:00"));
}

#[tokio::test]
async fn calendars_follow_a_plan_by_the_same_names() {
    let world = World::applied().await;
    let client = &world.client;
    let plan = |at: &str, owner: &str| {
        json!({
            "title": "EduLibra, the first; new", "zone": "Europe/Berlin",
            "deployment": { "window": { "from": "2026-12-05T22:00:00", "until": "2026-12-06T00:00:00", "zone": "Europe/Berlin" } },
            "activities": [{ "id": "qa", "name": "Final QA", "start": "2026-12-01", "end": "2026-12-03", "owner": owner }],
            "meetings": [{ "id": "go", "kind": "go-no-go", "title": "Go or no-go", "at": at, "minutes": 30, "agenda": ["Gates", "Risks"] }],
        })
    };
    let feed = async || {
        let url = format!("{}/api/v1/calendar.ics", world.server.url);
        let text = world.http.get(url).send().await.unwrap().text().await.unwrap();
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
        // Our own reader takes it: an independent parser of RFC 5545.
        assert!(tidegate_calendar::holidays(&text, "UTC").is_ok(), "{text}");
        text.replace("\r\n ", "")
    };
    let entry = |text: &str, name: &str| -> Vec<String> {
        let all = text.split("BEGIN:VEVENT\r\n").skip(1);
        let mut of = all.filter(|event| event.contains(&format!("UID:plan/1.1.0/{name}@")));
        let found: Vec<String> = of.next().unwrap().lines().map(str::to_owned).collect();
        assert!(of.next().is_none(), "one entry has this UID");
        found
    };
    let has = |lines: &[String], line: &str| {
        assert!(lines.iter().any(|known| known == line), "{line} in {lines:#?}");
    };
    write(client, "1.1.0", plan("2026-12-04T10:00:00", "ann")).await;
    let first = feed().await;
    let meeting = entry(&first, "meeting/go");
    has(&meeting, "DTSTART:20261204T090000Z");
    has(&meeting, "DTEND:20261204T093000Z");
    has(&meeting, "SEQUENCE:0");
    has(&entry(&first, "window"), "DTSTART:20261205T210000Z");
    let qa = entry(&first, "activity/qa");
    has(&qa, "DTSTART;VALUE=DATE:20261201");
    has(&qa, "DTEND;VALUE=DATE:20261204");
    // What moves keeps its name and is newer; what does not move stays as it was.
    write(client, "1.1.0", plan("2026-12-04T11:00:00", "ann")).await;
    let second = feed().await;
    has(&entry(&second, "meeting/go"), "SEQUENCE:1");
    has(&entry(&second, "meeting/go"), "DTSTART:20261204T100000Z");
    has(&entry(&second, "activity/qa"), "SEQUENCE:0");
    write(client, "1.1.0", plan("2026-12-04T11:00:00", "bob")).await;
    has(&entry(&feed().await, "activity/qa"), "SEQUENCE:1");
    let cancel =
        PlanActRequest::Move { to: PlanPhase::Cancelled, release: None, note: Some("not now".to_owned()) };
    act(client, cancel).await;
    let gone = entry(&feed().await, "meeting/go");
    has(&gone, "STATUS:CANCELLED");
    has(&gone, "SEQUENCE:2");
}

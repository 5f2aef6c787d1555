//! `/events`: pages, and the log as it grows.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use tidegate_client::api::{Event, IssueTokenRequest, PersonKind, Role};
use tidegate_client::{EventsFrom, EventsQuery, Followed};

use crate::support::{World, key};

/// The next `count` events of a followed log.
async fn take(world: &World, from: EventsFrom, count: usize) -> Vec<Event> {
    let stream = world.client.follow_events(&from);
    let events = stream.filter_map(|said| async {
        match said {
            Followed::Event(event) => Some(*event),
            Followed::Connected => None,
            Followed::Lost(error) | Followed::Refused(error) => panic!("{error}"),
        }
    });
    let taking = events.take(count).collect::<Vec<_>>();
    tokio::time::timeout(Duration::from_secs(20), taking).await.expect("the events come")
}

#[tokio::test]
async fn pages_of_events_are_the_whole_log_in_order() {
    let world = World::live().await;
    let mut query = EventsQuery { limit: Some(3), ..EventsQuery::default() };
    let mut events = Vec::new();
    loop {
        let page = world.client.events(&query).await.unwrap();
        events.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let positions: Vec<_> = events.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
    assert_eq!((&*events[0].kind, &*events[0].actor), ("catalog.applied", "operator@local"));
    assert!(events.iter().any(|event| event.kind == "rollout.succeeded" && event.actor == "tidegate"));
    for event in &events {
        let expect = (event.actor != "tidegate").then_some("127.0.0.1 cli");
        assert_eq!(event.origin.as_deref(), expect, "{event:?}");
    }
    let of_one = EventsQuery { stream: Some("release/1.0.0".to_owned()), ..EventsQuery::default() };
    let kinds: Vec<_> =
        world.client.events(&of_one).await.unwrap().items.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["release.created", "release.entered", "release.verified"]);
}

#[tokio::test]
async fn a_followed_log_goes_on_where_it_broke() {
    let world = World::live().await;
    let from = |after| EventsFrom { after, stream: None };
    let first = take(&world, from(Some(0)), 5).await;
    let rest = take(&world, from(Some(first[4].position)), 3).await;
    let positions: Vec<_> = first.iter().chain(&rest).map(|event| event.position).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn the_last_event_id_goes_before_the_query() {
    let world = World::live().await;
    let url = format!("{}/api/v1/events/stream?after=0", world.server.url);
    let request = reqwest::Client::new().get(url).header("last-event-id", "3");
    let mut response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while !text.contains("id: 4\ndata: ") {
        text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.starts_with("id: 3\n") || text.starts_with("retry: 1000\nid: 3\n"), "{text}");
    assert!(!text.contains("id: 2\n"), "{text}");
}

#[tokio::test]
async fn new_events_come_as_they_happen_and_only_of_the_stream_asked_for() {
    let world = World::applied().await;
    let from = EventsFrom { after: None, stream: Some("release/1.1.0".to_owned()) };
    let (connected, waiting) = tokio::sync::oneshot::channel();
    let mut stream = world.client.follow_events(&from);
    let following = tokio::spawn(async move {
        assert!(matches!(stream.next().await, Some(Followed::Connected)));
        connected.send(()).unwrap();
        stream.next().await
    });
    waiting.await.unwrap();
    world.release("1.0.0").await;
    world.release("1.1.0").await;
    let said = tokio::time::timeout(Duration::from_secs(20), following).await.unwrap().unwrap();
    let Some(Followed::Event(event)) = said else { panic!("{said:?}") };
    assert_eq!((&*event.stream, &*event.kind), ("release/1.1.0", "release.created"));
}

/// Messages of a stream: of each its lines.
struct Messages {
    response: reqwest::Response,
    text: String,
}

impl Messages {
    async fn of(world: &World, query: &str) -> Self {
        Self::asked(world, query, None).await
    }

    async fn asked(world: &World, query: &str, bearer: Option<&str>) -> Self {
        let mut request = world.http.get(format!("{}/api/v1/events/stream?{query}", world.server.url));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        Self { response: request.send().await.unwrap(), text: String::new() }
    }

    async fn next(&mut self) -> Vec<String> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let lines = message.lines().map(str::to_owned).collect();
                self.text = String::from(rest);
                return lines;
            }
            let piece = tokio::time::timeout(Duration::from_mins(2), self.response.chunk()).await;
            self.text.push_str(std::str::from_utf8(&piece.unwrap().unwrap().unwrap()).unwrap());
        }
    }
}

fn rollout_of(message: &[String]) -> Option<String> {
    assert_eq!(message.len(), 2, "{message:?}");
    let told: serde_json::Value = serde_json::from_str(message[1].strip_prefix("data: ")?).ok()?;
    Some(told["rollout"].as_str()?.to_owned())
}

#[tokio::test]
async fn a_stream_says_the_time_and_what_was_measured_and_neither_moves_its_place() {
    let world = World::live().await;
    let first = world.deploy("1.0.0", "production").await;
    world.ended(&first).await;
    world.client.apply(&crate::rollouts::judged(&world), &key()).await.unwrap();
    world.release("1.1.0").await;
    let newest =
        world.client.events(&EventsQuery { limit: Some(1000), ..EventsQuery::default() }).await.unwrap();
    let (newest, id) = (newest.items.last().unwrap().position, world.deploy("1.1.0", "production").await);
    let mut all = Messages::of(&world, "after=0").await;
    let mut own = Messages::of(&world, &format!("stream=rollout/{id}")).await;
    let mut other = Messages::of(&world, &format!("stream=release/1.1.0&after={newest}")).await;
    let (mut position, mut alive, mut measured) = (0, 0, 0);
    while alive == 0 || measured < 2 || position <= newest {
        let message = all.next().await;
        match message[0].as_str() {
            "event: alive" => {
                assert!(message[1].starts_with("data: {\"at_ms\":") && message.len() == 2, "{message:?}");
                alive += 1;
            }
            "event: measured" => {
                assert_eq!(rollout_of(&message).as_deref(), Some(id.as_str()));
                assert!(!world.client.samples(&id, None).await.unwrap().items.is_empty());
                measured += 1;
            }
            _ => {
                let id =
                    message.iter().find_map(|line| line.strip_prefix("id: ")).expect("an event has an id");
                position = id.parse::<u64>().unwrap();
                assert!(!message.iter().any(|line| line.starts_with("event:")), "{message:?}");
            }
        }
    }
    // Who follows one thing is told of its measurements only.
    while own.next().await[0] != "event: measured" {}
    world.client.abort(&id, "enough seen", &key()).await.unwrap();
    loop {
        let message = other.next().await;
        assert_ne!(message[0], "event: measured", "{message:?}");
        if message.iter().any(|line| line.contains("release.went-back")) {
            break;
        }
    }
}

#[tokio::test]
async fn who_reads_in_one_environment_is_told_of_it_alone() {
    let world = World::live().await;
    let there = world.deploy("1.0.0", "production").await;
    world.ended(&there).await;
    let root = world.set_up().await;
    let grants = vec![crate::people::grant(Role::Viewer, Some("production"))];
    crate::people::add(&root, "eve", PersonKind::Service, grants).await;
    let wish = IssueTokenRequest { label: "screen".to_owned(), ..IssueTokenRequest::default() };
    let token = root.issue_token("eve", &wish, &key()).await.unwrap().secret.0;
    let everything = root.events(&EventsQuery { limit: Some(1000), ..EventsQuery::default() }).await.unwrap();
    let newest = everything.items.last().unwrap().position;

    let mut told = Messages::asked(&world, "after=0", Some(&token)).await;
    let (mut position, mut whole, mut changed) = (0, BTreeSet::new(), BTreeSet::new());
    // The log ends with what Eve is told nothing of, so the last that she is told of is looked for by its stream.
    while !whole.contains(&format!("rollout/{there}"))
        || !whole.contains("slot/production/web")
        || changed.len() < 2
    {
        let message = told.next().await;
        let field = |name: &str| message.iter().find_map(|line| line.strip_prefix(name));
        let data: serde_json::Value =
            field("data: ").map_or(serde_json::Value::Null, |text| serde_json::from_str(text).unwrap());
        let stream = data["stream"].as_str().unwrap_or_default().to_owned();
        if let Some(id) = field("id: ") {
            let id: u64 = id.parse().unwrap();
            assert!(id >= position && id <= newest, "{message:?}");
            position = id;
        }
        match field("event: ") {
            Some("changed") => {
                assert_eq!(data.as_object().unwrap().len(), 1, "only which: {data}");
                changed.insert(stream);
            }
            Some(_) => assert!(stream.is_empty(), "{message:?}"),
            None if data.is_null() => {}
            None => {
                whole.insert(stream);
            }
        }
    }
    assert_eq!(whole, BTreeSet::from([format!("rollout/{there}"), "slot/production/web".to_owned()]));
    assert_eq!(changed, BTreeSet::from(["catalog".to_owned(), "release/1.0.0".to_owned()]));
}

#[tokio::test]
async fn clients_pass_over_what_is_not_of_the_log() {
    let world = World::live().await;
    // The first message after the beginning says the time.
    let said = Messages::of(&world, "after=0").await.next().await;
    assert!(said.iter().any(|line| line == "id: 0"), "{said:?}");
    let events = take(&world, EventsFrom { after: Some(0), stream: None }, 5).await;
    assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn an_open_stream_does_not_keep_the_server_from_ending() {
    let world = World::applied().await;
    let mut stream = world.client.follow_events(&EventsFrom { after: Some(0), stream: None });
    while !matches!(stream.next().await, Some(Followed::Event(_))) {}
    let World { data: _data, gateway: _gateway, server, .. } = world;
    let began = std::time::Instant::now();
    tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(8), "it ended by being asked, not by being cut off");
    assert!(matches!(stream.next().await, Some(Followed::Lost(_))));
}

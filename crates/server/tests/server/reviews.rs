//! What an emergency owes afterwards: by whom it is reviewed, and what an overdue review keeps out.

use tidegate_client::Client;
use tidegate_client::api::{
    ApplyRequest, ChangeType, Choice, Gates, PersonKind, ReviewOutcome, ReviewRequest, ReviewState, Role,
    RolloutState, VoteRequest,
};

use crate::people::{add, grant, refused};
use crate::security::token;
use crate::support::{World, deploy, key, until};

const GATES: &str = "      gates:\n        - approval: {count: 2, from: [approver]}\n";

fn found(note: &str) -> ReviewRequest {
    let environment = "production".to_owned();
    ReviewRequest { environment, outcome: ReviewOutcome::Justified, note: note.to_owned() }
}

/// The release is live in development, and an emergency that ann has signed.
async fn urgent(world: &World, (author, ann): (&Client, &Client), version: &str) -> Gates {
    author.create_release(&world.wish(version), &key()).await.unwrap();
    let started = author.start_rollout("development", &deploy(version), &key()).await.unwrap();
    let id = &started.rollouts[0];
    until("it is live", async || author.rollout(id).await.unwrap().state.is_final().then_some(())).await;
    author.set_change(version, ChangeType::Emergency, &key()).await.unwrap();
    let choice = Choice::Yes;
    let vote = VoteRequest { release: version.to_owned(), gate: None, choice, reason: String::new() };
    ann.vote("production", &vote, &key()).await.unwrap()
}

#[tokio::test]
async fn an_emergency_is_reviewed_by_somebody_else_and_keeps_the_next_one_out_until_then() {
    let world = World::applied().await;
    let root = world.set_up().await;
    let author = world.person(&root, "author", vec![grant(Role::ReleaseManager, None)]).await;
    let ann = world.person(&root, "ann", vec![grant(Role::Approver, None)]).await;
    let bob = world.person(&root, "bob", vec![grant(Role::Approver, None)]).await;
    let eve = world.person(&root, "eve", vec![grant(Role::Viewer, None)]).await;
    add(&root, "robot", PersonKind::Service, vec![grant(Role::Approver, None)]).await;
    let robot = token(&world, &root, "robot").await;
    let stage = "    - environment: production\n";
    let text = world.configuration().text.replace(stage, &format!("{stage}{GATES}"));
    let text = text.replace("  name: main\n", "  name: main\n  emergency_review: {within: 1s}\n");
    author.apply(&ApplyRequest { text, ..world.configuration() }, &key()).await.unwrap();

    // One approver is enough for an emergency; where nobody approves, nothing is owed.
    assert!(urgent(&world, (&author, &ann), "1.0.0").await.open);
    assert!(ann.reviews(None).await.unwrap().items.is_empty());
    let started = author.start_rollout("production", &deploy("1.0.0"), &key()).await.unwrap();
    let id = started.rollouts[0].clone();
    until("it ends", async || {
        let state = author.rollout(&id).await.unwrap().state;
        (state == RolloutState::Succeeded).then_some(())
    })
    .await;
    let overdue = until("its review is overdue", async || {
        ann.reviews(Some(ReviewState::Overdue)).await.unwrap().items.into_iter().next()
    })
    .await;
    assert_eq!((overdue.release.as_str(), overdue.environment.as_str()), ("1.0.0", "production"));
    assert_eq!((overdue.rollout.as_str(), overdue.author.as_str()), (id.as_str(), "author"));
    assert_eq!(overdue.signed_by, ["ann"]);
    assert_eq!(overdue.due_ms, overdue.ended_ms + 1_000);
    let why = author.why(Some("1.0.0"), Some("production"), false).await.unwrap().items.remove(0);
    assert!(why.why.contains("it owes a review"), "{}", why.why);
    // It is live; nothing waits for anybody.
    assert_eq!(author.why(Some("1.0.0"), Some("production"), true).await.unwrap().items, []);
    assert!(why.command.starts_with("tidegate review done 1.0.0 --in production"), "{}", why.command);

    // The next emergency waits for it, and is told for what; one that is none does not.
    let gates = urgent(&world, (&author, &ann), "1.0.1").await;
    let shut: Vec<_> = gates.gates.iter().filter(|gate| !gate.open).collect();
    assert_eq!(shut.iter().map(|gate| gate.name.as_str()).collect::<Vec<_>>(), ["emergency-review"]);
    let waiting = author.why(None, None, true).await.unwrap().items;
    let waiting: Vec<_> =
        waiting.iter().map(|why| (why.release.as_str(), why.environment.as_str())).collect();
    assert_eq!(waiting, [("1.0.1", "production")]);
    let answer = author.start_rollout("production", &deploy("1.0.1"), &key()).await;
    let told = refused(answer, 409, "gates-closed");
    assert!(told.contains("tidegate review done 1.0.0 --in production --outcome justified"), "{told}");
    author.set_change("1.0.1", ChangeType::Normal, &key()).await.unwrap();
    let gates = author.gates("production", "1.0.1").await.unwrap();
    assert_eq!(gates.gates.iter().map(|gate| gate.name.as_str()).collect::<Vec<_>>(), ["approval"]);
    author.set_change("1.0.1", ChangeType::Emergency, &key()).await.unwrap();

    // Not by its author, not by who let it through alone, not by a program, not by who may not sign.
    let review = async |client: &Client, note: &str| client.review("1.0.0", &found(note), &key()).await;
    refused(review(&author, "fine").await, 409, "may-not-review");
    refused(review(&ann, "fine").await, 409, "may-not-review");
    refused(review(&robot, "fine").await, 409, "may-not-review");
    refused(review(&eve, "fine").await, 403, "not-allowed");
    refused(review(&bob, "  ").await, 422, "reason-missing");
    let wish = found("nothing went there");
    refused(bob.review("1.0.1", &wish, &key()).await, 404, "no-review-owed");
    let page = review(&bob, "Checkout was down.").await.unwrap();
    assert_eq!(page.items[0].state, ReviewState::Done);
    assert_eq!(page.items[0].reviewed_by.as_deref(), Some("bob"));
    refused(review(&bob, "again").await, 409, "reviewed-already");
    assert!(author.reviews(Some(ReviewState::Overdue)).await.unwrap().items.is_empty());
    assert_eq!(eve.reviews_of("1.0.0").await.unwrap().items.len(), 1);
    author.start_rollout("production", &deploy("1.0.1"), &key()).await.unwrap();
}

//! Both clients against both stores, as `examples/appstores` plays them by the rules of their public APIs.

#![allow(clippy::unwrap_used)] // tests may unwrap

use std::time::{SystemTime, UNIX_EPOCH};

use appstores::{Stores, Trouble};
use secrecy::SecretString;
use tidegate_appstores::apple::{Apple, AppleKey};
use tidegate_appstores::google::Google;
use tidegate_appstores::guard::{Allowance, Guard, Limits};
use tidegate_appstores::{APPLE_DAYS, Act, Share, Sight, Stage, StoreRefusal};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn guard() -> Guard {
    Guard::new(Allowance::parse(["127.0.0.1"]).unwrap(), &Limits::default()).unwrap()
}

fn key(stores: &Stores) -> AppleKey {
    let pem = SecretString::from(stores.keys().apple_pem());
    AppleKey { issuer: appstores::ISSUER.to_owned(), id: appstores::KEY_ID.to_owned(), pem }
}

struct World {
    stores: Stores,
    apple: Apple,
    google: Google,
}

impl World {
    async fn open() -> Self {
        let stores = Stores::open("127.0.0.1:0").await.unwrap();
        let apple = Apple::new((guard(), stores.base()), ("1", "IOS"), &key(&stores)).unwrap();
        let account = SecretString::from(stores.keys().account());
        let google =
            Google::new((guard(), stores.base()), ("com.example.shop", "production"), &account).unwrap();
        Self { stores, apple, google }
    }

    async fn apple(&self, act: Act) -> Result<Sight, StoreRefusal> {
        self.apple.act("1.1.0", act, now()).await
    }

    async fn google(&self, act: Act, percent: u8) -> Result<Sight, StoreRefusal> {
        self.google.act("1.1.0", (act, Share::from_percent(percent)), now()).await
    }

    fn trouble(&self, troubles: &[Trouble]) {
        self.stores.shelf().troubles.extend(troubles.iter().copied().map(Some));
    }

    /// After so many questions that go well.
    fn at(&self, before: usize, trouble: Trouble) {
        let mut shelf = self.stores.shelf();
        shelf.troubles.extend(std::iter::repeat_n(None, before));
        shelf.troubles.push_back(Some(trouble));
    }

    fn pass(&self, days: u16) {
        self.stores.shelf().app.pass(days);
    }
}

fn stands(sight: &Sight) -> (Stage, String) {
    (sight.stage, sight.share.to_string())
}

fn percent(percent: u8) -> String {
    Share::from_percent(percent).unwrap().to_string()
}

#[tokio::test]
async fn a_phased_release_goes_its_seven_days_and_everybody_has_it() {
    let world = World::open().await;
    let sight = world.apple.sight("1.1.0", now()).await.unwrap();
    assert_eq!((stands(&sight), sight.live), ((Stage::Approved, percent(0)), Some(false)));
    world.apple(Act::Begin).await.unwrap();
    for (at, share) in APPLE_DAYS.into_iter().enumerate() {
        let sight = world.apple.sight("1.1.0", now()).await.unwrap();
        assert_eq!(stands(&sight), (Stage::UnderWay, percent(share)));
        assert_eq!((sight.day.map(usize::from), sight.live), (Some(at + 1), Some(true)));
        world.pass(1);
    }
    let sight = world.apple.sight("1.1.0", now()).await.unwrap();
    assert_eq!(stands(&sight), (Stage::Complete, percent(100)));
    let before = world.apple.sight("1.0.0", now()).await.unwrap();
    assert_eq!(before.stage, Stage::Replaced);
    // What is over stays so, and its refusal says what to do instead.
    let refused = world.apple(Act::Halt).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.help()),
        ("app-store-no-step", "no store takes a version back: mend it with a higher one")
    );
    assert_eq!(world.apple(Act::Complete).await.unwrap().stage, Stage::Complete);
}

#[tokio::test]
async fn a_phased_release_is_paused_for_thirty_days_at_most_resumed_and_given_to_all() {
    let world = World::open().await;
    world.apple(Act::Begin).await.unwrap();
    world.pass(2);
    assert_eq!(stands(&world.apple(Act::Halt).await.unwrap()), (Stage::Halted, percent(5)));
    assert_eq!(stands(&world.apple(Act::Halt).await.unwrap()), (Stage::Halted, percent(5)), "once is enough");
    world.pass(10);
    let sight = world.apple.sight("1.1.0", now()).await.unwrap();
    assert_eq!((sight.stage, sight.paused_days), (Stage::Halted, Some(10)));
    assert_eq!(stands(&world.apple(Act::Resume).await.unwrap()), (Stage::UnderWay, percent(5)));
    world.apple(Act::Halt).await.unwrap();
    world.pass(20);
    let sight = world.apple.sight("1.1.0", now()).await.unwrap();
    assert_eq!((sight.stage, sight.paused_days), (Stage::UnderWay, Some(30)), "Apple goes on by itself");
    let refused = world.apple(Act::Halt).await.unwrap_err();
    assert_eq!(refused.code(), "app-store-conflict");
    assert_eq!(world.apple(Act::Widen).await.unwrap_err(), StoreRefusal::OwnSchedule);
    assert_eq!(stands(&world.apple(Act::Complete).await.unwrap()), (Stage::Complete, percent(100)));
}

#[tokio::test]
async fn a_staged_rollout_grows_halts_goes_on_and_is_completed_beside_what_stands() {
    let world = World::open().await;
    assert_eq!(stands(&world.google(Act::Begin, 5).await.unwrap()), (Stage::UnderWay, percent(5)));
    let sight = world.google(Act::Widen, 20).await.unwrap();
    assert_eq!((stands(&sight), sight.live), ((Stage::UnderWay, percent(20)), None));
    for wrong in [20, 10, 0, 100] {
        let refused = world.google(Act::Widen, wrong).await;
        assert_eq!(refused.is_ok(), wrong == 20, "{wrong}: {refused:?}");
    }
    assert_eq!(stands(&world.google(Act::Halt, 0).await.unwrap()), (Stage::Halted, percent(20)));
    assert_eq!(world.google(Act::Widen, 50).await.unwrap_err().code(), "app-store-no-step");
    assert_eq!(stands(&world.google(Act::Resume, 0).await.unwrap()), (Stage::UnderWay, percent(20)));
    assert_eq!(stands(&world.google(Act::Complete, 0).await.unwrap()), (Stage::Complete, percent(100)));
    assert_eq!(world.google(Act::Halt, 0).await.unwrap_err().code(), "app-store-no-step");
    let shelf = world.stores.shelf();
    let production = &shelf.play.tracks["production"];
    // A track has one that is completed.
    assert_eq!((production.len(), &production[0]["status"]), (1, &"completed".into()));
    assert_eq!(production[0]["releaseNotes"][0]["text"], "Faster.");
    assert!(production[0].get("userFraction").is_none());
    assert_eq!((shelf.play.commits, shelf.play.open_edits()), (5, 0));
}

#[tokio::test]
async fn what_goes_wrong_between_is_waited_for_asked_again_or_named() {
    let world = World::open().await;
    // Reading is asked again by itself.
    world.trouble(&[Trouble::Busy(1), Trouble::Unwell, Trouble::HalfABody]);
    assert_eq!(world.apple.sight("1.1.0", now()).await.unwrap().stage, Stage::Approved);
    world.trouble(&[Trouble::Busy(3_600)]);
    let busy = world.apple.sight("1.1.0", now()).await.unwrap_err();
    assert_eq!((busy.code(), busy.passes()), ("app-store-busy", true));
    assert!(busy.to_string().contains("3600 s"), "{busy}");
    world.trouble(&[Trouble::NoJson]);
    assert_eq!(world.apple.sight("1.1.0", now()).await.unwrap_err().code(), "app-store-answer-unreadable");
    let refused = world.google.sight("9.9.9", now()).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("9.9.9")), ("app-store-unknown", true));
    assert_eq!(world.apple.sight("9.9.9", now()).await.unwrap_err().code(), "app-store-unknown");
    assert_eq!(world.stores.shelf().play.open_edits(), 0);
}

/// Broken off at each question in turn, before or after it was heard: asked for again it stands as wanted, and was done once.
#[tokio::test]
async fn an_act_that_breaks_off_anywhere_is_finished_by_asking_again() {
    for trouble in [Trouble::HalfABody, Trouble::HalfABodyAfter, Trouble::Conflict] {
        for before in 0..6 {
            let world = World::open().await;
            world.at(before, trouble);
            let first = world.apple(Act::Begin).await;
            world.stores.shelf().troubles.clear();
            let sight = world.apple(Act::Begin).await.unwrap();
            assert_eq!(
                (sight.stage, sight.day),
                (Stage::UnderWay, Some(1)),
                "{trouble:?} {before} {first:?}"
            );

            world.at(before, trouble);
            let first = world.google(Act::Begin, 5).await;
            world.stores.shelf().troubles.clear();
            let sight = world.google(Act::Begin, 5).await.unwrap();
            assert_eq!(stands(&sight), (Stage::UnderWay, percent(5)), "{trouble:?} {before} {first:?}");
            assert_eq!(world.stores.shelf().play.commits, 1, "{trouble:?} {before} {first:?}");
        }
    }
}

#[tokio::test]
async fn an_edit_that_somebody_elses_commit_made_old_is_begun_anew() {
    let world = World::open().await;
    // The edit, the track, the change; then the commit.
    world.at(3, Trouble::Conflict);
    assert_eq!(stands(&world.google(Act::Begin, 5).await.unwrap()), (Stage::UnderWay, percent(5)));
    let tidy = |world: &World| {
        let shelf = world.stores.shelf();
        (shelf.play.commits, shelf.play.open_edits())
    };
    assert_eq!(tidy(&world), (1, 0));
    // Three in a row are somebody's to look at. What it gives up is a question too.
    for before in [3, 4, 4] {
        world.at(before, Trouble::Conflict);
    }
    assert_eq!(world.google(Act::Widen, 10).await.unwrap_err().code(), "app-store-conflict");
}

#[tokio::test]
async fn whoever_does_not_sign_as_they_should_is_refused_before_anything_happens() {
    let world = World::open().await;
    let other = Stores::open("127.0.0.1:0").await.unwrap();
    let stranger = Apple::new((guard(), world.stores.base()), ("1", "IOS"), &key(&other)).unwrap();
    let refused = stranger.act("1.1.0", Act::Begin, now()).await.unwrap_err();
    assert!(matches!(refused, StoreRefusal::Denied { status: 401, .. }), "{refused:?}");
    // A token of an hour ago is none.
    let refused = world.apple.act("1.1.0", Act::Begin, now() - 3_600).await.unwrap_err();
    assert_eq!(refused.code(), "app-store-denied");
    let account = other.keys().account().replace(other.base(), world.stores.base());
    let stranger = Google::new(
        (guard(), world.stores.base()),
        ("com.example.shop", "production"),
        &SecretString::from(account),
    )
    .unwrap();
    let refused = stranger.sight("1.1.0", now()).await.unwrap_err();
    assert!(refused.to_string().contains("Invalid JWT Signature"), "{refused}");
    assert_eq!(world.stores.shelf().play.commits, 0);
    assert_eq!(world.apple.sight("1.1.0", now()).await.unwrap().stage, Stage::Approved);
    for pem in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        let key = AppleKey { pem: SecretString::from(pem), ..key(&other) };
        let refused = Apple::new((guard(), "http://127.0.0.1:1"), ("1", "IOS"), &key).err().unwrap();
        assert_eq!(refused.code(), "app-store-key-unusable");
    }
    let refused =
        Google::new((guard(), "http://127.0.0.1:1"), ("p", "t"), &SecretString::from("{}")).err().unwrap();
    assert_eq!(refused.code(), "app-store-key-unusable");
}

//! The public page, its feeds, subscriptions by mail, and what users say: without signing in, and without telling anything.

use http::StatusCode;
use tidegate_client::api::{AnnounceRequest, FeedbackRequest, Occasion, SubscriberState};

use crate::announced::{audience, code, mail, page, settled, wish};
use crate::mailbox::{Mailbox, Manner};
use crate::support::{World, key, until};

struct Got {
    status: StatusCode,
    headers: http::HeaderMap,
    body: String,
}

async fn get(world: &World, path: &str, headers: &[(&'static str, &str)]) -> Got {
    let mut request = world.http.get(format!("{}{path}", world.server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answered(request).await
}

/// As a browser sends a form.
async fn post(world: &World, path: &str, form: &str) -> Got {
    let request = world.http.post(format!("{}{path}", world.server.url));
    answered(request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())).await
}

async fn answered(request: reqwest::RequestBuilder) -> Got {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Got { status, headers, body: response.text().await.unwrap() }
}

/// The path and query of the link in a text that leads there.
fn link(text: &str, to: &str) -> String {
    let at =
        text.find(&format!("/public/{to}?token=")).unwrap_or_else(|| panic!("no link to {to} in {text}"));
    text[at..].split_whitespace().next().unwrap().trim_end_matches(['"', '<', '>']).to_owned()
}

#[tokio::test]
async fn the_page_and_its_feeds_are_there_where_they_are_switched_on() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let off = get(&world, "/public/announcements", &[]).await;
    assert!(off.status == StatusCode::NOT_FOUND && off.body.contains("page-off"), "{}", off.body);
    page(&world, None).await;
    audience(&world, &["news"], &[]).await;
    let evil = "<script>alert(1)</script> & \"x\" https://a.example/\"onclick=\"b";
    let request = AnnounceRequest { note: evil.to_owned(), ..wish(Occasion::Schedule) };
    let made = world.client.announce(&request, &key()).await.unwrap();
    let told = settled(&world, &made.id).await;
    let only = format!("/public/announcements/{}", made.id);
    assert!(told.url.unwrap().ends_with(&only));

    // Somebody must sign in from now on, but for this.
    let root = world.set_up().await;
    assert_eq!(get(&world, "/api/v1/announcements", &[]).await.status, StatusCode::UNAUTHORIZED);
    for path in ["/public/announcements", only.as_str()] {
        let page = get(&world, path, &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
        assert!(page.headers["cache-control"].to_str().unwrap().starts_with("public"));
        assert!(page.body.contains("<title>News &lt;of&gt; the shop</title>"), "{}", page.body);
        assert!(
            page.body.contains("release 1.0.0 is planned") && !page.body.contains("<script"),
            "{}",
            page.body
        );
        assert!(!page.body.contains("\"onclick"), "{}", page.body);
        let tag = page.headers["etag"].to_str().unwrap();
        let again = get(&world, path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }
    assert_eq!(
        get(&world, "/public/style.css", &[]).await.headers["content-type"],
        "text/css; charset=utf-8"
    );
    for (path, kind, mark) in [
        ("/public/announcements.atom", "application/atom+xml; charset=utf-8", "<entry>"),
        ("/public/announcements.rss", "application/rss+xml; charset=utf-8", "<item>"),
    ] {
        let feed = get(&world, path, &[]).await;
        assert_eq!((feed.status, feed.headers["content-type"].to_str().unwrap()), (StatusCode::OK, kind));
        assert!(
            feed.body.contains(mark) && feed.body.contains(&only) && !feed.body.contains("<script"),
            "{}",
            feed.body
        );
    }
    root.cancel_announcement(&made.id, None, &key()).await.unwrap();
    assert_eq!(get(&world, &only, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(!get(&world, "/public/announcements", &[]).await.body.contains("is planned"));
    assert_eq!(
        get(&world, "/public/announcements/nothing", &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn readers_come_in_two_steps_and_leave_by_one_click() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let mailbox = Mailbox::new(Manner::Takes).await;
    page(&world, None).await;
    assert_eq!(
        post(&world, "/public/subscribe", "address=eve@example.org").await.status,
        StatusCode::NOT_FOUND
    );
    mail(&world, "post", &mailbox).await;
    page(&world, Some("post")).await;
    audience(&world, &["news"], &[]).await;

    let first = post(&world, "/public/subscribe", "address=eve%40example.org").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    until("the question comes", async || (mailbox.count() == 1).then_some(())).await;
    // Again, and for somebody who never asked: the same words, and no second letter.
    for address in ["eve%40example.org", "mallory%40example.org"] {
        let again = post(&world, "/public/subscribe", &format!("address={address}")).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::OK, first.body.as_str()));
    }
    until("the other question comes", async || (mailbox.count() == 2).then_some(())).await;
    let bad = post(&world, "/public/subscribe", "address=eve%0d%0aBcc%3Ax%40example.org").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mailbox.ids()["eve@example.org"].len(), 1);

    let question = mailbox.taken().into_iter().find(|it| it.to == "eve@example.org").unwrap();
    let confirm = link(&question.text(), "confirm");
    let state = async || {
        let all = world.client.subscribers().await.unwrap().items;
        all.into_iter().find(|it| it.address == "eve@example.org").map(|it| it.state)
    };
    // Programs that look through mail open every link.
    assert!(get(&world, &confirm, &[]).await.body.contains("Yes, it was me"));
    assert_eq!(state().await, Some(SubscriberState::Asked));
    // The last letter holds four bits that count: `A` and `Q` differ in them.
    let other = if confirm.ends_with('A') { 'Q' } else { 'A' };
    let forged = format!("{}{other}", &confirm[..confirm.len() - 1]);
    assert_eq!(post(&world, &forged, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&world, &confirm, "").await.status, StatusCode::OK);
    assert_eq!(state().await, Some(SubscriberState::Confirmed));

    let made = world.client.announce(&wish(Occasion::Schedule), &key()).await.unwrap();
    let told = settled(&world, &made.id).await;
    assert_eq!((told.deliveries, told.delivered), (1, 1), "whoever did not confirm gets nothing");
    let letter = mailbox.taken().pop().unwrap();
    assert_eq!(letter.to, "eve@example.org");
    assert_eq!(letter.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    let unsubscribe = link(letter.header("List-Unsubscribe").unwrap(), "unsubscribe");
    assert!(get(&world, &unsubscribe, &[]).await.body.contains("No more letters"));
    assert_eq!(state().await, Some(SubscriberState::Confirmed), "opening a link changes nothing");
    // As RFC 8058 says that mail programs do it.
    assert_eq!(post(&world, &unsubscribe, "List-Unsubscribe=One-Click").await.status, StatusCode::OK);
    assert_eq!(state().await, None, "the address is forgotten");
    assert_eq!(post(&world, &unsubscribe, "List-Unsubscribe=One-Click").await.status, StatusCode::OK);
    let next = world.client.announce(&wish(Occasion::Progress), &key()).await.unwrap();
    assert_eq!(settled(&world, &next.id).await.deliveries, 0);

    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(post(&world, "/public/subscribe", "address=eve%40example.org").await.status);
    }
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
}

#[tokio::test]
async fn users_say_how_it_is_and_each_link_counts_once() {
    let world = World::live().await;
    world.release("1.1.0").await;
    let mailbox = Mailbox::new(Manner::Takes).await;
    mail(&world, "post", &mailbox).await;
    page(&world, None).await;
    audience(&world, &["post", "news"], &["ada@example.org", "bob@example.org"]).await;
    let early = AnnounceRequest { release: "1.1.0".to_owned(), ..wish(Occasion::Feedback) };
    assert_eq!(code(world.client.announce(&early, &key()).await), (409, "release-not-out".to_owned()));
    let made = world.client.announce(&wish(Occasion::Feedback), &key()).await.unwrap();
    settled(&world, &made.id).await;
    let links: Vec<String> = mailbox.taken().iter().map(|letter| link(&letter.text(), "feedback")).collect();
    assert_eq!(links.len(), 2);
    assert_ne!(links[0], links[1], "each letter has a link of its own");

    assert!(get(&world, &links[0], &[]).await.body.contains("How is it for you?"));
    for bad in ["", "rating=0", "rating=6", "rating=x"] {
        assert_eq!(post(&world, &links[0], bad).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    let said = post(&world, &links[0], "rating=4&text=Quick%2C+%3Cb%3Eand%3C%2Fb%3E%1b%5B2J+fine").await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    assert_eq!(post(&world, &links[0], "rating=1").await.status, StatusCode::CONFLICT);
    let forged = links[1].replace("token=ann_", "token=ann-");
    assert_eq!(post(&world, &forged, "rating=1").await.status, StatusCode::NOT_FOUND);

    // The page's link is everybody's; its form is one's own.
    let shown = get(&world, &format!("/public/announcements/{}", made.id), &[]).await.body;
    let at = shown.find("../feedback?token=").unwrap();
    let open = shown[at + 2..].split('"').next().unwrap().to_owned();
    let form = get(&world, &format!("/public{open}"), &[]).await.body;
    let action = form.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(post(&world, &format!("/public/{action}"), "rating=5").await.status, StatusCode::OK);
    assert_eq!(post(&world, &format!("/public/{action}"), "rating=5").await.status, StatusCode::CONFLICT);
    let everybody = post(&world, &format!("/public{open}"), "rating=1").await;
    assert_eq!(everybody.status, StatusCode::NOT_FOUND, "a link that all have is no answer's");

    let (once, request) = (key(), FeedbackRequest { rating: 3, text: "by the help desk".to_owned() });
    world.client.add_feedback("1.0.0", &request, &once).await.unwrap();
    let all = world.client.add_feedback("1.0.0", &request, &once).await.unwrap();
    assert_eq!((all.count, all.average, all.ratings), (3, Some(4.0), vec![0, 0, 1, 1, 1]));
    let text = &all.answers.iter().find(|answer| answer.rating == 4).unwrap().text;
    assert_eq!(text, "Quick, <b>and</b>[2J fine", "as text, without what a terminal obeys");
    let events = world.client.events(&tidegate_client::EventsQuery::default()).await.unwrap();
    assert!(
        !serde_json::to_string(&events).unwrap().contains("help desk"),
        "strangers do not write into the log"
    );
    assert!(world.client.feedback("9.9.9").await.is_err());
    let wrong = FeedbackRequest { rating: 9, text: String::new() };
    assert!(world.client.add_feedback("1.0.0", &wrong, &key()).await.is_err());
}

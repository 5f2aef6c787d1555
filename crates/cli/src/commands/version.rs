//! `tidegate version`: which builds talk here.
//!
//! Invariant: answers also when no server does. Not here: anything that changes.

use serde_json::json;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

pub async fn run(context: &Context) -> Answer {
    let own = env!("CARGO_PKG_VERSION");
    let client = context.connect()?.client;
    let health = client.health().await.ok();
    let url = client.url().trim_end_matches('/').to_owned();
    context.out.show(&json!({ "version": own, "url": url, "server": health }), |_| {
        let server = match &health {
            Some(health) => render::health::health(health, &url, context.out.paint),
            None => format!("no server answers at {url}\n"),
        };
        format!("tidegate {own}\n{server}")
    })?;
    Ok(Ending::Done)
}

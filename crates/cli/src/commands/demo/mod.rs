//! `tidegate demo`: the sample shop through five releases, two of them bad, and a killed control plane.
//!
//! Invariant: everything that is told was measured in this run, by the visitors outside or from the log; nothing is
//! assumed. Deliberately not here: any shortcut past the commands that people use.

mod acts;
mod control;
mod report;
mod scene;
mod screen;
pub(super) mod visitors;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use tidegate_server::Program;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use acts::Story;
use control::Control;
use report::Report;
use scene::Scene;
use screen::Screen;

/// Watch a sample shop go through five releases, good and bad
///
/// Real processes, a real gateway and real requests in a scratch directory, for less than four minutes. With --json, the
/// last line is one object with everything that was measured.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Requests a second from outside
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=2000))]
    rate: u32,
    /// The sample shop's program [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    shop: Option<PathBuf>,
    /// Keep the scratch directory (logs, database) and say where it is
    #[arg(long)]
    keep: bool,
}

/// Done when the story went as it should: the good released, the bad rolled back, nothing dropped.
pub async fn run(args: Args, context: &Context) -> Answer {
    let report = play(&args, context.own()?).await.map_err(|why| {
        Failure::fault("demo-failed", format!("{why:#}"))
            .help("run it again with --keep and look at tidegate.log and data/ in the scratch directory")
    })?;
    let json = report.json().map_err(|why| Failure::fault("demo-failed", format!("{why:#}")))?;
    if context.out.json {
        Screen::new().last_line(&json);
    }
    Ok(if report.went_well() { Ending::Done } else { Ending::Refused })
}

async fn play(args: &Args, own: Program) -> Result<Report> {
    let screen = Screen::new();
    let scene = Scene::build(args.shop.as_deref())?;
    let control = Control::start(&scene, own).await?;
    let told = tell(&scene, control, &screen, args).await;
    if args.keep || told.is_err() {
        screen.say(&format!("Everything of this run is kept in {}", scene.root().display()));
        scene.keep();
    }
    let report = told?;
    report.tell(&screen);
    Ok(report)
}

/// Longer than the longest demo; a story that hangs must end too.
const PATIENCE: Duration = Duration::from_mins(7);

async fn tell(scene: &Scene, control: Control, screen: &Screen, args: &Args) -> Result<Report> {
    let mut story = Story::new(scene, control, screen, args.rate);
    let told = tokio::select! {
        told = tokio::time::timeout(PATIENCE, story.tell()) => match told {
            Ok(told) => told,
            Err(_) => Err(anyhow::anyhow!("the demo took longer than {} s", PATIENCE.as_secs())),
        },
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    story.clean_up().await;
    told
}

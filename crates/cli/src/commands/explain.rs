//! `tidegate explain`: the page of a code, without a network.
//!
//! Invariant: knows every code that Tidegate can answer with. Not here: the pages (`docs/errors`).

use serde_json::json;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::explanation;
use crate::failure::Failure;
use crate::paint::{Paint, Tone};
use crate::render::piece::wrapped;
use crate::suggest::nearest;

/// Say what an error code means and what to do about it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code, for example `rollout-in-progress`; without it, all of them
    code: Option<String>,
}

pub fn run(args: &Args, context: &Context) -> Answer {
    let out = &context.out;
    let Some(code) = &args.code else { return all(context) };
    let page = explanation::page(code).map(str::to_owned).or_else(|| of_configuration(code));
    let Some(page) = page else { return Err(unknown(code)) };
    if out.json {
        out.document(&json!({ "code": code, "page": page }))?;
    } else {
        out.text(&laid_out(&page, out.columns(), out.paint))?;
    }
    Ok(Ending::Done)
}

fn all(context: &Context) -> Answer {
    let all: Vec<_> = explanation::index().collect();
    if context.out.json {
        let as_json = |(code, meaning): &(&str, &str)| json!({ "code": code, "meaning": meaning });
        context.out.document(&all.iter().map(as_json).collect::<Vec<_>>())?;
        return Ok(Ending::Done);
    }
    let longest = all.iter().map(|(code, _)| code.len()).max().unwrap_or_default();
    for (code, meaning) in all {
        context.out.line(format!("{code:<longest$}  {meaning}"))?;
    }
    Ok(Ending::Done)
}

fn of_configuration(code: &str) -> Option<String> {
    let meaning = explanation::configuration(code)?;
    Some(format!(
        "# {code}\n\ntidegate.yaml: {meaning}.\n\nThe message shows the line and the place in it. \
         docs/reference/configuration.md lists every key \
         with its range and default; `tidegate apply --check offline` checks without a server.\n"
    ))
}

fn unknown(code: &str) -> Failure {
    let help = match nearest(code, explanation::codes()) {
        Some(near) => format!("did you mean `{near}`? `tidegate explain` lists all codes"),
        None => "`tidegate explain` lists all codes".to_owned(),
    };
    Failure::usage("unknown-code", format!("there is no code `{code}`")).help(help)
}

/// Markdown is readable as it is; prose is broken to the width, examples are not.
fn laid_out(page: &str, columns: usize, paint: Paint) -> String {
    let mut text = String::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")) {
            text.push_str(&paint.apply(Tone::Strong, heading));
        } else if let Some(item) = line.strip_prefix("- ") {
            text.push_str("- ");
            text.push_str(&wrapped(item, columns - 2).join("\n  "));
        } else if line.starts_with("    ") {
            text.push_str(line);
        } else {
            text.push_str(&wrapped(line, columns).join("\n"));
        }
        text.push('\n');
    }
    text
}

//! `tidegate init`: a first `tidegate.yaml`, with comments.
//!
//! Invariant: never replaces a file. Not here: what stands in it (`tidegate-manifest`).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use tidegate_manifest::{Starter, starter};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;

/// Write a commented tidegate.yaml to begin with
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to write it
    #[arg(short, long, value_name = "FILE", default_value = "tidegate.yaml")]
    file: PathBuf,
    /// The project's name [default: the name of the directory]
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Your program and its arguments, after `--`; it must listen on $PORT
    #[arg(last = true, value_name = "PROGRAM")]
    run: Vec<String>,
}

pub fn run(args: &Args, context: &Context) -> Answer {
    let project = args.project.clone().unwrap_or_else(|| directory_name(&args.file));
    // What is built is released as a directory; a program that is there already as it is.
    let (text, what) = if args.run.is_empty() {
        (starter(&project), "--component web=DIRECTORY")
    } else {
        (for_program(&project, args).text(), "--command NAME")
    };
    write_new(&args.file, &text)?;
    let file = args.file.display();
    if context.out.json {
        context.out.document(&json!({ "file": file.to_string() }))?;
    } else {
        context.out.text(&format!(
            "{file} is written. Read it, put your program in, then:\n  \
             tidegate up                      in another terminal; leave it running\n  \
             tidegate apply                   says what changes, and changes it\n  \
             tidegate release create 1.0.0 {what}\n  \
             tidegate deploy 1.0.0 --to development --watch\n"
        ))?;
    }
    Ok(Ending::Done)
}

/// Programs that run others: a component called like one of them would say nothing.
const CARRIERS: &[&str] = &[
    "sh", "ash", "bash", "dash", "fish", "ksh", "zsh", "busybox", "env", "exec", "nice", "nohup", "setsid",
    "sudo", "timeout", "bun", "bundle", "cargo", "deno", "dotnet", "go", "java", "make", "node", "npm",
    "npx", "perl", "php", "pnpm", "poetry", "python", "python2", "python3", "ruby", "uv", "uvicorn",
    "gunicorn", "yarn",
];

/// The component is called like the program; where that only runs another, like the directory.
fn for_program(project: &str, args: &Args) -> Starter {
    let starter = Starter::for_program(project, &args.run);
    if CARRIERS.contains(&starter.component.as_str()) {
        return Starter { component: directory_name(&args.file), ..starter };
    }
    starter
}

fn directory_name(file: &Path) -> String {
    let absolute = std::path::absolute(file).unwrap_or_default();
    let name = absolute.parent().and_then(Path::file_name);
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let written = OpenOptions::new().write(true).create_new(true).open(file);
    written.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let shown = file.display();
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Failure::refused("file-exists", format!("{shown} exists already"))
                .help("look at it, or name another file with --file; a file is never replaced");
        }
        Failure::fault("file-unwritable", format!("{shown} could not be written"))
            .help("check that its directory exists and may be written")
            .caused_by(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_called_like_its_program_and_never_like_a_shell() {
        let table: [(&[&str], &str); 5] = [
            (&["./target/release/orders", "--fast"], "orders"),
            (&["sh", "-c", "exec ./server $PORT"], "shop"),
            (&["/usr/bin/env", "python3", "app.py"], "shop"),
            (&["python3.11", "-m", "http.server"], "shop"),
            (&["shellac"], "shellac"),
        ];
        for (run, expect) in table {
            let run = run.iter().map(|word| (*word).to_owned()).collect();
            let args = Args { file: PathBuf::from("/srv/shop/tidegate.yaml"), project: None, run };
            assert_eq!(for_program("any", &args).component, expect);
        }
    }
}

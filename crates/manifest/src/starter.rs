//! The commented file that `tidegate init` writes.
//!
//! Invariant: whatever names and commands come in, what comes out parses, and every line in it that is not a comment
//! is needed by somebody who reads it for the first time.

use crate::lower::command::{hands_over_port, shell_line};
use crate::written::scalar::Kind;
use crate::written::texts::{PathKind, slug};

/// What is known before the first file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// Made into a name where it is none: a directory's name will do.
    pub project: String,
    pub component: String,
    /// The program and its arguments.
    pub run: Vec<String>,
    pub readiness: StarterProbe,
    /// Of the gateway in the first environment; the others follow.
    pub first_port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StarterProbe {
    Tcp,
    /// A path that answers 2xx.
    Http(String),
}

const FIRST_PORT: u16 = 8_081;
const TEMPLATE: &str = include_str!("starter.yaml");

/// For a project of which nothing else is known.
pub fn starter(project: &str) -> String {
    let run = vec!["./server".to_owned()];
    let readiness = StarterProbe::Tcp;
    let (project, component) = (project.to_owned(), "web".to_owned());
    Starter { project, component, run, readiness, first_port: FIRST_PORT }.text()
}

impl Starter {
    /// For a program that is there already: the component is called like it.
    pub fn for_program(project: &str, run: &[String]) -> Self {
        let program = run.first().map_or("", String::as_str);
        let file = program.rsplit('/').next().unwrap_or("");
        let stem = file.split('.').next().unwrap_or("");
        Self {
            project: project.to_owned(),
            component: stem.to_owned(),
            run: run.to_vec(),
            readiness: StarterProbe::Tcp,
            first_port: FIRST_PORT,
        }
    }

    /// With a shell where a word needs one, since nothing else puts the port into it.
    fn words(&self) -> Vec<String> {
        const WORDS_MAX: usize = 200;
        let words: Vec<String> = self.run.iter().take(WORDS_MAX).map(|word| word.replace('\0', "")).collect();
        match words.first().map(String::as_str) {
            None | Some("") => vec!["./server".to_owned()],
            Some(_) if words.iter().any(|word| hands_over_port(&words, word)) => {
                vec!["sh".to_owned(), "-c".to_owned(), format!("exec {}", shell_line(&words))]
            }
            Some(_) => words,
        }
    }

    pub fn text(&self) -> String {
        let first = self.first_port.clamp(1, u16::MAX - 2);
        let readiness = match &self.readiness {
            StarterProbe::Http(path) if PathKind::read(path).is_ok() => format!("{{http: {}}}", quoted(path)),
            StarterProbe::Http(_) | StarterProbe::Tcp => "tcp".to_owned(),
        };
        let run: Vec<String> = self.words().iter().map(|word| quoted(word)).collect();
        TEMPLATE
            .replace("{{project}}", &name(&self.project, "my-project"))
            .replace("{{component}}", &name(&self.component, "web"))
            .replace("{{first_port}}", &first.to_string())
            .replace("{{second_port}}", &(first + 1).to_string())
            .replace("{{third_port}}", &(first + 2).to_string())
            .replace("{{readiness}}", &readiness)
            // Last, since what a command holds must not be taken for one of the other places.
            .replace("{{run}}", &format!("[{}]", run.join(", ")))
    }
}

fn name(text: &str, otherwise: &str) -> String {
    let slug = slug(text);
    if slug.is_empty() { otherwise.to_owned() } else { slug }
}

/// YAML's double quotes, with everything escaped that not every editor shows.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            letter if letter.is_alphanumeric() => quoted.push(letter),
            other => quoted.extend(format!("\\U{:08X}", u32::from(other)).chars()),
        }
    }
    quoted.push('"');
    quoted
}

//! Just enough of Gherkin to read flagd's scenarios: tags, backgrounds, outlines with examples, tables.
//!
//! Invariant: every scenario and every row of examples becomes one case; a line that is none of this ends the test.

use std::collections::BTreeMap;
use std::path::Path;

/// One scenario, with the values of its row put in.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub file: String,
    pub name: String,
    pub tags: Vec<String>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, Default)]
pub struct Step {
    pub text: String,
    pub table: Vec<Vec<String>>,
}

#[derive(Default)]
struct Scenario {
    name: String,
    tags: Vec<String>,
    steps: Vec<Step>,
    examples: Vec<(Vec<String>, Vec<Vec<String>>)>,
    outline: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Preface,
    Background,
    Scenario,
    Examples,
}

pub fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut tags, mut feature_tags) = (Vec::new(), Vec::new());
    let (mut background, mut scenarios) = (Vec::new(), Vec::<Scenario>::new());
    let mut part = Part::Preface;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('@') {
            tags.extend(line.split_whitespace().map(str::to_owned));
        } else if line.starts_with("Feature:") {
            feature_tags = std::mem::take(&mut tags);
        } else if line.starts_with("Background:") {
            part = Part::Background;
        } else if let Some(name) = line.strip_prefix("Scenario Outline:").or(line.strip_prefix("Scenario:")) {
            part = Part::Scenario;
            let tags = feature_tags.iter().cloned().chain(std::mem::take(&mut tags)).collect();
            let outline = line.starts_with("Scenario Outline:");
            scenarios.push(Scenario { name: name.trim().to_owned(), tags, outline, ..Scenario::default() });
        } else if line.starts_with("Examples:") {
            part = Part::Examples;
            scenarios.last_mut().unwrap().examples.push((std::mem::take(&mut tags), Vec::new()));
        } else if line.starts_with('|') && part == Part::Examples {
            scenarios.last_mut().unwrap().examples.last_mut().unwrap().1.push(cells(line));
        } else if part != Part::Preface {
            let steps = if part == Part::Background {
                &mut background
            } else {
                &mut scenarios.last_mut().unwrap().steps
            };
            if line.starts_with('|') {
                steps.last_mut().unwrap().table.push(cells(line));
            } else {
                let (_, text) = line.split_once(' ').unwrap();
                steps.push(Step { text: text.to_owned(), table: Vec::new() });
            }
        }
    }
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    scenarios.into_iter().flat_map(|scenario| cases(&file, &background, scenario)).collect()
}

fn cases(file: &str, background: &[Step], scenario: Scenario) -> Vec<Case> {
    let steps: Vec<Step> = background.iter().cloned().chain(scenario.steps).collect();
    let case = |tags: Vec<String>, row: &BTreeMap<String, String>| Case {
        file: file.to_owned(),
        name: scenario.name.clone(),
        tags: scenario.tags.iter().cloned().chain(tags).collect(),
        steps: steps.iter().map(|step| filled(step, row)).collect(),
    };
    if !scenario.outline {
        return vec![case(Vec::new(), &BTreeMap::new())];
    }
    let each = scenario.examples.iter().flat_map(|(tags, rows)| {
        let (head, rows) = rows.split_first().unwrap();
        rows.iter().map(move |row| (tags.clone(), head.iter().cloned().zip(row.iter().cloned()).collect()))
    });
    each.map(|(tags, row)| case(tags, &row)).collect()
}

fn filled(step: &Step, row: &BTreeMap<String, String>) -> Step {
    let text =
        row.iter().fold(step.text.clone(), |text, (name, value)| text.replace(&format!("<{name}>"), value));
    Step { text, table: step.table.clone() }
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

//! Which variants made-up subjects get, line by line, for `e2e/flags/agree` to compare with another evaluator's.
//!
//! `variants FILE export` prints the definitions in flagd's own words; `variants FILE FROM TO` prints a variant for each
//! subject of that range, of one flag after the other, in the order of their keys.

use std::error::Error;
use std::io::Write;

use tidegate_flags::{Context, FlagSet};

const COUNTRIES: [&str; 12] = ["AT", "BE", "CH", "DE", "DK", "ES", "FR", "IT", "NL", "SE", "GB", "US"];
const NOW: i64 = 1_795_219_200;

fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [file, rest @ ..] = &given[..] else {
        return Err("variants FILE export, or variants FILE FROM TO".into());
    };
    let (set, problems) = FlagSet::parse(&std::fs::read_to_string(file)?);
    if let Some(problem) = problems.first() {
        return Err(problem.to_string().into());
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if let [from, to] = rest {
        variants(&set, from.parse()?..to.parse()?, &mut out)?;
    } else {
        let export = set.to_flagd();
        if let Some(problem) = export.problems.first() {
            return Err(problem.to_string().into());
        }
        writeln!(out, "{}", export.document)?;
    }
    Ok(out.flush()?)
}

fn variants(set: &FlagSet, subjects: std::ops::Range<usize>, out: &mut impl Write) -> std::io::Result<()> {
    let mut keys: Vec<&str> = set.keys().collect();
    keys.sort_unstable();
    for number in subjects {
        let details = set.evaluate(keys[number % keys.len()], &subject(number));
        writeln!(out, "{}", details.variant().unwrap_or("-"))?;
    }
    Ok(())
}

/// The same as `subject` in `e2e/flags/agree.py`.
fn subject(number: usize) -> Context {
    let key =
        if number.is_multiple_of(5) { format!("sübject-{number}") } else { format!("subject-{number}") };
    let host = if number.is_multiple_of(2) { "example.com" } else { "beta.example.org" };
    Context::at(NOW)
        .with_targeting_key(key)
        .with("country", COUNTRIES[number / 7 % COUNTRIES.len()])
        .with("n", number / 3 % 1_000)
        .with("version", format!("{}.{}.{}", number / 11 % 4, number / 13 % 5, number % 3))
        .with("email", format!("s{number}@{host}"))
}

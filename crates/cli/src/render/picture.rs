//! A rollout as one picture: who moves where, the steps, the traffic, both versions side by side, the evidence.
//!
//! Invariant: at most 80 columns; bars and marks repeat numbers that stand beside them. The same rows make
//! `rollout show` and the live view. Not here: drawing on a terminal (`commands::watch`).

use tidegate_api::{Evidence, Leg, MovedFlag, Rollout, RolloutState, Sample, Step};

use super::number;
use super::piece::{Row, columns, wrapped};
use super::rates::{self, ArmView, AtMost, Rates};
use super::rollout::{state_tone, state_word};
use super::smoke;
use crate::paint::Tone;

const LABEL: usize = 13;
/// Long texts beside the label take at most this many rows, so that the picture keeps its height.
const TEXT_ROWS_MAX: usize = 3;

/// `now_ms` is by the clock that made the rollout's times.
pub fn rows(rollout: &Rollout, samples: &[Sample], now_ms: u64, width: usize) -> Vec<Row> {
    let mut rows = head(rollout, now_ms, width);
    for (index, leg) in rollout.legs.iter().enumerate() {
        let moves = leg.component == rollout.component && !rollout.state.is_final();
        rows.push(Row::new());
        rows.push(leg_title(leg));
        if moves || rollout.legs.len() == 1 {
            rows.extend(leg_rows((leg, &rollout.flags), samples, index, width));
            if let Some(summary) = smoke::summary(&rollout.smoke_tests, &leg.component) {
                rows.extend(labelled_text("smoke tests", &summary, Tone::Plain, width));
            }
        }
        if moves && leg.reason.is_some() {
            let (environment, component, version) = (&rollout.environment, &leg.component, &leg.candidate);
            let look = format!("tidegate logs {environment}/{component} --version {version}");
            rows.extend(labelled_text("look", &look, Tone::Strong, width));
        }
    }
    rows.push(Row::new());
    rows.extend(tail(rollout, width));
    while rows.last().is_some_and(|row| row.pieces.is_empty()) {
        rows.pop();
    }
    rows.into_iter().map(|row| row.fit(width)).collect()
}

fn head(rollout: &Rollout, now_ms: u64, width: usize) -> Vec<Row> {
    let until = if rollout.state.is_final() { rollout.changed_ms } else { now_ms.max(rollout.changed_ms) };
    let clock = number::clock(until.saturating_sub(rollout.started_ms));
    let title = format!("{} to {}, {}", rollout.release, rollout.environment, rollout.strategy);
    let right = format!("{} {clock}", state_word(rollout.state));
    let gap = width.saturating_sub(columns(&title) + columns(&right)).max(2);
    vec![
        Row::new()
            .add(Tone::Strong, title)
            .plain(" ".repeat(gap))
            .add(state_tone(rollout.state), state_word(rollout.state))
            .plain(format!(" {clock}")),
        Row::new().add(Tone::Quiet, format!("{}, started by {}", rollout.id, rollout.started_by)),
    ]
}

fn leg_title(leg: &Leg) -> Row {
    let from = leg.stable.as_deref().unwrap_or("nothing");
    Row::new()
        .add(Tone::Strong, &leg.component)
        .plain(" ")
        .add(Tone::Stable, from)
        .plain(" → ")
        .add(Tone::Candidate, &leg.candidate)
        .plain(format!("  step {} of {} ({}): {}", leg.step, leg.steps, leg.step_name, leg.stage))
}

fn leg_rows((leg, flags): (&Leg, &[MovedFlag]), samples: &[Sample], index: usize, width: usize) -> Vec<Row> {
    let newest = samples.iter().rev().find(|sample| sample.leg == index);
    let mut rows = vec![labelled("steps").join(ladder(leg, width - LABEL)), traffic(leg, width)];
    rows.extend(shown(leg, flags, width));
    rows.extend(arms(leg, rates::latest(samples, index)));
    rows.extend(newest.map(|sample| evidence(&sample.evidence)));
    if let Some(judgement) = &leg.judgement {
        rows.extend(labelled_text("analysis", &judgement.explanation, Tone::Plain, width));
    }
    if leg.restarts > 0 {
        rows.push(labelled("restarts").add(Tone::Warning, format!("{} of {}", leg.restarts, leg.candidate)));
    }
    if let Some(reason) = &leg.reason {
        rows.extend(labelled_text("not ready", reason, Tone::Warning, width));
    }
    rows
}

fn labelled(label: &str) -> Row {
    Row::new().add(Tone::Quiet, format!("  {label:<width$}", width = LABEL - 2))
}

fn labelled_text(label: &str, text: &str, tone: Tone, width: usize) -> Vec<Row> {
    let lines = wrapped(text, width.saturating_sub(LABEL).max(20));
    let row = |(index, line): (usize, &String)| labelled(if index == 0 { label } else { "" }).add(tone, line);
    lines.iter().enumerate().take(TEXT_ROWS_MAX).map(row).collect()
}

/// Every rung with a mark: `[x]` passed, `[>]` here, `[ ]` to come. Where they do not fit, those around the present.
fn ladder(leg: &Leg, width: usize) -> Row {
    let here = leg.step.saturating_sub(1).min(leg.plan.len().saturating_sub(1));
    let rung = |(index, step): (usize, &Step)| {
        let (mark, tone) = match index.cmp(&here) {
            std::cmp::Ordering::Less => ("[x]", Tone::Good),
            std::cmp::Ordering::Equal => ("[>]", Tone::Candidate),
            std::cmp::Ordering::Greater => ("[ ]", Tone::Plain),
        };
        (tone, format!("{mark} {}{}", step.name, if step.confirm { " (waits for a person)" } else { "" }))
    };
    let rungs: Vec<(Tone, String)> = leg.plan.iter().enumerate().map(rung).collect();
    let (from, until) = window(&rungs, here, width);
    let mut row = Row::new().plain(if from > 0 { "… " } else { "" });
    for (index, (tone, text)) in rungs[from..until].iter().enumerate() {
        row = row.plain(if index > 0 { "  " } else { "" }).add(*tone, text);
    }
    row.plain(if until < rungs.len() { " …" } else { "" })
}

/// The widest run of rungs around `here` that fits.
fn window(rungs: &[(Tone, String)], here: usize, width: usize) -> (usize, usize) {
    let (mut from, mut until) = (here.min(rungs.len()), (here + 1).min(rungs.len()));
    let needed = |from: usize, until: usize| {
        let texts: usize = rungs[from..until].iter().map(|(_, text)| columns(text) + 2).sum();
        texts + if from > 0 { 2 } else { 0 } + if until < rungs.len() { 2 } else { 0 }
    };
    loop {
        let grown = [(from, until + 1), (from.wrapping_sub(1), until)].into_iter();
        let fits = |(from, until): &(usize, usize)| {
            *until <= rungs.len() && *from < *until && needed(*from, *until) <= width + 2
        };
        match grown.filter(|(from, _)| *from != usize::MAX).find(fits) {
            Some(next) => (from, until) = next,
            None => return (from, until),
        }
    }
}

fn traffic(leg: &Leg, width: usize) -> Row {
    let Some(weight) = leg.weight else {
        return labelled("traffic").plain("nobody answers");
    };
    let going = if leg.wanted_weight == weight {
        String::new()
    } else {
        format!(", going to {}", number::share(leg.wanted_weight))
    };
    let left = format!("stable {} ", number::share(10_000 - weight));
    let right = format!(" {} candidate", number::share(weight));
    let room = width.saturating_sub(LABEL + columns(&left) + columns(&right) + columns(&going)).clamp(8, 40);
    let filled = filled(f64::from(weight) / 10_000.0, room);
    labelled("traffic")
        .add(Tone::Stable, format!("{left}{}", "░".repeat(room - filled)))
        .add(Tone::Candidate, format!("{}{right}", "█".repeat(filled)))
        .add(Tone::Warning, going)
}

/// The flag's part of all subjects.
fn shown(leg: &Leg, flags: &[MovedFlag], width: usize) -> Option<Row> {
    let exposed = leg.exposed?;
    let (key, variant) = flags.iter().find_map(|flag| Some((&flag.key, flag.variant.as_ref()?)))?;
    let right = format!(" {} get `{variant}` of {key}", number::share(exposed));
    let room = width.saturating_sub(LABEL + columns(&right)).clamp(8, 40);
    let filled = filled(f64::from(exposed) / 10_000.0, room);
    let row = labelled("shown").add(Tone::Candidate, "█".repeat(filled));
    Some(row.add(Tone::Stable, "░".repeat(room - filled)).plain(right))
}

/// A share that is not none and not all never looks like either.
fn filled(share: f64, room: usize) -> usize {
    let cells = (share * room as f64).round() as usize;
    if share <= 0.0 {
        0
    } else if share >= 1.0 {
        room
    } else {
        cells.clamp(1, room - 1)
    }
}

fn arms(leg: &Leg, rates: Option<Rates>) -> Vec<Row> {
    let (stable, candidate) = match rates {
        Some(rates) => (Some(rates.stable), Some(rates.candidate)),
        None => (None, None),
    };
    let ready = |ready: u32, wanted: u32| format!("{ready} of {wanted}");
    let header = Row::new().add(
        Tone::Quiet,
        format!(
            "  {:<11}{:<11}{:>8} {:>8} {:>8} {:>8} {:>8}  {}",
            "", "", "req/s", "errors", "p50", "p90", "p99", "ready"
        ),
    );
    let mut rows = vec![header];
    let at_candidate = ready(leg.candidate_ready, leg.candidate_wanted);
    if leg.exposed.is_some() {
        rows.push(arm("others", &leg.candidate, stable.as_ref(), &at_candidate, Tone::Stable));
        rows.push(arm("shown", &leg.candidate, candidate.as_ref(), &at_candidate, Tone::Candidate));
        return rows;
    }
    if let Some(version) = &leg.stable {
        let ready = ready(leg.stable_ready, leg.stable_wanted);
        rows.push(arm("stable", version, stable.as_ref(), &ready, Tone::Stable));
    }
    rows.push(arm("candidate", &leg.candidate, candidate.as_ref(), &at_candidate, Tone::Candidate));
    rows
}

fn arm(name: &str, version: &str, rates: Option<&ArmView>, ready: &str, tone: Tone) -> Row {
    let none = || "-".to_owned();
    let per_second = rates.map_or_else(none, |arm| number::per_second(arm.requests_per_second));
    let errors = rates.and_then(|arm| arm.error_share).map_or_else(none, number::percent);
    let at_most = |pick: fn(&ArmView) -> Option<AtMost>| match rates.and_then(pick) {
        Some(AtMost::Milliseconds(edge)) => format!("≤{}", number::milliseconds(edge)),
        Some(AtMost::Above(edge)) => format!(">{}", number::milliseconds(edge)),
        None => none(),
    };
    let (p50, p90, p99) = (at_most(|arm| arm.p50), at_most(|arm| arm.p90), at_most(|arm| arm.p99));
    let version = super::piece::cut(version, 10);
    Row::new()
        .add(tone, format!("  {name:<11}{version:<11}"))
        .plain(format!("{per_second:>8} {errors:>8} {p50:>8} {p90:>8} {p99:>8}  {ready}"))
}

/// How far the odds are on their way to the threshold, as logarithms: each cell multiplies by the same factor.
fn evidence(evidence: &Evidence) -> Row {
    const CELLS: usize = 10;
    let way = if evidence.rollback_at > 1.0 {
        evidence.harm.max(1.0).ln() / evidence.rollback_at.ln()
    } else {
        0.0
    };
    let cells =
        if evidence.harm >= evidence.rollback_at { CELLS } else { filled(way.clamp(0.0, 1.0), CELLS) };
    let tone = if cells == CELLS {
        Tone::Bad
    } else if cells > CELLS / 2 {
        Tone::Warning
    } else {
        Tone::Good
    };
    labelled("evidence")
        .plain(format!("of harm {} ", number::odds(evidence.harm)))
        .add(tone, format!("{}{}", "█".repeat(cells), "░".repeat(CELLS - cells)))
        .plain(format!(" back at {}", number::odds(evidence.rollback_at)))
}

fn tail(rollout: &Rollout, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |label: &str, text: &str, tone| rows.extend(labelled_text(label, text, tone, width));
    if let Some(cause) = &rollout.cause {
        say("because", cause, Tone::Bad);
    }
    if let Some(hold) = &rollout.hold {
        say("held by", &format!("{}: {}", hold.by, hold.reason), Tone::Warning);
    }
    if let Some(fault) = &rollout.fault {
        say("fault", fault, Tone::Warning);
    }
    if rollout.past_return {
        say(
            "no return",
            "a database began to lose what earlier versions need: nothing goes back",
            Tone::Warning,
        );
    }
    if rollout.alarmed {
        say("alarm", "a person should look: it cannot be brought to its end", Tone::Bad);
    }
    if let Some(next) = &rollout.next {
        let text = if next.in_ms > 0 {
            format!("{} in {}", next.what, number::clock(next.in_ms))
        } else {
            next.what.clone()
        };
        say("next", &text, Tone::Plain);
    }
    if rollout.state == RolloutState::Held {
        say(
            "do",
            &if rollout.past_return {
                format!("tidegate rollout resume {}", rollout.id)
            } else {
                format!("tidegate rollout resume {0}, or tidegate rollout abort {0}", rollout.id)
            },
            Tone::Strong,
        );
    }
    rows
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::text::Text;
    use tidegate_api::Hold;

    use super::*;
    use crate::paint::Paint;
    use crate::render::piece;
    use crate::render::samples::{STARTED_MS, leg, rollout, samples};

    fn plain(rollout: &Rollout, samples: &[Sample], width: usize) -> String {
        piece::text(&rows(rollout, samples, STARTED_MS + 64_000, width), Paint::default())
    }

    #[test]
    fn a_canary_under_way() {
        insta::assert_snapshot!(plain(&rollout(), &samples(), 80));
    }

    #[test]
    fn a_canary_on_its_way_back() {
        let mut given = rollout();
        given.state = RolloutState::Returning;
        given.cause =
            Some("errors 5.2 % against 0.1 %, evidence 412 : 1 after 9 s and 231 requests".to_owned());
        given.legs[0].wanted_weight = 0;
        given.legs[0].stage = "returning traffic".to_owned();
        let mut measured = samples();
        for (index, sample) in measured.iter_mut().enumerate() {
            sample.evidence.harm = 412.0;
            sample.candidate.errors = index as u64 * 3;
        }
        insta::assert_snapshot!(plain(&given, &measured, 80));
    }

    #[test]
    fn two_components_held_by_a_person() {
        let mut given = rollout();
        let second =
            Leg { component: "web".to_owned(), step: 1, stage: "waiting for its turn".to_owned(), ..leg() };
        given.legs.push(second);
        given.state = RolloutState::Held;
        given.hold = Some(Hold { by: "ann".to_owned(), reason: "lunch".to_owned() });
        given.next = None;
        insta::assert_snapshot!(plain(&given, &[], 80));
    }

    #[test]
    fn the_first_version_has_no_stable_and_nobody_answers_yet() {
        let mut given = rollout();
        given.legs[0].stable = None;
        given.legs[0].weight = None;
        given.legs[0].judgement = None;
        given.legs[0].restarts = 2;
        given.legs[0].reason = Some("exited with status 1\u{1b}[2J".to_owned());
        insta::assert_snapshot!(plain(&given, &[], 80));
    }

    #[test]
    fn every_row_fits() {
        for width in [40, 60, 80, 120] {
            let rows = rows(&rollout(), &samples(), STARTED_MS, width);
            assert!(rows.iter().all(|row| row.columns() <= width), "{width}");
        }
    }

    #[test]
    fn a_long_ladder_shows_the_rungs_around_the_present() {
        let mut given = leg();
        given.plan = (1..=40).map(|step| crate::render::samples::step(step * 250)).collect();
        for here in [1, 20, 40] {
            given.step = here;
            let row = ladder(&given, 69);
            let text = piece::text(std::slice::from_ref(&row), Paint::default());
            assert!(row.columns() <= 69, "{text}");
            assert!(text.contains(&format!("[>] {}", given.plan[here - 1].name)), "{text}");
        }
    }

    #[test]
    fn a_small_share_is_never_drawn_as_none_or_all() {
        let table = [(0.0, 0), (0.001, 1), (0.5, 10), (0.999, 19), (1.0, 20)];
        for (share, expect) in table {
            assert_eq!(filled(share, 20), expect);
        }
    }

    #[test]
    fn on_a_terminal() {
        let rows = rows(&rollout(), &samples(), STARTED_MS + 64_000, 80);
        let mut terminal = Terminal::new(TestBackend::new(80, 16)).unwrap();
        terminal.draw(|frame| frame.render_widget(Text::from(piece::lines(&rows)), frame.area())).unwrap();
        insta::assert_snapshot!(terminal.backend());
    }
}

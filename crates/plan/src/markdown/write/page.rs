//! Parts of a plan as one page of HTML that needs nothing else, to be read or printed.
//!
//! Invariant: whatever a plan holds stays text: it gets into no tag and no attribute, and nothing on the page runs or asks another
//! place.

use std::fmt::Write;

use jiff::civil::Date;

use super::gantt;
use super::parts::{Body, Part, parts};
use crate::document::Plan;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;color:#1a1f2b;background:#fff;max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.7rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #8b93a3}h3{font-size:1rem}\
table{border-collapse:collapse;width:100%}th,td{border:1px solid #8b93a3;padding:.3rem .5rem;text-align:left;vertical-align:top}\
th{background:#eef0f4}pre{white-space:pre-wrap;border:1px solid #8b93a3;padding:.5rem}\
svg.gantt{width:100%;height:auto;font-size:13px}svg.gantt rect.open{fill:#4a6fa5}svg.gantt rect.critical{fill:#b3261e}\
svg.gantt rect.done{fill:#8b93a3}svg.gantt line.today{stroke:#1a1f2b;stroke-dasharray:4 3}\
td,li,p{overflow-wrap:anywhere}div.wide{overflow-x:auto}\
@media print{body{margin:0;max-width:none;font-size:10pt}h2,h3{break-after:avoid}tr,li{break-inside:avoid}thead{display:table-header-group}}";

pub fn page(plan: &Plan) -> String {
    written(plan, None)
}

/// With the activities as a chart, as foreseen on a day, and what is ready for whom.
pub fn page_on(plan: &Plan, today: Date) -> String {
    written(plan, Some(today))
}

fn written(plan: &Plan, today: Option<Date>) -> String {
    let title = escape(&plan.title);
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for part in parts(plan) {
        write_part(&mut out, &part);
    }
    if let Some(today) = today {
        gantt::chart(&mut out, plan, today);
        gantt::audiences(&mut out, plan);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write_part(out: &mut String, part: &Part<'_>) {
    if part.level > 0 {
        let _ = writeln!(out, "<h{0}>{1}</h{0}>", part.level, escape(part.heading));
    }
    match &part.body {
        Body::Nothing => {}
        Body::Text(text) => {
            for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
                let _ = writeln!(out, "<p>{}</p>", lines(paragraph.split('\n')));
            }
        }
        Body::Items(items) => {
            out.push_str("<ul>\n");
            for (_, text) in items {
                let _ = writeln!(out, "<li>{}</li>", lines(text.split('\n')));
            }
            out.push_str("</ul>\n");
        }
        Body::Note("") => {}
        Body::Note(text) => {
            let _ = writeln!(out, "<pre>{}</pre>", escape(text));
        }
        Body::Table(table) => {
            // A column in which no row says anything is not worth the paper.
            let used: Vec<usize> = (0..table.columns.len())
                .filter(|column| {
                    table.rows.iter().any(|row| row[*column].iter().any(|line| !line.is_empty()))
                })
                .collect();
            out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
            for column in &used {
                let _ = write!(out, "<th scope=\"col\">{}</th>", escape(table.columns[*column]));
            }
            out.push_str("</tr></thead>\n<tbody>\n");
            for row in &table.rows {
                out.push_str("<tr>");
                for column in &used {
                    let _ = write!(out, "<td>{}</td>", lines(row[*column].iter().map(String::as_str)));
                }
                out.push_str("</tr>\n");
            }
            out.push_str("</tbody>\n</table></div>\n");
        }
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(escape).collect::<Vec<_>>().join("<br>")
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            control if control.is_control() && control != '\n' && control != '\t' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

//! Words with places for what a release is: Jinja's values, conditions and loops, and nothing that makes values grow.
//!
//! Invariant: a template that was checked renders, or says what is missing; it ends soon, and its result has a limit. In HTML
//! every value is escaped. Deliberately not here: which words, and who may write them.

use std::io::{self, Write};

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

const SOURCE_BYTES_MAX: usize = 32 << 10;
const RESULT_BYTES_MAX: usize = 256 << 10;
/// Instructions; a page of text with a loop over a hundred changes takes a few thousand.
const FUEL: u64 = 50_000;

/// What the result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Html,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateRefusal {
    #[error("the template cannot be read: {why}")]
    Malformed { why: String },
    #[error("the template names `{name}`, which is not known here")]
    Unknown { name: String, known: Vec<String> },
    #[error("a template does not calculate: `{what}` stands in it")]
    Calculates { what: String },
    #[error("the template, or what comes of it, is too long or takes too long")]
    TooLong,
}

impl TemplateRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::Calculates { .. } => "template-malformed",
            Self::Unknown { .. } => "template-name-unknown",
            Self::TooLong => "template-too-long",
        }
    }
    pub fn help(&self) -> String {
        match self {
            Self::Malformed { .. } => {
                "a value stands as {{ release }}, a condition as {% if downtime %}…{% endif %}".into()
            }
            Self::Unknown { known, .. } => format!("there are: {}", known.join(", ")),
            Self::Calculates { .. } => {
                "values, `if` and `for` are all there is; write what is always the same as text".into()
            }
            Self::TooLong => "say less, and link to the rest".into(),
        }
    }
}

/// By the names that `sample` has; a name that is missing there is told.
pub fn check(source: &str, form: Form, sample: &impl Serialize) -> Result<(), TemplateRefusal> {
    render(source, form, sample).map(drop)
}

pub fn render(source: &str, form: Form, values: &impl Serialize) -> Result<String, TemplateRefusal> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(TemplateRefusal::TooLong);
    }
    calculates(source)?;
    let values = Value::from(Serde(values));
    let environment = environment(form);
    let name = if form == Form::Html { "html" } else { "text" };
    let template = environment.template_from_named_str(name, source).map_err(|why| malformed(&why))?;
    // A name in a branch that is not taken is as wrong as one in the other.
    let known: Vec<String> =
        values.try_iter().map(|names| names.map(|name| name.to_string()).collect()).unwrap_or_default();
    let mut unknown: Vec<String> =
        template.undeclared_variables(false).into_iter().filter(|name| !known.contains(name)).collect();
    unknown.sort();
    if let Some(name) = unknown.into_iter().next() {
        return Err(TemplateRefusal::Unknown { name, known });
    }
    let mut result = Limited(Vec::new());
    match template.render_captured_to(values, &mut result).map(drop) {
        Ok(()) => Ok(String::from_utf8_lossy(&result.0).into_owned()),
        Err(why) if matches!(why.kind(), ErrorKind::OutOfFuel | ErrorKind::WriteFailure) => {
            Err(TemplateRefusal::TooLong)
        }
        Err(why) if why.kind() == ErrorKind::UndefinedError => {
            Err(TemplateRefusal::Unknown { name: of_line(source, why.line()), known })
        }
        Err(why) => Err(malformed(&why)),
    }
}

fn environment(form: Form) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(20);
    environment.set_auto_escape_callback(move |_| match form {
        Form::Html => AutoEscape::Html,
        Form::Text => AutoEscape::None,
    });
    environment.add_filter("upper", |text: String| text.to_uppercase());
    environment.add_filter("lower", |text: String| text.to_lowercase());
    environment
}

/// Neither operators nor assignments, by which a few characters would become gigabytes.
fn calculates(source: &str) -> Result<(), TemplateRefusal> {
    let mut rest = source;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let close = if rest[start..].starts_with("{{") { "}}" } else { "%}" };
        let inner = &rest[start + 2..];
        let end = inner.find(close).unwrap_or(inner.len());
        let code = &inner[..end];
        let operator = code.find(['*', '~', '+', '/', '%']).map(|at| code[at..=at].to_owned());
        let word = code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .find(|word| matches!(*word, "set" | "macro" | "call" | "filter"));
        if let Some(what) = operator.or_else(|| word.map(str::to_owned)) {
            return Err(TemplateRefusal::Calculates { what });
        }
        rest = &inner[end..];
    }
    Ok(())
}

fn malformed(why: &minijinja::Error) -> TemplateRefusal {
    let line = why.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    let said = why.detail().map_or_else(|| why.kind().to_string(), str::to_owned);
    TemplateRefusal::Malformed { why: format!("{said}{line}") }
}

fn of_line(source: &str, line: Option<usize>) -> String {
    let text = line.and_then(|line| source.lines().nth(line.saturating_sub(1))).unwrap_or_default();
    text.trim().chars().take(80).collect()
}

struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > RESULT_BYTES_MAX {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Plain text as HTML: paragraphs, line breaks, and addresses of the web as links.
pub fn html_of(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let paragraph =
        |text: &str| format!("<p>{}</p>\n", text.lines().map(linked).collect::<Vec<_>>().join("<br>\n"));
    paragraphs.map(paragraph).collect()
}

fn linked(line: &str) -> String {
    let is_link = |word: &str| word.starts_with("https://") || word.starts_with("http://");
    let word = |word: &str| {
        let end = word.trim_end_matches(['.', ',', ';', ')', '!', '?']).len();
        let (link, rest) = word.split_at(end);
        if is_link(link) {
            format!("<a href=\"{0}\">{0}</a>{1}", escaped(link), escaped(rest))
        } else {
            escaped(word)
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rendered(source: &str, form: Form) -> Result<String, &'static str> {
        let values = json!({
            "release": "2.1.0", "title": "A <b> & \"c\"", "downtime_minutes": 5, "changes": ["one", "two"], "note": null,
        });
        render(source, form, &values).map_err(|why| why.code())
    }

    #[test]
    fn values_conditions_and_loops() {
        let check = |source: &str, expect: &str| {
            assert_eq!(rendered(source, Form::Text).as_deref(), Ok(expect), "{source}");
        };
        check("Release {{ release }} is out.", "Release 2.1.0 is out.");
        check("{% if downtime_minutes > 0 %}{{ downtime_minutes }} min{% else %}none{% endif %}", "5 min");
        check("{% for change in changes %}- {{ change }}\n{% endfor %}", "- one\n- two\n");
        check("{% if note %}{{ note }}{% endif %}x", "x");
        check("{{ title }} {{ release|upper }}", "A <b> & \"c\" 2.1.0");
        check("100 % + 1 * 2 ~ 3", "100 % + 1 * 2 ~ 3");
        assert_eq!(
            rendered("<p>{{ title }}</p>", Form::Html).as_deref(),
            Ok("<p>A &lt;b&gt; &amp; &quot;c&quot;</p>")
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        let check = |source: &str, expect: &'static str| {
            assert_eq!(rendered(source, Form::Text), Err(expect), "{source}");
        };
        for source in [
            "{{ relase }}",
            "{% if false %}{{ nothing }}{% endif %}",
            "{{ changes.nothing.at_all }}",
            "{{ range(9) }}",
        ] {
            check(source, "template-name-unknown");
        }
        for source in
            ["{{ release", "{% if x %}", "{{ release|safe }}", "{{ }}", "{% include 'x' %}", "{% unknown %}"]
        {
            check(source, "template-malformed");
        }
        for source in [
            "{{ 'x' * 100000000 }}",
            "{% set x = release ~ release %}",
            "{{ release + release }}",
            "{% macro a() %}{% endmacro %}",
            "{% filter upper %}x{% endfilter %}",
        ] {
            check(source, "template-malformed");
        }
        check(&"x".repeat(SOURCE_BYTES_MAX + 1), "template-too-long");
        let loops = "{% for a in changes %}".repeat(18) + "x" + &"{% endfor %}".repeat(18);
        check(&loops, "template-too-long");
        let deep = format!("{{{{ {}release{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(rendered(&deep, Form::Text).is_err());
    }

    #[test]
    fn text_becomes_html_that_is_only_text() {
        assert_eq!(
            html_of("Hi <you>,\nsee https://t.example/a?b=1&c=2.\n\n\n\nBye"),
            "<p>Hi &lt;you&gt;,<br>\nsee <a href=\"https://t.example/a?b=1&amp;c=2\">https://t.example/a?b=1&amp;c=2</a>.</p>\n<p>Bye</p>\n"
        );
        assert!(!html_of("javascript:alert(1) \"><script>").contains("<script"));
        assert!(html_of("https://x/\"onclick=\"a").contains("&quot;"));
    }

    proptest! {
        #[test]
        fn no_template_panics_or_runs_on(source in "[{}%a-z |.\"'\\[\\]()0-9<>=!:,*~-]{0,120}") {
            if let Ok(result) = rendered(&source, Form::Html) {
                prop_assert!(result.len() <= RESULT_BYTES_MAX);
            }
        }
    }
}

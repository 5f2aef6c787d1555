//! Server-sent events, as far as Tidegate sends them.
//!
//! Source: WHATWG HTML, "Server-sent events", interpreting an event stream. Invariant: the id counts also when no data
//! comes with it. Deliberately not here: connecting.

#[derive(Debug, Default)]
pub(crate) struct Parser {
    id: Option<String>,
    data: Vec<String>,
}

/// What a blank line ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub id: Option<String>,
    /// None where only an id or a comment came.
    pub data: Option<String>,
}

impl Parser {
    /// Takes one line, without its end.
    pub fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let data = (!data.is_empty()).then(|| data.join("\n"));
            let id = self.id.take();
            return (data.is_some() || id.is_some()).then_some(Message { id, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.id = Some(value.to_owned()),
            "data" => self.data.push(value.to_owned()),
            _ => {} // comments keep the connection alive; other fields are not ours
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_end_at_blank_lines() {
        let mut parser = Parser::default();
        let lines = [": here", "", "id: 7", "", "id: 8", "event: x", "data: {", "data:}", "", ""];
        let found: Vec<Message> = lines.iter().filter_map(|line| parser.line(line)).collect();
        let message =
            |id: &str, data: Option<&str>| Message { id: Some(id.into()), data: data.map(Into::into) };
        assert_eq!(found, [message("7", None), message("8", Some("{\n}"))]);
    }
}

//! Server-sent events, as far as Tidegate sends them.
//!
//! Source: WHATWG HTML, "Server-sent events", interpreting an event stream. Invariant: the id counts also when no data
//! comes with it; what has a name of its own is passed over, so that the server may say more than it did. Deliberately not
//! here: connecting.

/// The name of what has none.
const USUAL: &str = "message";

#[derive(Debug, Default)]
pub(crate) struct Parser {
    id: Option<String>,
    /// Of what a name says it is; none of an event of the log.
    name: Option<String>,
    data: Vec<String>,
}

/// What a blank line ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub id: Option<String>,
    /// None where only an id or a comment came, or what is not of the log.
    pub data: Option<String>,
}

impl Parser {
    /// Takes one line, without its end.
    pub fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let is_event = self.name.take().is_none_or(|name| name.is_empty() || name == USUAL);
            let data = (is_event && !data.is_empty()).then(|| data.join("\n"));
            let id = self.id.take();
            return (data.is_some() || id.is_some()).then_some(Message { id, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.id = Some(value.to_owned()),
            "data" => self.data.push(value.to_owned()),
            "event" => self.name = Some(value.to_owned()),
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
        let lines = [": here", "", "id: 7", "", "id: 8", "event: message", "data: {", "data:}", "", ""];
        let found: Vec<Message> = lines.iter().filter_map(|line| parser.line(line)).collect();
        let message =
            |id: &str, data: Option<&str>| Message { id: Some(id.into()), data: data.map(Into::into) };
        assert_eq!(found, [message("7", None), message("8", Some("{\n}"))]);
    }

    #[test]
    fn what_has_a_name_is_passed_over_and_its_id_is_not() {
        let mut parser = Parser::default();
        let lines = [
            "event: measured",
            "data: {\"rollout\":\"rol_1\"}",
            "",
            "event:alive",
            "data:{}",
            "",
            "event: later",
            "id: 5",
            "data: x",
            "",
            "data: {}",
            "",
        ];
        let found: Vec<Message> = lines.iter().filter_map(|line| parser.line(line)).collect();
        let only_id = Message { id: Some("5".into()), data: None };
        assert_eq!(found, [only_id, Message { id: None, data: Some("{}".into()) }]);
    }
}

//! An expression that was accepted, and what it answers.
//!
//! Invariant: it answers yes, no, or why it cannot; never anything else, and never by ending the program. Deliberately
//! not here: a default for what it cannot answer (the gate stays closed).

use cel::parser::PrattParser;
use cel::{Context, IdedExpr, Value, to_value};

use crate::bad_expression::BadExpression;
use crate::bounded::bounded;
use crate::shape::shape;

const SOURCE_BYTES_MAX: usize = 2_048;
const NODES_MAX: usize = 200;
/// Of the parser's own calls, before anything is counted.
const NESTING_MAX: u16 = 32;

/// Each level of the tree is a level of the library's calls.
const DEPTH_MAX: usize = 32;
/// Many times what [`DEPTH_MAX`] levels need, also where nothing is optimised.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// What the language brings and is cheap; its operators are functions too, with names that no letter begins.
const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "max",
    "min",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "type",
];

#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    source: String,
    tree: IdedExpr,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    #[error("it answers {kind}, not yes or no")]
    NotYesOrNo { kind: String },
    #[error("{why}")]
    Failed { why: String },
}

impl Expression {
    /// `variables` are the names that will be there when it is asked.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Self, BadExpression> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(BadExpression::TooLong { bytes: source.len(), most: SOURCE_BYTES_MAX });
        }
        let parser =
            PrattParser::new().max_recursion_depth(NESTING_MAX).max_expression_node_count(10 * NODES_MAX);
        let tree = parser.parse(source).map_err(|errors| unreadable(&errors))?;
        let shape = shape(&tree);
        if shape.nodes > NODES_MAX {
            return Err(BadExpression::TooMuch { nodes: shape.nodes, most: NODES_MAX });
        }
        if shape.walks_deep > 1 || shape.depth > DEPTH_MAX {
            return Err(BadExpression::TooDeep);
        }
        let named = |name: &&String| name.starts_with(|first: char| first.is_alphabetic());
        if let Some(name) =
            shape.functions.iter().filter(named).find(|name| !FUNCTIONS.contains(&name.as_str()))
        {
            return Err(BadExpression::UnknownFunction { name: name.clone() });
        }
        if let Some(name) = shape.variables.iter().find(|name| !variables.contains(&name.as_str())) {
            return Err(BadExpression::UnknownVariable { name: name.clone(), known: variables.join(", ") });
        }
        Ok(Self { source: source.to_owned(), tree })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// `facts` is an object with the variables as its fields; it is cut to what an expression may see.
    ///
    /// It runs on a thread of its own: the library calls itself once for each level, and whose stack it is on here
    /// is not known.
    pub fn answer(&self, facts: &serde_json::Value) -> Result<bool, Unanswered> {
        let facts = bounded(facts);
        let failed = || Unanswered::Failed { why: "it came to no end".to_owned() };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            let asked = thread.spawn_scoped(scope, || self.resolve(&facts)).map_err(|_| failed())?;
            asked.join().unwrap_or_else(|_| Err(failed()))
        })
    }

    fn resolve(&self, facts: &serde_json::Value) -> Result<bool, Unanswered> {
        let failed = |why: String| Unanswered::Failed { why };
        let mut context = Context::default();
        for (name, value) in facts.as_object().into_iter().flatten() {
            let value = to_value(value).map_err(|error| failed(error.to_string()))?;
            context.add_variable_from_value(name.as_str(), value);
        }
        match Value::resolve(&self.tree, &context) {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(other) => {
                Err(Unanswered::NotYesOrNo { kind: format!("a value of type {:?}", other.type_of()) })
            }
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

fn unreadable(errors: &cel::ParseErrors) -> BadExpression {
    let first = errors.errors.first();
    let why = first.map_or_else(
        || "it is empty".to_owned(),
        |error| format!("{} at line {}, column {}", error.msg, error.pos.0, error.pos.1),
    );
    BadExpression::Unreadable { why }
}

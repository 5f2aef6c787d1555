//! How large an expression is, and what it asks for.
//!
//! Invariant: every part is counted, with those that macros expand to. Deliberately not here: what it means.

use cel::IdedExpr;
use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr};

#[derive(Debug, Default)]
pub struct Shape {
    pub nodes: usize,
    /// The longest way from the whole to a part.
    pub depth: usize,
    /// How many walks over a list stand inside of each other at most.
    pub walks_deep: usize,
    pub functions: Vec<String>,
    /// Names that the expression does not make itself.
    pub variables: Vec<String>,
}

/// A part that waits to be looked at, with the names that the walks around it made.
struct Open<'a> {
    part: &'a IdedExpr,
    depth: usize,
    /// Walks around it.
    walks: usize,
    made: Vec<&'a str>,
}

impl<'a> Open<'a> {
    fn inner(&self, part: &'a IdedExpr) -> Self {
        Self { part, depth: self.depth + 1, walks: self.walks, made: self.made.clone() }
    }
}

pub fn shape(expression: &IdedExpr) -> Shape {
    let mut shape = Shape::default();
    let mut waiting = vec![Open { part: expression, depth: 1, walks: 0, made: Vec::new() }];
    while let Some(open) = waiting.pop() {
        shape.nodes += 1;
        shape.depth = shape.depth.max(open.depth);
        shape.walks_deep = shape.walks_deep.max(open.walks);
        if let Expr::Ident(name) = &open.part.expr
            && !open.made.contains(&name.as_str())
        {
            shape.variables.push(name.clone());
        }
        if let Expr::Call(call) = &open.part.expr {
            shape.functions.push(call.func_name.clone());
        }
        waiting.extend(parts(&open));
    }
    shape
}

fn parts<'a>(open: &Open<'a>) -> Vec<Open<'a>> {
    let inner = |part| open.inner(part);
    match &open.part.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).map(inner).collect(),
        Expr::Comprehension(walk) => walked(open, walk),
        Expr::List(list) => list.elements.iter().map(inner).collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| values(&entry.expr)).map(inner).collect(),
        Expr::Struct(made) => made.entries.iter().flat_map(|entry| values(&entry.expr)).map(inner).collect(),
        Expr::Select(select) => vec![inner(&select.operand)],
    }
}

/// What is walked is worked out once; the rest once for each element.
fn walked<'a>(open: &Open<'a>, walk: &'a ComprehensionExpr) -> Vec<Open<'a>> {
    let names = [Some(&walk.iter_var), walk.iter_var2.as_ref(), Some(&walk.accu_var)];
    let mut made = open.made.clone();
    made.extend(names.into_iter().flatten().map(String::as_str));
    let each = [&walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result];
    let each = each.map(|part| Open { walks: open.walks + 1, made: made.clone(), ..open.inner(part) });
    std::iter::once(open.inner(&walk.iter_range)).chain(each).collect()
}

fn values(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

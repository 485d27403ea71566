//! Expressions of Python, lowered.

use tree_sitter::Node;

use super::ir::{Argument, Expression, Kind, Statement};
use super::lower::{Lowering, chain, children, field, number, span, unescaped, unknown};

impl Lowering<'_> {
    /// An expression of Python.
    pub(super) fn python(&mut self, node: Node<'_>) -> Expression {
        let kind = self.deeper(|lower| lower.python_kind(node));
        Expression::new(kind.unwrap_or(Kind::Unknown), span(node))
    }

    pub(super) fn python_kind(&mut self, node: Node<'_>) -> Kind {
        match node.kind() {
            "identifier" => Kind::Name(self.name(node)),
            "integer" => number(self.text(node)).map_or(Kind::Unknown, Kind::Number),
            "true" => Kind::Boolean(true),
            "false" => Kind::Boolean(false),
            "string" => self.python_string(node),
            "attribute" => match field(node, "object").zip(field(node, "attribute")) {
                Some((object, name)) => {
                    Kind::Member(Box::new(self.python(object)), self.name(name))
                }
                None => Kind::Unknown,
            },
            "call" => self.python_call(node),
            "subscript" => self.python_subscript(node),
            "binary_operator" => self.python_binary(node),
            "concatenated_string" => Kind::Join(self.python_all(node)),
            "list" | "tuple" | "set" | "expression_list" => Kind::List(self.python_all(node)),
            "dictionary" => Kind::Fields(
                children(node)
                    .into_iter()
                    .map(|pair| match field(pair, "key").zip(field(pair, "value")) {
                        Some((key, value)) => (Some(self.python(key)), self.python(value)),
                        None => (None, self.python_last(pair)),
                    })
                    .collect(),
            ),
            "list_comprehension"
            | "generator_expression"
            | "set_comprehension"
            | "dictionary_comprehension" => self.python_each(node),
            "lambda" => {
                let parameters = self.python_parameters(field(node, "parameters"));
                let value =
                    field(node, "body").map_or_else(|| unknown(node), |body| self.python(body));
                let body = vec![Statement::Return(value)];
                let class = std::mem::take(&mut self.class);
                let function = self.add_function("".into(), parameters, Vec::new(), body);
                self.class = class;
                Kind::Function(function)
            }
            "conditional_expression" | "boolean_operator" => Kind::OneOf(self.python_all(node)),
            "named_expression" => match field(node, "name").zip(field(node, "value")) {
                Some((name, value)) => Kind::Assign(
                    Box::new(self.python_target(name)),
                    Box::new(self.python(value)),
                    false,
                ),
                None => Kind::Unknown,
            },
            "parenthesized_expression" | "await" | "list_splat" | "dictionary_splat" => {
                self.python_last(node).kind
            }
            _ => Kind::Group(self.python_all(node)),
        }
    }

    pub(super) fn python_all(&mut self, node: Node<'_>) -> Vec<Expression> {
        children(node)
            .into_iter()
            .map(|child| self.python(child))
            .collect()
    }

    pub(super) fn python_last(&mut self, node: Node<'_>) -> Expression {
        children(node)
            .last()
            .map_or_else(|| unknown(node), |child| self.python(*child))
    }

    pub(super) fn python_string(&mut self, node: Node<'_>) -> Kind {
        let mut parts = Vec::new();
        let mut raw = false;
        let mut literal = String::new();
        for child in children(node) {
            match child.kind() {
                "string_start" => raw = self.text(child).contains(['r', 'R']),
                "string_content" => {
                    let text = self.text(child);
                    if raw {
                        literal.push_str(text);
                    } else {
                        literal.push_str(&unescaped(text));
                    }
                }
                "interpolation" => {
                    if !literal.is_empty() {
                        let text = std::mem::take(&mut literal);
                        parts.push(Expression::new(Kind::Text(text.into()), span(node)));
                    }
                    let inner = field(child, "expression")
                        .map_or_else(|| unknown(child), |inner| self.python(inner));
                    parts.push(Expression::new(Kind::OneOf(vec![inner]), span(child)));
                }
                _ => {}
            }
        }
        if parts.is_empty() {
            return Kind::Text(literal.into());
        }
        if !literal.is_empty() {
            parts.push(Expression::new(Kind::Text(literal.into()), span(node)));
        }
        // A single value in a string is a string.
        if parts.len() == 1 {
            parts.push(Expression::new(Kind::Text("".into()), span(node)));
        }
        Kind::Join(parts)
    }

    pub(super) fn python_call(&mut self, node: Node<'_>) -> Kind {
        let Some(callee) = field(node, "function") else {
            return Kind::Unknown;
        };
        let callee = self.python(callee);
        let mut arguments = Vec::new();
        match field(node, "arguments") {
            Some(list) if list.kind() == "argument_list" => {
                for child in children(list) {
                    let (name, value) = if child.kind() == "keyword_argument" {
                        (field(child, "name"), field(child, "value"))
                    } else {
                        (None, Some(child))
                    };
                    let Some(value) = value else { continue };
                    let value = self.python(value);
                    let name = name.map(|name| self.name(name));
                    arguments.push(Argument { name, value });
                }
            }
            Some(other) => arguments.push(Argument {
                name: None,
                value: self.python(other),
            }),
            None => {}
        }
        Kind::Call(Box::new(callee), arguments)
    }

    pub(super) fn python_subscript(&mut self, node: Node<'_>) -> Kind {
        let Some((value, index)) = field(node, "value").zip(field(node, "subscript")) else {
            return Kind::Unknown;
        };
        let value = Box::new(self.python(value));
        if index.kind() == "slice" {
            let backwards = self.text(index).replace(' ', "").ends_with("::-1");
            return Kind::Slice(value, backwards);
        }
        Kind::Index(value, Box::new(self.python(index)))
    }

    pub(super) fn python_binary(&mut self, node: Node<'_>) -> Kind {
        let operator = field(node, "operator").map_or("", |operator| operator.kind());
        let is_sum = |node: Node<'_>| {
            node.kind() == "binary_operator"
                && field(node, "operator").is_some_and(|operator| operator.kind() == "+")
        };
        if operator == "+" {
            let parts = chain(node, is_sum);
            return Kind::Join(parts.into_iter().map(|part| self.python(part)).collect());
        }
        let Some((left, right)) = field(node, "left").zip(field(node, "right")) else {
            return Kind::Unknown;
        };
        let left = self.python(left);
        let right = self.python(right);
        match super::ir::Operator::of(operator) {
            Some(operator) => Kind::Binary(operator, Box::new(left), Box::new(right)),
            None => Kind::Group(vec![left, right]),
        }
    }

    pub(super) fn python_each(&mut self, node: Node<'_>) -> Kind {
        let element = field(node, "body").map_or_else(
            || unknown(node),
            |body| {
                if body.kind() == "pair" {
                    let parts = self.python_all(body);
                    Expression::new(Kind::Group(parts), span(body))
                } else {
                    self.python(body)
                }
            },
        );
        let mut over = Vec::new();
        let mut conditions = Vec::new();
        for child in children(node) {
            match child.kind() {
                "for_in_clause" => {
                    if let Some((left, right)) = field(child, "left").zip(field(child, "right")) {
                        over.push((self.python_target(left), self.python(right)));
                    }
                }
                "if_clause" => conditions.extend(self.python_all(child)),
                _ => {}
            }
        }
        Kind::Each {
            element: Box::new(element),
            over,
            conditions,
        }
    }
}

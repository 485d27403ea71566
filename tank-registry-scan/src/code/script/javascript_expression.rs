//! Expressions of JavaScript, lowered.

use std::rc::Rc;

use tree_sitter::Node;

use super::ir::{Argument, Expression, Kind, Operator};
use super::lower::{Lowering, chain, children, field, number, span, unescaped, unknown};

impl Lowering<'_> {
    /// An expression of JavaScript.
    pub(super) fn js(&mut self, node: Node<'_>) -> Expression {
        let kind = self.deeper(|lower| lower.js_kind(node));
        Expression::new(kind.unwrap_or(Kind::Unknown), span(node))
    }

    pub(super) fn js_kind(&mut self, node: Node<'_>) -> Kind {
        match node.kind() {
            "identifier" | "this" | "import" | "shorthand_property_identifier" => {
                Kind::Name(self.name(node))
            }
            "number" => number(self.text(node)).map_or(Kind::Unknown, Kind::Number),
            "true" => Kind::Boolean(true),
            "false" => Kind::Boolean(false),
            "string" => {
                let text = self.text(node);
                let inner = text
                    .get(1..text.len().saturating_sub(1))
                    .unwrap_or_default();
                Kind::Text(unescaped(inner).into())
            }
            "template_string" => self.js_template(node),
            "member_expression" => match field(node, "object").zip(field(node, "property")) {
                Some((object, name)) => Kind::Member(Box::new(self.js(object)), self.name(name)),
                None => Kind::Unknown,
            },
            "subscript_expression" => match field(node, "object").zip(field(node, "index")) {
                Some((object, index)) => {
                    Kind::Index(Box::new(self.js(object)), Box::new(self.js(index)))
                }
                None => Kind::Unknown,
            },
            "call_expression" | "new_expression" => self.js_call(node),
            "binary_expression" => self.js_binary(node),
            "assignment_expression" | "augmented_assignment_expression" => {
                match field(node, "left").zip(field(node, "right")) {
                    Some((left, right)) => {
                        let added = node.kind() != "assignment_expression";
                        let value = Box::new(self.js(right));
                        Kind::Assign(Box::new(self.js_target(left)), value, added)
                    }
                    None => Kind::Unknown,
                }
            }
            "array" => Kind::List(self.js_all(node)),
            "object" => self.js_object(node),
            "arrow_function" | "function_expression" | "generator_function" => {
                Kind::Function(self.js_function(node, "".into(), "".into()))
            }
            "class" => {
                self.js_class(node);
                Kind::Unknown
            }
            "ternary_expression" => Kind::OneOf(self.js_all(node)),
            "sequence_expression" => {
                let mut parts = self.js_all(node);
                match parts.pop() {
                    // `(0, eval)(code)`: the last is the value.
                    Some(last)
                        if parts
                            .iter()
                            .all(|part| matches!(part.kind, Kind::Number(_))) =>
                    {
                        last.kind
                    }
                    Some(last) => {
                        parts.push(last);
                        Kind::Group(parts)
                    }
                    None => Kind::Unknown,
                }
            }
            "parenthesized_expression"
            | "await_expression"
            | "as_expression"
            | "non_null_expression"
            | "satisfies_expression"
            | "spread_element" => children(node)
                .first()
                .map_or(Kind::Unknown, |inner| self.js(*inner).kind),
            "type_assertion" => children(node)
                .last()
                .map_or(Kind::Unknown, |inner| self.js(*inner).kind),
            "statement_block" => {
                // Of a broken tree: its statements are looked at as those of a function.
                let body = self.js_block(node);
                Kind::Function(self.add_function("".into(), Vec::new(), Vec::new(), body))
            }
            "type_annotation" | "type_arguments" | "regex" => Kind::Unknown,
            _ => Kind::Group(self.js_all(node)),
        }
    }

    pub(super) fn js_all(&mut self, node: Node<'_>) -> Vec<Expression> {
        children(node)
            .into_iter()
            .map(|child| self.js(child))
            .collect()
    }

    pub(super) fn js_template(&mut self, node: Node<'_>) -> Kind {
        let mut parts = vec![Expression::new(Kind::Text("".into()), span(node))];
        for child in children(node) {
            match child.kind() {
                "string_fragment" => {
                    let text = self.text(child).into();
                    parts.push(Expression::new(Kind::Text(text), span(child)));
                }
                "escape_sequence" => {
                    let text = unescaped(self.text(child)).into();
                    parts.push(Expression::new(Kind::Text(text), span(child)));
                }
                "template_substitution" => {
                    let inner = children(child)
                        .first()
                        .map_or_else(|| unknown(child), |inner| self.js(*inner));
                    parts.push(inner);
                }
                _ => {}
            }
        }
        Kind::Join(parts)
    }

    pub(super) fn js_call(&mut self, node: Node<'_>) -> Kind {
        let callee = field(node, "function").or_else(|| field(node, "constructor"));
        let Some(callee) = callee else {
            return Kind::Unknown;
        };
        let callee = self.js(callee);
        let mut arguments = Vec::new();
        if let Some(list) = field(node, "arguments") {
            let parts = if list.kind() == "arguments" {
                children(list)
            } else {
                vec![list]
            };
            for part in parts {
                let value = self.js(part);
                arguments.push(Argument { name: None, value });
            }
        }
        Kind::Call(Box::new(callee), arguments)
    }

    pub(super) fn js_binary(&mut self, node: Node<'_>) -> Kind {
        let operator = field(node, "operator").map_or("", |operator| operator.kind());
        let links = |node: Node<'_>, sign: &str| {
            node.kind() == "binary_expression"
                && field(node, "operator").is_some_and(|operator| operator.kind() == sign)
        };
        match operator {
            "+" => {
                let parts = chain(node, |node| links(node, "+"));
                Kind::Join(parts.into_iter().map(|part| self.js(part)).collect())
            }
            "||" | "??" | "&&" => {
                let parts = chain(node, |node| links(node, operator));
                Kind::OneOf(parts.into_iter().map(|part| self.js(part)).collect())
            }
            _ => {
                let Some((left, right)) = field(node, "left").zip(field(node, "right")) else {
                    return Kind::Unknown;
                };
                let left = self.js(left);
                let right = self.js(right);
                match Operator::of(operator) {
                    Some(operator) => Kind::Binary(operator, Box::new(left), Box::new(right)),
                    None => Kind::Group(vec![left, right]),
                }
            }
        }
    }

    pub(super) fn js_object(&mut self, node: Node<'_>) -> Kind {
        let mut fields = Vec::new();
        for child in children(node) {
            match child.kind() {
                "pair" => {
                    let Some((key, value)) = field(child, "key").zip(field(child, "value")) else {
                        continue;
                    };
                    let key = if key.kind() == "computed_property_name" {
                        children(key).first().map(|inner| self.js(*inner))
                    } else {
                        let name = self.text(key).trim_matches(['"', '\'']);
                        Some(Expression::new(Kind::Text(name.into()), span(key)))
                    };
                    fields.push((key, self.js(value)));
                }
                "shorthand_property_identifier" => {
                    let key = Expression::new(Kind::Text(self.name(child)), span(child));
                    fields.push((Some(key), self.js(child)));
                }
                "method_definition" => {
                    let name: Rc<str> =
                        field(child, "name").map_or_else(|| "".into(), |name| self.name(name));
                    let key = Expression::new(Kind::Text(Rc::clone(&name)), span(child));
                    let function = self.js_function(child, name, "".into());
                    let value = Expression::new(Kind::Function(function), span(child));
                    fields.push((Some(key), value));
                }
                _ => fields.push((None, self.js(child))),
            }
        }
        Kind::Fields(fields)
    }
}

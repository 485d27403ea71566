//! JavaScript and TypeScript, lowered.

use std::rc::Rc;

use tree_sitter::Node;

use super::ir::{Expression, Kind, Statement, Target};
use super::lower::{Lowering, children, field, span, unknown};

impl Lowering<'_> {
    /// The statements of a block of JavaScript.
    pub(super) fn js_block(&mut self, block: Node<'_>) -> Vec<Statement> {
        let mut statements = Vec::new();
        for child in children(block) {
            self.deeper(|lower| lower.js_statement(child, &mut statements));
        }
        statements
    }

    /// A block, or the one statement that stands instead of it.
    pub(super) fn js_body(&mut self, node: Node<'_>, name: &str) -> Vec<Statement> {
        let Some(body) = field(node, name) else {
            return Vec::new();
        };
        if body.kind() == "statement_block" {
            return self.js_block(body);
        }
        let mut statements = Vec::new();
        self.deeper(|lower| lower.js_statement(body, &mut statements));
        statements
    }

    #[allow(clippy::too_many_lines)] // A table of kinds.
    pub(super) fn js_statement(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        match node.kind() {
            "expression_statement" => {
                for child in children(node) {
                    let value = self.js(child);
                    out.push(Statement::Expression(value));
                }
            }
            "lexical_declaration" | "variable_declaration" => {
                for declarator in children(node) {
                    let Some(name) = field(declarator, "name") else {
                        continue;
                    };
                    if let Some(value) = field(declarator, "value") {
                        let value = self.js(value);
                        let target = self.js_target(name);
                        out.push(Statement::Assign(target, value, false));
                    }
                }
            }
            "function_declaration" | "generator_function_declaration" => {
                let name: Rc<str> =
                    field(node, "name").map_or_else(|| "".into(), |name| self.name(name));
                let function = self.js_function(node, Rc::clone(&name), "".into());
                out.push(Statement::Define(name, function));
            }
            "class_declaration" | "abstract_class_declaration" => self.js_class(node),
            "if_statement" => {
                let test = field(node, "condition")
                    .map_or_else(|| unknown(node), |condition| self.js(condition));
                let then = self.js_body(node, "consequence");
                let otherwise =
                    field(node, "alternative").map_or_else(Vec::new, |other| self.js_block(other));
                out.push(Statement::If {
                    test,
                    then,
                    otherwise,
                });
            }
            "for_statement" | "while_statement" | "do_statement" => {
                if let Some(first) = field(node, "initializer") {
                    self.deeper(|lower| lower.js_statement(first, out));
                }
                let endless = match field(node, "condition") {
                    None => true,
                    Some(test) => {
                        let shown = self.text(test).trim_matches(['(', ')', ' ', ';']);
                        shown.is_empty() || matches!(shown, "true" | "1" | "!0")
                    }
                };
                if let Some(test) = field(node, "condition") {
                    let test = self.js(test);
                    out.push(Statement::Expression(test));
                }
                let body = self.js_body(node, "body");
                out.push(Statement::Loop {
                    each: None,
                    endless,
                    body,
                    span: span(node),
                });
            }
            "for_in_statement" => {
                let each = field(node, "left").zip(field(node, "right"));
                let each = each.map(|(left, right)| (self.js_target(left), self.js(right)));
                let body = self.js_body(node, "body");
                out.push(Statement::Loop {
                    each,
                    endless: false,
                    body,
                    span: span(node),
                });
            }
            "return_statement" => {
                let value = children(node)
                    .first()
                    .map_or_else(|| unknown(node), |value| self.js(*value));
                out.push(Statement::Return(value));
            }
            "throw_statement" | "break_statement" | "continue_statement" => {
                for child in children(node) {
                    let value = self.js(child);
                    out.push(Statement::Expression(value));
                }
                out.push(Statement::Leave);
            }
            "import_statement" => self.js_import(node, out),
            "export_statement" => {
                let inner = field(node, "declaration").or_else(|| field(node, "value"));
                if let Some(inner) = inner {
                    self.deeper(|lower| lower.js_statement(inner, out));
                }
            }
            "statement_block" | "program" | "ERROR" | "try_statement" | "catch_clause"
            | "finally_clause" | "switch_body" | "switch_case" | "switch_default"
            | "else_clause" | "labeled_statement" | "switch_statement" | "with_statement"
            | "module" | "internal_module" => {
                let inner = self.js_block(node);
                out.push(Statement::Block(inner));
            }
            "comment"
            | "empty_statement"
            | "interface_declaration"
            | "type_alias_declaration"
            | "hash_bang_line"
            | "debugger_statement"
            | "import_alias" => {}
            _ => {
                let value = self.js(node);
                out.push(Statement::Expression(value));
            }
        }
    }

    pub(super) fn js_class(&mut self, node: Node<'_>) {
        let name: Rc<str> =
            field(node, "name").map_or_else(|| "class".into(), |name| self.name(name));
        let Some(body) = field(node, "body") else {
            return;
        };
        for member in children(body) {
            match member.kind() {
                "method_definition" => {
                    let method =
                        field(member, "name").map_or_else(|| "".into(), |name| self.name(name));
                    self.deeper(|lower| lower.js_function(member, method, Rc::clone(&name)));
                }
                "field_definition" | "public_field_definition" => {
                    let Some(value) = field(member, "value") else {
                        continue;
                    };
                    // A field that is a function is a method.
                    let method = field(member, "property").or_else(|| field(member, "name"));
                    let method = method.map_or_else(|| "".into(), |name| self.name(name));
                    if matches!(value.kind(), "arrow_function" | "function_expression") {
                        self.deeper(|lower| lower.js_function(value, method, Rc::clone(&name)));
                    } else {
                        let value = self.js(value);
                        let this = Expression::new(Kind::Name("this".into()), span(member));
                        let place =
                            Expression::new(Kind::Member(Box::new(this), method), span(member));
                        let target = Target::Place(Box::new(place));
                        self.program
                            .body
                            .push(Statement::Assign(target, value, false));
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn js_function(&mut self, node: Node<'_>, name: Rc<str>, class: Rc<str>) -> usize {
        let parameters = match (field(node, "parameter"), field(node, "parameters")) {
            (Some(one), _) => vec![self.js_target(one)],
            (None, Some(list)) => children(list)
                .into_iter()
                .map(|parameter| self.js_target(parameter))
                .collect(),
            _ => Vec::new(),
        };
        let defaults = std::mem::take(&mut self.defaults);
        let body = match field(node, "body") {
            Some(body) if body.kind() == "statement_block" => self.js_block(body),
            Some(body) => vec![Statement::Return(self.js(body))],
            None => Vec::new(),
        };
        let outer = std::mem::replace(&mut self.class, class);
        let function = self.add_function(name, parameters, defaults, body);
        self.class = outer;
        function
    }

    pub(super) fn js_import(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        let Some(source) = field(node, "source") else {
            return;
        };
        let module = super::names::module(self.text(source).trim_matches(['"', '\'', '`']));
        for clause in children(node) {
            if clause.kind() != "import_clause" {
                continue;
            }
            for part in children(clause) {
                match part.kind() {
                    "identifier" => {
                        out.push(Statement::Import(self.name(part), module.as_str().into()));
                    }
                    "namespace_import" => {
                        if let Some(name) = children(part).first() {
                            out.push(Statement::Import(self.name(*name), module.as_str().into()));
                        }
                    }
                    "named_imports" => {
                        for specifier in children(part) {
                            let Some(name) = field(specifier, "name") else {
                                continue;
                            };
                            let alias = field(specifier, "alias").unwrap_or(name);
                            let path = match self.text(name) {
                                "default" => module.clone(),
                                name => format!("{module}.{name}"),
                            };
                            out.push(Statement::Import(self.name(alias), path.into()));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    pub(super) fn js_target(&mut self, node: Node<'_>) -> Target {
        self.deeper(|lower| lower.js_target_kind(node))
            .unwrap_or(Target::Nothing)
    }

    pub(super) fn js_target_kind(&mut self, node: Node<'_>) -> Target {
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => Target::Name(self.name(node)),
            "array_pattern" => Target::List(
                children(node)
                    .into_iter()
                    .map(|child| self.js_target(child))
                    .collect(),
            ),
            "object_pattern" => Target::Fields(
                children(node)
                    .into_iter()
                    .filter_map(|child| match child.kind() {
                        "pair_pattern" => {
                            let key = self.name(field(child, "key")?);
                            Some((key, self.js_target(field(child, "value")?)))
                        }
                        "object_assignment_pattern" => {
                            let left = field(child, "left")?;
                            Some((self.name(left), self.js_target(left)))
                        }
                        "rest_pattern" => None,
                        _ => Some((self.name(child), Target::Name(self.name(child)))),
                    })
                    .collect(),
            ),
            "member_expression" | "subscript_expression" => Target::Place(Box::new(self.js(node))),
            "assignment_pattern" => {
                let target =
                    field(node, "left").map_or(Target::Nothing, |left| self.js_target(left));
                if let (Target::Name(name), Some(value)) = (&target, field(node, "right")) {
                    let value = self.js(value);
                    self.defaults.push((Rc::clone(name), value));
                }
                target
            }
            "required_parameter" | "optional_parameter" => {
                field(node, "pattern").map_or(Target::Nothing, |inner| self.js_target(inner))
            }
            "rest_pattern" | "parenthesized_expression" => children(node)
                .first()
                .map_or(Target::Nothing, |inner| self.js_target(*inner)),
            _ => Target::Nothing,
        }
    }
}

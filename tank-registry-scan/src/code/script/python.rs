//! Python, lowered.

use std::rc::Rc;

use tree_sitter::Node;

use super::ir::{Argument, Expression, Kind, Statement, Target};
use super::lower::{Lowering, children, field, span, unknown};

impl Lowering<'_> {
    /// The statements of a block of Python.
    pub(super) fn python_block(&mut self, block: Node<'_>) -> Vec<Statement> {
        let mut statements = Vec::new();
        for child in children(block) {
            self.deeper(|lower| lower.python_statement(child, &mut statements));
        }
        statements
    }

    pub(super) fn python_body(&mut self, node: Node<'_>, name: &str) -> Vec<Statement> {
        field(node, name).map_or_else(Vec::new, |body| self.python_block(body))
    }

    pub(super) fn python_statement(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        match node.kind() {
            "expression_statement" => {
                for child in children(node) {
                    self.python_simple(child, out);
                }
            }
            "import_statement" => self.python_import(node, out),
            "import_from_statement" => self.python_import_from(node, out),
            "function_definition" => self.python_function(node, out),
            "decorated_definition" => {
                if let Some(definition) = field(node, "definition") {
                    self.python_statement(definition, out);
                }
            }
            "class_definition" => {
                let name = field(node, "name").map_or_else(|| "".into(), |name| self.name(name));
                let outer = std::mem::replace(&mut self.class, name);
                let body = self.python_body(node, "body");
                self.class = outer;
                out.push(Statement::Block(body));
            }
            "if_statement" | "elif_clause" => out.push(self.python_if(node)),
            "for_statement" => {
                let each = field(node, "left").zip(field(node, "right"));
                let each = each.map(|(left, right)| (self.python_target(left), self.python(right)));
                let body = self.python_body(node, "body");
                out.push(Statement::Loop {
                    each,
                    endless: false,
                    body,
                    span: span(node),
                });
            }
            "while_statement" => {
                let test = field(node, "condition");
                let endless = test.is_some_and(|test| matches!(self.text(test), "True" | "1"));
                if let Some(test) = test {
                    out.push(Statement::Expression(self.python(test)));
                }
                let body = self.python_body(node, "body");
                out.push(Statement::Loop {
                    each: None,
                    endless,
                    body,
                    span: span(node),
                });
            }
            "with_statement" => {
                self.python_with(node, out);
                out.extend(self.python_body(node, "body"));
            }
            "return_statement" => {
                let value = children(node)
                    .first()
                    .map_or_else(|| unknown(node), |value| self.python(*value));
                out.push(Statement::Return(value));
            }
            "raise_statement" | "break_statement" | "continue_statement" => {
                for child in children(node) {
                    out.push(Statement::Expression(self.python(child)));
                }
                out.push(Statement::Leave);
            }
            "block"
            | "module"
            | "ERROR"
            | "try_statement"
            | "except_clause"
            | "finally_clause"
            | "else_clause"
            | "match_statement"
            | "case_clause"
            | "except_group_clause" => {
                let inner = self.python_block(node);
                out.push(Statement::Block(inner));
            }
            "exec_statement" => {
                let code = field(node, "code").map(|code| self.python(code));
                let callee = Expression::new(Kind::Name("exec".into()), span(node));
                let arguments = code
                    .map(|value| Argument { name: None, value })
                    .into_iter()
                    .collect();
                let call = Kind::Call(Box::new(callee), arguments);
                out.push(Statement::Expression(Expression::new(call, span(node))));
            }
            "comment" | "pass_statement" | "global_statement" | "nonlocal_statement" => {}
            _ => self.python_simple(node, out),
        }
    }

    pub(super) fn python_simple(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        match node.kind() {
            "assignment" => {
                // `a = b = c` binds both.
                let mut targets = Vec::new();
                let mut at = node;
                let value = loop {
                    if let Some(left) = field(at, "left") {
                        targets.push(self.python_target(left));
                    }
                    match field(at, "right") {
                        Some(right) if right.kind() == "assignment" => at = right,
                        Some(right) => break self.python(right),
                        None => return,
                    }
                };
                for target in targets {
                    out.push(Statement::Assign(target, value.clone(), false));
                }
            }
            "augmented_assignment" => {
                if let Some((left, right)) = field(node, "left").zip(field(node, "right")) {
                    let target = self.python_target(left);
                    let value = self.python(right);
                    out.push(Statement::Assign(target, value, true));
                }
            }
            _ => {
                let value = self.python(node);
                out.push(Statement::Expression(value));
            }
        }
    }

    pub(super) fn python_if(&mut self, node: Node<'_>) -> Statement {
        let test = field(node, "condition").map_or_else(|| unknown(node), |test| self.python(test));
        let then = self.python_body(node, "consequence");
        let mut otherwise = Vec::new();
        let mut cursor = node.walk();
        let clauses: Vec<_> = node
            .children_by_field_name("alternative", &mut cursor)
            .collect();
        for clause in clauses {
            self.deeper(|lower| lower.python_statement(clause, &mut otherwise));
        }
        Statement::If {
            test,
            then,
            otherwise,
        }
    }

    pub(super) fn python_import(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        for child in children(node) {
            if child.kind() == "aliased_import" {
                if let Some((name, alias)) = field(child, "name").zip(field(child, "alias")) {
                    out.push(Statement::Import(self.name(alias), self.name(name)));
                }
            } else {
                // `import a.b` binds `a`.
                let name = self.text(child).split('.').next().unwrap_or_default();
                out.push(Statement::Import(name.into(), name.into()));
            }
        }
    }

    pub(super) fn python_import_from(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        let Some(module) = field(node, "module_name") else {
            return;
        };
        let module_name = self.text(module);
        for child in children(node) {
            if child == module {
                continue;
            }
            match child.kind() {
                "aliased_import" => {
                    if let Some((name, alias)) = field(child, "name").zip(field(child, "alias")) {
                        let path = format!("{module_name}.{}", self.text(name));
                        out.push(Statement::Import(self.name(alias), path.into()));
                    }
                }
                "dotted_name" => {
                    let path = format!("{module_name}.{}", self.text(child));
                    out.push(Statement::Import(self.name(child), path.into()));
                }
                "wildcard_import" => out.push(Statement::Import("*".into(), module_name.into())),
                _ => {}
            }
        }
    }

    pub(super) fn python_function(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        let name: Rc<str> = field(node, "name").map_or_else(|| "".into(), |name| self.name(name));
        let mut parameters = self.python_parameters(field(node, "parameters"));
        let is_method = !self.class.is_empty();
        if is_method
            && matches!(parameters.first(), Some(Target::Name(first)) if matches!(&**first, "self" | "cls"))
        {
            parameters.remove(0);
        }
        let defaults = std::mem::take(&mut self.defaults);
        let body = self.python_body(node, "body");
        let function = self.add_function(Rc::clone(&name), parameters, defaults, body);
        if !is_method {
            out.push(Statement::Define(name, function));
        }
    }

    pub(super) fn python_parameters(&mut self, node: Option<Node<'_>>) -> Vec<Target> {
        let Some(node) = node else {
            return Vec::new();
        };
        children(node)
            .into_iter()
            .map(|child| match child.kind() {
                "identifier" => Target::Name(self.name(child)),
                "default_parameter" | "typed_default_parameter" => {
                    let Some(name) = field(child, "name") else {
                        return Target::Nothing;
                    };
                    let name = self.name(name);
                    if let Some(value) = field(child, "value") {
                        let value = self.python(value);
                        self.defaults.push((Rc::clone(&name), value));
                    }
                    Target::Name(name)
                }
                "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => {
                    children(child)
                        .into_iter()
                        .find(|inner| inner.kind() == "identifier")
                        .map_or(Target::Nothing, |name| Target::Name(self.name(name)))
                }
                _ => Target::Nothing,
            })
            .collect()
    }

    pub(super) fn python_with(&mut self, node: Node<'_>, out: &mut Vec<Statement>) {
        for clause in children(node) {
            if clause.kind() != "with_clause" {
                continue;
            }
            for item in children(clause) {
                let Some(value) = field(item, "value") else {
                    continue;
                };
                if value.kind() == "as_pattern" {
                    let parts = children(value);
                    if let (Some(inner), Some(alias)) = (parts.first(), field(value, "alias")) {
                        let inner = self.python(*inner);
                        let alias = children(alias).first().copied().unwrap_or(alias);
                        let target = self.python_target(alias);
                        out.push(Statement::Assign(target, inner, false));
                        continue;
                    }
                }
                let value = self.python(value);
                out.push(Statement::Expression(value));
            }
        }
    }

    pub(super) fn python_target(&mut self, node: Node<'_>) -> Target {
        match node.kind() {
            "identifier" => Target::Name(self.name(node)),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" => Target::List(
                children(node)
                    .into_iter()
                    .map(|child| {
                        self.deeper(|lower| lower.python_target(child))
                            .unwrap_or(Target::Nothing)
                    })
                    .collect(),
            ),
            "attribute" | "subscript" => Target::Place(Box::new(self.python(node))),
            _ => Target::Nothing,
        }
    }
}

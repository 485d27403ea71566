//! What Python and JavaScript are lowered to: the little that the flow of data needs.

use std::rc::Rc;

/// Where something stands in the code that was parsed, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A text of code.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) body: Vec<Statement>,
    /// Every function of it, wherever it stands.
    pub(super) functions: Vec<Function>,
    /// How many expressions and statements there are.
    pub(super) size: usize,
}

/// A function, a method, a lambda.
#[derive(Debug)]
pub(super) struct Function {
    /// Empty where it has none.
    pub(super) name: Rc<str>,
    /// The class that it is a method of; empty where it is none.
    pub(super) class: Rc<str>,
    pub(super) parameters: Vec<Target>,
    /// Values of parameters that are not given.
    pub(super) defaults: Defaults,
    pub(super) body: Vec<Statement>,
}

/// Values of parameters that are not given, by name.
pub(super) type Defaults = Vec<(Rc<str>, Expression)>;

/// What a value is bound to.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Name(Rc<str>),
    /// A field or an element.
    Place(Box<Expression>),
    /// Elements, in order.
    List(Vec<Target>),
    /// Fields, by name.
    Fields(Vec<(Rc<str>, Target)>),
    /// Something that is not followed.
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Text(Rc<str>),
    Number(i64),
    Boolean(bool),
    Name(Rc<str>),
    Member(Box<Expression>, Rc<str>),
    Index(Box<Expression>, Box<Expression>),
    /// Part of a sequence; `true` where it runs backwards.
    Slice(Box<Expression>, bool),
    Call(Box<Expression>, Vec<Argument>),
    /// Strings put together, or a sum.
    Join(Vec<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    List(Vec<Expression>),
    /// Fields with their keys; without one where another's are taken over.
    Fields(Vec<(Option<Expression>, Expression)>),
    /// One of the functions of the program.
    Function(usize),
    /// An element for every element of something, where conditions hold.
    Each {
        element: Box<Expression>,
        over: Vec<(Target, Expression)>,
        conditions: Vec<Expression>,
    },
    Assign(Box<Target>, Box<Expression>, bool),
    /// Anything else: the data of all its parts.
    Group(Vec<Expression>),
    /// A value that is one of these.
    OneOf(Vec<Expression>),
    Unknown,
}

/// Operators whose result is computed where both sides are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// A remainder, or a format.
    Percent,
    /// A quotient, or a path below another.
    Slash,
    Minus,
    Times,
    Xor,
    And,
    Or,
    ShiftLeft,
    ShiftRight,
}

#[derive(Debug, Clone)]
pub(super) struct Argument {
    /// Of a keyword argument.
    pub(super) name: Option<Rc<str>>,
    pub(super) value: Expression,
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Expression(Expression),
    /// `true` where the value is added to what is there.
    Assign(Target, Expression, bool),
    /// A name for something in a library, as a dotted path.
    Import(Rc<str>, Rc<str>),
    Return(Expression),
    If {
        test: Expression,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    Loop {
        /// What is bound to the elements of what.
        each: Option<(Target, Expression)>,
        /// Whether only something within it ends it.
        endless: bool,
        body: Vec<Statement>,
        span: Span,
    },
    /// A name for a function.
    Define(Rc<str>, usize),
    Block(Vec<Statement>),
    /// Leaves the loop or the function.
    Leave,
}

impl Expression {
    pub(super) fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span }
    }
}

impl Operator {
    /// By its sign; both languages write these alike.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "%" => Self::Percent,
            "/" => Self::Slash,
            "-" => Self::Minus,
            "*" => Self::Times,
            "^" => Self::Xor,
            "&" => Self::And,
            "|" => Self::Or,
            "<<" => Self::ShiftLeft,
            ">>" => Self::ShiftRight,
            _ => return None,
        })
    }
}

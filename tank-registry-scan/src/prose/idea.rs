//! What words mean to rules.

/// An idea that a rule has a slot for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Idea {
    /// To set aside what was said.
    Override,
    /// What was said before, or stands above.
    Prior,
    /// Every one of something: weaker than [`Idea::Prior`].
    Any,
    /// What an agent was told.
    Instructions,
    /// What an agent was told, or what some other program is told.
    Rules,
    /// Says that something does not hold any more.
    Void,
    /// All that was said, in one phrase.
    Everything,
    /// Makes an agent be somebody.
    Become,
    /// Somebody whom no rule binds.
    Unbound,
    /// To give away.
    Reveal,
    /// To put on the screen: weaker than [`Idea::Reveal`].
    Print,
    /// What an agent was told, as a thing to be shown.
    Hidden,
    /// To move data elsewhere.
    Send,
    /// To put data into something else that leaves.
    Embed,
    /// To move data elsewhere, in words that have no other sense.
    Ship,
    /// The same, in words that have many senses.
    Put,
    /// What gives access.
    Secret,
    /// Where a machine keeps what gives access.
    Stash,
    /// To take in.
    Take,
    /// What user and agent said, and what belongs to the user.
    Private,
    /// Somewhere else.
    Destination,
    /// Somebody else's place, in words that have no other sense.
    Outside,
    /// An address that carries data when it is fetched.
    Carrier,
    /// What was said.
    Talk,
    /// Why things are recorded, or said to be.
    Purpose,
    /// So that the user does not know.
    Unseen,
    /// Without noise: weaker than [`Idea::Unseen`].
    Quiet,
    /// Without the user's consent.
    Unasked,
    /// Without anybody's consent, whatever it is.
    ApproveAll,
    /// A switch that has an agent ask nobody.
    Switch,
    /// Whatever there is to run.
    AnyCommand,
    /// To run something.
    Run,
    /// To do away with something.
    Destroy,
    /// Things that are not to be lost.
    Belongings,
    /// Takes what is on the user's screen, or about the user.
    Capture,
    /// To write into.
    Write,
    /// What steers agents from now on.
    Memory,
    /// From now on.
    Forever,
    /// To get from elsewhere.
    Fetch,
    /// To do as told.
    Obey,
    /// Says that somebody with power speaks.
    Authority,
    /// Says that all is well.
    Vouched,
    /// Who reads a skill before it is used.
    Reviewer,
    /// To let pass.
    LetPass,
    /// To hand over.
    Enter,
    /// What holds money.
    Wallet,
    /// To bring in.
    Plant,
    /// To bring in what harms.
    Corrupt,
    /// What lets somebody in.
    Weakness,
    /// What makes software weak.
    Flaw,
    /// Not to do.
    Skip,
    /// What protects.
    Check,
    /// To make untrue.
    Falsify,
    /// What is believed.
    Record,
    /// Somebody who is an agent.
    Agent,
    /// Before a tool is used.
    BeforeTool,
    /// A parameter of a tool.
    Parameter,
    /// A word that turns a sentence around.
    Negation,
    /// A word that says that one speaks of attacks.
    About,
}

impl Idea {
    /// How many there are.
    pub(super) const COUNT: usize = Self::About as usize + 1;
}

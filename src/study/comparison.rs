//! Rules against a benchmark.

/// A twin of a dynamic rule, sized by one number for the whole population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Twin {
    /// A fixed hedge of the same mean multiplier.
    EqualMultiplier,
    /// A fixed hedge that loses the same money: the primary one.
    EqualMoney,
    /// A fixed hedge with the same expected shortfall.
    EqualEs,
    /// Less equity, for the same money lost.
    HoldLess,
    /// The multipliers of another path.
    Placebo,
}

impl Twin {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::EqualMultiplier, Self::EqualMoney, Self::EqualEs, Self::HoldLess, Self::Placebo];

    /// Name, as in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EqualMultiplier => "equal_multiplier",
            Self::EqualMoney => "equal_money",
            Self::EqualEs => "equal_es",
            Self::HoldLess => "hold_less",
            Self::Placebo => "placebo",
        }
    }
}

/// What is compared with what.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Slot of the benchmark rule.
    pub against: usize,
    /// Twins of every dynamic rule.
    pub twins: Vec<Twin>,
    /// Run the world without premia as well?
    pub null_world: bool,
}

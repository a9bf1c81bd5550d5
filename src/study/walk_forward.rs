//! Walk-forward.
use crate::stats::splits::Split;

/// What a choice maximises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Expected shortfall of monthly P&L against the fixed hedge that loses the same money.
    EsAtEqualMoney,
    /// Sharpe ratio of portfolio and hedge.
    Sharpe,
    /// Least money lost.
    Cost,
    /// HER counted to 21 days after the trough.
    HerPlus21,
}

/// The grid of one tuned rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Name of the rule.
    pub name: String,
    /// Walked rules; the first is the untuned one.
    pub members: Vec<usize>,
    /// The rule that holds the same hedge at a constant multiplier.
    pub fixed: usize,
}

/// Choices.
#[derive(Clone, Debug)]
pub struct WalkForward {
    /// Name of the study.
    pub name: &'static str,
    /// Folds.
    pub splits: Vec<Split>,
    /// What is chosen by.
    pub objective: Objective,
    /// Grids.
    pub grids: Vec<Grid>,
}

impl WalkForward {
    /// New.
    pub fn new(name: &'static str, splits: Vec<Split>, objective: Objective, grids: Vec<Grid>) -> Self {
        Self { name, splits, objective, grids }
    }
}

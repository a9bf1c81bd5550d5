//! Rules against a benchmark and against their twins, paired path by path, and the verdict in words.

use super::measure::Measured;
use super::twins::{Profile, Sized};
use crate::stats::estimate::Estimate;

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

/// Rule minus its counterpart, path by path.
#[derive(Clone, Debug)]
pub struct Differences {
    /// Money lost, basis points of capital a year; positive: the rule loses more.
    pub cost: Option<Estimate>,
    /// Expected shortfall of yearly P&L, share of capital; positive: the rule protects better.
    pub shortfall: Option<Estimate>,
    /// Largest compounded drawdown; negative: the rule protects better.
    pub drawdown: Option<Estimate>,
    /// HER to 21 days after the trough; positive: the rule pays back more.
    pub her21: Option<Estimate>,
    /// Sharpe ratio; positive: the rule is better.
    pub sharpe: Option<Estimate>,
}

impl Differences {
    /// A rule minus its sized twin. What the twin was sized by is equal: only the rounding of the size is left of the
    /// difference, and no error.
    pub fn to_twin(rule: &Profile, other: &Profile, twin: Twin) -> Self {
        let mut found = Self::of(rule, other);
        let matched = match twin {
            Twin::EqualMoney | Twin::HoldLess => &mut found.cost,
            Twin::EqualEs => &mut found.shortfall,
            Twin::EqualMultiplier | Twin::Placebo => return found,
        };
        *matched = matched.and_then(|e| Estimate::point(0.0, e.level, e.n, "equal by the size of the twin"));
        found
    }

    /// Of two profiles on the same paths.
    pub fn of(rule: &Profile, other: &Profile) -> Self {
        let paired = |a: &Option<Measured>, b: &Option<Measured>| {
            a.as_ref()
                .zip(b.as_ref())
                .and_then(|(a, b)| a.minus(b).estimate("paired by path, error of the size included"))
        };
        Self {
            cost: paired(&rule.cost, &other.cost),
            shortfall: paired(&rule.shortfall, &other.shortfall),
            drawdown: paired(&rule.drawdown, &other.drawdown),
            her21: paired(&rule.her21, &other.her21),
            sharpe: paired(&rule.sharpe, &other.sharpe),
        }
    }

    /// Name, unit and value of each difference.
    pub fn named(&self) -> [(&'static str, &'static str, &Option<Estimate>); 5] {
        [
            ("total_cost_bp_per_year", "bp of capital a year", &self.cost),
            ("es5_yearly", "share of capital", &self.shortfall),
            ("max_drawdown", "share of peak", &self.drawdown),
            ("her_plus21", "share of the portfolio's loss", &self.her21),
            ("sharpe_hedged", "per root year", &self.sharpe),
        ]
    }

    /// Does the rule protect better than its counterpart? "Better" needs expected shortfall, drawdown and HER at +21
    /// days to agree, each beyond its interval; HER at the trough has no say.
    ///
    /// What a twin was sized by is equal by construction and has no say either.
    pub fn verdict(&self, twin: Twin) -> Verdict {
        let side = |estimate: &Option<Estimate>, good: f64| match estimate {
            Some(e) if e.excludes_zero() => Some((e.value * good).signum()),
            Some(_) => Some(0.0),
            None => None,
        };
        let mut sides = vec![side(&self.drawdown, -1.0), side(&self.her21, 1.0)];
        if twin != Twin::EqualEs {
            sides.push(side(&self.shortfall, 1.0));
        }
        let Some(sides) = sides.into_iter().collect::<Option<Vec<f64>>>() else { return Verdict::Unknown };
        if sides.iter().all(|side| *side == 1.0) {
            Verdict::Better
        } else if sides.iter().all(|side| *side == -1.0) {
            Verdict::Worse
        } else if sides.contains(&1.0) && sides.contains(&-1.0) {
            Verdict::Mixed
        } else {
            Verdict::Undecided
        }
    }
}

/// Protection against a counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All three measures are better beyond their intervals.
    Better,
    /// All three are worse beyond their intervals.
    Worse,
    /// Some are better and some worse beyond their intervals.
    Mixed,
    /// Not all are beyond their intervals.
    Undecided,
    /// Not all are defined.
    Unknown,
}

impl Verdict {
    /// In a word or two.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Mixed => "mixed",
            Self::Undecided => "undecided",
            Self::Unknown => "unknown",
        }
    }
}

/// A dynamic rule beside one of its twins.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// Slot of the rule.
    pub rule: usize,
    /// The twin and its size.
    pub twin: Sized,
    /// Differences; none if the twin has no size.
    pub differences: Option<Differences>,
    /// HER to the trough, beside the fixed hedge of equal money; hindsight, and no part of a verdict.
    pub trough: Option<Estimate>,
}

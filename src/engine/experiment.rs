//! All that changes the answer, checked and resolved.

use crate::draws::{Sampling, Source};
use crate::grid::TimeGrid;
use crate::instruments::{Instrument, Prices};
use crate::market::Market;
use crate::metrics::windows::CrashRule;
use crate::portfolio::Portfolio;
use crate::rules::Rule;
use crate::signals::Signal;
use std::sync::Arc;

/// An experiment: market, portfolio, hedges, signals and rules. Threads, blocks and progress are no part of it.
#[derive(Clone)]
pub struct Experiment {
    /// The world.
    pub market: Arc<dyn Market>,
    /// The calendar.
    pub grid: TimeGrid,
    /// Seed of all draws.
    pub seed: u64,
    /// How paths are drawn together.
    pub sampling: Sampling,
    /// Are control variates of known mean taken out of estimates?
    pub controls: bool,
    /// Paths of a whole run.
    pub paths: u64,
    /// Rows that are kept of them at most.
    pub rows: u64,
    /// The portfolio.
    pub portfolio: Portfolio,
    /// Hedges, by slot.
    pub instruments: Arc<Vec<Box<dyn Instrument>>>,
    /// What hedges and signals are priced by, in this market.
    pub prices: Arc<Prices>,
    /// Names of the hedges.
    pub instrument_names: Vec<String>,
    /// Signals that decide terms of contracts at their rolls: read before anything is marked.
    pub dials: Arc<Vec<Arc<dyn Signal>>>,
    /// Signals, by slot.
    pub signals: Arc<Vec<Arc<dyn Signal>>>,
    /// Rules that are walked: the named ones, their fixed twins, the unhedged portfolio, then members of grids.
    pub rules: Vec<Rule>,
    /// How many of the rules have a name in the scenario.
    pub named: usize,
    /// For each named rule, the rule that holds its hedges at a constant multiplier.
    pub fixed: Vec<usize>,
    /// The rule without a hedge.
    pub unhedged: usize,
    /// What is done to each walked rule.
    pub twists: Vec<Twist>,
    /// Grids of tuned rules.
    pub families: Vec<Family>,
    /// What counts as a crash.
    pub crash: CrashRule,
}

/// How a walked rule differs from what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Twist {
    /// Not at all.
    #[default]
    None,
    /// Its multipliers are those of another path: persistence and trading are real, the information is not.
    Placebo,
    /// It has no legs; its hedge is this multiple of another rule's, which stands before it.
    Scaled {
        /// Slot of the other rule.
        of: usize,
        /// Multiple.
        by: f64,
    },
    /// It has no legs; its hedge is to hold this share less of the portfolio.
    HoldLess(f64),
}

/// The grid of one tuned rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Name of the rule.
    pub name: String,
    /// Walked rules that belong to it; the first is the untuned one.
    pub members: Vec<usize>,
    /// Name and values of each axis: members are all combinations, and the first axis varies slowest.
    pub axes: Vec<(String, Vec<String>)>,
}

impl Experiment {
    /// Paths that a row of a whole run stands for.
    pub fn bundle(&self) -> u64 {
        super::bundle::bundle(self.paths, self.rows)
    }

    /// Rows of a rule in a whole run, and how many of each stand in memory: of a bundle the mean and one of its paths.
    pub fn rows_in_memory(&self) -> (u64, f64) {
        match self.bundle() {
            1 => (self.paths, 1.0),
            bundle => (self.paths.div_ceil(bundle), 2.0),
        }
    }

    /// Where all draws come from.
    pub const fn source(&self) -> Source {
        Source { seed: self.seed, sampling: self.sampling }
    }

    /// Rules whose rows are kept: all but members of grids.
    pub fn kept(&self) -> usize {
        self.unhedged + 1
    }

    /// The same experiment with other rules and nothing else walked but the unhedged portfolio.
    pub fn with_rules(&self, mut rules: Vec<Rule>, mut twists: Vec<Twist>) -> Self {
        let unhedged = rules.len();
        rules.push(Rule { name: "unhedged".to_owned(), legs: Vec::new() });
        twists.resize(rules.len(), Twist::None);
        Self { named: unhedged, unhedged, rules, twists, fixed: Vec::new(), families: Vec::new(), ..self.clone() }
    }

    /// The same rules and shocks in the world without premia; none for real history.
    pub fn null_world(&self) -> Option<Self> {
        let market: Arc<dyn Market> = Arc::from(self.market.null_world()?);
        let prices = Arc::new(self.prices.in_world(market.facts()));
        let there = |signal: &Arc<dyn Signal>| signal.in_world(market.facts()).unwrap_or_else(|| Arc::clone(signal));
        let signals = Arc::new(self.signals.iter().map(there).collect());
        let dials = Arc::new(self.dials.iter().map(there).collect());
        Some(Self { market, prices, signals, dials, ..self.clone() })
    }

    /// How many different rules the scenario tries: the named ones and the members of their grids. Fixed twins and the
    /// portfolio without a hedge are no trials: nobody chooses among them.
    pub fn variants(&self) -> usize {
        let members = self.families.iter().flat_map(|family| family.members.iter().skip(1).copied());
        let tried: Vec<&Rule> = (0..self.named).chain(members).map(|rule| &self.rules[rule]).collect();
        tried.iter().enumerate().filter(|(i, rule)| !tried[..*i].iter().any(|other| other.legs == rule.legs)).count()
    }

    /// Slot of a named rule.
    pub fn rule(&self, name: &str) -> Option<usize> {
        self.rules[..self.named].iter().position(|rule| rule.name == name)
    }

    /// Days over which the longest hedge overlaps: training and test days stand so far apart.
    pub fn longest_tenor(&self) -> usize {
        self.instruments.iter().map(|instrument| instrument.span_days()).max().unwrap_or(0)
    }

    /// Evaluated years, begun ones counted.
    pub fn years(&self) -> usize {
        self.grid.days().div_ceil(crate::grid::DAYS_PER_YEAR as usize)
    }
}

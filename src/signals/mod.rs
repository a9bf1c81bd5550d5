//! What can be observed: each signal writes one row a day, computed once per path and shared by all rules.
//!
//! A kind is one file with a `Spec` and an implementation of [`Signal`]; its two lines are below. A signal writes row t
//! from rows up to t only; a test cuts paths short and compares.

use crate::grid::TimeGrid;
use crate::instruments::{MarkRows, Needs, Tables};
use crate::lanes::Row;
use crate::market::{Belief, Factor, Facts, PathBlock};
use crate::one_of;
use crate::shelf::Refusal;
use std::sync::Arc;

mod correlation;
mod crash_intensity;
mod delta;
mod drawdown;
mod index_return;
mod percentile;
mod realized_vol;
mod regime;
mod regime_filter;
mod smooth;
mod term_structure;
mod trend;
mod variance_ratio;
mod vix;
mod vix_future;
mod vix_minus_realized;
mod vix_premium;
mod vix_smoothed;
mod windows;

pub use smooth::SmoothSpec;

one_of! {
    /// What a rule looks at: exactly one signal.
    pub struct SignalSpec: dyn ReadsSignal {
        vix: vix::Spec,
        vix_smoothed: vix_smoothed::Spec,
        realized_vol: realized_vol::Spec,
        vix_minus_realized: vix_minus_realized::Spec,
        term_structure: term_structure::Spec,
        drawdown: drawdown::Spec,
        correlation: correlation::Spec,
        percentile: percentile::Spec,
        variance_ratio: variance_ratio::Spec,
        crash_intensity: crash_intensity::Spec,
        regime: regime::Spec,
        vix_future: vix_future::Spec,
        vix_premium: vix_premium::Spec,
        trend: trend::Spec,
        index_return: index_return::Spec,
        delta: delta::Spec,
    }
}

/// What a signal is built from.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The market.
    pub facts: &'a Facts,
    /// Names of the instruments, by slot.
    pub instruments: &'a [String],
    /// Which of them write the deltas of their contracts.
    pub exposed: &'a [bool],
    /// The calendar.
    pub grid: TimeGrid,
}

impl Known<'_> {
    /// Slot of an instrument by name (of a ladder: its first rung); refused at `field` otherwise.
    fn instrument(&self, name: &str, field: &str) -> Result<usize, Refusal> {
        if self.instruments.is_empty() {
            return Err(Refusal::new(
                field,
                "a strike or tenor cannot follow an instrument: it is decided before any is marked",
            ));
        }
        let first = format!("{name}[1]");
        self.instruments.iter().position(|known| known == name || *known == first).ok_or_else(|| {
            Refusal::new(field, format!("there is no instrument `{name}`"))
                .help(format!("the instruments are {}", self.instruments.join(", ")))
        })
    }
}

/// What a signal's description turns into.
pub trait ReadsSignal {
    /// The checked signal.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field.
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal>;

    /// Mean in the long run, where the market knows it.
    fn stationary_mean(&self, _facts: &Facts) -> Option<f64> {
        None
    }

    /// Hidden truth that no investor sees (flagged as such).
    fn is_oracle(&self) -> bool {
        false
    }

    /// Closes, today's included, that a complete value is made of; a return takes two.
    fn look_back(&self) -> usize {
        1
    }
}

/// A signal that can be read, eight paths at a time.
pub trait Signal: Send + Sync {
    /// Writes one value for each row of `out`.
    fn read(&self, see: &View<'_>, out: &mut [Row]);

    /// Says what it looks up in the market's price tables.
    fn needs(&self, _needs: &mut Needs) {}

    /// The same signal where prices believe something else; `None` where it asks no belief.
    fn in_world(&self, _facts: &Facts) -> Option<Arc<dyn Signal>> {
        None
    }
}

/// What signals may see.
pub struct View<'a> {
    /// The simulated world.
    pub paths: &'a PathBlock,
    /// The portfolio's daily returns in excess of cash.
    pub portfolio: &'a [Row],
    /// Chain index of the unhedged portfolio, 1 at row 0.
    pub unhedged: &'a [Row],
    /// Marks of each instrument, by slot.
    pub marks: &'a [MarkRows],
    /// The market's price tables.
    pub prices: &'a Tables,
    /// Are prices mixed of several beliefs?
    pub responds: bool,
}

/// The market alone, for tests of signals that look at nothing else.
#[cfg(test)]
fn alone<'a>(paths: &'a PathBlock, prices: &'a Tables) -> View<'a> {
    View { paths, portfolio: &[], unhedged: &[], marks: &[], prices, responds: false }
}

/// A signal that copies a factor: the simplest kind.
struct Copy(Factor);

impl Signal for Copy {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        out.copy_from_slice(&see.paths.rows(self.0)[..out.len()]);
    }
}

/// What prices believe; why it is not known otherwise.
///
/// A market that mixes several beliefs is refused: who reads the state off the VIX would have to know their weight as well.
fn belief(facts: &Facts) -> Result<&Belief, &'static str> {
    match facts.laws.as_ref().map(|laws| laws.priced.as_slice()) {
        Some([only]) => Ok(only),
        Some(_) => Err("the prices of this market mix several beliefs"),
        None => Err("real history has neither regimes nor a law of prices"),
    }
}

/// The value of `window` rows ago, or the first.
#[inline(always)]
fn since(rows: &[Row], row: usize, window: usize) -> Row {
    rows[row.saturating_sub(window)]
}

/// Slot of an asset, the first where none is named.
fn asset_of(name: Option<&String>, facts: &Facts, field: &str) -> Result<usize, Refusal> {
    let Some(name) = name else { return Ok(0) };
    facts.asset(name, field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Experiment, Keep, Worker};
    use crate::instruments::Quotes;
    use crate::shelf::Kind;
    use std::fmt::Write;

    /// Two assets, the VIX of the second; one rule for each kind on the shelf, as its specimen shows it.
    fn shelf() -> Experiment {
        let mut text = "version: 1\nname: shelf\nseed: 3\npaths: 8\nyears: 1\nmarket: { regime_svj: { vix_of: B, \
            regimes: { calm: { variance: 0.02, correlation: 0.5, crash: { per_year: 1, mean: -0.03, sd: 0.03, variance_jump: 0.02 } }, \
            wild: { variance: 0.1, correlation: 0.8, crash: { per_year: 4, mean: -0.06, sd: 0.05, variance_jump: 0.1 } } }, \
            switching: { per_year: { calm: { wild: 3 }, wild: { calm: 6 } } }, variance: { reversion: 6, vol_of_vol: 0.6 }, \
            premium: { variance: 2, crash_intensity: 2, crash_mean: -0.02 } } }\n\
            portfolio: { capital: 1e6, assets: { A: { weight: 0.5, leverage: -0.7 }, B: { weight: 0.5, volatility: 1.3, leverage: -0.7 } } }\n\
            instruments: { put: { put: { underlying: B, moneyness: 0.95, tenor: 63 }, size: { per_exposure: 1 } } }\nrules:\n"
            .to_owned();
        for kind in SignalSpec::KINDS {
            let Kind { name, specimen, .. } = kind;
            let scale = format!("scale: [ {{ signal: {{ {name}: {specimen} }}, shape: {{ ratio: {{ to: 1 }} }} }} ]");
            writeln!(text, "  {name}: {{ hedge: put, {scale} }}").unwrap();
        }
        let loaded = crate::scenario::load_text("shelf.yaml", &text, &[]);
        loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment
    }

    /// What signals are built from in a market without instruments.
    fn known(facts: &Facts) -> Known<'_> {
        Known { facts, instruments: &[], exposed: &[], grid: TimeGrid::new(504, 252).unwrap() }
    }

    /// Every kind reads numbers, and the same ones whatever comes later.
    #[test]
    fn every_kind_reads_its_specimen_and_not_the_future() {
        let experiment = shelf();
        assert_eq!(experiment.signals.len(), SignalSpec::KINDS.len());
        let mut worker = Worker::new(&experiment, &[], Keep::All);
        let mut paths = worker.simulate(0).clone();
        worker.mark();
        worker.read();
        let mut unhedged = worker.index().to_vec();
        let rows = unhedged.len();
        let read = |signal: &dyn Signal, paths: &PathBlock, unhedged: &[Row]| {
            let mut out = vec![Row::default(); rows];
            let prices = experiment.prices.tables();
            let quotes = Quotes { paths, prices, responds: false, parts: false, exposures: true, dials: &[] };
            let mut marks = [MarkRows::new(rows)];
            experiment.instruments[0].mark(&quotes, &mut marks[0]);
            signal.read(&View { unhedged, marks: &marks, ..alone(paths, prices) }, &mut out);
            out
        };
        let before: Vec<_> = experiment.signals.iter().map(|signal| read(&**signal, &paths, &unhedged)).collect();
        let today = 3 * rows / 4;
        for factor in [0, 1]
            .map(Factor::Spot)
            .into_iter()
            .chain([0, 1].map(Factor::LogReturn))
            .chain([Factor::Vix, Factor::Variance])
        {
            paths.rows_mut(factor)[today + 1..].fill(Row::splat(0.7));
        }
        paths.rows_mut(Factor::Regime)[today + 1..].fill(Row::splat(1.0));
        unhedged[today + 1..].fill(Row::splat(0.1));
        for ((kind, signal), before) in SignalSpec::KINDS.iter().zip(experiment.signals.iter()).zip(before) {
            assert!(before.iter().all(|row| row.0.iter().all(|x| x.is_finite())), "{}", kind.name);
            let after = read(&**signal, &paths, &unhedged);
            assert!(before[..=today] == after[..=today], "{}", kind.name);
            assert!(before[today + 1..] != after[today + 1..], "{} reads nothing", kind.name);
        }
    }

    #[test]
    fn signals_of_the_quoted_asset() {
        let experiment = shelf();
        let (facts, at) =
            (experiment.market.facts(), |name| SignalSpec::KINDS.iter().position(|kind| kind.name == name).unwrap());
        assert_eq!(facts.quoted(), 1);
        let mut worker = Worker::new(&experiment, &[], Keep::All);
        let paths = worker.simulate(0).clone();
        let read = |signal: &dyn Signal| {
            let mut out = vec![Row::default(); experiment.grid.rows()];
            signal.read(&alone(&paths, &Tables::default()), &mut out);
            out
        };
        let gap = read(&*experiment.signals[at("vix_minus_realized")]);
        let of_b: SignalSpec = serde_json::from_str(r#"{ "realized_vol": { "window": 21, "of": "B" } }"#).unwrap();
        let realized = read(&*of_b.only().unwrap().build(&known(facts)).unwrap());
        for ((gap, realized), vix) in gap.iter().zip(&realized).zip(paths.rows(Factor::Vix)) {
            assert_eq!(*gap, *vix - *realized);
        }
    }

    /// In the world without premia a signal believes its prices, not those of the world with them: it reads what the same
    /// words read in a market that was stated without premia, smoothed, ranked or plain.
    #[test]
    fn signals_believe_the_prices_of_their_world() {
        let experiment = shelf();
        let null = experiment.null_world().unwrap();
        let mut worker = Worker::new(&null, &[], Keep::All);
        let paths = worker.simulate(0).clone();
        let read = |signal: &dyn Signal| {
            let mut out = vec![Row::default(); null.grid.rows()];
            signal.read(&alone(&paths, &Tables::default()), &mut out);
            out
        };
        for text in [
            r#"{ "term_structure": { "of": "vix_3m" } }"#,
            r#"{ "crash_intensity": "filtered" }"#,
            r#"{ "percentile": { "of": { "term_structure": { "of": "vix_3m" } }, "window": 63 } }"#,
        ] {
            let spec: SignalSpec = serde_json::from_str(text).unwrap();
            let smooth: SmoothSpec = serde_json::from_str(r#"{ "ema": 5 }"#).unwrap();
            let build = |facts: &Facts| smooth.around(spec.only().unwrap().build(&known(facts)).unwrap()).unwrap();
            let (with, there) = (build(experiment.market.facts()), build(null.market.facts()));
            let moved = with.in_world(null.market.facts()).unwrap();
            assert!(read(&*moved) == read(&*there), "{text}");
            assert!(read(&*moved) != read(&*with), "{text}");
        }
        let vix: SignalSpec = serde_json::from_str(r#"{ "vix": {} }"#).unwrap();
        let vix = vix.only().unwrap().build(&known(null.market.facts())).unwrap();
        assert!(vix.in_world(null.market.facts()).is_none());
    }

    /// What a signal looks up is asked for through the signals around it.
    #[test]
    fn what_is_inside_is_looked_up_as_well() {
        let experiment = shelf();
        let text = r#"{ "percentile": { "of": { "term_structure": { "of": "futures" } }, "window": 63 } }"#;
        let spec: SignalSpec = serde_json::from_str(text).unwrap();
        let smooth: SmoothSpec = serde_json::from_str(r#"{ "ema": 5 }"#).unwrap();
        let signal = smooth.around(spec.only().unwrap().build(&known(experiment.market.facts())).unwrap()).unwrap();
        let mut needs = Needs::default();
        signal.needs(&mut needs);
        assert!(needs != Needs::default());
    }

    #[test]
    fn real_history_is_refused_where_a_law_is_needed() {
        let experiment = shelf();
        let history = Facts { laws: None, regimes: Vec::new(), ..experiment.market.facts().clone() };
        let refused = |text: &str| {
            let spec: SignalSpec = serde_json::from_str(text).unwrap();
            spec.only().unwrap().build(&known(&history)).err().map(|refusal| refusal.to_string())
        };
        assert_eq!(
            refused(r#"{ "term_structure": { "of": "vix_3m" } }"#).unwrap(),
            "of: needs a simulated market: real history has neither regimes nor a law of prices"
        );
        assert_eq!(refused(r#"{ "regime": "oracle" }"#).unwrap(), "real history has no hidden regime to know");
        assert_eq!(
            refused(r#"{ "crash_intensity": "filtered" }"#).unwrap(),
            "`filtered` needs a simulated market with one law of prices: real history has neither regimes nor a law of prices"
        );
        assert_eq!(refused(r#"{ "vix_minus_realized": { "window": 21 } }"#), None);
    }
}

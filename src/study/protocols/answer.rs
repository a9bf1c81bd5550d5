//! What the picks of all protocols came to: tables, a sentence, and everything for a machine.

use super::Protocols;
use crate::stats::estimate::Estimate;
use crate::stats::quantile;
use crate::study::combinatorial::switched_off;
use crate::study::question::{Answer, Cell, Table, to_json, told};
use crate::study::trials::Grid;
use crate::study::trials::population::{GridTruth, beside, regret};
use crate::study::trials::protocol::Protocol;
use serde_json::{Map, Value, json};

/// What a protocol's picks are worth, over histories.
pub(super) struct Outcome {
    /// True value less that of the untuned rule.
    pub(super) gain: Option<Estimate>,
    /// True value of the best member less that of the pick.
    pub(super) regret: Option<Estimate>,
    /// Quantiles of the gain: 5, 50 and 95 %.
    spread: Option<Vec<f64>>,
    /// Quantiles of the gain that make a box.
    pub(super) range: Option<[f64; 5]>,
    /// Quantiles of the regret: 5, 50 and 95 %.
    regrets: Option<Vec<f64>>,
    /// Share of histories whose pick is truly worse than the untuned rule.
    worse: Option<f64>,
}

/// Quantiles that show a spread.
const SPREAD: [f64; 3] = [0.05, 0.5, 0.95];

/// Quantiles of a box.
const RANGE: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

impl Outcome {
    pub(super) fn of(truth: &GridTruth, picks: &[usize]) -> Self {
        let over = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
            picks.iter().map(|pick| of(*pick)).filter(|x| x.is_finite()).collect()
        };
        let mut gains = over(&|pick| truth.value(pick) - truth.value(0));
        let mut regrets = over(&|pick| truth.value(truth.best()) - truth.value(pick));
        let worse = gains.iter().filter(|gain| **gain < 0.0).count() as f64 / gains.len() as f64;
        Self {
            gain: beside(truth, picks, 0),
            regret: regret(truth, picks),
            worse: Some(worse).filter(|worse| worse.is_finite()),
            range: quantile::quantiles(&mut gains, &RANGE).and_then(|range| range.try_into().ok()),
            spread: quantile::quantiles(&mut gains, &SPREAD),
            regrets: quantile::quantiles(&mut regrets, &SPREAD),
        }
    }
}

/// What was found for one grid.
pub(super) struct Found<'t> {
    pub(super) of: &'t Grid,
    /// Share of histories of the longest length whose in-sample choice each member is.
    pub(super) picked: Vec<f64>,
    pub(super) name: String,
    pub(super) truth: &'t GridTruth,
    pub(super) names: Vec<String>,
    /// `[length][protocol]`.
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// Share of histories of the longest length whose in-sample choice holds least of the grid.
    pub(super) least: Option<Estimate>,
}

impl Protocols {
    pub(super) fn conclude(&self, found: &[Found<'_>], histories: usize) -> Answer {
        let (scale, unit) = self.objective.shown();
        let mut tables = Vec::new();
        for grid in found {
            let title = |what: &str| {
                format!("{}, {} members: {what}, {unit}, by years of history", grid.name, grid.names.len())
            };
            tables.push(self.table(grid, title("true value of the pick less that of the untuned rule"), |o| {
                Cell::Difference(o.gain, scale)
            }));
            tables.push(self.table(grid, title("what the pick loses against the truly best member"), |o| {
                Cell::Number(o.regret, scale)
            }));
            tables.push(self.spread(grid, scale));
        }
        let protocols: Vec<String> =
            Protocol::ALL.iter().map(|protocol| format!("{}: {}", protocol.name(), protocol.words())).collect();
        let mut notes = vec![format!(
            "Chosen by {} on {histories} histories; the truth is the value over {} other paths. Errors count both; the truly best \
             member is found on one half of them and valued on the other. {}.{}",
            self.objective.name(),
            self.truth,
            protocols.join("; "),
            self.objective.caution()
        )];
        if found.iter().any(|grid| grid.truth.mix.is_none()) {
            notes.push(
                "The mix has no value here: the Sharpe ratio of a mix does not follow from those of its parts."
                    .to_owned(),
            );
        }
        notes.extend(found.iter().filter_map(|grid| grid.truth.warning(&grid.name)));
        notes.extend(found.iter().filter_map(|grid| switched_off(&grid.name, grid.least.as_ref())));
        Answer {
            name: "protocols",
            tables,
            notes,
            closing: found.iter().map(|grid| self.sentence(grid)).collect::<Vec<_>>().join(" "),
            figures: Vec::new(),
            json: json!({
                "choose_by": self.objective,
                "unit": self.objective.unit(),
                "years": self.years,
                "truth_paths": self.truth,
                "rules": found.iter().map(|grid| (grid.name.clone(), self.json(grid))).collect::<Map<_, _>>(),
            }),
        }
    }

    fn head(&self) -> Vec<String> {
        std::iter::once("protocol".to_owned()).chain(self.years.iter().map(|years| format!("{years} y"))).collect()
    }

    fn table(&self, grid: &Found<'_>, title: String, of: impl Fn(&Outcome) -> Cell) -> Table {
        let row = |(i, protocol): (usize, &Protocol)| {
            let cells = grid.outcomes.iter().map(|length| of(&length[i])).collect();
            (protocol.name().to_owned(), cells)
        };
        let rows = Protocol::ALL.iter().enumerate();
        Table { title, head: self.head(), rows: rows.map(row).collect() }
    }

    /// How the gain of each protocol spreads over histories of the longest length.
    fn spread(&self, grid: &Found<'_>, scale: f64) -> Table {
        let last = self.years.len() - 1;
        let row = |(i, protocol): (usize, &Protocol)| {
            let outcome = &grid.outcomes[last][i];
            let text = |x: Option<f64>| Cell::Text(x.map_or("-".to_owned(), |x| format!("{:.3}", x * scale)));
            let quantile = |at: usize| text(outcome.spread.as_ref().map(|spread| spread[at]));
            let worse = Cell::Text(outcome.worse.map_or("-".to_owned(), |worse| format!("{:.0}", 100.0 * worse)));
            (protocol.name().to_owned(), vec![quantile(0), quantile(1), quantile(2), worse])
        };
        Table {
            title: format!("{}: spread of that gain over histories of {} years", grid.name, self.years[last]),
            head: ["protocol", "5 %", "median", "95 %", "% truly worse"].map(str::to_owned).to_vec(),
            rows: Protocol::ALL.iter().enumerate().map(row).collect(),
        }
    }

    fn sentence(&self, grid: &Found<'_>) -> String {
        let (scale, unit) = self.objective.shown();
        let place = |protocol: Protocol| Protocol::ALL.iter().position(|known| *known == protocol).unwrap_or(0);
        let tuned = place(Protocol::InSample);
        let pays = |outcome: &Outcome| outcome.gain.is_some_and(|gain| gain.ci_low.is_some_and(|low| low > 0.0));
        // The first length from which on every longer one pays as well.
        let paying = (0..self.years.len()).rev().take_while(|length| pays(&grid.outcomes[*length][tuned])).count();
        let first = (paying > 0).then(|| self.years.len() - paying);
        let when = match first {
            Some(length) => format!("tuning pays from histories of {} years on", self.years[length]),
            None => {
                format!("tuning is not shown to pay on histories of up to {} years", self.years[self.years.len() - 1])
            }
        };
        let last = &grid.outcomes[self.years.len() - 1];
        let regret = |i: usize| last[i].regret.map_or(f64::INFINITY, |regret| regret.value);
        let least = (0..last.len()).min_by(|a, b| regret(*a).total_cmp(&regret(*b))).unwrap_or(0);
        format!(
            "Protocols, {}: {when} (in-sample choice against the untuned rule: {} {unit} at {} years); least regret at {} years: \
             {}, {}.",
            grid.name,
            told(last[tuned].gain.as_ref(), scale),
            self.years[self.years.len() - 1],
            self.years[self.years.len() - 1],
            Protocol::ALL[least].name(),
            told(last[least].regret.as_ref(), scale)
        )
    }

    fn json(&self, grid: &Found<'_>) -> Value {
        let outcome = |outcome: &Outcome| {
            json!({
                "gain": to_json(outcome.gain.as_ref()),
                "regret": to_json(outcome.regret.as_ref()),
                "gain_quantiles": outcome.spread,
                "regret_quantiles": outcome.regrets,
                "share_truly_worse": outcome.worse,
            })
        };
        let of_length = |(years, list): (&usize, &Vec<Outcome>)| {
            let protocols: Map<String, Value> =
                Protocol::ALL.iter().zip(list).map(|(p, o)| (p.name().to_owned(), outcome(o))).collect();
            (years.to_string(), Value::Object(protocols))
        };
        let members = grid.names.iter().zip(&grid.truth.members);
        json!({
            "true_values": members.map(|(name, truth)| (name.clone(), json!(truth.value()))).collect::<Map<_, _>>(),
            "best": grid.names[grid.truth.best()],
            "by_years": self.years.iter().zip(&grid.outcomes).map(of_length).collect::<Map<_, _>>(),
        })
    }
}

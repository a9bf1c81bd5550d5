//! The realism card: a scenario's market beside history.
//!
//! A simulated market is run afresh, for long: 60 runs of 50 years after 2 years of burn-in, on a seed of its own. Two
//! judgements follow. The *facts* are means over runs, beside the target of the fit and the range that the calibrated
//! market showed in its reference simulation. The *statistics* are those of all ten-year stretches, beside the bands of
//! 1990-2022. Limits first: stretches of one run are counted as independent, which they nearly are; and the paths start
//! where the scenario says, which two years of burn-in wash out only if the regimes do not last longer.

use crate::draws::Source;
use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::lanes::WIDTH;
use crate::market::{Factor, Market, PathBlock};
use crate::memory;
use crate::report::layout::{count, figure, item, number, table};
use crate::scenario::resolve::Plan;
use crate::study::realism::{
    Band, DecisiveVerdict, FACTS, Fact, Gate, Lean, Statistic, Verdict, decisive, decisive_verdicts, facts, judge,
    lean_sentence, statistics, stress_share,
};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seed of the realism runs, unless the scenario has the same.
const SEED: u64 = 20_260_101;

/// Simulated runs.
pub const RUNS: usize = 60;

/// Years of a run.
pub const YEARS: usize = 50;

/// Years before a run that are thrown away.
pub const BURN_IN: usize = 2;

/// Years of a stretch.
pub const STRETCH: usize = 10;

const YEAR: usize = DAYS_PER_YEAR as usize;

/// A seed that is not the scenario's: the market is judged on paths of its own.
pub fn fresh_seed(plan: &Plan) -> u64 {
    if plan.experiment.seed == SEED { SEED + 1 } else { SEED }
}

/// A fact over the runs.
#[derive(Clone, Copy, Debug)]
pub struct FactRow {
    /// The fact, its target and its reference.
    pub fact: &'static Fact,
    /// Runs that carry it.
    pub n: usize,
    /// Mean over the runs that carry it.
    pub mean: Option<f64>,
    /// Standard error of the mean.
    pub error: Option<f64>,
}

impl FactRow {
    /// Is the mean inside the 10 % to 90 % range of the reference simulation? Nothing for a fact that is not judged.
    pub fn inside(&self) -> Option<bool> {
        self.mean.filter(|_| self.fact.judged).map(|mean| self.fact.holds(mean))
    }
}

/// The card.
#[derive(Clone, Debug)]
pub struct RealismReport {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the asset whose closes are judged.
    pub asset: String,
    /// Seed of the runs; none for a real path.
    pub seed: Option<u64>,
    /// First and last day of a real path.
    pub span: Option<(String, String)>,
    /// Rows of each run, burn-in excluded.
    pub days: usize,
    /// Runs.
    pub runs: usize,
    /// Ten-year stretches that are set beside the bands (a real path: 1, the whole of it).
    pub stretches: usize,
    /// Facts, in the order of [`FACTS`].
    pub facts: Vec<FactRow>,
    /// Statistics, in the order of the bands.
    pub verdicts: Vec<Verdict>,
    /// The statistics that decide for or against dynamic hedges.
    pub decisive: Vec<DecisiveVerdict>,
}

/// What one run leaves.
struct Run {
    facts: Vec<Statistic>,
    statistics: Vec<Vec<Statistic>>,
    decisive: Vec<Vec<Statistic>>,
}

impl Run {
    fn of(spot: &[f64], vix: &[f64], stretch: usize, rate: f64, dividend: f64) -> Self {
        let stretches = || spot.chunks_exact(stretch).zip(vix.chunks_exact(stretch));
        Self {
            facts: facts(spot, vix, rate, dividend),
            statistics: stretches().map(|(spot, vix)| statistics(spot, vix)).collect(),
            decisive: stretches().map(|(spot, vix)| decisive(spot, vix)).collect(),
        }
    }
}

/// Makes the card. `progress` hears how many runs of how many are done; threads: 0 is one a core. For a real path the
/// seed and the threads are not used.
///
/// # Errors
/// A sentence when the threads cannot be started.
pub fn realism(
    plan: &Plan,
    seed: u64,
    threads: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<RealismReport, String> {
    let market = plan.experiment.market.as_ref();
    let asset = vix_asset(plan);
    let (runs, seed) = if plan.history {
        let rows = plan.experiment.grid.rows();
        let (spot, vix, _) = columns(market, 0, 0, plan.experiment.grid, asset)?.swap_remove(0);
        let facts = market.facts();
        let run = Run::of(&spot, &vix, rows, facts.rate, facts.dividend);
        progress(1, 1);
        (vec![run], None)
    } else {
        (simulated(market, seed, threads, asset, progress)?, Some(seed))
    };
    let collect =
        |of: fn(&Run) -> &Vec<Vec<Statistic>>| -> Vec<Vec<Statistic>> { runs.iter().flat_map(of).cloned().collect() };
    let stretches = collect(|run| &run.statistics);
    let calendar = market.calendar();
    Ok(RealismReport {
        scenario: plan.name.clone(),
        asset: market.facts().assets[asset].clone(),
        seed,
        span: calendar.and_then(|days| Some((days.first()?.clone(), days.last()?.clone()))),
        days: if plan.history { plan.experiment.grid.rows() } else { YEARS * YEAR },
        runs: runs.len(),
        stretches: stretches.len(),
        facts: FACTS.iter().map(|fact| row(fact, &runs)).collect(),
        verdicts: judge(&stretches),
        decisive: decisive_verdicts(&collect(|run| &run.decisive)),
    })
}

/// The asset whose VIX is quoted: closes and VIX must belong together.
fn vix_asset(plan: &Plan) -> usize {
    let market = &plan.raw.market;
    let named = market.regime_svj.as_ref().and_then(|spec| spec.vix_of.as_ref());
    let named = named.or_else(|| market.regime_lognormal.as_ref().and_then(|spec| spec.vix_of.as_ref()));
    named.and_then(|name| plan.raw.portfolio.assets.names().iter().position(|known| known == name)).unwrap_or(0)
}

fn row(fact: &'static Fact, runs: &[Run]) -> FactRow {
    let carried: Vec<f64> =
        runs.iter().filter_map(|run| run.facts.iter().find(|(name, _)| *name == fact.name)?.1).collect();
    let n = carried.len();
    let mean = (n > 0).then(|| carried.iter().sum::<f64>() / n as f64);
    let error = mean.filter(|_| n > 1).map(|mean| {
        let variance = carried.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        (variance / n as f64).sqrt()
    });
    FactRow { fact, n, mean, error }
}

fn simulated(
    market: &dyn Market,
    seed: u64,
    threads: usize,
    asset: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Run>, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| format!("cannot start {threads} threads: {error}"))?;
    let grid = TimeGrid::new((BURN_IN + YEARS) * YEAR, BURN_IN * YEAR)?;
    let known = market.facts();
    let done = AtomicUsize::new(0);
    let groups: Vec<Result<Vec<Run>, String>> = pool.install(|| {
        (0..RUNS.div_ceil(WIDTH))
            .into_par_iter()
            .map(|group| {
                let wanted = WIDTH.min(RUNS - group * WIDTH);
                let columns = columns(market, seed, (group * WIDTH) as u64, grid, asset)?;
                let one = |(spot, vix, regimes): &(Vec<f64>, Vec<f64>, Vec<usize>)| {
                    let mut run = Run::of(spot, vix, STRETCH * YEAR, known.rate, known.dividend);
                    let stress = known.regimes.len().checked_sub(1).filter(|k| *k > 0);
                    run.facts.push(("occ_stress", stress.and_then(|k| stress_share(regimes, k))));
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, RUNS);
                    run
                };
                Ok(columns[..wanted].iter().map(one).collect())
            })
            .collect()
    });
    memory::give_back();
    let mut runs = Vec::with_capacity(RUNS);
    for group in groups {
        runs.extend(group?);
    }
    Ok(runs)
}

/// Closes, VIX and regimes of eight paths from the first evaluated row on (a real path: of all rows).
#[expect(clippy::type_complexity, reason = "three columns of one path, read once")]
fn columns(
    market: &dyn Market,
    seed: u64,
    first: u64,
    grid: TimeGrid,
    asset: usize,
) -> Result<Vec<(Vec<f64>, Vec<f64>, Vec<usize>)>, String> {
    let mut paths = PathBlock::of(grid.rows(), market.facts());
    market.simulate(Source::independent(seed), first, grid, &mut paths);
    let from = if market.calendar().is_some() { 0 } else { grid.first() };
    let lanes = if market.calendar().is_some() { 1 } else { WIDTH };
    let column = |factor: Factor, lane: usize| paths.rows(factor)[from..].iter().map(move |row| row.0[lane]);
    let mut list = Vec::with_capacity(lanes);
    for lane in 0..lanes {
        let (spot, vix): (Vec<f64>, Vec<f64>) =
            column(Factor::Spot(asset), lane).zip(column(Factor::Vix, lane)).unzip();
        if !spot.iter().chain(&vix).all(|x| x.is_finite()) {
            return Err(format!("path {} of the market is not finite", first + lane as u64));
        }
        list.push((spot, vix, column(Factor::Regime, lane).map(|k| k as usize).collect()));
    }
    Ok(list)
}

impl RealismReport {
    /// Judged facts whose mean is inside the reference range, and judged facts that have a mean.
    pub fn facts_inside(&self) -> (usize, usize) {
        let judged: Vec<bool> = self.facts.iter().filter_map(FactRow::inside).collect();
        (judged.iter().filter(|inside| **inside).count(), judged.len())
    }

    /// Statistics inside their range, and statistics that are defined.
    pub fn statistics_inside(&self) -> (usize, usize) {
        let judged: Vec<bool> = self.verdicts.iter().filter_map(|verdict| verdict.passes).collect();
        (judged.iter().filter(|passes| **passes).count(), judged.len())
    }

    /// In which respects the world is kinder or harsher to dynamic hedges than history was. A single path has no
    /// standard error, so nothing can be said of it.
    pub fn lean(&self) -> Option<String> {
        (self.stretches > 1).then(|| lean_sentence(&self.decisive))
    }

    /// The card in words and tables, at most 100 columns wide.
    pub fn text(&self) -> String {
        let mut out = self.head();
        out.push_str(&self.facts_text());
        out.push_str(&self.bands_text());
        out
    }

    fn head(&self) -> String {
        let title = format!("Realism of {}", self.scenario);
        let what = match (&self.span, self.seed) {
            (Some((from, to)), _) => format!(
                "One real path, {} days from {from} to {to}: closes of {} and the VIX. Every number below is of this path (n = 1).",
                count(self.days as u64),
                self.asset
            ),
            (None, seed) => format!(
                "{} runs of {} years after {BURN_IN} years of burn-in, with the fresh seed {}: closes of {} and the VIX.",
                self.runs,
                self.days / YEAR,
                seed.unwrap_or(0),
                self.asset
            ),
        };
        format!("{title}\n\n{}\n", item("", &what))
    }

    fn facts_text(&self) -> String {
        let (inside, judged) = self.facts_inside();
        let value = if self.seed.is_some() { "mean" } else { "value" };
        let mut rows = vec![["fact", value, "s.e.", "target", "p10..p90", "", "n"].map(str::to_owned).to_vec()];
        for row in &self.facts {
            let Fact { label, unit, target, p10, p90, .. } = *row.fact;
            let shown = |x: Option<f64>| x.map_or("-".to_owned(), figure);
            let mark = match row.inside() {
                Some(true) => "inside",
                Some(false) => "OUTSIDE",
                None if row.mean.is_some() => "fixed",
                None => "",
            };
            rows.push(vec![
                if short_unit(unit).is_empty() { label.to_owned() } else { format!("{label}, {}", short_unit(unit)) },
                shown(row.mean),
                row.error.map_or(String::new(), two_digits),
                target.to_owned(),
                format!("{}..{}", figure(p10), figure(p90)),
                mark.to_owned(),
                row.n.to_string(),
            ]);
        }
        let explain = format!(
            "{inside} of {judged} facts inside p10..p90, which the calibrated market showed in its own reference simulation (60 \
             runs of 50 years): that is a check of this simulator. target: what history asks for. How near history the \
             world is stands below. Counts and extremes grow with the length of a path.",
        );
        format!("Facts\n{}\n{}\n", table(&rows), item("  ", &explain))
    }

    fn bands_text(&self) -> String {
        let (inside, judged) = self.statistics_inside();
        let what = if self.seed.is_some() {
            format!("the median of {} ten-year stretches beside the bands of 1990-2022", count(self.stretches as u64))
        } else {
            format!(
                "the whole path ({} years) beside the bands of 1990-2022, which are made for ten years",
                number(self.years())
            )
        };
        let mut out = format!(
            "Statistics\n{}",
            item("  ", &format!("{inside} of {judged} inside: {what} (n = {}).", self.stretches))
        );
        let missing = self.verdicts.iter().filter(|verdict| verdict.passes.is_none()).count();
        if missing > 0 {
            out.push_str(&item("  ", &format!("{missing} cannot be computed on any stretch (n = 0).")));
        }
        let outside: Vec<&Verdict> = self.verdicts.iter().filter(|verdict| verdict.passes == Some(false)).collect();
        if !outside.is_empty() {
            out.push_str("  Outside:\n");
        }
        for verdict in outside {
            out.push_str(&item("  - ", &sentence(verdict, false)));
        }
        out.push_str("\nWhat decides for or against dynamic hedges\n");
        for one in &self.decisive {
            let lean = match one.lean.filter(|_| self.stretches > 1) {
                Some(Lean::Kinder) => "; KINDER to dynamic hedges",
                Some(Lean::Harsher) => "; HARSHER to dynamic hedges",
                Some(Lean::Like) => "; like history",
                None => "",
            };
            out.push_str(&item("  - ", &format!("{}{lean}", sentence(&one.verdict, true))));
        }
        if let Some(lean) = self.lean() {
            out.push_str(&item("  ", &lean));
        }
        out
    }

    fn years(&self) -> f64 {
        ((self.days - 1) as f64 / DAYS_PER_YEAR * 10.0).round() / 10.0
    }

    /// The card as data.
    pub fn json(&self) -> Value {
        let facts: Vec<Value> = self
            .facts
            .iter()
            .map(|row| {
                json!({
                    "name": row.fact.name, "label": row.fact.label, "unit": row.fact.unit, "target": row.fact.target,
                    "mean": row.mean, "standard_error": row.error, "n": row.n,
                    "reference": { "mean": row.fact.mean, "p10": row.fact.p10, "p90": row.fact.p90 },
                    "judged": row.fact.judged, "inside": row.inside(),
                })
            })
            .collect();
        let verdict = |verdict: &Verdict| {
            let Band { name, label, unit, history, boot, rolling, rolling_median } = *verdict.band;
            json!({
                "name": name, "label": label, "unit": unit, "n": verdict.carried, "stretches": verdict.paths,
                "median": verdict.median, "mean": verdict.mean, "standard_error": verdict.standard_error,
                "history": history, "bootstrap": boot, "ten_year_range": rolling, "ten_year_median": rolling_median,
                "judged_by": match verdict.band.gate() { Gate::Bootstrap => "bootstrap", Gate::Rolling => "ten_year_range" },
                "share_inside_ten_year_range": verdict.share_inside, "inside": verdict.passes,
            })
        };
        let decisive: Vec<Value> = self
            .decisive
            .iter()
            .map(|one| {
                let mut value = verdict(&one.verdict);
                value["lean"] = json!(one.lean.filter(|_| self.stretches > 1).map(|lean| match lean {
                    Lean::Kinder => "kinder",
                    Lean::Like => "like",
                    Lean::Harsher => "harsher",
                }));
                value
            })
            .collect();
        let (facts_inside, facts_judged) = self.facts_inside();
        let (inside, judged) = self.statistics_inside();
        json!({
            "scenario": self.scenario, "asset": self.asset, "seed": self.seed, "span": self.span,
            "runs": self.runs, "days": self.days, "stretches": self.stretches,
            "facts_inside": facts_inside, "facts_judged": facts_judged,
            "statistics_inside": inside, "statistics_judged": judged,
            "facts": facts,
            "statistics": self.verdicts.iter().map(verdict).collect::<Vec<Value>>(),
            "decisive": decisive,
            "lean": self.lean(),
        })
    }
}

/// One statistic beside its band, in a sentence; decisive ones are judged by their mean.
fn sentence(verdict: &Verdict, by_mean: bool) -> String {
    let Band { label, unit, history, rolling, boot, .. } = *verdict.band;
    let (Some(median), Some(mean)) = (verdict.median, verdict.mean) else {
        return format!("{label}: undefined (n = 0 of {})", verdict.paths);
    };
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let value = match (verdict.carried, by_mean, verdict.standard_error) {
        (1, ..) => number(median),
        (_, true, Some(error)) => format!("mean {} ± {}", number(mean), number(error)),
        (_, true, None) => format!("mean {}", number(mean)),
        (_, false, _) => format!("median {}", number(median)),
    };
    let (name, (low, high)) = match (by_mean, boot) {
        (true, Some(boot)) => ("bootstrap band", boot),
        (true, None) => ("ten-year range", rolling),
        (false, _) => (
            if verdict.band.gate() == Gate::Bootstrap { "bootstrap band" } else { "ten-year range" },
            verdict.band.range(),
        ),
    };
    format!(
        "{label}: {value}{unit}, history {}, {name} {}..{} (n = {})",
        number(history),
        number(low),
        number(high),
        verdict.carried
    )
}

fn short_unit(unit: &str) -> &str {
    match unit {
        "points" => "pts",
        "share of peak" => "share",
        "percent" => "%",
        "percent a year" => "% a year",
        "per year" => "a year",
        // A Sharpe ratio is always annual here, and a label that begins with its unit needs no other.
        "per root year" | "years" => "",
        other => other,
    }
}

/// A standard error: two significant digits, at most four decimals.
fn two_digits(x: f64) -> String {
    if x == 0.0 {
        return figure(x);
    }
    let places = (1 - x.log10().floor() as i32).clamp(0, 4) as usize;
    format!("{x:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::layout::WIDTH as COLUMNS;
    use crate::scenario::load;

    /// The sample is a real path: no seed, no lean, every number of one path, and the reference values of its calendar.
    #[test]
    fn a_real_path_is_set_beside_the_bands() {
        let plan = load(std::path::Path::new("scenarios/history-sample.yaml"), &[])
            .unwrap_or_else(|error| panic!("{error}"))
            .plan;
        let report = realism(&plan, 1, 1, &|done, of| assert_eq!((done, of), (1, 1))).unwrap();
        assert_eq!((report.runs, report.stretches, report.days, report.seed), (1, 1, 1_257, None));
        assert_eq!(report.span, Some(("2014-01-03".to_owned(), "2018-12-31".to_owned())));
        assert!(report.lean().is_none() && report.json()["lean"].is_null());
        let highest = report.facts.iter().find(|row| row.fact.name == "vix_max").unwrap();
        assert_eq!((highest.mean, highest.error, highest.n), (Some(40.74), None, 1));
        assert!(report.text().lines().all(|line| line.chars().count() <= COLUMNS));
    }

    #[test]
    fn the_card_is_narrow_says_n_and_does_not_depend_on_threads() {
        let plan = load(std::path::Path::new("scenarios/black-scholes.yaml"), &[])
            .unwrap_or_else(|error| panic!("{error}"))
            .plan;
        let heard = AtomicUsize::new(0);
        let hear = |_, of| {
            assert_eq!(of, RUNS);
            heard.fetch_add(1, Ordering::Relaxed);
        };
        let report = realism(&plan, fresh_seed(&plan), 1, &hear).unwrap();
        assert_eq!(heard.load(Ordering::Relaxed), RUNS);
        let text = report.text();
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS));
        assert!(text.matches("(n = ").count() > DECIDING && !text.contains("NaN"));
        assert_eq!(text, realism(&plan, fresh_seed(&plan), 3, &|_, _| {}).unwrap().text());
        // Constant variance: the VIX stands still, and what cannot be computed is said so.
        let mean = report.facts.iter().find(|row| row.fact.name == "vix_mean").unwrap();
        assert!(mean.mean.is_some_and(|x| (x - 20.0).abs() < 1e-9));
        let ar1 = report.facts.iter().find(|row| row.fact.name == "ar1").unwrap();
        assert_eq!((ar1.n, ar1.mean, ar1.inside()), (0, None, None));
    }

    const DECIDING: usize = crate::study::realism::DECISIVE.len();
}

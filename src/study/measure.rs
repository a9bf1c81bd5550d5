//! From the rows of a rule to its metrics, each with its error.
//!
//! Errors are clustered by path: days, years and crashes of one path may depend on each other as they like. Metrics that
//! are sums over days are means over paths; ratios (HER, Sharpe) are ratios of sums; expected shortfall is that of all
//! years of all paths. A metric of one rule and the same of another on the same paths can be subtracted path by path,
//! because each carries what every path contributes to its error.

use crate::draws::Replicates;
use crate::engine::{Outcome, PathColumn};
use crate::grid::DAYS_PER_YEAR;
use crate::metrics::tally::Column;
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::sharpe::{PathSums, PooledSharpe};
use crate::stats::{influence, quantile, shortfall};
use std::borrow::Cow;

/// Share of the worst years in expected shortfall.
pub const TAIL: f64 = 0.05;

/// Share of effective paths below which metrics of whole paths are not told under importance sampling.
pub const FAIR_SHARE: f64 = 0.5;

/// Basis points in one.
const BP: f64 = 1e4;

/// A number with what each path contributes to its error.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Contributions of the paths, which sum to zero.
    pub psi: Vec<f64>,
    /// Paths that contribute anything.
    pub contributing: u64,
    /// Which paths depend on each other.
    pub replicates: Replicates,
}

impl Measured {
    /// Of independent paths.
    const fn alone(value: f64, psi: Vec<f64>, contributing: u64) -> Self {
        Self { value, psi, contributing, replicates: Replicates::Paths }
    }

    /// A number that is known.
    pub fn known(value: f64, paths: usize) -> Self {
        Self::alone(value, vec![0.0; paths], 0)
    }

    /// Mean over paths of `of(path)`.
    pub fn mean(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let value = values.iter().sum::<f64>() / n;
        let psi = values.iter().map(|x| (x - value) / n).collect();
        value.is_finite().then_some(Self::alone(value, psi, values.len() as u64))
    }

    /// Ratio of two sums over paths; none unless the lower is positive.
    pub fn ratio(above: &[f64], below: &[f64]) -> Option<Self> {
        let ratio = crate::stats::ratio::Ratio::of(above, below)?;
        let contributing = above.iter().zip(below).filter(|(a, b)| **a != 0.0 || **b != 0.0).count() as u64;
        Some(Self::alone(ratio.value(), ratio.psi().to_vec(), contributing))
    }

    /// Expected shortfall of the worst [`TAIL`] of all years: a P&L, usually negative.
    pub fn shortfall(yearly: &[f64], years: usize) -> Option<Self> {
        let found = shortfall::shortfall(yearly, TAIL)?;
        let each = shortfall::influence(yearly, TAIL)?;
        let n = yearly.len() as f64;
        let psi: Vec<f64> = influence::sum_clusters(&each, years)?.iter().map(|x| x / n).collect();
        let contributing = psi.len() as u64;
        Some(Self::alone(found.es, psi, contributing))
    }

    /// Annualised Sharpe ratio of all days of all paths.
    pub fn sharpe(sums: &[f64], squares: &[f64], days: usize) -> Option<Self> {
        let paths: Vec<PathSums> = sums
            .iter()
            .zip(squares)
            .map(|(sum, squares)| PathSums { n: days as u64, sum: *sum, squares: *squares })
            .collect();
        let pooled = PooledSharpe::of(&paths)?;
        let root = DAYS_PER_YEAR.sqrt();
        let psi: Vec<f64> = pooled.psi().iter().map(|x| x * root).collect();
        let contributing = psi.len() as u64;
        Some(Self::alone(pooled.per_period() * root, psi, contributing))
    }

    /// `a` times this plus `b` times the other, path by path.
    pub fn combine(&self, a: f64, other: &Self, b: f64) -> Self {
        let psi = self.psi.iter().zip(&other.psi).map(|(x, y)| a * x + b * y).collect();
        let contributing = self.contributing.max(other.contributing);
        Self { value: a * self.value + b * other.value, psi, contributing, ..*self }
    }

    /// This minus the other, path by path.
    pub fn minus(&self, other: &Self) -> Self {
        self.combine(1.0, other, -1.0)
    }

    /// This times a number.
    pub fn times(&self, factor: f64) -> Self {
        Self { value: self.value * factor, psi: self.psi.iter().map(|x| x * factor).collect(), ..*self }
    }

    /// Of paths that depend on each other like this.
    #[must_use]
    pub const fn over(mut self, replicates: Replicates) -> Self {
        self.replicates = replicates;
        self
    }

    /// Contributions of independent groups of paths, and how many contribute.
    fn groups(&self) -> (Cow<'_, [f64]>, u64) {
        if self.replicates == Replicates::Paths {
            return (Cow::Borrowed(&self.psi), self.contributing);
        }
        let most = self.replicates.count(self.psi.len()) as u64;
        (Cow::Owned(self.replicates.sums(&self.psi)), self.contributing.min(most))
    }

    /// Value with error and interval.
    pub fn estimate(&self, method: &'static str) -> Option<Estimate> {
        let (psi, contributing) = self.groups();
        influence::estimate(self.value, &psi, contributing, LEVEL, method)
    }

    /// Standard error.
    pub fn se(&self) -> Option<f64> {
        let (psi, contributing) = self.groups();
        influence::standard_error(&psi, contributing)
    }
}

/// Mean of the numbers that are defined, one a path.
pub fn mean_over_paths(values: impl Iterator<Item = f64>) -> Option<Estimate> {
    let defined: Vec<f64> = values.filter(|x| x.is_finite()).collect();
    Measured::mean(&defined).and_then(|mean| mean.estimate("mean over paths"))
}

/// A named metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Name; those of the reference vectors where they exist there.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Estimate; none where it is not defined.
    pub estimate: Option<Estimate>,
    /// How it spreads over paths, where that is asked for.
    pub spread: Option<Spread>,
}

/// Distribution over paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Paths with a value.
    pub n: u64,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Quantiles with order-statistic intervals.
    pub quantiles: Vec<(f64, Estimate)>,
}

/// Quantiles that are reported.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.50, 0.75, 0.95];

impl Spread {
    /// Of the values that are defined.
    pub fn of(values: &[f64]) -> Option<Self> {
        let defined: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        if defined.is_empty() {
            return None;
        }
        let quantiles = QUANTILES
            .iter()
            .filter_map(|p| quantile::quantile_interval(&defined, *p, LEVEL).map(|q| (*p, q)))
            .collect();
        Some(Self { n: defined.len() as u64, sd: crate::stats::moments::sd(&defined), quantiles })
    }
}

/// The rows of one rule, read as metrics.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The run.
    pub outcome: &'a Outcome,
    /// Slot of the rule.
    pub rule: usize,
    /// Evaluated days.
    pub days: usize,
}

impl<'a> Rows<'a> {
    /// A column over the paths.
    pub fn column(&self, column: Column) -> &'a [f64] {
        self.outcome.table.column(self.rule, column)
    }

    /// A number of these rows with the error that belongs to how their paths were drawn, control variates taken out.
    pub fn settle(&self, measured: Option<Measured>) -> Option<Measured> {
        let mut measured = measured?.over(self.outcome.replicates);
        if let Some(controls) = self.outcome.controls.get(self.rule) {
            controls.adjust(&mut measured.value, &mut measured.psi);
        }
        Some(measured)
    }

    /// Mean over paths.
    pub fn mean(&self, values: &[f64]) -> Option<Measured> {
        self.settle(Measured::mean(values))
    }

    /// Ratio of two sums over paths.
    pub fn ratio(&self, above: &[f64], below: &[f64]) -> Option<Measured> {
        self.settle(Measured::ratio(above, below))
    }

    /// Evaluated years.
    pub fn years(&self) -> f64 {
        self.days as f64 / DAYS_PER_YEAR
    }

    /// Net P&L of the hedge over all evaluated days, share of capital, by path.
    pub fn net(&self) -> Vec<f64> {
        let (mark, spread, fee) = (self.column(Column::Mark), self.column(Column::Spread), self.column(Column::Fee));
        (0..mark.len()).map(|i| mark[i] - spread[i] - fee[i]).collect()
    }

    /// Money lost a year in basis points of capital: the cost of every verdict.
    pub fn cost(&self) -> Option<Measured> {
        let per_year = -BP / self.years();
        self.mean(&self.net().iter().map(|net| net * per_year).collect::<Vec<_>>())
    }

    /// Half-spreads and fees, basis points of capital a year.
    pub fn transaction_cost(&self) -> Option<Measured> {
        let (scale, spread) = (BP / self.years(), self.column(Column::Spread));
        let paid = spread.iter().zip(self.column(Column::Fee)).map(|(spread, fee)| (spread + fee) * scale);
        self.mean(&paid.collect::<Vec<_>>())
    }

    /// HER: hedge gain read by `column` over the portfolio's loss to the trough.
    pub fn her(&self, column: Column, loss: PathColumn) -> Option<Measured> {
        self.ratio(self.column(column), self.outcome.path_column(loss))
    }

    /// The rows of single paths: these, or those of one path in each bundle.
    pub fn single(&self) -> Self {
        Self { outcome: self.outcome.single(), ..*self }
    }

    /// Returns of portfolio and hedge in all years of single paths; years of one path stand together.
    pub fn yearly(&self) -> Vec<f64> {
        self.single().outcome.table.yearly(self.rule)
    }

    /// Expected shortfall of yearly P&L on these paths, `[path][year]`; none where too few paths carry the weight.
    pub fn shortfall_of(&self, yearly: &[f64]) -> Option<Measured> {
        let outcome = self.outcome.single();
        let years = yearly.len() / outcome.paths.max(1);
        if outcome.weights.is_empty() {
            return self.settle(Measured::shortfall(yearly, years));
        }
        self.tells_whole_paths().then_some(())?;
        let weights: Vec<f64> =
            (0..outcome.paths).flat_map(|path| outcome.weights.iter().map(move |year| year[path])).collect();
        let (value, each) = shortfall::weighted(yearly, &weights, TAIL)?;
        let psi = influence::sum_clusters(&each, years)?;
        let contributing = psi.len() as u64;
        self.settle(Some(Measured::alone(value, psi, contributing)))
    }

    /// Do enough paths carry the weight for what is no sum over days?
    pub fn tells_whole_paths(&self) -> bool {
        self.outcome.single().effective_share() >= FAIR_SHARE
    }

    /// Expected shortfall of yearly P&L, share of capital.
    pub fn shortfall(&self) -> Option<Measured> {
        self.shortfall_of(&self.yearly())
    }

    /// Largest compounded drawdown, mean over paths, a positive decimal.
    pub fn drawdown(&self) -> Option<Measured> {
        self.tells_whole_paths().then_some(())?;
        self.mean(self.column(Column::Drawdown))
    }

    /// Pooled Sharpe ratio of portfolio and hedge.
    pub fn sharpe(&self) -> Option<Measured> {
        self.settle(Measured::sharpe(self.column(Column::Returns), self.column(Column::Squares), self.days))
    }

    /// Mean multiplier.
    pub fn multiplier(&self) -> Option<Measured> {
        let earning = (self.days - 1) as f64;
        self.mean(&self.column(Column::Multipliers).iter().map(|sum| sum / earning).collect::<Vec<_>>())
    }

    /// All metrics of a hedge rule.
    pub fn metrics(&self) -> Vec<Metric> {
        let mut list = self.money();
        list.extend(self.crash());
        list.extend(self.risk());
        list.extend(self.trading());
        list
    }

    /// Metrics of the portfolio with this hedge.
    pub fn risk(&self) -> Vec<Metric> {
        let column = |column: Column, sign: f64| {
            move |rows: &Self| -> Vec<f64> { rows.column(column).iter().map(|x| x * sign).collect() }
        };
        // Ratios and logarithms of one path are no sums: they are read of single paths.
        let single = self.single();
        let mut list = vec![
            metric("sharpe_hedged", "per root year", self.sharpe(), "pooled over paths, clustered"),
            single.spread_metric("sharpe_path", "per root year", &Self::sharpes),
            metric("es5_yearly", "share of capital", self.shortfall(), "worst 5 % of years, clustered"),
            self.spread_metric("max_drawdown", "share of peak", &column(Column::Drawdown, 1.0)),
            // Negative, as a back-test states it; the compounded one is a share of the peak.
            self.spread_metric("max_drawdown_additive", "share of capital", &column(Column::DrawdownAdditive, -1.0)),
            single.spread_metric("growth_per_year", "log", &Self::growth),
            self.spread_metric("days_under_water", "days", &column(Column::UnderWater, 1.0)),
        ];
        list.extend(self.hedge_moments());
        if !self.outcome.single().weights.is_empty() {
            // A ratio or a logarithm of one path has no weight; whole paths need enough of them.
            let none = |metric: &Metric| match metric.name {
                "sharpe_path" | "growth_per_year" => true,
                "max_drawdown" | "max_drawdown_additive" | "days_under_water" => !self.tells_whole_paths(),
                _ => false,
            };
            list.iter_mut().filter(|metric| none(metric)).for_each(|metric| metric.estimate = None);
        }
        list
    }

    /// Sharpe ratio of each path.
    fn sharpes(&self) -> Vec<f64> {
        let days = self.days as f64;
        let of_path = |(sum, squares): (&f64, &f64)| {
            let mean = sum / days;
            mean / ((squares - days * mean * mean) / (days - 1.0)).sqrt() * DAYS_PER_YEAR.sqrt()
        };
        self.column(Column::Returns).iter().zip(self.column(Column::Squares)).map(of_path).collect()
    }

    /// Growth of each path, log a year.
    fn growth(&self) -> Vec<f64> {
        let years = self.years();
        self.column(Column::Growth).iter().map(|x| libm::log(x.max(1e-300)) / years).collect()
    }

    /// Standard deviation of the hedge and its correlation with the portfolio, pooled.
    fn hedge_moments(&self) -> Vec<Metric> {
        let n = (self.days * self.outcome.paths) as f64;
        let net: f64 = self.net().iter().sum();
        let total = |column| self.column(column).iter().sum::<f64>();
        let (returns, squares) = (total(Column::Returns), total(Column::Squares));
        let (hedge2, products) = (total(Column::HedgeSquares), total(Column::Products));
        let equity = returns - net;
        let equity2 = squares - 2.0 * products - hedge2;
        let variance = |sum: f64, squares: f64| (squares - sum * sum / n) / (n - 1.0);
        let covariance = (products - net * equity / n) / (n - 1.0);
        let sd = variance(net, hedge2).max(0.0).sqrt();
        let correlation = covariance / (sd * variance(equity, equity2).max(0.0).sqrt());
        let point = |name, unit, value: f64| Metric {
            name,
            unit,
            estimate: Estimate::point(value, LEVEL, self.outcome.paths as u64, "pooled over days and paths"),
            spread: None,
        };
        vec![
            point("hedge_sd_ann", "share of capital", sd * DAYS_PER_YEAR.sqrt()),
            point("corr_hedge_equity", "correlation", correlation),
        ]
    }

    /// Cost and what it is made of, basis points of capital a year.
    fn money(&self) -> Vec<Metric> {
        let scale = BP / self.years();
        let per_year =
            |name, values: &dyn Fn(&Self) -> Vec<f64>| self.spread_metric(name, "bp of capital a year", values);
        let column = |name, column: Column, sign: f64| {
            let values: Vec<f64> = self.column(column).iter().map(|x| x * sign * scale).collect();
            metric(name, "bp of capital a year", self.mean(&values), "mean over paths")
        };
        let (mark, parts) = (self.column(Column::Mark), PARTS.map(|(_, column)| self.column(column)));
        let rest: Vec<f64> =
            (0..mark.len()).map(|i| (mark[i] - parts.iter().map(|part| part[i]).sum::<f64>()) * scale).collect();
        let costs = |rows: &Self| {
            let paid = rows.column(Column::Spread).iter().zip(rows.column(Column::Fee));
            paid.map(|(spread, fee)| (spread + fee) * scale).collect()
        };
        let bleed = |rows: &Self| {
            let net = rows.net();
            net.iter().zip(rows.column(Column::GainTrough)).map(|(net, inside)| (inside - net) * scale).collect()
        };
        let mut list = vec![
            per_year("total_cost_bp_per_year", &|rows| rows.net().iter().map(|x| -x * scale).collect()),
            per_year("transaction_cost_bp_per_year", &costs),
            per_year("bleed_bp_per_year", &bleed),
            per_year("gain_bp_per_year", &|rows| rows.column(Column::GainTrough).iter().map(|x| x * scale).collect()),
            column("gross_mark_bp_per_year", Column::Mark, 1.0),
        ];
        list.extend(PARTS.map(|(name, part)| column(name, part, 1.0)));
        list.push(metric("attribution_rest", "bp of capital a year", self.mean(&rest), "mean over paths"));
        list.push(column("spread_bp_per_year", Column::Spread, 1.0));
        list.push(column("upkeep_bp_per_year", Column::Upkeep, 1.0));
        list.push(column("fee_bp_per_year", Column::Fee, 1.0));
        list
    }

    /// Hedge effectiveness by window end and crash speed.
    fn crash(&self) -> Vec<Metric> {
        let single = self.single();
        let (gain, loss) = (single.column(Column::GainTrough), single.outcome.path_column(PathColumn::Loss));
        let by_path: Vec<f64> = gain.iter().zip(loss).map(|(g, l)| if *l > 0.0 { g / l } else { f64::NAN }).collect();
        let mut list: Vec<Metric> = HERS
            .iter()
            .map(|(name, column, loss)| {
                metric(name, "share of the portfolio's loss", self.her(*column, *loss), "ratio of sums, clustered")
            })
            .collect();
        list[0].spread = if single.outcome.weights.is_empty() { Spread::of(&by_path) } else { None };
        list
    }

    /// What was held and traded.
    fn trading(&self) -> Vec<Metric> {
        let years = self.years();
        let mean = |name, unit, column: Column, scale: f64| {
            let values: Vec<f64> = self.column(column).iter().map(|x| x * scale).collect();
            metric(name, unit, self.mean(&values), "mean over paths")
        };
        vec![
            metric("mean_multiplier", "multiplier", self.multiplier(), "mean over paths"),
            mean("max_multiplier", "multiplier", Column::MultiplierMax, 1.0),
            mean("min_multiplier", "multiplier", Column::MultiplierMin, 1.0),
            mean("turnover_per_year", "premium over capital, or quantity over base", Column::Turnover, 1.0 / years),
            mean("rebalance_events_per_year", "a year", Column::Events, 1.0 / years),
            mean("trades_per_year", "a year", Column::Trades, 1.0 / years),
        ]
    }

    /// Mean over paths, with the distribution over single paths.
    fn spread_metric(&self, name: &'static str, unit: &'static str, values: &dyn Fn(&Self) -> Vec<f64>) -> Metric {
        let own = values(self);
        let mean = if own.iter().all(|x| x.is_finite()) { self.mean(&own) } else { mean_of_defined(&own) };
        // What is weighted has no distribution over paths.
        let spread = match (self.outcome.single().weights.is_empty(), self.outcome.bundle) {
            (false, _) => None,
            (true, 1) => Spread::of(&own),
            (true, _) => Spread::of(&values(&self.single())),
        };
        Metric { spread, ..metric(name, unit, mean, "mean over paths") }
    }
}

/// Mean of the values that are defined: of paths on their own.
fn mean_of_defined(values: &[f64]) -> Option<Measured> {
    Measured::mean(&values.iter().copied().filter(|x| x.is_finite()).collect::<Vec<_>>())
}

/// Attribution columns.
const PARTS: [(&str, Column); 6] = [
    ("attribution_delta", Column::Delta),
    ("attribution_gamma", Column::Gamma),
    ("attribution_vega", Column::Vega),
    ("attribution_theta", Column::Theta),
    ("attribution_regime", Column::Regime),
    ("attribution_financing", Column::Financing),
];

/// HER by reading: gain, and the loss it is set against.
pub const HERS: [(&str, Column, PathColumn); 7] = [
    ("her_pooled", Column::GainTrough, PathColumn::Loss),
    ("her_plus5", Column::GainPlus5, PathColumn::Loss),
    ("her_plus21", Column::GainPlus21, PathColumn::Loss),
    ("her_recovery", Column::GainRecovery, PathColumn::Loss),
    ("her_flash", Column::GainFlash, PathColumn::LossFlash),
    ("her_fast", Column::GainFast, PathColumn::LossFast),
    ("her_grind", Column::GainGrind, PathColumn::LossGrind),
];

/// A metric without its distribution.
pub fn metric(name: &'static str, unit: &'static str, measured: Option<Measured>, method: &'static str) -> Metric {
    Metric { name, unit, estimate: measured.and_then(|m| m.estimate(method)), spread: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::ratio::{paired_ratio_difference, ratio_of_sums};
    use crate::stats::sharpe::{paired_sharpe_difference, pooled_sharpe};
    use crate::stats::shortfall::{clustered_shortfall, paired_shortfall_difference};

    const PATHS: usize = 40;
    const YEARS: usize = 5;

    /// Some column over the paths, or years of paths; no two alike.
    fn column(n: usize, seed: f64) -> Vec<f64> {
        (0..n).map(|i| 0.1 + (i as f64 * 12.9898 + seed).sin()).collect()
    }

    fn same(mine: Option<Measured>, known: Option<Estimate>) {
        let (mine, known) = (mine.unwrap().estimate("same").unwrap(), known.unwrap());
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        assert!(close(mine.value, known.value) && close(mine.se.unwrap(), known.se.unwrap()), "{mine:?} {known:?}");
    }

    /// What a user is shown, alone and as a difference, is what the statistics held to reference vectors say.
    #[test]
    fn numbers_and_errors_are_those_of_the_statistics() {
        let minus = |a: Option<Measured>, b: Option<Measured>| Some(a?.minus(&b?));
        let (a, b) = (column(PATHS * YEARS, 1.0), column(PATHS * YEARS, 2.0));
        let es = |x: &[f64]| Measured::shortfall(x, YEARS);
        same(es(&a), clustered_shortfall(&a, TAIL, YEARS, LEVEL));
        same(minus(es(&a), es(&b)), paired_shortfall_difference(&a, &b, TAIL, YEARS, LEVEL));
        let (gain, other, loss) = (column(PATHS, 3.0), column(PATHS, 4.0), vec![0.7; PATHS]);
        same(Measured::ratio(&gain, &loss), ratio_of_sums(&gain, &loss, LEVEL));
        let ratio = |x: &[f64]| Measured::ratio(x, &loss);
        let paired = paired_ratio_difference((&gain, &loss), (&other, &loss), LEVEL);
        same(minus(ratio(&gain), ratio(&other)), paired);
        let sums = |of: &[f64]| -> Vec<PathSums> {
            of.iter().map(|sum| PathSums { n: 252, sum: *sum, squares: 1.5 + sum * sum }).collect()
        };
        let sharpe = |of: &[f64]| {
            let squares: Vec<f64> = of.iter().map(|sum| 1.5 + sum * sum).collect();
            Measured::sharpe(of, &squares, 252)
        };
        same(sharpe(&gain), pooled_sharpe(&sums(&gain), DAYS_PER_YEAR, LEVEL));
        let paired = paired_sharpe_difference(&sums(&gain), &sums(&other), DAYS_PER_YEAR, LEVEL);
        same(minus(sharpe(&gain), sharpe(&other)), paired);
    }
}

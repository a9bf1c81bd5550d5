//! What luck alone would show: the best of N worthless trials, and a choice made on one half of the rows.

use super::{ALPHA, Found, Table};
use crate::stats::deflated::{Deflated, expected_maximum, expected_maximum_exact};
use crate::stats::multiple::{Correction, Haircut, Tail};
use crate::stats::pbo::{Blocks, Dominance, Overfitting};
use crate::stats::sharpe::SharpeRatio;
use crate::stats::track_record::{minimum_backtest_years, minimum_track_record};
use crate::stats::trials::EffectiveTrials;

/// Fewest rows of a block.
const BLOCK_ROWS: usize = 2;
/// Most columns whose correlation matrix is formed.
const MOST_CORRELATED: usize = 2000;

/// The best ratio against what the best of N worthless trials shows.
#[derive(Clone, Debug)]
pub struct Deflation {
    /// With the number of trials that is counted.
    pub counted: Deflated,
    /// Expected maximum of so many standard normals, as published and exactly.
    pub expected: (f64, f64),
    /// With the numbers of independent trials that the columns are worth.
    pub effective: Found<(EffectiveTrials, [Option<Deflated>; 3])>,
}

pub(super) fn deflation(table: &Table<'_>, best: &SharpeRatio, ratios: &[f64], trials: f64) -> Found<Deflation> {
    let undefined = "the shape of the best column leaves its ratio no positive error";
    let counted = Deflated::of(best, ratios, Some(trials)).ok_or(undefined)?;
    let expected = expected_maximum(trials).zip(expected_maximum_exact(trials)).ok_or("there is no trial")?;
    let effective = effective(table).map(|all| {
        let with = |trials: f64| Deflated::of(best, ratios, Some(trials.max(1.0)));
        (all, [with(all.average), with(all.participation), with(all.entropy)])
    });
    Ok(Deflation { counted, expected, effective })
}

fn effective(table: &Table<'_>) -> Found<EffectiveTrials> {
    let n = table.columns.len();
    if n > MOST_CORRELATED {
        return Err(format!("{n} columns, at most {MOST_CORRELATED} are correlated with each other"));
    }
    EffectiveTrials::of(table.columns).ok_or_else(|| "a column is constant".to_owned())
}

/// How long a history is needed.
#[derive(Clone, Debug)]
pub struct Lengths {
    /// Years below which the best of N worthless trials is expected to reach a ratio of 1 a year.
    pub backtest_of_one: Option<f64>,
    /// The same for the best column's own annual ratio.
    pub backtest_of_best: Option<f64>,
    /// Rows from which the best ratio is above zero at 5 %.
    pub record: Option<f64>,
    /// Rows from which it is above what the best of N worthless trials shows.
    pub record_deflated: Option<f64>,
    /// Size of the test.
    pub alpha: f64,
}

pub(super) fn lengths(
    best: &SharpeRatio,
    trials: f64,
    periods_per_year: f64,
    deflation: Option<&Deflation>,
) -> Lengths {
    let threshold = deflation.map(|deflation| deflation.counted.threshold);
    Lengths {
        backtest_of_one: minimum_backtest_years(trials, 1.0),
        backtest_of_best: best.annual(periods_per_year).and_then(|annual| minimum_backtest_years(trials, annual)),
        record: minimum_track_record(best, 0.0, ALPHA),
        record_deflated: threshold.and_then(|threshold| minimum_track_record(best, threshold, ALPHA)),
        alpha: ALPHA,
    }
}

/// What remains of the best ratio after many tests, by tail and correction.
#[derive(Clone, Debug)]
pub struct Haircuts {
    /// Number of tests of Bonferroni and Sidak.
    pub tests: f64,
    /// By tail, Student's first: Bonferroni and Sidak with all trials, Holm and BHY with the columns.
    pub of_best: [(Tail, [(Correction, Haircut); 4]); 2],
    /// Student's two-sided p-value of every column alone.
    pub p: Vec<f64>,
    /// The p-values of all columns, adjusted.
    pub adjusted: Vec<(Correction, Vec<f64>)>,
}

pub(super) fn haircuts(ratios: &[f64], rows: usize, best: usize, trials: f64) -> Found<Haircuts> {
    if !(ratios[best] > 0.0) {
        return Err("the best Sharpe ratio is not above zero, so there is nothing to cut".to_owned());
    }
    let alone = |how, tail| Haircut::of_best(ratios[best], rows, trials, how, tail);
    let family = |how, tail| Some(Haircut::of_family(ratios, rows, how, tail)?[best]);
    let all = |tail| {
        use Correction::{BenjaminiYekutieli, Bonferroni, Holm, Sidak};
        Some((
            tail,
            [
                (Bonferroni, alone(Bonferroni, tail)?),
                (Sidak, alone(Sidak, tail)?),
                (Holm, family(Holm, tail)?),
                (BenjaminiYekutieli, family(BenjaminiYekutieli, tail)?),
            ],
        ))
    };
    let found = || {
        let single = Haircut::of_family(ratios, rows, Correction::Bonferroni, Tail::Student)?;
        let p: Vec<f64> = single.iter().map(|haircut| haircut.p_single).collect();
        let adjusted = Correction::ALL.into_iter().map(|how| Some((how, how.adjust(&p)?))).collect::<Option<_>>()?;
        Some(Haircuts { tests: trials, of_best: [all(Tail::Student)?, all(Tail::Normal)?], p, adjusted })
    };
    found().ok_or_else(|| "a p-value is not defined".to_owned())
}

/// Whether the winner of one half of the rows wins in the other.
#[derive(Clone, Debug)]
pub struct Splits {
    /// Blocks used.
    pub blocks: usize,
    /// Blocks asked for.
    pub asked: usize,
    /// Rows used: all that fill whole blocks.
    pub rows: usize,
    /// What all choices say together.
    pub summary: Overfitting,
    /// Whether the winners' ratios out of sample dominate those of all.
    pub dominance: Option<Dominance>,
}

pub(super) fn splits(table: &Table<'_>, asked: usize) -> Found<Splits> {
    let rows = table.columns.first().map_or(0, Vec::len);
    let most = rows / BLOCK_ROWS / 2 * 2;
    let blocks = asked.min(most);
    if blocks < 2 {
        return Err(format!("two blocks of at least {BLOCK_ROWS} rows are needed, there are {rows} rows"));
    }
    let sums = Blocks::of(table.columns, blocks).ok_or_else(|| {
        format!("a column is constant over the {} rows that fill {blocks} blocks", rows / blocks * blocks)
    })?;
    let choices = sums.choices().ok_or("a Sharpe ratio of a half is not finite")?;
    let summary = Overfitting::of(&choices).ok_or("there is no choice")?;
    Ok(Splits { blocks, asked, rows: sums.rows(), summary, dominance: sums.dominance(&choices) })
}

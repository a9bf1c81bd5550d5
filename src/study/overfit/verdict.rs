//! What the checks come to, by limits that are stated.
//!
//! | check | speaks for skill | for luck |
//! |---|---|---|
//! | deflated Sharpe ratio | at least 0.95 | below 0.5: the best of N worthless trials is expected to show more |
//! | PBO | below 0.2 | at least 0.5: out of sample the winner does no better than the median |
//! | SPA, consistent p | below 0.05 | never: a large p is no evidence for the null |
//!
//! [`RULE`] makes one verdict of them; where no column has a Sharpe ratio above zero, there is no advantage to explain,
//! and it looks like luck whatever they say. On worthless columns "looks real" comes in fewer than 5 % of tables, because
//! SPA alone allows no more.

use super::luck::{Deflation, Splits};
use super::record::Record;
use super::rivals::Snooping;
use super::{ALPHA, Settings, Table};
use crate::stats::rank::rank_correlation;
use std::cmp::Ordering;

/// Deflated Sharpe ratio from which it speaks for skill.
const DEFLATED: f64 = 0.95;
/// PBO below which it speaks for skill: on worthless columns about one table in twenty is there.
const LOW: f64 = 0.2;
/// PBO from which it speaks for luck; the deflated ratio below it does too.
const EVEN: f64 = 0.5;
/// Rank correlation of Sharpe ratio and volatility from which the order of the columns is that of their risk.
const RISK_ORDER: f64 = -0.9;
/// Fewest columns of which an order is told.
const ORDERED: usize = 4;
/// Mean correlation from which the columns are mostly one thing.
const SHARED: f64 = 0.9;
/// Annual volatility above which numbers are hardly returns of a fund, in decimals.
const WILD: f64 = 2.0;

/// How the verdict follows from the checks.
pub const RULE: &str = "looks real: DSR and SPA speak for skill and PBO is below 0.5; looks like luck: DSR is below 0.5 \
                        or PBO at least 0.5, and neither DSR nor SPA speaks for skill; else it cannot be told from luck";

/// In three words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All checks speak for skill.
    Real,
    /// They do not agree, or are silent.
    Undecided,
    /// Luck alone gives as much.
    Luck,
}

impl Outcome {
    /// For programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Real => "looks_real",
            Self::Undecided => "cannot_be_told_from_luck",
            Self::Luck => "looks_like_luck",
        }
    }
}

/// What one check speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// For skill.
    Skill,
    /// For neither.
    Neither,
    /// For luck.
    Luck,
}

impl Speaks {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Neither => "neither",
            Self::Luck => "luck",
        }
    }
}

/// One check with its limit.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// Its key in the document.
    pub check: &'static str,
    /// What it found.
    pub value: f64,
    /// The limit for skill.
    pub limit: f64,
    /// The limit for luck; none where it never speaks for luck.
    pub luck_limit: Option<f64>,
    /// What it speaks for.
    pub speaks: Speaks,
    /// In words.
    pub says: String,
}

/// The verdict with its reasons.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// In three words.
    pub outcome: Outcome,
    /// In a sentence.
    pub sentence: String,
    /// The checks that it follows from; those that could not be run are missing.
    pub criteria: Vec<Criterion>,
    /// What may make it mean something else.
    pub cautions: Vec<String>,
}

/// What a verdict looks at.
pub(super) struct Evidence<'a> {
    pub table: &'a Table<'a>,
    pub settings: &'a Settings,
    pub records: &'a [Record],
    pub best: usize,
    pub trials: f64,
    pub deflation: Option<&'a Deflation>,
    pub splits: Option<&'a Splits>,
    pub snooping: Option<&'a Snooping>,
    pub risk_order: Option<f64>,
}

impl Verdict {
    pub(super) fn of(e: &Evidence<'_>) -> Self {
        let criteria: Vec<Criterion> = [deflated(e), overfitting(e), superior(e)].into_iter().flatten().collect();
        let speaks = |check: &str| criteria.iter().find(|c| c.check == check).map(|c| c.speaks);
        let (dsr, pbo, spa) = (speaks("dsr"), speaks("pbo"), speaks("p_studentised_consistent"));
        let skill = Some(Speaks::Skill);
        let outcome = if !e.earns() {
            Outcome::Luck
        } else if dsr == skill && spa == skill && pbo != Some(Speaks::Luck) {
            Outcome::Real
        } else if dsr != skill && spa != skill && criteria.iter().any(|c| c.speaks == Speaks::Luck) {
            Outcome::Luck
        } else {
            Outcome::Undecided
        };
        let mixed = dsr == skill && spa == skill;
        let sentence = sentence(e, outcome, mixed, dsr == Some(Speaks::Luck));
        Self { outcome, sentence, criteria, cautions: cautions(e) }
    }
}

impl Evidence<'_> {
    /// Has the best column, and so any, a Sharpe ratio above zero?
    fn earns(&self) -> bool {
        self.records[self.best].ratio.per_period > 0.0
    }
}

fn deflated(e: &Evidence<'_>) -> Option<Criterion> {
    let value = e.deflation?.counted.probability;
    let speaks = if value >= DEFLATED {
        Speaks::Skill
    } else if value < EVEN {
        Speaks::Luck
    } else {
        Speaks::Neither
    };
    let says = format!("chance that the best ratio is above that of the best of {} worthless trials", e.trials);
    Some(Criterion { check: "dsr", value, limit: DEFLATED, luck_limit: Some(EVEN), speaks, says })
}

fn overfitting(e: &Evidence<'_>) -> Option<Criterion> {
    let splits = e.splits?;
    let value = splits.summary.probability;
    let speaks = if value < LOW {
        Speaks::Skill
    } else if value < EVEN {
        Speaks::Neither
    } else {
        Speaks::Luck
    };
    let n = splits.summary.combinations;
    let says = format!("share of {n} splits in which the winner of one half is no better than the median of the other");
    Some(Criterion { check: "pbo", value, limit: LOW, luck_limit: Some(EVEN), speaks, says })
}

fn superior(e: &Evidence<'_>) -> Option<Criterion> {
    let value = e.snooping?.superior[0].consistent.share;
    let speaks = if value < ALPHA { Speaks::Skill } else { Speaks::Neither };
    let over = e.settings.benchmark.map_or("zero".to_owned(), |b| format!("`{}`", e.table.names[b]));
    let says = format!("p-value of the best lead over {over} among {} columns", e.snooping?.rivals.len());
    Some(Criterion { check: "p_studentised_consistent", value, limit: ALPHA, luck_limit: None, speaks, says })
}

/// `mixed`: they earn, but which one is best is not told; `below_luck`: the best of worthless trials is expected to show
/// more.
fn sentence(e: &Evidence<'_>, outcome: Outcome, mixed: bool, below_luck: bool) -> String {
    let name = &e.table.names[e.best];
    if !e.earns() {
        let annual = e.records[e.best].ratio.per_period * e.settings.periods_per_year.sqrt();
        return format!("No column earns anything: the best, `{name}`, has a Sharpe ratio of {annual:.2} a year.");
    }
    if e.settings.benchmark == Some(e.best) {
        return format!("The benchmark `{name}` is itself the best of the columns: none has a higher Sharpe ratio.");
    }
    match outcome {
        Outcome::Real => {
            format!("`{name}` looks real: its advantage is more than luck gives the best of {} trials.", e.trials)
        }
        Outcome::Luck if below_luck => {
            format!("`{name}` looks like luck: the best of {} worthless trials shows as much.", e.trials)
        }
        Outcome::Luck => {
            format!("`{name}` looks like luck: the winner of one half does no better than the median in the other.")
        }
        Outcome::Undecided if mixed => format!(
            "The columns earn more than luck gives, but that `{name}` is the best of them cannot be told from luck."
        ),
        Outcome::Undecided => format!("The advantage of `{name}` cannot be told from luck."),
    }
}

fn cautions(e: &Evidence<'_>) -> Vec<String> {
    let mut list = Vec::new();
    if let Some(rho) = e.risk_order.filter(|rho| *rho <= RISK_ORDER) {
        list.push(format!(
            "the Sharpe ratio falls with the volatility from column to column (rank correlation {rho:.2}): the winner may \
             be the one that takes least risk, and of hedges the least hedge. A PBO near 0 then says no more than that: \
             compare columns of equal risk, or hedges that lose the same money"
        ));
    }
    let shared = e.deflation.and_then(|d| d.effective.as_ref().ok()).map(|(all, _)| all.average_correlation);
    if let Some(rho) = shared.filter(|rho| *rho >= SHARED) {
        list.push(format!(
            "the columns share most of their risk (mean correlation {rho:.2}), so they count as few independent trials. If \
             they are one portfolio with different hedges, give the returns of the hedges alone"
        ));
    }
    if e.settings.trials.is_none() {
        list.push(format!(
            "N = {} counts the columns of the table; whatever else was tried and thrown away counts too (--trials N)",
            e.trials
        ));
    }
    let asked = e.settings.periods_per_year;
    if let Some(rows) = e.table.rows_per_year.filter(|rows| !(0.6..=1.6).contains(&(rows / asked))) {
        list.push(format!(
            "the dates have {rows:.0} rows a year, and annual figures are made with {asked} (--periods-per-year)"
        ));
    }
    if let Some(splits) = e.splits.filter(|splits| splits.blocks < splits.asked) {
        let rows = e.table.columns.first().map_or(0, Vec::len);
        list.push(format!(
            "PBO needs at least 2 rows a block: {rows} rows allow {} blocks, and {} were asked for",
            splits.blocks, splits.asked
        ));
    }
    list.extend(doubtful(e));
    list
}

/// Columns that are hardly the returns of different strategies, the first of each kind.
fn doubtful(e: &Evidence<'_>) -> Vec<String> {
    let Table { names, columns, .. } = e.table;
    let annual = |record: &Record| record.sd * e.settings.periods_per_year.sqrt();
    let wild = e.records.iter().zip(*names).find(|(record, _)| annual(record) > WILD).map(|(record, name)| {
        format!(
            "`{name}` has a volatility of {:.0} % a year: returns are decimals (0.01 is one percent), and rows of another \
             length than a day need --periods-per-year",
            100.0 * annual(record)
        )
    });
    let lost = columns.iter().zip(*names).find_map(|(column, name)| {
        let row = column.iter().position(|r| *r <= -1.0)?;
        Some(format!(
            "`{name}` has a return of {} in row {}: at -1 everything is lost, so these are hardly returns as decimals",
            column[row],
            row + 1
        ))
    });
    let same = equal_pair(columns).map(|(first, second)| {
        format!("`{}` and `{}` are equal on every row: one strategy counts as two trials", names[first], names[second])
    });
    [wild, lost, same].into_iter().flatten().collect()
}

/// The first two columns that are the same, by sorting: there may be too many for all pairs.
fn equal_pair(columns: &[Vec<f64>]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|a, b| columns[*a].partial_cmp(&columns[*b]).unwrap_or(Ordering::Equal));
    let same = order.windows(2).filter(|pair| columns[pair[0]] == columns[pair[1]]);
    same.map(|pair| (pair[0], pair[1])).min()
}

/// Rank correlation of Sharpe ratio and volatility over the columns; none of fewer than four.
pub(super) fn risk_order(records: &[Record]) -> Option<f64> {
    if records.len() < ORDERED {
        return None;
    }
    let of = |number: fn(&Record) -> f64| records.iter().map(number).collect::<Vec<f64>>();
    rank_correlation(&of(|r| r.ratio.per_period), &of(|r| r.sd))
}

//! How much of the best column's advantage is luck? Every check of selection, on one table of returns.
//!
//! A table holds one column a strategy; the best of them by Sharpe ratio is held to what the best of so many worthless
//! ones would show (deflated Sharpe ratio, haircuts), to what choosing is worth out of sample (PBO), to a benchmark or
//! zero (reality check, SPA, steps), and to its neighbours (confidence set, differences, dominance). A check that
//! cannot be run says why, and the others still run. The verdict follows from three of them by stated limits, in
//! [`verdict`].
//!
//! Nothing here reads a file or a clock; the same table, settings and seed give the same numbers on any number of
//! threads. Definitions and sources stand in the files of [`crate::stats`] that compute them.

pub mod luck;
pub mod record;
pub mod rivals;
pub mod verdict;

use crate::stats::pbo::choice::first_best;
use crate::stats::sharpe::SharpeRatio;
use luck::{Deflation, Haircuts, Lengths, Splits};
use record::Record;
use rivals::{Differences, Members, Order, Snooping};
use verdict::Verdict;

/// What was found, or why it could not be asked.
pub type Found<T> = Result<T, String>;

/// Returns by column; all columns are of one length.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Names of the strategies.
    pub names: &'a [String],
    /// Their returns, `[column][row]`.
    pub columns: &'a [Vec<f64>],
    /// Rows a calendar year, where the rows have dates.
    pub rows_per_year: Option<f64>,
}

/// What a user may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The column that the others are held against; zero if there is none.
    pub benchmark: Option<usize>,
    /// How many strategies were tried, those included that are not in the table; the columns if this is `None`.
    pub trials: Option<u64>,
    /// Blocks of the cross-validation, even.
    pub blocks: usize,
    /// Where the bootstraps start.
    pub seed: u64,
    /// Rows of a year, for annual figures.
    pub periods_per_year: f64,
    /// Lags of errors under autocorrelation; the cube root of the rows if this is `None`.
    pub lags: Option<usize>,
    /// Mean block of the bootstraps, rows; [`Diagnosis::mean_block`] says what `None` gives.
    pub mean_block: Option<f64>,
    /// Resamples of each bootstrap.
    pub replications: u64,
}

/// Share of false alarms that single tests are allowed.
pub const ALPHA: f64 = 0.05;

/// All that the checks found.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// Rows of the table.
    pub rows: usize,
    /// The column with the highest Sharpe ratio, the first of equals.
    pub best: usize,
    /// The column that the others are held against.
    pub benchmark: Option<usize>,
    /// The best column that is not the benchmark.
    pub rival: usize,
    /// Number of trials that is counted.
    pub trials: f64,
    /// Lags of errors under autocorrelation.
    pub lags: usize,
    /// Mean block of the bootstraps: that which suits the mean of the rival's lead, at least the cube root of the rows.
    pub mean_block: f64,
    /// The Sharpe ratio of each column and what belongs to it.
    pub records: Vec<Record>,
    /// The best column's ratio over a year, with regard to autocorrelation.
    pub year: Found<crate::stats::annualise::Annualised>,
    /// Against the best of so many worthless trials.
    pub deflation: Found<Deflation>,
    /// How long a history is needed.
    pub lengths: Lengths,
    /// What remains of the best ratio after so many tests.
    pub haircuts: Found<Haircuts>,
    /// Whether the winner of one half wins in the other.
    pub splits: Found<Splits>,
    /// Whether any column beats the benchmark, and which.
    pub snooping: Found<Snooping>,
    /// Which columns cannot be told from the best.
    pub members: Found<Members>,
    /// Sharpe ratios minus the benchmark's.
    pub differences: Found<Differences>,
    /// Whether everyone would prefer the rival to the benchmark.
    pub order: Found<Order>,
    /// Rank correlation of Sharpe ratio and volatility over the columns.
    pub risk_order: Option<f64>,
    /// What all of it comes to.
    pub verdict: Verdict,
}

impl Diagnosis {
    /// The Sharpe ratio of the best column.
    pub fn best_ratio(&self) -> &SharpeRatio {
        &self.records[self.best].ratio
    }

    /// Names of the checks that could not be run, with the reasons.
    pub fn not_run(&self) -> Vec<(&'static str, &str)> {
        let effective = self.deflation.as_ref().map(|deflation| &deflation.effective);
        let bootstrap = self.differences.as_ref().map(|differences| &differences.bootstrap);
        let all = [
            ("Sharpe ratio of a year under autocorrelation", why(&self.year)),
            ("deflated Sharpe ratio", why(&self.deflation)),
            ("effective number of trials", effective.ok().and_then(why)),
            ("haircut Sharpe ratio", why(&self.haircuts)),
            ("probability of back-test overfitting", why(&self.splits)),
            ("reality check, SPA and steps", why(&self.snooping)),
            ("model confidence set", why(&self.members)),
            ("Sharpe ratio minus the benchmark's", why(&self.differences)),
            ("bootstrap of that difference", bootstrap.ok().and_then(why)),
            ("stochastic dominance", why(&self.order)),
        ];
        all.into_iter().filter_map(|(check, why)| Some((check, why?))).collect()
    }
}

fn why<T>(found: &Found<T>) -> Option<&str> {
    found.as_ref().err().map(String::as_str)
}

/// Runs every check that the table allows.
///
/// # Errors
/// A sentence if the table has fewer than two columns, columns of different lengths or one without a Sharpe ratio, or if
/// a setting is out of its range.
pub fn diagnose(table: &Table<'_>, settings: &Settings) -> Result<Diagnosis, String> {
    let rows = checked(table, settings)?;
    // Rounded first: the cube root of 1,000 is 10.
    let root = ((rows as f64).cbrt() + 1e-9).floor();
    let lags = settings.lags.unwrap_or(root as usize);
    let records = record::all(table, settings.periods_per_year, lags)?;
    let ratios: Vec<f64> = records.iter().map(|record| record.ratio.per_period).collect();
    let best = first_best(&ratios).ok_or("no column is best")?;
    let mut others = ratios.clone();
    if let Some(benchmark) = settings.benchmark {
        others[benchmark] = f64::NEG_INFINITY;
    }
    let rival = first_best(&others).ok_or("no column is best")?;
    let lead = rivals::Lead::of(table, settings.benchmark);
    let mean_block = settings.mean_block.unwrap_or_else(|| lead.block_length(rival).max(root));
    let trials = settings.trials.map_or(ratios.len() as f64, |trials| trials as f64);
    let deflation = luck::deflation(table, &records[best].ratio, &ratios, trials);
    let bootstrap = rivals::Bootstrap { mean_block, replications: settings.replications, seed: settings.seed };
    let splits = luck::splits(table, settings.blocks);
    let snooping = rivals::snooping(&lead, bootstrap);
    let risk_order = verdict::risk_order(&records);
    let verdict = Verdict::of(&verdict::Evidence {
        table,
        settings,
        records: &records,
        best,
        trials,
        deflation: deflation.as_ref().ok(),
        splits: splits.as_ref().ok(),
        snooping: snooping.as_ref().ok(),
        risk_order,
    });
    Ok(Diagnosis {
        rows,
        best,
        benchmark: settings.benchmark,
        rival,
        trials,
        lags,
        mean_block,
        year: record::year(&table.columns[best], settings.periods_per_year),
        lengths: luck::lengths(&records[best].ratio, trials, settings.periods_per_year, deflation.as_ref().ok()),
        haircuts: luck::haircuts(&ratios, rows, best, trials),
        members: rivals::members(table, bootstrap),
        differences: rivals::differences(table, settings.benchmark, rival, lags, bootstrap),
        order: rivals::order(table, settings.benchmark, rival, bootstrap),
        records,
        deflation,
        splits,
        snooping,
        risk_order,
        verdict,
    })
}

/// The number of rows, if the table and the settings fit each other.
fn checked(table: &Table<'_>, settings: &Settings) -> Result<usize, String> {
    let rows = table.columns.first().map_or(0, Vec::len);
    if table.columns.len() < 2 || table.names.len() != table.columns.len() {
        return Err(format!("{} columns of {} names, must be at least two", table.columns.len(), table.names.len()));
    }
    if table.columns.iter().any(|column| column.len() != rows) {
        return Err("the columns have different lengths".to_owned());
    }
    if settings.benchmark.is_some_and(|benchmark| benchmark >= table.columns.len()) {
        return Err("the benchmark is no column of the table".to_owned());
    }
    if settings.trials.is_some_and(|trials| trials < table.columns.len() as u64) {
        let tried = settings.trials.unwrap_or(0);
        return Err(format!("{tried} trials, must be at least the {} columns of the table", table.columns.len()));
    }
    if !(2..=20).contains(&settings.blocks) || !settings.blocks.is_multiple_of(2) {
        return Err(format!("{} blocks, must be an even number from 2 to 20", settings.blocks));
    }
    if !(settings.periods_per_year > 0.0 && settings.periods_per_year <= 1e6) {
        return Err(format!("{} periods a year, must be above 0 and at most 1e6", settings.periods_per_year));
    }
    if settings.lags.is_some_and(|lags| lags >= rows) {
        return Err(format!("{} lags, must be fewer than the {rows} rows", settings.lags.unwrap_or(0)));
    }
    if settings.mean_block.is_some_and(|block| !(block >= 1.0 && block <= rows as f64)) {
        return Err(format!("mean block of {} rows, must be from 1 to {rows}", settings.mean_block.unwrap_or(0.0)));
    }
    if !(1..=1_000_000).contains(&settings.replications) {
        return Err(format!("{} replications, must be from 1 to 1000000", settings.replications));
    }
    Ok(rows)
}

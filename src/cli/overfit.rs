//! `overfit`: how much of the best column's advantage in a table of returns is luck.

use super::{Done, Failure, out};
use hedgelab::report;
use hedgelab::scenario::nearest;
use hedgelab::store::{BadTable, Returns};
use hedgelab::study::overfit::{Settings, Table, diagnose};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Schema of the document on stdout.
pub const SCHEMA: &str = "hedgelab.overfit/1";

const EXAMPLES: &str = r#"Examples:
  hedgelab overfit returns.csv                            is the best column more than luck?
  hedgelab overfit returns.parquet --benchmark static     better than this column?
  hedgelab overfit grid.csv --trials 400                  400 were tried, these are left
  zcat monthly.csv.gz | hedgelab overfit - --periods-per-year 12 --json

The table is CSV (commas, semicolons or tabs) or Parquet: a header line, a row a day in order of
time, a column a strategy, returns as decimals (0.01 is one percent). A column of dates may come
first.

Verdict: "looks real" needs DSR >= 0.95, SPA p < 0.05 and PBO < 0.5; "looks like luck" needs
DSR < 0.5 or PBO >= 0.5, and neither of the first two, or that no column has a Sharpe ratio above
zero; anything else "cannot be told from luck".
Every verdict exits with 0."#;

/// Say how much of the best column's advantage is luck, in a table of returns
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Table of returns, CSV or Parquet; - is standard input
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// Column that the others are held against [default: zero]
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    /// How many strategies were tried in all [default: the columns of the table]
    #[arg(long, value_name = "N")]
    trials: Option<u64>,
    /// Blocks of the cross-validation behind PBO, an even number from 2 to 20
    #[arg(long, value_name = "S", default_value_t = 16)]
    blocks: usize,
    /// Where the bootstraps start
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Rows of a year: 252 for days, 52 for weeks, 12 for months
    #[arg(long, value_name = "N", default_value_t = 252.0, allow_hyphen_values = true)]
    periods_per_year: f64,
    /// Lags of the errors under autocorrelation [default: cube root of the rows]
    #[arg(long, value_name = "N")]
    lags: Option<usize>,
    /// Mean block of the bootstraps, rows [default: chosen from the data]
    #[arg(long, value_name = "ROWS", allow_hyphen_values = true)]
    mean_block: Option<f64>,
    /// Resamples of each bootstrap
    #[arg(long, value_name = "N", default_value_t = 1000)]
    replications: u64,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Does it.
pub fn overfit(verb: &Verb) -> Result<Done, Failure> {
    let returns = Returns::read(&verb.table)?;
    let settings = verb.settings(&returns)?;
    let table = Table { names: &returns.names, columns: &returns.columns, rows_per_year: returns.rows_per_year };
    let found = diagnose(&table, &settings).map_err(Failure::usage)?;
    let span = returns.dates.as_ref().and_then(|dates| Some((dates.first()?.as_str(), dates.last()?.as_str())));
    if verb.json {
        let mut whole = Map::from_iter([("schema".to_owned(), json!(SCHEMA)), ("ok".to_owned(), json!(true))]);
        let (first, last) = span.unzip();
        let size = json!({
            "source": returns.source, "rows": returns.rows(), "columns": returns.names, "first": first, "last": last,
            "rows_per_year": returns.rows_per_year,
        });
        whole.insert("table".to_owned(), size);
        whole.extend(report::overfit::document::json(&table, &settings, &found));
        out::print_json(&Value::Object(whole))?;
    } else {
        out::print(&report::overfit::text(&returns.source, span, &table, &settings, &found))?;
    }
    Ok(Done::Fine)
}

impl Verb {
    /// The settings, checked against the table as far as their flags have to be named.
    fn settings(&self, returns: &Returns) -> Result<Settings, Failure> {
        let columns = returns.names.len();
        if let Some(trials) = self.trials.filter(|trials| *trials < columns as u64) {
            let why = format!("`--trials` is {trials}, must be at least the {columns} columns of the table");
            return Err(Failure::usage(why));
        }
        if !(2..=20).contains(&self.blocks) || !self.blocks.is_multiple_of(2) {
            return Err(Failure::usage(format!("`--blocks` is {}, must be an even number from 2 to 20", self.blocks)));
        }
        if !(self.periods_per_year > 0.0 && self.periods_per_year <= 1e6) {
            let why = format!("`--periods-per-year` is {}, must be above 0 and at most 1000000", self.periods_per_year);
            return Err(Failure::usage(why));
        }
        if let Some(lags) = self.lags.filter(|lags| *lags >= returns.rows()) {
            return Err(Failure::usage(format!("`--lags` is {lags}, must be fewer than the {} rows", returns.rows())));
        }
        if let Some(block) = self.mean_block.filter(|block| !(*block >= 1.0 && *block <= returns.rows() as f64)) {
            return Err(Failure::usage(format!(
                "`--mean-block` is {block}, must be from 1 to the {} rows",
                returns.rows()
            )));
        }
        if !(100..=1_000_000).contains(&self.replications) {
            let why = format!("`--replications` is {}, must be from 100 to 1000000", self.replications);
            return Err(Failure::usage(why));
        }
        Ok(Settings {
            benchmark: self.benchmark.as_ref().map(|name| column(name, returns)).transpose()?,
            trials: self.trials,
            blocks: self.blocks,
            seed: self.seed,
            periods_per_year: self.periods_per_year,
            lags: self.lags,
            mean_block: self.mean_block,
            replications: self.replications,
        })
    }
}

/// The column of a name.
fn column(name: &str, returns: &Returns) -> Result<usize, Failure> {
    returns.names.iter().position(|known| known == name).ok_or_else(|| {
        const LISTED: usize = 20;
        let more = returns.names.len().saturating_sub(LISTED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let some = &returns.names[..returns.names.len() - more];
        let all = format!("the columns are {}{rest}", some.join(", "));
        let close = nearest(name, returns.names.iter().map(String::as_str));
        let help = close.map_or_else(|| all.clone(), |close| format!("did you mean `{close}`? {all}"));
        Failure::usage(format!("there is no column `{name}` in `{}`", returns.source)).help(help)
    })
}

impl From<BadTable> for Failure {
    fn from(error: BadTable) -> Self {
        let failure = Self::said("table", error.to_string());
        match error.cure() {
            Some(cure) => failure.help(cure),
            None => failure,
        }
    }
}

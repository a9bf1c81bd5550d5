//! `path --months`: the monthly review of one rule on one path.

use super::ledger::Ledger;
use hedgelab::engine::Trace;
use hedgelab::grid::DAYS_PER_YEAR;
use hedgelab::metrics::review::MONTH;
use std::io::{self, Write};
use std::ops::Range;

/// One month; money is in basis points of capital.
struct Month {
    portfolio: f64,
    hedge: f64,
    theta: f64,
    gamma: f64,
    trading: f64,
    /// Hedge P&L over the portfolio's loss, if the month holds a day of a crash and lost.
    effect: Option<f64>,
    /// Of portfolio and hedge, annualised; none for a last month of one day.
    sharpe: Option<f64>,
}

/// Columns with a number: name and value.
type Column = (&'static str, fn(&Month) -> Option<f64>);

/// Cost is what time took less what gamma paid back.
const COLUMNS: [Column; 9] = [
    ("portfolio", |month| Some(month.portfolio)),
    ("hedge", |month| Some(month.hedge)),
    ("theta", |month| Some(month.theta)),
    ("gamma", |month| Some(month.gamma)),
    ("cost", |month| Some(-month.theta - month.gamma)),
    ("trading", |month| Some(month.trading)),
    ("paid_back", |month| month.effect),
    ("sharpe", |month| month.sharpe),
    ("total", |month| Some(month.portfolio + month.hedge)),
];

impl Month {
    fn of(ledger: &Ledger<'_>, days: Range<usize>, bp: f64) -> Self {
        let trace = ledger.trace;
        let sum = |number: fn(&Trace, usize) -> f64| days.clone().map(|day| number(trace, day)).sum::<f64>() * bp;
        let (portfolio, hedge) = (sum(|trace, day| trace.equity_pnl[day]), sum(Trace::net));
        let crash = days.clone().any(|day| ledger.in_crash(day));
        let mean = (portfolio + hedge) / days.len() as f64;
        let from_mean = |day: usize| ((trace.equity_pnl[day] + trace.net(day)) * bp - mean).powi(2);
        let variance = days.clone().map(from_mean).sum::<f64>() / (days.len() as f64 - 1.0);
        Self {
            theta: sum(|trace, day| trace.parts[3][day]),
            gamma: sum(|trace, day| trace.parts[1][day]),
            trading: sum(Trace::cost),
            effect: (crash && portfolio < 0.0).then(|| -hedge / portfolio),
            sharpe: (variance > 0.0).then(|| mean / variance.sqrt() * DAYS_PER_YEAR.sqrt()),
            portfolio,
            hedge,
        }
    }
}

/// Months with their first and last day; the last may be short.
fn months(ledger: &Ledger<'_>, capital: f64) -> Vec<(Range<usize>, Month)> {
    let days = ledger.trace.days();
    let month = |start: usize| {
        let range = start..(start + MONTH).min(days);
        let found = Month::of(ledger, range.clone(), 1e4 / capital);
        (range, found)
    };
    (0..days).step_by(MONTH).map(month).collect()
}

/// Heads of the columns after `from`.
pub fn heads() -> impl Iterator<Item = String> {
    COLUMNS.iter().map(|(name, _)| name.replace('_', " "))
}

/// Every month: its first day, and its numbers by column.
pub fn rows(ledger: &Ledger<'_>, capital: f64) -> Vec<(String, Vec<Option<f64>>)> {
    let row = |(days, month): (Range<usize>, Month)| {
        (ledger.day(days.start), COLUMNS.iter().map(|(_, value)| value(&month)).collect())
    };
    months(ledger, capital).into_iter().map(row).collect()
}

/// What the columns mean.
pub const MEANING: &str =
    "cost is theta net of gamma; paid back: hedge over the portfolio's loss in months with a day of a crash";

/// For reading: money in basis points of capital.
pub fn write_table(out: &mut dyn Write, ledger: &Ledger<'_>, capital: f64) -> io::Result<()> {
    write!(out, "{:>10}", "from")?;
    for (name, _) in COLUMNS {
        write!(out, " {:>9}", name.replace('_', " "))?;
    }
    writeln!(out)?;
    for (days, month) in months(ledger, capital) {
        write!(out, "{:>10}", ledger.day(days.start))?;
        for (_, value) in COLUMNS {
            let text = value(&month).map_or_else(String::new, |x| format!("{x:.2}"));
            write!(out, " {text:>9}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "months of {MONTH} days; {MEANING}")
}

/// Every month, money in basis points of capital.
pub fn write_csv(out: &mut dyn Write, ledger: &Ledger<'_>, capital: f64) -> io::Result<()> {
    writeln!(out, "from,to,{}", COLUMNS.map(|(name, _)| name).join(","))?;
    for (days, month) in months(ledger, capital) {
        write!(out, "{},{}", ledger.day(days.start), ledger.day(days.end - 1))?;
        for (_, value) in COLUMNS {
            write!(out, ",{}", value(&month).map_or_else(String::new, |x| x.to_string()))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

//! The tables of a path: its crashes, its months, and the days that matter.

use super::Shown;
use crate::cli::months;
use hedgelab::metrics::windows::Window;
use hedgelab::report::book::{Cell, Head, Part, Table};

/// Most rows of the table of days.
const DAYS: usize = 400;

impl Shown<'_> {
    pub(super) fn crashes(&self) -> Part {
        if self.trace().windows.is_empty() {
            return Part::Text("The path has no crash.".to_owned());
        }
        let row = |(peak, trough, window): (usize, usize, &Window)| {
            let (hedge, portfolio) = self.inside(peak, trough);
            vec![
                Cell { value: Some(self.trace().row[peak] as f64), ..Cell::words(self.ledger.day(peak)) },
                Cell { value: Some(self.trace().row[trough] as f64), ..Cell::words(self.ledger.day(trough)) },
                number((trough - peak) as f64, 0),
                number(100.0 * window.depth, 1),
                number(portfolio, 1),
                number(hedge, 1),
                number(-hedge / portfolio, 2),
                Cell::words(if window.open { "open at the end" } else { "" }),
            ]
        };
        let heads = [
            ("peak", ""),
            ("trough", ""),
            ("days", "days"),
            ("depth", "%"),
            ("portfolio", "bp"),
            ("hedge", "bp"),
            ("paid back", "of the loss"),
            ("note", ""),
        ];
        Part::Table(Table {
            id: "crashes-table".to_owned(),
            title: "Crashes of the path, from peak to trough".to_owned(),
            head: heads.map(|(text, unit)| Head::new(text, unit)).into(),
            rows: self.ledger.crashes().map(row).collect(),
            note: "A window that ends at the trough knows the future: it favours any rule that grows with the VIX."
                .to_owned(),
        })
    }

    pub(super) fn months(&self) -> Table {
        let capital = self.plan.experiment.portfolio.capital();
        let mut head = vec![Head::new("from", "")];
        head.extend(months::heads().map(|name| {
            let unit = if matches!(name.as_str(), "paid back" | "sharpe") { "" } else { "bp" };
            Head::new(name, unit)
        }));
        let row = |(place, (from, numbers)): (usize, (String, Vec<Option<f64>>))| {
            let mut cells = vec![Cell { value: Some(place as f64), ..Cell::words(from) }];
            cells.extend(numbers.into_iter().map(|x| x.map_or_else(Cell::default, |x| number(x, 2))));
            cells
        };
        Table {
            id: "months-table".to_owned(),
            title: "Month by month".to_owned(),
            head,
            rows: months::rows(self.ledger, capital).into_iter().enumerate().map(row).collect(),
            note: format!("Months of {} days; {}.", hedgelab::metrics::review::MONTH, months::MEANING),
        }
    }

    /// Trades, rolls and days of crashes; of too many those with the largest P&L.
    pub(super) fn days(&self) -> Table {
        let (trace, bp) = (self.trace(), self.bp());
        let mut chosen: Vec<usize> = (0..trace.days())
            .filter(|day| trace.traded[*day] != 0.0 || trace.roll[*day] > 0.0 || self.ledger.in_crash(*day))
            .collect();
        let all = chosen.len();
        let size = |day: &usize| trace.net(*day).abs() + trace.equity_pnl[*day].abs();
        chosen.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
        chosen.truncate(DAYS);
        chosen.sort_unstable();
        let mut net = 0.0;
        let sums: Vec<f64> = (0..trace.days())
            .map(|day| {
                net += trace.net(day) * bp;
                net
            })
            .collect();
        let start = trace.index.first().copied().unwrap_or(1.0);
        let row = |&day: &usize| {
            let mut notes = Vec::new();
            notes.extend(self.ledger.in_crash(day).then_some("crash"));
            notes.extend((trace.roll[day] > 0.0).then_some("roll"));
            vec![
                Cell { value: Some(trace.row[day] as f64), ..Cell::words(self.ledger.day(day)) },
                number(trace.index[day] / start, 4),
                number(trace.vix[day], 2),
                Cell::words(self.ledger.regime(day)),
                number(trace.multiplier[day], 3),
                contracts(trace.traded[day]),
                number(trace.price[day], 2),
                number(trace.hedge_mark_pnl[day] * bp, 2),
                number(trace.cost(day) * bp, 2),
                number(trace.equity_pnl[day] * bp, 2),
                number(sums[day], 2),
                Cell::words(notes.join(", ")),
            ]
        };
        let heads = [
            (if self.ledger.has_dates() { "date" } else { "day" }, ""),
            ("portfolio", "start = 1"),
            ("VIX", ""),
            ("regime", ""),
            ("multiplier", ""),
            ("traded", "contracts"),
            ("price or VIX", ""),
            ("hedge", "bp"),
            ("cost", "bp"),
            ("portfolio P&L", "bp"),
            ("hedge net, sum", "bp"),
            ("note", ""),
        ];
        let which = match all > DAYS {
            true => format!("The {DAYS} of {all} such days with the largest P&L of hedge and portfolio"),
            false => format!("All {all} of them"),
        };
        Table {
            id: "days-table".to_owned(),
            title: "Days with a trade, a roll or inside a crash".to_owned(),
            head: heads.map(|(text, unit)| Head::new(text, unit)).into(),
            rows: chosen.iter().map(row).collect(),
            note: format!("{which}; the command below writes all {} days with every column.", trace.days()),
        }
    }
}

fn number(x: f64, decimals: usize) -> Cell {
    Cell { text: format!("{x:.decimals$}"), value: Some(x), ..Cell::default() }
}

/// Contracts traded; nothing for none.
fn contracts(x: f64) -> Cell {
    let text = match x.abs() {
        0.0 => String::new(),
        size if size < 1e-3 => format!("{x:.2e}"),
        size if size < 1e3 => format!("{x:.3}"),
        _ => format!("{x:.0}"),
    };
    Cell { text, value: Some(x), ..Cell::default() }
}

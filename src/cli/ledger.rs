//! The columns of a ledger: one rule on one path, day by day.

use hedgelab::engine::Trace;
use hedgelab::metrics::windows::Window;
use hedgelab::scenario::resolve::Plan;

/// A number of one day.
pub type Number = fn(&Trace, usize) -> f64;

/// Names and numbers before the regime. Money is in currency; `t` and the date stand before them.
pub const BEFORE: [(&str, Number); 10] = [
    ("equity_pnl", |trace, day| trace.equity_pnl[day]),
    ("hedge_mark_pnl", |trace, day| trace.hedge_mark_pnl[day]),
    ("cost", Trace::cost),
    ("multiplier", |trace, day| trace.multiplier[day]),
    ("position", |trace, day| trace.position[day]),
    ("traded", |trace, day| trace.traded[day]),
    ("event", |trace, day| trace.event[day]),
    ("price_or_vix", |trace, day| trace.price[day]),
    ("roll", |trace, day| trace.roll[day]),
    ("vix", |trace, day| trace.vix[day]),
];

/// Names and numbers after the regime: the parts of `hedge_mark_pnl`, which they sum to, and what of `cost` was paid for holding.
pub const AFTER: [(&str, Number); 8] = [
    ("delta", |trace, day| trace.parts[0][day]),
    ("gamma", |trace, day| trace.parts[1][day]),
    ("vega", |trace, day| trace.parts[2][day]),
    ("theta", |trace, day| trace.parts[3][day]),
    ("regime_switch", |trace, day| trace.parts[4][day]),
    ("financing", |trace, day| trace.parts[5][day]),
    ("rest", rest),
    ("upkeep", |trace, day| trace.upkeep[day]),
];

/// What the parts leave unexplained.
fn rest(trace: &Trace, day: usize) -> f64 {
    trace.hedge_mark_pnl[day] - trace.parts.iter().map(|part| part[day]).sum::<f64>()
}

/// A trace with the names of its dates and regimes.
pub struct Ledger<'a> {
    /// The numbers.
    pub trace: &'a Trace,
    calendar: Option<&'a [String]>,
    regimes: &'a [String],
}

impl<'a> Ledger<'a> {
    /// A trace of this plan.
    pub fn new(plan: &'a Plan, trace: &'a Trace) -> Self {
        let market = &plan.experiment.market;
        Self { trace, calendar: market.calendar(), regimes: &market.facts().regimes }
    }

    /// The date of a day; empty in a simulated market.
    pub fn date(&self, day: usize) -> &'a str {
        self.calendar.and_then(|dates| dates.get(self.trace.row[day])).map_or("", String::as_str)
    }

    /// The regime at the close; empty where there are none.
    pub fn regime(&self, day: usize) -> &'a str {
        self.regimes.get(self.trace.regime[day] as usize).map_or("", String::as_str)
    }

    /// Are there regimes?
    pub fn has_regimes(&self) -> bool {
        !self.regimes.is_empty()
    }

    /// Has the market dates of its own?
    pub fn has_dates(&self) -> bool {
        self.calendar.is_some()
    }

    /// Is the day inside a crash, after its peak and up to its trough?
    pub fn in_crash(&self, day: usize) -> bool {
        let row = self.trace.row[day];
        self.trace.windows.iter().any(|window| window.peak < row && row <= window.trough)
    }

    /// The name of a day: its date, or its number.
    pub fn day(&self, day: usize) -> String {
        if self.has_dates() { self.date(day).to_owned() } else { self.trace.row[day].to_string() }
    }

    /// Days of the peak and the trough of each crash, as places in the ledger.
    pub fn crashes(&self) -> impl Iterator<Item = (usize, usize, &'a Window)> {
        let (first, last) = (self.trace.row.first().copied().unwrap_or(0), self.trace.days().saturating_sub(1));
        let place = move |row: usize| row.saturating_sub(first).min(last);
        self.trace.windows.iter().map(move |window| (place(window.peak), place(window.trough), window))
    }
}

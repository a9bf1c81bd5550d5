//! `path --html`: the ledger of one rule on one path as a page.

mod figures;
mod tables;

use super::ledger::Ledger;
use hedgelab::engine::Trace;
use hedgelab::report::book::{self, Book, Part, Section};
use hedgelab::scenario::resolve::Plan;

/// What is shown.
pub struct Shown<'a> {
    /// The scenario.
    pub plan: &'a Plan,
    /// The days.
    pub ledger: &'a Ledger<'a>,
    /// Number of the path.
    pub path: u64,
    /// The command that shows every day.
    pub command: String,
}

impl Shown<'_> {
    /// The page.
    pub fn book(&self) -> Book {
        let section = |id: &str, title: &str, parts| Section { id: id.to_owned(), title: title.to_owned(), parts };
        let command = Part::Code {
            title: "Every day with all its columns, as CSV".to_owned(),
            text: self.command.clone(),
            folded: false,
        };
        Book {
            schema: book::SCHEMA.to_owned(),
            title: format!("{}, path {}: {}", self.plan.name, self.path, self.trace().rule),
            question: self.plan.question.clone(),
            facts: self.facts(),
            banners: Vec::new(),
            verdict: vec![self.verdict()],
            sections: vec![
                section("path", "The path", vec![Part::Figure(self.walk())]),
                section("crashes", "Crashes", vec![self.crashes()]),
                section("attribution", "What the hedge was paid for", vec![Part::Figure(self.attribution())]),
                section("months", "Months", vec![Part::Table(self.months())]),
                section("days", "Days that matter", vec![Part::Table(self.days()), command]),
            ],
        }
    }

    fn trace(&self) -> &Trace {
        self.ledger.trace
    }

    /// Basis points of capital in a unit of currency.
    fn bp(&self) -> f64 {
        1e4 / self.plan.experiment.portfolio.capital()
    }

    fn sum(&self, number: impl Fn(usize) -> f64) -> f64 {
        (0..self.trace().days()).map(number).sum::<f64>() * self.bp()
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (trace, last) = (self.trace(), self.trace().days().saturating_sub(1));
        let mut facts = vec![("scenario".to_owned(), self.plan.name.clone())];
        if !self.plan.history {
            facts.push(("seed".to_owned(), self.plan.experiment.seed.to_string()));
        }
        let vix = |of: fn(f64, f64) -> f64, from: f64| trace.vix.iter().copied().fold(from, of);
        facts.extend([
            ("path".to_owned(), self.path.to_string()),
            ("rule".to_owned(), trace.rule.clone()),
            ("days".to_owned(), format!("{}, {} to {}", trace.days(), self.ledger.day(0), self.ledger.day(last))),
            ("VIX".to_owned(), format!("{:.1} to {:.1}", vix(f64::min, f64::INFINITY), vix(f64::max, 0.0))),
            ("crashes".to_owned(), trace.windows.len().to_string()),
            ("hedgelab".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ]);
        facts
    }

    /// The sums of the path in a sentence or two.
    fn verdict(&self) -> String {
        let trace = self.trace();
        let (net, cost) = (self.sum(|day| trace.net(day)), self.sum(|day| trace.cost(day)));
        let years = self.plan.experiment.grid.years();
        let does = if net < 0.0 { "loses" } else { "earns" };
        let first = format!(
            "On this path {} {does} {:.0} bp of capital in {years:.1} years, trading costs of {cost:.0} bp included.",
            trace.rule,
            net.abs()
        );
        let (gain, loss) = self.ledger.crashes().fold((0.0, 0.0), |(gain, loss), (peak, trough, _)| {
            let (hedge, portfolio) = self.inside(peak, trough);
            (gain + hedge, loss - portfolio)
        });
        match trace.windows.len() {
            0 => format!("{first} The path has no crash."),
            n => {
                let crashes = if n == 1 { "its crash".to_owned() } else { format!("its {n} crashes") };
                let back = if gain < 0.0 { "lost another" } else { "paid back" };
                format!(
                    "{first} In {crashes}, from peak to trough, the portfolio lost {loss:.0} bp and the hedge {back} {:.0}: {:.2} of \
                     the loss.",
                    gain.abs(),
                    gain / loss
                )
            }
        }
    }

    /// P&L of hedge and portfolio after the peak and up to the trough.
    fn inside(&self, peak: usize, trough: usize) -> (f64, f64) {
        let (trace, bp) = (self.trace(), self.bp());
        let days = peak + 1..=trough;
        let portfolio: f64 = days.clone().map(|day| trace.equity_pnl[day]).sum();
        (days.map(|day| trace.net(day)).sum::<f64>() * bp, portfolio * bp)
    }
}

//! `path --html`: the ledger of one rule on one path as a page.

use super::ledger::Ledger;
use super::months;
use hedgelab::engine::Trace;
use hedgelab::figure::{Axis, Figure, Layer, Panel, Shade, Tone};
use hedgelab::report::book::{self, Book, Cell, Head, Part, Section, Table};
use hedgelab::scenario::resolve::Plan;

/// Most points of a line: a page needs no more, the CSV has every day.
const POINTS: usize = 800;
/// Most rows of the table of days.
const DAYS: usize = 400;

/// Parts of the hedge's marks, by the columns of the CSV.
const PARTS: [&str; 6] = ["delta", "gamma", "vega", "theta", "regime switch", "financing"];

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

    /// Places of the days on an axis: numbers of days, or years.
    fn axis(&self) -> Axis {
        Axis::linear(if self.ledger.has_dates() { "year" } else { "trading day" })
    }

    fn place(&self, day: usize) -> f64 {
        match self.ledger.has_dates() {
            true => year(self.ledger.date(day)).unwrap_or(f64::NAN),
            false => self.trace().row[day] as f64,
        }
    }

    fn shades(&self) -> Vec<Shade> {
        let shade = |(peak, trough, window): (usize, usize, &hedgelab::metrics::windows::Window)| Shade {
            from: self.place(peak),
            to: self.place(trough),
            label: format!("crash of {:.0} %", 100.0 * window.depth.abs()),
        };
        self.ledger.crashes().map(shade).collect()
    }

    /// A number of each day as a line.
    fn line(&self, name: &str, tone: Tone, number: impl Fn(usize) -> f64) -> Layer {
        let points: Vec<[f64; 2]> = (0..self.trace().days()).map(|day| [self.place(day), number(day)]).collect();
        Layer::line(name, tone, thinned(&points))
    }

    /// The sum of a number up to each day, in basis points of capital.
    fn running(&self, name: &str, tone: Tone, number: impl Fn(usize) -> f64) -> Layer {
        let mut sum = 0.0;
        let add = |day: usize| {
            sum += number(day) * self.bp();
            sum
        };
        let sums: Vec<f64> = (0..self.trace().days()).map(add).collect();
        self.line(name, tone, |day| sums[day])
    }

    fn figure(&self, id: &str, title: &str, summary: String, panels: Vec<Panel>) -> Figure {
        let days = self.trace().days();
        Figure {
            id: id.to_owned(),
            title: title.to_owned(),
            summary,
            basis: format!(
                "path {}, {days} days; money in bp of capital; crashes are shaded from peak to trough",
                self.path
            ),
            x: self.axis(),
            panels,
            shades: self.shades(),
        }
    }

    /// The portfolio, the VIX, what was held, and what came of it.
    fn walk(&self) -> Figure {
        let trace = self.trace();
        let start = trace.index.first().copied().unwrap_or(1.0);
        let held = Layer::line("multiplier", Tone::DYNAMIC, self.steps(|day| trace.multiplier[day])).stepped(true);
        let panels = vec![
            Panel::new(
                Axis::linear("portfolio, start = 1"),
                vec![self.line("portfolio without hedge", Tone::PORTFOLIO, |day| trace.index[day] / start)],
            ),
            Panel::new(Axis::linear("VIX"), vec![self.line("VIX", Tone::Series(2), |day| trace.vix[day])]),
            Panel::new(Axis::linear("multiplier"), vec![held]),
            Panel::new(
                Axis::linear("running sum, bp"),
                vec![
                    self.running("trading cost", Tone::Quiet, |day| trace.cost(day)),
                    self.running("hedge P&L net of cost", Tone::Accent, |day| trace.net(day)),
                ],
            )
            .with_zero()
            .of_height(1.5),
        ];
        let summary = format!(
            "The portfolio ends at {:.2} of its start, the hedge at {:.0} bp of capital, of which {:.0} bp were paid for trading; \
             the multiplier is {:.2} on average.",
            trace.index.last().copied().unwrap_or(start) / start,
            self.sum(|day| trace.net(day)),
            self.sum(|day| trace.cost(day)),
            trace.multiplier.iter().sum::<f64>() / trace.days() as f64
        );
        self.figure("path", "Portfolio, VIX, multiplier and hedge, day by day", summary, panels)
    }

    /// A number that stays for days: only where it changes, if that is shorter.
    fn steps(&self, number: impl Fn(usize) -> f64) -> Vec<[f64; 2]> {
        let days = self.trace().days();
        let changes = |day: &usize| *day == 0 || *day + 1 == days || number(*day) != number(*day - 1);
        let points: Vec<[f64; 2]> = (0..days).filter(changes).map(|day| [self.place(day), number(day)]).collect();
        thinned(&points)
    }

    /// Where the marks of the hedge come from.
    fn attribution(&self) -> Figure {
        let trace = self.trace();
        let mut layers = Vec::new();
        let mut words = Vec::new();
        for (at, name) in PARTS.iter().enumerate().filter(|(at, _)| trace.parts[*at].iter().any(|x| *x != 0.0)) {
            layers.push(self.running(name, Tone::Series(at as u8), |day| trace.parts[at][day]));
            words.push(format!("{name} {:.0}", self.sum(|day| trace.parts[at][day])));
        }
        let rest = |day: usize| trace.hedge_mark_pnl[day] - trace.parts.iter().map(|part| part[day]).sum::<f64>();
        layers.push(self.running("rest", Tone::Quiet, rest).dashed());
        layers.push(self.running("trading cost", Tone::Loss, |day| -trace.cost(day)));
        layers.push(self.running("net", Tone::Accent, |day| trace.net(day)));
        let (rest, cost, net) = (self.sum(rest), self.sum(|day| -trace.cost(day)), self.sum(|day| trace.net(day)));
        words.extend([format!("rest {rest:.0}"), format!("trading cost {cost:.0}")]);
        let summary = format!("In the end {}, together {net:.0} bp.", words.join(", "));
        let panel = Panel::new(Axis::linear("running sum, bp"), layers).with_zero();
        self.figure("attribution", "Hedge P&L by its parts, running sums", summary, vec![panel])
    }

    fn crashes(&self) -> Part {
        if self.trace().windows.is_empty() {
            return Part::Text("The path has no crash.".to_owned());
        }
        let row = |(peak, trough, window): (usize, usize, &hedgelab::metrics::windows::Window)| {
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

    fn months(&self) -> Table {
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
    fn days(&self) -> Table {
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

/// A date as a place on an axis of years.
fn year(date: &str) -> Option<f64> {
    let mut parts = date.splitn(3, '-');
    let (year, month, day): (f64, usize, f64) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    Some(year + (f64::from(*before.get(month.checked_sub(1)?)?) + day - 1.0) / 366.0)
}

/// At most so many points that the eye sees the same line: of each stretch the lowest and the highest, and both ends.
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    if points.len() <= POINTS {
        return points.to_vec();
    }
    let mut kept = vec![*first];
    for stretch in points.chunks(points.len().div_ceil(POINTS / 2)) {
        let by = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let (Some(low), Some(high)) = (stretch.iter().min_by(by), stretch.iter().max_by(by)) else { continue };
        let mut both = [*low, *high];
        both.sort_by(|a, b| a[0].total_cmp(&b[0]));
        kept.extend(both);
    }
    kept.push(*last);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thin_lines_keep_their_ends_and_their_extremes() {
        let wave: Vec<[f64; 2]> =
            (0..5000).map(|i| [i as f64, (i as f64 * 0.37).sin() + f64::from(i == 2501)]).collect();
        let thin = thinned(&wave);
        assert!(thin.len() <= POINTS + 2, "{}", thin.len());
        assert!(thin.contains(&wave[0]) && thin.contains(&wave[4999]) && thin.contains(&wave[2501]));
        assert!(thin.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert_eq!((thinned(&wave[..9]).len(), thinned(&[]).len()), (9, 0));
    }

    #[test]
    fn dates_are_places_on_an_axis() {
        assert_eq!(year("2020-01-01"), Some(2020.0));
        assert!(year("2020-12-31").is_some_and(|x| 2020.99 < x && x < 2021.0));
        assert_eq!((year("2020-13-01"), year("17"), year("2020-00-01")), (None, None, None));
    }
}

//! The figures of a path: lines through its days, crashes shaded.

use super::Shown;
use hedgelab::figure::{Axis, Figure, Layer, Panel, Shade, Tone};
use hedgelab::grid::DAYS_PER_YEAR;
use hedgelab::metrics::windows::Window;

/// Most points of a line: a page needs no more, the CSV has every day.
const POINTS: usize = 800;

/// Parts of the hedge's marks, by the columns of the CSV.
const PARTS: [&str; 6] = ["delta", "gamma", "vega", "theta", "regime switch", "financing"];

impl Shown<'_> {
    /// Places of the days: their numbers, or years since the first where they have dates.
    fn axis(&self) -> Axis {
        match self.ledger.has_dates() {
            true => Axis::linear(format!("years since {}", self.ledger.day(0))),
            false => Axis::linear("trading day"),
        }
    }

    fn place(&self, day: usize) -> f64 {
        match self.ledger.has_dates() {
            true => day as f64 / DAYS_PER_YEAR,
            false => self.trace().row[day] as f64,
        }
    }

    fn shades(&self) -> Vec<Shade> {
        let shade = |(peak, trough, window): (usize, usize, &Window)| Shade {
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
    pub(super) fn walk(&self) -> Figure {
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
                    self.running("hedge P&L net of cost", Tone::DYNAMIC, |day| trace.net(day)),
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
    pub(super) fn attribution(&self) -> Figure {
        let trace = self.trace();
        let mut layers = Vec::new();
        let mut words = Vec::new();
        for (at, name) in PARTS.iter().enumerate().filter(|(at, _)| trace.parts[*at].iter().any(|x| *x != 0.0)) {
            layers.push(self.running(name, Tone::Series(at as u8), |day| trace.parts[at][day]));
            words.push(format!("{name} {:.0}", self.sum(|day| trace.parts[at][day])));
        }
        let rest = |day: usize| trace.hedge_mark_pnl[day] - trace.parts.iter().map(|part| part[day]).sum::<f64>();
        layers.push(self.running("rest", Tone::Series(3), rest).dashed());
        layers.push(self.running("trading cost", Tone::Quiet, |day| -trace.cost(day)));
        layers.push(self.running("net", Tone::Accent, |day| trace.net(day)));
        let (rest, cost, net) = (self.sum(rest), self.sum(|day| -trace.cost(day)), self.sum(|day| trace.net(day)));
        words.extend([format!("rest {rest:.0}"), format!("trading cost {cost:.0}")]);
        let summary = format!("In the end {}, together {net:.0} bp.", words.join(", "));
        let panel = Panel::new(Axis::linear("running sum, bp"), layers).with_zero();
        self.figure("attribution", "Hedge P&L by its parts, running sums", summary, vec![panel])
    }
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
}

//! What each rung gains over knowing nothing, and the multipliers that it found.

use super::answer::{Judged, Judgement, PERCENT};
use super::{Best, Found, Ladder, NOTHING, Rung};
use crate::figure::{Axis, Bar, Figure, Layer, Panel, Point, Tone};
use crate::study::pictures::{INTERVALS, bar, digits, drawn, id, tone, upright};
use crate::study::search::told::{BP, told};

impl Ladder {
    pub(super) fn figures(&self, found: &Found, judgement: &Judgement, paths: usize) -> Vec<Figure> {
        drawn([self.gains(judgement, paths), self.functions(found, judgement)])
    }

    fn gains(&self, judgement: &Judgement, paths: usize) -> Figure {
        let nothing = &judgement.rungs[0];
        let above = &judgement.rungs[1..];
        let each = || above.iter().enumerate();
        let gained: Vec<Bar> =
            each().filter_map(|(at, rung)| bar(at as f64, rung.gain(nothing).as_ref(), BP)).collect();
        let trained = |(at, rung): (usize, &Judged)| Point {
            x: at as f64,
            y: (nothing.trained - rung.trained) * BP,
            ..Point::default()
        };
        let shares = each().filter_map(|(at, rung)| upright(at as f64, judgement.share(rung).as_ref(), PERCENT));
        let told_of = |rung: &Judged| {
            let share = match judgement.share(rung) {
                Some(share) => format!(", {} % of what can be gained", told(Some(share), PERCENT)),
                None => String::new(),
            };
            format!("`{}` {}{share}", rung.name, told(rung.gain(nothing), BP))
        };
        let open =
            if judgement.is_clear() { "" } else { " Shares are left open: what can be gained is not clear of chance." };
        Figure {
            id: id("oracle_ladder", "gains", 0),
            title: format!("What {} gains by knowing more", self.hedge),
            summary: format!(
                "Gain over the best fixed size on {paths} fresh paths, bp of capital a year: {}.{open}",
                above.iter().map(told_of).collect::<Vec<_>>().join("; ")
            ),
            basis: format!(
                "{paths} fresh paths, found on {} others; unit: bp of capital a year; {INTERVALS}, paired by path; in the text \
                 ± one standard error; weight {} of squared yearly losses",
                self.train, self.weight
            ),
            x: Axis::names("knows", above.iter().map(|rung| rung.name.to_owned()).collect()),
            panels: vec![
                Panel::new(
                    Axis::linear("gain over the best fixed size, bp a year"),
                    vec![
                        Layer::bars("on fresh paths", Tone::Series(0), gained),
                        Layer::points("in training", Tone::Quiet, each().map(trained).collect()),
                    ],
                )
                .with_zero(),
                Panel::new(
                    Axis::linear("share of the attainable gain, %"),
                    vec![Layer::points("share", Tone::Accent, shares.collect())],
                )
                .with_zero()
                .of_height(0.8),
            ],
            shades: Vec::new(),
        }
    }

    /// A panel for each rung: its multiplier by the VIX, a line for each point of what it knows besides.
    fn functions(&self, found: &Found, judgement: &Judgement) -> Figure {
        let (first, last) = (self.vix[0], self.vix[self.vix.len() - 1]);
        let panel = |(rung, best): (&Rung, &Best)| {
            let fixed = Layer::line(NOTHING, Tone::Quiet, [[first, found.size], [last, found.size]]).dashed();
            let line = |(column, name): (usize, &String)| {
                let give = best.multipliers.iter().skip(column).step_by(rung.wide());
                let points = self.vix.iter().zip(give).map(|(vix, multiplier)| [*vix, *multiplier]);
                // The VIX alone comes first; what is known besides has colours of its own.
                let shade = if name.is_empty() { 0 } else { 1 + column };
                Layer::line(if name.is_empty() { rung.name } else { name }, tone(shade), points)
            };
            let layers = std::iter::once(fixed).chain(rung.columns.iter().enumerate().map(line)).collect();
            Panel::new(Axis::linear(format!("multiplier, {}", rung.name)), layers)
        };
        let of_vix = self.rungs.iter().zip(&found.rungs).find(|(rung, _)| rung.second.is_none());
        let ends = of_vix.map_or_else(String::new, |(_, best)| {
            let give = &best.multipliers;
            let held = |at: usize| digits(give[at]);
            format!(" The rung `vix` holds {} at VIX {first} and {} at VIX {last}.", held(0), held(give.len() - 1))
        });
        Figure {
            id: id("oracle_ladder", "functions", 0),
            title: format!("The best multiplier of {} by what is known", self.hedge),
            summary: format!(
                "The best fixed size is {}.{ends} {} rungs were found on {} training paths.",
                digits(found.size),
                judgement.rungs.len(),
                self.train
            ),
            basis: format!(
                "found on {} training paths; unit: multiplier of {}, at most {}; no interval: multipliers at points where \
                 training paths hardly were mean nothing",
                self.train, self.hedge, self.most
            ),
            x: Axis::linear("VIX, points"),
            panels: self.rungs.iter().zip(&found.rungs).map(panel).collect(),
            shades: Vec::new(),
        }
    }
}

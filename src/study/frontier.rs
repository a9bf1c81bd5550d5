//! Protection against money lost: where every hedge stands in that plane, and where a fixed one stands at each size.
//!
//! Protection is what of the portfolio's worst years and of its drawdown is avoided: the measure with the hedge minus that
//! without, path by path. Money lost and protection of one hedge share their paths, so their errors go together; the
//! correlation of the two makes the ellipse. Sizes of the fixed hedge are those of the twins, which were walked anyway.

use super::comparison::{Pairing, Twin};
use super::measure::{Measured, Rows};
use super::resample::Path;
use super::twins::{Profile, is_dynamic, profile};
use crate::engine::{Experiment, Outcome, Trace};
use crate::grid::DAYS_PER_YEAR;
use crate::stats::estimate::{Estimate, LEVEL};
use rayon::prelude::*;

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A named rule that never changes what it holds.
    Static,
    /// A named rule that does.
    Dynamic,
    /// The fixed hedge of slot `of` times a size.
    Fixed {
        /// Slot of the fixed hedge.
        of: usize,
        /// Multiple.
        size: f64,
    },
    /// The portfolio of which this share is not held.
    HoldLess(f64),
}

/// A hedge in the plane of protection and money lost.
#[derive(Clone, Debug)]
pub struct Place {
    /// Name of the rule, or of the twin.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Money lost, basis points of capital a year.
    pub cost: Estimate,
    /// Expected shortfall of yearly P&L avoided, share of capital.
    pub shortfall: Avoided,
    /// Compounded drawdown avoided, share of the peak.
    pub drawdown: Avoided,
}

/// What of a risk is avoided.
#[derive(Clone, Copy, Debug)]
pub struct Avoided {
    /// The measure without the hedge less that with it; positive: the hedge protects.
    pub estimate: Estimate,
    /// Correlation of its error with that of the money lost.
    pub correlation: f64,
}

/// Where a profile stands beside that of the portfolio without a hedge.
pub fn place(name: &str, kind: Kind, of: &Profile, unhedged: &Profile) -> Option<Place> {
    let cost = of.cost.as_ref()?;
    let avoided = |risk: Measured| {
        let estimate = risk.estimate("paired by path")?;
        Some(Avoided { estimate, correlation: correlation(&cost.psi, &risk.psi) })
    };
    Some(Place {
        name: name.to_owned(),
        kind,
        cost: cost.estimate("mean over paths")?,
        shortfall: avoided(of.shortfall.as_ref()?.minus(unhedged.shortfall.as_ref()?))?,
        drawdown: avoided(unhedged.drawdown.as_ref()?.minus(of.drawdown.as_ref()?))?,
    })
}

/// Correlation of two lists of contributions, which sum to zero; 0 where one has none.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let both = (product(a, a) * product(b, b)).sqrt();
    if both > 0.0 { (product(a, b) / both).clamp(-1.0, 1.0) } else { 0.0 }
}

/// Places of the named rules.
pub fn of_rules(experiment: &Experiment, outcome: &Outcome, unhedged: &Profile) -> Vec<Place> {
    let days = experiment.grid.days();
    (0..experiment.named)
        .into_par_iter()
        .filter_map(|rule| {
            let kind = if is_dynamic(&experiment.rules[rule]) { Kind::Dynamic } else { Kind::Static };
            place(&experiment.rules[rule].name, kind, &profile(&Rows { outcome, rule, days }), unhedged)
        })
        .collect()
}

/// Place of a walked twin: a point of the curve of its fixed hedge, or of holding less.
pub fn of_twin(experiment: &Experiment, pairing: &Pairing, other: &Profile, unhedged: &Profile) -> Option<Place> {
    let size = pairing.twin.size.as_ref().ok()?.value;
    let kind = match pairing.twin.twin {
        Twin::EqualMultiplier | Twin::EqualMoney | Twin::EqualEs => {
            Kind::Fixed { of: experiment.fixed[pairing.rule], size }
        }
        Twin::HoldLess => Kind::HoldLess(size),
        Twin::Placebo => return None,
    };
    let name = format!("{} of {}", pairing.twin.twin.name(), experiment.rules[pairing.rule].name);
    place(&name, kind, other, unhedged)
}

/// Sizes at which the fixed hedge stands on the one real path.
const SIZES: [f64; 8] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0];

/// Places on one real path, without errors: the named rules, and the fixed hedges of the dynamic ones at several sizes.
pub fn of_history(experiment: &Experiment, traces: &[Trace]) -> Vec<Place> {
    let capital = experiment.portfolio.capital();
    let bare = Path::of(traces[experiment.unhedged].equity_pnl.iter().map(|x| x / capital));
    let stands = |name: &str, kind: Kind, trace: &Trace, size: f64| {
        let net = |day: usize| size * trace.net(day) / capital;
        let path = Path::of((0..trace.days()).map(|day| trace.equity_pnl[day] / capital + net(day)));
        let years = trace.days() as f64 / DAYS_PER_YEAR;
        let lost = -(0..trace.days()).map(net).sum::<f64>() * 1e4 / years;
        let point = |value: f64| Estimate::point(value, LEVEL, 1, "one real path");
        let avoided = |value: f64| Some(Avoided { estimate: point(value)?, correlation: 0.0 });
        Some(Place {
            name: name.to_owned(),
            kind,
            cost: point(lost)?,
            shortfall: avoided(path.worst()? - bare.worst()?)?,
            drawdown: avoided(bare.drawdown - path.drawdown)?,
        })
    };
    let dynamic = |rule: usize| is_dynamic(&experiment.rules[rule]);
    let named = (0..experiment.named).filter_map(|rule| {
        let kind = if dynamic(rule) { Kind::Dynamic } else { Kind::Static };
        stands(&experiment.rules[rule].name, kind, &traces[rule], 1.0)
    });
    let mut fixed: Vec<usize> =
        (0..experiment.named).filter(|rule| dynamic(*rule)).map(|rule| experiment.fixed[rule]).collect();
    fixed.sort_unstable();
    fixed.dedup();
    let curve = fixed.iter().flat_map(|&of| {
        let name = &experiment.rules[of].name;
        SIZES.iter().filter_map(move |&size| stands(name, Kind::Fixed { of, size }, &traces[of], size))
    });
    named.chain(curve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(values: &[f64]) -> Option<Measured> {
        Measured::mean(values)
    }

    #[test]
    fn a_place_has_what_is_avoided_and_how_errors_go_together() {
        let profile = |cost: &[f64], es: &[f64], drawdown: &[f64]| Profile {
            cost: measured(cost),
            shortfall: measured(es),
            drawdown: measured(drawdown),
            her21: None,
            sharpe: None,
        };
        let bare = profile(&[0.0; 3], &[-0.3; 3], &[0.4; 3]);
        let hedged = profile(&[10.0, 20.0, 30.0], &[-0.3, -0.2, -0.1], &[0.1, 0.2, 0.3]);
        let place = place("put", Kind::Static, &hedged, &bare).unwrap();
        assert!((place.cost.value - 20.0).abs() < 1e-12);
        assert!((place.shortfall.estimate.value - 0.1).abs() < 1e-12 && place.shortfall.correlation > 0.999);
        assert!((place.drawdown.estimate.value - 0.2).abs() < 1e-12 && place.drawdown.correlation < -0.999);
        assert_eq!(correlation(&[0.0, 0.0], &[1.0, -1.0]), 0.0);
    }
}

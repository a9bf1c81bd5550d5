//! The slope of the term structure of volatility, as a ratio: near over far, above 1 when near volatility is dearer, as it
//! is in turmoil.
//!
//! `of: futures` is the VIX future of 21 trading days over that of 63 (the first over the third month, at constant
//! maturity, so that it has no sawtooth of expiries). `of: vix_3m` is the VIX (30 days) over the VIX3M, the same index over 93 calendar days (Cboe, "Volatility Index
//! Methodology: Cboe 3-Month Volatility Index"). Both are prices that an investor sees; the model's VIX3M is
//! sqrt(a_k + b v) in points, from the same closed form as its VIX.

use super::{Known, ReadsSignal, Signal, View};
use crate::instruments::Needs;
use crate::instruments::prices::State;
use crate::lanes::{Lanes, Row};
use crate::market::{Factor, Facts};
use crate::pricing::vix::Affine;
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Years of the VIX3M horizon: 93 calendar days.
const VIX_3M_YEARS: f64 = 93.0 / 365.0;

/// A slope of the term structure.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Which two points.
    #[garde(skip)]
    pub of: Slope,
}

/// Which two points of the term structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Slope {
    /// VIX over VIX3M.
    #[serde(rename = "vix_3m")]
    Vix3m,
    /// The VIX future of 21 trading days over that of 63.
    #[serde(rename = "futures")]
    Futures,
}

impl Described for Spec {
    const HELP: &'static str =
        "slope of the volatility term structure, near over far (VIX / VIX3M or futures): above 1 in turmoil";
    const SPECIMEN: &'static str = "{ of: vix_3m }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let facts = known.facts;
        let vix_3m = VixOverVix3m::of(facts).ok_or_else(|| {
            Refusal::new("of", "needs a simulated market: real history has neither regimes nor a law of prices").help(
                "the file of a history has no column of the VIX3M; `vix_minus_realized` needs closes and VIX only",
            )
        })?;
        match self.of {
            Slope::Vix3m => Ok(Arc::new(vix_3m)),
            Slope::Futures => Ok(Arc::new(Futures)),
        }
    }
}

/// Holds the squared VIX3M of each belief, points squared.
struct VixOverVix3m(Vec<Affine>);

impl VixOverVix3m {
    /// As the prices of a market believe it; none for real history.
    fn of(facts: &Facts) -> Option<Self> {
        let beliefs = &facts.laws.as_ref()?.priced;
        Some(Self(beliefs.iter().map(|belief| belief.squared_index(VIX_3M_YEARS)).collect()))
    }
}

impl Signal for VixOverVix3m {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let (vix, variance) = (see.paths.rows(Factor::Vix), see.paths.rows(Factor::Variance));
        let regime = see.paths.rows(Factor::Regime);
        for (row, out) in out.iter_mut().enumerate() {
            let of = |index: &Affine| Lanes(regime[row].0.map(|k| index.a[k as usize])) + variance[row] * index.b;
            let squared = match &self.0[..] {
                [only] => of(only),
                beliefs => mixed(beliefs, see.paths.rows(Factor::PremiumWeight)[row], of),
            };
            *out = vix[row] / squared.max(Row::splat(1e-12)).sqrt();
        }
    }

    fn in_world(&self, facts: &Facts) -> Option<Arc<dyn Signal>> {
        Some(Arc::new(Self::of(facts)?))
    }
}

/// What `of` gives where prices stand on the line of several beliefs.
fn mixed(beliefs: &[Affine], place: Row, of: impl Fn(&Affine) -> Row) -> Row {
    let near = (place.0[0] as usize).min(beliefs.len() - 2);
    let weight = place - near as f64;
    (Row::splat(1.0) - weight) * of(&beliefs[near]) + weight * of(&beliefs[near + 1])
}

/// Trading days of the two futures.
const FUTURES: (usize, usize) = (21, 63);

/// Futures of constant maturity, from the market's price tables.
struct Futures;

impl Signal for Futures {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        for (row, out) in out.iter_mut().enumerate() {
            let state = State::at(see.paths, row, see.responds);
            *out = see.prices.future(FUTURES.0, &state).0 / see.prices.future(FUTURES.1, &state).0;
        }
    }

    fn needs(&self, needs: &mut Needs) {
        needs.futures(FUTURES.1);
    }
}

#[cfg(test)]
mod tests {
    use crate::draws::Source;
    use crate::instruments::Tables;
    use crate::lanes::{Row, WIDTH};
    use crate::market::{Factor, PathBlock};
    use crate::scenario::load_text;
    use crate::signals::alone;

    /// Heston's model: both indices are 1e4 s^2 (theta + (v - theta) (1 - e^(-kappa T)) / (kappa T)), here of an asset with
    /// s = 1.3.
    #[test]
    fn ratio_of_one_regime_is_the_closed_form() {
        let text = "
version: 1
name: slope
seed: 5
paths: 8
years: 1
market: { regime_svj: { regimes: { only: { variance: 0.04 } }, variance: { reversion: 4, vol_of_vol: 0.5 }, vix_of: B } }
portfolio: { capital: 1e6, assets: { A: { weight: 0.5 }, B: { weight: 0.5, volatility: 1.3 } } }
instruments: { put: { put: { underlying: B, moneyness: 0.95, tenor: 63 }, size: { per_exposure: 1 } } }
rules: { slope: { hedge: put, scale: [ { signal: { term_structure: { of: vix_3m } }, shape: { ratio: { to: 1 } } } ] } }
";
        let loaded = load_text("slope.yaml", text, &[]);
        let experiment = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment;
        let mut paths = PathBlock::new(experiment.grid.rows(), 2);
        experiment.market.simulate(Source::independent(5), 0, experiment.grid, &mut paths);
        let mut out = vec![Row::default(); experiment.grid.rows()];
        experiment.signals[0].read(&alone(&paths, &Tables::default()), &mut out);
        let squared = |v: f64, days: f64| {
            let t = 4.0 * days / 365.0;
            0.04 + (v - 0.04) * (1.0 - (-t).exp()) / t
        };
        for (ratio, v) in out.iter().zip(paths.rows(Factor::Variance)) {
            for lane in 0..WIDTH {
                let want = (squared(v.0[lane], 30.0) / squared(v.0[lane], 93.0)).sqrt();
                assert!((ratio.0[lane] - want).abs() < 1e-10, "{} {want}", ratio.0[lane]);
            }
        }
    }

    /// Main scenario, 200 paths of ten years: the VIX is below the VIX3M on 84 % of days, in the
    /// market on 75 to 85 %.
    #[test]
    fn near_volatility_is_the_cheaper_on_most_days() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/three-regimes.yaml");
        let experiment = crate::scenario::load(&path, &[]).unwrap().plan.experiment;
        let facts = experiment.market.facts();
        let spec: super::Spec = serde_json::from_str(r#"{ "of": "vix_3m" }"#).unwrap();
        let signal = super::ReadsSignal::build(
            &spec,
            &super::Known { facts, instruments: &[], exposed: &[], grid: experiment.grid },
        )
        .unwrap();
        let mut paths = PathBlock::new(experiment.grid.rows(), facts.assets.len());
        let mut out = vec![Row::default(); experiment.grid.rows()];
        let (mut below, mut days) = (0, 0);
        for group in 0..25 {
            experiment.market.simulate(experiment.source(), group * WIDTH as u64, experiment.grid, &mut paths);
            signal.read(&alone(&paths, &Tables::default()), &mut out);
            for row in &out {
                below += row.0.iter().filter(|ratio| **ratio < 1.0).count();
                days += WIDTH;
            }
        }
        let share = below as f64 / days as f64;
        println!("VIX below VIX3M on {share:.3} of days");
        assert!((0.79..0.85).contains(&share), "{share}");
    }
}

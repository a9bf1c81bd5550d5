//! Prices and greeks of European options from the characteristic function, by the cosine series of the density.
//!
//! Contract: one option to 1e-10 of spot, greeks to 1e-9, for any regime model of [`super::law`]; all greeks come from one
//! transform, without bumping. Method: Fang and Oosterlee, "A novel pricing method for European options based on
//! Fourier-cosine series expansions" (2008), put side only, on a range from Chernoff's bound, which also holds where
//! cumulants mislead: one-day jumps, variances that touch zero.

use super::complex::Complex;
use super::law::{Model, Variance};
use super::splitting::Steps;
use super::transform::{Transform, accurate};
use crate::lanes::{ABREAST, Lanes, Nodes};
use multiversion::multiversion;
use std::f64::consts::PI;

/// Range of the log price, around the forward, outside of which it lies with a stated small probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower end (a).
    pub low: f64,
    /// Upper end (b).
    pub high: f64,
}

impl Range {
    /// The least range that holds for each of `variances` at the start and every regime of `regimes`, where the log price
    /// lies outside with a probability of at most `outside` on either side.
    pub fn new(model: &Model, years: f64, variances: &[f64], regimes: std::ops::Range<usize>, outside: f64) -> Self {
        chernoff(model, years, variances, regimes, outside)
    }

    /// Width.
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

/// Chernoff's bound: P(X >= x) <= E[e^{pX}] e^{-px} for every p, on both sides.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn chernoff(model: &Model, years: f64, variances: &[f64], regimes: std::ops::Range<usize>, outside: f64) -> Range {
    let levels: Vec<(f64, usize)> = variances.iter().flat_map(|v| regimes.clone().map(|k| (*v, k))).collect();
    // [tail][level]: the tightest bound over the exponents so far.
    let mut reach = [vec![f64::INFINITY; levels.len()], vec![f64::INFINITY; levels.len()]];
    let bound = -libm::log(outside);
    for row in 0..EXPONENTS / ABREAST {
        let at = |lane: usize| {
            let share = (row * ABREAST + lane) as f64 / (EXPONENTS - 1) as f64;
            FIRST * libm::pow(LAST / FIRST, share)
        };
        for (tail, sign) in [-1.0, 1.0].into_iter().enumerate() {
            let p: [f64; ABREAST] = std::array::from_fn(|lane| sign * at(lane));
            let transform = Transform::new(model, Complex::new(Nodes::default(), -Lanes(p)));
            let count = 4 + libm::ceil(16.0 * years) as usize;
            // One level: extrapolated moments need not be positive.
            transform.march(Steps { length: years / count as f64, count, levels: 1 }, |step, b, g| {
                if step < count {
                    return;
                }
                for lane in 0..ABREAST {
                    if !finite_moment(model, years, p[lane], b.re.0[lane]) {
                        continue;
                    }
                    for (reach, (v, k)) in reach[tail].iter_mut().zip(&levels) {
                        let moment = g[*k].re.0[lane];
                        if moment > 0.0 && moment < LARGEST {
                            let here = (b.re.0[lane] * v + libm::log(moment) + bound) / p[lane].abs();
                            *reach = reach.min(here);
                        }
                    }
                }
            });
        }
    }
    // Without one finite moment there is no range: it is not a number, and neither is any price on it.
    let widest = |tail: &[f64]| {
        let finite = tail.iter().all(|bound| bound.is_finite());
        if finite { tail.iter().fold(0.0, |most: f64, bound| most.max(*bound)) } else { f64::NAN }
    };
    Range { low: -widest(&reach[0]), high: widest(&reach[1]) }
}

/// Exponents of Chernoff's bound that are tried, from [`FIRST`] to [`LAST`].
const EXPONENTS: usize = 64;
const FIRST: f64 = 0.05;
const LAST: f64 = 1_800.0;

/// A moment beyond this is not finite for our purposes: an exponential on the way has been held.
const LARGEST: f64 = 1e250;

/// Is E[e^{pX}] finite, with some room? (Explosion time of the square-root variance, and of the exponential jumps.)
fn finite_moment(model: &Model, years: f64, p: f64, b: f64) -> bool {
    let Variance::SquareRoot { reversion, vol_of_vol } = model.law.variance else {
        return true;
    };
    let chi = model.leverage * vol_of_vol * p - reversion;
    let square = chi * chi - vol_of_vol * vol_of_vol * (p * p - p);
    let explosion = if p * p <= p || (square >= 0.0 && chi < 0.0) {
        f64::INFINITY
    } else if square >= 0.0 {
        libm::log((chi + square.sqrt()) / (chi - square.sqrt())) / square.sqrt()
    } else {
        let root = (-square).sqrt();
        2.0 / root * (if chi < 0.0 { PI } else { 0.0 } + libm::atan(root / chi))
    };
    let most = model.law.variance_jump.iter().fold(0.0, |a: f64, eta| a.max(eta * b));
    years <= 0.9 * explosion && most < 0.95
}

/// Frequencies of the row `row` of a series on a range of `width`.
#[inline(always)]
pub(super) fn frequencies(row: usize, width: f64) -> Nodes {
    let mut u = Nodes::default();
    for lane in 0..ABREAST {
        u.0[lane] = (row * ABREAST + lane) as f64 * (PI / width);
    }
    u
}

/// Value of an option and what it depends on. Units: currency, per unit of the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Greeks {
    /// Value.
    pub price: f64,
    /// dP/dS.
    pub delta: f64,
    /// d2P/dS2.
    pub gamma: f64,
    /// dP/dv, v the spot variance.
    pub vega_variance: f64,
    /// Change of value a year at frozen variance and regime (negative for a decaying option).
    pub theta: f64,
}

/// An option to be priced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contract {
    /// Spot.
    pub spot: f64,
    /// Strike.
    pub strike: f64,
    /// Years to expiry, above 0.
    pub years: f64,
    /// A call, or else a put.
    pub call: bool,
}

/// Tail probability and size of the last terms that are left out for a single option.
const TAIL: f64 = 1e-13;

/// Most rows of eight terms: a variance of nothing a day before expiry needs 16,384 terms.
pub(super) const MOST_ROWS: usize = 8_192;

/// Price and greeks of one option, given spot variance and regime.
pub fn option(model: &Model, option: &Contract, variance: f64, regime: usize) -> Greeks {
    let Contract { spot, strike, years, call } = *option;
    let puts = smile(model, &Smile { spot, years, variance, regime }, &[strike]);
    let put = puts[0];
    if !call {
        return put;
    }
    let carry = libm::exp(-model.dividend * years);
    let (carried, strike_now) = (spot * carry, strike * libm::exp(-model.rate * years));
    Greeks {
        price: put.price + carried - strike_now,
        delta: put.delta + carry,
        theta: put.theta + model.dividend * carried - model.rate * strike_now,
        ..put
    }
}

/// Where puts of several strikes are priced together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smile {
    /// Spot.
    pub spot: f64,
    /// Years to expiry, above 0.
    pub years: f64,
    /// Spot variance of the asset.
    pub variance: f64,
    /// Regime.
    pub regime: usize,
}

/// Price and greeks of one put for each strike, all from one transform.
pub fn smile(model: &Model, at: &Smile, strikes: &[f64]) -> Vec<Greeks> {
    let Smile { spot, years, variance, regime } = *at;
    let forward = spot * libm::exp((model.rate - model.dividend) * years);
    let range = Range::new(model, years, &[variance], regime..regime + 1, TAIL);
    let logs: Vec<f64> = strikes.iter().map(|strike| libm::log(strike / forward)).collect();
    let sums = series(model, range, at, &logs);
    let carry = libm::exp(-model.dividend * years);
    let carried = spot * carry;
    logs.iter()
        .zip(sums)
        .map(|(kk, sums)| {
            let change = -model.rate * carried * sums.value
                + (model.rate - model.dividend) * carried * (sums.value - sums.slope)
                + carried * sums.in_time;
            Greeks {
                price: carried * sums.value,
                delta: carry * (sums.value - sums.slope),
                gamma: carry * libm::exp(*kk) * sums.density / spot,
                vega_variance: carried * sums.in_variance,
                theta: -change,
            }
        })
        .collect()
}

/// Sums of one series; values as a share of the forward, undiscounted.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    value: f64,
    slope: f64,
    density: f64,
    in_variance: f64,
    in_time: f64,
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn series(model: &Model, range: Range, at: &Smile, logs: &[f64]) -> Vec<Sums> {
    if !(range.width() > 0.0) {
        let none = f64::NAN;
        let sums = Sums { value: none, slope: none, density: none, in_variance: none, in_time: none };
        return vec![sums; logs.len()];
    }
    let steps = accurate(at.years);
    let mut sums = vec![[Nodes::default(); 5]; logs.len()];
    let mut quiet = 0;
    for row in 0..MOST_ROWS {
        let u = frequencies(row, range.width());
        let transform = Transform::new(model, Complex::new(u, Nodes::default()));
        let mut last = None;
        transform.march(steps, |step, b, g| {
            if step == steps.count {
                last = Some((*b, g[at.regime], transform.slopes(b, g)));
            }
        });
        let Some((b, g, (b_slope, g_slope))) = last else { break };
        let shift = Complex::new(Nodes::default(), u * -range.low);
        let grown = (b * at.variance + shift).exp();
        let phi = grown * g;
        let in_variance = b * phi;
        let in_time = grown * (b_slope * at.variance * g + g_slope[at.regime]);
        for (sums, kk) in sums.iter_mut().zip(logs) {
            let terms = Terms::new(u, range, *kk, row == 0);
            let parts = [
                phi.re * terms.value,
                phi.re * terms.slope,
                phi.re * terms.density,
                in_variance.re * terms.value,
                in_time.re * terms.value,
            ];
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += part;
            }
        }
        let small = phi.norm().lt(Lanes::splat(TAIL * TAIL));
        quiet = if (!small).any() { 0 } else { quiet + 1 };
        if quiet == 2 {
            break;
        }
    }
    let total = |(sums, kk): ([Nodes; 5], &f64)| {
        if *kk <= range.low {
            return Sums::default();
        }
        if *kk >= range.high {
            // Certain to be exercised: worth the strike less the forward.
            return Sums { value: libm::expm1(*kk), slope: libm::exp(*kk), ..Sums::default() };
        }
        let [value, slope, density, in_variance, in_time] = sums.map(|row| row.0.iter().sum());
        Sums { value, slope, density, in_variance, in_time }
    };
    sums.into_iter().zip(logs).map(total).collect()
}

/// Weights of one row of terms for one strike.
struct Terms {
    /// Of the value of the put.
    value: Nodes,
    /// Of its slope in the log strike.
    slope: Nodes,
    /// Of the density at the strike.
    density: Nodes,
}

impl Terms {
    #[inline(always)]
    fn new(u: Nodes, range: Range, kk: f64, first: bool) -> Self {
        // The first term has frequency 0; a tiny one gives its limit.
        let safe = u.max(Lanes::splat(1e-9));
        let (sine, cosine) = (safe * ((kk - range.low) / std::f64::consts::TAU)).sin_cos_turns();
        let (grown, low) = (libm::exp(kk), libm::exp(range.low));
        let psi = sine / safe;
        let chi = (cosine * grown - low + safe * sine * grown) / (safe * safe + 1.0);
        let mut scale = Nodes::splat(2.0 / range.width());
        if first {
            scale.0[0] *= 0.5;
        }
        Self { value: (psi * grown - chi) * scale, slope: psi * grown * scale, density: cosine * scale }
    }
}

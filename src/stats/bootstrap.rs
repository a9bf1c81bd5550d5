//! Stationary bootstrap: the doubt of a statistic of one history.
//!
//! Days are resampled in blocks of geometric length with mean 1/p, wrapped at the end of the history, so that the
//! resampled series is stationary (Politis and Romano 1994, <https://doi.org/10.1080/01621459.1994.10476870>):
//!
//! ```text
//! i₀ = ⌊u n⌋ ;   iₜ = ⌊u n⌋ if v < p, else (iₜ₋₁ + 1) mod n
//! ```
//!
//! A statistic is recomputed on every resample; the standard deviation of the results (divisor B − 1) is its
//! error and their quantiles are the ends of the interval (percentile method, linear quantiles). Resample what
//! happened on a day (returns, P&L, marks) of all compared rules together: the indices are the same for all of
//! them, so a difference of two is paired.
//!
//! Limits: one history is one draw of its crises, and resampling cannot invent another. Blocks must be longer than
//! the memory of the data: volatility wants hundreds of days, and then a few decades hold few independent blocks.
//! The percentile interval corrects neither bias nor skewness.

use std::{error::Error, fmt};

use rand::Rng;
use rand_pcg::Pcg64;

use super::{Estimate, moments, quantile};

/// Share of the resamples in which a statistic must be defined, or it gets no error.
const DEFINED: f64 = 0.9;
/// One constant stream for all generators; they differ in their state.
const STREAM: u128 = 0x0a02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;

/// Why a bootstrap cannot be run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BootstrapError {
    /// There are no days.
    NoDays,
    /// The mean block is not a finite number of at least one day.
    MeanBlock(f64),
    /// A fixed block is empty or longer than the history.
    Block {
        /// Days of the block.
        block: usize,
        /// Days of the history.
        days: usize,
    },
    /// Fewer than two replications.
    Replications(u64),
    /// The level is not inside (0, 1).
    Level(f64),
}

impl fmt::Display for BootstrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDays => write!(f, "no days to resample; check the range of the history"),
            Self::MeanBlock(days) => {
                write!(f, "mean block {days} days; give a finite number of at least 1")
            }
            Self::Block { block, days } => write!(f, "block of {block} days; give 1 to {days} days"),
            Self::Replications(n) => write!(f, "{n} replications; at least 2 are needed"),
            Self::Level(level) => write!(f, "level {level}; give a number between 0 and 1"),
        }
    }
}

impl Error for BootstrapError {}

/// A stationary bootstrap of a history of so many days.
///
/// Replication b depends on (seed, b) alone, so replications may be drawn in any order and on any thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stationary {
    days: usize,
    restart: f64,
    seed: u64,
}

impl Stationary {
    /// Blocks of `mean_block` days on average; 1 resamples single days.
    ///
    /// # Errors
    /// [`BootstrapError::NoDays`] and [`BootstrapError::MeanBlock`].
    pub fn new(days: usize, mean_block: f64, seed: u64) -> Result<Self, BootstrapError> {
        if days == 0 {
            return Err(BootstrapError::NoDays);
        }
        if !(mean_block >= 1.0 && mean_block.is_finite()) {
            return Err(BootstrapError::MeanBlock(mean_block));
        }
        let restart = 1.0 / mean_block;
        Ok(Self { days, restart, seed })
    }

    /// Length of the history in days.
    pub fn days(&self) -> usize {
        self.days
    }

    /// Probability p that a day begins a new block, one over the mean block.
    pub fn restart(&self) -> f64 {
        self.restart
    }

    /// Writes the days of one replication into `out`, which is resized to the length of the history.
    pub fn draw(&self, replication: u64, out: &mut Vec<usize>) {
        let mut random = generator(self.seed, replication);
        let mut day = 0;
        out.clear();
        for t in 0..self.days {
            let restart = uniform(&mut random) < self.restart;
            day = if t == 0 || restart { place(uniform(&mut random), self.days) } else { following(day, self.days) };
            out.push(day);
        }
    }
}

/// Indices from given uniforms: a restart where `restarts[t] < p`, at day `⌊positions[t] n⌋`.
///
/// The first day is always a position. `None` if the slices differ in length or are empty, or if p or a uniform
/// is outside [0, 1] (positions must be below 1). The history has as many days as there are uniforms.
pub fn indices_from_uniforms(p: f64, restarts: &[f64], positions: &[f64]) -> Option<Vec<usize>> {
    let n = restarts.len();
    let unit = 0.0..=1.0;
    let valid = n > 0
        && n == positions.len()
        && unit.contains(&p)
        && restarts.iter().all(|v| unit.contains(v))
        && positions.iter().all(|u| (0.0..1.0).contains(u));
    if !valid {
        return None;
    }
    let mut day = 0;
    let mut step = |t: usize| {
        day = if t == 0 || restarts[t] < p { place(positions[t], n) } else { following(day, n) };
        day
    };
    Some((0..n).map(&mut step).collect())
}

/// Bootstrap errors and percentile intervals of a vector of statistics.
///
/// `statistic` takes the days in their resampled order and gives the same number of statistics each time; first it
/// is called with the days as they were, which gives the values. A statistic that is undefined on the history is
/// `None`. One that is undefined on more than a tenth of the resamples keeps its value without error or interval,
/// and an end of the interval needs at least one resample beyond it. `n` is the number of days.
///
/// # Errors
/// See [`BootstrapError`].
pub fn intervals(
    days: usize,
    mean_block: f64,
    replications: u64,
    seed: u64,
    level: f64,
    statistic: impl Fn(&[usize]) -> Vec<Option<f64>>,
) -> Result<Vec<Option<Estimate>>, BootstrapError> {
    let bootstrap = Stationary::new(days, mean_block, seed)?;
    if replications < 2 {
        return Err(BootstrapError::Replications(replications));
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(BootstrapError::Level(level));
    }
    let mut order: Vec<usize> = (0..days).collect();
    let values = statistic(&order);
    let mut resampled = vec![Vec::new(); values.len()];
    for replication in 0..replications {
        bootstrap.draw(replication, &mut order);
        for (column, x) in resampled.iter_mut().zip(statistic(&order)) {
            column.extend(x.filter(|x| x.is_finite()));
        }
    }
    let both = values.into_iter().zip(resampled);
    let finish =
        |(value, mut column): (Option<f64>, Vec<f64>)| summary(value?, &mut column, replications, level, days as u64);
    Ok(both.map(finish).collect())
}

/// A value with error and percentile interval from the resampled results in which it was defined.
///
/// For callers that run the replications themselves, see [`Stationary::draw`]. Reorders `resampled`; `None` if the
/// value is not finite.
pub fn summary(value: f64, resampled: &mut [f64], replications: u64, level: f64, n: u64) -> Option<Estimate> {
    let method = "stationary bootstrap, percentile";
    let defined = resampled.len() as f64;
    if defined < DEFINED * replications as f64 {
        return Estimate::point(value, level, n, method);
    }
    let se = moments::sd(resampled);
    let tail = 0.5 * (1.0 - level);
    // a slack for the rounding of the level: 40 resamples are enough for 95 %
    let ends =
        (defined * tail >= 1.0 - 1e-9).then(|| quantile::linear_quantiles(resampled, &[tail, 1.0 - tail])).flatten();
    let (low, high) = (ends.as_ref().map(|e| e[0]), ends.as_ref().map(|e| e[1]));
    Estimate::with_interval(value, se, low, high, level, n, method)
}

/// The day at which the uniform `u` falls.
pub(super) fn place(u: f64, n: usize) -> usize {
    ((u * n as f64) as usize).min(n - 1)
}

pub(super) fn following(day: usize, n: usize) -> usize {
    if day + 1 < n { day + 1 } else { 0 }
}

pub(super) fn uniform(random: &mut Pcg64) -> f64 {
    (random.next_u64() >> 11) as f64 * (0.5 / (1_u64 << 52) as f64)
}

/// The generator of one replication: seed and number are hashed into the whole state.
pub(super) fn generator(seed: u64, replication: u64) -> Pcg64 {
    let key = splitmix(splitmix(seed) ^ replication);
    let (high, low) = (splitmix(key), splitmix(key ^ 0x5851_f42d_4c95_7f2d));
    Pcg64::new((u128::from(high) << 64) | u128::from(low), STREAM)
}

/// SplitMix64: one step and its finaliser (Steele, Lea and Flood 2014, <https://doi.org/10.1145/2660193.2660195>).
fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{at, counts, floats, near};

    #[test]
    fn reference_indices() {
        for case in at("/stationary_bootstrap_indices").as_array().unwrap() {
            let input = &case["input"];
            let (v, u) = (floats(&input["u_restart"]), floats(&input["u_pos"]));
            let ours = indices_from_uniforms(input["p"].as_f64().unwrap(), &v, &u);
            assert_eq!(ours, Some(counts(&case["expected"])));
        }
    }

    #[test]
    fn splitmix_is_the_published_one() {
        assert_eq!(splitmix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(splitmix(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    /// Golden: the same generator, hash and rule written with NumPy's PCG64.
    #[test]
    fn draws_are_these() {
        let (b, mut order) = (Stationary::new(16, 4.0, 2024).unwrap(), vec![]);
        b.draw(3, &mut order);
        assert_eq!(order, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 5, 6, 10, 11, 12]);
    }

    #[test]
    fn a_replication_depends_on_seed_and_number_alone() {
        let b = Stationary::new(50, 10.0, 7).unwrap();
        let (mut first, mut again, mut other) = (vec![], vec![9; 200], vec![]);
        b.draw(3, &mut first);
        b.draw(4, &mut other);
        b.draw(3, &mut again);
        assert_eq!(first, again);
        assert_ne!(first, other);
        Stationary::new(50, 10.0, 8).unwrap().draw(3, &mut again);
        assert_ne!(first, again);
    }

    /// 400 replications of 1,000 days: 4,000 restarts expected per mean block of 100; α = 1e-4, fixed seed.
    #[test]
    fn blocks_have_their_mean_and_days_are_uniform() {
        let b = Stationary::new(1000, 100.0, 1).unwrap();
        let (mut order, mut joins, mut sum) = (vec![], 0.0, 0.0);
        for replication in 0..400 {
            b.draw(replication, &mut order);
            assert!(order.len() == 1000 && order.iter().all(|d| *d < 1000));
            let join = |w: &&[usize]| w[1] != (w[0] + 1) % 1000;
            joins += order.windows(2).filter(join).count() as f64;
            sum += order.iter().sum::<usize>() as f64;
        }
        // a restart hits the following day once in a thousand
        let trials: f64 = 400.0 * 999.0;
        let p = 0.01 * 0.999;
        assert!((joins - trials * p).abs() < 3.9 * (trials * p * (1.0 - p)).sqrt(), "{joins}");
        // a mean index has at most the variance of a uniform on 1000, over about 400 × 5 effective blocks
        let mean = sum / 400_000.0;
        assert!((mean - 499.5).abs() < 3.9 * 288.7 / 2000_f64.sqrt(), "{mean}");
    }

    #[test]
    fn the_error_of_a_mean_of_independent_days_is_sd_over_root_n() {
        let x: Vec<f64> = (0..400).map(|i| (splitmix(i) >> 40) as f64).collect();
        let mean = |order: &[usize]| {
            let sum: f64 = order.iter().map(|i| x[*i]).sum();
            vec![Some(sum / order.len() as f64)]
        };
        let e = intervals(400, 1.0, 4000, 5, 0.95, mean).unwrap()[0].unwrap();
        let usual = moments::Moments::of(&x);
        near(e.value, usual.mean().unwrap(), 1e-12);
        let se = usual.standard_error().unwrap();
        // 4,000 resamples know an error to 1.1 %; 5 % is 4.5 of these
        near(e.se.unwrap(), se, 0.05);
        near(e.ci_high.unwrap() - e.ci_low.unwrap(), 2.0 * 1.96 * se, 0.06);
        assert_eq!(e.n, 400);
    }

    #[test]
    fn undefined_statistics_stay_null() {
        let statistic = |order: &[usize]| {
            let rare = (order[0] < 30).then_some(1.0);
            vec![Some(order[5] as f64), None, Some(f64::NAN), rare, Some(2.0)]
        };
        let all = intervals(100, 20.0, 60, 1, 0.95, statistic).unwrap();
        assert!(all[0].unwrap().se.is_some() && all[0].unwrap().ci_low.is_some());
        assert_eq!((all[1], all[2]), (None, None));
        let rare = all[3].unwrap();
        assert_eq!((rare.value, rare.se, rare.ci_low), (1.0, None, None));
        assert_eq!((all[4].unwrap().se, all[4].unwrap().ci_low), (Some(0.0), Some(2.0)));
        let few = intervals(100, 20.0, 39, 1, 0.95, statistic).unwrap()[0].unwrap();
        assert!(few.se.is_some() && few.ci_low.is_none());
        let enough = intervals(100, 20.0, 40, 1, 0.95, statistic).unwrap()[0].unwrap();
        assert!(enough.ci_low.is_some());
    }

    #[test]
    fn bad_settings_are_refused() {
        let none = |_: &[usize]| vec![];
        assert_eq!(intervals(0, 5.0, 9, 1, 0.95, none), Err(BootstrapError::NoDays));
        for block in [0.5, f64::NAN, f64::INFINITY] {
            let error = intervals(9, block, 9, 1, 0.95, none).unwrap_err();
            assert!(error.to_string().contains("at least 1"));
        }
        assert!(intervals(9, 5.0, 1, 1, 0.95, none).is_err());
        assert!(intervals(9, 5.0, 9, 1, f64::NAN, none).is_err());
        assert_eq!(intervals(9, 5.0, 9, 1, 0.95, none), Ok(vec![]));
        let one = intervals(1, 5.0, 50, 1, 0.95, |o| vec![Some(o[0] as f64)]).unwrap();
        assert_eq!(one[0].unwrap().value, 0.0);
        assert!(indices_from_uniforms(0.5, &[], &[]).is_none());
        assert!(indices_from_uniforms(f64::NAN, &[0.5], &[0.5]).is_none());
        assert!(indices_from_uniforms(0.5, &[0.5], &[1.0]).is_none());
    }
}

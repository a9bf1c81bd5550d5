//! Points of scrambled Sobol nets, and the Brownian bridge that puts their first coordinates where they matter most.
//!
//! Limits: 256 coordinates and 65,536 points a net, of 24 bits. A path of thousands of days has more draws than that: the
//! first coordinates are its first events and the coarse shape of its diffusions, everything finer is drawn as usual (a
//! hybrid net, Spanier, "Quasi-Monte Carlo methods for particle transport problems", 1995; the bridge: Caflisch, Morokoff,
//! Owen, "Valuation of mortgage-backed securities using Brownian bridges to reduce effective dimension", 1997).

use super::mix;
use crate::lanes::Row;

/// First draws of each clock that come from the net: when and where the first switches go, the first crashes.
pub(super) const LEAD: u32 = 12;

/// Coordinates behind those of the clocks.
const DIFFUSIVE: u32 = sobol_burley::NUM_DIMENSIONS - 2 * LEAD;

/// Stretches of a path whose sums come from the net, at most.
const MOST_STRETCHES: usize = 64;

/// One point of a net.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    index: u32,
    scrambling: u32,
}

impl Point {
    /// Point `index` of a net.
    pub(super) const fn new(seed: u64, net: u64, index: u32) -> Self {
        Self { index, scrambling: (mix(mix(seed) ^ mix(net)) >> 32) as u32 }
    }

    /// A coordinate in (0, 1): the middle of one of 2^24 parts.
    pub fn coordinate(&self, dimension: u32) -> f64 {
        f64::from(sobol_burley::sample(self.index, dimension, self.scrambling)) + 1.0 / f64::from(1u32 << 25)
    }
}

/// Stretches whose sums the net decides, for so many factors: a power of two.
pub fn stretches(factors: usize) -> usize {
    let most = (DIFFUSIVE as usize / factors.max(1)).clamp(1, MOST_STRETCHES);
    1 << most.ilog2()
}

/// Standard normal increments of each factor over equal stretches, `[stretch][factor]`, on as many paths as there are points.
pub fn coordinates(points: &[Point], factors: usize) -> Vec<Vec<Row>> {
    let count = stretches(factors);
    let normal = |order: usize, factor: usize| {
        let dimension = 2 * LEAD + (order * factors + factor) as u32;
        let mut row = Row::splat(0.5);
        for (lane, point) in points.iter().enumerate() {
            row.0[lane] = point.coordinate(dimension);
        }
        row.normal_quantile()
    };
    let mut out = vec![vec![Row::default(); factors]; count];
    for factor in 0..factors {
        let mut level = vec![Row::default(); count + 1];
        level[count] = normal(0, factor) * (count as f64).sqrt();
        let (mut width, mut order) = (count, 1);
        while width > 1 {
            let half = width / 2;
            for from in (0..count).step_by(width) {
                let middle = (level[from] + level[from + width]) * 0.5;
                level[from + half] = middle + normal(order, factor) * (half as f64 * 0.5).sqrt();
                order += 1;
            }
            width = half;
        }
        for (stretch, row) in out.iter_mut().enumerate() {
            row[factor] = level[stretch + 1] - level[stretch];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{Sampling, Source};
    use crate::lanes::WIDTH;

    /// n = 4,096 paths of two factors over 64 stretches: increments have mean 0, variance 1 and no correlation, each of 64
    /// x 2 means, variances and neighbours' products within 4.5 standard errors of independent draws (a net has less).
    #[test]
    fn increments_are_standard_normal() {
        let source = Source { seed: 5, sampling: Sampling::Sobol };
        let n = 4_096u64;
        let mut sums = vec![[0.0f64; 3]; 128];
        for first in (0..n).step_by(WIDTH) {
            let points: Vec<Point> = (0..WIDTH as u64).filter_map(|lane| source.point(first + lane)).collect();
            let found = coordinates(&points, 2);
            assert_eq!(found.len(), 64);
            for (stretch, rows) in found.iter().enumerate() {
                for (factor, row) in rows.iter().enumerate() {
                    let other = found[(stretch + 1) % 64][1 - factor];
                    for lane in 0..WIDTH {
                        let z = row.0[lane];
                        let add = [z, z * z - 1.0, z * other.0[lane]];
                        sums[2 * stretch + factor].iter_mut().zip(add).for_each(|(sum, x)| *sum += x);
                    }
                }
            }
        }
        for [mean, variance, product] in sums {
            let root = (n as f64).sqrt();
            assert!(mean.abs() < 4.5 * root && variance.abs() < 4.5 * root * 2f64.sqrt() && product.abs() < 4.5 * root);
        }
    }
}

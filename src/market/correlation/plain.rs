//! The same correlation on one path in plain numbers.

use super::{Correlation, SMALLEST, at};
use crate::lanes::{larger, scalar::exp};

/// The correlation in force on one path.
pub(in crate::market) struct PlainMix<'a> {
    of: &'a Correlation,
    weights: Vec<f64>,
    target: Vec<f64>,
    tilt: Vec<f64>,
    shares: Vec<f64>,
    root: Vec<f64>,
}

impl<'a> PlainMix<'a> {
    /// On a path that starts in `regime`.
    pub(in crate::market) fn new(of: &'a Correlation, regime: usize) -> Self {
        let matrices = of.residual.len();
        let mut mix = Self {
            of,
            weights: Vec::new(),
            target: vec![0.0; matrices],
            tilt: vec![0.0; matrices],
            shares: vec![0.0; matrices],
            root: vec![0.0; of.assets * (of.assets + 1) / 2],
        };
        mix.switch(0, regime);
        mix.weights.clone_from(&mix.target);
        mix.factorise();
        mix
    }

    /// Correlated shocks from independent ones, in the order in which the lanes add on a whole day.
    pub(in crate::market) fn whole_day(&self, i: usize, raw: &[f64]) -> f64 {
        (0..i).fold(self.root[at(i, i)] * raw[i], |sum, j| sum + self.root[at(i, j)] * raw[j])
    }

    /// The same in the order of a later stretch of a day.
    pub(in crate::market) fn later(&self, i: usize, raw: &[f64]) -> f64 {
        (0..=i).map(|j| self.root[at(i, j)] * raw[j]).sum()
    }

    /// The path is now in `regime`, in this phase.
    pub(in crate::market) fn switch(&mut self, phase: usize, regime: usize) {
        let slot = self.of.slot[phase][regime];
        for (k, target) in self.target.iter_mut().enumerate() {
            *target = if k == slot { 1.0 } else { 0.0 };
        }
    }

    /// Moves the weights by one day; `noise` gives one standard normal a matrix.
    pub(in crate::market) fn advance(&mut self, noise: impl Fn(usize) -> f64) {
        if !self.of.moves() {
            return;
        }
        let keep = 1.0 - self.of.pull;
        for k in 0..self.weights.len() {
            self.weights[k] += (self.target[k] - self.weights[k]) * self.of.pull;
            if self.of.noise > 0.0 {
                self.tilt[k] = self.tilt[k] * keep + noise(k) * (self.of.noise * (1.0 - keep * keep).sqrt());
            }
        }
        self.factorise();
    }

    fn factorise(&mut self) {
        let tilted = self.of.noise > 0.0;
        for k in 0..self.shares.len() {
            self.shares[k] = if tilted { self.weights[k] * exp(self.tilt[k]) } else { self.weights[k] };
        }
        let total = self.shares.iter().fold(0.0, |sum, share| sum + share);
        let scale = if tilted { 1.0 / total } else { 1.0 };
        for i in 0..self.of.assets {
            let mut left = 1.0;
            for j in 0..i {
                let pairs = self.shares.iter().zip(&self.of.residual);
                let mut entry = pairs.fold(0.0, |sum, (share, matrix)| sum + share * matrix[i * (i - 1) / 2 + j]);
                entry *= scale;
                for l in 0..j {
                    entry -= self.root[at(i, l)] * self.root[at(j, l)];
                }
                let value = entry / self.root[at(j, j)];
                self.root[at(i, j)] = value;
                left -= value * value;
            }
            self.root[at(i, i)] = larger(left, SMALLEST).sqrt();
        }
    }
}

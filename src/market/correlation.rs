//! Correlated shocks whose correlation moves with the regime.
//!
//! The correlation in force is a convex mix of the regimes' matrices; its weights relax exponentially to the present
//! regime (half-life in days), and noise tilts them inside the simplex. A mix of valid matrices is valid, so nothing has
//! to be repaired on the way.

use super::assets::AssetTraits;
use crate::lanes::{Row, WIDTH};
use crate::matrix::product;
use crate::shelf::Refusal;
use nalgebra::DMatrix;

pub(super) mod plain;

/// Smallest eigenvalue that a correlation matrix of shocks may have.
const SMALLEST: f64 = 1e-10;

/// The checked correlation of the shocks that are left once the variance shock is taken out.
#[derive(Clone, Debug)]
pub(super) struct Correlation {
    assets: usize,
    /// `[slot][i (i - 1) / 2 + j]` for j < i: correlation of the residual shocks.
    residual: Vec<Vec<f64>>,
    /// `[phase][regime]`: slot of its matrix. A matrix that a break leaves alone keeps its slot.
    slot: Vec<Vec<usize>>,
    pull: f64,
    noise: f64,
}

/// Correlation of total shocks and how fast it moves.
pub(super) struct Dynamics {
    /// Days in which half of the way to the new regime's correlation is gone; 0: at once.
    pub(super) half_life: f64,
    /// Standard deviation of the tilt of the log weights.
    pub(super) noise: f64,
}

impl Correlation {
    /// Correlation of the regimes of the names, by the number for all pairs in each phase (`[phase][regime]`: phases lie
    /// between breaks), on assets with these leverages.
    pub(super) fn new(
        names: &[String],
        phases: &[&[f64]],
        assets: &[AssetTraits],
        leverage: &[f64],
        dynamics: &Dynamics,
    ) -> Result<Self, Refusal> {
        let mut residual = Vec::new();
        let mut slot: Vec<Vec<usize>> = Vec::new();
        for (phase, numbers) in phases.iter().enumerate() {
            let mut slots = Vec::new();
            for (k, (name, number)) in names.iter().zip(*numbers).enumerate() {
                let total = DMatrix::from_fn(assets.len(), assets.len(), |i, j| pair(assets, i, j, *number));
                let matrix = remove_leverage(name, &total, assets, leverage).map_err(|refusal| match phase {
                    0 => refusal,
                    _ => refusal.within(&format!("then[{}]", phase - 1)),
                })?;
                let before = phase.checked_sub(1).map(|before| slot[before][k]);
                slots.push(before.filter(|slot| residual[*slot] == matrix).unwrap_or(residual.len()));
                if slots[k] == residual.len() {
                    residual.push(matrix);
                }
            }
            slot.push(slots);
        }
        let pull = if dynamics.half_life > 0.0 { 1.0 - libm::exp2(-1.0 / dynamics.half_life) } else { 1.0 };
        Ok(Self { assets: assets.len(), residual, slot, pull, noise: dynamics.noise })
    }

    /// Does the correlation ever change?
    fn moves(&self) -> bool {
        self.residual.iter().any(|m| *m != self.residual[0])
    }

    /// Does it need draws of its own?
    pub(super) fn noisy(&self) -> bool {
        self.noise > 0.0 && self.moves()
    }

    /// State for one group of paths.
    pub(super) fn start(&self, regimes: &[usize; WIDTH]) -> Mix {
        let weights = (0..self.residual.len())
            .map(|k| {
                let mut row = Row::splat(0.0);
                for lane in 0..WIDTH {
                    row.0[lane] = f64::from(u8::from(self.slot[0][regimes[lane]] == k));
                }
                row
            })
            .collect::<Vec<_>>();
        let mut mix = Mix {
            target: weights.clone(),
            weights,
            tilt: vec![Row::splat(0.0); self.residual.len()],
            shares: vec![Row::splat(0.0); self.residual.len()],
            root: vec![Row::splat(0.0); self.assets * (self.assets + 1) / 2],
            still: !self.moves(),
        };
        self.factorise(&mut mix);
        mix
    }

    /// Lane `lane` is now in `regime`, in this phase.
    pub(super) fn switch(&self, mix: &mut Mix, lane: usize, phase: usize, regime: usize) {
        mix.turn(lane, self.slot[phase][regime]);
    }

    /// Moves the weights by one day and makes the new factor; `noise` gives one standard normal row a regime.
    #[inline(always)]
    pub(super) fn advance(&self, mix: &mut Mix, noise: impl Fn(usize) -> Row) {
        if mix.still {
            return;
        }
        for k in 0..mix.weights.len() {
            mix.weights[k] = mix.weights[k] + (mix.target[k] - mix.weights[k]) * self.pull;
            if self.noise > 0.0 {
                let keep = 1.0 - self.pull;
                mix.tilt[k] = mix.tilt[k] * keep + noise(k) * (self.noise * (1.0 - keep * keep).sqrt());
            }
        }
        self.factorise(mix);
    }

    /// Cholesky factor of the mixed matrix, row by row, on lanes.
    #[inline(always)]
    fn factorise(&self, mix: &mut Mix) {
        let mut total = Row::splat(0.0);
        for k in 0..mix.weights.len() {
            mix.shares[k] = if self.noise > 0.0 { mix.weights[k] * mix.tilt[k].exp() } else { mix.weights[k] };
            total += mix.shares[k];
        }
        let scale = if self.noise > 0.0 { Row::splat(1.0) / total } else { Row::splat(1.0) };
        for i in 0..self.assets {
            let mut left = Row::splat(1.0);
            for j in 0..i {
                let mut entry = Row::splat(0.0);
                for k in 0..mix.weights.len() {
                    entry += mix.shares[k] * self.residual[k][i * (i - 1) / 2 + j];
                }
                entry *= scale;
                for l in 0..j {
                    entry -= mix.root[at(i, l)] * mix.root[at(j, l)];
                }
                let value = entry / mix.root[at(j, j)];
                mix.root[at(i, j)] = value;
                left -= value * value;
            }
            mix.root[at(i, i)] = left.max(Row::splat(SMALLEST)).sqrt();
        }
    }
}

/// Regimes that a market may have at most.
pub const MOST_REGIMES: usize = 16;

/// Index of (i, j), j <= i, in a packed lower triangle.
#[inline(always)]
pub(super) const fn at(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// The correlation in force on eight paths.
pub(super) struct Mix {
    weights: Vec<Row>,
    target: Vec<Row>,
    tilt: Vec<Row>,
    /// Shares of the matrices today.
    shares: Vec<Row>,
    /// Packed lower triangle of the Cholesky factor.
    pub(super) root: Vec<Row>,
    still: bool,
}

impl Mix {
    /// Lane `lane` is now in the regime whose matrix is in this slot.
    fn turn(&mut self, lane: usize, slot: usize) {
        for (k, target) in self.target.iter_mut().enumerate() {
            target.0[lane] = f64::from(u8::from(k == slot));
        }
    }
}

/// Correlation of total shocks of assets i and j where the regime says `number`.
fn pair(assets: &[AssetTraits], i: usize, j: usize, number: f64) -> f64 {
    if i == j {
        return 1.0;
    }
    let named = |a: &AssetTraits, b: &AssetTraits| a.pairs.iter().find(|(name, _)| *name == b.name).map(|(_, x)| *x);
    named(&assets[i], &assets[j])
        .or_else(|| named(&assets[j], &assets[i]))
        .or(assets[i].correlation)
        .or(assets[j].correlation)
        .unwrap_or(number)
}

/// The correlation left between assets once the variance shock is taken out, or why the matrix cannot be.
fn remove_leverage(
    regime: &str,
    total: &DMatrix<f64>,
    assets: &[AssetTraits],
    leverage: &[f64],
) -> Result<Vec<f64>, Refusal> {
    let n = assets.len();
    let residual = DMatrix::from_fn(n, n, |i, j| {
        if i == j {
            1.0
        } else {
            let scale = ((1.0 - leverage[i].powi(2)) * (1.0 - leverage[j].powi(2))).sqrt();
            (total[(i, j)] - leverage[i] * leverage[j]) / scale
        }
    });
    let smallest = residual.clone().symmetric_eigen().eigenvalues.min();
    if smallest >= SMALLEST {
        return Ok((1..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| residual[(i, j)]).collect());
    }
    let valid = nearest_numbers(&residual, leverage);
    let pairs = || (1..n).flat_map(|i| (0..i).map(move |j| (i, j)));
    let distance = |&(i, j): &(usize, usize)| (valid[(i, j)] - total[(i, j)]).abs();
    let worst = pairs().max_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or((0, 0));
    let name = |(i, j): (usize, usize)| format!("{} and {}", assets[i].name, assets[j].name);
    let numbers: Vec<String> = pairs()
        .filter(|pair| distance(pair) > 0.5 / DIGITS)
        .map(|pair| format!("{} {:.4}", name(pair), valid[pair]))
        .collect();
    Err(Refusal::new(
        format!("regimes.{regime}.correlation"),
        format!(
            "the correlations of regime `{regime}` cannot be together with the leverages: {} at {:.4} \
             (smallest eigenvalue {smallest:.4})",
            name(worst),
            total[worst]
        ),
    )
    .help(format!("the nearest valid numbers are: {}", numbers.join(", "))))
}

/// Correlations are proposed in steps of one over this.
const DIGITS: f64 = 1e4;

/// Total correlations of four digits near the edge of the valid set, far enough inside that they can be used as printed.
fn nearest_numbers(residual: &DMatrix<f64>, leverage: &[f64]) -> DMatrix<f64> {
    let n = residual.nrows();
    let nearest = nearest_correlation(residual);
    let common = |i: usize, j: usize| leverage[i] * leverage[j];
    let scale = |i: usize, j: usize| ((1.0 - leverage[i].powi(2)) * (1.0 - leverage[j].powi(2))).sqrt();
    let mut inside = 1e-6;
    loop {
        let rounded = DMatrix::from_fn(n, n, |i, j| {
            if i == j {
                1.0
            } else {
                ((nearest[(i, j)] * (1.0 - inside) * scale(i, j) + common(i, j)) * DIGITS).round() / DIGITS
            }
        });
        let again =
            DMatrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { (rounded[(i, j)] - common(i, j)) / scale(i, j) });
        if again.symmetric_eigen().eigenvalues.min() >= SMALLEST || inside > 0.5 {
            return rounded;
        }
        inside *= 1.5;
    }
}

/// Nearest correlation matrix in the Frobenius norm (Higham, 2002), held a little inside the valid set.
fn nearest_correlation(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    let (mut y, mut correction) = (matrix.clone(), DMatrix::<f64>::zeros(n, n));
    for _ in 0..200 {
        let shifted = &y - &correction;
        let eigen = shifted.clone().symmetric_eigen();
        let kept = DMatrix::from_diagonal(&eigen.eigenvalues.map(|x| x.max(1e-6)));
        let projected = product(&product(&eigen.eigenvectors, &kept), &eigen.eigenvectors.transpose());
        correction = &projected - &shifted;
        y = projected;
        y.fill_diagonal(1.0);
    }
    y
}

//! The smallest value of a convex objective in a box, by projected Newton steps.
//!
//! The objective is the mean over years of −x·c + w ((−(u + x·c) − beyond)₊)²: x holds the yearly P&L of one unit of each
//! hedge, u the portfolio's return, c the sizes. It is convex and once differentiable, so that a point at which no
//! coordinate wants to move inside the box is the minimum. Steps: Bertsekas (1982), <https://doi.org/10.1137/0320018>.

use nalgebra::{DMatrix, DVector};

/// What is minimised over sizes between 0 and `most`.
#[derive(Clone, Debug)]
pub struct Objective<'a> {
    /// Yearly P&L of one unit of each hedge: a row a year.
    pub hedges: &'a DMatrix<f64>,
    /// The portfolio's return in the same years.
    pub portfolio: &'a DVector<f64>,
    /// Weight of squared losses.
    pub weight: f64,
    /// Yearly loss beyond which squares count.
    pub beyond: f64,
}

/// Most steps; each has a line search.
const STEPS: usize = 500;

/// A line search that gets no further than this part of a step has arrived.
const SHORTEST: f64 = 1e-9;

impl Objective<'_> {
    /// The objective at some sizes.
    pub fn value(&self, sizes: &DVector<f64>) -> f64 {
        let hedge = self.hedges * sizes;
        let years = hedge.len() as f64;
        let of_year = |(hedge, portfolio): (&f64, &f64)| of_year(*hedge, *portfolio, self.weight, self.beyond);
        hedge.iter().zip(self.portfolio.iter()).map(of_year).sum::<f64>() / years
    }

    /// Its gradient and second derivatives.
    fn slopes(&self, sizes: &DVector<f64>) -> (DVector<f64>, DMatrix<f64>) {
        let (years, hedges) = (self.hedges.nrows() as f64, self.hedges.ncols());
        let loss = -(self.hedges * sizes + self.portfolio).add_scalar(self.beyond);
        let mut pull = DVector::from_element(loss.len(), -1.0);
        let mut bend = DMatrix::zeros(hedges, hedges);
        for (year, loss) in loss.iter().enumerate().filter(|(_, loss)| **loss > 0.0) {
            pull[year] -= 2.0 * self.weight * loss;
            let row = self.hedges.row(year);
            bend.gemm_tr(2.0 * self.weight / years, &row, &row, 1.0);
        }
        (self.hedges.tr_mul(&pull) / years, bend)
    }

    /// The best sizes.
    pub fn minimise(&self, most: f64) -> DVector<f64> {
        let mut sizes = DVector::zeros(self.hedges.ncols());
        for _ in 0..STEPS {
            let (slope, bend) = self.slopes(&sizes);
            let stuck = |i: usize| (sizes[i] <= 0.0 && slope[i] >= 0.0) || (sizes[i] >= most && slope[i] <= 0.0);
            let free: Vec<usize> = (0..sizes.len()).filter(|i| !stuck(*i)).collect();
            let steps = [newton(&free, &slope, &bend), each_alone(&free, &slope, &bend)];
            let better = steps.into_iter().flatten().find_map(|step| self.along(&sizes, &slope, &step, most));
            match better {
                Some(next) => sizes = next,
                None => break,
            }
        }
        sizes
    }

    /// The first point along a step, bent into the box, that is better by a fair part of what the slope promises.
    fn along(&self, from: &DVector<f64>, slope: &DVector<f64>, step: &DVector<f64>, most: f64) -> Option<DVector<f64>> {
        let before = self.value(from);
        let mut part = 1.0;
        while part > SHORTEST {
            let to = (from + step * part).map(|x| x.clamp(0.0, most));
            let promised = slope.dot(&(from - &to));
            if promised > 0.0 && self.value(&to) < before - 1e-4 * promised {
                return Some(to);
            }
            part *= 0.5;
        }
        None
    }
}

/// Money lost in a year and the weighted square of the loss beyond a bound.
pub fn of_year(hedge: f64, portfolio: f64, weight: f64, beyond: f64) -> f64 {
    -hedge + squared_loss(hedge, portfolio, weight, beyond)
}

/// The weighted square alone.
pub fn squared_loss(hedge: f64, portfolio: f64, weight: f64, beyond: f64) -> f64 {
    let excess = (-(portfolio + hedge) - beyond).max(0.0);
    weight * excess * excess
}

/// Added to second derivatives, as a part of their mean, so that a linear objective has a step as well: a very long one.
const RIDGE: f64 = 1e-10;

/// Newton's step in the free coordinates.
fn newton(free: &[usize], slope: &DVector<f64>, bend: &DMatrix<f64>) -> Option<DVector<f64>> {
    let ridge = RIDGE * (bend.trace() / bend.nrows() as f64 + 1e-3);
    let among =
        DMatrix::from_fn(free.len(), free.len(), |i, j| bend[(free[i], free[j])] + if i == j { ridge } else { 0.0 });
    let pull = DVector::from_fn(free.len(), |i, _| -slope[free[i]]);
    let found = among.cholesky()?.solve(&pull);
    let mut step = DVector::zeros(slope.len());
    free.iter().zip(found.iter()).for_each(|(i, x)| step[*i] = *x);
    Some(step)
}

/// A step in which every coordinate moves as if it were alone: a way down where Newton's is bent out of it by the box.
fn each_alone(free: &[usize], slope: &DVector<f64>, bend: &DMatrix<f64>) -> Option<DVector<f64>> {
    let mut step = DVector::zeros(slope.len());
    free.iter().for_each(|i| step[*i] = -slope[*i] / (bend[(*i, *i)] + RIDGE));
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEARS: usize = 400;

    /// Three hedges that lose a little in most years and pay in bad ones, and the portfolio that they belong to.
    fn world() -> (DMatrix<f64>, DVector<f64>) {
        let wave = |i: usize, k: f64| (i as f64 * k).sin();
        let portfolio = DVector::from_fn(YEARS, |i, _| 0.04 + 0.20 * wave(i, 12.9898) * wave(i, 3.7).abs());
        let pays = [(0.5, 0.020), (0.8, 0.060), (0.1, 0.001)];
        let hedges = DMatrix::from_fn(YEARS, 3, |i, j| {
            let (part, premium) = pays[j];
            part * (-portfolio[i] - 0.02 * j as f64).max(0.0) * (1.0 + 0.3 * wave(i, 7.1 + j as f64)) - premium
        });
        (hedges, portfolio)
    }

    /// No move of one size or of two against each other, inside the box, is better.
    #[test]
    fn nothing_near_the_minimum_is_better() {
        let (hedges, portfolio) = world();
        for weight in [0.0, 0.5, 2.0, 10.0, 200.0] {
            let objective = Objective { hedges: &hedges, portfolio: &portfolio, weight, beyond: 0.1 };
            let (most, best) = (2.0, objective.minimise(2.0));
            let least = objective.value(&best);
            for step in [1e-3, 1e-1] {
                for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
                    for (a, b) in [(step, 0.0), (-step, 0.0), (step, -step), (-step, step)] {
                        let mut other = best.clone();
                        other[i] += a;
                        other[j] += b;
                        other.apply(|x| *x = x.clamp(0.0, most));
                        assert!(objective.value(&other) >= least - 1e-12, "{weight} {best} {i} {j} {step}");
                    }
                }
            }
        }
    }

    /// Without weight the objective is linear: a hedge that loses money is not held, one that earns it is held in full.
    #[test]
    fn a_linear_objective_ends_in_a_corner() {
        let (mut hedges, portfolio) = world();
        hedges.column_mut(1).add_scalar_mut(0.2);
        let objective = Objective { hedges: &hedges, portfolio: &portfolio, weight: 0.0, beyond: 0.1 };
        let lost = hedges.row_mean();
        assert!(lost[0] < 0.0 && lost[1] > 0.0 && lost[2] != 0.0);
        let best = objective.minimise(1.5);
        let corner = if lost[2] > 0.0 { 1.5 } else { 0.0 };
        assert_eq!(best.as_slice(), [0.0, 1.5, corner]);
    }

    /// One hedge and one bad year of three. While a loss is left, 3 J = 0.2 c + 2 (0.2 - 0.6 c)^2: least at 0.28 / 1.44.
    #[test]
    fn one_hedge_by_hand() {
        let hedges = DMatrix::from_row_slice(3, 1, &[-0.4, -0.4, 0.6]);
        let portfolio = DVector::from_row_slice(&[0.1, 0.1, -0.3]);
        let objective = Objective { hedges: &hedges, portfolio: &portfolio, weight: 2.0, beyond: 0.1 };
        let best = objective.minimise(2.0)[0];
        assert!((best - 0.28 / 1.44).abs() < 1e-9, "{best}");
    }
}

//! Means, variances and covariances: streaming, merged in order, and of whole slices.
//!
//! Updating is by Welford (1962, <https://doi.org/10.1080/00401706.1962.10490022>), merging by Chan, Golub and
//! LeVeque (1983, <https://doi.org/10.1080/00031305.1983.10483115>): with n = n₁ + n₂ and d = m₂ − m₁,
//!
//! ```text
//! m = m₁ + d n₂/n        M2 = M2₁ + M2₂ + d² n₁ n₂/n
//! ```
//!
//! **Order matters in the last bits.** Floating-point addition is not associative: pushing the same numbers in
//! another order, or merging the same blocks in another grouping, may change the result by rounding. Fold fixed
//! blocks in their order and the bits are the same for any number of threads.

/// Count, mean and sum of squared deviations of one column.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// The moments of a slice, read from front to back.
    pub fn of(values: &[f64]) -> Self {
        let mut all = Self::default();
        values.iter().for_each(|&x| all.push(x));
        all
    }

    /// Adds one observation. One that is not finite makes the later answers `None`.
    pub fn push(&mut self, x: f64) {
        self.n += 1;
        let before = x - self.mean;
        self.mean += before / self.n as f64;
        self.squares += before * (x - self.mean);
    }

    /// Adds the observations of `next`, which follow those of `self`.
    pub fn merge(&mut self, next: &Self) {
        if next.n == 0 {
            return;
        }
        if self.n == 0 {
            *self = *next;
            return;
        }
        let (n1, n2) = (self.n as f64, next.n as f64);
        let gap = next.mean - self.mean;
        self.n += next.n;
        self.mean += gap * (n2 / (n1 + n2));
        self.squares += next.squares + gap * gap * (n1 * n2 / (n1 + n2));
    }

    /// Number of observations.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean; `None` without observations.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0 && self.mean.is_finite()).then_some(self.mean)
    }

    /// Variance with divisor n − 1; `None` with fewer than two observations.
    pub fn variance(&self) -> Option<f64> {
        over(self.squares, self.n)
    }

    /// Standard deviation, the root of [`Moments::variance`].
    pub fn sd(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Standard error of the mean, sd/√n, for independent observations.
    pub fn standard_error(&self) -> Option<f64> {
        self.sd().map(|sd| sd / (self.n as f64).sqrt())
    }
}

/// Moments of two columns and their product.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Comoments {
    x: Moments,
    y: Moments,
    product: f64,
}

impl Comoments {
    /// The comoments of two columns; `None` if their lengths differ.
    pub fn of(x: &[f64], y: &[f64]) -> Option<Self> {
        if x.len() != y.len() {
            return None;
        }
        let mut all = Self::default();
        x.iter().zip(y).for_each(|(&x, &y)| all.push(x, y));
        Some(all)
    }

    /// Adds one pair.
    pub fn push(&mut self, x: f64, y: f64) {
        let before = x - self.x.mean;
        self.x.push(x);
        self.y.push(y);
        self.product += before * (y - self.y.mean);
    }

    /// Adds the pairs of `next`, which follow those of `self`.
    pub fn merge(&mut self, next: &Self) {
        let (n1, n2) = (self.x.n as f64, next.x.n as f64);
        if n2 > 0.0 {
            let gaps = (next.x.mean - self.x.mean) * (next.y.mean - self.y.mean);
            self.product += next.product + gaps * (n1 * n2 / (n1 + n2));
        }
        self.x.merge(&next.x);
        self.y.merge(&next.y);
    }

    /// Moments of the first column.
    pub fn x(&self) -> &Moments {
        &self.x
    }

    /// Moments of the second column.
    pub fn y(&self) -> &Moments {
        &self.y
    }

    /// Covariance with divisor n − 1; `None` with fewer than two pairs.
    pub fn covariance(&self) -> Option<f64> {
        let n = self.x.n;
        let value = self.product / (n as f64 - 1.0);
        (n > 1 && value.is_finite()).then_some(value)
    }

    /// Correlation, clipped to [−1, 1]; `None` if a column is constant or there are fewer than two pairs.
    pub fn correlation(&self) -> Option<f64> {
        let scale = self.x.sd()? * self.y.sd()?;
        let value = self.covariance()? / scale;
        (scale > 0.0 && value.is_finite()).then_some(value.clamp(-1.0, 1.0))
    }
}

/// Population central moments of a slice, for skewness and kurtosis. Two passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CentralMoments {
    /// Mean.
    pub mean: f64,
    /// Variance with divisor n.
    pub second: f64,
    /// Third central moment.
    pub third: f64,
    /// Fourth central moment.
    pub fourth: f64,
}

impl CentralMoments {
    /// `None` for an empty slice or numbers that are not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mean = mean(values)?;
        let n = values.len() as f64;
        let mut sums = [0.0; 3];
        for x in values {
            let d = x - mean;
            sums[0] += d * d;
            sums[1] += d * d * d;
            sums[2] += d * d * d * d;
        }
        let [second, third, fourth] = sums.map(|s| s / n);
        (second + third + fourth).is_finite().then_some(Self { mean, second, third, fourth })
    }
}

/// Mean of a slice; `None` if it is empty or not finite.
pub fn mean(values: &[f64]) -> Option<f64> {
    Moments::of(values).mean()
}

/// Variance of a slice with divisor n − 1; `None` below two observations.
pub fn variance(values: &[f64]) -> Option<f64> {
    Moments::of(values).variance()
}

/// Standard deviation of a slice with divisor n − 1; `None` below two observations.
pub fn sd(values: &[f64]) -> Option<f64> {
    Moments::of(values).sd()
}

/// Covariance of two columns with divisor n − 1; `None` below two pairs or for unequal lengths.
pub fn covariance(x: &[f64], y: &[f64]) -> Option<f64> {
    Comoments::of(x, y)?.covariance()
}

fn over(squares: f64, n: u64) -> Option<f64> {
    let value = squares / (n as f64 - 1.0);
    (n > 1 && value >= 0.0 && value.is_finite()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{close, column, near, number};

    #[test]
    fn reference_mean_and_sd() {
        let r = column("/sharpe/small/input/returns");
        close(mean(&r).unwrap(), number("/sharpe/small/expected/mean"));
        close(sd(&r).unwrap(), number("/sharpe/small/expected/sd_ddof1"));
        let c = CentralMoments::of(&r).unwrap();
        let skew = number("/sharpe/small/expected/skew_population");
        close(c.third / c.second.powf(1.5), skew);
    }

    #[test]
    fn merged_blocks_agree_with_one_pass() {
        let a = column("/mc_output/paired/input/a");
        let b = column("/mc_output/paired/input/b");
        let whole = Comoments::of(&a, &b).unwrap();
        for cut in [0, 1, 7, 63, 64] {
            let mut left = Comoments::of(&a[..cut], &b[..cut]).unwrap();
            left.merge(&Comoments::of(&a[cut..], &b[cut..]).unwrap());
            assert_eq!(left.x().n(), 64);
            near(left.x().mean().unwrap(), whole.x().mean().unwrap(), 1e-13);
            near(left.y().sd().unwrap(), whole.y().sd().unwrap(), 1e-13);
            near(left.covariance().unwrap(), whole.covariance().unwrap(), 1e-13);
        }
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let shifted = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        assert_eq!(variance(&shifted), Some(30.0));
        assert_eq!(covariance(&shifted, &[1.0, 2.0, 4.0, 5.0]), Some(10.0));
    }

    #[test]
    fn too_little_is_none() {
        assert_eq!((mean(&[]), sd(&[]), sd(&[1.0])), (None, None, None));
        assert_eq!(mean(&[3.0]), Some(3.0));
        assert_eq!(sd(&[0.1; 9]), Some(0.0));
        assert_eq!(mean(&[1.0, f64::NAN]), None);
        assert_eq!(sd(&[1.0, f64::INFINITY, 2.0]), None);
        assert_eq!(covariance(&[1.0, 2.0], &[1.0]), None);
        assert_eq!(covariance(&[], &[]), None);
        let flat = Comoments::of(&[1.0, 2.0, 3.0], &[5.0; 3]).unwrap();
        assert_eq!((flat.covariance(), flat.correlation()), (Some(0.0), None));
        assert!(CentralMoments::of(&[]).is_none());
    }

    #[test]
    fn correlation_of_a_line_is_one() {
        let line = Comoments::of(&[0.1, 0.2, 0.4], &[-1.0, -2.0, -4.0]).unwrap();
        close(line.correlation().unwrap(), -1.0);
    }
}

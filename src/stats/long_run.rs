//! The long-run variance of a column, whose days depend on each other.
//!
//! ```text
//! ω² = lim var(√n mean*) = Σᵢ κ(i) γ̂(|i|) ,   κ(i) = (n−i)/n (1−p)ⁱ + i/n (1−p)ⁿ⁻ⁱ ,   i = −(n−1) … n−1
//! ```
//!
//! with autocovariances γ̂ of divisor n: exactly what the stationary bootstrap with restart probability p would find
//! with infinitely many replications (Politis and Romano 1994, "The stationary bootstrap", lemma 1,
//! <https://doi.org/10.1080/01621459.1994.10476870>). Hansen's tests divide by it.
//!
//! The kernel folds the autocovariances into those of a history closed to a circle. With q = 1 − p, deviations e and
//! indices modulo n,
//!
//! ```text
//! aₜ = Σ qⁱ e_{t+i} ,   bₜ = Σ i qⁱ e_{t+i} ,   i = 1 … n−1 ;     n ω² = Σₜ eₜ (eₜ + 2 (aₜ − bₜ/n))
//! ```
//!
//! and a and b follow from those of the next day: n steps instead of n² products. Blocks much shorter than the memory
//! of the data make ω too small; see [`super::block_length`].

/// ω of one column, given its mean and the restart probability p inside (0, 1].
pub(super) fn omega(column: &[f64], mean: f64, restart: f64) -> f64 {
    let n = column.len();
    let q = 1.0 - restart;
    let e = |t: usize| column[t] - mean;
    // a and b of the last row, whose successors are rows 0, 1, …
    let (mut power, mut a, mut b) = (1.0, 0.0, 0.0);
    for i in 1..n {
        power *= q;
        a += power * e(i - 1);
        b += i as f64 * power * e(i - 1);
    }
    let wrapped = power * q;
    let mut total = 0.0;
    for t in (0..n).rev() {
        let x = e(t);
        total += x * (x + 2.0 * (a - b / n as f64));
        // from row t to t − 1: everything moves one lag on, row t enters at lag one and what was row t − 1
        // at lag n leaves
        let leaving = wrapped * e((t + n - 1) % n);
        b = q * (b + a + x) - n as f64 * leaving;
        a = q * (a + x) - leaving;
    }
    (total / n as f64).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{near, normals};

    /// The recursion against the sum over lags that defines it, for every kind of restart.
    #[test]
    fn the_recursion_is_the_sum_over_lags() {
        let mut normal = normals(4);
        let table: Vec<f64> = (0..80).map(|_| 3.0 * normal() + 5.0).collect();
        for rows in [3, 7, 80] {
            for p in [1e-4, 0.05, 0.5, 0.99, 1.0] {
                let x = &table[..rows];
                let mean = x.iter().sum::<f64>() / rows as f64;
                let gamma = |i: usize| x[i..].iter().zip(x).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
                let (n, q): (f64, f64) = (rows as f64, 1.0 - p);
                let kernel =
                    |i: usize| (n - i as f64) / n * q.powi(i as i32) + i as f64 / n * q.powi((rows - i) as i32);
                let lags: f64 = (1..rows).map(|i| 2.0 * kernel(i) * gamma(i)).sum();
                near(omega(x, mean, p), ((gamma(0) + lags) / n).max(0.0).sqrt(), 1e-10);
            }
        }
    }

    #[test]
    fn single_days_leave_the_plain_variance_and_a_constant_none() {
        let x = [1.0, 4.0, -2.0, 7.0];
        near(omega(&x, 2.5, 1.0), (45.0_f64 / 4.0).sqrt(), 1e-15);
        assert_eq!(omega(&[2.0; 5], 2.0, 0.1), 0.0);
    }
}

//! Products and exponentials of matrices with the same bits on every machine: what price tables are made with.
//!
//! Contract: every entry of a product is a sum in the order of the inner index, without fused multiply-add. The products of
//! `nalgebra` fuse where the processor can once a matrix has more than five rows, and with it its exponential: their last
//! bits differ from machine to machine.

use multiversion::multiversion;
use nalgebra::DMatrix;

/// Rows that are summed side by side.
const ROWS: usize = 32;

/// Largest matrix whose products `nalgebra` takes by plain loops.
const SMALL: usize = 5;

/// `a` times `b`; the columns of `a` are as many as the rows of `b`.
pub fn product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    assert_eq!(a.ncols(), b.nrows(), "shapes of a product");
    let mut out = DMatrix::zeros(a.nrows(), b.ncols());
    if !out.is_empty() && a.ncols() > 0 {
        fill(a.as_slice(), b.as_slice(), (a.nrows(), a.ncols()), out.as_mut_slice());
    }
    out
}

/// Column by column, in blocks of rows whose sums stay in registers.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn fill(a: &[f64], b: &[f64], (rows, inner): (usize, usize), out: &mut [f64]) {
    for (column, out) in b.chunks_exact(inner).zip(out.chunks_exact_mut(rows)) {
        for (block, out) in out.chunks_mut(ROWS).enumerate() {
            let mut sums = [0.0; ROWS];
            for (weight, of) in column.iter().zip(a.chunks_exact(rows)) {
                let of = &of[block * ROWS..];
                // A whole block is an array, whose loop needs no count.
                match of.first_chunk::<ROWS>() {
                    Some(of) => (0..ROWS).for_each(|row| sums[row] += of[row] * weight),
                    None => sums.iter_mut().zip(of).for_each(|(sum, x)| *sum += x * weight),
                }
            }
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}

/// e to the power of a square matrix: halved until it is small, a Taylor series, squared again. Errors are about 1e-15 of the
/// largest entry, and double with each squaring at most (tests: 1e-12 of it up to a norm of 50, 1e-10 at some thousands).
pub fn exponential(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    if n <= SMALL {
        return matrix.exp();
    }
    let norm = matrix.column_iter().map(|column| column.iter().map(|x| x.abs()).sum()).fold(0.0, f64::max);
    let (mut halvings, mut scale): (usize, f64) = (0, 1.0);
    while norm * scale > 0.5 && halvings < 1_000 {
        (halvings, scale) = (halvings + 1, 0.5 * scale);
    }
    let small = matrix * scale;
    // 0.5^15 / 15! is 2e-17; by Horner's rule.
    let mut sum = DMatrix::identity(n, n);
    for term in (1..=14_u32).rev() {
        sum = product(&small, &sum) / f64::from(term);
        for i in 0..n {
            sum[(i, i)] += 1.0;
        }
    }
    for _ in 0..halvings {
        sum = product(&sum, &sum);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -1 and 1 without a pattern.
    fn sample(rows: usize, columns: usize, scale: f64) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |i, j| scale * ((i * 37 + j * 101) as f64 * 0.618_033_988_749_895).sin())
    }

    #[test]
    fn products_are_sums_in_order() {
        for (rows, inner, columns) in [(1, 1, 1), (7, 3, 2), (32, 9, 5), (71, 40, 33)] {
            let (a, b) = (sample(rows, inner, 1.0), sample(inner, columns, 2.0));
            let found = product(&a, &b);
            for i in 0..rows {
                for j in 0..columns {
                    let want = (0..inner).fold(0.0, |sum, k| sum + a[(i, k)] * b[(k, j)]);
                    assert_eq!(found[(i, j)].to_bits(), want.to_bits(), "{i} {j}");
                }
            }
        }
        assert!(product(&DMatrix::zeros(0, 3), &sample(3, 2, 1.0)).is_empty());
    }

    #[test]
    fn exponentials_agree_with_another_method() {
        for (n, scale) in [(2, 1.0), (6, 0.01), (6, 1.0), (18, 0.3), (18, 3.0)] {
            let matrix = sample(n, n, scale);
            let (found, want) = (exponential(&matrix), matrix.exp());
            assert!((&found - &want).amax() <= 1e-12 * want.amax(), "{n} {scale}: {}", (&found - &want).amax());
        }
        assert_eq!(exponential(&DMatrix::zeros(8, 8)), DMatrix::identity(8, 8));
    }

    /// Many switches between regimes: every row becomes the stationary law, which solves q Q = 0.
    #[test]
    fn a_long_time_leads_to_the_stationary_law() {
        let rates = sample(8, 8, 1.0).map(|x| 100.0 + 99.0 * x);
        let mut generator = rates.clone();
        for i in 0..8 {
            generator[(i, i)] -= rates.row(i).sum();
        }
        let chances = exponential(&(&generator * 2.0));
        let first = chances.row(0).into_owned();
        assert!((first.clone() * &generator).amax() < 1e-7 && (first.sum() - 1.0).abs() < 1e-10, "{first}");
        assert!(chances.row_iter().all(|row| (row - &first).amax() < 1e-10));
    }
}

//! Cubic splines on uniform nodes, stored as B-spline coefficients: four numbers a look-up in each direction.
//!
//! Contract: interpolates its nodes; at both ends the third derivative is continuous across the last inner node
//! (not-a-knot), so that cubics are met exactly. Source: de Boor, "A practical guide to splines" (1978).

use crate::lanes::{Lanes, Row};
use crate::matrix::product;
use nalgebra::DMatrix;

/// From values at the nodes to coefficients: `nodes + 2` rows, `nodes` columns. With one node: a constant.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    inverse: DMatrix<f64>,
}

impl Fit {
    /// For one node, or at least four.
    pub(super) fn new(nodes: usize) -> Self {
        if nodes == 1 {
            return Self { inverse: DMatrix::from_element(4, 1, 1.0) };
        }
        let mut system = DMatrix::<f64>::zeros(nodes + 2, nodes + 2);
        for node in 0..nodes {
            for (i, weight) in [1.0, 4.0, 1.0].into_iter().enumerate() {
                system[(node, node + i)] = weight / 6.0;
            }
        }
        for (i, weight) in [1.0, -4.0, 6.0, -4.0, 1.0].into_iter().enumerate() {
            system[(nodes, i)] = weight;
            system[(nodes + 1, nodes - 3 + i)] = weight;
        }
        // The system is regular for four nodes and more, which is all that is asked for.
        let inverse = system.try_inverse().unwrap_or_else(|| DMatrix::zeros(nodes + 2, nodes + 2));
        Self { inverse: inverse.columns(0, nodes).into_owned() }
    }

    /// Coefficients of a curve.
    pub(super) fn curve(&self, values: &[f64]) -> Vec<f64> {
        (&self.inverse * nalgebra::DVector::from_column_slice(values)).as_slice().to_vec()
    }

    /// Number of coefficients.
    pub(super) fn coefficients(&self) -> usize {
        self.inverse.nrows()
    }

    /// Coefficients of a surface: `values[row][column]`, this along the rows, `across` along the columns.
    pub(super) fn surface(&self, across: &Self, values: &DMatrix<f64>) -> DMatrix<f64> {
        product(&product(&self.inverse, values), &across.inverse.transpose())
    }
}

/// Cell and position in the cell of a point in units of the nodes' distance; held to the nodes.
#[inline(always)]
pub(super) fn cell(at: Row, nodes: usize) -> (Row, Row) {
    let at = at.max(Row::splat(0.0)).min(Row::splat((nodes - 1) as f64));
    let mut start = at;
    for start in &mut start.0 {
        *start = start.floor().min((nodes.max(2) - 2) as f64);
    }
    (start, at - start)
}

/// Weights of the four coefficients of a cell.
#[inline(always)]
pub(super) fn weights<const N: usize>(x: Lanes<N>) -> [Lanes<N>; 4] {
    let y = Lanes::splat(1.0) - x;
    let (x2, y2) = (x * x, y * y);
    let sixth = 1.0 / 6.0;
    [y2 * y * sixth, x2 * (x * 0.5 - 1.0) + 2.0 / 3.0, y2 * (y * 0.5 - 1.0) + 2.0 / 3.0, x2 * x * sixth]
}

/// Weights of the slope, per distance of nodes.
#[inline(always)]
pub(super) fn slope_weights<const N: usize>(x: Lanes<N>) -> [Lanes<N>; 4] {
    let y = Lanes::splat(1.0) - x;
    [y * y * -0.5, x * (x * 1.5 - 2.0), y * (Lanes::splat(2.0) - y * 1.5), x * x * 0.5]
}

/// Weights of the second derivative, per squared distance of nodes.
#[inline(always)]
pub(super) fn bend_weights<const N: usize>(x: Lanes<N>) -> [Lanes<N>; 4] {
    let y = Lanes::splat(1.0) - x;
    [y, x * 3.0 - 2.0, y * 3.0 - 2.0, x]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cubic is met exactly, with its derivatives; a constant by one node.
    #[test]
    fn cubics_are_met_exactly() {
        let cubic = |x: f64| 1.0 + x * (0.5 - x * (0.25 - x * 0.03));
        let values: Vec<f64> = (0..7).map(|i| cubic(f64::from(i))).collect();
        let coefficients = Fit::new(7).curve(&values);
        for at in [0.0, 0.3, 2.0, 3.7, 5.99, 6.0] {
            let (start, x) = cell(Row::splat(at), 7);
            let from = start.0[0] as usize;
            let sum = |weights: [Row; 4]| (0..4).map(|i| weights[i].0[0] * coefficients[from + i]).sum::<f64>();
            assert!((sum(weights(x)) - cubic(at)).abs() < 1e-13);
            assert!((sum(slope_weights(x)) - (0.5 - 0.5 * at + 0.09 * at * at)).abs() < 1e-12);
            assert!((sum(bend_weights(x)) - (-0.5 + 0.18 * at)).abs() < 1e-12);
        }
        assert_eq!(Fit::new(1).curve(&[3.0]), [3.0; 4]);
        assert_eq!(cell(Row::splat(9.0), 1).0.0[0], 0.0);
    }
}

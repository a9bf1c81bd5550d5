//! Sharpe ratios of all halves of a table, from sums of its blocks.
//!
//! A block is reduced to the sum and the sum of squares of every strategy; a half is a sum of such sums. They are
//! tabulated for all subsets of the first S/2 blocks and of the last, so that any half costs one addition of two
//! rows: 2 × 2^(S/2) rows serve all C(S, S/2) choices. Strategies are contiguous, so every loop is over a row.
//!
//! Columns are centred first: a half's mean is then small against its deviations, and nothing is lost by
//! cancellation. Both halves are summed, none is taken as the total less the other, because a calm half would inherit
//! the rounding of a stormy one.

use super::{Choice, Dominance};
use crate::stats::combinations::Combinations;

/// Most blocks: 184,756 choices.
pub const MOST_BLOCKS: usize = 20;
/// A column counts as constant if its deviations are below this share of its mean.
const CONSTANT: f64 = 1e-10;

/// A table of returns, cut into blocks and summed.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    blocks: usize,
    rows: usize,
    centres: Vec<f64>,
    /// Subsets of the first and of the last S/2 blocks.
    halves: [Subsets; 2],
}

/// Sums over every subset of a few blocks, `[subset][strategy]`.
#[derive(Debug, Clone, PartialEq)]
struct Subsets {
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Blocks {
    /// Of one column of returns a strategy; the last T mod S rows are dropped.
    ///
    /// `None` unless S is even, from 2 to [`MOST_BLOCKS`], and every half has at least two rows; with fewer than two
    /// columns, columns of different lengths, a constant column, or numbers that are not finite.
    pub fn of<C: AsRef<[f64]>>(columns: &[C], blocks: usize) -> Option<Self> {
        let all = columns.first()?.as_ref().len();
        if !(2..=MOST_BLOCKS).contains(&blocks) || !blocks.is_multiple_of(2) || columns.len() < 2 {
            return None;
        }
        let length = all / blocks;
        let rows = length * blocks;
        if rows < 4 || columns.iter().any(|c| c.as_ref().len() != all) {
            return None;
        }
        let n = columns.len();
        let mut centres = Vec::with_capacity(n);
        let (mut sums, mut squares) = (vec![0.0; n * blocks], vec![0.0; n * blocks]);
        for (k, column) in columns.iter().enumerate() {
            let column = &column.as_ref()[..rows];
            let centre = column.iter().sum::<f64>() / rows as f64;
            centres.push(centre);
            let mut total = 0.0;
            for (b, block) in column.chunks_exact(length).enumerate() {
                let (sum, square) = block.iter().map(|x| x - centre).fold((0.0, 0.0), |(s, q), d| (s + d, q + d * d));
                (sums[b * n + k], squares[b * n + k]) = (sum, square);
                total += square;
            }
            let sd = (total / rows as f64).sqrt();
            if !(sd > CONSTANT * centre.abs() && sd.is_finite()) {
                return None;
            }
        }
        let middle = n * blocks / 2;
        let half = |part: std::ops::Range<usize>| Subsets {
            sums: subsets(&sums[part.clone()], n),
            squares: subsets(&squares[part], n),
        };
        let halves = [half(0..middle), half(middle..2 * middle)];
        Some(Self { blocks, rows, centres, halves })
    }

    /// Number of rows used: all that fill whole blocks.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Writes the Sharpe ratio per period of every strategy over the half named by `mask`, bit i for block i.
    ///
    /// A strategy without variance in that half has no ratio there and scores 0: it earned nothing at risk.
    pub fn sharpes(&self, mask: u64, out: &mut Vec<f64>) {
        let n = self.centres.len();
        let [first, last] = &self.halves;
        let row = |subset: u64| subset as usize * n..(subset as usize + 1) * n;
        let bits = self.blocks / 2;
        let (low, high) = (row(mask & ((1 << bits) - 1)), row((mask >> bits) & ((1 << bits) - 1)));
        out.resize(n, 0.0);
        sharpes(
            Sums { sums: &first.sums[low.clone()], squares: &first.squares[low] },
            Sums { sums: &last.sums[high.clone()], squares: &last.squares[high] },
            &self.centres,
            (self.rows / 2) as f64,
            out,
        );
    }

    /// All choices of an in-sample half, in the order of the sorted tuples of its blocks.
    ///
    /// `None` if a ratio leaves the finite numbers.
    pub fn choices(&self) -> Option<Vec<Choice>> {
        let (all, masks) = ((1 << self.blocks) - 1, Combinations::new(self.blocks, self.blocks / 2)?);
        let count = masks.len();
        let mut choices = vec![Choice::default(); count];
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for (i, mask) in masks.take(count / 2).enumerate() {
            self.sharpes(mask, &mut one);
            self.sharpes(all ^ mask, &mut other);
            // the complement stands as far from the end as the choice from the beginning
            choices[i] = Choice::of(&one, &other)?;
            choices[count - 1 - i] = Choice::of(&other, &one)?;
        }
        Some(choices)
    }

    /// Whether the winners' ratios out-of-sample dominate those of all strategies.
    pub fn dominance(&self, choices: &[Choice]) -> Option<Dominance> {
        let masks = Combinations::new(self.blocks, self.blocks / 2)?;
        let winners: Vec<f64> = choices.iter().map(|c| c.out_of_sample).collect();
        let mut row = Vec::new();
        Dominance::of(&winners, |see| {
            for mask in masks.clone() {
                self.sharpes(mask, &mut row);
                see(&row);
            }
        })
    }
}

/// Sums over all subsets of the rows of `blocks`, each row `n` long: a subset is a smaller one and its last block.
fn subsets(blocks: &[f64], n: usize) -> Vec<f64> {
    let count = blocks.len() / n;
    let mut all = vec![0.0; n << count];
    for (b, block) in blocks.chunks_exact(n).enumerate() {
        let (done, new) = all.split_at_mut(n << b);
        for (before, after) in done.chunks_exact(n).zip(new.chunks_exact_mut(n)) {
            for k in 0..n {
                after[k] = before[k] + block[k];
            }
        }
    }
    all
}

/// One row of sums and of sums of squares.
struct Sums<'a> {
    sums: &'a [f64],
    squares: &'a [f64],
}

fn sharpes(a: Sums<'_>, b: Sums<'_>, centres: &[f64], rows: f64, out: &mut [f64]) {
    let n = out.len();
    let (a_sums, b_sums, centres) = (&a.sums[..n], &b.sums[..n], &centres[..n]);
    let (a_squares, b_squares) = (&a.squares[..n], &b.squares[..n]);
    let (per_row, per_freedom) = (1.0 / rows, 1.0 / (rows - 1.0));
    for k in 0..n {
        let sum = a_sums[k] + b_sums[k];
        let squares = a_squares[k] + b_squares[k];
        let mean = sum * per_row;
        let deviations = squares - sum * mean;
        // less than this is the rounding of a constant
        let varies = deviations > 1e-12 * squares;
        let variance = if varies { deviations * per_freedom } else { 1.0 };
        let ratio = (centres[k] + mean) / variance.sqrt();
        out[k] = if varies { ratio } else { 0.0 };
    }
}

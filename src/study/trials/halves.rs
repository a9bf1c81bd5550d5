//! The value of all members on every half of a history's blocks, from what each block holds: its sums, its worst months, and the
//! months of the fixed hedge that can be among the worst at any size.

use super::Trials;
use crate::lanes::{Row, WIDTH, larger, smaller};
use crate::study::measure::TAIL;
use crate::study::objective::{MONTH, MOST_SIZE, Objective, Sums, equal_money, weighted};
use multiversion::multiversion;

/// Most months in a tail; with more, a half is valued month by month.
const MOST: usize = 9;

/// What eight members do in a block.
#[derive(Clone, Copy)]
struct Part {
    net: Row,
    squares: Row,
    gain: Row,
    additive: Row,
    /// Lowest months of portfolio and hedge, ascending.
    worst: [Row; MOST],
}

/// What all members share in a block.
struct Shared {
    portfolio: f64,
    fixed: f64,
    loss: f64,
    /// Portfolio and fixed hedge in months that can be among the worst.
    months: Vec<(f64, f64)>,
}

/// The months that can be among the `keep` worst at some size of the fixed hedge: one that lies above `keep` others at no size
/// and at the largest one lies above them at every size.
fn candidates(all: &[(f64, f64)], keep: usize) -> Vec<(f64, f64)> {
    let ends: Vec<(f64, f64)> =
        all.iter().map(|(portfolio, fixed)| (*portfolio, portfolio + MOST_SIZE * fixed)).collect();
    let below = |one: &(f64, f64)| ends.iter().filter(|other| other.0 < one.0 && other.1 < one.1).count();
    all.iter().zip(&ends).filter(|(_, ends)| below(ends) < keep).map(|(month, _)| *month).collect()
}

/// Blocks of one history.
pub(super) struct Halves<'t> {
    trials: &'t Trials,
    objective: Objective,
    start: usize,
    each: usize,
    blocks: usize,
    /// Months of the tail of a half.
    tail: f64,
    shared: Vec<Shared>,
    /// `[group][block]`.
    parts: Vec<Part>,
    /// `[group][half of the blocks][subset of it]`, where the worst months are asked for.
    worst: Vec<[Row; MOST]>,
}

impl<'t> Halves<'t> {
    /// So many blocks of `each` months.
    pub(super) fn of(trials: &'t Trials, objective: Objective, start: usize, each: usize, blocks: usize) -> Self {
        let tail = TAIL * (each * blocks / 2) as f64;
        let groups = trials.members.div_ceil(WIDTH);
        let keep = tail.ceil() as usize;
        let (shared, parts, worst) = (Vec::new(), Vec::new(), Vec::new());
        let mut table = Self { trials, objective, start, each, blocks, tail, shared, parts, worst };
        if keep <= MOST {
            table.shared = (0..blocks).map(|block| table.shared(block, keep)).collect();
            let at = (0..groups).flat_map(|group| (0..blocks).map(move |block| (group, block)));
            table.parts = at.map(|(group, block)| part(&table, group, block, keep)).collect();
            if objective == Objective::EsAtEqualMoney {
                table.worst = (0..groups).flat_map(|group| subsets(&table, group)).collect();
            }
        }
        table
    }

    fn months(&self, block: usize) -> std::ops::Range<usize> {
        self.start + block * self.each..self.start + (block + 1) * self.each
    }

    fn shared(&self, block: usize, keep: usize) -> Shared {
        let trials = self.trials;
        let all: Vec<(f64, f64)> =
            self.months(block).map(|month| (trials.portfolio[month], trials.fixed[month].net)).collect();
        Shared {
            portfolio: all.iter().map(|month| month.0).sum(),
            fixed: all.iter().map(|month| month.1).sum(),
            loss: self.months(block).map(|month| trials.fixed[month].loss).sum(),
            months: candidates(&all, keep),
        }
    }

    /// Lowest months of eight members in every subset of the first half of the blocks, and then of the last.
    #[inline(always)]
    fn worst(&self, group: usize) -> Vec<[Row; MOST]> {
        let parts = &self.parts[group * self.blocks..][..self.blocks];
        let mut all = Vec::with_capacity(2 << (self.blocks / 2));
        for blocks in parts.chunks(self.blocks / 2) {
            let from = all.len();
            all.push([Row::splat(f64::INFINITY); MOST]);
            // A subset is a smaller one and its last block.
            for block in blocks {
                for before in from..all.len() {
                    let mut kept = all[before];
                    match self.keep() {
                        ..=3 => merge::<3>(&mut kept, &block.worst),
                        4..=6 => merge::<6>(&mut kept, &block.worst),
                        _ => merge::<MOST>(&mut kept, &block.worst),
                    }
                    all.push(kept);
                }
            }
        }
        all
    }

    /// Months in the tail of a half, the last one counted in part.
    #[inline(always)]
    fn keep(&self) -> usize {
        self.tail.ceil() as usize
    }

    /// The value of every member on the blocks of a mask.
    pub(super) fn values(&self, mask: u32, out: &mut Vec<f64>) {
        let chosen: Vec<usize> = (0..self.blocks).filter(|block| mask >> block & 1 == 1).collect();
        if self.parts.is_empty() {
            let months: Vec<_> = chosen.iter().map(|block| self.months(*block)).collect();
            return self.trials.values(self.objective, &months, out);
        }
        let months: Vec<(f64, f64)> =
            chosen.iter().flat_map(|block| self.shared[*block].months.iter().copied()).collect();
        let half = Half { mask, months: candidates(&months, self.keep()), chosen };
        out.clear();
        for group in 0..self.trials.members.div_ceil(WIDTH) {
            let values = of_half(self, group, &half);
            out.extend(&values.0[..WIDTH.min(self.trials.members - group * WIDTH)]);
        }
    }
}

/// One half of the blocks.
struct Half {
    mask: u32,
    chosen: Vec<usize>,
    /// As [`Shared::months`], of all blocks together.
    months: Vec<(f64, f64)>,
}

/// Takes the first `K` of ascending rows into the first `K` of others.
#[inline(always)]
fn merge<const K: usize>(kept: &mut [Row; MOST], next: &[Row; MOST]) {
    let mut first: [Row; K] = std::array::from_fn(|i| kept[i]);
    next[..K].iter().for_each(|row| insert(&mut first, *row));
    kept[..K].copy_from_slice(&first);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn subsets(table: &Halves<'_>, group: usize) -> Vec<[Row; MOST]> {
    table.worst(group)
}

/// Takes a row into ascending ones.
#[inline(always)]
fn insert<const K: usize>(kept: &mut [Row; K], mut next: Row) {
    for place in kept {
        for lane in 0..WIDTH {
            let (a, b) = (place.0[lane], next.0[lane]);
            place.0[lane] = smaller(a, b);
            next.0[lane] = larger(a, b);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn part(table: &Halves<'_>, group: usize, block: usize, keep: usize) -> Part {
    let (zero, trials) = (Row::splat(0.0), table.trials);
    let rows = &trials.rows[group * trials.months..][..trials.months];
    let worst = [Row::splat(f64::INFINITY); MOST];
    let mut part = Part { net: zero, squares: zero, gain: zero, additive: zero, worst };
    for month in table.months(block) {
        part.net += rows[month].net;
        part.squares += rows[month].squares;
        part.gain += rows[month].gain;
        let total = rows[month].net + trials.portfolio[month];
        match table.objective {
            Objective::EsAtEqualMoney if keep <= 3 => {
                let mut first = [part.worst[0], part.worst[1], part.worst[2]];
                insert(&mut first, total);
                part.worst[..3].copy_from_slice(&first);
            }
            Objective::EsAtEqualMoney => insert(&mut part.worst, total),
            Objective::SquaredShortfall { .. } | Objective::Utility { .. } => {
                for lane in 0..WIDTH {
                    part.additive.0[lane] += table.objective.of_month(total.0[lane]);
                }
            }
            _ => {}
        }
    }
    part
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn of_half(table: &Halves<'_>, group: usize, half: &Half) -> Row {
    let zero = Row::splat(0.0);
    let parts = &table.parts[group * table.blocks..][..table.blocks];
    let [mut net, mut squares, mut gain, mut additive] = [zero; 4];
    let (mut portfolio, mut fixed, mut loss) = (0.0, 0.0, 0.0);
    for &block in &half.chosen {
        net += parts[block].net;
        squares += parts[block].squares;
        gain += parts[block].gain;
        additive += parts[block].additive;
        portfolio += table.shared[block].portfolio;
        fixed += table.shared[block].fixed;
        loss += table.shared[block].loss;
    }
    if table.objective == Objective::EsAtEqualMoney {
        let mut size = zero;
        for lane in 0..WIDTH {
            size.0[lane] = equal_money(net.0[lane], fixed);
        }
        return match table.keep() {
            ..=3 => shortfall::<3>(table, group, half, size),
            4..=6 => shortfall::<6>(table, group, half, size),
            _ => shortfall::<MOST>(table, group, half, size),
        };
    }
    let count = table.each * half.chosen.len();
    let mut values = zero;
    for lane in 0..WIDTH {
        let sums = Sums {
            days: (count * MONTH) as f64,
            net: net.0[lane],
            returns: portfolio + net.0[lane],
            squares: squares.0[lane],
            gain: gain.0[lane],
            loss,
            multiplier: 0.0,
        };
        values.0[lane] = table.objective.of_sums(&sums, additive.0[lane], count);
    }
    values
}

/// Expected shortfall of the members less that of the fixed hedge in their sizes.
#[inline(always)]
fn shortfall<const K: usize>(table: &Halves<'_>, group: usize, half: &Half, size: Row) -> Row {
    let bits = table.blocks / 2;
    let subsets = &table.worst[group * (2 << bits)..][..2 << bits];
    let (low, high) = (half.mask as usize & ((1 << bits) - 1), half.mask as usize >> bits);
    let mut own: [Row; K] = std::array::from_fn(|i| subsets[low][i]);
    subsets[(1 << bits) + high][..K].iter().for_each(|row| insert(&mut own, *row));
    let mut other = [Row::splat(f64::INFINITY); K];
    for (portfolio, fixed) in &half.months {
        insert(&mut other, size * *fixed + *portfolio);
    }
    let mut value = Row::splat(0.0);
    for lane in 0..WIDTH {
        let mean = |kept: &[Row; K]| weighted(kept.iter().map(|row| row.0[lane]), table.tail);
        value.0[lane] = mean(&own) - mean(&other);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::trials::tests::made_up;
    use crate::units::{NonNegative, Positive};

    /// Halves from blocks and halves month by month are the same, whatever is maximised and however long the tail is.
    #[test]
    fn blocks_say_what_their_months_say() {
        let objectives = [
            Objective::EsAtEqualMoney,
            Objective::Sharpe,
            Objective::Cost,
            Objective::HerPlus21,
            Objective::SquaredShortfall { gamma: NonNegative::literal(20.0) },
            Objective::Utility { risk_aversion: Positive::literal(3.0) },
        ];
        for months in [24, 60, 120, 250, 600] {
            let trials = made_up(11, months);
            for objective in objectives {
                let each = months / 8;
                let table = Halves::of(&trials, objective, 0, each, 8);
                for mask in [0b0000_1111_u32, 0b1010_0101, 0b1100_1001] {
                    let ranges: Vec<_> = (0..8)
                        .filter(|block| mask >> block & 1 == 1)
                        .map(|block| block * each..(block + 1) * each)
                        .collect();
                    let (mut fast, mut plain) = (Vec::new(), Vec::new());
                    table.values(mask, &mut fast);
                    trials.values(objective, &ranges, &mut plain);
                    for (a, b) in fast.iter().zip(&plain) {
                        assert!((a - b).abs() < 1e-10 * (1.0 + b.abs()), "{objective:?} {months} {mask:b}: {a} {b}");
                    }
                }
            }
        }
    }
}

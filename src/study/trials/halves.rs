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
}

impl<'t> Halves<'t> {
    /// So many blocks of `each` months.
    pub(super) fn of(trials: &'t Trials, objective: Objective, start: usize, each: usize, blocks: usize) -> Self {
        let tail = TAIL * (each * blocks / 2) as f64;
        let groups = trials.members.div_ceil(WIDTH);
        let keep = tail.ceil() as usize;
        let mut table = Self { trials, objective, start, each, blocks, tail, shared: Vec::new(), parts: Vec::new() };
        if keep <= MOST {
            table.shared = (0..blocks).map(|block| table.shared(block, keep)).collect();
            let at = (0..groups).flat_map(|group| (0..blocks).map(move |block| (group, block)));
            table.parts = at.map(|(group, block)| part(&table, group, block, keep)).collect();
        }
        table
    }

    fn months(&self, block: usize) -> std::ops::Range<usize> {
        self.start + block * self.each..self.start + (block + 1) * self.each
    }

    /// A month that lies above `keep` others at no size and at the largest one lies above them at every size.
    fn shared(&self, block: usize, keep: usize) -> Shared {
        let trials = self.trials;
        let all: Vec<(f64, f64)> =
            self.months(block).map(|month| (trials.portfolio[month], trials.fixed[month].net)).collect();
        let at_most = |(portfolio, fixed): &(f64, f64)| portfolio + MOST_SIZE * fixed;
        let below =
            |one: &(f64, f64)| all.iter().filter(|other| other.0 < one.0 && at_most(other) < at_most(one)).count();
        Shared {
            portfolio: all.iter().map(|month| month.0).sum(),
            fixed: all.iter().map(|month| month.1).sum(),
            loss: self.months(block).map(|month| trials.fixed[month].loss).sum(),
            months: all.iter().filter(|month| below(month) < keep).copied().collect(),
        }
    }

    /// The value of every member on the blocks of a mask.
    pub(super) fn values(&self, mask: u32, out: &mut Vec<f64>) {
        let chosen: Vec<usize> = (0..self.blocks).filter(|block| mask >> block & 1 == 1).collect();
        if self.parts.is_empty() {
            let months: Vec<_> = chosen.iter().map(|block| self.months(*block)).collect();
            return self.trials.values(self.objective, &months, out);
        }
        out.clear();
        for group in 0..self.trials.members.div_ceil(WIDTH) {
            let values = of_half(self, group, &chosen);
            out.extend(&values.0[..WIDTH.min(self.trials.members - group * WIDTH)]);
        }
    }
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
fn of_half(table: &Halves<'_>, group: usize, chosen: &[usize]) -> Row {
    let zero = Row::splat(0.0);
    let parts = &table.parts[group * table.blocks..][..table.blocks];
    let mut all = Part { net: zero, squares: zero, gain: zero, additive: zero, worst: [zero; MOST] };
    let (mut portfolio, mut fixed, mut loss) = (0.0, 0.0, 0.0);
    for &block in chosen {
        all.net += parts[block].net;
        all.squares += parts[block].squares;
        all.gain += parts[block].gain;
        all.additive += parts[block].additive;
        portfolio += table.shared[block].portfolio;
        fixed += table.shared[block].fixed;
        loss += table.shared[block].loss;
    }
    if table.objective == Objective::EsAtEqualMoney {
        let mut size = zero;
        for lane in 0..WIDTH {
            size.0[lane] = equal_money(all.net.0[lane], fixed);
        }
        return match table.tail.ceil() as usize {
            ..=3 => shortfall::<3>(table, parts, chosen, size),
            4..=6 => shortfall::<6>(table, parts, chosen, size),
            _ => shortfall::<MOST>(table, parts, chosen, size),
        };
    }
    let count = table.each * chosen.len();
    let mut values = zero;
    for lane in 0..WIDTH {
        let sums = Sums {
            days: (count * MONTH) as f64,
            net: all.net.0[lane],
            returns: portfolio + all.net.0[lane],
            squares: all.squares.0[lane],
            gain: all.gain.0[lane],
            loss,
            multiplier: 0.0,
        };
        values.0[lane] = table.objective.of_sums(&sums, all.additive.0[lane], count);
    }
    values
}

/// Expected shortfall of the members less that of the fixed hedge in their sizes.
#[inline(always)]
fn shortfall<const K: usize>(table: &Halves<'_>, parts: &[Part], chosen: &[usize], size: Row) -> Row {
    let (mut own, mut other) = ([Row::splat(f64::INFINITY); K], [Row::splat(f64::INFINITY); K]);
    for &block in chosen {
        for row in &parts[block].worst[..K] {
            insert(&mut own, *row);
        }
        for (portfolio, fixed) in &table.shared[block].months {
            insert(&mut other, size * *fixed + *portfolio);
        }
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

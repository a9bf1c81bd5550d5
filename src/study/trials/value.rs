//! The value of eight members at a time on any set of months.

use super::Trials;
use crate::lanes::{Row, WIDTH, larger, smaller};
use crate::study::measure::TAIL;
use crate::study::objective::{MONTH, Objective, Sums, equal_money, weighted};
use multiversion::multiversion;
use std::ops::Range;

/// Most months in a tail that is found eight members at a time; longer ones are found one by one.
pub(super) const MOST_WORST: usize = 24;

/// Value of the members of one group; larger is better.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn of_group(trials: &Trials, group: usize, objective: Objective, months: &[Range<usize>]) -> Row {
    let rows = &trials.rows[group * trials.months..][..trials.months];
    let zero = Row::splat(0.0);
    let (mut net, mut squares, mut gain, mut additive) = (zero, zero, zero, zero);
    let (mut portfolio, mut fixed, mut loss, mut count) = (0.0, 0.0, 0.0, 0);
    for range in months {
        for month in range.clone() {
            net += rows[month].net;
            squares += rows[month].squares;
            gain += rows[month].gain;
            portfolio += trials.portfolio[month];
            fixed += trials.fixed[month].net;
            loss += trials.fixed[month].loss;
        }
        count += range.len();
    }
    if objective == Objective::EsAtEqualMoney {
        let mut size = zero;
        for lane in 0..WIDTH {
            size.0[lane] = equal_money(net.0[lane], fixed);
        }
        let own = tail(months, count, |month| rows[month].net + trials.portfolio[month]);
        let other = tail(months, count, |month| size * trials.fixed[month].net + trials.portfolio[month]);
        return own - other;
    }
    if matches!(objective, Objective::SquaredShortfall { .. } | Objective::Utility { .. }) {
        for month in months.iter().cloned().flatten() {
            for lane in 0..WIDTH {
                additive.0[lane] += objective.of_month(trials.portfolio[month] + rows[month].net.0[lane]);
            }
        }
    }
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
        values.0[lane] = objective.of_sums(&sums, additive.0[lane], count);
    }
    values
}

/// Mean of the worst 5 % of `count` months, eight members at a time.
#[inline(always)]
fn tail(months: &[Range<usize>], count: usize, total: impl Fn(usize) -> Row) -> Row {
    let tail = TAIL * count as f64;
    // Short tails, those of choices within a history, stay in registers.
    match tail.ceil() as usize {
        ..=1 => worst::<1>(months, tail, total),
        2 => worst::<2>(months, tail, total),
        3 => worst::<3>(months, tail, total),
        4 => worst::<4>(months, tail, total),
        5 | 6 => worst::<6>(months, tail, total),
        7..=9 => worst::<9>(months, tail, total),
        _ => worst::<MOST_WORST>(months, tail, total),
    }
}

/// Mean of the lowest `tail` totals, of which the lowest `K` are kept in ascending order.
#[inline(always)]
fn worst<const K: usize>(months: &[Range<usize>], tail: f64, total: impl Fn(usize) -> Row) -> Row {
    let mut kept = [Row::splat(f64::INFINITY); K];
    for range in months {
        for month in range.clone() {
            let mut next = total(month);
            for place in &mut kept {
                for lane in 0..WIDTH {
                    let (a, b) = (place.0[lane], next.0[lane]);
                    place.0[lane] = smaller(a, b);
                    next.0[lane] = larger(a, b);
                }
            }
        }
    }
    let mut mean = Row::splat(0.0);
    for lane in 0..WIDTH {
        mean.0[lane] = weighted(kept.iter().map(|row| row.0[lane]), tail);
    }
    mean
}

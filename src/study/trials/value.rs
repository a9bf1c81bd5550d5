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
    for month in months.iter().cloned().flatten() {
        net += rows[month].net;
        squares += rows[month].squares;
        gain += rows[month].gain;
        portfolio += trials.portfolio[month];
        fixed += trials.fixed[month].net;
        loss += trials.fixed[month].loss;
        count += 1;
    }
    if objective == Objective::EsAtEqualMoney {
        let mut size = zero;
        for lane in 0..WIDTH {
            size.0[lane] = equal_money(net.0[lane], fixed);
        }
        let own = worst(months, count, |month| rows[month].net + trials.portfolio[month]);
        let other = worst(months, count, |month| size * trials.fixed[month].net + trials.portfolio[month]);
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
        values.0[lane] = objective.of_sums(&sums, additive.0[lane]);
    }
    values
}

/// Mean of the worst 5 % of `count` months, eight members at a time: the worst ones are kept in ascending order.
#[inline(always)]
fn worst(months: &[Range<usize>], count: usize, total: impl Fn(usize) -> Row) -> Row {
    let tail = TAIL * count as f64;
    let keep = (tail.ceil() as usize).min(MOST_WORST);
    let mut kept = [Row::splat(f64::INFINITY); MOST_WORST];
    for month in months.iter().cloned().flatten() {
        let mut next = total(month);
        for place in &mut kept[..keep] {
            for lane in 0..WIDTH {
                let (a, b) = (place.0[lane], next.0[lane]);
                place.0[lane] = smaller(a, b);
                next.0[lane] = larger(a, b);
            }
        }
    }
    let mut mean = Row::splat(0.0);
    for lane in 0..WIDTH {
        mean.0[lane] = weighted(kept[..keep].iter().map(|row| row.0[lane]), tail);
    }
    mean
}

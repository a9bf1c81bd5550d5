//! What is known of a path only at its end: what a rule earned in crashes, months and regimes, from its P&L cumulated at each
//! close.

use super::{PlainPath, PlainTally};
use crate::metrics::review::MONTH;
use crate::metrics::tally::Column;
use crate::metrics::windows::{Reading, reading_ends};

/// Gains inside crashes.
pub(super) fn crashes(path: &PlainPath, cumulated: &[f64], tally: &mut PlainTally) {
    for (i, window) in path.windows.iter().enumerate() {
        let ends = reading_ends(&path.windows, i, cumulated.len() - 1);
        let by_speed = Reading::Flash as usize + window.speed() as usize;
        for (reading, end) in ends.into_iter().enumerate().chain([(by_speed, window.trough)]) {
            let gain = &mut tally.columns[Column::GainTrough as usize + reading];
            *gain = *gain - cumulated[window.peak] + cumulated[end];
        }
        let best = &mut tally.columns[Column::BestWindow as usize];
        *best = best.max(cumulated[window.trough] - cumulated[window.peak]);
    }
}

/// Whole months, and those of them that hold a day of a crash.
pub(super) fn months(path: &PlainPath, cumulated: &[f64], tally: &mut PlainTally) {
    let (mut worst, mut before) = (f64::INFINITY, 0.0);
    for month in 0..(cumulated.len() - path.first) / MONTH {
        let from = path.first + month * MONTH;
        let last = from + MONTH - 1;
        let net = cumulated[last] - before;
        before = cumulated[last];
        if path.windows.iter().any(|window| window.peak < last && from <= window.trough) {
            tally.add(Column::GainMonths, net);
        }
        tally.add(Column::MonthsWon, f64::from(u8::from(net > 0.0)));
        worst = worst.min(path.portfolio[from..=last].iter().fold(0.0, |sum, day| sum + day) + net);
    }
    tally.columns[Column::MonthWorst as usize] = worst;
}

/// P&L by the regime in which each day began.
pub(super) fn spells(path: &PlainPath, cumulated: &[f64], tally: &mut PlainTally) {
    let mut before = 0.0;
    for row in path.first..cumulated.len() {
        let (held, now) = (path.regime[row.saturating_sub(1)], path.regime[row]);
        if !tally.regimes.is_empty() && (held != now || row + 1 == cumulated.len()) {
            tally.regimes[held] += cumulated[row] - before;
            before = cumulated[row];
        }
    }
}

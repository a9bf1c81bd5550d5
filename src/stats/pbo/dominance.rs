//! Do the winners' results dominate the results of all?
//!
//! ```text
//! first order    F_winners(x) ≤ F_all(x)  for every x                    violation: the largest excess
//! second order   D(x) = ∫_{−∞}^x (F_all − F_winners) du ≥ 0  for every x    minimum: the lowest D, 0 far left
//! ```
//!
//! A description of two samples, exact, without a test. The sample of all may hold millions of numbers: it is not
//! sorted but counted between the winners' results, whose number is moderate.

/// First and second order stochastic dominance of the winners' results over all results.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dominance {
    /// First order holds.
    pub first: bool,
    /// The largest excess of F_winners over F_all, at least 0.
    pub first_violation: f64,
    /// Second order holds.
    pub second: bool,
    /// The lowest value of D, at most 0; it is negative where second order fails.
    pub second_minimum: f64,
}

/// All results between one winners' result and the next.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    count: u64,
    /// Results equal to the winners' result on the left.
    equal: u64,
    /// Sum of the distances to the winners' result on the left (of the first bin: to that on its right, negative).
    distance: f64,
}

impl Dominance {
    /// `visit` hands over all results, row by row, and does the same when it is called again.
    ///
    /// `None` if there are no winners or no results, or a number is not finite.
    pub fn of(winners: &[f64], mut visit: impl FnMut(&mut dyn FnMut(&[f64]))) -> Option<Self> {
        let knots = Knots::of(winners)?;
        let mut bins = vec![Bin::default(); knots.share.len() + 1];
        let mut cells = Vec::new();
        visit(&mut |row| knots.count(row, &mut cells, &mut bins));
        let all: u64 = bins.iter().map(|b| b.count).sum();
        if all == 0 || !bins.iter().map(|b| b.distance).sum::<f64>().is_finite() {
            return None;
        }
        let first_violation = knots.excess(&bins, all);
        let (mut minimum, turning) = knots.areas(&bins, all);
        if !turning.is_empty() {
            minimum = minimum.min(knots.inside(&turning, all, visit));
        }
        let reach = winners.iter().fold(0.0_f64, |reach, x| reach.max(x.abs()));
        Some(Self {
            first: first_violation <= 0.0,
            first_violation,
            // areas that cancel leave their rounding
            second: minimum >= -1e-12 * reach,
            second_minimum: minimum,
        })
    }
}

/// A bin in which D turns from falling to rising, with its state at the left end.
struct Turning {
    bin: usize,
    area: f64,
    below: u64,
}

/// The different results of the winners, ascending, with the share of winners up to each.
struct Knots {
    /// The results, and one NaN behind them that no number reaches.
    at: Vec<f64>,
    share: Vec<f64>,
    winners: u64,
    /// Winners up to each knot.
    upto: Vec<u64>,
    /// For each of many equal cells between the ends: the knots in lower cells.
    start: Vec<u32>,
    per_cell: f64,
}

impl Knots {
    fn of(winners: &[f64]) -> Option<Self> {
        if winners.is_empty() || !winners.iter().all(|x| x.is_finite()) {
            return None;
        }
        let mut sorted = winners.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (mut at, mut upto): (Vec<f64>, Vec<u64>) = (Vec::new(), Vec::new());
        for (i, x) in sorted.iter().enumerate() {
            if at.last() != Some(x) {
                at.push(*x);
                upto.push(0);
            }
            let last = upto.len() - 1;
            upto[last] = i as u64 + 1;
        }
        let n = winners.len() as u64;
        let share = upto.iter().map(|u| *u as f64 / n as f64).collect();
        // so many that hardly one holds two knots
        let cells = (16 * at.len()).next_power_of_two().min(1 << 20);
        let width = at[at.len() - 1] - at[0];
        let per_cell = if width > 0.0 { cells as f64 / width } else { 0.0 };
        let mut knots = Self { at, share, winners: n, upto, start: vec![0; cells + 1], per_cell };
        let mut lower = 0;
        for cell in 0..=cells {
            knots.start[cell] = lower as u32;
            while knots.at.get(lower).is_some_and(|x| knots.cell(*x) == cell as u32) {
                lower += 1;
            }
        }
        knots.at.push(f64::NAN);
        Some(knots)
    }

    /// A non-decreasing function of x, so that knots in lower cells are below x.
    fn cell(&self, x: f64) -> u32 {
        let last = self.start.len() as u32 - 1;
        (((x - self.at[0]) * self.per_cell) as u32).min(last)
    }

    /// The number of knots ≤ x, which is in that cell: bin b lies right of knot b − 1.
    fn bin(&self, x: f64, cell: u32) -> usize {
        let start = self.start[cell as usize] as usize;
        // the first step without a branch, for it is taken at random
        let mut b = start + usize::from(self.at[start] <= x);
        while self.at[b] <= x {
            b += 1;
        }
        b
    }

    fn count(&self, row: &[f64], cells: &mut Vec<u32>, bins: &mut [Bin]) {
        cells.clear();
        cells.extend(row.iter().map(|x| self.cell(*x)));
        for (x, cell) in row.iter().zip(cells) {
            let b = self.bin(*x, *cell);
            let from = x - self.at[b.saturating_sub(1)];
            bins[b].count += 1;
            bins[b].equal += u64::from(from == 0.0);
            bins[b].distance += from;
        }
    }

    /// The largest F_winners − F_all: at a knot, for between knots F_all only rises.
    fn excess(&self, bins: &[Bin], all: u64) -> f64 {
        let (mut below, mut excess) = (0, 0.0_f64);
        for (i, share) in self.share.iter().enumerate() {
            below += bins[i].count;
            let upto = below + bins[i + 1].equal;
            // compared as integers: equal shares are equal
            if u128::from(self.upto[i]) * u128::from(all) > u128::from(upto) * u128::from(self.winners) {
                excess = excess.max(share - upto as f64 / all as f64);
            }
        }
        excess
    }

    /// The lowest D at the knots and at infinity, and the bins inside which it may be lower.
    fn areas(&self, bins: &[Bin], all: u64) -> (f64, Vec<Turning>) {
        let m = all as f64;
        let (mut area, mut below) = (-bins[0].distance / m, bins[0].count);
        let (mut minimum, mut turning) = (0.0_f64, Vec::new());
        for (i, share) in self.share.iter().enumerate() {
            minimum = minimum.min(area);
            let bin = bins[i + 1];
            // behind the last knot all winners are counted, and D falls by what is still to come
            let last = i + 1 == self.share.len();
            let width = if last { 0.0 } else { self.at[i + 1] - self.at[i] };
            let slope = (below + bin.equal) as f64 / m - share;
            if slope < 0.0 && (below + bin.count) as f64 / m > *share {
                turning.push((area + slope * width, Turning { bin: i + 1, area, below }));
            }
            area += (below as f64 / m - share) * width + (bin.count as f64 * width - bin.distance) / m;
            below += bin.count;
        }
        let minimum = minimum.min(area);
        // D lies above its tangent: most bins cannot hold the lowest value
        turning.retain(|(bound, _)| *bound < minimum);
        (minimum, turning.into_iter().map(|(_, t)| t).collect())
    }

    /// The lowest D inside the turning bins, whose results are collected and sorted.
    fn inside(&self, turning: &[Turning], all: u64, mut visit: impl FnMut(&mut dyn FnMut(&[f64]))) -> f64 {
        let mut place = vec![None; self.at.len()];
        turning.iter().enumerate().for_each(|(i, t)| place[t.bin] = Some(i));
        let mut found = vec![Vec::new(); turning.len()];
        visit(&mut |row| {
            for x in row {
                if let Some(i) = place[self.bin(*x, self.cell(*x))] {
                    found[i].push(*x);
                }
            }
        });
        let mut minimum = f64::INFINITY;
        for (t, results) in turning.iter().zip(&mut found) {
            results.sort_by(f64::total_cmp);
            let (share, mut from, mut area) = (self.share[t.bin - 1], self.at[t.bin - 1], t.area);
            for (i, x) in results.iter().enumerate() {
                area += ((t.below + i as u64) as f64 / all as f64 - share) * (x - from);
                minimum = minimum.min(area);
                from = *x;
            }
        }
        minimum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::normals;

    fn of(winners: &[f64], all: &[f64]) -> Option<Dominance> {
        Dominance::of(winners, |see| all.chunks(7).for_each(&mut *see))
    }

    /// The definitions, at every number of both samples.
    fn direct(winners: &[f64], all: &[f64]) -> (f64, f64) {
        let share = |s: &[f64], x: f64| s.iter().filter(|y| **y <= x).count() as f64 / s.len() as f64;
        let area = |s: &[f64], x: f64| s.iter().map(|y| (x - y).max(0.0)).sum::<f64>() / s.len() as f64;
        let points = || winners.iter().chain(all);
        let violation = points().map(|x| share(winners, *x) - share(all, *x)).fold(0.0, f64::max);
        let minimum = points().map(|x| area(all, *x) - area(winners, *x)).fold(0.0, f64::min);
        (violation, minimum)
    }

    #[test]
    fn it_is_the_definition() {
        let mut normal = normals(17);
        for case in 0..300 {
            let shift = f64::from(case % 7) * 0.3 - 0.9;
            let spread = [0.2, 1.0, 2.0][case as usize % 3];
            // rounding makes ties, in one sample and between the two
            let mut draw = |n: usize, a: f64, b: f64| -> Vec<f64> {
                (0..n).map(|_| ((a + b * normal()) * 8.0).round() / 8.0).collect()
            };
            let winners = draw(1 + case as usize % 23, shift, spread);
            let mut all = draw(1 + case as usize % 57, 0.0, 1.0);
            if case % 2 == 0 {
                all.extend(&winners);
            }
            let (violation, minimum) = direct(&winners, &all);
            let ours = of(&winners, &all).unwrap();
            assert!((ours.first_violation - violation).abs() < 1e-12, "{case}: {ours:?} {violation}");
            assert!((ours.second_minimum - minimum).abs() < 1e-12, "{case}: {ours:?} {minimum}");
            assert_eq!(ours.first, violation < 1e-12);
            assert_eq!(ours.second, minimum > -1e-12);
        }
    }

    #[test]
    fn known_cases() {
        let all = [0.0, 1.0, 2.0, 3.0];
        let same = of(&all, &all).unwrap();
        assert!(same.first && same.second && same.second_minimum.abs() < 1e-15);
        let higher = of(&[2.0, 3.0], &all).unwrap();
        assert!(higher.first && higher.second);
        // the same mean, less spread: second order only
        let calm = of(&[1.5], &all).unwrap();
        assert!(!calm.first && calm.second);
        assert_eq!(calm.first_violation, 0.5);
        let lower = of(&[-1.0], &all).unwrap();
        assert_eq!((lower.first_violation, lower.second_minimum), (1.0, -2.5));
    }

    #[test]
    fn undefined_is_none() {
        assert!(of(&[], &[1.0]).is_none() && of(&[1.0], &[]).is_none());
        assert!(of(&[f64::NAN], &[1.0]).is_none() && of(&[1.0, 2.0], &[1.0, f64::NAN]).is_none());
        assert!(of(&[1.0], &[f64::INFINITY]).is_none());
    }
}

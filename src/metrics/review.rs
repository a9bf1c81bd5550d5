//! The calendar that hedges are reviewed by: months, months that hold a day of a crash, and spells of each regime.
//!
//! Months are 21 trading days from the first evaluated one, and whole. A day belongs to the regime in which the market
//! stood at the close before it: who is paid for a day was exposed since then.

use super::windows::WindowBlock;
use crate::grid::DAYS_PER_YEAR;
use crate::lanes::{Row, WIDTH};

/// Trading days of a month.
pub const MONTH: usize = 21;

/// The last day of an unbroken stay in one regime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// Row.
    pub row: usize,
    /// Path of the group.
    pub lane: usize,
    /// The regime.
    pub regime: usize,
}

/// The calendar of eight paths.
#[derive(Clone, Debug)]
pub struct ReviewBlock {
    first: usize,
    regimes: usize,
    /// 1 on paths on which the month holds a day of a crash.
    crash: Vec<Row>,
    /// The portfolio's excess return of each month.
    months: Vec<Row>,
    spells: Vec<Spell>,
    /// Index of the first spell that ends at or after each row.
    from: Vec<u32>,
    /// Evaluated days in each regime.
    pub days: Vec<Row>,
    /// The portfolio's excess return on those days.
    pub returns: Vec<Row>,
    /// Mean squared log return of the quoted index, decimal a year.
    pub realized: Row,
    /// Mean square of the VIX at the close before each day, decimal a year.
    pub implied: Row,
}

impl ReviewBlock {
    /// Room for `rows` rows, the first `first` of which are not evaluated, in a market of so many regimes.
    pub fn new(first: usize, rows: usize, regimes: usize) -> Self {
        let months = (rows - first) / MONTH;
        Self {
            first,
            regimes,
            crash: vec![Row::default(); months],
            months: vec![Row::default(); months],
            spells: Vec::new(),
            from: vec![0; rows + 1],
            days: vec![Row::default(); regimes],
            returns: vec![Row::default(); regimes],
            realized: Row::default(),
            implied: Row::default(),
        }
    }

    /// Reads the portfolio's daily excess returns, its crashes, and the regime at every close.
    pub fn fill(&mut self, returns: &[Row], windows: &WindowBlock, regime: &[Row]) {
        let evaluated = &returns[self.first..];
        for (month, days) in self.months.iter_mut().zip(evaluated.chunks_exact(MONTH)) {
            *month = days.iter().fold(Row::splat(0.0), |sum, day| sum + *day);
        }
        self.crash.fill(Row::splat(0.0));
        for (lane, list) in windows.windows.iter().enumerate() {
            for window in list {
                let (from, to) = ((window.peak + 1 - self.first) / MONTH, (window.trough - self.first) / MONTH);
                for crash in self.crash.iter_mut().take(to + 1).skip(from) {
                    crash.0[lane] = 1.0;
                }
            }
        }
        self.spells.clear();
        self.days.fill(Row::splat(0.0));
        self.returns.fill(Row::splat(0.0));
        if self.regimes > 0 {
            self.find_spells(returns, regime);
        }
    }

    /// Reads the log returns of the index that the VIX quotes, and the VIX in points.
    pub fn fill_variances(&mut self, returns: &[Row], vix: &[Row]) {
        let days = (returns.len() - self.first) as f64;
        let before = &vix[self.first.saturating_sub(1)..];
        let (mut realized, mut implied) = (Row::splat(0.0), Row::splat(0.0));
        for (day, vix) in returns[self.first..].iter().zip(before) {
            realized += *day * *day;
            implied += *vix * *vix;
        }
        self.realized = realized * (DAYS_PER_YEAR / days);
        self.implied = implied * (1e-4 / days);
    }

    fn find_spells(&mut self, returns: &[Row], regime: &[Row]) {
        let rows = returns.len();
        let mut since = [self.first; WIDTH];
        for row in self.first..rows {
            self.from[row] = self.spells.len() as u32;
            let (held, now) = (regime[row.saturating_sub(1)], regime[row]);
            if held == now && row + 1 < rows {
                continue;
            }
            for lane in 0..WIDTH {
                if held.0[lane] == now.0[lane] && row + 1 < rows {
                    continue;
                }
                let regime = held.0[lane] as usize;
                self.spells.push(Spell { row, lane, regime });
                self.days[regime].0[lane] += (row + 1 - since[lane]) as f64;
                self.returns[regime].0[lane] += returns[since[lane]..=row].iter().map(|day| day.0[lane]).sum::<f64>();
                since[lane] = row + 1;
            }
        }
        self.from[rows] = self.spells.len() as u32;
    }

    /// Spells that end in rows `start..end`, in order of rows.
    pub fn spells(&self, start: usize, end: usize) -> &[Spell] {
        &self.spells[self.from[start] as usize..self.from[end] as usize]
    }

    /// Months that end in rows `start..end`: the last row, 1 on paths where the month holds a day of a crash, and the
    /// portfolio's return.
    pub fn months(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, Row, Row)> {
        let ended = |row: usize| ((row - self.first) / MONTH).min(self.months.len());
        (ended(start)..ended(end))
            .map(|month| (self.first + (month + 1) * MONTH - 1, self.crash[month], self.months[month]))
    }

    /// Whole months.
    pub fn count(&self) -> usize {
        self.months.len()
    }

    /// Months of a path that hold a day of a crash, and the portfolio's loss in them.
    pub fn crash_months(&self, lane: usize) -> (f64, f64) {
        let held = self.crash.iter().zip(&self.months).filter(|(crash, _)| crash.0[lane] > 0.0);
        held.fold((0.0, 0.0), |(n, loss), (_, month)| (n + 1.0, loss - month.0[lane]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::windows::CrashRule;

    /// 3 rows of warm-up and 50 evaluated ones: two whole months and 8 days; path 0 falls on the days 5 and 6 and moves
    /// to regime 1 at the close of day 9.
    #[test]
    fn months_and_spells_of_one_path() {
        let (first, rows) = (3, 53);
        let mut returns = vec![Row::splat(0.001); rows];
        let (mut index, mut regime) = (vec![Row::splat(1.0); rows], vec![Row::splat(0.0); rows]);
        for day in [5, 6] {
            returns[first + day].0[0] = -0.08;
        }
        for row in 1..rows {
            index[row] = index[row - 1] * (returns[row] + 1.0);
        }
        regime[first + 9..].iter_mut().for_each(|row| row.0[0] = 1.0);
        let mut windows = WindowBlock::new(rows);
        windows.fill(&index, &returns, &[], first, &CrashRule::Drawdown { depth: 0.1, rally: None });
        let mut review = ReviewBlock::new(first, rows, 2);
        review.fill(&returns, &windows, &regime);
        assert_eq!(review.count(), 2);
        let months: Vec<(usize, f64)> = review.months(first, rows).map(|(row, crash, _)| (row, crash.0[0])).collect();
        assert_eq!(months, [(23, 1.0), (44, 0.0)]);
        // Tiles share no month and lose none.
        let tiles = [(first, 23), (23, 24), (24, 45), (45, rows)].map(|(start, end)| review.months(start, end).count());
        assert_eq!(tiles, [0, 1, 1, 0]);
        let (n, loss) = review.crash_months(0);
        assert!(n == 1.0 && (loss - (0.16 - 19.0 * 0.001)).abs() < 1e-15, "{loss}");
        assert_eq!(review.crash_months(1), (0.0, 0.0));
        // The day of the switch still belongs to the regime that was left.
        assert_eq!((review.days[0].0[0], review.days[1].0[0], review.days[0].0[1]), (10.0, 40.0, 50.0));
        assert!((review.returns[1].0[0] - 0.040).abs() < 1e-12);
        assert_eq!(review.spells(first, rows).iter().filter(|spell| spell.lane == 0).count(), 2);
    }
}

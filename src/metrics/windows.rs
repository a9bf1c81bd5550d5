//! Crash windows of the unhedged portfolio, and the days that count towards them.
//!
//! A window is a fall of the chain index, restarted at the first evaluated day: from the last day at the peak (exclusive)
//! to the first day at the minimum (inclusive). It knows the future of its path: hedge gains inside it are judged with
//! hindsight, which is why they are also read 5 and 21 days later and at the end of the episode.

use crate::lanes::{Row, WIDTH};

/// What counts as a crash.
#[derive(Clone, Debug, PartialEq)]
pub enum CrashRule {
    /// A drawdown episode of at least `depth`. It ends at a new high, or when the index has risen by `rally` from its low.
    Drawdown {
        /// Least depth, a positive decimal.
        depth: f64,
        /// Rise from the low that ends the episode, if any.
        rally: Option<f64>,
    },
    /// A fall of at least `by` within `within` days; it ends once no new low has come for as many days.
    Fall {
        /// Least fall, a positive decimal.
        by: f64,
        /// Days.
        within: usize,
    },
    /// Stated windows, as rows: start (exclusive) and end (inclusive).
    Stated(Vec<(usize, usize)>),
}

/// One crash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Last row at the peak; not part of the window.
    pub peak: usize,
    /// First row at the minimum; the last of the window.
    pub trough: usize,
    /// Row at which the episode ends.
    pub end: usize,
    /// Depth as a negative decimal.
    pub depth: f64,
    /// Still open when the path ends?
    pub open: bool,
}

impl Window {
    /// Speed class.
    pub const fn speed(&self) -> Speed {
        match self.trough - self.peak {
            0..=5 => Speed::Flash,
            6..=21 => Speed::Fast,
            _ => Speed::Grind,
        }
    }
}

/// Days from peak to trough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Speed {
    /// At most 5 days.
    Flash,
    /// 6 to 21 days.
    Fast,
    /// More than 21 days.
    Grind,
}

/// All crashes of one path; `level(row)` is the index, read for rows `first..rows`.
pub fn find(level: impl Fn(usize) -> f64, first: usize, rows: usize, rule: &CrashRule) -> Vec<Window> {
    match rule {
        CrashRule::Drawdown { depth, rally } => drawdowns(level, first, rows, *depth, rally.unwrap_or(f64::INFINITY)),
        CrashRule::Fall { by, within } => falls(level, first, rows, *by, *within),
        CrashRule::Stated(list) => list
            .iter()
            .map(|&(peak, trough)| Window {
                peak,
                trough,
                end: trough,
                depth: level(trough) / level(peak) - 1.0,
                open: false,
            })
            .collect(),
    }
}

fn drawdowns(level: impl Fn(usize) -> f64, first: usize, rows: usize, depth: f64, rally: f64) -> Vec<Window> {
    let mut found = Vec::new();
    let (mut peak, mut trough) = (first, first);
    let close = |peak: usize, trough: usize, end: usize, open: bool| {
        let fall = level(trough) / level(peak) - 1.0;
        (fall <= -depth).then_some(Window { peak, trough, end, depth: fall, open })
    };
    for row in first + 1..rows {
        let now = level(row);
        if now >= level(peak) || now >= level(trough) * (1.0 + rally) {
            if trough > peak {
                found.extend(close(peak, trough, row, false));
            }
            (peak, trough) = (row, row);
        } else if now < level(trough) {
            trough = row;
        }
    }
    if trough > peak {
        found.extend(close(peak, trough, rows - 1, true));
    }
    found
}

fn falls(level: impl Fn(usize) -> f64, first: usize, rows: usize, by: f64, within: usize) -> Vec<Window> {
    let mut found = Vec::new();
    let mut row = first + 1;
    let mut earliest = first;
    while row < rows {
        let from = row.saturating_sub(within).max(earliest);
        let peak = (from..row).fold(from, |best, i| if level(i) >= level(best) { i } else { best });
        if !(level(row) <= level(peak) * (1.0 - by)) {
            row += 1;
            continue;
        }
        let mut trough = row;
        let mut end = row;
        while end + 1 < rows && end < trough.saturating_add(within) {
            end += 1;
            if level(end) < level(trough) {
                trough = end;
            }
        }
        let open = end + 1 == rows && end < trough.saturating_add(within);
        found.push(Window { peak, trough, end, depth: level(trough) / level(peak) - 1.0, open });
        earliest = end;
        row = end + 1;
    }
    found
}

/// Ways in which a window's gains are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Reading {
    /// To the trough: hindsight.
    Trough,
    /// To five days after the trough.
    Plus5,
    /// To 21 days after the trough.
    Plus21,
    /// To the end of the episode.
    Recovery,
    /// To the trough, crashes of at most 5 days.
    Flash,
    /// To the trough, crashes of 6 to 21 days.
    Fast,
    /// To the trough, slower crashes.
    Grind,
    /// To 21 days after the trough, at most to the end of the episode: what is known when it ends, whatever comes later.
    Settled,
}

/// Number of readings.
pub const READINGS: usize = 8;

/// A day at which the gain of a window, in one reading, starts or ends to count: the gain of a rule is the sum over
/// boundaries of sign times its cumulated net P&L.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// Row.
    pub row: usize,
    /// Path of the group.
    pub lane: usize,
    /// Reading.
    pub reading: usize,
    /// +1 at the end, -1 at the peak.
    pub sign: f64,
    /// Row at which the episode is over: from then on no later price changes what it was.
    pub known: usize,
}

/// Which readings of windows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Wanted {
    /// All.
    All,
    /// [`Reading::Plus21`] alone: twins are compared by it.
    Plus21,
    /// [`Reading::Settled`] alone: choices look at it.
    Settled,
}

/// Boundaries in order of rows.
#[derive(Clone, Debug)]
struct Calendar {
    boundaries: Vec<Boundary>,
    /// Index of the first boundary at or after each row.
    from: Vec<u32>,
}

impl Calendar {
    fn new(rows: usize) -> Self {
        Self { boundaries: Vec::new(), from: vec![0; rows + 1] }
    }

    /// Notes where each row begins; boundaries must be in order.
    fn index(&mut self) {
        let mut next = 0;
        for (row, from) in self.from.iter_mut().enumerate() {
            while self.boundaries.get(next).is_some_and(|boundary| boundary.row < row) {
                next += 1;
            }
            *from = next as u32;
        }
    }
}

/// Crash windows of eight paths: where gains count, and the portfolio's losses.
#[derive(Clone, Debug)]
pub struct WindowBlock {
    rows: usize,
    /// By [`Wanted`].
    calendars: [Calendar; 3],
    /// Windows of each path.
    pub windows: [Vec<Window>; WIDTH],
    /// Portfolio loss inside the windows as a share of capital, by reading (all to the trough).
    pub losses: [[f64; READINGS]; WIDTH],
}

/// Last rows of one window's gains: to the trough, 5 and 21 days on, to the end of the episode. The days after a trough
/// end where the next crash begins, so that no day counts twice.
pub fn reading_ends(windows: &[Window], i: usize, last: usize) -> [usize; 4] {
    let window = &windows[i];
    let until = windows.get(i + 1).map_or(last, |next| next.peak).max(window.trough);
    [window.trough, (window.trough + 5).min(until), (window.trough + 21).min(until), window.end]
}

impl WindowBlock {
    /// Room for `rows` rows.
    pub fn new(rows: usize) -> Self {
        Self {
            rows,
            calendars: std::array::from_fn(|_| Calendar::new(rows)),
            windows: Default::default(),
            losses: [[0.0; READINGS]; WIDTH],
        }
    }

    /// Finds the windows of eight paths from the chain index and the daily excess returns of the portfolio. Where there are
    /// ratios of likelihoods, gains and losses of a window count times the ratio on the day when all of it is known.
    pub fn fill(&mut self, index: &[Row], returns: &[Row], likelihood: &[Row], first: usize, rule: &CrashRule) {
        self.calendars.iter_mut().for_each(|calendar| calendar.boundaries.clear());
        for lane in 0..WIDTH {
            self.windows[lane] = find(|row| index[row].0[lane], first, self.rows, rule);
            self.losses[lane] = [0.0; READINGS];
            for i in 0..self.windows[lane].len() {
                let ends = reading_ends(&self.windows[lane], i, self.rows - 1);
                let window = self.windows[lane][i];
                let settled = match rule {
                    CrashRule::Stated(_) => ends[2],
                    _ => (window.trough + 21).min(window.end),
                };
                self.count(&window, ends, settled, lane, (returns, likelihood));
            }
        }
        let [all, plus21, settled] = &mut self.calendars;
        all.boundaries.sort_by_key(|boundary| boundary.row);
        for (alone, reading) in [(plus21, Reading::Plus21), (settled, Reading::Settled)] {
            alone.boundaries.extend(all.boundaries.iter().filter(|boundary| boundary.reading == reading as usize));
            alone.index();
        }
        all.index();
    }

    fn count(&mut self, window: &Window, ends: [usize; 4], settled: usize, lane: usize, rows: (&[Row], &[Row])) {
        let (returns, likelihood) = rows;
        // Stated windows are known in advance; their gains are not before they are counted.
        let known = window.end.max(settled);
        let by_speed = Reading::Flash as usize + window.speed() as usize;
        let loss: f64 = -(window.peak + 1..=window.trough).map(|row| returns[row].0[lane]).sum::<f64>();
        for (reading, end) in
            ends.into_iter().enumerate().chain([(by_speed, window.trough), (Reading::Settled as usize, settled)])
        {
            let weight = likelihood.get(known.max(end)).map_or(1.0, |row| row.0[lane]);
            self.losses[lane][reading] += loss * weight;
            for (row, sign) in [(window.peak, -weight), (end, weight)] {
                self.calendars[Wanted::All as usize].boundaries.push(Boundary { row, lane, reading, sign, known });
            }
        }
    }

    /// Boundaries of the wanted readings in rows `start..end`, in order of rows.
    #[inline(always)]
    pub fn boundaries(&self, wanted: Wanted, start: usize, end: usize) -> &[Boundary] {
        let Calendar { boundaries, from } = &self.calendars[wanted as usize];
        &boundaries[from[start] as usize..from[end] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(levels: &[f64], rule: &CrashRule) -> Vec<(usize, usize, usize, bool)> {
        find(|row| levels[row], 0, levels.len(), rule).iter().map(|w| (w.peak, w.trough, w.end, w.open)).collect()
    }

    #[test]
    fn drawdown_episodes() {
        let rule = |rally| CrashRule::Drawdown { depth: 0.10, rally };
        let path = [100.0, 100.0, 95.0, 88.0, 88.0, 92.0, 98.0, 101.0, 90.0];
        assert_eq!(windows(&path, &rule(None)), [(1, 3, 7, false), (7, 8, 8, true)]);
        let rebound = [100.0, 85.0, 94.0, 84.0, 70.0];
        assert_eq!(windows(&rebound, &rule(Some(0.10))), [(0, 1, 2, false), (2, 4, 4, true)]);
        assert_eq!(windows(&rebound, &rule(None)), [(0, 4, 4, true)]);
        assert!(windows(&[100.0, 91.0, 100.0], &rule(None)).is_empty());
    }

    #[test]
    fn quick_falls() {
        let rule = CrashRule::Fall { by: 0.07, within: 2 };
        assert_eq!(windows(&[100.0, 99.0, 92.0, 90.0, 95.0, 96.0, 97.0], &rule), [(0, 3, 5, false)]);
        assert!(windows(&[100.0, 97.0, 94.0, 91.0, 89.0], &rule).is_empty());
        let path = [100.0, 99.0, 92.0, 90.0, 95.0, 96.0, 97.0];
        let within = |within| windows(&path, &CrashRule::Fall { by: 0.07, within });
        assert_eq!(within(usize::MAX), within(path.len()));
        assert_eq!(within(usize::MAX), [(0, 3, 6, true)]);
    }

    /// The days after a trough belong to the crash before until the next one begins, and end with the path.
    #[test]
    fn no_day_counts_twice() {
        let window = |peak, trough, end| Window { peak, trough, end, depth: -0.2, open: false };
        let list = [window(10, 14, 20), window(20, 40, 50), window(90, 95, 99)];
        let ends = |i| reading_ends(&list, i, 100);
        assert_eq!((ends(0), ends(1), ends(2)), ([14, 19, 20, 20], [40, 45, 61, 50], [95, 100, 100, 99]));
    }
}

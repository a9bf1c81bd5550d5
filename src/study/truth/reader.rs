//! What each way of judging reports of a path.

use super::{ESTIMATES, FIGURES};
use crate::engine::{Panel, Study};
use crate::study::objective::{MONTHS_PER_YEAR, Stream};
use crate::study::trials::folds::Folds;
use crate::study::trials::population::{Figures, figures};
use crate::study::trials::protocol::Manner;
use crate::study::trials::{Grid, Trials, cuts};
use std::ops::Range;

/// Reads the figures and the picks of every path.
pub(super) struct Reader {
    pub(super) grids: Vec<Grid>,
    pub(super) months: usize,
    pub(super) manner: Manner,
    pub(super) folds: Folds,
}

/// What one way of judging reports of a path: figures, and how often each member was picked.
struct Report {
    figures: Figures,
    shares: Vec<f64>,
}

impl Reader {
    fn simple(&self, trials: &Trials, pick: usize, judged: Range<usize>) -> Report {
        let months = std::slice::from_ref(&judged);
        let mut shares = vec![0.0; trials.members()];
        shares[pick] = 1.0;
        Report { figures: figures(self.manner.objective, &trials.stream(pick, months), &trials.fixed(months)), shares }
    }

    fn walk_forward(&self, trials: &Trials) -> Report {
        let (mut chosen, mut fixed) = (Stream::default(), Stream::default());
        let mut shares = vec![0.0; trials.members()];
        let test = MONTHS_PER_YEAR as usize;
        let mut start = self.manner.train + self.manner.purge;
        let folds = (self.months - start) / test;
        for _ in 0..folds {
            let end = start - self.manner.purge;
            let pick = self.manner.best(trials, end - self.manner.train..end);
            let judged = start..start + test;
            chosen.add(&trials.stream(pick, std::slice::from_ref(&judged)));
            fixed.add(&trials.fixed(std::slice::from_ref(&judged)));
            shares[pick] += 1.0 / folds as f64;
            start += test;
        }
        Report { figures: figures(self.manner.objective, &chosen, &fixed), shares }
    }

    fn combinatorial(&self, trials: &Trials) -> Report {
        let picks = self.folds.picks(trials, self.manner.objective);
        let mut shares = vec![0.0; trials.members()];
        picks.iter().for_each(|pick| shares[pick.member] += 1.0 / picks.len() as f64);
        let mut mean = [0.0; FIGURES.len()];
        let histories = self.folds.histories.len();
        for history in 0..histories {
            let (chosen, fixed) = self.folds.stitched(trials, history, |split| picks[split].member);
            for (sum, figure) in mean.iter_mut().zip(figures(self.manner.objective, &chosen, &fixed)) {
                *sum += figure / histories as f64;
            }
        }
        Report { figures: mean, shares }
    }

    fn reports(&self, trials: &Trials) -> [Report; ESTIMATES.len()] {
        let half = self.months / 2;
        let first = self.manner.best(trials, 0..half - self.manner.purge.min(half / 2));
        let whole = 0..self.months;
        [
            self.simple(trials, self.manner.best(trials, whole.clone()), whole.clone()),
            self.walk_forward(trials),
            self.combinatorial(trials),
            self.simple(trials, first, half..self.months),
            self.simple(trials, 0, whole),
        ]
    }

    /// Numbers of a grid on a path: figures and shares of each way, then the value of every member on the whole history.
    pub(super) fn grid_width(grid: &Grid) -> usize {
        ESTIMATES.len() * (FIGURES.len() + grid.members.len()) + grid.members.len()
    }
}

impl Study for Reader {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.iter().map(Self::grid_width).sum()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let mut rest = out;
        for grid in &self.grids {
            let (out, others) = rest.split_at_mut(Self::grid_width(grid));
            let trials = Trials::read(panel, lane, grid, self.months);
            let each = FIGURES.len() + trials.members();
            for (report, out) in self.reports(&trials).iter().zip(out.chunks_exact_mut(each)) {
                out[..FIGURES.len()].copy_from_slice(&report.figures);
                out[FIGURES.len()..].copy_from_slice(&report.shares);
            }
            let mut values = Vec::new();
            trials.values(self.manner.objective, std::slice::from_ref(&(0..self.months)), &mut values);
            out[ESTIMATES.len() * each..].copy_from_slice(&values);
            rest = others;
        }
    }
}

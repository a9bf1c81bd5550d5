//! Folds of months: a choice for every combinatorial split, and the out-of-sample histories that are stitched from them.

use super::{Trials, best};
use crate::stats::combinatorial::{Combinatorial, PurgedSplit};
use crate::study::objective::{Objective, Stream};

/// The splits of a scheme, and for every stitched history which of them judges each fold.
#[derive(Clone, Debug)]
pub struct Folds {
    /// Splits of the months.
    pub splits: Vec<PurgedSplit>,
    /// `[history][fold]`: a split.
    pub histories: Vec<Vec<usize>>,
}

/// What is chosen on the training months of one split.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    /// The best member.
    pub member: usize,
    /// Its value there.
    pub value: f64,
    /// Value of the untuned rule there.
    pub untuned: f64,
}

impl Folds {
    /// Of so many months; none where a split has nothing to learn from.
    pub fn of(scheme: &Combinatorial, months: usize) -> Option<Self> {
        let splits = scheme.splits(months).ok()?;
        Some(Self { histories: scheme.paths(&splits), splits })
    }

    /// The choice of every split.
    pub fn picks(&self, trials: &Trials, objective: Objective) -> Vec<Pick> {
        let mut values = Vec::new();
        let mut pick = |split: &PurgedSplit| {
            trials.values(objective, &split.train, &mut values);
            let member = best(&values);
            Pick { member, value: values[member], untuned: values[0] }
        };
        self.splits.iter().map(&mut pick).collect()
    }

    /// A history whose folds were judged after the choice `pick(split)`, and the fixed hedge on it.
    pub fn stitched(&self, trials: &Trials, history: usize, pick: impl Fn(usize) -> usize) -> (Stream, Stream) {
        let (mut chosen, mut fixed) = (Stream::default(), Stream::default());
        for (fold, split) in self.histories[history].iter().enumerate() {
            let place = self.splits[*split].folds.iter().position(|known| *known == fold).unwrap_or(0);
            let judged = std::slice::from_ref(&self.splits[*split].test[place]);
            chosen.add(&trials.stream(pick(*split), judged));
            fixed.add(&trials.fixed(judged));
        }
        (chosen, fixed)
    }
}

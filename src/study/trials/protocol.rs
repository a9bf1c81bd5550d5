//! Ways to pick one rule of a grid from a history.

use super::diagnose::{Luck, live};
use super::folds::Folds;
use super::{Trials, best, cscv};
use crate::stats::combinatorial::Combinatorial;
use crate::study::objective::Objective;
use std::ops::Range;

/// A way to pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The first value of every axis: nothing is chosen.
    Untuned,
    /// The best of the whole history.
    InSample,
    /// The best of the first half, if it beats the untuned rule in the second one, else the untuned rule.
    Halves,
    /// The best of the last training window: what a rolling walk-forward would hold next.
    WalkForward,
    /// What wins most of the training sets of a combinatorial cross-validation.
    Combinatorial,
    /// The best of the whole history if the deflated Sharpe ratio of the grid's best advantage is at least .95, else the
    /// untuned rule.
    Deflated,
    /// The best of the whole history if the probability of overfitting is below one half, else the untuned rule.
    Pbo,
    /// All members in equal parts: nothing is chosen either.
    Mix,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Untuned,
        Self::InSample,
        Self::Halves,
        Self::WalkForward,
        Self::Combinatorial,
        Self::Deflated,
        Self::Pbo,
        Self::Mix,
    ];

    /// Name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untuned => "untuned",
            Self::InSample => "in_sample",
            Self::Halves => "halves",
            Self::WalkForward => "walk_forward",
            Self::Combinatorial => "combinatorial",
            Self::Deflated => "deflated",
            Self::Pbo => "pbo",
            Self::Mix => "mix",
        }
    }

    /// What it does, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Untuned => "the first value of the grid",
            Self::InSample => "the best of the whole history",
            Self::Halves => "the best of the first half if it beats the untuned rule in the second",
            Self::WalkForward => "the best of the last training window (on shorter histories that is in_sample)",
            Self::Combinatorial => "what wins most of the training sets of 15 combinatorial splits",
            Self::Deflated => {
                "the best of the whole history if the deflated Sharpe ratio of the best advantage is at least .95"
            }
            Self::Pbo => "the best of the whole history if its probability of overfitting is below one half",
            Self::Mix => "all members in equal parts",
        }
    }
}

/// How protocols learn.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// What they maximise.
    pub objective: Objective,
    /// Months of the last training window.
    pub train: usize,
    /// Months between learning and judging.
    pub purge: usize,
}

/// Folds and test folds of the combinatorial protocol.
pub const FOLDS: (usize, usize) = (6, 2);

impl Manner {
    /// What a protocol picks after the first `months` of a history: a member, or the number of members for their mix.
    pub fn pick(&self, protocol: Protocol, trials: &Trials, months: usize) -> usize {
        let whole = 0..months;
        match protocol {
            Protocol::Untuned => 0,
            Protocol::Mix => trials.members(),
            Protocol::InSample => self.best(trials, whole),
            Protocol::WalkForward => self.best(trials, months.saturating_sub(self.train)..months),
            Protocol::Halves => self.halves(trials, months),
            Protocol::Combinatorial => self.combinatorial(trials, months),
            Protocol::Deflated => {
                let sure = Luck::of(&live(trials, whole.clone())).and_then(|luck| luck.dsr(0));
                if sure.is_some_and(|dsr| dsr >= 0.95) { self.best(trials, whole) } else { 0 }
            }
            Protocol::Pbo => {
                let sure = cscv::cscv(trials, self.objective, whole.clone(), cscv::BLOCKS);
                if sure.is_some_and(|found| found.pbo < 0.5) { self.best(trials, whole) } else { 0 }
            }
        }
    }

    /// The best member on some months.
    pub fn best(&self, trials: &Trials, months: Range<usize>) -> usize {
        let mut values = Vec::new();
        trials.values(self.objective, std::slice::from_ref(&months), &mut values);
        best(&values)
    }

    fn halves(&self, trials: &Trials, months: usize) -> usize {
        let half = months / 2;
        let pick = self.best(trials, 0..half.saturating_sub(self.purge));
        let mut values = Vec::new();
        trials.values(self.objective, std::slice::from_ref(&(half..months)), &mut values);
        if values[pick] > values[0] { pick } else { 0 }
    }

    fn combinatorial(&self, trials: &Trials, months: usize) -> usize {
        let (folds, test) = FOLDS;
        let scheme = Combinatorial::new(folds, test, self.purge, 0).ok();
        let Some(folds) = scheme.and_then(|scheme| Folds::of(&scheme, months)) else {
            return self.best(trials, 0..months);
        };
        let mut won = vec![0.0; trials.members()];
        folds.picks(trials, self.objective).iter().for_each(|pick| won[pick.member] += 1.0);
        best(&won)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::trials::tests::made_up;

    fn manner() -> Manner {
        Manner { objective: Objective::Cost, train: 24, purge: 3 }
    }

    /// What is picked after some months is the same on a history that goes on in another way.
    #[test]
    fn no_protocol_sees_later_months() {
        let (short, long) = (made_up(7, 60), made_up(7, 120));
        for protocol in Protocol::ALL {
            for months in [24, 48, 60] {
                let picks = [&short, &long].map(|trials| manner().pick(protocol, trials, months));
                assert_eq!(picks[0], picks[1], "{protocol:?} {months}");
            }
        }
    }

    #[test]
    fn a_member_that_always_earns_more_is_picked_by_all_who_choose() {
        let mut trials = made_up(7, 96);
        trials.give(4, 0.1);
        for protocol in Protocol::ALL {
            let expected = match protocol {
                Protocol::Untuned => 0,
                Protocol::Mix => 7,
                _ => 4,
            };
            assert_eq!(manner().pick(protocol, &trials, 96), expected, "{protocol:?}");
        }
    }
}

//! What changes in a market on stated days: structural breaks, seasons of calm, scripted shocks.
//!
//! Days are counted from the first evaluated one, which is day 0. A change on day n works from the close of day n on: the
//! next return is the first that it moves. All of it stands on the same day of every path.

use super::Facts;
use crate::grid::TimeGrid;
use crate::pricing::law::Law;
use crate::shelf::Refusal;

/// The changes of a market, each kind in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Structural breaks.
    pub breaks: Vec<Break>,
    /// Seasons of calm.
    pub seasons: Vec<Season>,
    /// Scripted shocks.
    pub shocks: Vec<Shock>,
}

/// From a day on, for good, the market follows another law.
#[derive(Clone, Debug, PartialEq)]
pub struct Break {
    /// Day.
    pub day: usize,
    /// The law from then on, under the real-world measure.
    pub law: Law,
    /// What prices learn of it.
    pub learnt: Learnt,
    /// Diffusive premium that is left, by regime and asset, per year.
    pub residual_premium: Vec<Vec<f64>>,
}

/// What prices learn of a break.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Learnt {
    /// Nothing: they go on believing what they believed.
    Never,
    /// They move to the belief in this slot at once.
    AtOnce(usize),
    /// They move to the belief in a slot, half of the way in so many days.
    Slowly {
        /// Slot of the belief.
        belief: usize,
        /// Days.
        half_life: f64,
    },
}

impl Learnt {
    /// Slot of the belief that prices move to.
    pub const fn belief(&self) -> Option<usize> {
        match self {
            Self::Never => None,
            Self::AtOnce(belief) | Self::Slowly { belief, .. } => Some(*belief),
        }
    }
}

/// A time in which a regime is held and nothing crashes. Prices do not know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    /// First day.
    pub from: usize,
    /// Day on which switches and crashes come back.
    pub until: usize,
    /// Regime that is held.
    pub regime: usize,
}

/// A fall by script: the same on every path, and no part of any law.
#[derive(Clone, Debug, PartialEq)]
pub struct Shock {
    /// First day whose return falls.
    pub day: usize,
    /// Days that it takes.
    pub over: usize,
    /// Relative fall of the asset whose VIX is quoted, on top of the drawn returns.
    pub fall: f64,
    /// What is added to each asset's log return on each of the days.
    pub returns: Vec<f64>,
    /// What is added to the variance at the end of each of the days.
    pub variance: f64,
}

impl Shock {
    /// Is this one of its days?
    #[inline(always)]
    pub(super) const fn covers(&self, day: usize) -> bool {
        self.day <= day && day < self.day + self.over
    }
}

impl Changes {
    /// Nothing changes.
    pub const fn is_empty(&self) -> bool {
        self.breaks.is_empty() && self.seasons.is_empty() && self.shocks.is_empty()
    }

    /// Every change lies inside of a calendar, with at least a day behind it.
    pub(super) fn fit(&self, grid: TimeGrid) -> Result<(), Refusal> {
        let last = grid.days() - 1;
        let inside = |field: String, day: usize| {
            if day < last {
                return Ok(());
            }
            Err(Refusal::new(field, format!("reaches day {day}, but the last evaluated day is {last}"))
                .help("days are counted from the first evaluated day, which is day 0; 252 are a year"))
        };
        let each = self.breaks.iter().enumerate().map(|(i, at)| (format!("then[{i}].after"), at.day));
        let seasons = self.seasons.iter().enumerate().map(|(i, at)| (format!("calm[{i}].from"), at.from));
        let shocks = self.shocks.iter().enumerate().map(|(i, at)| (format!("shock[{i}]"), at.day + at.over - 1));
        each.chain(seasons).chain(shocks).try_for_each(|(field, day)| inside(field, day))
    }

    /// Where prices stand on the line of beliefs on a day: at 1.25 a quarter of the way from the second to the third.
    ///
    /// A break that prices learn of slowly sets out from where they stand, so that of two breaks in short order the second
    /// is reached by way of the first.
    pub(super) fn place(&self, day: usize) -> f64 {
        let (mut place, mut target, mut since, mut half_life) = (0.0, 0.0, 0, 0.0);
        let walked = |place: f64, target: f64, half_life: f64, days: usize| {
            if half_life > 0.0 { target + (place - target) * libm::exp2(-(days as f64) / half_life) } else { target }
        };
        for at in self.breaks.iter().take_while(|at| at.day <= day) {
            let (belief, pace) = match at.learnt {
                Learnt::Never => continue,
                Learnt::AtOnce(belief) => (belief, 0.0),
                Learnt::Slowly { belief, half_life } => (belief, half_life),
            };
            place = walked(place, target, half_life, at.day - since);
            (target, since, half_life) = (belief as f64, at.day, pace);
        }
        walked(place, target, half_life, day - since)
    }

    /// What a reader of results should bear in mind.
    pub(super) fn cautions(&self) -> Vec<String> {
        let mut list = Vec::new();
        if !self.shocks.is_empty() {
            list.push(
                "a shock is a script and no law: it falls on the same day of every path and no price foresees it, so that a \
                 hedge held over it gains by design and what it earns a year says nothing of what it would cost"
                    .to_owned(),
            );
        }
        if !self.is_empty() {
            list.push(
                "the world without premia keeps what changes here; prices foresee no break, season or shock and may not know of \
                 it, so that hedges are not fairly priced across it in that world either"
                    .to_owned(),
            );
        }
        list
    }
}

impl Facts {
    /// The break from which on prices move to the belief in this slot; none for what they believe from the start.
    pub fn break_behind(&self, belief: usize) -> Option<&Break> {
        self.changes.breaks.iter().find(|at| at.learnt.belief() == Some(belief)).filter(|_| belief > 0)
    }

    /// Crashes a year in each regime from a day on, as they truly are: `(day, by regime)`, the first from row 0 on.
    pub fn intensity_from(&self) -> Vec<(usize, Vec<f64>)> {
        let changes = &self.changes;
        let mut days: Vec<usize> = changes.breaks.iter().map(|at| at.day).collect();
        days.extend(changes.seasons.iter().flat_map(|season| [season.from, season.until]));
        days.sort_unstable();
        days.dedup();
        let on = |day: usize| {
            if changes.seasons.iter().any(|season| season.from <= day && day < season.until) {
                return vec![0.0; self.intensity.len()];
            }
            let law = changes.breaks.iter().rev().find(|at| at.day <= day);
            law.map_or(&self.intensity, |at| &at.law.intensity).clone()
        };
        std::iter::once((0, self.intensity.clone())).chain(days.iter().map(|day| (*day, on(*day)))).collect()
    }
}

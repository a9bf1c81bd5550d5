//! Switches and crashes on clocks of their own.
//!
//! A switch is an exponential time at the rate of the regime; a crash comes when the integrated intensity reaches the
//! next unit exponential. Each clock has its own draws, so a changed crash intensity leaves the regimes in place and a
//! changed switching rate leaves the sizes of the crashes in place. Jumps at switches have draws of their own again, one
//! for every switch of a path in order: turning them on moves nothing else, and crashes do not move them.

use crate::draws::{Dice, Purpose, Source};
use crate::grid::DAYS_PER_YEAR;
use crate::pricing::law::{Law, LogJump};

/// Something that happens inside a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Event {
    /// Time in trading days since row 0.
    pub(super) time: f64,
    /// What happens.
    pub(super) what: What,
}

/// A switch or a crash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// The regime becomes another one.
    Switch {
        /// The new regime.
        to: usize,
        /// Standard normal of the log jump at the switch (0 in a market without such jumps).
        normal: f64,
    },
    /// The regime is put to another one by a season: no clock, no jump.
    Held {
        /// The new regime.
        to: usize,
    },
    /// A crash: a standard normal for the log jump, a unit exponential for the variance.
    Crash {
        /// Standard normal of the log jump.
        normal: f64,
        /// Unit exponential of the variance jump.
        exponential: f64,
    },
}

/// What the clocks run by: laws that follow each other, and seasons in which a regime is held.
pub(super) struct Times<'a> {
    /// Each law from a time on, trading days since row 0; the first from 0.
    pub(super) laws: Vec<(f64, &'a Law)>,
    /// Seasons in order, none inside of another.
    pub(super) seasons: Vec<Hold>,
}

/// A season, in trading days since row 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// Its first moment.
    pub(super) from: f64,
    /// Its end.
    pub(super) until: f64,
    /// Regime that is held.
    pub(super) regime: usize,
}

impl Times<'_> {
    /// All events of one path up to `days`, in order of time, and the regime at row 0 (the given one, or stationary).
    ///
    /// In a season the clocks go on unseen. At its end a path that is in another regime than the one held is put there, and
    /// its clocks run on at the rates of that regime.
    pub(super) fn events(
        &self,
        stationary: &[f64],
        start: Option<usize>,
        source: Source,
        path: u64,
        days: f64,
    ) -> (usize, Vec<Event>) {
        let mut dice = source.dice(path, Purpose::Switch);
        let drawn = pick(stationary, dice.uniform());
        let start = start.unwrap_or(drawn);
        let mut list = self.switches(start, &mut dice, source, path, days);
        let switches = list.len();
        self.add_crashes(start, source, path, days, &mut list);
        if list.len() > switches {
            list.sort_by(|a, b| a.time.total_cmp(&b.time));
        }
        if !self.seasons.is_empty() {
            list = self.as_seen(start, &list);
        }
        (start, list)
    }

    /// The law at a time.
    fn law(&self, time: f64) -> &Law {
        let last = self.laws.iter().rposition(|(from, _)| *from <= time).unwrap_or(0);
        self.laws[last].1
    }

    /// The first time after `time` at which a number of the law is another one than at `time`. A break that leaves the number
    /// alone does not stop a clock, so that it leaves the bits alone as well.
    fn edge(&self, time: f64, number: impl Fn(&Law) -> f64) -> f64 {
        let now = number(self.law(time));
        let later = self.laws.iter().filter(|(from, _)| *from > time);
        later.into_iter().find(|(_, law)| number(law) != now).map_or(f64::INFINITY, |(from, _)| *from)
    }

    /// The switches of a path, those that a season hides included, and where seasons end in another regime.
    fn switches(&self, start: usize, dice: &mut Dice, source: Source, path: u64, days: f64) -> Vec<Event> {
        let jumps = self.laws.iter().flat_map(|(_, law)| law.switch_jump.iter().flatten());
        let jumps = jumps.into_iter().any(|jump| *jump != LogJump::default());
        let mut sizes = jumps.then(|| source.dice(path, Purpose::SwitchJump));
        let mut list = Vec::new();
        let (mut time, mut regime) = (0.0, start);
        let (mut wait, mut where_to) = (dice.exponential(), dice.uniform());
        loop {
            let leaving = |law: &Law| -law.generator[regime][regime];
            let rate = leaving(self.law(time)) / DAYS_PER_YEAR;
            let next = if rate > 0.0 { time + wait / rate } else { f64::INFINITY };
            let turn = self.seasons.iter().find(|hold| hold.until > time && hold.regime != regime);
            let until = turn.map_or(f64::INFINITY, |hold| hold.until);
            let edge = self.edge(time, leaving).min(until).min(days);
            if next < edge {
                time = next;
                regime = destination(&self.law(time).generator[regime], regime, where_to);
                let normal = sizes.as_mut().map_or(0.0, Dice::normal);
                list.push(Event { time, what: What::Switch { to: regime, normal } });
                (wait, where_to) = (dice.exponential(), dice.uniform());
                continue;
            }
            if !(edge < days) {
                return list;
            }
            wait = (wait - rate * (edge - time)).max(0.0);
            time = edge;
            if let Some(hold) = turn.filter(|hold| hold.until == time) {
                regime = hold.regime;
                list.push(Event { time, what: What::Held { to: regime } });
            }
        }
    }

    /// Appends the crashes of a path whose switches stand in `list`.
    fn add_crashes(&self, start: usize, source: Source, path: u64, days: f64, list: &mut Vec<Event>) {
        if !self.laws.iter().flat_map(|(_, law)| &law.intensity).any(|rate| *rate > 0.0) {
            return;
        }
        let mut dice = source.dice(path, Purpose::Crash);
        let mut wait = dice.exponential();
        let (mut time, mut regime) = (0.0, start);
        let switches = list.len();
        let mut next = 0;
        loop {
            let (end, after) = match list.get(next).filter(|_| next < switches) {
                Some(Event { time, what: What::Switch { to, .. } | What::Held { to } }) => (*time, *to),
                _ => (days, regime),
            };
            let rate = self.law(time).intensity[regime] / DAYS_PER_YEAR;
            let edge = self.edge(time, |law| law.intensity[regime]).min(end);
            while rate > 0.0 && wait < rate * (edge - time) {
                time += wait / rate;
                list.push(Event { time, what: What::Crash { normal: dice.normal(), exponential: dice.exponential() } });
                wait = dice.exponential();
            }
            wait -= rate * (edge - time);
            time = edge;
            if edge < end {
                continue;
            }
            if next == switches {
                return;
            }
            regime = after;
            next += 1;
        }
    }

    /// The events that are seen: those outside of seasons, and the turn to the regime that a season holds.
    fn as_seen(&self, start: usize, list: &[Event]) -> Vec<Event> {
        let mut seen = Vec::with_capacity(list.len() + self.seasons.len());
        let (mut seasons, mut regime) = (self.seasons.iter().peekable(), start);
        for event in list.iter().chain([&END]) {
            // A regime that is put in place at the end of one season is there before the next begins.
            while let Some(hold) = seasons.next_if(|hold| hold.from < event.time) {
                if regime != hold.regime {
                    seen.push(Event { time: hold.from, what: What::Held { to: hold.regime } });
                }
            }
            if let What::Switch { to, .. } | What::Held { to } = event.what {
                regime = to;
            }
            let hidden = self.seasons.iter().any(|hold| hold.from <= event.time && event.time < hold.until);
            if !hidden && !matches!(event.what, What::Held { .. }) {
                seen.push(*event);
            }
        }
        seen
    }
}

/// Behind all events: it is never seen.
const END: Event = Event { time: f64::INFINITY, what: What::Held { to: 0 } };

/// Index drawn from shares that sum to one.
fn pick(shares: &[f64], uniform: f64) -> usize {
    let mut left = uniform;
    for (i, share) in shares.iter().enumerate() {
        left -= share;
        if left <= 0.0 {
            return i;
        }
    }
    shares.len() - 1
}

/// Regime reached from `from`, in proportion to the rates of its row.
fn destination(row: &[f64], from: usize, uniform: f64) -> usize {
    let mut left = uniform * -row[from];
    let mut last = from;
    for (to, rate) in row.iter().enumerate().filter(|(to, rate)| *to != from && **rate > 0.0) {
        left -= rate;
        last = to;
        if left <= 0.0 {
            break;
        }
    }
    last
}

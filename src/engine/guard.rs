//! On which days a leg may change: one kind of guard for each form of trigger, chosen once a tile.

use super::walk::TILE;
use crate::instruments::{Mark, MarkRows};
use crate::lanes::{Mask, Row, WIDTH};
use crate::rules::{Band, Edges, MOST_WATCHES, Memory, Trigger};
use multiversion::multiversion;
use std::ops::Range;

/// Decides on which days a leg may change.
pub(super) trait Guard {
    /// Where the leg changes, which is remembered as well; `reach` is how far anything may be off without: nothing on the
    /// first day and at a roll.
    fn event(&mut self, day: usize, reach: Row) -> Mask<WIDTH>;
}

/// How a leg with a simple trigger goes.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// It trades every day.
    Daily,
    /// The calendar decides.
    Calendar(Band),
    /// One signal decides, or the calendar.
    Band(Band),
}

impl Pace {
    /// None where several conditions meet.
    pub(super) fn of(trigger: &Trigger) -> Option<Self> {
        if trigger.is_daily() {
            return Some(Self::Daily);
        }
        let form = if trigger.watches().is_empty() { Self::Calendar } else { Self::Band };
        trigger.band().map(form)
    }
}

/// Every day.
pub(super) struct Always;

impl Guard for Always {
    #[inline(always)]
    fn event(&mut self, _: usize, reach: Row) -> Mask<WIDTH> {
        // Always true, and read off a row: where no day depends on the one before, compilers put days side by side and shuffle.
        reach.le(Row::splat(f64::INFINITY))
    }
}

/// Every so many days.
pub(super) struct OnCalendar {
    pub(super) band: Band,
    pub(super) edges: Edges,
}

impl Guard for OnCalendar {
    #[inline(always)]
    fn event(&mut self, _: usize, reach: Row) -> Mask<WIDTH> {
        let event = self.edges.due(reach);
        self.band.count(&mut self.edges, event);
        event
    }
}

/// When one signal leaves its band, or after so many days.
pub(super) struct OnBand<'a> {
    pub(super) band: Band,
    pub(super) edges: Edges,
    pub(super) rows: &'a [Row],
}

impl Guard for OnBand<'_> {
    #[inline(always)]
    fn event(&mut self, day: usize, reach: Row) -> Mask<WIDTH> {
        let now = self.rows[day];
        let event = self.edges.left(now, reach);
        self.band.remember(&mut self.edges, event, now);
        event
    }
}

/// Any of several conditions on several signals.
pub(super) struct OnAny<'a> {
    pub(super) trigger: &'a Trigger,
    pub(super) memory: Memory,
    pub(super) rows: [&'a [Row]; MOST_WATCHES],
}

impl Guard for OnAny<'_> {
    #[inline(always)]
    fn event(&mut self, day: usize, reach: Row) -> Mask<WIDTH> {
        let fires = self.trigger.fires(&self.memory, |watch| self.rows[watch][day]);
        let event = fires.as_number().gt(reach.min(Row::splat(0.0)));
        self.trigger.remember(&mut self.memory, event, |watch| self.rows[watch][day]);
        event
    }
}

/// Where one instrument makes every rule trade, in a tile: the same for all rules.
#[derive(Clone)]
pub(super) struct Gate {
    /// How far a signal may be off without an event: any way, but below nothing on the first day and at a roll.
    pub(super) reach: [Row; TILE],
    /// Share of the contracts that are still there: none at a roll.
    pub(super) stays: [Row; TILE],
}

impl Gate {
    pub(super) const fn new() -> Self {
        Self { reach: [Row::splat(f64::INFINITY); TILE], stays: [Row::splat(1.0); TILE] }
    }

    /// Reads the rolls of these rows; rules begin at row `first`.
    pub(super) fn read(&mut self, marks: &MarkRows, rows: &Range<usize>, first: usize) {
        read(self, marks, rows, first);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn read(gate: &mut Gate, marks: &MarkRows, rows: &Range<usize>, first: usize) {
    for (i, rolls) in marks.rows(Mark::Roll)[rows.clone()].iter().enumerate() {
        let forced = if rows.start + i == first { Mask::all(true) } else { rolls.gt(Row::splat(0.0)) };
        gate.reach[i] = forced.select(Row::splat(-1.0), Row::splat(f64::INFINITY));
        gate.stays[i] = Row::splat(1.0) - *rolls;
    }
}

//! The days of a package: one day on, perhaps replaced, perhaps hedged; the same loop for both ways to price.

use super::book::{AtFlatVix, Book, ByModel, Greeks, Parts, Place, Quoted, Slopes, Step};
use super::hedge::{Cover, Sight};
use super::roll::Look;
use super::{Package, Size};
use crate::instruments::{Mark, MarkRows, Quotes};
use crate::lanes::{Mask, Row, WIDTH};
use crate::market::{Factor, Marking};
use crate::rules::Term;
use multiversion::multiversion;

/// Most options of a package.
pub(super) const MOST_PIECES: usize = 3;

/// What is held: the options, and their days to expiry, which may differ by path.
#[derive(Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) places: [Place; MOST_PIECES],
    left: [usize; WIDTH],
    /// Packages that a multiplier of 1 holds.
    unit: Row,
    /// First strike over spot, and value, when it was bought.
    moneyness: Row,
    paid: Row,
}

/// What one package is worth.
#[derive(Clone, Copy, Default)]
struct Worth {
    value: Row,
    /// Half-spreads of its options.
    spread: Row,
    held: Row,
}

/// Writes all columns.
pub(super) fn mark(package: &Package, see: &Quotes<'_>, out: &mut MarkRows) {
    match package.marking {
        Marking::Model => by_model(package, see, out),
        Marking::FlatVix { .. } => at_flat_vix(package, see, out),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn by_model(package: &Package, see: &Quotes<'_>, out: &mut MarkRows) {
    walk(package, &ByModel { package, see }, see, out);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn at_flat_vix(package: &Package, see: &Quotes<'_>, out: &mut MarkRows) {
    walk(package, &AtFlatVix { package, see }, see, out);
}

/// Takes `rows` from `at(days)` for the days of each lane: once where they are the same on all, as they are unless packages
/// are replaced early.
#[inline(always)]
fn by_days<const N: usize>(left: &[usize; WIDTH], at: impl Fn(usize) -> [Row; N]) -> [Row; N] {
    let mut out = at(left[0]);
    for lane in 1..WIDTH {
        if left[..lane].contains(&left[lane]) {
            continue;
        }
        let other = at(left[lane]);
        for i in lane..WIDTH {
            if left[i] == left[lane] {
                for (out, other) in out.iter_mut().zip(&other) {
                    out.0[i] = other.0[i];
                }
            }
        }
    }
    out
}

#[inline(always)]
fn walk<B: Book>(package: &Package, book: &B, see: &Quotes<'_>, out: &mut MarkRows) {
    let (zero, one) = (Row::splat(0.0), Row::splat(1.0));
    let spot = see.paths.rows(Factor::Spot(package.asset));
    let returns = see.paths.rows(Factor::LogReturn(package.asset));
    let vix = see.paths.rows(Factor::Vix);
    let looks = package.hedge.is_some() || see.exposures;
    let (mut edges, mut cover, mut wanted) = (zero, Cover::default(), Mask::all(true));
    let (mut sight, mut worth) = (Sight::default(), Worth::default());
    let mut held = Held::default();
    let first = package.grid.first();
    let mut was = book.state(first);
    if see.exposures && first > 0 {
        *out.at(Mark::Exposure, first - 1) = package.fresh_delta(book, (see, first - 1), &book.state(first - 1));
    }
    for row in first..package.grid.rows() {
        let (now, before) = (book.state(row), worth);
        let underlying = spot[row] * package.costs.underlying();
        if row > first {
            let from = held;
            held.move_on(spot[row], returns[row]);
            worth = package.worth(book, &held, vix[row], &now);
            edges += worth.held;
            let stock = cover.units * (spot[row] * package.carry() - spot[row - 1] * package.growth);
            *out.at(Mark::Pnl, row) = worth.value - before.value * package.growth + stock;
            if see.paths.has_surprises() {
                let [delta, gamma, slope] = package.slopes(book, &from, &was);
                let before = spot[row - 1];
                let (dollars, curvature) = ((delta + cover.units) * before, gamma * before * before * 0.5);
                let [shock, jump] = see.surprise(row, package.asset, dollars, curvature, slope);
                *out.at(Mark::Shock, row) = shock;
                *out.at(Mark::Jump, row) = jump;
            }
            if see.parts {
                let parts = package.explain(book, &from, &held, (&was, &now), [before.value, worth.value]);
                let moved = cover.units * (spot[row] - spot[row - 1]);
                *out.at(Mark::Delta, row) = parts.delta + moved;
                *out.at(Mark::Gamma, row) = parts.gamma;
                *out.at(Mark::Vega, row) = parts.vega;
                *out.at(Mark::Theta, row) = parts.theta;
                *out.at(Mark::Regime, row) = parts.regime;
                *out.at(Mark::Financing, row) = before.value * (1.0 - package.growth) + (stock - moved);
            }
        }
        let rolls = wanted | held.expires();
        let sold = if row > first { rolls } else { Mask::all(false) };
        // What has not expired is sold, and so is what was held against it.
        let mut upkeep =
            sold.keep(held.alive().select(worth.spread + package.fees(), zero) + cover.units.abs() * underlying);
        if rolls.any() {
            let fresh = package.buy(book, &held, rolls, (see, row), &now);
            let renewed = package.worth(book, &fresh, vix[row], &now);
            held = fresh;
            held.take(rolls, package, &renewed, spot[row]);
            worth = Worth {
                value: rolls.select(renewed.value, worth.value),
                spread: rolls.select(renewed.spread, worth.spread),
                held: zero,
            };
            edges += rolls.keep(renewed.held);
        }
        let last = sight;
        sight.level += returns[row];
        (sight.spot, sight.vix) = (spot[row], vix[row]);
        if looks {
            sight.greeks = package.greeks(book, &held, &now);
        }
        if let Some(hedge) = &package.hedge {
            let units = cover.units;
            hedge.trade(&mut cover, rolls, &sight, &last, package.implied);
            upkeep += (!rolls).keep((cover.units - units).abs() * underlying);
        }
        let delta = if package.rolls.look_at_delta() { package.first_delta(book, &held, &now) } else { zero };
        wanted = package.wants_to_roll(&held, delta, &worth);
        *out.at(Mark::Price, row) = worth.value;
        *out.at(Mark::Unit, row) = held.unit;
        *out.at(Mark::Spread, row) = worth.spread + cover.units.abs() * underlying;
        *out.at(Mark::Roll, row) = rolls.keep(one);
        if package.rolls.are_early() || package.hedge.is_some() {
            *out.at(Mark::Upkeep, row) = upkeep;
        }
        if see.exposures {
            // Who decides on this close trades at the next one: where the package will be gone by then, the one that would be
            // bought today stands for its successor.
            let going = wanted | held.days().le(one);
            let mut delta = sight.greeks.delta + cover.units;
            if going.any() {
                delta = going.select(package.fresh_delta(book, (see, row), &now), delta);
            }
            *out.at(Mark::Exposure, row) = delta;
        }
        was = now;
    }
    out.held = edges;
}

impl Held {
    /// A day passes.
    #[inline(always)]
    fn move_on(&mut self, spot: Row, log_return: Row) {
        for place in &mut self.places {
            (place.spot, place.log) = (spot, place.log - log_return);
        }
        for left in &mut self.left {
            *left -= 1;
        }
    }

    /// Where a package ends today.
    #[inline(always)]
    fn expires(&self) -> Mask<WIDTH> {
        !self.alive()
    }

    /// Where there are days left.
    #[inline(always)]
    fn alive(&self) -> Mask<WIDTH> {
        self.days().gt(Row::splat(0.0))
    }

    /// Days to expiry.
    #[inline(always)]
    fn days(&self) -> Row {
        let mut days = Row::splat(0.0);
        for lane in 0..WIDTH {
            days.0[lane] = self.left[lane] as f64;
        }
        days
    }

    /// Notes what was paid for the fresh packages.
    #[inline(always)]
    fn take(&mut self, fresh: Mask<WIDTH>, package: &Package, worth: &Worth, spot: Row) {
        let unit = match package.size {
            Size::Notional(notional) => Row::splat(notional) / spot,
            // A package that costs next to nothing is not bought in any number.
            Size::Premium(premium) => Row::splat(premium) / worth.value.max(spot * LEAST_PRICE),
        };
        self.unit = fresh.select(unit, self.unit);
        self.moneyness = fresh.select(self.places[0].strike / spot, self.moneyness);
        self.paid = fresh.select(worth.value, self.paid);
    }
}

/// What a dial says on the day before a row.
#[inline(always)]
fn read(dial: &Term, see: &Quotes<'_>, row: usize) -> Row {
    let mut out = [Row::splat(0.0)];
    let before = row.saturating_sub(1);
    dial.apply(&|slot| &see.dials[slot][before..=before], &mut out);
    out[0]
}

/// Least price of a package that is bought for a premium, as a share of spot: a tenth of a basis point.
const LEAST_PRICE: f64 = 1e-5;

impl Package {
    /// What a package is worth.
    #[inline(always)]
    fn worth<B: Book>(&self, book: &B, held: &Held, vix: Row, now: &B::State) -> Worth {
        let mut sum = Worth::default();
        for (piece, place) in self.pieces.iter().zip(&held.places) {
            let [value, vega, edge] = by_days(&held.left, |left| {
                let Quoted { value, vega, held } = book.quote(piece.call, place, left, now);
                [value, vega, held]
            });
            sum.value += value * piece.quantity;
            sum.spread += self.costs.spread(vix, vega, value);
            sum.held += edge;
        }
        sum
    }

    /// Delta and gamma of a package.
    #[inline(always)]
    fn greeks<B: Book>(&self, book: &B, held: &Held, now: &B::State) -> Greeks {
        let mut sum = Greeks::default();
        for (piece, place) in self.pieces.iter().zip(&held.places) {
            let [delta, gamma] = by_days(&held.left, |left| {
                let Greeks { delta, gamma } = book.greeks(piece.call, place, left, now);
                [delta, gamma]
            });
            sum.delta += delta * piece.quantity;
            sum.gamma += gamma * piece.quantity;
        }
        sum
    }

    /// Delta, gamma and derivative in the variance of a package.
    #[inline(always)]
    fn slopes<B: Book>(&self, book: &B, held: &Held, now: &B::State) -> [Row; 3] {
        let mut sum = [Row::splat(0.0); 3];
        for (piece, place) in self.pieces.iter().zip(&held.places) {
            let own = by_days(&held.left, |left| {
                let Slopes { delta, gamma, variance } = book.slopes(piece.call, place, left, now);
                [delta, gamma, variance]
            });
            for (sum, own) in sum.iter_mut().zip(own) {
                *sum += own * piece.quantity;
            }
        }
        sum
    }

    /// Delta of a package that is bought at a row, its delta not hedged yet.
    #[inline(always)]
    fn fresh_delta<B: Book>(&self, book: &B, at: (&Quotes<'_>, usize), now: &B::State) -> Row {
        let none = Held::default();
        let fresh = self.buy(book, &none, Mask::all(true), at, now);
        let delta = self.greeks(book, &fresh, now).delta;
        if self.hedge.is_some() { Row::splat(0.0) } else { delta }
    }

    /// Delta of the first option.
    #[inline(always)]
    fn first_delta<B: Book>(&self, book: &B, held: &Held, now: &B::State) -> Row {
        let call = self.pieces[0].call;
        let [delta] = by_days(&held.left, |left| [book.greeks(call, &held.places[0], left, now).delta]);
        delta
    }

    /// Where the P&L of a package came from.
    #[inline(always)]
    fn explain<B: Book>(
        &self,
        book: &B,
        from: &Held,
        to: &Held,
        (was, now): (&B::State, &B::State),
        prices: [Row; 2],
    ) -> Parts {
        let mut sum = Parts::default();
        for (which, piece) in self.pieces.iter().enumerate() {
            let [delta, gamma, vega, theta, regime] = by_days(&to.left, |left| {
                let (from, to) = (&from.places[which], &to.places[which]);
                // A single option's prices are known; those of several are only as their sum.
                let prices = match self.pieces.len() {
                    1 => prices.map(|price| price * piece.quantity),
                    _ => {
                        [book.quote(piece.call, from, left + 1, was).value, book.quote(piece.call, to, left, now).value]
                    }
                };
                let Parts { delta, gamma, vega, theta, regime } =
                    book.explain(piece.call, &Step { left, was, now, from, to, prices });
                [delta, gamma, vega, theta, regime]
            });
            sum.delta += delta * piece.quantity;
            sum.gamma += gamma * piece.quantity;
            sum.vega += vega * piece.quantity;
            sum.theta += theta * piece.quantity;
            sum.regime += regime * piece.quantity;
        }
        sum
    }

    /// The package after a close at which some of the lanes buy a fresh one.
    #[inline(always)]
    fn buy<B: Book>(
        &self,
        book: &B,
        held: &Held,
        rolls: Mask<WIDTH>,
        (see, row): (&Quotes<'_>, usize),
        now: &B::State,
    ) -> Held {
        let at_first = row == self.grid.first();
        let spot = see.paths.rows(Factor::Spot(self.asset))[row];
        let longest = if at_first { self.first_tenor } else { self.tenor };
        let mut fresh = *held;
        fresh.left = match &self.tenor_by {
            None => [longest; WIDTH],
            Some(dial) => {
                // A package that would be due at once is not bought.
                let least = (self.rolls.days_left() + 2).min(longest);
                read(dial, see, row).0.map(|days| (days.round().max(1.0) as usize).clamp(least, longest))
            }
        };
        let times = self.moneyness_by.as_ref().map_or(Row::splat(1.0), |dial| read(dial, see, row));
        for which in 0..self.pieces.len() {
            let [spot, strike, log] = by_days(&fresh.left, |days| {
                let Place { spot, strike, log } = self.choose(book, (which, days), (spot, times), now, &fresh);
                [spot, strike, log]
            });
            fresh.places[which] = Place { spot, strike, log };
        }
        let flags = rolls.as_number();
        for lane in 0..WIDTH {
            if flags.0[lane] == 0.0 {
                fresh.left[lane] = held.left[lane];
            }
        }
        for (fresh, held) in fresh.places.iter_mut().zip(&held.places) {
            fresh.strike = rolls.select(fresh.strike, held.strike);
            fresh.log = rolls.select(fresh.log, held.log);
        }
        fresh
    }

    /// Where the package is to be replaced at the next close.
    #[inline(always)]
    fn wants_to_roll(&self, held: &Held, delta: Row, worth: &Worth) -> Mask<WIDTH> {
        let none = Mask::all(false);
        // Decided a day before, traded at the close at which so many days are left.
        let days = self.rolls.days_left();
        let by_days = if days > 0 { held.days().le(Row::splat((days + 1) as f64)) } else { none };
        if !self.rolls.look() {
            return by_days;
        }
        let place = &held.places[0];
        by_days
            | self.rolls.wanted(&Look {
                moneyness: [place.strike / place.spot, held.moneyness],
                delta,
                worth: [worth.value, held.paid],
            })
    }

    /// Growth of one unit of the index, dividends taken in.
    fn carry(&self) -> f64 {
        1.0 / self.expiries[1].carry()
    }

    /// Fees of selling one package.
    fn fees(&self) -> f64 {
        self.costs.fee_per_unit(super::LOT) * self.pieces.len() as f64
    }
}

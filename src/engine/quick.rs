//! The common leg in one pass: alone in its rule, with no bound that depends on what was held or paid before.
//!
//! It trades, is booked and is measured day by day with its state in registers. Other legs go through [`Walking::trade`],
//! [`Booked::leg`] and the passes of a tally, which give the same bits and leave what a trace is made of.
//!
//! [`Booked::leg`]: crate::metrics::booked::Booked::leg

use super::guard::{Always, Guard, OnBand, OnCalendar, Pace};
use super::walk::{Buffers, Offer, Walker, Walking};
use crate::lanes::Row;
use crate::metrics::passes::{Day, Pass, Trade};
use std::ops::Range;

/// What a rule is held against, and where its daily P&L goes.
pub(super) struct Ground<'t> {
    pub(super) offer: &'t Offer<'t>,
    /// Return of the portfolio in the tile.
    pub(super) portfolio: &'t [Row],
    pub(super) net: &'t mut [Row],
}

/// The pace of a rule of these legs, if it can go in one pass.
pub(super) fn pace_of(legs: &[Walking<'_>], placebo: bool) -> Option<Pace> {
    match legs {
        [only] if !placebo && !only.leg.limits.remembers() => only.pace,
        _ => None,
    }
}

impl Walker<'_> {
    /// Takes the only leg, whose targets are there, through some days of the tile; `pass` sees each of them.
    #[inline(always)]
    pub(super) fn run(
        &mut self,
        pace: Pace,
        ground: &mut Ground<'_>,
        out: &mut Buffers,
        days: &Range<usize>,
        pass: &mut impl Pass,
    ) {
        let (leg, mut cumulated) = (&mut self.legs[0], self.cumulated);
        match pace {
            Pace::Daily => leg.run(ground, out, days, (&mut Always, pass, &mut cumulated)),
            Pace::Calendar(band) => {
                let mut guard = OnCalendar { band, edges: leg.edges };
                leg.run(ground, out, days, (&mut guard, pass, &mut cumulated));
                leg.edges = guard.edges;
            }
            Pace::Band(band) => {
                let rows = &leg.watched(ground.offer, 0)[days.clone()];
                let mut guard = OnBand { band, edges: leg.edges, rows };
                leg.run(ground, out, days, (&mut guard, pass, &mut cumulated));
                leg.edges = guard.edges;
            }
        }
        self.cumulated = cumulated;
    }
}

impl Walking<'_> {
    #[inline(always)]
    fn run<G: Guard, P: Pass>(
        &mut self,
        ground: &mut Ground<'_>,
        out: &mut Buffers,
        days: &Range<usize>,
        watchers: (&mut G, &mut P, &mut Row),
    ) {
        if self.upkeep {
            self.days::<true, G, P>(ground, out, days, watchers);
        } else {
            self.days::<false, G, P>(ground, out, days, watchers);
        }
    }

    #[inline(always)]
    fn days<const UPKEEP: bool, G: Guard, P: Pass>(
        &mut self,
        ground: &mut Ground<'_>,
        out: &mut Buffers,
        days: &Range<usize>,
        (guard, pass, cumulated): (&mut G, &mut P, &mut Row),
    ) {
        let (offer, count) = (ground.offer, days.len());
        // All of one length, so that no row is checked.
        #[inline(always)]
        fn cut<'a>(rows: &'a [Row], days: &Range<usize>) -> &'a [Row] {
            &rows[days.clone()][..days.len()]
        }
        let (tile, gate) = (self.leg_tile(offer), &offer.gates[self.leg.instrument]);
        let (reach, stays) = (cut(&gate.reach, days), cut(&gate.stays, days));
        let (unit, portfolio) = (cut(offer.unit(self.leg.instrument), days), cut(ground.portfolio, days));
        let (pnl, price, spread) = (cut(tile.pnl, days), cut(tile.price, days), cut(tile.spread, days));
        let upkeep = if UPKEEP { cut(tile.upkeep.unwrap_or(&[]), days) } else { &[] };
        let target = cut(&out.target, days);
        let (held, bought) = (&mut out.held[days.clone()][..count], &mut out.contracts[days.clone()][..count]);
        let (levels, net) = (&mut out.levels[days.clone()][..count], &mut ground.net[days.clone()][..count]);
        let per_capital = 1.0 / offer.capital;
        let (mut multiplier, mut contracts, mut sum) = (self.state.multiplier, self.state.contracts, *cumulated);
        for i in 0..count {
            let event = guard.event(i, reach[i]);
            multiplier = event.select(target[i], multiplier);
            let after = multiplier * unit[i];
            let traded = (after - contracts * stays[i]).abs();
            let (mark, cost) = (contracts * pnl[i], traded * spread[i]);
            let mut gain = (mark - cost - traded * tile.fee) * per_capital;
            let mut paid = Row::splat(0.0);
            if UPKEEP {
                // Long or short, who holds it pays.
                paid = contracts.abs() * upkeep[i];
                gain -= paid * per_capital;
            }
            sum += gain;
            pass.trade(&Trade { mark, cost, paid, traded, premium: traded * price[i], event, multiplier });
            pass.day(&Day { portfolio: portfolio[i], net: gain, total: portfolio[i] + gain });
            if P::LEAVES_ROWS {
                (held[i], bought[i]) = (multiplier, after);
            }
            (levels[i], net[i]) = (sum, gain);
            contracts = after;
        }
        (self.state.multiplier, self.state.contracts, *cumulated) = (multiplier, contracts, sum);
    }
}

//! What one leg earned, paid and traded in a tile of days.

use super::passes::{Day, Pass, Trade};
use crate::lanes::Row;

/// What one contract earns and costs in a tile; all slices have one row a day.
pub struct LegTile<'a> {
    /// P&L per contract held overnight.
    pub pnl: &'a [Row],
    /// Price per contract.
    pub price: &'a [Row],
    /// Half-spread per contract.
    pub spread: &'a [Row],
    /// What holding a contract overnight, long or short, pays in half-spreads and fees.
    pub upkeep: Option<&'a [Row]>,
    /// Fee per contract.
    pub fee: f64,
    /// Turnover per unit of premium traded.
    pub per_premium: f64,
    /// Turnover per contract traded.
    pub per_contract: f64,
}

/// What one leg held and traded in a tile; all slices have one row a day.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// Contracts before the first day.
    pub before: Row,
    /// Contracts after each close.
    pub contracts: &'a [Row],
    /// Contracts traded at each close.
    pub traded: &'a [Row],
}

/// Sums over the days of a tile, in money and contracts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Booked {
    /// Contracts before the first day.
    pub before: Row,
    /// P&L before trading costs.
    pub marks: Row,
    /// Half-spreads paid for trading.
    pub spreads: Row,
    /// Paid for holding.
    pub upkeep: Row,
    /// Contracts traded.
    pub quantity: Row,
    /// Premium traded.
    pub premium: Row,
    /// Rebalance events.
    pub events: Row,
    /// Trades that changed something.
    pub trades: Row,
}

impl Booked {
    /// Books one leg: its daily net P&L (share of capital) starts `net`, or is added to it.
    #[inline(always)]
    pub fn leg(tile: &LegTile<'_>, held: Held<'_>, per_capital: f64, starts: bool, net: &mut [Row]) -> Self {
        if starts {
            Self::days(tile, held, per_capital, net, |net, gain| *net = gain)
        } else {
            Self::days(tile, held, per_capital, net, |net, gain| *net += gain)
        }
    }

    #[inline(always)]
    fn days(
        tile: &LegTile<'_>,
        held: Held<'_>,
        per_capital: f64,
        net: &mut [Row],
        put: impl Fn(&mut Row, Row),
    ) -> Self {
        let days = net.len();
        let (contracts, traded) = (&held.contracts[..days], &held.traded[..days]);
        let (pnl, price, spread) = (&tile.pnl[..days], &tile.price[..days], &tile.spread[..days]);
        let mut sums = Self { before: held.before, ..Self::default() };
        let mut before = held.before;
        for i in 0..days {
            let mark = before * pnl[i];
            let cost = traded[i] * spread[i];
            put(&mut net[i], (mark - cost - traded[i] * tile.fee) * per_capital);
            sums.marks += mark;
            sums.spreads += cost;
            sums.quantity += traded[i];
            sums.premium += traded[i] * price[i];
            before = contracts[i];
        }
        if let Some(upkeep) = tile.upkeep {
            // Long or short, who holds it pays.
            let mut before = held.before;
            for i in 0..days {
                let paid = before.abs() * upkeep[i];
                net[i] -= paid * per_capital;
                sums.upkeep += paid;
                before = contracts[i];
            }
        }
        sums
    }
}

impl Pass for Booked {
    #[inline(always)]
    fn day(&mut self, _: &Day) {}

    #[inline(always)]
    fn trade(&mut self, trade: &Trade) {
        self.marks += trade.mark;
        self.spreads += trade.cost;
        self.upkeep += trade.paid;
        self.quantity += trade.traded;
        self.premium += trade.premium;
        self.events += trade.event.as_number();
        self.trades += trade.traded.gt(Row::splat(0.0)).as_number();
    }
}

//! What changes in a market, in words: breaks with the law behind them, seasons, shocks.

use super::market::{beliefs, cards, regime_table};
use crate::grid::DAYS_PER_YEAR;
use crate::market::{Break, Facts, Learnt, Season, Shock};
use crate::report::layout::{count, item, number, percent};

/// The part of `check` about changes; nothing where nothing changes.
pub(super) fn text(facts: &Facts) -> String {
    let changes = &facts.changes;
    if changes.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nWhat changes (days are counted from the first evaluated one, on every path alike)\n");
    for (at, sentence) in changes.breaks.iter().zip(breaks(facts)) {
        out.push_str(&item("  - ", &sentence));
        let believed = facts.laws.as_ref().and_then(|laws| laws.priced.get(slot(facts, at)));
        if let Some(belief) = believed {
            out.push_str(&regime_table(&cards(&facts.regimes, &at.law, &belief.vix)));
            if at.learnt != Learnt::Never {
                for line in beliefs(facts, &at.law, &belief.law) {
                    out.push_str(&item("    ", &line));
                }
            }
        }
    }
    for sentence in seasons(facts).into_iter().chain(shocks(facts)) {
        out.push_str(&item("  - ", &sentence));
    }
    out
}

/// One sentence for each change.
pub(super) fn lines(facts: &Facts) -> Vec<String> {
    [breaks(facts), seasons(facts), shocks(facts)].concat()
}

/// The belief that prices hold, or move to, after a break.
fn slot(facts: &Facts, at: &Break) -> usize {
    let until = facts.changes.breaks.iter().take_while(|other| other.day <= at.day);
    until.filter_map(|other| other.learnt.belief()).last().unwrap_or(0)
}

/// A day, with its year.
fn day(day: usize) -> String {
    format!("day {} (year {})", count(day as u64), number((day as f64 / DAYS_PER_YEAR * 100.0).round() / 100.0))
}

fn breaks(facts: &Facts) -> Vec<String> {
    let words = |at: &Break| {
        let known = match at.learnt {
            Learnt::Never => "Prices do not know of it: the VIX below is the one they quote".to_owned(),
            Learnt::AtOnce(_) => "Prices know of it at once, and not before".to_owned(),
            Learnt::Slowly { half_life, .. } => {
                format!("Prices come to know of it, half of the way in {} days", number(half_life))
            }
        };
        format!("Structural break on {}: from then on the law is another one, for good. {known}.", day(at.day))
    };
    facts.changes.breaks.iter().map(words).collect()
}

fn seasons(facts: &Facts) -> Vec<String> {
    let words = |season: &Season| {
        format!(
            "Season of calm from {} to {}: `{}` is held, nothing crashes. Prices do not know of it.",
            day(season.from),
            day(season.until),
            facts.regimes[season.regime]
        )
    };
    facts.changes.seasons.iter().map(words).collect()
}

fn shocks(facts: &Facts) -> Vec<String> {
    let words = |shock: &Shock| {
        let quoted = facts.quoted();
        let others: Vec<String> = (0..facts.assets.len())
            .filter(|i| *i != quoted)
            .map(|i| {
                let whole = libm::expm1(shock.returns[i] * shock.over as f64);
                format!("{} {:+.1} %", facts.assets[i], 100.0 * whole)
            })
            .collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        format!(
            "Shock by script from {} on, over {} {}: {} falls by {} beside what it does by itself{others}; the variance rises by \
             {} a day. Prices do not foresee it.",
            day(shock.day),
            shock.over,
            if shock.over == 1 { "day" } else { "days" },
            facts.assets[quoted],
            percent(shock.fall),
            number(shock.variance)
        )
    };
    facts.changes.shocks.iter().map(words).collect()
}

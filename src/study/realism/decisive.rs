//! The statistics that decide whether dynamic hedges pay in a world.
//!
//! A dynamic hedge holds little when VIX is low and much when it is high. It is favoured by a
//! world in which falls do not start in calm, in which VIX leaps only when the index falls, and
//! in which protection is dear in calm and cheap in alarm. History is the opposite on the last
//! point: the premium of VIX over the volatility that follows *rises* with VIX.

use super::Statistic;
use super::bands::{Band, Verdict, band, columns, short};
use super::drawdowns::falls_ahead;
#[cfg(test)]
use super::history;
use super::moments::correlation;
use super::path::Path;
use super::premium::premium_by_bucket;

/// On which side of history a value favours dynamic hedges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Values below history's.
    Below,
    /// Values above history's.
    Above,
}

/// A decisive statistic; `kinder` is `None` where neither side clearly favours dynamic hedges.
#[derive(Clone, Copy, Debug)]
pub struct Decisive {
    /// Short name.
    pub name: &'static str,
    /// The side that favours dynamic hedges.
    pub kinder: Option<Side>,
}

/// The decisive statistics, in the order of [`decisive`].
pub const DECISIVE: [Decisive; 7] = [
    Decisive { name: "p_fall10_within63_lt15", kinder: Some(Side::Below) },
    Decisive { name: "p_fall10_within63_15to25", kinder: None },
    Decisive { name: "p_fall10_within63_gt25", kinder: Some(Side::Above) },
    Decisive { name: "corr_dvix_r_absdvix_gt5", kinder: Some(Side::Below) },
    Decisive { name: "vrp_vol_mean_lt15", kinder: Some(Side::Above) },
    Decisive { name: "vrp_vol_mean_15to25", kinder: None },
    Decisive { name: "vrp_vol_mean_gt25", kinder: Some(Side::Below) },
];

/// Correlation of VIX change and return on days with a VIX move above 5 points. History: the
/// 136 such days of 1990–2022; rolling: 92 ten-year windows of 1990–2022, 63 days apart (10 to
/// 74 such days each). No bootstrap, since joins of blocks make large VIX moves of their own.
static LARGE_MOVES: Band = Band {
    name: "corr_dvix_r_absdvix_gt5",
    label: "correlation of VIX change and return on days with a VIX move above 5 points",
    unit: "",
    history: -0.912_245_226_828,
    boot: None,
    rolling: (-0.970_847_944_592, -0.904_908_374_489),
    rolling_median: -0.926_651_959_654,
};

impl Decisive {
    /// What history says about it.
    pub fn band(&self) -> Option<&'static Band> {
        if self.name == LARGE_MOVES.name { Some(&LARGE_MOVES) } else { band(self.name) }
    }
}

/// The decisive statistics of one path of closes (VIX in points).
pub fn decisive(spot: &[f64], vix: &[f64]) -> Vec<Statistic> {
    let path = Path::new(spot, vix);
    let (change, r): (Vec<f64>, Vec<f64>) =
        path.vix_changes.iter().zip(&path.returns).filter(|(change, _)| change.abs() > 5.0).unzip();
    let large_moves = if change.len() > 2 { correlation(&change, &r) } else { None };
    let mut out = falls_ahead(&path);
    out.push((LARGE_MOVES.name, large_moves));
    out.extend(premium_by_bucket(&path));
    out.into_iter().map(|(name, value)| (name, value.filter(|v| v.is_finite()))).collect()
}

/// Is the world kinder to dynamic hedges than history in one respect?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// Kinder than history.
    Kinder,
    /// Like history, as far as can be told.
    Like,
    /// Harsher than history.
    Harsher,
}

/// A decisive statistic of many simulated paths beside history.
#[derive(Clone, Copy, Debug)]
pub struct DecisiveVerdict {
    /// The statistic.
    pub decisive: Decisive,
    /// Its value beside history.
    pub verdict: Verdict,
    /// `None` if the statistic has no kinder side or no path carries it.
    pub lean: Option<Lean>,
}

/// Judge many simulated ten-year paths, each given by its [`decisive`] statistics.
///
/// The *mean* over paths is set beside the bootstrap band (the rolling range where there is
/// none), because a decade without any fall from calm is common and makes the median zero. A
/// world leans only if the mean is outside by more than two standard errors.
pub fn decisive_verdicts(paths: &[Vec<Statistic>]) -> Vec<DecisiveVerdict> {
    let columns = columns(paths);
    let absent = vec![None; paths.len()];
    DECISIVE
        .iter()
        .filter_map(|decisive| {
            let verdict = Verdict::of(decisive.band()?, columns.get(decisive.name).unwrap_or(&absent));
            Some(DecisiveVerdict { decisive: *decisive, verdict, lean: lean(*decisive, &verdict) })
        })
        .collect()
}

fn lean(decisive: Decisive, verdict: &Verdict) -> Option<Lean> {
    let (kinder, mean) = (decisive.kinder?, verdict.mean?);
    let doubt = 2.0 * verdict.standard_error.unwrap_or(f64::INFINITY);
    let (low, high) = verdict.band.boot.unwrap_or(verdict.band.rolling);
    let side = if mean + doubt < low {
        Side::Below
    } else if mean - doubt > high {
        Side::Above
    } else {
        return Some(Lean::Like);
    };
    Some(if side == kinder { Lean::Kinder } else { Lean::Harsher })
}

/// The sentences of the realism card: in which respects the world is kinder or harsher to
/// dynamic hedges than history was.
pub fn lean_sentence(verdicts: &[DecisiveVerdict]) -> String {
    let named = |lean: Lean| -> Vec<String> {
        verdicts
            .iter()
            .filter(|v| v.lean == Some(lean))
            .filter_map(|v| {
                let (band, mean) = (v.verdict.band, v.verdict.mean?);
                Some(format!("{} ({}, history {})", band.label, short(mean), short(band.history)))
            })
            .collect()
    };
    let sentence = |word: &str, named: Vec<String>| {
        if named.is_empty() {
            String::new()
        } else {
            format!("This world is {word} to dynamic hedges than history was: {}.", named.join("; "))
        }
    };
    if verdicts.iter().all(|v| v.lean.is_none()) {
        return "The paths carry none of the statistics that decide for or against dynamic hedges.".to_owned();
    }
    let both = [sentence("kinder", named(Lean::Kinder)), sentence("harsher", named(Lean::Harsher))];
    let said: Vec<String> = both.into_iter().filter(|s| !s.is_empty()).collect();
    if said.is_empty() {
        "This world is neither kinder nor harsher to dynamic hedges than history was.".to_owned()
    } else {
        said.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shelf_names_what_is_computed() {
        let names: Vec<&str> = decisive(&[], &[]).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, DECISIVE.map(|d| d.name));
        assert!(DECISIVE.iter().all(|d| d.band().is_some()));
    }

    #[test]
    fn history_gives_the_compiled_values_and_is_like_itself() {
        let Some((spot, vix)) = history::closes() else {
            return;
        };
        for ((name, value), decisive) in decisive(&spot, &vix).into_iter().zip(DECISIVE) {
            let expected = decisive.band().unwrap().history;
            assert!((value.unwrap() - expected).abs() <= 1e-9 * expected.abs(), "{name}");
        }
        let windows: Vec<Vec<Statistic>> = (0..=spot.len() - 2520)
            .step_by(63)
            .map(|from| decisive(&spot[from..from + 2520], &vix[from..from + 2520]))
            .collect();
        let verdicts = decisive_verdicts(&windows);
        let large = verdicts[3].verdict;
        assert_eq!(large.share_inside, Some(1.0));
        assert!((large.median.unwrap() - LARGE_MOVES.rolling_median).abs() < 1e-9);
        assert_eq!(
            lean_sentence(&verdicts),
            "This world is neither kinder nor harsher to dynamic hedges than history was."
        );
    }

    /// A world without falls from calm: 100 paths, no doubt left, one kind respect.
    #[test]
    fn a_world_without_falls_from_calm_is_kinder() {
        let paths = vec![vec![("p_fall10_within63_lt15", Some(0.0)), ("vrp_vol_mean_gt25", Some(6.0))]; 100];
        assert_eq!(
            lean_sentence(&decisive_verdicts(&paths)),
            "This world is kinder to dynamic hedges than history was: \
             chance of a 10 % fall within 63 days at VIX below 15 (0, history 0.0417)."
        );
        assert!(lean_sentence(&decisive_verdicts(&[])).starts_with("The paths carry none"));
    }
}

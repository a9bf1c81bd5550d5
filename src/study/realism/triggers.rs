//! How often a rule that watches VIX would act.
//!
//! A trigger compares VIX with its value at the last event and then starts anew from there.
//! Plain strict comparison without slack, as in the reference bands (the back-tests' rounding
//! slack for exact ties changes one event in 33 years).

use super::Statistic;
use super::path::Path;

/// Any of the conditions fires; infinity switches one off.
#[derive(Clone, Copy)]
struct Trigger {
    points: f64,
    share: f64,
    days: usize,
}

const OFF: Trigger = Trigger { points: f64::INFINITY, share: f64::INFINITY, days: usize::MAX };

fn events(vix: &[f64], trigger: Trigger) -> usize {
    let Some((&first, rest)) = vix.split_first() else {
        return 0;
    };
    let (mut last, mut days, mut count) = (first, 0, 0);
    for &now in rest {
        days += 1;
        let moved = (now - last).abs() > trigger.points || (now / last - 1.0).abs() > trigger.share;
        if moved || days >= trigger.days {
            (last, days) = (now, 0);
            count += 1;
        }
    }
    count
}

/// Events per year of the usual triggers.
pub fn triggers(path: &Path) -> Vec<Statistic> {
    let per_year = |trigger| path.per_decade(events(path.vix, trigger)).map(|decade| decade / 10.0);
    vec![
        ("trig3pt_per_yr", per_year(Trigger { points: 3.0, ..OFF })),
        ("trig2pt_per_yr", per_year(Trigger { points: 2.0, ..OFF })),
        ("trig15pct_per_yr", per_year(Trigger { share: 0.15, ..OFF })),
        ("trig3pt_or_15pct_or_5d_per_yr", per_year(Trigger { points: 3.0, share: 0.15, days: 5 })),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_moves_with_each_event() {
        let vix = [10.0, 13.0, 13.5, 15.0, 16.6, 20.0];
        assert_eq!(events(&vix, Trigger { points: 3.0, ..OFF }), 3);
        assert_eq!(events(&vix, Trigger { days: 2, ..OFF }), 2);
        assert_eq!(events(&[], OFF), 0);
    }
}

//! What counts as a crash: a drawdown, a quick fall, or stated dates.

use super::raw::{self, CrashSpec};
use super::resolve::{Refusals, refuse};
use crate::grid::TimeGrid;
use crate::market::Market;
use crate::metrics::windows::CrashRule;
use crate::units::Positive;

/// What counts as a crash, and the names of stated windows.
pub(super) fn crash(
    raw: &raw::Scenario,
    market: &dyn Market,
    grid: TimeGrid,
    refusals: &mut Refusals,
) -> Option<(CrashRule, Vec<String>)> {
    let default = CrashSpec {
        drawdown: crate::units::Fraction::new(0.10).ok(),
        rally: Positive::new(0.10).ok(),
        ..CrashSpec::default()
    };
    let spec = raw.study.crash.as_ref().unwrap_or(&default);
    match (spec.drawdown, spec.fall, &spec.dates) {
        (Some(depth), None, None) if depth.get() > 0.0 => {
            Some((CrashRule::Drawdown { depth: depth.get(), rally: spec.rally.map(Positive::get) }, Vec::new()))
        }
        (None, Some(fall), None) if fall.by.get() > 0.0 && spec.rally.is_none() => {
            Some((CrashRule::Fall { by: fall.by.get(), within: fall.within.get() as usize }, Vec::new()))
        }
        (None, None, Some(dates)) if spec.rally.is_none() => stated(dates, market, grid, refusals),
        _ => {
            refuse(
                refusals,
                "study.crash",
                "",
                "give exactly one of `drawdown` (with or without `rally`), `fall` and `dates`, above 0",
            );
            None
        }
    }
}

fn stated(
    dates: &[raw::DatesSpec],
    market: &dyn Market,
    grid: TimeGrid,
    refusals: &mut Refusals,
) -> Option<(CrashRule, Vec<String>)> {
    let Some(calendar) = market.calendar() else {
        refuse(refusals, "study.crash", "dates", "a simulated market has no dates; use `drawdown` or `fall`");
        return None;
    };
    let mut list: Vec<(usize, usize)> = Vec::new();
    for (i, window) in dates.iter().enumerate() {
        let row = |day: &String| calendar.binary_search(day).ok().filter(|row| *row >= grid.first());
        match (row(&window.start), row(&window.end)) {
            (Some(start), Some(end)) if start < end => {
                // The start is not part of a window: one may begin where another ends.
                if let Some((from, to)) = list.iter().find(|(from, to)| start < *to && *from < end) {
                    let message = format!(
                        "{} to {} overlaps the window of {} to {}: a day would count in both",
                        window.start, window.end, calendar[*from], calendar[*to]
                    );
                    refuse(refusals, &format!("study.crash.dates[{i}]"), "", message);
                }
                list.push((start, end));
            }
            _ => refuse(
                refusals,
                &format!("study.crash.dates[{i}]"),
                "",
                format!("{} to {} are not two evaluated days in order", window.start, window.end),
            ),
        }
    }
    Some((CrashRule::Stated(list), dates.iter().map(|window| window.name.clone()).collect()))
}

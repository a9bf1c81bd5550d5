//! The bands of history, and the verdict on a simulated market.
//!
//! # Limits first
//! The bootstrap band is of the whole sample (36 years), the rolling range of 105 windows of
//! ten years that overlap. History's own ten-year median lies outside the bootstrap band for
//! one statistic (falls from calm), and the joins of the bootstrap's blocks are
//! artefacts for everything built on daily VIX *changes* or on the memory of VIX. Such
//! statistics are judged by the rolling range instead: see [`Gate`].
//!
//! # Source
//! `bands.csv`: history = S&P 500 and VIX closes 1990-01-02..2022-12-28; bootstrap = 95 %
//! stationary block bootstrap of 1990–2026 (mean block 252 days, 300 replications); rolling =
//! smallest, median and largest value over ten-year windows of 1990–2026, 63 days apart.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Statistic;
use super::moments::{mean, quantile, sd, share, sorted};
#[cfg(test)]
use super::{history, statistics};

/// What history says about one statistic.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    /// Short name, as in `bands.csv`.
    pub name: &'static str,
    /// In words.
    pub label: &'static str,
    /// Empty for a pure number.
    pub unit: &'static str,
    /// Value on 1990–2022.
    pub history: f64,
    /// 95 % bootstrap band, low and high; `None` where no bootstrap was made.
    pub boot: Option<(f64, f64)>,
    /// Smallest and largest value over ten-year windows.
    pub rolling: (f64, f64),
    /// Median over ten-year windows.
    pub rolling_median: f64,
}

/// The range in which the median over simulated ten-year paths should lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The 95 % bootstrap band.
    Bootstrap,
    /// The range of history's ten-year windows.
    Rolling,
}

/// Statistics that the joins of the bootstrap's blocks distort: daily VIX changes get jumps of
/// their own, the autocorrelation of VIX is cut.
const JOINED: [&str; 9] =
    ["dvix_", "dlogvix_", "frac_absdvix_", "corr_dvix", "corr_dlogvix", "beta_dvix", "trig", "acf_vix_", "acf_logvix_"];

impl Band {
    /// Bootstrap, unless joins of blocks distort the statistic or history itself (1990–2022 or
    /// the median ten-year window) lies outside the bootstrap band.
    pub fn gate(&self) -> Gate {
        let fair = self.boot.is_some_and(|boot| inside(self.history, boot) && inside(self.rolling_median, boot));
        if fair && !JOINED.iter().any(|start| self.name.starts_with(start)) { Gate::Bootstrap } else { Gate::Rolling }
    }

    /// The range that belongs to the gate.
    pub fn range(&self) -> (f64, f64) {
        match (self.gate(), self.boot) {
            (Gate::Bootstrap, Some(boot)) => boot,
            _ => self.rolling,
        }
    }

    fn parse(line: &'static str) -> Option<Self> {
        let mut cells = line.split(',');
        let [name, label, unit] = [cells.next()?, cells.next()?, cells.next()?];
        let mut number = || cells.next()?.parse::<f64>().ok();
        let history = number()?;
        let boot = Some((number()?, number()?));
        let (low, rolling_median, high) = (number()?, number()?, number()?);
        Some(Self { name, label, unit, history, boot, rolling: (low, high), rolling_median })
    }
}

/// Inside the range, with room for the rounding of the compiled-in table (9 digits).
fn inside(value: f64, (low, high): (f64, f64)) -> bool {
    let slack = 1e-8 * low.abs().max(high.abs());
    value >= low - slack && value <= high + slack
}

/// The bands of all statistics, in the order of [`statistics`](super::statistics).
pub fn bands() -> &'static [Band] {
    static BANDS: OnceLock<Vec<Band>> = OnceLock::new();
    BANDS.get_or_init(|| include_str!("bands.csv").lines().skip(1).filter_map(Band::parse).collect())
}

/// The band of one statistic.
pub fn band(name: &str) -> Option<&'static Band> {
    bands().iter().find(|band| band.name == name)
}

/// One statistic of many simulated paths beside its band.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// What history says about it.
    pub band: &'static Band,
    /// Paths judged.
    pub paths: usize,
    /// Paths that carry the statistic.
    pub carried: usize,
    /// Median over the paths that carry it.
    pub median: Option<f64>,
    /// Mean over the paths that carry it.
    pub mean: Option<f64>,
    /// Standard error of the mean.
    pub standard_error: Option<f64>,
    /// Share of the paths that carry it inside [rolling min, rolling max].
    pub share_inside: Option<f64>,
    /// Is the median inside the 95 % bootstrap band? `None` without median or band.
    pub median_in_boot: Option<bool>,
    /// Is the median inside the range of [`Band::gate`]?
    pub passes: Option<bool>,
}

impl Verdict {
    /// Judge the values of one statistic, one entry per path.
    pub fn of(band: &'static Band, values: &[Option<f64>]) -> Self {
        let carried = sorted(&values.iter().flatten().copied().filter(|v| v.is_finite()).collect::<Vec<f64>>());
        let median = quantile(&carried, 0.5);
        Self {
            band,
            paths: values.len(),
            carried: carried.len(),
            median,
            mean: mean(&carried),
            standard_error: sd(&carried).map(|sd| sd / (carried.len() as f64).sqrt()),
            share_inside: share(&carried, |v| inside(v, band.rolling)),
            median_in_boot: median.zip(band.boot).map(|(median, boot)| inside(median, boot)),
            passes: median.map(|median| inside(median, band.range())),
        }
    }

    /// One line for a reader: value, history, range, verdict.
    pub fn text(&self) -> String {
        let Band { label, unit, history, rolling, .. } = *self.band;
        let (Some(median), Some(passes), Some(share)) = (self.median, self.passes, self.share_inside) else {
            return format!("{label}: undefined on all {} paths", self.paths);
        };
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let (low, high) = self.band.range();
        let range = match self.band.gate() {
            Gate::Bootstrap => "bootstrap band",
            Gate::Rolling => "ten-year range",
        };
        let verdict = if passes { "inside" } else { "OUTSIDE" };
        let missing = match self.paths - self.carried {
            0 => String::new(),
            n => format!("; undefined on {n} of {} paths", self.paths),
        };
        format!(
            "{label}: median {}{unit}, history {}, {verdict} the {range} {}..{}; \
             {:.0} % of paths within {}..{}{missing}",
            short(median),
            short(history),
            short(low),
            short(high),
            100.0 * share,
            short(rolling.0),
            short(rolling.1),
        )
    }
}

/// Three significant digits.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let places = (2 - value.abs().log10().floor() as i32).clamp(0, 6) as usize;
    format!("{value:.places$}")
}

/// The verdicts on many simulated ten-year paths, each given by its
/// [`statistics`](super::statistics), in the order of [`bands`]. A path that lacks a statistic
/// counts as not carrying it.
///
/// Only ten-year paths compare fairly: extremes, spells and long autocorrelations depend on length.
pub fn judge(paths: &[Vec<Statistic>]) -> Vec<Verdict> {
    let columns = columns(paths);
    let absent = vec![None; paths.len()];
    bands().iter().map(|band| Verdict::of(band, columns.get(band.name).unwrap_or(&absent))).collect()
}

/// Values by name, one per path.
pub(super) fn columns(paths: &[Vec<Statistic>]) -> HashMap<&'static str, Vec<Option<f64>>> {
    let mut columns: HashMap<&'static str, Vec<Option<f64>>> = HashMap::new();
    for (row, path) in paths.iter().enumerate() {
        for (name, value) in path {
            columns.entry(name).or_insert_with(|| vec![None; paths.len()])[row] = *value;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_band() {
        assert_eq!(bands().len(), include_str!("bands.csv").lines().count() - 1);
        assert_eq!(bands().len(), 149);
        for band in bands() {
            let (low, high) = band.boot.unwrap();
            assert!(low <= high && band.rolling.0 <= band.rolling.1, "{}", band.name);
            assert!(inside(band.rolling_median, band.rolling), "{}", band.name);
        }
    }

    /// A fair gate lets history's own ten-year windows pass.
    #[test]
    fn the_median_decade_passes_every_gate() {
        assert!(bands().iter().all(|band| inside(band.rolling_median, band.range())));
        let by_bootstrap = bands().iter().filter(|band| band.gate() == Gate::Bootstrap).count();
        assert_eq!(by_bootstrap, 124);
    }

    #[test]
    fn verdict_on_three_paths() {
        let band = band("vix_mean").unwrap();
        let verdict = Verdict::of(band, &[Some(19.0), Some(30.0), None, Some(18.0)]);
        assert_eq!((verdict.paths, verdict.carried, verdict.median), (4, 3, Some(19.0)));
        assert_eq!((verdict.median_in_boot, verdict.passes), (Some(true), Some(true)));
        assert_eq!(
            verdict.text(),
            "mean VIX: median 19.0 points, history 19.7, inside the bootstrap band 17.4..21.5; \
             67 % of paths within 16.9..22.2; undefined on 1 of 4 paths"
        );
        assert_eq!(Verdict::of(band, &[None]).text(), "mean VIX: undefined on all 1 paths");
    }

    #[test]
    fn historys_decades_are_judged_realistic() {
        let Some((spot, vix)) = history::closes() else {
            return;
        };
        let windows: Vec<Vec<Statistic>> = (0..=spot.len() - 2520)
            .step_by(63)
            .map(|from| statistics(&spot[from..from + 2520], &vix[from..from + 2520]))
            .collect();
        let verdicts = judge(&windows);
        let outside: Vec<&str> = verdicts.iter().filter(|v| v.passes != Some(true)).map(|v| v.band.name).collect();
        assert!(outside.len() <= 3, "{outside:?}");
        assert!(verdicts.iter().all(|v| v.share_inside == Some(1.0)));
    }
}

//! One real path: closes and VIX from a CSV file, replayed through the same instruments, rules, ledger and metrics.

use super::{AssetTraits, BuildsMarket, Factor, Facts, Implied, Market, Marking, PathBlock};
use crate::grid::TimeGrid;
use crate::lanes::{Row, scalar};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A market that replays a file.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// CSV file with a header line; a relative path starts at the working directory, else beside the scenario.
    #[garde(skip)]
    #[schemars(with = "String")]
    pub csv: PathBuf,
    /// Column of dates, YYYY-MM-DD.
    #[garde(length(min = 1))]
    pub date: String,
    /// Column of index closes.
    #[garde(length(min = 1))]
    pub spot: String,
    /// Column of VIX closes, points.
    #[garde(length(min = 1))]
    pub vix: String,
}

impl Described for Spec {
    const HELP: &'static str = "one real path from a CSV file";
    const SPECIMEN: &'static str = "{ csv: data.csv, date: date, spot: close, vix: vix }";
}

/// Size above which a history file is refused, bytes.
const LARGEST: u64 = 64 << 20;

impl BuildsMarket for Spec {
    fn build(&self, assets: &[AssetTraits]) -> Result<Box<dyn Market>, Refusal> {
        let [asset] = assets else {
            return Err(Refusal::new("/portfolio.assets", "a history market has exactly one asset, with weight 1"));
        };
        asset.refuse_all("a history market takes its prices from the file")?;
        let history = self.read()?;
        Ok(Box::new(World {
            facts: Facts {
                assets: vec![asset.name.clone()],
                implied: vec![Implied::OfVix(1.0)],
                regimes: Vec::new(),
                intensity: Vec::new(),
                stationary: Vec::new(),
                level: Vec::new(),
                vix: None,
                marking: Marking::FlatVix { exact: false },
                rate: 0.0,
                dividend: 0.0,
                residual_premium: Vec::new(),
                laws: None,
            },
            history,
        }))
    }

    fn is_history(&self) -> bool {
        true
    }
}

/// The columns of the file.
struct History {
    dates: Vec<String>,
    spot: Vec<f64>,
    vix: Vec<f64>,
}

struct World {
    facts: Facts,
    history: History,
}

impl Spec {
    fn read(&self) -> Result<History, Refusal> {
        let shown = self.csv.display();
        let refuse = |why: String| Refusal::new("csv", why);
        let size = std::fs::metadata(&self.csv).map_err(|error| refuse(format!("cannot read {shown}: {error}")))?;
        if size.is_dir() || size.len() > LARGEST {
            return Err(refuse(format!("{shown} is not a CSV file of at most {} MB", LARGEST >> 20)));
        }
        let text =
            std::fs::read_to_string(&self.csv).map_err(|error| refuse(format!("cannot read {shown}: {error}")))?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let header: Vec<&str> =
            lines.next().map(|(_, line)| line.split(',').map(str::trim).collect()).unwrap_or_default();
        let column = |field: &str, name: &str| {
            header.iter().position(|known| *known == name).ok_or_else(|| {
                Refusal::new(field, format!("{shown} has no column `{name}`"))
                    .help(format!("its columns are {}", header.join(", ")))
            })
        };
        let (date, spot, vix) = (column("date", &self.date)?, column("spot", &self.spot)?, column("vix", &self.vix)?);
        let mut history = History { dates: Vec::new(), spot: Vec::new(), vix: Vec::new() };
        for (number, line) in lines {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let cell = |i: usize| cells.get(i).copied().unwrap_or_default();
            let positive = |i: usize, name: &str| match cell(i).parse::<f64>() {
                Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
                _ => {
                    Err(refuse(format!("{shown}:{}: `{name}` is `{}`, must be a positive number", number + 1, cell(i))))
                }
            };
            let day = cell(date).to_owned();
            if history.dates.last().is_some_and(|before| *before >= day) {
                return Err(refuse(format!("{shown}:{}: date `{day}` does not come after the one before", number + 1)));
            }
            history.dates.push(day);
            history.spot.push(positive(spot, &self.spot)?);
            history.vix.push(positive(vix, &self.vix)?);
        }
        if history.dates.len() < 3 {
            return Err(refuse(format!("{shown} has {} days; at least three are needed", history.dates.len())));
        }
        Ok(history)
    }
}

impl Market for World {
    fn simulate(&self, _seed: u64, _first: u64, grid: TimeGrid, out: &mut PathBlock) {
        let History { spot, vix, .. } = &self.history;
        for row in 0..grid.rows() {
            *out.at(Factor::Vix, row) = Row::splat(vix[row]);
            *out.at(Factor::Spot(0), row) = Row::splat(spot[row]);
            let log_return = if row == 0 { 0.0 } else { scalar::ln(spot[row] / spot[row - 1]) };
            *out.at(Factor::LogReturn(0), row) = Row::splat(log_return);
        }
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn calendar(&self) -> Option<&[String]> {
        Some(&self.history.dates)
    }
}

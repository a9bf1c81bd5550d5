//! One real path: closes and VIX from a CSV file, replayed through the same instruments, rules, ledger and metrics.

use super::{AssetTraits, BuildsMarket, Changes, Factor, Facts, Implied, Market, Marking, PathBlock};
use crate::draws::Source;
use crate::grid::TimeGrid;
use crate::lanes::{Row, scalar};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
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
        let history = self.read().map_err(|refusal| {
            refusal.help(format!(
                "the file needs the columns `{}` (YYYY-MM-DD), `{}` and `{}`; name another one by `--set market.history.csv=FILE`",
                self.date, self.spot, self.vix
            ))
        })?;
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
                changes: Changes::default(),
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
    /// The whole text, without a byte order mark.
    fn text(&self) -> Result<String, String> {
        let shown = self.csv.display();
        let cannot = |error: io::Error| format!("cannot read {shown}: {error}");
        // Asked before it is opened: opening a pipe waits for a writer.
        if !std::fs::metadata(&self.csv).map_err(cannot)?.is_file() {
            return Err(format!("{shown} is not a regular file"));
        }
        let mut bytes = Vec::new();
        // Not more than that, whatever length the file claims to have.
        File::open(&self.csv).map_err(cannot)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() as u64 > LARGEST {
            return Err(format!("{shown} is longer than {} MB, the most that is read", LARGEST >> 20));
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not UTF-8 text"))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    fn read(&self) -> Result<History, Refusal> {
        let shown = self.csv.display();
        let refuse = |why: String| Refusal::new("csv", why);
        let text = self.text().map_err(refuse)?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let header = lines.next().map(|(_, line)| cells(line)).unwrap_or_default();
        let column = |field: &str, name: &str| {
            header.iter().position(|known| known == name).ok_or_else(|| {
                Refusal::new(field, format!("{shown} has no column `{name}`"))
                    .help(format!("its columns are {}", header.join(", ")))
            })
        };
        let (date, spot, vix) = (column("date", &self.date)?, column("spot", &self.spot)?, column("vix", &self.vix)?);
        let mut history = History { dates: Vec::new(), spot: Vec::new(), vix: Vec::new() };
        for (number, line) in lines {
            let cells = cells(line);
            let cell = |i: usize| cells.get(i).map_or("", String::as_str);
            let positive = |i: usize, name: &str| match cell(i).parse::<f64>() {
                Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
                _ => {
                    Err(refuse(format!("{shown}:{}: `{name}` is `{}`, must be a positive number", number + 1, cell(i))))
                }
            };
            let day = cell(date).to_owned();
            if !is_date(&day) {
                return Err(refuse(format!(
                    "{shown}:{}: `{}` is `{day}`, must be a date of the form YYYY-MM-DD",
                    number + 1,
                    self.date
                )));
            }
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

/// The cells of a line; a cell may stand in double quotes, which are doubled inside.
fn cells(line: &str) -> Vec<String> {
    let mut list = vec![String::new()];
    let (mut quoted, mut letters) = (false, line.chars().peekable());
    while let (Some(letter), Some(cell)) = (letters.next(), list.last_mut()) {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => list.push(String::new()),
            _ => cell.push(letter),
        }
    }
    list.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Is it a day of the calendar, written YYYY-MM-DD? (Dates are compared as texts.)
fn is_date(text: &str) -> bool {
    text.parse::<Date>().is_ok_and(|day| day.to_string() == text)
}

impl Market for World {
    fn simulate(&self, _source: Source, _first: u64, grid: TimeGrid, out: &mut PathBlock) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of a file with this text, in a place of its own.
    fn read(text: &[u8]) -> Result<History, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let csv = folder.path().join("x.csv");
        std::fs::write(&csv, text).map_err(|error| error.to_string())?;
        of(csv)
    }

    fn of(csv: PathBuf) -> Result<History, String> {
        let [date, spot, vix] = ["date", "close", "vix"].map(str::to_owned);
        Spec { csv, date, spot, vix }.read().map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let plain = "date,close,vix\n2020-01-02,100,12\n2020-01-03,101.5,13\n2020-01-06,99,15\n";
        let quoted = "\u{feff}\"date\", \"close\" ,\"vix\",\"a, \"\"b\"\"\"\r\n\"2020-01-02\",\"100\",12,\r\n\
                      2020-01-03,101.5,\"13\"\r\n2020-01-06,99,15,\"x,y\"\r\n";
        for text in [plain, quoted] {
            let history = read(text.as_bytes()).expect("a good file");
            assert_eq!(history.dates, ["2020-01-02", "2020-01-03", "2020-01-06"]);
            assert_eq!((history.spot, history.vix), (vec![100.0, 101.5, 99.0], vec![12.0, 13.0, 15.0]));
        }
        assert_eq!(cells("\"a, \"\"b\"\"\",  c ,"), ["a, \"b\"", "c", ""]);
    }

    #[test]
    fn dates_are_days_written_one_way() {
        for day in ["1/2/2020", "20200102", "2020-1-2", "2020-02-30", "2020-01-02T00:00", "+002020-01-02", ""] {
            let error = read(format!("date,close,vix\n{day},100,12\n").as_bytes()).err().unwrap_or_default();
            let words = format!("x.csv:2: `date` is `{day}`, must be a date of the form YYYY-MM-DD");
            assert!(error.ends_with(&words), "{error}");
        }
        assert!(is_date("2024-02-29"));
    }

    #[test]
    fn files_without_an_end_are_refused() {
        let long = vec![b'#'; LARGEST as usize + 1];
        assert!(read(&long).is_err_and(|error| error.ends_with("is longer than 64 MB, the most that is read")));
        assert!(read(b"date\xff").is_err_and(|error| error.ends_with("is not UTF-8 text")));
        for path in [std::env::temp_dir(), PathBuf::from("/dev/zero")].into_iter().filter(|path| path.exists()) {
            assert!(of(path).is_err_and(|error| error.ends_with("is not a regular file")));
        }
    }
}

//! `path`: one rule on one path, day by day.

use super::cache::Keeping;
use super::compare::write_page;
use super::ledger::{AFTER, BEFORE, Ledger};
use super::path_page::Shown;
use super::typed::typed;
use super::{Changes, Done, Failure, months, out};
use clap::ValueEnum;
use hedgelab::engine::{Trace, trace};
use hedgelab::scenario::resolve::Plan;
use hedgelab::scenario::{Loaded, nearest};
use hedgelab::store;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  hedgelab path scenarios/three-regimes.yaml --path 0 --rule vix_linear
  hedgelab path @latest --path 17 --rule static | less
  hedgelab path @latest --path 17 --rule static --months
  hedgelab path three-regimes/@latest --path 17 --rule static --format csv > path17.csv
  hedgelab path @latest --path 17 --rule 'fixed twin of put_and_variance' --html path17.html

Paths of a seed in the scenario's `sealed` range are not shown.
Beside the rules of the scenario there are those that stand in paths.parquet, their fixed twins and
`unhedged`, and members of tuned grids, such as `vix_sigmoid[steepness=0.2]`.
In a table money is in basis points of capital; CSV holds every column, money in currency.";

/// Show one path of one rule, day by day
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Scenario file, run directory, run id or @latest
    #[arg(value_name = "RUN|SCENARIO")]
    of: String,
    /// Number of the path, that of paths.parquet, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    path: u64,
    /// Name of the rule, a member of its grid, or a fixed twin
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Month by month instead: P&L, theta, gamma, cost, what was paid back in crashes, Sharpe ratio
    #[arg(long)]
    months: bool,
    #[command(flatten)]
    changes: Changes,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write it as a page of its own instead, with its figures
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "months"])]
    html: Option<PathBuf>,
    #[command(flatten)]
    keeping: Keeping,
    /// Results directory in which runs are looked for
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For reading
    Table,
    /// Every column
    Csv,
}

/// Does it.
pub fn path(verb: &Verb) -> Result<Done, Failure> {
    let mut plan = verb.load()?.plan;
    verb.keeping.apply(&mut plan.experiment);
    sealed(&plan, &verb.results)?;
    let rule = verb.rule(&plan)?;
    let paths = plan.experiment.paths;
    if verb.path >= paths {
        let there_are =
            if paths == 1 { "there is path 0 alone".to_owned() } else { format!("there are paths 0 to {}", paths - 1) };
        return Err(Failure::usage(format!("there is no path {}: {there_are}", verb.path)));
    }
    let alone =
        plan.experiment.with_rules(vec![plan.experiment.rules[rule].clone()], vec![hedgelab::engine::Twist::None]);
    let trace = trace(&alone, verb.path, 0);
    let ledger = Ledger::new(&plan, &trace);
    let capital = plan.experiment.portfolio.capital();
    if let Some(file) = &verb.html {
        let shown = Shown { plan: &plan, ledger: &ledger, path: verb.path, command: verb.command(&trace.rule) };
        write_page(file, &shown.book())?;
        return out::print(&format!("written to {}", file.display())).map(|()| Done::Fine);
    }
    out::print_with(|out| match verb.format {
        Format::Csv if verb.months => months::write_csv(out, &ledger, capital),
        Format::Csv => write_csv(out, &ledger),
        Format::Table => {
            let seed = if plan.history { String::new() } else { format!(", seed {}", plan.experiment.seed) };
            writeln!(out, "{}, path {}{seed}, rule {}; money in bp of capital", plan.name, verb.path, trace.rule)?;
            if verb.months {
                return months::write_table(out, &ledger, capital);
            }
            write_table(out, &ledger, capital)
        }
    })?;
    Ok(Done::Fine)
}

/// The refusal of a sealed seed, which the scenario states or the ledger remembers: whoever reads its paths can tune by them.
fn sealed(plan: &Plan, results: &Path) -> Result<(), Failure> {
    let seed = plan.experiment.seed;
    let stated = plan.sealed.clone().filter(|_| plan.is_sealed());
    let kept = match stated {
        None if !plan.history => store::Ledger::open(results)?.sealed(&plan.name, seed),
        stated => stated,
    };
    let Some(seeds) = kept else { return Ok(()) };
    let (from, to) = (seeds.start(), seeds.end());
    let message = format!("seed {seed} is among the sealed seeds {from}-{to}, of which no single path is shown");
    Err(Failure::said("seal", message).help("take a seed outside the range: --set seed=N"))
}

impl Verb {
    /// The scenario of a file, or the one a run was made of.
    fn load(&self) -> Result<Loaded, Failure> {
        let file = Path::new(&self.of);
        let named_so = matches!(file.extension().and_then(|end| end.to_str()), Some("yaml" | "yml"));
        if named_so || (file.is_file() && !file.ends_with(store::manifest::FILE_NAME)) {
            return Ok(self.changes.load(file)?);
        }
        let run = store::resolve(&self.results, &self.of).map_err(|error| {
            Failure::from(error).help("a scenario is named by its file, a run by its directory, its id or @latest")
        })?;
        Ok(self.changes.load(&run.path.join("resolved.yaml"))?)
    }

    /// Slot of the rule that is asked for: any that is walked.
    fn rule(&self, plan: &Plan) -> Result<usize, Failure> {
        let names: Vec<&str> = plan.experiment.rules.iter().map(|rule| rule.name.as_str()).collect();
        let (named, others) = names.split_at(plan.experiment.named);
        // Grids may have hundreds of members: a few show how they are named.
        let few: Vec<&str> = others.iter().take(2).chain(others.iter().skip(2).last()).copied().collect();
        let more = if others.len() > few.len() { format!(" ({} in all)", others.len()) } else { String::new() };
        let all = format!("the rules are {}; beside them {}{more}", named.join(", "), few.join(", "));
        let Some(asked) = &self.rule else {
            return match named[..] {
                [_] => Ok(0),
                _ => Err(Failure::usage("which rule? give --rule NAME").help(all)),
            };
        };
        names.iter().position(|name| name == asked).ok_or_else(|| {
            let close = nearest(asked, names.iter().copied());
            let help = close.map_or_else(|| all.clone(), |close| format!("did you mean `{close}`? {all}"));
            Failure::usage(format!("there is no rule `{asked}`")).help(help)
        })
    }

    /// The command that shows this path as CSV.
    fn command(&self, rule: &str) -> String {
        let path = self.path.to_string();
        let mut words = vec!["hedgelab", "path", &self.of, "--path", &path, "--rule", rule];
        words.extend(self.changes.set.iter().flat_map(|change| ["--set", change]));
        let results = self.results.to_string_lossy();
        if results != "results" {
            words.extend(["--results", &results]);
        }
        words.extend(["--format", "csv"]);
        typed(words.into_iter().map(str::to_owned))
    }
}

fn write_csv(out: &mut dyn Write, ledger: &Ledger<'_>) -> io::Result<()> {
    let names = |columns: &[(&'static str, _)]| columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    writeln!(out, "t,date,{},regime,{},hedge_pnl_sum,cost_sum", names(&BEFORE), names(&AFTER))?;
    let (mut net, mut cost) = (0.0, 0.0);
    for day in 0..ledger.trace.days() {
        write!(out, "{},{}", ledger.trace.row[day], ledger.date(day))?;
        for (_, number) in BEFORE {
            write!(out, ",{}", number(ledger.trace, day))?;
        }
        write!(out, ",{}", quoted(ledger.regime(day)))?;
        for (_, number) in AFTER {
            write!(out, ",{}", number(ledger.trace, day))?;
        }
        net += ledger.trace.net(day);
        cost += ledger.trace.cost(day);
        writeln!(out, ",{net},{cost}")?;
    }
    Ok(())
}

/// A name as a cell of a CSV file.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Letters of a regime that are shown.
const REGIME: usize = 8;

fn write_table(out: &mut dyn Write, ledger: &Ledger<'_>, capital: f64) -> io::Result<()> {
    let trace = ledger.trace;
    let regime = |name: &str| {
        let short: String = name.chars().take(REGIME).collect();
        if ledger.has_regimes() { format!("  {short:REGIME$}") } else { String::new() }
    };
    let what = if ledger.has_dates() { "date" } else { "day" };
    writeln!(
        out,
        "{what:>10} {:>7} {:>6}{} {:>6} {:>9} {:>8} {:>6} {:>9} {:>10}  note",
        "index",
        "VIX",
        regime("regime"),
        "mult",
        "traded",
        "hedge",
        "cost",
        "portfolio",
        "hedge sum"
    )?;
    let bp = 1e4 / capital;
    let start = trace.index.first().copied().unwrap_or(1.0);
    let mut running = 0.0;
    for day in 0..trace.days() {
        running += trace.net(day) * bp;
        let line = format!(
            "{:>10} {:>7.4} {:>6.2}{} {:>6.3} {:>9} {:>8.2} {:>6.2} {:>9.2} {:>10.2}  {}",
            ledger.day(day),
            trace.index[day] / start,
            trace.vix[day],
            regime(ledger.regime(day)),
            trace.multiplier[day],
            amount(trace.traded[day]),
            trace.hedge_mark_pnl[day] * bp,
            trace.cost(day) * bp,
            trace.equity_pnl[day] * bp,
            running,
            note(ledger, day),
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    write_end(out, ledger, bp)
}

/// Sums, and the crashes of the path.
fn write_end(out: &mut dyn Write, ledger: &Ledger<'_>, bp: f64) -> io::Result<()> {
    let trace = ledger.trace;
    let sum = |number: fn(&Trace, usize) -> f64| (0..trace.days()).map(|day| number(trace, day)).sum::<f64>() * bp;
    let (mark, cost, portfolio) =
        (sum(|trace, day| trace.hedge_mark_pnl[day]), sum(Trace::cost), sum(|trace, day| trace.equity_pnl[day]));
    writeln!(
        out,
        "sums: hedge {mark:.2}, cost {cost:.2}, hedge net of cost {:.2}, portfolio {portfolio:.2}",
        mark - cost
    )?;
    for (peak, trough, window) in ledger.crashes() {
        let open = if window.open { ", open at the end" } else { "" };
        let (peak, trough) = (ledger.day(peak), ledger.day(trough));
        writeln!(out, "crash: peak {peak}, trough {trough}, depth {:.1} %{open}", 100.0 * window.depth.abs())?;
    }
    Ok(())
}

/// What is special about a day.
fn note(ledger: &Ledger<'_>, day: usize) -> &'static str {
    match (ledger.in_crash(day), ledger.trace.roll[day] > 0.0) {
        (true, true) => "* roll",
        (true, false) => "*",
        (false, true) => "  roll",
        (false, false) => "",
    }
}

/// A number of contracts in nine columns; nothing for none.
fn amount(contracts: f64) -> String {
    match contracts.abs() {
        0.0 => String::new(),
        x if (0.001..1e3).contains(&x) => format!("{contracts:.3}"),
        x if (1e3..1e6).contains(&x) => format!("{contracts:.1}"),
        _ => format!("{contracts:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_fit_their_column() {
        let shown = [0.0, 0.5, 1_234.56, 123_456.7, 1.5e9, 2e-300].map(amount);
        assert_eq!(shown, ["", "0.500", "1234.6", "123456.7", "1.50e9", "2.00e-300"]);
        assert!(shown.iter().all(|text| text.len() <= 9));
    }

    #[test]
    fn names_with_commas_are_quoted() {
        assert_eq!(quoted("calm"), "calm");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}

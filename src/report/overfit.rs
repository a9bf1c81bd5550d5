//! What `overfit` tells at a terminal: the verdict, the checks it follows from, the numbers, what could not be run.

pub mod document;

use super::layout::{count, figure, item, number, table as rows_of, wrap};
use crate::study::overfit::luck::{Deflation, Haircuts, Splits};
use crate::study::overfit::rivals::{Differences, MEMBERS_ALPHA, Members, Order, Snooping};
use crate::study::overfit::{ALPHA, Diagnosis, Settings, Table, verdict};

/// Most columns that are listed.
const LISTED: usize = 12;

type Rows = Vec<Vec<String>>;

/// The whole text; `source` is the file and `span` its first and last date.
pub fn text(
    source: &str,
    span: Option<(&str, &str)>,
    table: &Table<'_>,
    settings: &Settings,
    found: &Diagnosis,
) -> String {
    let mut out = heading(source, span, table, settings, found);
    out.push_str(&format!("\n{}\n", wrap(&found.verdict.sentence)));
    out.push_str(&criteria(found));
    out.push_str(&section(&format!("The best column, {}", table.names[found.best]), alone(settings, found)));
    if let Ok(splits) = &found.splits {
        out.push_str(&section("Chosen on one half, judged on the other", halves(splits, settings)));
    }
    if let Ok(snooping) = &found.snooping {
        let over = found.benchmark.map_or("zero (no --benchmark)", |b| table.names[b].as_str());
        out.push_str(&section(&format!("Every column against {over}"), against(snooping, table)));
    }
    if let (Some(b), Ok(differences)) = (found.benchmark, &found.differences) {
        let title = format!("{} minus {}", table.names[found.rival], table.names[b]);
        out.push_str(&section(&title, beside(differences, found.order.as_ref().ok(), settings, found)));
    }
    out.push_str(&columns(table, settings, found));
    for (title, list) in [("not run", not_run(found)), ("note", found.verdict.cautions.clone())] {
        let gap = if list.is_empty() { "" } else { "\n" };
        out.push_str(gap);
        list.iter().for_each(|said| out.push_str(&item(&format!("{title}: "), said)));
    }
    out
}

fn not_run(found: &Diagnosis) -> Vec<String> {
    found.not_run().into_iter().map(|(check, why)| format!("{check}: {why}")).collect()
}

fn heading(
    source: &str,
    span: Option<(&str, &str)>,
    table: &Table<'_>,
    settings: &Settings,
    found: &Diagnosis,
) -> String {
    let span = span.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let benchmark = found.benchmark.map_or("no benchmark".to_owned(), |b| format!("benchmark {}", table.names[b]));
    wrap(&format!(
        "{source}: {} columns of {} rows{span}; {benchmark}, N = {} trials, {} resamples with a mean block of {} rows, seed {}",
        count(table.columns.len() as u64),
        count(found.rows as u64),
        number(found.trials),
        count(settings.replications),
        number(found.mean_block),
        settings.seed
    ))
}

fn section(title: &str, rows: Rows) -> String {
    format!("\n{title}\n{}", rows_of(&rows))
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.into_iter().map(str::to_owned).collect()
}

fn or_dash(x: Option<f64>) -> String {
    x.map_or("-".to_owned(), figure)
}

/// p-values and probabilities; what is tiny is not zero, nor is what no resample reached.
fn chance(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

fn criteria(found: &Diagnosis) -> String {
    let mut rows = vec![row(["check", "value", "skill if", "luck if", "speaks for"])];
    for c in &found.verdict.criteria {
        let (name, skill, luck) = match c.check {
            "dsr" => ("deflated Sharpe ratio", ">=", "<"),
            "pbo" => ("probability of overfitting", "<", ">="),
            _ => ("superior ability (SPA), p", "<", ""),
        };
        let luck = c.luck_limit.map_or("never".to_owned(), |limit| format!("{luck} {limit}"));
        rows.push(row([name, &chance(c.value), &format!("{skill} {}", c.limit), &luck, c.speaks.word()]));
    }
    let mut out = rows_of(&rows);
    out.push_str(&item("  rule: ", verdict::RULE));
    for c in &found.verdict.criteria {
        let head = match c.check {
            "dsr" => "  DSR: ",
            "pbo" => "  PBO: ",
            _ => "  SPA: ",
        };
        out.push_str(&item(head, &c.says));
    }
    out
}

fn alone(settings: &Settings, found: &Diagnosis) -> Rows {
    let (ratio, root) = (found.best_ratio(), settings.periods_per_year.sqrt());
    let record = &found.records[found.best];
    let annual = |x: Option<f64>| or_dash(x.map(|x| x * root));
    let lags = format!("  autocorrelated returns, {} lags", found.lags);
    let mut rows = vec![
        row(["Sharpe ratio of a year", &annual(Some(ratio.per_period))]),
        row(["  standard error, normal returns", &annual(ratio.se_iid())]),
        row(["  returns of any shape", &annual(ratio.se_mertens())]),
        row([&lags, &annual(record.se_hac)]),
    ];
    if let Ok(year) = &found.year {
        rows.push(row(["  the ratio itself under autocorrelation (Lo)", &figure(year.ratio)]));
    }
    rows.push(row(["chance that it is above zero (PSR)", &record.positive.map_or("-".to_owned(), chance)]));
    if let Ok(deflation) = &found.deflation {
        rows.extend(deflated(deflation, found, root));
    }
    if let Ok(haircuts) = &found.haircuts {
        rows.extend(cut(haircuts, root));
    }
    let years = |rows: Option<f64>| rows.map_or("never".to_owned(), |rows| figure(rows / settings.periods_per_year));
    let l = &found.lengths;
    rows.push(row(["years until it is above zero at 5 % (MinTRL)", &years(l.record)]));
    rows.push(row(["years until it is above the best of luck", &years(l.record_deflated)]));
    let reach = format!("years in which the best of {} trials without skill reaches its ratio,", found.trials);
    rows.push(row([&reach, ""]));
    rows.push(row(["  by their error alone, 1 over the root of the years (MinBTL)", &or_dash(l.backtest_of_best)]));
    rows
}

fn deflated(d: &Deflation, found: &Diagnosis, root: f64) -> Rows {
    let best_of = format!("ratio that the best of {} trials without skill would show,", found.trials);
    let mut rows = vec![
        row([&best_of, ""]),
        row(["  from the spread of these columns (SR0)", &figure(d.counted.threshold * root)]),
        row(["chance that it is above that (DSR)", &chance(d.counted.probability)]),
    ];
    if let Ok((all, with)) = &d.effective {
        let three = [("mean correlation", all.average), ("participation", all.participation), ("entropy", all.entropy)];
        for ((how, n), deflated) in three.into_iter().zip(with) {
            let name = format!("  the columns as {} trials ({how})", figure(n));
            rows.push(row([&name, &deflated.map_or("-".to_owned(), |d| chance(d.probability))]));
        }
    }
    rows
}

fn cut(h: &Haircuts, root: f64) -> Rows {
    use crate::stats::multiple::Correction::{BenjaminiHochberg, BenjaminiYekutieli, Bonferroni, Holm, Sidak};
    let (_, list) = &h.of_best[0];
    let name = |how| match how {
        Bonferroni => "Bonferroni",
        Sidak => "Sidak",
        Holm => "Holm, the columns only",
        BenjaminiHochberg => "BH, the columns only",
        BenjaminiYekutieli => "BHY, the columns only",
    };
    let one = |(how, cut): &(_, crate::stats::multiple::Haircut)| {
        row([&format!("  {}", name(*how)), &figure(cut.per_period * root)])
    };
    std::iter::once(row(["Sharpe ratio of a year after a haircut", ""])).chain(list.iter().map(one)).collect()
}

fn halves(s: &Splits, settings: &Settings) -> Rows {
    let (all, d, root) = (&s.summary, &s.summary.degradation, settings.periods_per_year.sqrt());
    let size = format!("splits of {} blocks, {} rows used", s.blocks, count(s.rows as u64));
    let yes = |holds: Option<bool>| match holds {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    };
    vec![
        row([&size, &count(all.combinations as u64)]),
        row(["winner at or below the median of the other half (PBO)", &chance(all.probability)]),
        row(["winner with a loss in the other half", &chance(d.loss)]),
        row(["winner's mean Sharpe ratio of a year, in sample", &or_dash(d.mean_in_sample.map(|x| x * root))]),
        row(["  out of sample", &or_dash(d.mean_out_of_sample.map(|x| x * root))]),
        row(["slope of the one on the other", &or_dash(d.slope)]),
        row(["  share explained", &or_dash(d.r_squared)]),
        row(["winners dominate all, first order", yes(s.dominance.map(|d| d.first))]),
        row(["  second order", yes(s.dominance.map(|d| d.second))]),
    ]
}

fn against(s: &Snooping, table: &Table<'_>) -> Rows {
    let [of, plain] = &s.superior;
    let survivors: Vec<&str> = s.steps[0].selected().iter().map(|k| table.names[s.rivals[*k]].as_str()).collect();
    let better = match survivors.len() {
        0 => "none".to_owned(),
        n => format!("{n}"),
    };
    vec![
        row(["reality check (White), p", &chance(s.reality.p.share)]),
        row(["superior ability (Hansen's SPA), p", &chance(of.consistent.share)]),
        row(["  bounds: lower", &chance(of.lower.share)]),
        row(["  upper", &chance(of.upper.share)]),
        row(["  without studentising", &chance(plain.consistent.share)]),
        row([&format!("columns that beat it at {:.0} % for all together (StepM)", 100.0 * ALPHA), &better]),
    ]
}

fn beside(d: &Differences, order: Option<&Order>, settings: &Settings, found: &Diagnosis) -> Rows {
    let root = settings.periods_per_year.sqrt();
    let mut rows = vec![row(["difference of Sharpe ratios of a year", "value", "error", "p"])];
    if let Some(one) = d.of(found.rival) {
        let tests = [
            ("  Jobson, Korkie and Memmel".to_owned(), one.memmel),
            (format!("  Ledoit and Wolf, {} lags (Bartlett)", found.lags), one.bartlett),
            (format!("  Ledoit and Wolf, {} lags (Parzen)", found.lags), one.parzen),
        ];
        for (name, test) in tests {
            let of = |f: fn(&crate::stats::sharpe_difference::SharpeDifference) -> f64| test.as_ref().map(f);
            let p = of(|t| t.p).map_or("-".to_owned(), chance);
            rows.push(row([
                &name,
                &or_dash(of(|t| t.value).map(|x| x * root)),
                &or_dash(of(|t| t.se).map(|x| x * root)),
                &p,
            ]));
        }
    }
    if let Ok(b) = &d.bootstrap {
        let name = format!("  bootstrap, blocks of {} rows", d.block);
        rows.push(row([&name, &figure(b.plain.value * root), &figure(b.plain.se * root), &chance(b.p)]));
    }
    if let Some(order) = order {
        rows.push(row(["it dominates the benchmark (a small p: it does not)", "holds", "", "p"]));
        let yes = |holds: bool| if holds { "yes" } else { "no" };
        let (d, p) = &order.over;
        rows.push(row(["  first order: for all who want more", yes(d.first_holds), "", &chance(p.first)]));
        rows.push(row(["  second order: and dislike risk", yes(d.second_holds), "", &chance(p.second)]));
        let (d, p) = &order.under;
        rows.push(row(["the benchmark dominates it, second order", yes(d.second_holds), "", &chance(p.second)]));
    }
    rows
}

/// The best columns, and the benchmark.
fn columns(table: &Table<'_>, settings: &Settings, found: &Diagnosis) -> String {
    let root = settings.periods_per_year.sqrt();
    let mut order: Vec<usize> = (0..found.records.len()).collect();
    order.sort_by(|a, b| found.records[*b].ratio.per_period.total_cmp(&found.records[*a].ratio.per_period));
    let mut shown: Vec<usize> = order.iter().copied().take(LISTED).collect();
    shown.extend(found.benchmark.filter(|b| !shown.contains(b)));
    let mut rows = vec![row(["column", "Sharpe", "vol, %", "PSR", "adjusted p", "MCS p"])];
    for i in &shown {
        let record = &found.records[*i];
        let adjusted = found.snooping.as_ref().ok().and_then(|s| {
            let at = s.rivals.iter().position(|rival| rival == i)?;
            Some(chance(s.adjusted[0][at]))
        });
        let in_set = found.members.as_ref().ok().map(|m: &Members| chance(m.set.p[*i]));
        rows.push(row([
            &cut_name(&table.names[*i]),
            &figure(record.ratio.per_period * root),
            &figure(100.0 * record.sd * root),
            &record.positive.map_or("-".to_owned(), chance),
            adjusted.as_deref().unwrap_or("-"),
            in_set.as_deref().unwrap_or("-"),
        ]));
    }
    let title = match order.len() > LISTED {
        true => format!("The best {LISTED} of {} columns", count(order.len() as u64)),
        false => "The columns".to_owned(),
    };
    let kept = found.members.as_ref().ok().map_or_else(String::new, |m| {
        let how_many = match m.members.len() {
            1 => "one column".to_owned(),
            n => format!("{n} columns"),
        };
        format!("; {how_many} cannot be told from the best mean at {:.0} % (MCS)", 100.0 * MEMBERS_ALPHA)
    });
    let note = format!("adjusted p: Romano and Wolf's, for all columns together{kept}");
    format!("{}{}", section(&title, rows), item("  ", &note))
}

fn cut_name(name: &str) -> String {
    const WIDEST: usize = 40;
    if name.chars().count() <= WIDEST { name.to_owned() } else { name.chars().take(WIDEST - 1).chain(['~']).collect() }
}

//! The tables of a run: which rows and cells they have, whatever shows them.

use super::sheet::{Line, Sheet};
use crate::scenario::resolve::Plan;
use crate::stats::estimate::Estimate;
use crate::study::claims::{Found, Judged, Question};
use crate::study::combinatorial::switched_off;
use crate::study::comparison::{Pairing, Twin};
use crate::study::evaluate::Findings;
use crate::study::mistakes::{Beside, Told};
use crate::study::walk_forward::Choice;

/// All tables, in the order in which they are shown.
pub fn sheets(plan: &Plan, findings: &Findings) -> Vec<Sheet> {
    let mut list =
        vec![rules(plan, findings), hers(plan, findings), twins(plan, findings), other_twins(plan, findings)];
    list.extend(choices(findings));
    list.extend([pairs(plan, findings), claims(plan, findings)]);
    list.retain(|sheet| !sheet.rows.is_empty());
    list
}

/// `value ± se`, scaled, digits cut at the second digit of the error.
pub fn show(estimate: Option<&Estimate>, scale: f64) -> String {
    let Some(e) = estimate else { return "-".to_owned() };
    match e.se {
        Some(se) if se > 0.0 => {
            let digits = (1.0 - (se * scale).log10().floor()).clamp(0.0, 4.0) as usize;
            format!("{:.digits$} ±{:.digits$}", e.value * scale, se * scale)
        }
        _ => format!("{:.2}", e.value * scale),
    }
}

fn rules(plan: &Plan, findings: &Findings) -> Sheet {
    let risk = |name: &str| {
        let name = if name == "sharpe_hedged" { "sharpe_unhedged" } else { name };
        findings.unhedged.iter().find(|m| m.name == name).and_then(|m| m.estimate)
    };
    let row = |name: &str, get: &dyn Fn(&str) -> Option<Estimate>| {
        let one = |metric: &str, scale: f64| show(get(metric).as_ref(), scale);
        Line::Cells(vec![
            name.to_owned(),
            one("total_cost_bp_per_year", 1.0),
            get("transaction_cost_bp_per_year").map_or("-".to_owned(), |e| format!("{:.1}", e.value)),
            get("mean_multiplier").map_or("-".to_owned(), |e| format!("{:.2}", e.value)),
            one("es5_yearly", 100.0),
            one("max_drawdown", 100.0),
            one("sharpe_hedged", 1.0),
        ])
    };
    let mut rows = vec![row("unhedged", &risk)];
    rows.extend(
        (0..plan.experiment.named)
            .map(|rule| row(&plan.experiment.rules[rule].name, &|metric| findings.metric(rule, metric).copied())),
    );
    Sheet {
        first: "rule",
        columns: vec![
            ("money lost\nbp/year", 13),
            ("of it costs\nbp/year", 11),
            ("mean\nmultiple", 9),
            ("worst 5 % of\nyears, %", 13),
            ("max drawdown\n%", 13),
            ("Sharpe", 14),
        ],
        rows,
        note: "± is one standard error; intervals at 95 % are in summary.json".to_owned(),
        ..Sheet::default()
    }
}

fn hers(plan: &Plan, findings: &Findings) -> Sheet {
    let null = if findings.null.is_empty() { "" } else { "; null: same rules and shocks, no premia" };
    let row = |rule: usize| {
        let one = |metric: &str| show(findings.metric(rule, metric), 1.0);
        let null = findings.null.iter().find(|(known, _)| *known == rule).and_then(|(_, list)| list[0].estimate);
        Line::Cells(vec![
            plan.experiment.rules[rule].name.clone(),
            one("her_pooled"),
            one("her_plus5"),
            one("her_plus21"),
            one("her_recovery"),
            null.map_or("-".to_owned(), |e| format!("{:.3}", e.value)),
        ])
    };
    Sheet {
        title: format!("HER: hedge gain over the portfolio's loss to the trough, read at four ends{null}"),
        first: "rule",
        columns: vec![("trough*", 13), ("+5 days", 13), ("+21 days", 13), ("end", 13), ("null trough", 11)],
        rows: (0..plan.experiment.named).map(row).collect(),
        note:
            "* a window that ends at the trough knows the future: it favours any rule that grows with the VIX. In the \
               null world hedges are fairly priced and earn nothing over all days: what HER is left there is hindsight"
                .to_owned(),
        ..Sheet::default()
    }
}

fn twins(plan: &Plan, findings: &Findings) -> Sheet {
    let row = |pairing: &Pairing| {
        let name = plan.experiment.rules[pairing.rule].name.clone();
        match (&pairing.twin.size, &pairing.differences) {
            (Ok(size), Some(found)) => Line::Cells(vec![
                name,
                show(size.estimate("ratio").as_ref(), 1.0),
                show(found.shortfall.as_ref(), 100.0),
                show(found.drawdown.as_ref(), 100.0),
                show(found.her21.as_ref(), 1.0),
                found.verdict(pairing.twin.twin).words().to_owned(),
            ]),
            (Err(why), _) => Line::Sentence(name, format!("no such fixed hedge: {why}")),
            _ => Line::Sentence(name, "not defined on these paths".to_owned()),
        }
    };
    Sheet {
        title: "Rule minus the fixed hedge that loses the same money".to_owned(),
        first: "rule",
        columns: vec![
            ("fixed size", 13),
            ("worst years, %", 15),
            ("drawdown, %", 15),
            ("HER +21", 15),
            ("protects", 10),
        ],
        rows: findings.pairings.iter().filter(|p| p.twin.twin == Twin::EqualMoney).map(row).collect(),
        note:
            "\"better\" and \"worse\" need worst years, drawdown and HER at +21 days to agree, each beyond its interval"
                .to_owned(),
        ..Sheet::default()
    }
}

/// Verdicts beside every kind of twin that was walked.
fn other_twins(plan: &Plan, findings: &Findings) -> Sheet {
    let kinds: Vec<Twin> =
        Twin::ALL.into_iter().filter(|kind| findings.pairings.iter().any(|p| p.twin.twin == *kind)).collect();
    if kinds.len() < 2 {
        return Sheet::default();
    }
    let mut rules: Vec<usize> = findings.pairings.iter().map(|p| p.rule).collect();
    rules.dedup();
    let row = |rule: usize| {
        let verdict = |kind: &Twin| {
            let pairing = findings.pairings.iter().find(|p| p.rule == rule && p.twin.twin == *kind);
            pairing.and_then(|p| p.differences.as_ref()).map_or("-", |found| found.verdict(*kind).words()).to_owned()
        };
        let name = plan.experiment.rules[rule].name.clone();
        Line::Cells(std::iter::once(name).chain(kinds.iter().map(verdict)).collect())
    };
    Sheet {
        title: "Does the rule protect better than its twin?".to_owned(),
        first: "rule",
        columns: kinds.iter().map(|kind| (kind.name(), 15)).collect(),
        rows: rules.into_iter().map(row).collect(),
        ..Sheet::default()
    }
}

pub(super) fn choices(findings: &Findings) -> Vec<Sheet> {
    let last = findings.choices.len();
    let sheet = |(i, (study, list)): (usize, &(crate::study::walk_forward::WalkForward, Vec<Choice>))| {
        let (scale, unit) = study.objective.shown();
        let more = if scale == 1.0 { "" } else { ", more is better" };
        let rows = list.iter().flat_map(|choice| {
            let one = |i: usize| show(choice.numbers[i].as_ref(), scale);
            let cells = vec![
                choice.rule.clone(),
                choice.members.len().to_string(),
                one(0),
                one(1),
                one(2),
                one(3),
                show(choice.optimism.as_ref(), scale),
            ];
            let off = switched_off(&choice.rule, choice.number("picked_least_hedge"));
            let lines = [Line::Cells(cells), Line::Below(format!("chosen: {}", favourites(choice)))];
            lines.into_iter().chain(off.map(Line::Below))
        });
        Sheet {
            title: format!("{}: chosen by {} ({unit}{more})", study.name, study.objective.name()),
            first: "rule",
            columns: vec![
                ("grid", 6),
                ("in sample", 14),
                ("untuned", 14),
                ("out of sample", 14),
                ("untuned", 14),
                ("optimism", 14),
            ],
            rows: rows.collect(),
            note: if i + 1 < last { apart(study) } else { format!("{}; {TUNED}", apart(study)) },
            ..Sheet::default()
        }
    };
    findings.choices.iter().enumerate().map(sheet).collect()
}

/// How far training and test days stand apart.
fn apart(study: &crate::study::walk_forward::WalkForward) -> String {
    let days = study.splits.first().map_or(0, |split| split.test.start - split.train.end);
    format!("{}: training and test {days} days apart (the longest tenor unless stated)", study.name)
}

const TUNED: &str = "untuned: the first value of a grid; optimism: the choice's advantage over it in sample, less that out of \
                     sample; where the fixed hedge earns money nothing can be matched, and it is held at size 1";

/// The members that were chosen most, with their shares of all folds and paths.
fn favourites(choice: &Choice) -> String {
    let mut list: Vec<(f64, &String)> = choice.chosen.iter().copied().zip(&choice.members).collect();
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    let shown: Vec<String> =
        list.iter().take(3).map(|(share, name)| format!("{name} {:.0} %", share * 100.0)).collect();
    shown.join(", ")
}

/// Mistakes beside their cures: a row each, and one for the difference.
pub(super) fn pairs(plan: &Plan, findings: &Findings) -> Sheet {
    let mut rows = Vec::new();
    for told in &findings.mistakes {
        let Told::Rules(beside) = told else { continue };
        let Beside { rules, lost, trading, differences, .. } = beside.as_ref();
        for (i, rule) in rules.iter().enumerate() {
            let one = |metric: &str, scale: f64| show(findings.metric(*rule, metric), scale);
            rows.push(Line::Cells(vec![
                plan.experiment.rules[*rule].name.clone(),
                show(lost[i].as_ref(), 1.0),
                trading[i].map_or("-".to_owned(), |e| format!("{:.1}", e.value)),
                one("es5_yearly", 100.0),
                one("max_drawdown", 100.0),
                one("her_plus21", 1.0),
                one("sharpe_hedged", 1.0),
            ]));
        }
        let Some(found) = differences else {
            rows.push(Line::Sentence("difference".to_owned(), "not defined on these paths".to_owned()));
            continue;
        };
        rows.push(Line::Cells(vec![
            "difference".to_owned(),
            show(found.cost.as_ref(), 1.0),
            trading[0].zip(trading[1]).map_or("-".to_owned(), |(a, b)| format!("{:.1}", a.value - b.value)),
            show(found.shortfall.as_ref(), 100.0),
            show(found.drawdown.as_ref(), 100.0),
            show(found.her21.as_ref(), 1.0),
            show(found.sharpe.as_ref(), 1.0),
        ]));
    }
    Sheet {
        title: "The mistake, its cure, and the one minus the other, path by path".to_owned(),
        first: "rule",
        columns: vec![
            ("money lost\nbp/year", 13),
            ("of it costs\nbp/year", 11),
            ("worst 5 % of\nyears, %", 13),
            ("max drawdown\n%", 13),
            ("HER\n+21 days", 15),
            ("Sharpe", 15),
        ],
        rows,
        ..Sheet::default()
    }
}

pub(super) fn claims(plan: &Plan, findings: &Findings) -> Sheet {
    let row = |judged: &Judged| {
        let found = match &judged.found {
            Found::Number(estimate) => show(estimate.as_ref(), 1.0),
            Found::Protection(verdict) => verdict.words().to_owned(),
        };
        let claim = judged.claim.says.clone();
        let cells = vec![claim, judged.ruling.word().to_owned(), found, bound(judged), about(plan, judged)];
        std::iter::once(Line::Cells(cells)).chain(judged.why.clone().map(Line::Below))
    };
    Sheet {
        title: "Claims, and whether the 95 % interval of this run's number lies inside what is claimed".to_owned(),
        first: "claim",
        columns: vec![("verdict", 9), ("found", 17), ("claimed", 15), ("judged by", 0)],
        rows: findings.claims.iter().flat_map(row).collect(),
        wide: Some(54),
        ..Sheet::default()
    }
}

/// What a claim says, in numbers.
pub fn bound(judged: &Judged) -> String {
    match judged.claim.question {
        Question::Protects(_, _, verdict) => verdict.words().to_owned(),
        Question::Level(.., bounds)
        | Question::Ratio(.., bounds)
        | Question::Difference(.., bounds)
        | Question::Beside(.., bounds)
        | Question::Market(_, bounds) => bounds.to_string(),
        Question::Open => "-".to_owned(),
    }
}

/// What number a claim was judged by.
pub fn about(plan: &Plan, judged: &Judged) -> String {
    let name = |rule: usize| plan.experiment.rules[rule].name.as_str();
    let unit = if judged.unit.is_empty() { String::new() } else { format!(", {}", judged.unit) };
    match judged.claim.question {
        Question::Level(rule, metric, _) => format!("{metric} of {}{unit}", name(rule)),
        Question::Ratio(rule, over, metric, _) => format!("{metric} of {} over that of {}", name(rule), name(over)),
        Question::Difference(rule, other, metric, _) => {
            format!("{metric} of {} minus that of {}{unit}", name(rule), name(other))
        }
        Question::Beside(rule, twin, metric, _) => {
            format!("{metric} of {} minus that of its twin of {}{unit}", name(rule), twin.name())
        }
        Question::Protects(rule, twin, _) => format!("protection of {} beside its twin of {}", name(rule), twin.name()),
        Question::Market(fact, _) => format!("{}{unit}", fact.help),
        Question::Open => "not by this run".to_owned(),
    }
}

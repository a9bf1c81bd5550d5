//! What `price` tells of a file of cases: a table for each type.

use super::layout::{number, significant, table};
use crate::pricing::cases::{Answer, Answers, Question, What};
use crate::pricing::cos::Contract;
use crate::scenario::cases::{Case, CaseFile, TYPES};

/// Digits of an answer.
const DIGITS: usize = 5;

/// A table for each type of case that the file has; cases keep their numbers, which count from 0.
pub fn text(file: &CaseFile, answers: &[Answers]) -> String {
    let mut out = String::new();
    for kind in TYPES {
        let of_kind = file.cases.iter().zip(answers).enumerate().filter(|(_, (case, _))| case.kind == kind);
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (index, (case, answers)) in of_kind {
            let (mut head, mut row) = (vec![String::from("case")], vec![index.to_string()]);
            for (name, cell) in asked(file, case).into_iter().chain(answered(case, answers)) {
                head.push(name.to_owned());
                row.push(cell);
            }
            match rows.first_mut() {
                // A model without variance factor has fewer columns; the longest head is right for all.
                Some(first) if first.len() < head.len() => *first = head,
                Some(_) => {}
                None => rows.push(head),
            }
            rows.push(row);
        }
        if !rows.is_empty() {
            let gap = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{}\n{}", title(kind), table(&rows)));
        }
    }
    out
}

fn title(kind: &str) -> &'static str {
    match kind {
        "black_scholes" => "black_scholes: vega and rho for 1.00, theta a year",
        "option" => "option: price, and implied volatility (decimal per root year)",
        "greeks" => "greeks: vega_v for 1.00 of variance, vega_vix for a point of the VIX, theta a year",
        "vix" => "vix: points; VIX^2 = a + b v in the regime",
        "vix_future" => "vix_future: points",
        "varswap" => "varswap: fair strike as a variance (decimal a year) and in vol points",
        _ => "cf: E[exp(iu ln(S_T / F))]",
    }
}

type Cells = Vec<(&'static str, String)>;

fn asked(file: &CaseFile, case: &Case) -> Cells {
    let side = |contract: &Contract| if contract.call { "call" } else { "put" }.to_owned();
    let option = |contract: &Contract| {
        vec![
            ("S", number(contract.spot)),
            ("K", number(contract.strike)),
            ("tau", number(contract.years)),
            ("cp", side(contract)),
        ]
    };
    let Question::OfModel { variance, regime, what, .. } = &case.question else {
        let Question::BlackScholes { contract, volatility, rate, dividend } = &case.question else { return Vec::new() };
        let rest = [("r", number(*rate)), ("q", number(*dividend)), ("vol", number(*volatility))];
        return option(contract).into_iter().chain(rest).collect();
    };
    let mut cells = vec![("model", file.model_of(case).unwrap_or_default().to_owned())];
    match what {
        What::Option(contract) | What::Greeks(contract) => cells.extend(option(contract)),
        What::Vix => {}
        What::VixFuture { years } => cells.push(("T", number(*years))),
        What::VarianceSwap { years } => cells.push(("tau", number(*years))),
        What::Characteristic { years, u } => {
            cells.extend([("u", complex(u.0, u.1)), ("tau", number(*years))]);
        }
    }
    cells.extend([("v", number(*variance)), ("k", regime.to_string())]);
    cells
}

fn complex(re: f64, im: f64) -> String {
    let sign = if im < 0.0 { '-' } else { '+' };
    format!("{} {sign} {}i", number(re), number(im.abs()))
}

fn answered(case: &Case, answers: &Answers) -> Cells {
    let regime = match &case.question {
        Question::OfModel { regime, .. } => *regime,
        Question::BlackScholes { .. } => 0,
    };
    let cell = |answer: &Answer| match answer {
        Answer::Number(x) => significant(*x, DIGITS),
        Answer::Numbers(list) => significant(list[regime], DIGITS),
        Answer::Nothing => "-".to_owned(),
    };
    answers.iter().map(|(name, answer)| (*name, cell(answer))).collect()
}

//! One model of a case file: regimes with square-root variance and co-jumps (`svcj`), or with constant variances (`rsln`).

use super::fields::{Fields, Findings, numbers};
use crate::pricing::law::{Law, LogJump as Jump, Model, Variance as Dynamics};
use crate::scenario::tree::{Data, Node};
use crate::units::{
    Correlation, EventRate, Finite, LogJump, LogJumpSd, Rate, Reversion, Variance, VarianceJump, VolOfVol,
};

/// Most regimes of a model.
const MOST_REGIMES: usize = 16;

/// How far a row of the generator may be from zero.
const ROW_ERROR: f64 = 1e-9;

const KEYS: [&str; 14] =
    ["kind", "G", "kappa", "xi", "rho", "theta", "lam", "mu", "delta", "eta", "r", "q", "switch_mu", "switch_delta"];

/// The model at `at`; nothing if something about it is refused.
pub(super) fn read(node: &Node, at: &str, findings: &mut Findings) -> Option<Model> {
    let fields = Fields::new(node, at, &KEYS, findings)?;
    let kind = fields.word("kind", "kinds", &["svcj", "rsln"], findings);
    let rsln = kind == Some("rsln");
    // What a constant variance has no use for may be left out; where it is given, it is checked.
    let idle = |key: &str| rsln && fields.get(key).is_none();
    let mut scalar = |key: &str, new: &dyn Fn(f64) -> Result<f64, String>| match idle(key) {
        true => Some(0.0),
        false => fields.number(key, new, findings),
    };
    let reversion = scalar("kappa", &|x| Reversion::new(x).map(Reversion::get));
    let vol_of_vol = scalar("xi", &|x| VolOfVol::new(x).map(VolOfVol::get));
    let leverage = scalar("rho", &|x| Correlation::new(x).map(Correlation::get));
    let rate = fields.number("r", Rate::new, findings).map(Rate::get);
    let dividend = fields.number("q", Rate::new, findings).map(Rate::get);
    let generator = generator(&fields, findings)?;
    let n = generator.len();
    let mut row = |key: &str, new: &dyn Fn(f64) -> Result<f64, String>| {
        let node = fields.need(key, findings)?;
        numbers(node, &fields.path(key), (n, "one number a regime"), new, findings)
    };
    let level = row("theta", &|x| Variance::new(x).map(Variance::get));
    let intensity = row("lam", &|x| EventRate::new(x).map(EventRate::get));
    let jump_mean = row("mu", &|x| LogJump::new(x).map(LogJump::get));
    let jump_sd = row("delta", &|x| LogJumpSd::new(x).map(LogJumpSd::get));
    let variance_jump = match idle("eta") {
        true => Some(vec![0.0; n]),
        false => row("eta", &|x| VarianceJump::new(x).map(VarianceJump::get)),
    };
    let mean = switch(&fields, "switch_mu", n, |x| LogJump::new(x).map(LogJump::get), findings);
    let sd = switch(&fields, "switch_delta", n, |x| LogJumpSd::new(x).map(LogJumpSd::get), findings);
    let (mean, sd) = (mean?, sd?);
    let jump = |i: usize, j: usize| if i == j { Jump::default() } else { Jump { mean: mean[i][j], sd: sd[i][j] } };
    kind?;
    Some(Model {
        law: Law {
            generator,
            variance: match rsln {
                true => Dynamics::Constant,
                false => Dynamics::SquareRoot { reversion: reversion?, vol_of_vol: vol_of_vol? },
            },
            level: level?,
            intensity: intensity?,
            jump_mean: jump_mean?,
            jump_sd: jump_sd?,
            // A constant variance does not jump.
            variance_jump: if rsln { vec![0.0; n] } else { variance_jump? },
            switch_jump: (0..n).map(|i| (0..n).map(|j| jump(i, j)).collect()).collect(),
        },
        leverage: leverage?,
        rate: rate?,
        dividend: dividend?,
    })
}

/// The generator of the regimes, which says how many there are.
fn generator(fields: &Fields<'_>, findings: &mut Findings) -> Option<Vec<Vec<f64>>> {
    let (node, at) = (fields.need("G", findings)?, fields.path("G"));
    let n = match &node.value {
        Data::List(rows) if (1..=MOST_REGIMES).contains(&rows.len()) => rows.len(),
        _ => {
            findings.expected(&at, &format!("a list of 1 to {MOST_REGIMES} rows, one a regime"), node);
            return None;
        }
    };
    let rows = matrix(node, &at, n, |x| Finite::new(x).map(Finite::get), findings)?;
    let mut fine = true;
    for (i, row) in rows.iter().enumerate() {
        for (j, x) in row.iter().enumerate().filter(|(j, _)| *j != i) {
            if let Err(message) = EventRate::new(*x) {
                findings.refuse(&format!("{at}[{i}][{j}]"), message);
                fine = false;
            }
        }
        let sum: f64 = row.iter().sum();
        if !(sum.abs() <= ROW_ERROR) {
            findings.refuse(&format!("{at}[{i}]"), format!("sums to {sum}, must sum to 0 (within {ROW_ERROR:e})"));
            fine = false;
        }
    }
    fine.then_some(rows)
}

/// Numbers of the jumps at switches, `[from][to]`; zeros if they are left out.
fn switch(
    fields: &Fields<'_>,
    key: &str,
    n: usize,
    new: impl Fn(f64) -> Result<f64, String>,
    findings: &mut Findings,
) -> Option<Vec<Vec<f64>>> {
    match fields.get(key) {
        None => Some(vec![vec![0.0; n]; n]),
        Some(node) => matrix(node, &fields.path(key), n, new, findings),
    }
}

fn matrix(
    node: &Node,
    at: &str,
    n: usize,
    new: impl Fn(f64) -> Result<f64, String>,
    findings: &mut Findings,
) -> Option<Vec<Vec<f64>>> {
    let rows = match &node.value {
        Data::List(rows) if rows.len() == n => rows,
        _ => {
            findings.expected(at, &format!("{n} rows of {n} numbers, as many as regimes"), node);
            return None;
        }
    };
    let read = rows
        .iter()
        .enumerate()
        .map(|(i, row)| numbers(row, &format!("{at}[{i}]"), (n, "one number a regime"), &new, findings));
    read.collect::<Vec<_>>().into_iter().collect()
}

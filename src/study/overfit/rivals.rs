//! The columns against a benchmark and against each other, by resampling all of them on the same rows.

use super::{ALPHA, Found, Table};
use crate::stats::block_length::block_length;
use crate::stats::bootstrap::Stationary;
use crate::stats::confidence_set::{ConfidenceSet, confidence_set};
use crate::stats::dominance::{Dominance, DominanceP, dominance, paired_p};
use crate::stats::moments::Comoments;
use crate::stats::resampled::{Scale, Workspace};
use crate::stats::sharpe_difference::{Kernel, SharpeDifference, Studentised};
use crate::stats::snooping::{RealityCheck, SuperiorAbility, reality_check, superior_ability};
use crate::stats::stepm::{StepM, adjusted_p, stepm};
use rayon::prelude::*;

/// Most columns of a model confidence set: its cost grows with their square.
const MOST_MEMBERS: usize = 300;
/// Most resampled means that are kept.
const MOST_MEANS: u64 = 100_000_000;
/// Error rate of the model confidence set.
pub const MEMBERS_ALPHA: f64 = 0.1;

/// How rows are resampled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bootstrap {
    pub mean_block: f64,
    pub replications: u64,
    pub seed: u64,
}

impl Bootstrap {
    fn scheme(self, rows: usize) -> Found<Stationary> {
        Stationary::new(rows, self.mean_block, self.seed).map_err(|error| error.to_string())
    }

    fn affordable(self, columns: usize) -> Found<()> {
        match (columns as u64).saturating_mul(self.replications) <= MOST_MEANS {
            true => Ok(()),
            false => {
                Err(format!("{columns} columns times {} replications are too many; ask for fewer", self.replications))
            }
        }
    }
}

/// What the columns earned beyond the benchmark, or beyond zero.
pub(super) struct Lead {
    /// Columns that are not the benchmark.
    rivals: Vec<usize>,
    rows: usize,
    /// Column after column.
    values: Vec<f64>,
}

impl Lead {
    pub(super) fn of(table: &Table<'_>, benchmark: Option<usize>) -> Self {
        let rivals: Vec<usize> = (0..table.columns.len()).filter(|i| Some(*i) != benchmark).collect();
        let rows = table.columns.first().map_or(0, Vec::len);
        let mut values = Vec::with_capacity(rivals.len() * rows);
        for i in &rivals {
            match benchmark {
                Some(b) => values.extend(table.columns[*i].iter().zip(&table.columns[b]).map(|(x, y)| x - y)),
                None => values.extend(&table.columns[*i]),
            }
        }
        Self { rivals, rows, values }
    }

    /// Block length that suits the mean of one column's lead; 1 where none can be told.
    pub(super) fn block_length(&self, column: usize) -> f64 {
        let at = self.rivals.iter().position(|i| *i == column);
        let lead = at.and_then(|at| self.values.get(at * self.rows..(at + 1) * self.rows));
        lead.and_then(block_length).map_or(1.0, |length| length.stationary)
    }
}

/// Whether any column beats the benchmark, and which.
#[derive(Clone, Debug)]
pub struct Snooping {
    /// The columns that are not the benchmark; all lists below are in their order.
    pub rivals: Vec<usize>,
    /// Mean lead of each.
    pub means: Vec<f64>,
    /// Its long-run standard deviation.
    pub omegas: Vec<f64>,
    /// Leads below it are taken to be clearly bad.
    pub thresholds: Vec<f64>,
    /// White's reality check.
    pub reality: RealityCheck,
    /// Hansen's test, and the one without division by omega.
    pub superior: [SuperiorAbility; 2],
    /// Steps at 5 %, studentised and plain.
    pub steps: [StepM; 2],
    /// Adjusted p-values, studentised and plain.
    pub adjusted: [Vec<f64>; 2],
}

pub(super) fn snooping(lead: &Lead, bootstrap: Bootstrap) -> Found<Snooping> {
    bootstrap.affordable(lead.rivals.len())?;
    let scheme = bootstrap.scheme(lead.rows)?;
    let mut space = Workspace::default();
    let r = space.stationary(&lead.values, lead.rows, &scheme, bootstrap.replications);
    let r = r.ok_or("three rows are needed")?;
    let undefined = "no column's lead varies, or that of one is constant and not zero";
    let reality = reality_check(&r).ok_or(undefined)?;
    let both = |scale| {
        let superior = superior_ability(&r, scale)?;
        Some((superior, stepm(&r, ALPHA, scale)?, adjusted_p(&r, scale)?))
    };
    let (of, plain) = both(Scale::Studentised).zip(both(Scale::Plain)).ok_or(undefined)?;
    Ok(Snooping {
        rivals: lead.rivals.clone(),
        means: r.means().to_vec(),
        omegas: r.omegas().to_vec(),
        thresholds: r.thresholds(),
        reality,
        superior: [of.0, plain.0],
        steps: [of.1, plain.1],
        adjusted: [of.2, plain.2],
    })
}

/// Which columns cannot be told from the best one by their means.
#[derive(Clone, Debug)]
pub struct Members {
    /// p-values by column and the order of leaving.
    pub set: ConfidenceSet,
    /// Columns that stay at 10 %.
    pub members: Vec<usize>,
}

pub(super) fn members(table: &Table<'_>, bootstrap: Bootstrap) -> Found<Members> {
    let n = table.columns.len();
    if n > MOST_MEMBERS {
        return Err(format!("{n} columns, at most {MOST_MEMBERS} are compared in pairs"));
    }
    bootstrap.affordable(n)?;
    let rows = table.columns.first().map_or(0, Vec::len);
    let scheme = bootstrap.scheme(rows)?;
    let mut space = Workspace::default();
    let r = space.stationary(&table.columns.concat(), rows, &scheme, bootstrap.replications);
    let set = r.as_ref().and_then(confidence_set).ok_or("two columns differ by a constant, or all are equal")?;
    let members = set.members(MEMBERS_ALPHA);
    Ok(Members { set, members })
}

/// A column's Sharpe ratio per period minus the benchmark's, by three errors.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// The column.
    pub column: usize,
    /// Correlation with the benchmark.
    pub correlation: Option<f64>,
    /// Jobson and Korkie's test as Memmel corrected it.
    pub memmel: Option<SharpeDifference>,
    /// Ledoit and Wolf's with Bartlett weights.
    pub bartlett: Option<SharpeDifference>,
    /// Ledoit and Wolf's with Parzen weights.
    pub parzen: Option<SharpeDifference>,
}

/// Sharpe ratios minus the benchmark's.
#[derive(Clone, Debug)]
pub struct Differences {
    /// Every column that is not the benchmark.
    pub all: Vec<Difference>,
    /// Rows of a block of the bootstrap.
    pub block: usize,
    /// The studentised bootstrap of the rival's difference.
    pub bootstrap: Found<Studentised>,
}

impl Differences {
    /// That of one column.
    pub fn of(&self, column: usize) -> Option<&Difference> {
        self.all.iter().find(|difference| difference.column == column)
    }
}

pub(super) fn differences(
    table: &Table<'_>,
    benchmark: Option<usize>,
    rival: usize,
    lags: usize,
    bootstrap: Bootstrap,
) -> Found<Differences> {
    let benchmark = benchmark.ok_or("no benchmark was named (--benchmark NAME)")?;
    let b = &table.columns[benchmark];
    let one = |column: usize| {
        let a = &table.columns[column];
        Difference {
            column,
            correlation: Comoments::of(a, b).and_then(|both| both.correlation()),
            memmel: SharpeDifference::jobson_korkie_memmel(a, b),
            bartlett: SharpeDifference::hac(a, b, Kernel::Bartlett, lags),
            parzen: SharpeDifference::hac(a, b, Kernel::Parzen, lags),
        }
    };
    let rivals: Vec<usize> = (0..table.columns.len()).filter(|i| *i != benchmark).collect();
    let all = rivals.into_par_iter().map(one).collect();
    let block = (bootstrap.mean_block.ceil() as usize).clamp(1, b.len().max(1));
    let seeded = Studentised::seeded(&table.columns[rival], b, lags, block, bootstrap.replications, bootstrap.seed);
    let bootstrap = match seeded {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err("the two columns differ by leverage only".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    Ok(Differences { all, block, bootstrap })
}

/// Whether everyone would prefer the rival to the benchmark, or the other way round.
#[derive(Clone, Debug)]
pub struct Order {
    /// The rival over the benchmark, with p-values from resampled pairs.
    pub over: (Dominance, DominanceP),
    /// The benchmark over the rival.
    pub under: (Dominance, DominanceP),
}

pub(super) fn order(table: &Table<'_>, benchmark: Option<usize>, rival: usize, bootstrap: Bootstrap) -> Found<Order> {
    let benchmark = benchmark.ok_or("no benchmark was named (--benchmark NAME)")?;
    let (a, b) = (&table.columns[rival], &table.columns[benchmark]);
    let scheme = bootstrap.scheme(a.len())?;
    let one = |a: &[f64], b: &[f64]| Some((dominance(a, b)?, paired_p(a, b, &scheme, bootstrap.replications)?));
    let (over, under) = one(a, b).zip(one(b, a)).ok_or("all returns of both columns are the same")?;
    Ok(Order { over, under })
}

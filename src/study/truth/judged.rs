//! What was reported beside what is true, over histories.

use super::{ESTIMATES, FIGURES};
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::rank::rank_correlation;
use crate::study::measure::{Measured, mean_over_paths};
use crate::study::question::to_json;
use crate::study::trials::Grid;
use crate::study::trials::population::{BATCHES, GridTruth, Truth, batch_error};
use serde_json::{Value, json};

/// One figure of one way of judging, over paths.
pub(super) struct Judged {
    pub(super) reported: Option<Estimate>,
    pub(super) truth: Option<Estimate>,
    pub(super) bias: Option<Estimate>,
    pub(super) rmse: Option<f64>,
    /// Over paths, between what is reported and what is true of the pick.
    pub(super) rank: Option<f64>,
    /// Share of each member among the picks.
    pub(super) picked: Vec<f64>,
}

impl Judged {
    fn of(truth: &GridTruth, rows: &[&[f64]], estimate: usize, figure: usize) -> Self {
        let members = &truth.members;
        let each = FIGURES.len() + members.len();
        let shares_of = |row: &[f64]| row[estimate * each + FIGURES.len()..][..members.len()].to_vec();
        let mixed = |shares: &[f64], of: &dyn Fn(&Truth) -> f64| -> f64 {
            let picked = members.iter().zip(shares).filter(|(_, share)| **share > 0.0);
            picked.map(|(truth, share)| share * of(truth)).sum()
        };
        let (mut reported, mut known) = (Vec::new(), Vec::new());
        let mut picked = vec![0.0; members.len()];
        for row in rows {
            let shares = shares_of(row);
            let (value, of_pick) = (row[estimate * each + figure], mixed(&shares, &|truth| truth.figures[figure]));
            // A history without a crash has no HER.
            if value.is_finite() && of_pick.is_finite() {
                reported.push(value);
                known.push(of_pick);
                picked.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
        }
        let n = reported.len() as f64;
        picked.iter_mut().for_each(|sum| *sum /= n);
        let batches = 0..members[0].batches.len();
        let of_batch = |batch: usize| mixed(&picked, &|truth| truth.batches[batch][figure]);
        let doubt = batch_error(&batches.map(of_batch).collect::<Vec<_>>());
        let errors: Vec<f64> = reported.iter().zip(&known).map(|(a, b)| a - b).collect();
        let square = errors.iter().map(|x| x * x).sum::<f64>() / n;
        Self {
            reported: mean_over_paths(reported.iter().copied()),
            truth: with_doubt(&known, doubt),
            bias: with_doubt(&errors, doubt),
            rmse: Some(square.sqrt()).filter(|x| x.is_finite()),
            rank: rank_correlation(&reported, &known),
            picked,
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "reported": to_json(self.reported.as_ref()),
            "true": to_json(self.truth.as_ref()),
            "bias": to_json(self.bias.as_ref()),
            "rmse": self.rmse,
            "rank_correlation": self.rank,
        })
    }
}

/// A mean over histories whose truth is known from a finite population: both errors count.
fn with_doubt(values: &[f64], doubt: f64) -> Option<Estimate> {
    let mean = Measured::mean(values)?;
    let se = mean.se().map(|se| (se * se + doubt * doubt).sqrt());
    let method = "mean over histories, error of the truth included";
    Estimate::student(mean.value, se, (BATCHES - 1) as f64, LEVEL, values.len() as u64, method)
}

/// What was found for one grid.
pub(super) struct Found {
    pub(super) name: String,
    /// `[figure][estimate]`.
    pub(super) judged: Vec<Vec<Judged>>,
    /// Mean over paths of the rank correlation, over members, of value in sample and true value.
    pub(super) ranks: Option<Estimate>,
}

impl Found {
    pub(super) fn of(grid: &Grid, truth: &GridTruth, rows: &[&[f64]]) -> Self {
        let of_figure =
            |figure| (0..ESTIMATES.len()).map(|estimate| Judged::of(truth, rows, estimate, figure)).collect();
        let values: Vec<f64> = truth.members.iter().map(Truth::value).collect();
        let from = ESTIMATES.len() * (FIGURES.len() + values.len());
        let of_path = |row: &&[f64]| rank_correlation(&row[from..], &values).unwrap_or(f64::NAN);
        Self {
            name: grid.name.clone(),
            judged: (0..FIGURES.len()).map(of_figure).collect(),
            ranks: mean_over_paths(rows.iter().map(of_path)),
        }
    }
}

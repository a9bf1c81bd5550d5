//! What the search found, on paths that it has not seen.

use super::{Found, Optimal, PARTS};
use crate::stats::estimate::Estimate;
use crate::study::measure::Measured;
use crate::study::question::{Answer, Cell, Table};
use crate::study::search::told::{BP, number, told};
use crate::study::search::{BEYOND, Yearly};
use serde_json::{Map, Value, json};

/// One hedge on fresh paths, under one weight.
pub(super) struct Judged {
    pub(super) name: String,
    /// Multiple that training chose, where there is one.
    size: Option<f64>,
    objective: Option<Measured>,
}

impl Judged {
    fn estimate(&self) -> Option<Estimate> {
        self.objective.as_ref()?.estimate("mean over paths")
    }

    /// The objective less that of the optimal rule, path by path.
    pub(super) fn loss(&self, best: &Self) -> Option<Estimate> {
        self.objective.as_ref()?.minus(best.objective.as_ref()?).estimate("paired by path")
    }
}

impl Optimal {
    /// Everything under one weight: the optimal rule first, then the best fixed hedge, no hedge, and the approximations.
    fn judge(&self, slot: usize, found: &Found, fresh: &Yearly) -> Vec<Judged> {
        let none = vec![0.0; fresh.portfolio.len()];
        let judged = |name: String, size: Option<f64>, hedge: &[f64], by: f64| {
            let held: Vec<f64> = hedge.iter().map(|x| x * by).collect();
            Judged { name, size, objective: fresh.measured(&held, found.weight) }
        };
        let known = 1 + self.approximations.len() * PARTS.len();
        let mut list = vec![
            judged("optimal".to_owned(), None, &fresh.hedges[known + slot], 1.0),
            judged("best fixed size".to_owned(), Some(found.size), &fresh.hedges[0], found.size),
            judged("no hedge".to_owned(), Some(0.0), &none, 1.0),
        ];
        for (i, ((name, _), base)) in self.approximations.iter().zip(&found.bases).enumerate() {
            let hedge = base.map_or(&none, |part| &fresh.hedges[1 + i * PARTS.len() + part]);
            let size = base.map_or(0.0, |part| PARTS[part] * self.most);
            list.push(judged((*name).to_owned(), Some(size), hedge, 1.0));
        }
        list
    }

    pub(super) fn conclude(&self, found: &[Found], fresh: &Yearly) -> Answer {
        let judged: Vec<Vec<Judged>> =
            found.iter().enumerate().map(|(slot, found)| self.judge(slot, found, fresh)).collect();
        let paths = fresh.paths();
        Answer {
            name: "optimal",
            tables: vec![self.multipliers(found), self.objectives(found, &judged), self.losses(found, &judged)],
            notes: vec![format!(
                "Found on {} training paths, judged on {paths} fresh ones; sizes of fixed hedges and approximations were \
                     chosen on the training paths as well. Approximations hold N times the signal over its mean, at most {}.",
                self.train, self.most
            )],
            closing: self.closing(found, &judged),
            figures: self.figures(found, &judged, paths),
            json: self.json(found, &judged),
        }
    }

    fn head(found: &[Found], first: &str) -> Vec<String> {
        std::iter::once(first.to_owned()).chain(found.iter().map(|found| format!("weight {}", found.weight))).collect()
    }

    fn multipliers(&self, found: &[Found]) -> Table {
        let row = |found: &Found| {
            let cells = found.multipliers.iter().map(|x| Cell::Text(format!("{x:.2}")));
            let last = Cell::Text(format!("{:.2}", found.size));
            (format!("weight {}", found.weight), cells.chain([last]).collect())
        };
        let levels = self.at.iter().map(f64::to_string);
        Table {
            title: format!("The optimal multiplier of {} by the VIX, and the best fixed one", self.hedge),
            head: std::iter::once("VIX".to_owned()).chain(levels).chain(["fixed".to_owned()]).collect(),
            rows: found.iter().map(row).collect(),
        }
    }

    fn objectives(&self, found: &[Found], judged: &[Vec<Judged>]) -> Table {
        let mut rows = rows(judged, 0, |one, _| Cell::Number(one.estimate(), BP));
        let trained = found.iter().map(|found| Cell::Text(format!("{:.1}", found.trained * BP))).collect();
        rows.insert(1, ("  in training".to_owned(), trained));
        Table {
            title: format!(
                "Objective on fresh paths, bp of capital a year: money lost + weight x E[((yearly loss - {:.0} %)+)^2]",
                100.0 * BEYOND
            ),
            head: Self::head(found, "hedge"),
            rows,
        }
    }

    fn losses(&self, found: &[Found], judged: &[Vec<Judged>]) -> Table {
        Table {
            title: "What is lost against the optimal rule, bp of capital a year, paired; above 0: worse than it"
                .to_owned(),
            head: Self::head(found, "hedge"),
            rows: rows(judged, 1, |one, best| Cell::Difference(one.loss(best), BP)),
        }
    }

    /// The largest weight, at which a hedge is worth most.
    fn closing(&self, found: &[Found], judged: &[Vec<Judged>]) -> String {
        let heaviest = (0..found.len()).max_by(|a, b| found[*a].weight.total_cmp(&found[*b].weight));
        let Some(slot) = heaviest else { return String::new() };
        let (found, list) = (&found[slot], &judged[slot]);
        let level = |i: usize| format!("{:.2} at VIX {}", found.multipliers[i], self.at[i]);
        let against: Vec<String> =
            list[1..].iter().map(|other| format!("{} {}", other.name, told(other.loss(&list[0]), BP))).collect();
        format!(
            "At weight {} the optimal rule holds {} and {} of {}, with an objective of {} bp a year on fresh paths; \
             the others' objective less its own: {}.",
            found.weight,
            level(0),
            level(self.at.len() - 1),
            self.hedge,
            told(list[0].estimate(), BP),
            against.join(", ")
        )
    }

    fn json(&self, found: &[Found], judged: &[Vec<Judged>]) -> Value {
        let of_weight = |(found, list): (&Found, &Vec<Judged>)| {
            let hedges: Map<String, Value> = list
                .iter()
                .map(|one| {
                    let entry = json!({
                        "size": one.size,
                        "objective": number(one.estimate(), BP),
                        "beyond_optimal": number(one.loss(&list[0]), BP),
                    });
                    (one.name.clone(), entry)
                })
                .collect();
            json!({
                "weight": found.weight,
                "multipliers": found.multipliers,
                "objective_in_training": found.trained * BP,
                "hedges": hedges,
            })
        };
        json!({
            "hedge": self.hedge,
            "at": self.at,
            "most": self.most,
            "train": self.train,
            "beyond": BEYOND,
            "unit": "bp of capital a year",
            "weights": found.iter().zip(judged).map(of_weight).collect::<Vec<_>>(),
        })
    }
}

/// A row for each hedge from the one at `first` on, a column for each weight.
fn rows(judged: &[Vec<Judged>], first: usize, cell: impl Fn(&Judged, &Judged) -> Cell) -> Vec<(String, Vec<Cell>)> {
    let Some(names) = judged.first() else { return Vec::new() };
    let row = |i: usize| judged.iter().map(|list| cell(&list[i], &list[0])).collect();
    (first..names.len()).map(|i| (names[i].name.clone(), row(i))).collect()
}

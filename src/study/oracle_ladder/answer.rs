//! The rungs on paths that no search has seen: what each gains, and which share of what could be gained.

use super::{Found, HIDDEN, Ladder, NOTHING};
use crate::stats::estimate::Estimate;
use crate::study::measure::Measured;
use crate::study::question::{Answer, Cell, Table};
use crate::study::search::told::{BP, number, told};
use crate::study::search::{BEYOND, Yearly, of_year, squared_loss};
use serde_json::{Map, Value, json};

/// Standard errors that the attainable gain must exceed, for a share of it to mean anything.
const CLEAR: f64 = 2.0;

/// Share of capital a year that is rounding.
const ROUNDING: f64 = 1e-12;

/// Per cent in one.
pub(super) const PERCENT: f64 = 100.0;

/// One rung on fresh paths.
pub(super) struct Judged {
    pub(super) name: &'static str,
    /// Its objective on each path.
    by_path: Vec<f64>,
    money_lost: Option<Measured>,
    squared_loss: Option<Measured>,
    /// Its objective in training.
    pub(super) trained: f64,
}

impl Judged {
    fn objective(&self) -> Option<Estimate> {
        Measured::mean(&self.by_path)?.estimate("mean over paths")
    }

    /// How much lower its objective is than that of another rung, on each path. Two rules that hold the same in other words
    /// differ by rounding, which is no gain.
    fn gains(&self, over: &Self) -> Vec<f64> {
        let gain = |(over, own): (&f64, &f64)| Some(over - own).filter(|gain| gain.abs() > ROUNDING).unwrap_or(0.0);
        over.by_path.iter().zip(&self.by_path).map(gain).collect()
    }

    pub(super) fn gain(&self, over: &Self) -> Option<Estimate> {
        Measured::mean(&self.gains(over))?.estimate("paired by path")
    }
}

/// All rungs, `nothing` first.
pub(super) struct Judgement {
    pub(super) rungs: Vec<Judged>,
    /// The objective without any hedge.
    unhedged: Option<Estimate>,
}

impl Judgement {
    /// The rung that knows the hidden regime, where there is one.
    fn top(&self) -> Option<&Judged> {
        self.rungs.iter().find(|rung| rung.name == HIDDEN)
    }

    /// What can be gained over `nothing`.
    fn attainable(&self) -> Option<Estimate> {
        self.top()?.gain(&self.rungs[0])
    }

    /// Is that more than chance?
    pub(super) fn is_clear(&self) -> bool {
        self.attainable().is_some_and(|gain| gain.se.is_some_and(|se| gain.value > CLEAR * se))
    }

    /// Share of the attainable gain; none where that is not distinguishable from zero.
    pub(super) fn share(&self, rung: &Judged) -> Option<Estimate> {
        let top = self.top().filter(|_| self.is_clear())?.gains(&self.rungs[0]);
        Measured::ratio(&rung.gains(&self.rungs[0]), &top)?.estimate("ratio of gains, paired by path")
    }

    /// The rung whose rules a rung contains: `nothing` below `vix`, `vix` below all others.
    fn below(&self, rung: usize) -> Option<&Judged> {
        self.rungs.get(rung.checked_sub(1)?.min(1))
    }
}

impl Ladder {
    pub(super) fn conclude(&self, found: &Found, fresh: &Yearly) -> Answer {
        let judgement = self.judge(found, fresh);
        Answer {
            name: "oracle_ladder",
            tables: vec![self.ladder(&judgement), self.multipliers(found)],
            notes: self.notes(found, &judgement, fresh.paths()),
            closing: self.closing(&judgement, fresh.paths()),
            figures: self.figures(found, &judgement, fresh.paths()),
            json: self.json(found, &judgement, fresh.paths()),
        }
    }

    fn judge(&self, found: &Found, fresh: &Yearly) -> Judgement {
        let weight = self.weight;
        let judged = |name, hedge: &[f64], trained| Judged {
            name,
            by_path: fresh.by_path(hedge, |hedge, portfolio| of_year(hedge, portfolio, weight)),
            money_lost: Measured::mean(&fresh.by_path(hedge, |hedge, _| -hedge)),
            squared_loss: Measured::mean(&fresh.by_path(hedge, |hedge, own| squared_loss(hedge, own, weight))),
            trained,
        };
        let fixed: Vec<f64> = fresh.hedges[0].iter().map(|x| x * found.size).collect();
        let mut rungs = vec![judged(NOTHING, &fixed, found.trained)];
        for ((rung, best), hedge) in self.rungs.iter().zip(&found.rungs).zip(&fresh.hedges[1..]) {
            rungs.push(judged(rung.name, hedge, best.trained));
        }
        let none = vec![0.0; fresh.portfolio.len()];
        let unhedged = fresh.measured(&none, weight).and_then(|found| found.estimate("mean over paths"));
        Judgement { rungs, unhedged }
    }

    fn ladder(&self, judgement: &Judgement) -> Table {
        let nothing = &judgement.rungs[0];
        let mean = |measured: &Option<Measured>| measured.as_ref().and_then(|found| found.estimate("mean over paths"));
        let row = |rung: &Judged| {
            let cells = vec![
                Cell::Number(rung.objective(), BP),
                Cell::Number(mean(&rung.money_lost), BP),
                Cell::Number(mean(&rung.squared_loss), BP),
                Cell::Difference(rung.gain(nothing), BP),
                Cell::Number(judgement.share(rung), PERCENT),
                Cell::Text(format!("{:.1}", (nothing.trained - rung.trained) * BP)),
            ];
            (rung.name.to_owned(), cells)
        };
        Table {
            title: format!(
                "What {} gains by knowing more, bp of capital a year on fresh paths: objective = money lost + {} x E[((yearly \
                 loss - {:.0} %)+)^2]; gain over the best fixed size, share of the attainable gain in %",
                self.hedge,
                self.weight,
                PERCENT * BEYOND
            ),
            head: ["knows", "objective", "money lost", "squared losses", "gain", "share", "gain in training"]
                .map(str::to_owned)
                .to_vec(),
            rows: judgement.rungs.iter().map(row).collect(),
        }
    }

    fn multipliers(&self, found: &Found) -> Table {
        let row = |name: String, list: Vec<f64>| {
            (name, list.into_iter().map(|x| Cell::Text(format!("{x:.2}"))).collect::<Vec<_>>())
        };
        let mut rows = vec![row(NOTHING.to_owned(), vec![found.size; self.vix.len()])];
        for (rung, best) in self.rungs.iter().zip(&found.rungs) {
            for (j, column) in rung.columns.iter().enumerate() {
                let name = if column.is_empty() { rung.name.to_owned() } else { format!("{}, {column}", rung.name) };
                rows.push(row(name, best.multipliers.iter().skip(j).step_by(rung.wide()).copied().collect()));
            }
        }
        Table {
            title: format!("The best multiplier of {} in training, by the VIX", self.hedge),
            head: std::iter::once("VIX".to_owned()).chain(self.vix.iter().map(f64::to_string)).collect(),
            rows,
        }
    }

    fn notes(&self, found: &Found, judgement: &Judgement, paths: usize) -> Vec<String> {
        let mut notes = vec![format!(
            "Found on {} training paths, judged on {paths} fresh ones. The best fixed size is {:.2}; without a hedge the objective \
             is {} bp a year.",
            self.train,
            found.size,
            told(judgement.unhedged, BP)
        )];
        if self.rungs.len() > 1 {
            notes.push(
                "Rungs above `vix` are straight lines in the VIX and in what they know besides, so that each contains the best \
                 rule of the VIX; they do not contain each other, and a share may exceed 100 %. Multipliers at points where \
                 training paths hardly were mean nothing."
                    .to_owned(),
            );
        }
        notes.extend(self.left_out.iter().map(|(name, why)| format!("The rung `{name}` is left out: {why}.")));
        for (slot, rung) in judgement.rungs.iter().enumerate() {
            let Some(below) = judgement.below(slot) else { continue };
            let gain = rung.gain(below);
            if rung.trained < below.trained && gain.is_some_and(|gain| gain.value < 0.0) {
                notes.push(format!(
                    "`{}` was better than `{}` by {:.1} bp a year in training and is not on fresh paths, where it gains {}: \
                     training flatters.",
                    rung.name,
                    below.name,
                    (below.trained - rung.trained) * BP,
                    told(gain, BP)
                ));
            }
        }
        if judgement.top().is_some() && !judgement.is_clear() {
            notes.push(format!(
                "Shares are left open: the attainable gain is not above {CLEAR} of its standard errors. Prices know the regime, \
                 so that knowing it need not pay."
            ));
        }
        notes
    }

    fn closing(&self, judgement: &Judgement, paths: usize) -> String {
        let gain = |rung: &Judged| told(rung.gain(&judgement.rungs[0]), BP);
        // What is known by those who look at something, but not at what is hidden.
        let each = |of: &dyn Fn(&Judged) -> String| -> String {
            let seen = judgement.rungs[1..].iter().filter(|rung| rung.name != HIDDEN);
            seen.map(|rung| format!("`{}` {}", rung.name, of(rung))).collect::<Vec<_>>().join(", ")
        };
        let best = format!("over the best fixed size of {} ({paths} fresh paths, weight {})", self.hedge, self.weight);
        match judgement.top() {
            None => format!("Gained {best}, in bp a year: {}; no regime is hidden here.", each(&gain)),
            Some(top) if judgement.is_clear() => {
                let share = |rung: &Judged| format!("gains {} %", told(judgement.share(rung), PERCENT));
                format!("Knowing the hidden regime gains {} bp a year {best}; of this {}.", gain(top), each(&share))
            }
            Some(top) => format!(
                "Knowing the hidden regime gains {} bp a year {best}: not more than chance, so that there is no gain to share; \
                 the others gain {}.",
                gain(top),
                each(&gain)
            ),
        }
    }

    fn json(&self, found: &Found, judgement: &Judgement, paths: usize) -> Value {
        let mean = |measured: &Option<Measured>| {
            number(measured.as_ref().and_then(|found| found.estimate("mean over paths")), BP)
        };
        let nothing = &judgement.rungs[0];
        let entry = |(slot, rung): (usize, &Judged)| {
            // `nothing` has no points: its size stands beside the rungs.
            let best = slot.checked_sub(1).map(|slot| (&self.rungs[slot], &found.rungs[slot]));
            let entry = json!({
                "objective": number(rung.objective(), BP),
                "money_lost": mean(&rung.money_lost),
                "squared_loss": mean(&rung.squared_loss),
                "gain": number(rung.gain(nothing), BP),
                "gain_over_rung_below": number(judgement.below(slot).and_then(|below| rung.gain(below)), BP),
                "share_of_attainable": number(judgement.share(rung), 1.0),
                "objective_in_training": rung.trained * BP,
                "gain_in_training": (nothing.trained - rung.trained) * BP,
                "second": best.and_then(|(rung, _)| rung.second.clone()),
                "multipliers": best.map(|(rung, best)| best.multipliers.chunks(rung.wide()).collect::<Vec<_>>()),
            });
            (rung.name.to_owned(), entry)
        };
        json!({
            "hedge": self.hedge,
            "vix": self.vix,
            "most": self.most,
            "weight": self.weight,
            "train": self.train,
            "paths": paths,
            "beyond": BEYOND,
            "unit": "bp of capital a year",
            "size": found.size,
            "no_hedge": number(judgement.unhedged, BP),
            "attainable_gain": number(judgement.attainable(), BP),
            "rungs": judgement.rungs.iter().enumerate().map(entry).collect::<Map<_, _>>(),
            "left_out": self.left_out.iter().map(|(name, why)| json!({ "rung": name, "why": why })).collect::<Vec<_>>(),
        })
    }
}

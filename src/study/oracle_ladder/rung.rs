//! One rung: what it looks at, and the rules that are straight lines in it.

use crate::rules::{Rule, Shape};
use crate::shelf::Refusal;
use crate::study::question::WritesRules;
use serde_json::{Value, json};

/// Names of the rungs in JSON and tables.
pub(super) const NOTHING: &str = "nothing";
pub(super) const VIX: &str = "vix";
pub(super) const FILTER: &str = "filter";
pub(super) const HIDDEN: &str = "hidden_regime";

/// A second signal of a rung: how it is written, where its points lie and what they are called.
pub(super) struct Second {
    pub(super) name: &'static str,
    pub(super) signal: Value,
    pub(super) at: Vec<f64>,
    pub(super) columns: Vec<String>,
}

/// A rung that looks at something.
pub(super) struct Rung {
    pub(super) name: &'static str,
    /// Points of the second signal; none where the VIX is all.
    pub(super) second: Option<Vec<f64>>,
    /// What they are called; one word for the VIX alone.
    pub(super) columns: Vec<String>,
    /// The rule that is 1 at a point and 0 at all others, for each point: VIX by VIX, second signal within.
    pub(super) hats: Vec<Rule>,
}

impl Rung {
    pub(super) fn of_vix(hedge: &str, vix: &[f64], desk: &mut dyn WritesRules) -> Result<Self, Refusal> {
        let mut hat = |hat: usize| {
            let give: Vec<f64> = (0..vix.len()).map(|i| f64::from(u8::from(i == hat))).collect();
            let scale = json!([{ "signal": { "vix": {} }, "shape": { "table": { "at": vix, "give": give } } }]);
            desk.rule("hat", json!({ "hedge": hedge, "scale": scale }))
        };
        let hats = (0..vix.len()).map(&mut hat).collect::<Result<_, _>>()?;
        Ok(Self { name: VIX, second: None, columns: vec![String::new()], hats })
    }

    pub(super) fn of_both(
        hedge: &str,
        vix: &[f64],
        second: Second,
        desk: &mut dyn WritesRules,
    ) -> Result<Self, Refusal> {
        let Second { name, signal, at, columns } = second;
        let wide = at.len();
        let mut hat = |hat: usize| {
            let one = |i: usize, j: usize| f64::from(u8::from(i * wide + j == hat));
            let give: Vec<Vec<f64>> = (0..vix.len()).map(|i| (0..wide).map(|j| one(i, j)).collect()).collect();
            let surface = json!({ "x": vix, "by": signal, "y": at, "give": give });
            let scale = json!([{ "signal": { "vix": {} }, "shape": { "surface": surface } }]);
            desk.rule("hat", json!({ "hedge": hedge, "scale": scale }))
        };
        let hats = (0..vix.len() * wide).map(&mut hat).collect::<Result<_, _>>()?;
        Ok(Self { name, second: Some(at), columns, hats })
    }

    /// Points of the second signal at each level of the VIX.
    pub(super) fn wide(&self) -> usize {
        self.second.as_ref().map_or(1, Vec::len)
    }

    /// The rule with these multipliers at its points. Between them it stays within theirs, and so within the allowed.
    pub(super) fn rule(&self, vix: &[f64], multipliers: &[f64]) -> Rule {
        let mut rule = self.hats[0].clone();
        let at = vix.to_vec();
        let shape = match &self.second {
            None => Shape::Table { at, give: multipliers.to_vec() },
            Some(y) => {
                let give = multipliers.chunks(y.len()).map(<[f64]>::to_vec).collect();
                Shape::Surface { x: at, y: y.clone(), give }
            }
        };
        for term in rule.legs.iter_mut().flat_map(|leg| &mut leg.scale) {
            term.shape = shape.clone();
        }
        rule
    }

    /// The multipliers of a rule of the VIX, at the points of this rung.
    pub(super) fn widened(&self, of_vix: &[f64]) -> Vec<f64> {
        of_vix.iter().flat_map(|x| std::iter::repeat_n(*x, self.wide())).collect()
    }
}

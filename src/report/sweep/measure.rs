//! The numbers of a sweep that are shown: where each stands at a point, in which unit, and which direction is good.

use super::{Number, Point};

/// A number of a rule at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A metric of summary.json.
    Metric(String),
    /// Rule minus the fixed hedge that loses the same money.
    EqualMoney(&'static str),
}

/// What is shown where nothing is asked for.
pub const SHOWN: [&str; 3] = ["total_cost_bp_per_year", "her_plus21", "es5_yearly"];

/// The differences at equal money that are drawn.
pub const BESIDE: [&str; 3] = ["es5_yearly", "max_drawdown", "her_plus21"];

impl Measure {
    /// Its number for a rule at a point.
    pub fn at<'a>(&self, point: &'a Point, rule: &str) -> Option<&'a Number> {
        let rule = point.rules.get(rule)?;
        match self {
            Self::Metric(name) => rule.metrics.get(name),
            Self::EqualMoney(name) => rule.equal_money.as_ref()?.differences.get(name),
        }
        .filter(|number| number.value.is_some())
    }

    /// Name in summary.json.
    pub fn name(&self) -> &str {
        match self {
            Self::Metric(name) => name,
            Self::EqualMoney(name) => name,
        }
    }

    /// In words.
    pub fn title(&self) -> String {
        let words = match self.name() {
            "total_cost_bp_per_year" => "Money lost",
            "es5_yearly" => "Worst 5 % of years",
            "max_drawdown" => "Largest drawdown",
            "her_pooled" => "HER to the trough",
            "her_plus5" => "HER to 5 days after the trough",
            "her_plus21" => "HER to 21 days after the trough",
            "her_recovery" => "HER to the end of the window",
            "sharpe_hedged" => "Sharpe ratio",
            "mean_multiplier" => "Mean multiplier",
            name => name,
        };
        match self {
            Self::Metric(_) => words.to_owned(),
            Self::EqualMoney(_) => format!("{words}, minus a fixed hedge of equal money"),
        }
    }

    /// Factor and unit in which it is shown.
    pub fn shown(&self, unit: &str) -> (f64, String) {
        let short = |text: &str| text.replace("bp of capital a year", "bp a year");
        match unit {
            "share of capital" => (100.0, "% of capital".to_owned()),
            "share of peak" => (100.0, "% of peak".to_owned()),
            "share of the portfolio's loss" => (1.0, "share of the loss".to_owned()),
            other => (1.0, short(other)),
        }
    }

    /// 1 where more is better, -1 where less is; none where neither is said.
    pub fn good(&self) -> Option<f64> {
        match self.name() {
            "total_cost_bp_per_year"
            | "transaction_cost_bp_per_year"
            | "bleed_bp_per_year"
            | "max_drawdown"
            | "days_under_water" => Some(-1.0),
            "gain_bp_per_year" | "es5_yearly" | "max_drawdown_additive" | "growth_per_year" | "sharpe_hedged" => {
                Some(1.0)
            }
            name if name.starts_with("her_") => Some(1.0),
            _ => None,
        }
    }

    /// Factor and unit, as the first point that has it tells.
    pub fn scale<'a>(&self, points: impl IntoIterator<Item = &'a Point>, rules: &[String]) -> (f64, String) {
        let known = points.into_iter().find_map(|point| rules.iter().find_map(|rule| self.at(point, rule)));
        known.map_or((1.0, String::new()), |number| self.shown(&number.unit))
    }
}

/// `value ±se`, scaled, digits cut at the second digit of the error.
pub fn show(number: Option<&Number>, scale: f64) -> String {
    let Some((number, value)) = number.and_then(|number| Some((number, number.value?))) else { return "-".to_owned() };
    match number.se.filter(|se| *se > 0.0) {
        Some(se) => {
            let digits = digits(se * scale);
            format!("{:.digits$} ±{:.digits$}", value * scale, se * scale)
        }
        None => format!("{:.2}", value * scale),
    }
}

/// The value alone, with the digits of [`show`] less one.
pub fn brief(number: &Number, scale: f64) -> String {
    let digits = number.se.filter(|se| *se > 0.0).map_or(2, |se| digits(se * scale).saturating_sub(1));
    number.value.map_or_else(|| "-".to_owned(), |value| format!("{:.digits$}", value * scale))
}

fn digits(se: f64) -> usize {
    (1.0 - se.log10().floor()).clamp(0.0, 4.0) as usize
}

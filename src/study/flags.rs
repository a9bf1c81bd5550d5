//! Red flags: signs that a rule's numbers are too good, come from one place, or hide a cost. Every run raises them.
//!
//! A flag is a question, not a verdict: it names the number that raised it. The thresholds on Sharpe ratio and winning
//! months are those of the usual list of back-test warnings; a rule may pass them honestly in a simulated world, where
//! the truth is known, and is flagged all the same.

use super::comparison::Comparison;
use super::measure::{Measured, Rows};
use super::twins::{is_dynamic, quotient};
use crate::engine::{Experiment, Outcome, PathColumn};
use crate::instruments::Endless;
use crate::metrics::review::MONTH;
use crate::metrics::tally::Column;

/// A doubt about one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Slot of the rule.
    pub rule: usize,
    /// What is doubted.
    pub kind: &'static Kind,
    /// The number that raised it, short.
    pub figure: String,
    /// In words, with its numbers.
    pub text: String,
}

/// What a flag doubts.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Short name, stable.
    pub code: &'static str,
    /// What the rules under it have in common.
    pub title: &'static str,
}

const SHARPE: Kind = Kind { code: "sharpe", title: "Sharpe ratio above 1.5, too good to be found again" };
const WINS: Kind =
    Kind { code: "winning_months", title: "hedge wins in more than 80 % of months: what loses in the others?" };
const ONE_SPEED: Kind =
    Kind { code: "one_crisis_type", title: "gain from one type of crash, which makes less than half of the loss" };
const ONE_WINDOW: Kind = Kind { code: "one_window", title: "more than half of the gain from a single crash" };
const INPUTS: Kind = Kind { code: "many_inputs", title: "more than three inputs invite overfitting" };
const COST: Kind = Kind {
    code: "over_budget",
    title: "costs more than its budget, or than 2 % of capital a year where none is stated",
};
const HOLDS_LESS: Kind = Kind { code: "holds_less", title: "loses less money only because it holds less" };
const VANISHES: Kind = Kind { code: "vanishes_after_trough", title: "merit at the trough that is gone 21 days later" };
const ENDLESS: Kind = Kind { code: "unbounded_short", title: "short of something whose loss has no bound" };

/// Sharpe ratio above which a rule is too good.
const MOST_SHARPE: f64 = 1.5;

/// Share of months won above which a hedge is too good.
const MOST_WINS: f64 = 0.80;

/// Share of the gain that one type of crash may make without being suspicious.
const MOST_OF_ONE_SPEED: f64 = 0.80;

/// More signals than this invite overfitting.
const MOST_INPUTS: usize = 3;

/// Money that a rule without a budget may lose, share of capital a year.
const MOST_LOST: f64 = 0.02;

/// A number and what it says.
type Raised = Option<(String, String)>;

/// Flags that need no run: too many inputs, shorts without bound.
pub fn standing(experiment: &Experiment) -> Vec<Flag> {
    raise(experiment, &[(&INPUTS, &|rule| inputs(experiment, rule)), (&ENDLESS, &|rule| endless(experiment, rule))])
}

/// All flags of a run, by kind and rule.
pub fn flags(experiment: &Experiment, outcome: &Outcome, comparison: Option<&Comparison>) -> Vec<Flag> {
    let see = |rule: usize| Sight { experiment, rows: Rows { outcome, rule, days: experiment.grid.days() } };
    let mut list = raise(
        experiment,
        &[
            (&SHARPE, &|rule| see(rule).sharpe()),
            (&WINS, &|rule| see(rule).wins()),
            (&ONE_SPEED, &|rule| see(rule).one_speed()),
            (&ONE_WINDOW, &|rule| see(rule).one_window()),
            (&COST, &|rule| see(rule).cost()),
            (&HOLDS_LESS, &|rule| see(rule).holds_less(comparison?.against)),
            (&VANISHES, &|rule| see(rule).vanishes()),
        ],
    );
    list.extend(standing(experiment));
    list
}

fn raise(experiment: &Experiment, kinds: &[(&'static Kind, &dyn Fn(usize) -> Raised)]) -> Vec<Flag> {
    let of = |(kind, find): &(&'static Kind, &dyn Fn(usize) -> Raised)| -> Vec<Flag> {
        let flag = |rule| find(rule).map(|(figure, text)| Flag { rule, kind, figure, text });
        (0..experiment.named).filter_map(flag).collect()
    };
    kinds.iter().flat_map(of).collect()
}

fn inputs(experiment: &Experiment, rule: usize) -> Raised {
    let inputs = experiment.rules[rule].complexity().inputs;
    let text = format!("looks at {inputs} signals; more than {MOST_INPUTS} invite overfitting");
    (inputs > MOST_INPUTS).then(|| (format!("{inputs} inputs"), text))
}

fn endless(experiment: &Experiment, rule: usize) -> Raised {
    let legs = experiment.rules[rule].legs.iter().find_map(|leg| {
        let (short, name) = (leg.may_be_short(), &experiment.instrument_names[leg.instrument]);
        match experiment.instruments[leg.instrument].endless() {
            Endless::Short if short => Some((name, "may be short of it")),
            Endless::Long => Some((name, "holds what it writes")),
            Endless::Never | Endless::Short => None,
        }
    });
    legs.map(|(name, how)| (name.clone(), format!("{name}: the rule {how}, and what that can lose has no bound")))
}

/// A named rule and its run.
struct Sight<'a> {
    experiment: &'a Experiment,
    rows: Rows<'a>,
}

impl<'a> Sight<'a> {
    fn sum(&self, column: Column) -> f64 {
        self.rows.column(column).iter().sum()
    }

    fn portfolio(&self, column: PathColumn) -> f64 {
        self.rows.outcome.path_column(column).iter().sum()
    }

    /// The fixed hedge that belongs to the rule.
    fn fixed(&self) -> Rows<'a> {
        Rows { rule: self.experiment.fixed[self.rows.rule], ..self.rows }
    }

    fn sharpe(&self) -> Raised {
        let value = self.rows.sharpe()?.value;
        let text = format!("Sharpe ratio {value:.2} of portfolio and hedge, above {MOST_SHARPE}");
        (value > MOST_SHARPE).then(|| (format!("{value:.2}"), text))
    }

    fn wins(&self) -> Raised {
        let months = (self.rows.days / MONTH * self.rows.outcome.paths) as f64;
        let share = self.sum(Column::MonthsWon) / months;
        let text = format!("the hedge earns money in {:.1} % of {months} months of {MONTH} days", 100.0 * share);
        (share > MOST_WINS).then(|| (format!("{:.0} %", 100.0 * share), text))
    }

    fn one_speed(&self) -> Raised {
        let (gain, loss) = (self.sum(Column::GainTrough), self.portfolio(PathColumn::Loss));
        let suspicious = |(what, column, path): (&'static str, Column, PathColumn)| {
            let (of_gain, of_loss) = (self.sum(column) / gain, self.portfolio(path) / loss);
            let text = format!(
                "{:.0} % of what it gains in crashes comes from {what}, which make {:.0} % of the portfolio's loss",
                100.0 * of_gain.min(1.0),
                100.0 * of_loss
            );
            let raised = gain > 0.0 && of_gain > MOST_OF_ONE_SPEED && of_loss < 0.5;
            raised.then(|| (format!("{:.0} %", 100.0 * of_gain.min(1.0)), text))
        };
        [
            ("falls of at most 5 days", Column::GainFlash, PathColumn::LossFlash),
            ("falls of 6 to 21 days", Column::GainFast, PathColumn::LossFast),
            ("falls of more than 21 days", Column::GainGrind, PathColumn::LossGrind),
        ]
        .into_iter()
        .find_map(suspicious)
    }

    fn one_window(&self) -> Raised {
        let best = self.rows.column(Column::BestWindow).iter().copied().fold(0.0, f64::max);
        let (gain, windows) = (self.sum(Column::GainTrough), self.portfolio(PathColumn::Windows));
        let text =
            format!("one of {windows} crashes makes {:.0} % of what it gains in all of them", 100.0 * best / gain);
        (gain > 0.0 && best > 0.5 * gain).then(|| (format!("{:.0} %", 100.0 * best / gain), text))
    }

    fn cost(&self) -> Raised {
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let budgets = self.experiment.rules[self.rows.rule].legs.iter().map(|leg| leg.limits.budget);
        let budget: f64 = budgets.sum();
        if budget.is_finite() && budget > 0.0 {
            let years = (self.rows.days * self.rows.outcome.paths) as f64 / crate::grid::DAYS_PER_YEAR;
            let paid = self.sum(Column::Paid) / years;
            let text = format!(
                "pays {} of capital a year in premium and trading cost, above its budget of {}",
                percent(paid),
                percent(budget)
            );
            // A year that has only begun may have paid for the days to come: the purse lets it.
            let own = self.rows.days as f64 / crate::grid::DAYS_PER_YEAR;
            let allowed = budget * own.ceil() / own * (1.0 + 1e-9);
            return (paid > allowed).then(|| (percent(paid), text));
        }
        let lost = self.rows.cost()?.value * 1e-4;
        let text =
            format!("loses {} of capital a year, above {}; no budget is stated", percent(lost), percent(MOST_LOST));
        (lost > MOST_LOST).then(|| (percent(lost), text))
    }

    /// Cheaper than the benchmark, beyond the error, while a fixed hedge of the same mean multiplier is no dearer.
    fn holds_less(&self, against: usize) -> Raised {
        let benchmark = Rows { rule: against, ..self.rows };
        let hedges =
            |rule: usize| -> Vec<usize> { self.experiment.rules[rule].legs.iter().map(|leg| leg.instrument).collect() };
        if against == self.rows.rule
            || !is_dynamic(&self.experiment.rules[self.rows.rule])
            || hedges(against) != hedges(self.rows.rule)
        {
            return None;
        }
        let (cost, fixed) = (self.rows.cost()?, self.fixed());
        let saved = cost.minus(&benchmark.cost()?);
        let size = quotient(&self.rows.multiplier()?, &fixed.multiplier()?);
        let saved_at_size = cost.minus(&scaled(&fixed.cost()?, &size));
        let text = format!(
            "loses {:.0} bp a year less than the benchmark, and {:+.0} bp beside the fixed hedge of its mean multiplier {:.2}: \
             what it saves is size",
            -saved.value, saved_at_size.value, size.value
        );
        (side(&saved) < 0.0 && side(&saved_at_size) >= 0.0).then(|| (format!("{:+.0} bp", saved_at_size.value), text))
    }

    /// Pays back more than the fixed hedge that loses the same money, read at the trough, but not 21 days later.
    fn vanishes(&self) -> Raised {
        let fixed = self.fixed();
        let lost = fixed.cost()?;
        if !is_dynamic(&self.experiment.rules[self.rows.rule]) || side(&lost) == 0.0 {
            return None;
        }
        let size = quotient(&self.rows.cost()?, &lost);
        let merit = |column| {
            let her = |rows: &Rows<'_>| rows.her(column, PathColumn::Loss);
            Some(her(&self.rows)?.minus(&scaled(&her(&fixed)?, &size)))
        };
        let (trough, later) = (merit(Column::GainTrough)?, merit(Column::GainPlus21)?);
        let text = format!(
            "HER {:+.3} beside the fixed hedge that loses the same money at the trough, {:+.3} at 21 days after it",
            trough.value, later.value
        );
        let raised = size.value > 0.0 && side(&trough) > 0.0 && side(&later) <= 0.0;
        raised.then(|| (format!("{:+.3} to {:+.3}", trough.value, later.value), text))
    }
}

/// What a fixed hedge shows at a size that is itself estimated.
fn scaled(whole: &Measured, size: &Measured) -> Measured {
    Measured { value: whole.value * size.value, ..whole.combine(size.value, size, whole.value) }
}

/// Differences below this are rounding: basis points, or parts of a HER.
const ROUNDING: f64 = 1e-9;

/// Sign beyond two standard errors, otherwise 0; the plain sign where one path leaves no error.
fn side(measured: &Measured) -> f64 {
    match measured.se() {
        Some(se) if measured.value.abs() <= 2.0 * se => 0.0,
        _ if measured.value.abs() < ROUNDING => 0.0,
        _ => measured.value.signum(),
    }
}

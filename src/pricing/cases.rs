//! Questions to the formulas of this room, one at a time, and their answers under the names that case files give them.
//!
//! Contract: options to 1e-10 of spot, greeks and VIX futures to 1e-6, the VIX and variance swaps to 1e-9 relative, the
//! characteristic function to 1e-11: `tests/price.rs` holds them to the reference. Inputs have been checked by the reader.

use super::black;
use super::cos::{self, Contract};
use super::futures::vix_future;
use super::implied;
use super::law::{Model, Variance};
use super::transform::characteristic;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Question {
    /// A European option at one constant volatility: no model is needed.
    BlackScholes {
        /// The option.
        contract: Contract,
        /// Decimal per root year.
        volatility: f64,
        /// Riskless rate, continuous, per year.
        rate: f64,
        /// Dividend yield, continuous, per year.
        dividend: f64,
    },
    /// Anything that is asked of a model.
    OfModel {
        /// Slot of the model.
        model: usize,
        /// Spot variance, decimal per year; a model of constant variances does not look at it.
        variance: f64,
        /// Regime at the start.
        regime: usize,
        /// What of it.
        what: What,
    },
}

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Price of an option and its implied volatility.
    Option(Contract),
    /// Price of an option and its greeks.
    Greeks(Contract),
    /// The VIX, and what it is made of.
    Vix,
    /// The future on the VIX that expires in so many years.
    VixFuture {
        /// Years to expiry.
        years: f64,
    },
    /// The fair strike of a variance swap.
    VarianceSwap {
        /// Years to expiry.
        years: f64,
    },
    /// The characteristic function of the log price over its forward.
    Characteristic {
        /// Years ahead.
        years: f64,
        /// Argument: real and imaginary part, the latter from -1 to 0.
        u: (f64, f64),
    },
}

/// One number or list of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A number.
    Number(f64),
    /// A number a regime.
    Numbers(Vec<f64>),
    /// There is none: an implied volatility that the price does not determine.
    Nothing,
}

/// All numbers of one answer, by name.
pub type Answers = Vec<(&'static str, Answer)>;

/// Answers a question; `models` are what its slot points into.
///
/// # Errors
/// A sentence when a number of the answer is not finite: the model is beyond what floating point can hold.
pub fn answer(question: &Question, models: &[Model]) -> Result<Answers, String> {
    let answers = match *question {
        Question::BlackScholes { contract, volatility, rate, dividend } => {
            let got = black::european(&contract, volatility, rate, dividend);
            numbers([
                ("price", got.price),
                ("delta", got.delta),
                ("gamma", got.gamma),
                ("vega", got.vega),
                ("theta", got.theta),
                ("rho", got.rho),
            ])
        }
        Question::OfModel { model, variance, regime, what } => of_model(&models[model], variance, regime, what),
    };
    let finite = |answer: &Answer| match answer {
        Answer::Number(x) => x.is_finite(),
        Answer::Numbers(list) => list.iter().all(|x| x.is_finite()),
        Answer::Nothing => true,
    };
    match answers.iter().find(|(_, answer)| !finite(answer)) {
        Some((name, _)) => Err(format!("the {name} is not a finite number: the inputs are too extreme for this model")),
        None => Ok(answers),
    }
}

fn numbers<const N: usize>(list: [(&'static str, f64); N]) -> Answers {
    list.into_iter().map(|(name, x)| (name, Answer::Number(x))).collect()
}

fn of_model(model: &Model, variance: f64, regime: usize, what: What) -> Answers {
    let has_variance = model.law.variance != Variance::Constant;
    match what {
        What::Option(contract) => {
            let price = cos::option(model, &contract, variance, regime).price;
            let volatility = quoted_volatility(model, &contract, price);
            vec![("price", Answer::Number(price)), ("implied_vol", volatility.map_or(Answer::Nothing, Answer::Number))]
        }
        What::Greeks(contract) => {
            let got = cos::option(model, &contract, variance, regime);
            let vega = if has_variance { got.vega_variance } else { 0.0 };
            let mut list = numbers([
                ("price", got.price),
                ("delta", got.delta),
                ("gamma", got.gamma),
                ("vega_v", vega),
                ("theta", got.theta),
            ]);
            if has_variance {
                let vix = model.law.vix_squared();
                let per_point = 2.0 * (vix.a[regime] + vix.b * variance).sqrt() / vix.b;
                list.push(("vega_vix", Answer::Number(vega * per_point)));
            }
            list
        }
        What::Vix => {
            let vix = model.law.vix_squared();
            let index = (vix.a[regime] + vix.b * variance).sqrt();
            vec![("vix", Answer::Number(index)), ("a", Answer::Numbers(vix.a)), ("b", Answer::Number(vix.b))]
        }
        What::VixFuture { years } => numbers([("future", vix_future(model, variance, regime, years))]),
        What::VarianceSwap { years } => {
            let strike = model.law.variance_strike(years);
            let expected = strike.a[regime] + strike.b * variance;
            numbers([("variance", expected), ("vol_points", 100.0 * expected.sqrt())])
        }
        What::Characteristic { years, u } => {
            let (re, im) = characteristic(model, years, variance, regime, u);
            numbers([("re", re), ("im", im)])
        }
    }
}

/// How far a model's option price may be off, as a share of spot.
const PRICE_ERROR: f64 = 1e-10;

/// The implied volatility of a model's price, where the price determines it to half a hundredth of a point; deep out of the
/// money a price is too small to tell.
pub fn quoted_volatility(model: &Model, contract: &Contract, price: f64) -> Option<f64> {
    let volatility = implied::volatility(contract, price, model.rate, model.dividend)?;
    let vega = black::european(contract, volatility, model.rate, model.dividend).vega;
    (PRICE_ERROR * contract.spot <= 0.5e-4 * vega).then_some(volatility)
}

//! `price`: what options, VIX futures and variance swaps are worth, in the cases of a file or the market of a scenario.

use super::{Changes, Done, Failure, out};
use hedgelab::market::Facts;
use hedgelab::pricing::cases::{Answers, answer};
use hedgelab::pricing::law::Model;
use hedgelab::report;
use hedgelab::scenario::{CaseFile, Loaded, Priceable, nearest};
use hedgelab::study::beliefs::{Spot, prices};
use hedgelab::units::{SpotVariance, VixPoints};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Schema of the document on stdout.
pub const SCHEMA: &str = "hedgelab.price/1";

const EXAMPLES: &str = "\
Examples:
  hedgelab price scenarios/three-regimes.yaml            surface, VIX futures, swaps by regime
  hedgelab price scenarios/three-regimes.yaml --vix 30 --asset NDX
  hedgelab price cases.json --json                       the same cases with their values

A file of cases, in JSON or YAML, is told from a scenario by its key `cases`:
  models:
    bates: { kind: svcj, G: [[0]], kappa: 3, xi: 0.5, rho: -0.7, theta: [0.04], lam: [0.8],
             mu: [-0.1], delta: [0.08], eta: [0], r: 0.03, q: 0.01 }
  cases:
    - { type: option, model: bates, inputs: { S: 100, K: 95, tau: 0.25, v: 0.04, k: 0, cp: -1 } }

Types and inputs (years from 0.0001 to 30; cp 1 call, -1 put; k counts regimes from 0):
  black_scholes S K tau r q vol cp   option, greeks S K tau v k cp   cf u tau v k
  vix v k   vix_future v k T   varswap v k tau
Models: svcj, or rsln with constant variances `theta`, which does not look at v. switch_mu and
switch_delta, [from][to], add jumps at switches. Vega and rho are for 1.00, theta a year.";

/// Price the cases of a file, or show what the prices of a scenario believe
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// File of cases (JSON or YAML), or scenario file
    #[arg(value_name = "FILE|SCENARIO")]
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Asset of the scenario whose prices are shown [default: the one whose VIX it is]
    #[arg(long, value_name = "NAME")]
    asset: Option<String>,
    /// Spot variance in each regime, decimal a year [default: the regime's long-run level under the real-world law]
    #[arg(long, value_name = "X", allow_hyphen_values = true, conflicts_with = "vix")]
    variance: Option<f64>,
    /// VIX in each regime, points
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true)]
    vix: Option<f64>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Does it.
pub fn price(verb: &Verb) -> Result<Done, Failure> {
    let (document, text) = match verb.changes.load_priceable(&verb.file)? {
        Priceable::Cases(file) => verb.cases(&file)?,
        Priceable::Scenario(loaded) => verb.scenario(&loaded)?,
    };
    if verb.json {
        let mut whole = Map::from_iter([("schema".to_owned(), json!(SCHEMA)), ("ok".to_owned(), json!(true))]);
        whole.extend(document);
        out::print_json(&Value::Object(whole))?;
    } else {
        out::print(&text)?;
    }
    Ok(Done::Fine)
}

impl Verb {
    fn cases(&self, file: &CaseFile) -> Result<(Map<String, Value>, String), Failure> {
        let given =
            [("--asset", self.asset.is_some()), ("--variance", self.variance.is_some()), ("--vix", self.vix.is_some())];
        if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
            return Err(Failure::usage(format!("`{option}` is for scenarios; a file of cases states it in each case")));
        }
        let models: Vec<Model> = file.models.iter().map(|(_, model)| model.clone()).collect();
        let answers: Vec<Result<Answers, String>> =
            file.cases.par_iter().map(|case| answer(&case.question, &models)).collect();
        let answers = answers
            .into_iter()
            .enumerate()
            .map(|(index, answer)| answer.map_err(|message| format!("cases[{index}]: {message}")))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|message| Failure::said("price", message))?;
        Ok((file.document(&answers), report::cases::text(file, &answers)))
    }

    fn scenario(&self, loaded: &Loaded) -> Result<(Map<String, Value>, String), Failure> {
        let facts = loaded.plan.experiment.market.facts();
        let spot = self.spot()?;
        let asset = self.slot(facts)?;
        let prices = prices(facts, asset, spot).map_err(|message| Failure::said("price", message))?;
        let name = &loaded.plan.name;
        Ok((report::beliefs::json(name, facts, &prices), report::beliefs::text(name, facts, &prices)))
    }

    fn spot(&self) -> Result<Spot, Failure> {
        let wrong = |option: &'static str| move |message: String| Failure::usage(format!("`{option}` {message}"));
        Ok(match (self.variance, self.vix) {
            (Some(x), _) => Spot::Variance(SpotVariance::new(x).map_err(wrong("--variance"))?.get()),
            (_, Some(x)) => Spot::Vix(VixPoints::new(x).map_err(wrong("--vix"))?.get()),
            _ => Spot::Level,
        })
    }

    /// Slot of the asset that is asked for; none asks for the one whose VIX it is.
    fn slot(&self, facts: &Facts) -> Result<Option<usize>, Failure> {
        let Some(asked) = &self.asset else { return Ok(None) };
        let slot = facts.assets.iter().position(|name| name == asked);
        slot.map(Some).ok_or_else(|| {
            let all = format!("the assets are {}", facts.assets.join(", "));
            let close = nearest(asked, facts.assets.iter().map(String::as_str));
            let help = close.map_or_else(|| all.clone(), |close| format!("did you mean `{close}`? {all}"));
            Failure::usage(format!("there is no asset `{asked}`")).help(help)
        })
    }
}

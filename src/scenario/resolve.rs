//! From what was written to what it means: names become slots, grids become members, and everything is checked together.

use super::claims::Names;
use super::crash::crash;
use super::hedges::{Hedges, instruments};
use super::raw::{self, PortfolioRebalance};
use super::rules::{Clerk, Desk, Expanded};
use super::sampling::{precision, sampling, sampling_caution};
use super::sealed::sealed;
use crate::engine::{Experiment, Family, MOST_ROWS, Twist};
use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::instruments::{Needs, Prices};
use crate::market::{AssetTraits, Market};
use crate::portfolio::Portfolio;
use crate::rules::Rule;
use crate::scenario::{nearest, read};
use crate::shelf::Refusal;
use crate::stats::splits::{WalkForward as Splitter, Window, halves};
use crate::study::claims::Claim;
use crate::study::comparison::{Comparison, Twin};
use crate::study::evaluate::{Task, bytes_per_path};
use crate::study::mistakes::Pair;
use crate::study::objective::Objective;
use crate::study::precision::Precision;
use crate::study::question::Question;
use crate::study::trials::Grid;
use crate::study::walk_forward::WalkForward;
use crate::units::{Positive, PositiveCount, Variance, VolatilityMultiple, WarmUpDays, Weight};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

/// A scenario that can be run.
#[derive(Clone)]
pub struct Plan {
    /// As it was written, overrides included: what a report tells in the reader's own words.
    pub raw: raw::Scenario,
    /// Short name.
    pub name: String,
    /// The question, in words.
    pub question: Option<String>,
    /// All that changes the answer.
    pub experiment: Experiment,
    /// Is it one real path?
    pub history: bool,
    /// Comparison with a benchmark, where asked for.
    pub comparison: Option<Comparison>,
    /// Choices over tuned rules: the halves and the walk-forward.
    pub choices: Vec<WalkForward>,
    /// What is said of rules and market.
    pub claims: Vec<Claim>,
    /// Mistakes beside their cures.
    pub mistakes: Vec<Pair>,
    /// Studies that walk rules of their own.
    pub questions: Vec<Arc<dyn Question>>,
    /// Names of stated crash windows.
    pub window_names: Vec<String>,
    /// Cautions about the market and the rules, in words.
    pub cautions: Vec<String>,
    /// Seeds that are kept for one last judgement.
    pub sealed: Option<RangeInclusive<u64>>,
    /// The precision to run for.
    pub precision: Option<Precision>,
}

impl Plan {
    /// Is its seed one that is kept for a last judgement?
    pub fn is_sealed(&self) -> bool {
        self.sealed.as_ref().is_some_and(|seeds| seeds.contains(&self.experiment.seed))
    }

    /// What it asks to be evaluated, as if nothing had been tried before.
    pub fn task(&self) -> Task<'_> {
        Task {
            experiment: &self.experiment,
            comparison: self.comparison.as_ref(),
            choices: &self.choices,
            claims: &self.claims,
            mistakes: &self.mistakes,
            questions: &self.questions,
            history: self.history,
            earlier_trials: 0,
            precision: self.precision,
        }
    }
}

/// Warm-up where none is stated: a year, so that every usual look-back is full.
const WARM_UP: u64 = 252;

/// Most paths of one run.
const MOST_PATHS: u64 = 10_000_000;

/// Most memory that the rows of a run may take, bytes.
const MOST_MEMORY: f64 = 16e9;

/// Most rules and grid members together.
const MOST_RULES: usize = 5_000;

pub(super) type Refusals = Vec<(String, Refusal)>;

/// Resolves a scenario; `beside` is the folder of its file, where relative files are looked for.
///
/// # Errors
/// Every refusal with the path of the part it is about.
pub fn resolve(raw: &raw::Scenario, beside: Option<&Path>) -> Result<Plan, Refusals> {
    let mut refusals = Refusals::new();
    let Some(market) = market(raw, beside, &mut refusals) else {
        return Err(refusals);
    };
    let market: Arc<dyn Market> = Arc::from(market);
    let history = market.calendar().is_some();
    let (grid, portfolio) = (grid(raw, market.as_ref(), &mut refusals), portfolio(raw, &mut refusals));
    let (Some(grid), Some(portfolio)) = (grid, portfolio) else {
        return Err(refusals);
    };
    if let Err(refusal) = market.fits(grid) {
        place(&mut refusals, &format!("market.{}", raw.market.name()), refusal);
    }
    let mut dials = Desk::new(market.facts(), Vec::new(), (Vec::new(), Vec::new()), grid);
    let Hedges { instruments, names, rungs } =
        instruments(raw, market.as_ref(), grid, &portfolio, &mut dials, &mut refusals);
    let exposed = instruments.iter().map(|instrument| instrument.has_exposure()).collect();
    let mut desk = Desk::new(market.facts(), rungs, (names, exposed), grid);
    let rules = rules(raw, &mut desk, &mut refusals);
    let crash = crash(raw, market.as_ref(), grid, &mut refusals);
    let comparison = comparison(raw, history, &mut refusals);
    let questions = questions(raw, beside, &mut desk, history, &mut refusals);
    let sealed = sealed(raw, history, &mut refusals);
    let sampling = sampling(raw, market.as_ref(), grid, &mut refusals);
    let precision = precision(raw, sampling.0, &mut refusals);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let Some((crash, window_names)) = crash else {
        return Err(refusals);
    };
    let walked = Walked::new(&rules);
    let mut needs = Needs::default();
    instruments.iter().for_each(|instrument| instrument.needs(&mut needs));
    desk.signals.iter().chain(&dials.signals).for_each(|signal| signal.needs(&mut needs));
    let prices = Prices::new(market.facts(), needs);
    let experiment = Experiment {
        market: Arc::clone(&market),
        grid,
        seed: raw.seed.map_or(0, crate::units::Count::get),
        rows: raw.rows.map_or(MOST_ROWS, PositiveCount::get),
        sampling: sampling.0,
        controls: sampling.1,
        paths: if history { 1 } else { raw.paths.map_or(0, PositiveCount::get) },
        portfolio,
        instruments: Arc::new(instruments),
        prices: Arc::new(prices),
        instrument_names: desk.names,
        dials: Arc::new(dials.signals),
        signals: Arc::new(desk.signals),
        unhedged: walked.unhedged,
        twists: vec![Twist::None; walked.rules.len()],
        rules: walked.rules,
        named: rules.len(),
        fixed: walked.fixed,
        families: walked.families,
        crash,
    };
    for (question, name) in questions.iter().zip(raw.study.questions().iter().map(|(name, _)| name)) {
        if let Err(refusal) = question.fits(&experiment) {
            place(&mut refusals, &format!("study.{name}"), refusal);
        }
    }
    let extra = questions.iter().map(|question| question.bytes(&experiment)).sum();
    check_size(&experiment, comparison.as_ref(), extra, &mut refusals);
    let choices = choices(raw, &experiment, &mut refusals);
    let names = Names { experiment: &experiment, comparison: comparison.as_ref(), choices: &choices };
    let claims = names.claims(raw.study.claims.as_deref().unwrap_or_default(), &mut refusals);
    let mistakes = raw.study.mistake.as_ref().map_or_else(Vec::new, |list| names.pairs(list, &mut refusals));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let knows = dials
        .oracle
        .then(|| "the terms of an instrument follow hidden truth: it is an oracle, for comparison only".to_owned());
    let drawn = sampling_caution(experiment.sampling, experiment.paths, market.facts(), grid);
    let cautions = market.facts().cautions().into_iter().chain(knows).chain(drawn);
    let cautions = cautions.chain(rules.iter().flat_map(|rule| rule.cautions.clone()));
    Ok(Plan {
        raw: raw.clone(),
        name: raw.name.clone(),
        question: raw.question.clone(),
        experiment,
        history,
        comparison,
        choices,
        claims,
        mistakes,
        questions,
        window_names,
        cautions: cautions.collect(),
        sealed,
        precision,
    })
}

pub(super) fn refuse(into: &mut Refusals, path: &str, field: &str, message: impl Into<String>) {
    into.push((path.to_owned(), Refusal::new(field, message)));
}

/// Puts a refusal of a part under its path; a field that starts with `/` counts from the root.
pub(super) fn place(into: &mut Refusals, path: &str, refusal: Refusal) {
    match refusal.field.strip_prefix('/') {
        Some(field) => {
            let field = field.to_owned();
            into.push((String::new(), Refusal { field, ..refusal }));
        }
        None => into.push((path.to_owned(), refusal)),
    }
}

fn market(raw: &raw::Scenario, beside: Option<&Path>, refusals: &mut Refusals) -> Option<Box<dyn Market>> {
    let assets: Vec<AssetTraits> = raw
        .portfolio
        .assets
        .iter()
        .map(|(name, asset)| AssetTraits {
            name: name.clone(),
            spot: asset.spot.map(Positive::get),
            volatility: asset.volatility.map(VolatilityMultiple::get),
            leverage: asset.leverage.map(crate::units::Correlation::get),
            crash: asset.crash.map(Weight::get),
            own_variance: asset.own_variance.map(Variance::get),
            premium: asset.premium.map(crate::units::Finite::get),
            correlation: asset.correlation.map(crate::units::Correlation::get),
            pairs: asset
                .pairs
                .as_ref()
                .map(|pairs| pairs.iter().map(|(other, x)| (other.clone(), x.get())).collect())
                .unwrap_or_default(),
        })
        .collect();
    for asset in &assets {
        for (other, _) in &asset.pairs {
            if *other == asset.name || !assets.iter().any(|known| known.name == *other) {
                let path = format!("portfolio.assets.{}.pairs.{other}", asset.name);
                refuse(refusals, &path, "", format!("there is no other asset `{other}`"));
            }
        }
    }
    let mut spec = raw.market.clone();
    if let (Some(history), Some(beside)) = (&mut spec.history, beside)
        && history.csv.is_relative()
        && !history.csv.exists()
        && beside.join(&history.csv).exists()
    {
        history.csv = beside.join(&history.csv);
    }
    let kind = spec.only()?;
    if kind.is_history() {
        for (field, given) in [
            ("paths", raw.paths.is_some()),
            ("years", raw.years.is_some()),
            ("seed", raw.seed.is_some()),
            ("rows", raw.rows.is_some()),
        ] {
            if given {
                refuse(
                    refusals,
                    field,
                    "",
                    "a history market is one real path: leave `paths`, `years`, `seed` and `rows` out",
                );
            }
        }
    } else {
        for (field, given) in
            [("paths", raw.paths.is_some()), ("years", raw.years.is_some()), ("seed", raw.seed.is_some())]
        {
            if !given {
                refuse(
                    refusals,
                    "",
                    "",
                    format!("`{field}` is missing: a simulated market needs `seed`, `paths` and `years`"),
                );
            }
        }
    }
    match kind.build(&assets) {
        Ok(market) => Some(market),
        Err(refusal) => {
            place(refusals, &format!("market.{}", spec.name()), refusal);
            None
        }
    }
}

fn grid(raw: &raw::Scenario, market: &dyn Market, refusals: &mut Refusals) -> Option<TimeGrid> {
    let warm_up = raw.warm_up.map_or(WARM_UP, WarmUpDays::get) as usize;
    let rows = match market.calendar() {
        Some(dates) => dates.len(),
        None => {
            let years = raw.years.map_or(0.0, Positive::get);
            if !(years <= 1_000.0) {
                refuse(refusals, "years", "", format!("is {years}, must be at most 1000"));
                return None;
            }
            warm_up + (years * DAYS_PER_YEAR).round() as usize
        }
    };
    match TimeGrid::new(rows, warm_up) {
        Ok(grid) => Some(grid),
        Err(message) => {
            let at = if raw.years.is_some() && raw.warm_up.is_none() { "years" } else { "warm_up" };
            refuse(refusals, at, "", message);
            None
        }
    }
}

fn portfolio(raw: &raw::Scenario, refusals: &mut Refusals) -> Option<Portfolio> {
    let weights = raw.portfolio.assets.iter().map(|(_, asset)| asset.weight.get()).collect();
    let every = match raw.portfolio.rebalance {
        PortfolioRebalance::Daily => 1,
        PortfolioRebalance::Every(days) => days.get() as usize,
    };
    match Portfolio::new(raw.portfolio.capital.get(), weights, every) {
        Ok(portfolio) => Some(portfolio),
        Err(message) => {
            refuse(refusals, "portfolio", "assets", message);
            None
        }
    }
}

fn rules(raw: &raw::Scenario, desk: &mut Desk<'_>, refusals: &mut Refusals) -> Vec<Expanded> {
    if raw.rules.is_empty() {
        refuse(refusals, "rules", "", "there is no rule; write at least one");
    }
    let mut list = Vec::new();
    let mut total = 0;
    for (name, spec) in raw.rules.iter() {
        if name == "unhedged" {
            refuse(refusals, "rules.unhedged", "", "`unhedged` is the portfolio without a hedge, which every run has");
        }
        match desk.expand(name, spec, MOST_RULES.saturating_sub(total)) {
            Ok(expanded) => {
                total += expanded.members.len();
                list.push(expanded);
            }
            Err(refusal) => refusals.push((format!("rules.{name}"), refusal)),
        }
    }
    list
}

/// Rules in the order in which they are walked.
struct Walked {
    rules: Vec<Rule>,
    fixed: Vec<usize>,
    unhedged: usize,
    families: Vec<Family>,
}

impl Walked {
    /// Named rules first, then one fixed twin for each different set of legs, the unhedged portfolio, then the other members of grids.
    fn new(expanded: &[Expanded]) -> Self {
        let mut rules: Vec<Rule> = expanded.iter().map(|rule| rule.members[0].clone()).collect();
        let named = rules.len();
        let mut fixed = Vec::new();
        for rule in 0..named {
            let legs = rules[rule].fixed_twin();
            let known = rules.iter().position(|twin| twin.legs == legs);
            fixed.push(known.unwrap_or(rules.len()));
            if known.is_none() {
                rules.push(Rule { name: format!("fixed twin of {}", rules[rule].name), legs });
            }
        }
        let unhedged = rules.len();
        rules.push(Rule { name: "unhedged".to_owned(), legs: Vec::new() });
        let mut families = Vec::new();
        for (first, rule) in expanded.iter().enumerate().filter(|(_, rule)| rule.members.len() > 1) {
            let mut members = vec![first];
            for member in &rule.members[1..] {
                members.push(rules.len());
                rules.push(member.clone());
            }
            families.push(Family { name: rule.name.clone(), members, axes: rule.axes.clone() });
        }
        // The untuned rule stands under its plain name; the grid knows its numbers.
        for (rule, expanded) in rules.iter_mut().zip(expanded) {
            rule.name.clone_from(&expanded.name);
        }
        Self { rules, fixed, unhedged, families }
    }
}

fn comparison(raw: &raw::Scenario, history: bool, refusals: &mut Refusals) -> Option<Comparison> {
    let spec = raw.study.compare.as_ref()?;
    let names = raw.rules.names();
    let Some(against) = names.iter().position(|name| *name == spec.against) else {
        let mut refusal = Refusal::new("against", format!("there is no rule `{}`", spec.against));
        if let Some(close) = nearest(&spec.against, names.iter().map(String::as_str)) {
            refusal = refusal.help(format!("did you mean `{close}`?"));
        }
        refusals.push(("study.compare".to_owned(), refusal));
        return None;
    };
    if history && spec.null_world == Some(true) {
        refuse(refusals, "study.compare", "null_world", "history has no world without premia; leave it out");
    }
    let twins = spec.twins.as_ref().map_or(Twin::ALL.to_vec(), |list| list.iter().map(twin).collect());
    Some(Comparison { against, twins, null_world: !history && spec.null_world.unwrap_or(true) })
}

/// The twin that is meant.
pub(super) fn twin(spec: &raw::TwinSpec) -> Twin {
    match spec {
        raw::TwinSpec::EqualMultiplier => Twin::EqualMultiplier,
        raw::TwinSpec::EqualMoney => Twin::EqualMoney,
        raw::TwinSpec::EqualEs => Twin::EqualEs,
        raw::TwinSpec::HoldLess => Twin::HoldLess,
        raw::TwinSpec::Placebo => Twin::Placebo,
    }
}

/// A scenario in the market of another file, with nothing to study: its name, and what it runs.
pub(super) fn in_market_of(
    raw: &raw::Scenario,
    beside: Option<&Path>,
    file: &Path,
) -> Result<(String, Experiment), Refusal> {
    let found = match beside.map(|folder| folder.join(file)).filter(|near| near.exists()) {
        Some(near) => near,
        None => file.to_path_buf(),
    };
    let refuse = |why: String| Refusal::new("", format!("{}: {why}", file.display()));
    let other = read::<raw::Scenario>(&found, &[])
        .map_err(|problems| {
            refuse(problems.list().first().map_or_else(String::new, |problem| problem.message.clone()))
        })?
        .value;
    if other.market.history.is_some() {
        return Err(refuse("is real history, which has no fresh paths".to_owned()));
    }
    let there = raw::Scenario {
        market: other.market,
        sealed: None,
        study: raw::StudySpec { crash: raw.study.crash.clone(), ..raw::StudySpec::default() },
        ..raw.clone()
    };
    let plan = resolve(&there, found.parent()).map_err(|refusals| {
        let first = refusals.into_iter().next();
        refuse(first.map_or_else(String::new, |(path, refusal)| {
            format!(
                "this scenario does not fit its market: {path}{} {}",
                if refusal.field.is_empty() { String::new() } else { format!(".{}", refusal.field) },
                refusal.message
            )
        }))
    })?;
    Ok((other.name, plan.experiment))
}

fn questions(
    raw: &raw::Scenario,
    beside: Option<&Path>,
    desk: &mut Desk<'_>,
    history: bool,
    refusals: &mut Refusals,
) -> Vec<Arc<dyn Question>> {
    let mut clerk = Clerk { desk, history, raw, beside };
    let mut list = Vec::new();
    for (name, spec) in raw.study.questions() {
        match spec.build(&mut clerk) {
            Ok(question) => list.push(Arc::from(question)),
            Err(refusal) => refusals.push((format!("study.{name}"), refusal)),
        }
    }
    list
}

fn choices(raw: &raw::Scenario, experiment: &Experiment, refusals: &mut Refusals) -> Vec<WalkForward> {
    let grids = Grid::all(experiment);
    let (days, longest) = (experiment.grid.days(), experiment.longest_tenor());
    let mut list = Vec::new();
    // Gains count until 21 days after a trough: nearer together, the training days would see the test days.
    let apart = |choose_by, days: usize| {
        let near = choose_by == Some(Objective::HerPlus21) && days < 21;
        near.then(|| "must be at least 21d for her_plus21, whose gains count until 21 days after a trough".to_owned())
    };
    if let Some(spec) = &raw.study.split {
        if let Some(why) = apart(spec.choose_by, spec.gap.map_or(longest, raw::Span::days)) {
            refuse(refusals, "study.split", "gap", why);
        }
        match halves(days, spec.gap.map_or(longest, raw::Span::days)) {
            Ok(split) => {
                list.push(WalkForward::new("split", vec![split], spec.choose_by.unwrap_or_default(), grids.clone()))
            }
            Err(error) => refuse(refusals, "study.split", "", error.to_string()),
        }
    }
    if let Some(spec) = &raw.study.walk_forward {
        let window = match spec.mode.unwrap_or_default() {
            raw::ModeSpec::Rolling => Window::Rolling,
            raw::ModeSpec::Anchored => Window::Anchored,
        };
        let purge = spec.purge.map_or(longest, raw::Span::days);
        if let Some(why) = apart(spec.choose_by, purge) {
            refuse(refusals, "study.walk_forward", "purge", why);
        }
        let made = Splitter::new(spec.train.days(), spec.test.days(), purge, window)
            .and_then(|splitter| splitter.splits(days));
        match made {
            Ok(splits) => {
                list.push(WalkForward::new("walk_forward", splits, spec.choose_by.unwrap_or_default(), grids.clone()))
            }
            Err(error) => refuse(refusals, "study.walk_forward", "", error.to_string()),
        }
    }
    if !list.is_empty() && grids.is_empty() {
        let at = if raw.study.walk_forward.is_some() { "study.walk_forward" } else { "study.split" };
        refusals.push((
            at.to_owned(),
            Refusal::new("", "there is nothing to choose: no rule has a tuned number")
                .help("write `{ tune: [0.1, 0.2, 0.4] }` for a number of a rule"),
        ));
    }
    list
}

fn check_size(experiment: &Experiment, comparison: Option<&Comparison>, extra: f64, refusals: &mut Refusals) {
    let paths = experiment.paths;
    let (rows, each) = experiment.rows_in_memory();
    let per_path = each * bytes_per_path(experiment, comparison);
    if paths > MOST_PATHS {
        refuse(refusals, "paths", "", format!("is {paths}, must be at most {MOST_PATHS}"));
    } else if !(rows as f64 * per_path + extra <= MOST_MEMORY) {
        refuse(
            refusals,
            if each > 1.0 { "rows" } else { "paths" },
            "",
            format!(
                "is {rows}: the rows of {} rules and their twins would take {:.0} GB of memory, at most {:.0} GB are used; at most {} fit",
                experiment.kept(),
                rows as f64 * per_path / 1e9,
                MOST_MEMORY / 1e9,
                (MOST_MEMORY / per_path) as u64
            ),
        );
    }
}

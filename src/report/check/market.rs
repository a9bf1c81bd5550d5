//! The market in words: regimes, crashes and jumps in numbers that a reader knows, and what the prices believe.

use super::changes;
use crate::market::{Facts, Laws, Marking, PremiumSpec, ResponseSpec};
use crate::pricing::law::{Law, LogJump, Variance};
use crate::pricing::vix::Affine;
use crate::report::layout::{count, item, number, percent, table};
use crate::scenario::resolve::Plan;
use crate::units::Finite;

/// One regime in numbers that a reader knows.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RegimeCard {
    /// Name.
    pub name: String,
    /// Root of the long-run variance, decimal per root year; what crashes add to the variance is not in it.
    pub volatility: f64,
    /// VIX at that variance, points.
    pub vix: f64,
    /// Lowest VIX that the regime can show, points.
    pub lowest_vix: f64,
    /// Share of time in the long run.
    pub share: f64,
    /// Expected crashes a year while it lasts.
    pub crashes: f64,
    /// Mean relative fall or rise of the first asset in a crash; nothing without crashes.
    pub crash_size: Option<f64>,
    /// Mean duration in years; nothing for a regime that never ends.
    pub years: Option<f64>,
}

/// The regimes of a simulated market; empty for a real path.
pub fn regimes(facts: &Facts) -> Vec<RegimeCard> {
    let (Some(vix), Some(Laws { real, .. })) = (&facts.vix, &facts.laws) else { return Vec::new() };
    cards(&facts.regimes, real, vix)
}

/// The regimes of a law, and the VIX that belongs to it.
pub(super) fn cards(names: &[String], real: &Law, vix: &Affine) -> Vec<RegimeCard> {
    let stationary = real.stationary();
    (0..names.len())
        .map(|k| {
            let leave = -real.generator[k][k];
            RegimeCard {
                name: names[k].clone(),
                volatility: real.level[k].sqrt(),
                vix: (vix.a[k] + vix.b * real.level[k]).max(0.0).sqrt(),
                lowest_vix: vix.a[k].max(0.0).sqrt(),
                share: stationary[k],
                crashes: real.intensity[k],
                crash_size: (real.intensity[k] > 0.0).then(|| real.jump(k).relative()),
                years: (leave > 0.0).then(|| 1.0 / leave),
            }
        })
        .collect()
}

/// Expected crashes a year in the long run.
pub(super) fn crashes_a_year(facts: &Facts) -> f64 {
    facts.intensity.iter().zip(&facts.stationary).map(|(rate, share)| rate * share).sum()
}

/// Regimes in which the variance reaches zero: 2 kappa theta / xi^2 < 1.
pub(super) fn reaches_zero(facts: &Facts) -> Vec<String> {
    let Some(Laws { real, .. }) = &facts.laws else { return Vec::new() };
    let Variance::SquareRoot { reversion, vol_of_vol } = real.variance else { return Vec::new() };
    let low = |k: &usize| 2.0 * reversion * real.level[*k] < vol_of_vol * vol_of_vol;
    (0..real.regimes()).filter(low).map(|k| facts.regimes[k].clone()).collect()
}

/// The market, and what its prices believe.
pub(super) fn market(plan: &Plan) -> String {
    let facts = plan.experiment.market.facts();
    let grid = plan.experiment.grid;
    let mut out = String::from("\nMarket\n");
    if let Some(days) = plan.experiment.market.calendar() {
        let text = format!(
            "One real path: {} days from {} to {}; the first {} fill the look-backs, {} are evaluated ({} years from {} on). No \
             interest, no dividends. Hedges are marked with Black-Scholes at the VIX.",
            count(grid.rows() as u64),
            days[0],
            days[days.len() - 1],
            grid.first(),
            count(grid.days() as u64),
            number(grid.years()),
            days[grid.first()],
        );
        out.push_str(&item("  ", &text));
        return out;
    }
    let text = format!(
        "{}: {} paths of {} years after {} days of warm-up, seed {}. Rate {} a year, dividends {}.",
        plan.raw.market.name(),
        count(plan.experiment.paths),
        number(grid.years()),
        grid.first(),
        plan.experiment.seed,
        percent(facts.rate),
        percent(facts.dividend)
    );
    out.push_str(&item("  ", &text));
    out.push_str(&regime_table(&regimes(facts)));
    out.push_str(&item(
        "  ",
        &format!("Crashes over all regimes: {} a year are expected.", number(crashes_a_year(facts))),
    ));
    let jumps = switch_jumps(facts);
    if !jumps.is_empty() {
        let list: Vec<String> = jumps.iter().map(SwitchJump::words).collect();
        out.push_str(&item("  ", &format!("The price jumps at switches, on average: {}.", list.join(", "))));
    }
    out.push_str("\nWhat the prices believe\n");
    for line in premia(plan, facts) {
        out.push_str(&item("  - ", &line));
    }
    out.push_str(&changes::text(facts));
    out
}

/// Regimes as a table.
pub(super) fn regime_table(cards: &[RegimeCard]) -> String {
    let head =
        ["regime", "volatility", "VIX there", "lowest VIX", "of the time", "crashes a year", "mean size", "lasts"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for regime in cards {
        rows.push(vec![
            regime.name.clone(),
            format!("{:.1} %", 100.0 * regime.volatility),
            format!("{:.1}", regime.vix),
            format!("{:.1}", regime.lowest_vix),
            format!("{:.1} %", 100.0 * regime.share),
            number(regime.crashes),
            regime.crash_size.map_or("-".to_owned(), |size| format!("{:.1} %", 100.0 * size)),
            regime.years.map_or("for ever".to_owned(), duration),
        ]);
    }
    table(&rows)
}

/// A mean duration in the unit that suits it.
fn duration(years: f64) -> String {
    if years >= 1.5 {
        format!("{years:.1} years")
    } else if years >= 1.5 / 12.0 {
        format!("{:.1} months", 12.0 * years)
    } else {
        format!("{:.0} days", 252.0 * years)
    }
}

/// A jump of the price at a switch.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SwitchJump {
    /// Regime that ends.
    pub from: String,
    /// Regime that begins.
    pub to: String,
    /// Mean relative fall or rise of an asset that crashes once.
    pub size: f64,
    /// Standard deviation of the log jump.
    pub sd: f64,
}

impl SwitchJump {
    fn words(&self) -> String {
        format!("{} to {} {:.1} % (± {})", self.from, self.to, 100.0 * self.size, percent(self.sd))
    }
}

/// Every jump at a switch under the real-world measure, in order of severity.
pub(super) fn switch_jumps(facts: &Facts) -> Vec<SwitchJump> {
    let Some(Laws { real, .. }) = &facts.laws else { return Vec::new() };
    let mut list = Vec::new();
    for (i, row) in real.switch_jump.iter().enumerate() {
        for (j, jump) in row.iter().enumerate().filter(|(_, jump)| **jump != LogJump::default()) {
            let (from, to) = (facts.regimes[i].clone(), facts.regimes[j].clone());
            list.push(SwitchJump { from, to, size: jump.relative(), sd: jump.sd });
        }
    }
    list
}

/// The premia in words.
pub(super) fn premia(plan: &Plan, facts: &Facts) -> Vec<String> {
    let Some(Laws { real, priced }) = &facts.laws else { return Vec::new() };
    let mut list = Vec::new();
    let equity = equity(plan);
    list.push(match &equity {
        Some(spec) => equity_words(spec, &facts.assets[0]),
        None => format!("{} earns no premium over cash.", facts.assets[0]),
    });
    let response = plan.raw.market.regime_svj.as_ref().and_then(|spec| spec.premium.as_ref()?.response);
    match (&priced[..], response) {
        ([low, high], Some(response)) => {
            list.push(response_words(&response));
            for (name, belief) in [("Low", low), ("High", high)] {
                list.extend(beliefs(facts, real, &belief.law).iter().map(|line| format!("{name} set. {line}")));
            }
        }
        _ => list.extend(priced.first().into_iter().flat_map(|belief| beliefs(facts, real, &belief.law))),
    }
    list.push(format!("What is left for diffusive risk a year, by regime: {}.", residuals(facts)));
    let constant = equity.as_ref().is_some_and(|spec| spec.per_variance.is_none());
    let stated =
        plan.raw.portfolio.assets.iter().any(|(_, asset)| asset.premium.is_some() && asset.own_variance.is_none());
    let zero = reaches_zero(facts);
    if (constant || stated) && !zero.is_empty() {
        list.push(format!(
            "In {} the variance reaches zero (2 κ θ / ξ² is below 1). There a constant premium has no equivalent measure in \
             continuous time: it is a convenience of daily steps.",
            zero.join(" and ")
        ));
    }
    list.push(
        match facts.marking {
            Marking::Model => "Hedges are marked by this model, as the prices believe it.",
            Marking::FlatVix { exact: true } => "Hedges are marked with Black-Scholes at the VIX, the true price here.",
            Marking::FlatVix { exact: false } => {
                "Hedges are marked with Black-Scholes at the VIX, which is not this model's own price."
            }
        }
        .to_owned(),
    );
    list
}

/// What one set of premia says of variance, crashes, switches and regimes.
pub(super) fn beliefs(facts: &Facts, real: &Law, priced: &Law) -> Vec<String> {
    let mut list = Vec::new();
    match (real.variance, priced.variance) {
        (Variance::SquareRoot { reversion, .. }, Variance::SquareRoot { reversion: q, .. }) if reversion != q => {
            list.push(format!(
                "Variance: prices assume that shocks fade at {} a year instead of {}, so the long-run variance they see is {} times \
                 the real one.",
                number(q),
                number(reversion),
                number(reversion / q)
            ));
        }
        (Variance::Constant, _) if real.level != priced.level => {
            let dear = (0..real.regimes()).filter(|k| real.level[*k] != priced.level[*k]).map(|k| {
                let volatility = |law: &Law| percent((law.level[k].sqrt() * 1e6).round() / 1e6);
                format!("{} in {} instead of {}", volatility(priced), facts.regimes[k], volatility(real))
            });
            list.push(format!("Volatility: prices believe {}.", dear.collect::<Vec<String>>().join(", ")));
        }
        (Variance::SquareRoot { .. }, _) => list.push("Variance has no premium of its own.".to_owned()),
        (Variance::Constant, _) => {}
    }
    if let Some(k) = (0..real.regimes()).find(|k| real.intensity[*k] > 0.0) {
        let (times, shift) = (priced.intensity[k] / real.intensity[k], priced.jump_mean[k] - real.jump_mean[k]);
        if times == 1.0 && shift == 0.0 {
            list.push("Crashes are priced as they come.".to_owned());
        } else {
            list.push(format!(
                "Crashes: priced {} times as often, their mean log size shifted by {}.",
                number(times),
                number(shift)
            ));
        }
    }
    let jumps = || real.switch_jump.iter().flatten().zip(priced.switch_jump.iter().flatten());
    if let Some((jump, believed)) = jumps().find(|(jump, _)| **jump != LogJump::default()) {
        if jump == believed {
            list.push("Jumps at switches are priced as they come.".to_owned());
        } else {
            list.push(format!(
                "Jumps at switches: their mean log size shifted by {}.",
                number(believed.mean - jump.mean)
            ));
        }
    }
    if real.regimes() > 1 {
        let last = real.regimes() - 1;
        let shares = |law: &Law| percent((law.stationary()[last] * 1e4).round() / 1e4);
        if real.generator == priced.generator {
            list.push("Regimes are priced as they switch.".to_owned());
        } else {
            list.push(format!(
                "Regimes: prices see `{}` {} of the time, in truth it is {}.",
                facts.regimes[last],
                shares(priced),
                shares(real)
            ));
        }
    }
    list
}

fn response_words(spec: &ResponseSpec) -> String {
    let moves = match spec.slope.get() {
        0.0 => "always".to_owned(),
        slope => format!(
            "while the variance stands at its recent mean (half-life {} days), {} {} when it exceeds that by its long-run mean",
            number(spec.delay.get()),
            percent(slope.abs()),
            if slope > 0.0 { "less" } else { "more" }
        ),
    };
    format!(
        "Premia of hedges respond: prices are mixed of a low set ({} times the premia) and a high set ({} times), {} of the latter \
         {moves}.",
        number(spec.low.get()),
        number(spec.high.get()),
        percent(spec.weight.get())
    )
}

fn equity(plan: &Plan) -> Option<PremiumSpec> {
    let market = &plan.raw.market;
    let spec = match (&market.regime_svj, &market.regime_lognormal) {
        (Some(spec), _) => spec.premium.as_ref()?.equity.clone()?,
        (_, Some(spec)) => spec.premium.as_ref()?.equity.clone()?,
        _ => return None,
    };
    (spec.constant.is_some() || spec.per_variance.is_some() || spec.per_regime.is_some()).then_some(spec)
}

fn equity_words(spec: &PremiumSpec, asset: &str) -> String {
    match spec {
        PremiumSpec { constant: Some(x), .. } => {
            format!("{asset} earns {} a year over cash, whatever the risk.", percent(x.get()))
        }
        PremiumSpec { per_variance: Some(x), .. } => {
            format!("{asset} earns {} times its spot variance a year over cash.", number(x.get()))
        }
        PremiumSpec { per_regime: Some(map), .. } => {
            let list: Vec<String> =
                map.iter().map(|(name, x): (&String, &Finite)| format!("{} in {name}", percent(x.get()))).collect();
            format!("{asset} earns over cash a year: {}.", list.join(", "))
        }
        _ => String::new(),
    }
}

fn residuals(facts: &Facts) -> String {
    let of = |asset: usize| {
        let list: Vec<String> = facts
            .residual_premium
            .iter()
            .zip(&facts.regimes)
            .map(|(row, regime)| format!("{regime} {:.1} %", 100.0 * row[asset]))
            .collect();
        format!("{} {}", facts.assets[asset], list.join(", "))
    };
    (0..facts.assets.len()).map(of).collect::<Vec<String>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::layout::WIDTH;
    use crate::scenario::load_text;

    fn plan(overrides: &[&str]) -> Plan {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        let text = include_str!("../../../tests/scenarios/small.yaml");
        load_text("small.yaml", text, &overrides).unwrap_or_else(|problems| panic!("{problems}")).plan
    }

    #[test]
    fn jumps_responses_and_marks_in_words() {
        let plan = plan(&[
            "+market.regime_svj.switching.jumps={ calm: { stress: { mean: -0.06, sd: 0.03 } }, stress: { normal: { mean: 0.03, sd: 0.02 } } }",
            "+market.regime_svj.premium.switch_mean=-0.01",
            "+market.regime_svj.premium.response={ low: 0.5, high: 1.5, weight: 0.4, slope: 0.2, delay: 10 }",
            "+market.regime_svj.marking=model",
        ]);
        let facts = plan.experiment.market.facts();
        let text = market(&plan);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let words =
            "  The price jumps at switches, on average: calm to stress -5.8 % (± 3 %), stress to normal 3.1 % (";
        assert!(text.contains(words), "{text}");
        let lines = premia(&plan, facts);
        assert_eq!(
            lines[1],
            "Premia of hedges respond: prices are mixed of a low set (0.5 times the premia) and a high set (1.5 times), 40 % of the \
             latter while the variance stands at its recent mean (half-life 10 days), 20 % less when it exceeds that by its \
             long-run mean."
        );
        for line in [
            "Low set. Variance: prices assume that shocks fade at 8.9 a year instead of 10.5",
            "Low set. Jumps at switches: their mean log size shifted by -0.005.",
            "High set. Variance: prices assume that shocks fade at 5.7 a year instead of 10.5",
            "High set. Crashes: priced 4.192 times as often, their mean log size shifted by -0.057.",
            "High set. Jumps at switches: their mean log size shifted by -0.015.",
            "Hedges are marked by this model",
        ] {
            assert_eq!(lines.iter().filter(|known| known.starts_with(line)).count(), 1, "{line}: {lines:#?}");
        }
    }

    #[test]
    fn a_priced_volatility_in_words() {
        let plan = plan(&[
            "market={ regime_lognormal: { regimes: { only: { volatility: 0.16, priced_volatility: 0.19 } } } }",
            "portfolio.assets={ SPX: { weight: 1 } }",
        ]);
        let lines = premia(&plan, plan.experiment.market.facts());
        assert_eq!(
            lines,
            [
                "SPX earns no premium over cash.",
                "Volatility: prices believe 19 % in only instead of 16 %.",
                "What is left for diffusive risk a year, by regime: SPX only 0.0 %.",
                "Hedges are marked by this model, as the prices believe it.",
            ]
        );
    }
}

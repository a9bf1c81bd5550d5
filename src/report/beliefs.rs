//! What `price` tells of a scenario: surface, VIX futures and variance swaps by regime.

use super::layout::{item, number, percent, table};
use crate::market::Facts;
use crate::study::beliefs::{FUTURE_DAYS, MONEYNESS, OPTION_DAYS, Prices, RegimePrices, SWAP_DAYS, Spot};
use serde_json::{Map, Value, json};

/// Name of a pricing measure; empty for the only one.
fn measure(facts: &Facts, prices: &Prices, slot: usize) -> String {
    if prices.beliefs.len() < 2 {
        String::new()
    } else if facts.changes.breaks.is_empty() {
        ["low", "high"][slot.min(1)].to_owned()
    } else {
        facts.break_behind(slot).map_or("at the start".to_owned(), |at| format!("after the break on day {}", at.day))
    }
}

/// What `hedgelab price` prints of a scenario: at most 100 columns wide.
pub fn text(name: &str, facts: &Facts, prices: &Prices) -> String {
    let (asset, index) = (&facts.assets[prices.asset], &facts.assets[prices.vix_of]);
    let mut out = format!("{name}: what prices believe of {asset}\n");
    let spot = match prices.spot {
        Spot::Level if prices.constant => "as prices believe it, a constant of each regime".to_owned(),
        Spot::Level => "at each regime's long-run level under the real-world law".to_owned(),
        Spot::Variance(variance) => format!("{} in each regime", number(variance)),
        Spot::Vix(points) => format!("where the VIX stands at {} in each regime", number(points)),
    };
    let rates = format!("Rate {}, dividends {} a year.", percent(facts.rate), percent(facts.dividend));
    out.push_str(&item("  ", &format!("Spot variance {spot}. {rates} Days are trading days.")));
    if prices.beliefs.len() > 1 {
        out.push_str(&item(
            "  ",
            if facts.changes.breaks.is_empty() {
                "Premia respond to the variance: prices are mixed of two sets of premia, low and high, both shown."
            } else {
                "The law of this market breaks: what prices believe before and after is shown, each at its own levels."
            },
        ));
    }
    for (slot, regimes) in prices.beliefs.iter().enumerate() {
        let title = match measure(facts, prices, slot).as_str() {
            "" => String::new(),
            which if facts.changes.breaks.is_empty() => format!(" ({which} premia)"),
            which => format!(" ({which})"),
        };
        out.push_str(&format!("\nImplied volatility of {asset}, %, by days to expiry and strike / spot{title}\n"));
        out.push_str(&surface(facts, regimes));
        out.push_str(&format!("\nVIX of {index} and its futures, points, by days to expiry{title}\n"));
        let head = ["regime".to_owned(), "VIX".to_owned()].into_iter().chain(FUTURE_DAYS.iter().map(u32::to_string));
        out.push_str(&curve(facts, regimes, head.collect(), |prices| {
            std::iter::once(prices.vix).chain(prices.vix_futures.iter().copied()).collect()
        }));
        out.push_str(&format!("\nVariance swaps on {asset}, vol points, by days to expiry{title}\n"));
        let head = std::iter::once("regime".to_owned()).chain(SWAP_DAYS.iter().map(u32::to_string));
        out.push_str(&curve(facts, regimes, head.collect(), |prices| prices.variance_swaps.clone()));
        let out_of_reach: Vec<String> = (0..regimes.len())
            .filter(|k| regimes[*k].is_none())
            .map(|k| format!("{} {:.2}", facts.regimes[k], prices.lowest_vix[slot][k]))
            .collect();
        if !out_of_reach.is_empty() {
            let text = format!("No prices where the VIX cannot be that low; its floor: {}.", out_of_reach.join(", "));
            out.push_str(&item("  ", &text));
        }
    }
    if prices.beliefs.iter().flatten().flatten().any(|regime| regime.implied_vol.iter().flatten().any(Option::is_none))
    {
        out.push_str("\nA dash in a surface: the option is worth too little to tell its volatility.\n");
    }
    out
}

fn surface(facts: &Facts, regimes: &[Option<RegimePrices>]) -> String {
    let head = std::iter::once(String::new()).chain(MONEYNESS.iter().map(|k| format!("{k:.2}"))).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    for (name, prices) in facts.regimes.iter().zip(regimes) {
        let Some(prices) = prices else {
            rows.push(vec![format!("{name}: -")]);
            continue;
        };
        rows.push(vec![format!("{name}: v {}", number(prices.variance))]);
        for (days, volatilities) in OPTION_DAYS.iter().zip(&prices.implied_vol) {
            let cells = volatilities.iter().map(|vol| vol.map_or("-".to_owned(), |vol| format!("{:.2}", 100.0 * vol)));
            rows.push(std::iter::once(format!("{days:>4}")).chain(cells).collect());
        }
    }
    table(&rows)
}

fn curve(
    facts: &Facts,
    regimes: &[Option<RegimePrices>],
    head: Vec<String>,
    numbers: impl Fn(&RegimePrices) -> Vec<f64>,
) -> String {
    let columns = head.len() - 1;
    let mut rows = vec![head];
    for (name, prices) in facts.regimes.iter().zip(regimes) {
        let cells = match prices {
            Some(prices) => numbers(prices).iter().map(|x| format!("{x:.2}")).collect(),
            None => vec!["-".to_owned(); columns],
        };
        rows.push(std::iter::once(name.clone()).chain(cells).collect());
    }
    table(&rows)
}

/// The same as JSON: volatilities and variances decimal a year, the VIX, its futures and swaps in points.
pub fn json(name: &str, facts: &Facts, prices: &Prices) -> Map<String, Value> {
    let belief = |(slot, regimes): (usize, &Vec<Option<RegimePrices>>)| {
        let of_regime = |(k, name): (usize, &String)| {
            let mut object = Map::new();
            object.insert("regime".to_owned(), name.clone().into());
            object.insert("lowest_vix".to_owned(), prices.lowest_vix[slot][k].into());
            object.insert("prices".to_owned(), json!(regimes[k]));
            Value::Object(object)
        };
        let which = Some(measure(facts, prices, slot)).filter(|which| !which.is_empty());
        json!({ "premia": which, "regimes": facts.regimes.iter().enumerate().map(of_regime).collect::<Vec<_>>() })
    };
    let spot = match prices.spot {
        Spot::Level => json!("long_run_level"),
        Spot::Variance(variance) => json!({ "variance": variance }),
        Spot::Vix(points) => json!({ "vix": points }),
    };
    let document = json!({
        "name": name,
        "asset": facts.assets[prices.asset],
        "vix_of": facts.assets[prices.vix_of],
        "spot": spot,
        "moneyness": MONEYNESS,
        "option_days": OPTION_DAYS,
        "future_days": FUTURE_DAYS,
        "swap_days": SWAP_DAYS,
        "beliefs": prices.beliefs.iter().enumerate().map(belief).collect::<Vec<_>>(),
    });
    match document {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

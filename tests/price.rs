//! `hedgelab price` as a user meets it: reference cases through the program, refusals with their place, tables of a scenario.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `hedgelab price` in the repository: exit code, stdout, stderr.
fn price(words: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("hedgelab").unwrap();
    command.env("HEDGELAB_CACHE", "off");
    command.current_dir(root()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").arg("price");
    let output = command.args(words).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The same on a file with this text.
fn price_text(text: &str, words: &[&str]) -> (i32, String, String) {
    let desk = tempfile::tempdir().unwrap();
    let file = desk.path().join("cases.yaml");
    fs::write(&file, text).unwrap();
    price(&[&[file.to_str().unwrap()], words].concat())
}

fn document(words: &[&str]) -> Value {
    let (code, out, err) = price(&[words, &["--json"]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

/// Most that a value may differ from the reference.
fn tolerance(kind: &str, name: &str, spot: f64, want: f64) -> f64 {
    match (kind, name) {
        ("black_scholes", _) => 1e-10 * want.abs(),
        ("option" | "greeks", "price") => 1e-8 * spot,
        ("option", "implied_vol") => 1e-7,
        ("greeks", _) => 1e-6,
        ("vix", _) => 1e-9 * want.abs(),
        ("vix_future", _) => 1e-6,
        ("varswap", "variance") => 1e-8,
        ("varswap", _) => 1e-6,
        ("cf", _) => 1e-11,
        _ => panic!("no tolerance for {name} of {kind}"),
    }
}

/// All 106 cases of both reference files, which an independent implementation computed.
#[test]
fn reference_cases_agree() {
    let (mut seen, mut worst) = (0, BTreeMap::new());
    for name in ["tests/reference/pricing.json", "tests/reference/pricing_switch_jumps.json"] {
        let reference: Value = serde_json::from_str(&fs::read_to_string(root().join(name)).unwrap()).unwrap();
        let got = document(&[name]);
        assert_eq!((&got["schema"], &got["ok"]), (&json!("hedgelab.price/1"), &json!(true)));
        assert_eq!(got["models"], reference["models"]);
        let (got, want) = (got["cases"].as_array().unwrap(), reference["cases"].as_array().unwrap());
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            let mut keys: Vec<&String> = want.as_object().unwrap().keys().collect();
            keys.retain(|key| *key != "err");
            assert_eq!(got.as_object().unwrap().keys().collect::<Vec<_>>(), keys);
            assert_eq!(got["inputs"], want["inputs"]);
            let kind = want["type"].as_str().unwrap();
            let spot = want["inputs"]["S"].as_f64().unwrap_or(1.0);
            for (name, value) in want["values"].as_object().unwrap() {
                let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                for (got, want) in list(&got["values"][name]).iter().zip(list(value)) {
                    let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
                    let off = (got - want).abs();
                    assert!(off <= tolerance(kind, name, spot, want), "{kind} {name}: {got}, not {want}");
                    let worst: &mut f64 = worst.entry(format!("{kind} {name}")).or_default();
                    *worst = worst.max(off);
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 106);
    for (what, off) in worst {
        println!("{what}: off by {off:.1e} at most");
    }
}

/// A regime without variance factor has no vega to the VIX.
#[test]
fn constant_variances_have_no_vega() {
    let got = document(&["tests/reference/pricing.json"]);
    let rsln =
        got["cases"].as_array().unwrap().iter().find(|case| case["type"] == "greeks" && case["model"] == "rsln3");
    let values = rsln.unwrap()["values"].as_object().unwrap();
    assert_eq!((&values["vega_v"], values.get("vega_vix")), (&json!(0.0), None));
}

const MODEL: &str = "
models:
  bates: { kind: svcj, G: [[0]], kappa: 3, xi: 0.5, rho: -0.7, theta: [0.04], lam: [0.8], mu: [-0.1], delta: [0.08],
           eta: [0], r: 0.03, q: 0.01 }
  pair: { kind: rsln, G: [[-1, 1], [2, -2]], theta: [0.01, 0.09], lam: [0, 0], mu: [0, 0], delta: [0, 0], r: 0, q: 0 }
";

fn with(cases: &str) -> String {
    format!("{MODEL}cases: [ {cases} ]\n")
}

#[test]
fn cases_are_yaml_and_can_be_read_again() {
    let text = with(
        "{ note: 'with a name, in points', type: vix, model: pair, inputs: { k: 1 } }, \
         { type: option, model: bates, inputs: { S: 100, K: 300, tau: 0.01, v: 0.04, k: 0, cp: 1 }, err: 1, values: 7 }",
    );
    let (code, out, err) = price_text(&text, &["--json", "--set", "cases.1.inputs.K=400"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let first: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(first["cases"][0]["note"], "with a name, in points");
    assert_eq!(first["cases"][1]["inputs"]["K"], 400);
    // Too little to tell a volatility.
    assert_eq!(first["cases"][1]["values"]["implied_vol"], Value::Null);
    let (code, again, err) = price_text(&out, &["--json"]);
    assert_eq!((code, err.as_str(), again), (0, "", out));
    let (code, out, _) = price_text(&text, &[]);
    let titles: Vec<&str> = out.lines().filter(|line| line.contains(':')).collect();
    assert_eq!(code, 0);
    assert_eq!(
        titles,
        ["option: price, and implied volatility (decimal per root year)", "vix: points; VIX^2 = a + b v in the regime"]
    );
}

/// Each is refused with 2, nothing on stdout, and these words.
#[test]
fn wrong_cases_show_their_place() {
    let option = |inputs: &str| with(&format!("{{ type: option, model: bates, inputs: {{ {inputs} }} }}"));
    let model = |from: &str, to: &str| format!("{}cases: []", MODEL.replacen(from, to, 1));
    for (text, words) in [
        (with("{ type: vix, model: baets, inputs: { v: 0.1, k: 0 } }"), ["`cases[0].model`", "mean \"bates\"?"]),
        (with("{ type: vixx, model: bates, inputs: { v: 0.1, k: 0 } }"), ["`cases[0].type`", "mean \"vix\"?"]),
        (with("{ type: vix, modle: bates, inputs: { v: 0.1, k: 0 } }"), ["`cases[0].modle`", "mean \"model\"?"]),
        (with("{ type: vix, model: bates, inputs: { v: 0.1 } }"), ["`cases[0].inputs.k`", "required, but missing"]),
        (with("{ type: vix, model: pair, inputs: { k: 2 } }"), ["`cases[0].inputs.k`", "`pair` from 0 to 1"]),
        (with("{ type: vix, model: bates, inputs: { v: .nan, k: 0 } }"), ["`cases[0].inputs.v`", "is NaN, must be"]),
        (with("{ type: vix, model: bates, inputs: { v: NaN, k: 0 } }"), ["`cases[0].inputs.v`", "the text \"NaN\""]),
        (with("{ type: vix, model: bates, inputs: { v: -0.1, k: 0 } }"), ["is -0.1", "must be from 0 to 100"]),
        (option("S: 100, K: 95, tau: -1, v: 0.04, k: 0, cp: 1"), ["`cases[0].inputs.tau`", "is -1, must be"]),
        (option("S: 100, K: 95, tau: 0, v: 0.04, k: 0, cp: 1"), ["is 0, must be", "(an hour) to 30 years"]),
        (option("S: 100, K: 95, tau: 31, v: 0.04, k: 0, cp: 1"), ["is 31, must be", "to 30 years"]),
        (option("S: 100, K: 0, tau: 1, v: 0.04, k: 0, cp: 1"), ["`cases[0].inputs.K`", "is 0, must be"]),
        (option("S: 100, K: 95, tau: 1, v: 0.04, k: 0, cp: 0"), ["is 0, must be", "1 (a call) or -1 (a put)"]),
        (
            with("{ type: cf, model: bates, inputs: { u: [1, 2], tau: 1, v: 0.04, k: 0 } }"),
            ["`cases[0].inputs.u[1]`", "from -1 to 0"],
        ),
        (model("G: [[0]]", "G: [[0.5]]"), ["`models.bates.G[0]`", "sums to 0.5, must sum to 0"]),
        (model("[-1, 1], [2, -2]", "[1, -1], [2, -2]"), ["`models.pair.G[0][1]`", "is -1, must be from 0"]),
        (model("[-1, 1], [2, -2]", "[-1, 1], [2, -2, 0]"), ["`models.pair.G[1]`", "a list of 2 (one number a regime)"]),
        (model("[-1, 1], [2, -2]", "[.nan, 1], [2, -2]"), ["`models.pair.G[0][0]`", "is NaN, must be"]),
        (model("theta: [0.04]", "theta: [0.04, 0.1]"), ["`models.bates.theta`", "a list of 1"]),
        (model("eta: [0]", "eta: [0], switch_mu: [0]"), ["`models.bates.switch_mu[0]`", "a list of 1"]),
        (model("kappa: 3", "kapa: 3"), ["`models.bates.kapa`", "mean \"kappa\"?"]),
        (model("rho: -0.7", "rho: -1.7"), ["`models.bates.rho`", "from -1 to 1"]),
        (model("kind: svcj", "kind: heston"), ["`models.bates.kind`", "kinds: svcj, rsln"]),
        (model("xi: 0.5,", ""), ["`models.bates.xi`", "required, but missing"]),
        (MODEL.to_owned(), ["`cases`", "required, but missing"]),
        ("cases: 7".to_owned(), ["`cases`", "expected a list of cases, found the number 7"]),
    ] {
        let (code, out, err) = price_text(&text, &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}: {err}");
        for word in words {
            assert!(err.contains(word), "{text}: `{word}` is not in\n{err}");
        }
    }
}

#[test]
fn sizes_are_bounded() {
    let zeros = vec!["0"; 17].join(", ");
    let rows = vec![format!("[{zeros}]"); 17].join(", ");
    let (code, _, err) = price_text(&format!("{}cases: []", MODEL.replacen("[[0]]", &format!("[{rows}]"), 1)), &[]);
    assert!(code == 2 && err.contains("1 to 16 rows"), "{err}");
    let (code, _, err) = price_text(&with(&"{}, ".repeat(5_001)), &[]);
    assert!(code == 2 && err.contains("5001 cases; at most 5000"), "{err}");
    let (code, _, err) = price_text(&with(&"{}, ".repeat(100)), &[]);
    assert!(code == 2 && err.contains("more problems are not shown") && err.lines().count() < 400, "{err}");
}

#[test]
fn wrong_files_and_words_are_refused() {
    for (line, word) in [
        ("scenarios", "scenarios is a folder"),
        ("tests/reference/pricing.jsn", "did you mean \"tests/reference/pricing.json\"?"),
        ("tests/reference/pricing.json --vix 20", "`--vix` is for scenarios"),
        ("scenarios/history-sample.yaml", "a history market is one real path"),
        ("scenarios/three-regimes.yaml --asset NDQ", "did you mean `NDX`?"),
        ("scenarios/three-regimes.yaml --vix nan", "`--vix` is NaN"),
        ("scenarios/three-regimes.yaml --vix 5", "no regime of this market has a VIX that low: the lowest is 9.67"),
        ("scenarios/three-regimes.yaml --variance -0.1", "`--variance` is -0.1, must be from 0 to 100"),
        ("scenarios/three-regimes.yaml --variance 0.1 --vix 20", "cannot be used with"),
        ("scenarios/three-regimes.yaml --set market.regime_svj.rates=0", "did you mean \"rate\"?"),
        ("scenarios/black-scholes.yaml --vix 20", "the variance of this market is that of its regime"),
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (code, out, err) = price(&words);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        assert!(err.contains(word), "{line}: `{word}` is not in\n{err}");
        let (code, out, _) = price(&[&words[..], &["--json"]].concat());
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (code, &document["ok"], &document["schema"]),
            (2, &json!(false), &json!("hedgelab.price/1")),
            "{line}"
        );
    }
}

/// One regime of constant volatility: every quote is that volatility.
#[test]
fn a_black_scholes_world_is_flat() {
    let (code, out, err) = price(&["scenarios/black-scholes.yaml"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "\
black-scholes: what prices believe of SPX
  Spot variance as prices believe it, a constant of each regime. Rate 0 %, dividends 0 % a year.
  Days are trading days.

Implied volatility of SPX, %, by days to expiry and strike / spot
                 0.70   0.75   0.80   0.85   0.90   0.95   1.00   1.05   1.10   1.15   1.20
  only: v 0.04
     5              -      -      -      -  20.00  20.00  20.00  20.00  20.00      -      -
    21              -      -  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00
    63          20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00
   126          20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00
   252          20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00

VIX of SPX and its futures, points, by days to expiry
  regime    VIX     21     42     63     84    105    126    147
  only    20.00  20.00  20.00  20.00  20.00  20.00  20.00  20.00

Variance swaps on SPX, vol points, by days to expiry
  regime     21     63    126    252
  only    20.00  20.00  20.00  20.00

A dash in a surface: the option is worth too little to tell its volatility.
"
    );
}

/// The calibrated world: its VIX stands in `check`, its pricing law in `pricing.json`, which tell the same story.
#[test]
fn a_scenario_tells_what_its_prices_believe() {
    let got = document(&["scenarios/three-regimes.yaml", "--variance", "0.02"]);
    assert_eq!((&got["asset"], &got["vix_of"]), (&json!("SPX"), &json!("SPX")));
    let regimes = got["beliefs"][0]["regimes"].as_array().unwrap();
    assert_eq!(regimes.iter().map(|regime| &regime["regime"]).collect::<Vec<_>>(), ["calm", "normal", "stress"]);
    // Case 58: the VIX of `calibrated` in regime 1 at a variance of 0.02; case 61: its swap of a quarter.
    let normal = &regimes[1]["prices"];
    assert!((normal["vix"].as_f64().unwrap() - 18.513_5).abs() < 1e-3, "{normal}");
    assert!((normal["variance_swaps"][1].as_f64().unwrap() - 20.688_7).abs() < 1e-3, "{normal}");
    assert!((normal["vix_futures"][2].as_f64().unwrap() - 21.753_8).abs() < 1e-3, "{normal}");
    for regime in regimes {
        for (name, length) in [("implied_vol", 5), ("vix_futures", 7), ("variance_swaps", 4)] {
            assert_eq!(regime["prices"][name].as_array().unwrap().len(), length);
        }
        // Puts of three months are dearer than calls: crashes and leverage.
        let smile: Vec<f64> =
            regime["prices"]["implied_vol"][2].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert!(smile.len() == 11 && smile[..8].windows(2).all(|pair| pair[0] > pair[1]), "{smile:?}");
    }
    // Another asset has a surface of its own, and the same VIX. Below its floor a regime has no prices.
    let (code, out, _) = price(&["scenarios/three-regimes.yaml", "--asset", "bonds", "--vix", "12"]);
    assert_eq!(code, 0);
    assert!(out.contains("Implied volatility of bonds") && out.contains("VIX of SPX and its futures"), "{out}");
    assert!(out.contains("cannot be that low; its floor: normal 13.87, stress 33.91"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    let low = document(&["scenarios/three-regimes.yaml", "--vix", "12"]);
    assert_eq!(low["beliefs"][0]["premia"], Value::Null);
    let regimes = low["beliefs"][0]["regimes"].as_array().unwrap();
    assert!((regimes[0]["prices"]["vix"].as_f64().unwrap() - 12.0).abs() < 1e-9);
    assert_eq!((&regimes[1]["prices"], &regimes[2]["prices"]), (&Value::Null, &Value::Null));
}

/// Premia that respond are two sets of prices; without premia a swap costs what the variance is expected to be.
#[test]
fn responding_premia_show_both_ends() {
    let response = "+market.regime_svj.premium.response={ low: 0, high: 1, weight: 0.5, slope: 0.5, delay: 20 }";
    let words = ["scenarios/three-regimes.yaml", "--set", response];
    let got = document(&words);
    let stated = document(&["scenarios/three-regimes.yaml"]);
    let beliefs = got["beliefs"].as_array().unwrap();
    assert_eq!(beliefs.iter().map(|belief| &belief["premia"]).collect::<Vec<_>>(), ["low", "high"]);
    assert_eq!(beliefs[1]["regimes"], stated["beliefs"][0]["regimes"]);
    let swap = |belief: &Value| belief["regimes"][1]["prices"]["variance_swaps"][1].as_f64().unwrap();
    assert!(swap(&beliefs[0]) + 1.0 < swap(&beliefs[1]), "{beliefs:?}");
    let (code, out, err) = price(&words);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("strike / spot (low premia)") && out.contains("to expiry (high premia)"), "{out}");
}

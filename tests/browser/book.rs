//! A book of the size of a real one, with every kind of marks, for the names of rules that it is given.

use hedgelab::figure::{Axis, Bar, Cell as Square, Figure, Guide, Layer, Panel, Point, Quantiles, Shade, Tone};
use hedgelab::report::book::{self, Book, Cell, Head, Part, Section, Table};
use std::f64::consts::TAU;

/// Names that a page must show and not obey, and one of 200 characters.
pub fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "<script>window.__pwned=1</script>",
        "<img src=x onerror='window.__pwned=1'>",
        "\"quotes\" & 'more' &amp; <b>bold</b>",
        "</script><script>window.__pwned=1</script>",
        "{{7*7}} {% raw %} ${7*7} {b} {c}",
        "crash 🚀 hedge 👩‍🚀",
        "שלום עולם",
        "=cmd()",
        "a\u{2028}b",
        "<!-- not a comment",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("long ".repeat(40).trim().chars().chain("!".chars()).collect());
    names
}

/// A number between 0 and 1 that looks like chance and is the same everywhere.
fn chance(seed: usize) -> f64 {
    let mut state = (seed as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state ^= state >> 29;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^= state >> 32;
    (state >> 11) as f64 / (1u64 << 53) as f64
}

/// The book.
pub fn book(rules: &[String]) -> Book {
    let words = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Book {
        schema: book::SCHEMA.to_owned(),
        title: rules.first().filter(|name| name.contains('<')).cloned().unwrap_or_else(|| "three-regimes".to_owned()),
        question: Some("Does a hedge that grows with the VIX protect better than a fixed one that loses the same money?".to_owned()),
        facts: vec![
            words("seed", "20261121"),
            words("paths", "10,000"),
            words("years", "10"),
            words("days", "2,520"),
            words("rules", &rules.len().to_string()),
            words("version", "0.1.0 (578b51d)"),
            words("intervals", "95 % Monte Carlo"),
        ],
        banners: vec!["Interrupted after 6,144 of 10,000 paths: every number rests on these.".to_owned()],
        verdict: vec![
            "At equal money lost vix_linear protects no better than a fixed hedge of 0.92: expected shortfall level, drawdown 1.1 ± 0.3 points worse. It pays back more at the trough and gives it back within 21 days.".to_owned(),
            "Of the other rules none is told from its fixed twin by more than luck allows when forty are tried.".to_owned(),
        ],
        sections: vec![
            section("protection", "Protection against money lost", vec![text(), Part::Figure(frontier(rules)), Part::Figure(her())]),
            section("rules", "Rules", vec![Part::Table(table(rules)), Part::Table(words_only(rules))]),
            section("distributions", "Distributions", vec![Part::Figure(histogram()), Part::Figure(boxes(rules)), Part::Figure(differences(rules))]),
            section("ledger", "Where the money goes", vec![Part::Figure(waterfall())]),
            section("path", "One path", vec![Part::Figure(path()), Part::Figure(response())]),
            section("sweep", "Sweep", vec![Part::Figure(heat(None)), Part::Figure(heat(Some(0.0)))]),
            section("checks", "Convergence and checks", vec![Part::Figure(convergence())]),
            section("inputs", "Assumptions", vec![scenario(rules), command()]),
        ],
    }
}

fn section(id: &str, title: &str, parts: Vec<Part>) -> Section {
    Section { id: id.to_owned(), title: title.to_owned(), parts }
}

fn text() -> Part {
    Part::Text("Each point is a rule with the region of 95 % of both errors. The curve is a fixed hedge of every size: what lies above it protects better than money alone explains.".to_owned())
}

fn figure(id: &str, title: &str, summary: &str, x: Axis, panels: Vec<Panel>) -> Figure {
    let basis =
        "n = 10,000 paths of 10 years; basis points of capital a year; regions and bars are 95 % intervals.".to_owned();
    Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        summary: summary.to_owned(),
        basis,
        x,
        panels,
        shades: Vec::new(),
    }
}

fn frontier(rules: &[String]) -> Figure {
    let point = |n: usize| {
        let (x, y) = (20.0 + 130.0 * chance(n), 5.0 + 22.0 * chance(n).sqrt() + 4.0 * chance(n + 90));
        let region = (0..40)
            .map(|k| TAU * f64::from(k) / 40.0)
            .map(|a| [x + 5.0 * a.cos() + 2.0 * a.sin(), y + 1.1 * a.sin() + 0.4 * a.cos()])
            .collect();
        Point { x, y, label: rules[n].clone(), across: None, along: None, region }
    };
    let of = |dynamic: bool| (0..rules.len()).filter(|n| (n % 3 > 0) == dynamic).map(point).collect();
    let curve = (0..60).map(|k| [3.0 * f64::from(k), 2.2 * (3.0 * f64::from(k)).sqrt()]);
    let layers = vec![
        Layer::line("fixed hedge of any size", Tone::Quiet, curve),
        Layer::points("fixed", Tone::STATIC, of(false)),
        Layer::points("dynamic", Tone::DYNAMIC, of(true)),
    ];
    let y = Axis::linear("drawdown avoided, points");
    let summary = "vix_linear loses 92 bp a year and avoids 18.3 points of drawdown, 1.1 ± 0.3 fewer than a fixed hedge of the same cost.";
    figure(
        "frontier",
        "Drawdown avoided against money lost",
        summary,
        Axis::linear("money lost, bp a year"),
        vec![Panel::new(y, layers)],
    )
}

fn her() -> Figure {
    let ends = ["trough", "+5 days", "+21 days", "recovery"].map(str::to_owned).to_vec();
    let of = |base: f64| {
        (0..4)
            .map(|n| {
                let y = base - 0.07 * f64::from(n);
                Point { x: f64::from(n), y, along: Some([y - 0.03, y + 0.03]), ..Point::default() }
            })
            .collect()
    };
    let layers = vec![
        Layer::points("static", Tone::STATIC, of(0.42)),
        Layer::points("vix_linear", Tone::DYNAMIC, of(0.47)),
        Layer::points("without premia", Tone::Quiet, of(0.51)),
    ];
    let y = Axis::linear("share of the loss paid back");
    let summary = "At the trough vix_linear pays back 0.47 ± 0.03 of the loss, 21 days later 0.33; a world without premia gives 0.51.";
    figure(
        "her",
        "What a crash pays back, by when the window ends",
        summary,
        Axis::names("window ends", ends),
        vec![Panel::new(y, layers).with_zero()],
    )
}

/// Rules with values that a test finds again.
fn table(rules: &[String]) -> Table {
    let heads = [
        ("rule", ""),
        ("money lost", "bp/year"),
        ("of it costs", "bp/year"),
        ("gain in crashes", "bp/year"),
        ("pays back", "pooled"),
        ("Sharpe", ""),
        ("drawdown", "%"),
        ("worst 5 % of years", "%"),
        ("mean multiple", ""),
        ("trades", "a year"),
        ("cost against twin", "bp/year"),
    ];
    let row = |n: usize| {
        let mut row = vec![Cell::words(rules[n].clone())];
        row.extend((1..heads.len()).map(|column| number(n, column)));
        row
    };
    Table {
        id: "rules".to_owned(),
        title: "All rules with their errors".to_owned(),
        head: heads.iter().map(|(text, unit)| Head::new(*text, *unit)).collect(),
        rows: (0..rules.len()).map(row).collect(),
        note: "± is one standard error. Bold: a difference whose 95 % interval excludes zero.".to_owned(),
    }
}

fn number(row: usize, column: usize) -> Cell {
    if (row + column).is_multiple_of(13) {
        return Cell::words("–");
    }
    let value = (chance(row * 31 + column) - 0.3) * 100.0;
    let error = 0.2 + chance(row + column);
    let more = format!("95 %: {:.2} to {:.2}", value - 2.0 * error, value + 2.0 * error);
    Cell {
        text: format!("{value:.1} ± {error:.1}"),
        value: Some(value),
        strong: column == 10 && value.abs() > 2.0 * error,
        more,
    }
}

fn words_only(rules: &[String]) -> Table {
    let rows = rules
        .iter()
        .take(12)
        .map(|rule| vec![Cell::words(rule.clone()), Cell::words(format!("{rule} is held all the time"))])
        .collect();
    let head = vec![Head::new("rule", ""), Head::new("what it does", "")];
    Table { id: "words".to_owned(), title: "What the rules are".to_owned(), head, rows, note: String::new() }
}

fn histogram() -> Figure {
    let bell = |middle: f64, wide: f64| {
        (0..80).map(move |k| 4.0 * f64::from(k) - 60.0).map(move |x| [x, (-((x - middle) / wide).powi(2)).exp() / wide])
    };
    let layers = vec![
        Layer::line("static", Tone::STATIC, bell(90.0, 30.0)).stepped(true),
        Layer::line("vix_linear", Tone::DYNAMIC, bell(80.0, 50.0)).stepped(true),
    ];
    let mut panel = Panel::new(Axis::linear("share of paths per bp"), layers);
    panel.guides.push(Guide { upright: true, at: 92.0, label: "mean of static".to_owned() });
    figure(
        "cost",
        "Money lost, path by path",
        "The cost of vix_linear spreads 1.7 times as wide as that of the fixed hedge.",
        Axis::linear("money lost, bp a year"),
        vec![panel],
    )
}

fn boxes(rules: &[String]) -> Figure {
    let of = |shift: f64| {
        (0..rules.len())
            .map(|n| {
                let m = 100.0 * chance(n) + shift;
                Quantiles { at: n as f64, values: [m - 40.0, m - 15.0, m, m + 18.0, m + 55.0] }
            })
            .collect()
    };
    let layers =
        vec![Layer::boxes("calm", Tone::Series(2), of(0.0)), Layer::boxes("crisis", Tone::Series(3), of(20.0))];
    let panel = Panel::new(Axis::names("", rules.to_vec()), layers).with_zero_across();
    figure(
        "by-regime",
        "Money lost by regime",
        "Every rule costs about 20 bp more in years with a crisis.",
        Axis::linear("money lost, bp a year"),
        vec![panel],
    )
}

/// A line at zero of the horizontal axis.
trait Across {
    fn with_zero_across(self) -> Self;
}

impl Across for Panel {
    fn with_zero_across(mut self) -> Self {
        self.guides.push(Guide { upright: true, at: 0.0, label: String::new() });
        self
    }
}

fn differences(rules: &[String]) -> Figure {
    let count = rules.len().min(14);
    let point = |n: usize| {
        let x = 3.0 * (chance(n + 7) - 0.5);
        Point { x, y: n as f64, across: Some([x - 0.8, x + 0.8]), ..Point::default() }
    };
    let layers = vec![Layer::points("against its fixed twin", Tone::DYNAMIC, (0..count).map(point).collect())];
    let panel = Panel::new(Axis::names("", rules[..count].to_vec()), layers).with_zero_across();
    figure(
        "differences",
        "Drawdown against that of the fixed twin",
        "Two of fourteen rules differ from their twin.",
        Axis::linear("difference, points of drawdown"),
        vec![panel],
    )
}

fn waterfall() -> Figure {
    let parts = ["theta", "gamma", "vega", "roll", "spread", "fees", "sum"].map(str::to_owned).to_vec();
    let bar = |at: f64, from: f64, to: f64| Bar { at, from, to, interval: Some([to - 3.0, to + 3.0]) };
    let layers = vec![
        Layer::bars(
            "lost",
            Tone::Loss,
            vec![bar(0.0, 0.0, -160.0), bar(3.0, -60.0, -80.0), bar(4.0, -80.0, -90.0), bar(5.0, -90.0, -92.0)],
        ),
        Layer::bars("gained", Tone::Gain, vec![bar(1.0, -160.0, -90.0), bar(2.0, -90.0, -60.0)]),
        Layer::bars("in all", Tone::Quiet, vec![bar(6.0, 0.0, -92.0)]),
    ];
    figure(
        "waterfall",
        "Where the money goes",
        "Theta takes 160 bp a year, gamma and vega give back 100, trading takes 12; the parts sum to −92.0 and the ledger says −92.0.",
        Axis::names("", parts),
        vec![Panel::new(Axis::linear("bp a year"), layers).with_zero()],
    )
}

fn path() -> Figure {
    let vix = |day: usize| {
        let crash = |at: f64, high: f64| high * (-((day as f64 - at) / 40.0).powi(2)).exp();
        16.0 + 5.0 * (day as f64 / 180.0).sin()
            + 4.0 * chance(day)
            + crash(620.0, 40.0)
            + crash(1500.0, 55.0)
            + crash(2230.0, 25.0)
    };
    let days = || (0..2520).map(|day| day as usize);
    let upper = vec![Layer::line("VIX", Tone::Quiet, days().map(|day| [day as f64, vix(day)]))];
    let lower = vec![
        Layer::line("vix_linear", Tone::DYNAMIC, days().step_by(5).map(|day| [day as f64, (vix(day) / 20.0).min(2.0)]))
            .stepped(true),
        Layer::line("static", Tone::STATIC, [[0.0, 0.92], [2519.0, 0.92]]).dashed(),
    ];
    let bands = (0..252).map(|k| [10.0 * f64::from(k), -1.0 - 0.05 * f64::from(k), 1.0 + 0.02 * f64::from(k)]);
    let third = vec![
        Layer::band("5 to 95 % of paths", Tone::PORTFOLIO, bands),
        Layer::line(
            "hedge",
            Tone::DYNAMIC,
            days().step_by(7).map(|day| [day as f64, -0.002 * day as f64 + chance(day / 60)]),
        ),
    ];
    let panels = vec![
        Panel::new(Axis::linear("VIX, points"), upper),
        Panel::new(Axis::linear("hedge multiplier"), lower),
        Panel::new(Axis::linear("P&L, % of capital"), third).with_zero().of_height(1.4),
    ];
    let mut one = figure(
        "path",
        "Path 4711: the multiplier follows the VIX",
        "The multiplier reaches its cap of 2 in three crashes and rests near 0.8 between them.",
        Axis::linear("trading day"),
        panels,
    );
    one.shades = [(590.0, 660.0), (1470.0, 1540.0), (2200.0, 2260.0)]
        .map(|(from, to)| Shade { from, to, label: "crash".to_owned() })
        .to_vec();
    one
}

fn response() -> Figure {
    let cloud = (0..400).map(|n| Point {
        x: 10.0 + 60.0 * chance(n).powi(2),
        y: (0.5 + 3.0 * chance(n).powi(2) + 0.2 * chance(n + 5)).min(2.2),
        ..Point::default()
    });
    let layers = vec![
        Layer::points("days of the path", Tone::Quiet, cloud.collect()),
        Layer::line("rule", Tone::DYNAMIC, [[10.0, 0.5], [40.0, 2.0], [70.0, 2.0]]),
    ];
    figure(
        "response",
        "Multiplier against VIX",
        "The rule grows by 0.05 a point of VIX and stops at 2.",
        Axis::linear("VIX, points"),
        vec![Panel::new(Axis::linear("multiplier"), layers)],
    )
}

fn heat(middle: Option<f64>) -> Figure {
    let sizes = ["0.25", "0.5", "0.75", "1.0", "1.5", "2.0"].map(str::to_owned).to_vec();
    let bands = ["0.00", "0.05", "0.10", "0.20", "0.50"].map(str::to_owned).to_vec();
    let cells = (0..30)
        .map(|n| {
            let (x, y) = (n % 6, n / 6);
            let value = 8.0 - (x as f64 - 3.0).powi(2) - (y as f64 - 2.0).powi(2) + chance(n);
            Square { x, y, value, text: format!("{value:.1}"), chosen: n == 15, near: n == 14 || n == 9 }
        })
        .collect();
    let (id, title) =
        if middle.is_some() { ("against", "Sweep against the base") } else { ("sweep-map", "Sweep of size and band") };
    figure(
        id,
        title,
        "The best point is size 1.0 with a band of 0.10; two neighbours cannot be told from it.",
        Axis::names("size", sizes),
        vec![Panel::new(Axis::names("band", bands), vec![Layer::cells(cells, middle)])],
    )
}

fn convergence() -> Figure {
    let counts = [256.0, 512.0, 1024.0, 2048.0, 4096.0, 6144.0, 10_000.0];
    let error = |n: f64| 60.0 / n.sqrt();
    let layers = vec![
        Layer::band("95 % interval", Tone::DYNAMIC, counts.map(|n| [n, 92.0 - 2.0 * error(n), 92.0 + 2.0 * error(n)])),
        Layer::line("estimate", Tone::DYNAMIC, counts.map(|n| [n, 92.0 + error(n) * (n.sin())])),
    ];
    figure(
        "convergence",
        "Money lost of vix_linear by number of paths",
        "From 2,048 paths on the estimate stays within its final interval.",
        Axis::log("paths"),
        vec![Panel::new(Axis::linear("bp a year"), layers)],
    )
}

fn scenario(rules: &[String]) -> Part {
    let lines: Vec<String> = rules.iter().map(|rule| format!("  {rule}: {{ hedge: put, hold: 1 }}")).collect();
    Part::Code {
        title: "The scenario with all its defaults".to_owned(),
        text: format!("version: 1\nname: three-regimes\nrules:\n{}\n", lines.join("\n")),
        folded: true,
    }
}

fn command() -> Part {
    Part::Code {
        title: "The command that makes it again".to_owned(),
        text: "hedgelab run scenarios/three-regimes.yaml --paths 10000 --seed 20261121".to_owned(),
        folded: false,
    }
}

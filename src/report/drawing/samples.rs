//! Figures of every kind, as runs make them, to test drawings with and to look at: set `HEDGELAB_DRAWINGS` to a folder and
//! the tests write them there.

use crate::figure::*;

/// Numbers that look random and are always the same.
pub struct Dice(u64);

impl Dice {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635)
    }

    /// Between 0 and 1.
    pub fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

fn figure(id: &str, title: &str, basis: &str, x: Axis, panels: Vec<Panel>) -> Figure {
    let (id, title, basis) = (id.to_owned(), title.to_owned(), basis.to_owned());
    Figure { summary: format!("{title}: a sample."), id, title, basis, x, panels, shades: Vec::new() }
}

const BASIS: &str = "n = 10,000 paths of 10 years; bp of capital per year; ellipses hold 95 % of the simulation error.";

fn rule(number: usize) -> String {
    const NAMES: [&str; 12] = [
        "static",
        "vix_linear",
        "vix_sigmoid",
        "rv_feedback",
        "target_vol",
        "vix_threshold",
        "term_structure",
        "drawdown_ladder",
        "crash_probability",
        "ewma_ratio",
        "collar_dynamic",
        "put_spread_vix",
    ];
    match number {
        0..12 => NAMES[number].to_owned(),
        _ => format!("{}[steepness={:.1}]", NAMES[number % 12], 0.1 * (number / 12) as f64),
    }
}

/// Protection against cost, with ellipses, two curves and labels.
pub fn frontier(rules: usize) -> Figure {
    let mut dice = Dice::new(7);
    let level = |cost: f64| 12.0 * (1.0 - (-cost / 80.0).exp());
    let points: Vec<Point> = (0..rules)
        .map(|number| {
            let x = 15.0 + 150.0 * dice.even();
            let y = level(x) - 1.6 * dice.even() + 0.3;
            let (a, b, tilt) = (3.0 + 4.0 * dice.even(), 0.15 + 0.2 * dice.even(), 0.5 * dice.normal());
            let corner = |n: usize| {
                let turn = n as f64 * std::f64::consts::TAU / 64.0;
                [x + a * turn.cos(), y + b * (turn + tilt).sin()]
            };
            let (across, along) = (Some([x - 0.8 * a, x + 0.8 * a]), Some([y - 0.8 * b, y + 0.8 * b]));
            Point { x, y, label: rule(number), across, along, region: (0..64).map(corner).collect() }
        })
        .collect();
    let (fixed, dynamic): (Vec<_>, Vec<_>) = points.into_iter().enumerate().partition(|(number, _)| number % 5 == 0);
    let only = |some: Vec<(usize, Point)>| some.into_iter().map(|one| one.1).collect::<Vec<_>>();
    let curve = |share: f64| (0..=50).map(move |n| [3.6 * n as f64, share * level(3.6 * n as f64)]);
    let best = only(dynamic.iter().take(1).cloned().collect());
    let layers = vec![
        Layer::line("hold less equity", Tone::PORTFOLIO, curve(0.8)).dashed(),
        Layer::line("fixed hedge of every size", Tone::STATIC, curve(1.0)),
        Layer::points("fixed rules", Tone::STATIC, only(fixed)),
        Layer::points("dynamic rules", Tone::DYNAMIC, only(dynamic)),
        Layer::points(
            "chosen",
            Tone::Accent,
            best.into_iter().map(|point| Point { region: Vec::new(), across: None, along: None, ..point }).collect(),
        ),
    ];
    let panel = Panel::new(Axis::linear("ES avoided, percentage points of yearly P&L"), layers);
    figure(
        "frontier",
        "Protection against money lost",
        BASIS,
        Axis::linear("money lost, bp of capital per year"),
        vec![panel],
    )
}

/// Two histograms over each other with guides.
pub fn histograms() -> Figure {
    let steps = |middle: f64, wide: f64| {
        (0..=60).map(move |n| {
            let x = -60.0 + 5.0 * n as f64;
            let z = (x - middle) / wide;
            [x, if n == 60 { 0.0 } else { 900.0 * (-0.5 * z * z).exp() + 20.0 * (-0.1 * z * z).exp() }]
        })
    };
    let layers = vec![
        Layer::line("static", Tone::STATIC, steps(82.0, 31.0)).stepped(true),
        Layer::line("vix_linear", Tone::DYNAMIC, steps(104.0, 44.0)).stepped(true),
    ];
    let mut panel = Panel::new(Axis::linear("paths"), layers);
    for (at, label) in [(82.0, "mean 82"), (104.0, "mean 104")] {
        panel.guides.push(Guide { upright: true, at, label: label.to_owned() });
    }
    figure("cost", "Cost of static and dynamic hedge", BASIS, Axis::linear("money lost, bp per year"), vec![panel])
}

/// Bars that stand on each other, with a total.
pub fn waterfall() -> Figure {
    let parts = [
        ("delta", 1.4),
        ("gamma", 61.0),
        ("vega", 22.5),
        ("theta", -118.0),
        ("regime", 7.5),
        ("rest", -3.2),
        ("financing", -2.0),
        ("spread", -14.8),
        ("fee", -1.1),
    ];
    let mut level = 0.0;
    let mut bars: [Vec<Bar>; 2] = [Vec::new(), Vec::new()];
    for (number, (_, part)) in parts.iter().enumerate() {
        let bar = Bar { at: number as f64, from: level, to: level + part, interval: None };
        bars[usize::from(*part < 0.0)].push(bar);
        level += part;
    }
    let total = Bar { at: parts.len() as f64, from: 0.0, to: level, interval: Some([level - 5.0, level + 5.0]) };
    let [up, down] = bars;
    let layers = vec![
        Layer::bars("adds", Tone::Gain, up),
        Layer::bars("takes", Tone::Loss, down),
        Layer::bars("sum", Tone::PORTFOLIO, vec![total]),
    ];
    let names = parts.iter().map(|part| part.0.to_owned()).chain(["net".to_owned()]).collect();
    let panel = Panel::new(Axis::linear("bp of capital per year"), layers).with_zero();
    figure("ledger", "Where the P&L of vix_linear comes from", BASIS, Axis::names("", names), vec![panel])
}

/// Boxes that lie across, one or two for every rule.
pub fn boxes(rules: usize, pairs: bool) -> Figure {
    let mut dice = Dice::new(3);
    let mut some = |shift: f64| {
        let one = |number: usize, middle: f64| Quantiles {
            at: number as f64,
            values: [-1.9, -0.6, 0.05, 0.7, 1.6].map(|z| 0.1 * (middle + z) + shift),
        };
        (0..rules).map(|number| one(number, 3.0 + dice.normal())).collect::<Vec<_>>()
    };
    let mut layers = vec![Layer::boxes("HER at the trough", Tone::STATIC, some(0.0))];
    if pairs {
        layers.push(Layer::boxes("HER 21 days later", Tone::DYNAMIC, some(-0.1)));
    }
    let panel = Panel::new(Axis::names("rule", (0..rules).map(rule).collect()), layers);
    let mut panel = panel;
    panel.guides.push(Guide { upright: true, at: 0.0, label: String::new() });
    let basis = "n = 18,204 crash windows on 10,000 paths; quantiles of 5, 25, 50, 75 and 95 %.";
    figure("her", "Share of the loss in a crash that is paid back", basis, Axis::linear("HER"), vec![panel])
}

/// Ten years of days: VIX and multiplier, crashes shaded.
pub fn years() -> Figure {
    let mut dice = Dice::new(11);
    let (mut vix, mut day) = (16.0f64, Vec::new());
    for n in 0..2520 {
        let jump = if [400, 1210, 1225, 1960].contains(&n) { 28.0 } else { 0.0 };
        vix += 0.035 * (16.0 - vix) + 0.09 * vix * dice.normal() * 0.6 + jump;
        vix = vix.max(9.0);
        day.push([n as f64 / 252.0, vix]);
    }
    let hold = |scale: f64| {
        let mut held = 0.4;
        day.iter()
            .map(move |point| {
                let wanted: f64 = ((point[1] - 10.0) / scale).clamp(0.2, 2.0);
                if (wanted - held).abs() > 0.15 {
                    held = wanted;
                }
                [point[0], held]
            })
            .collect::<Vec<_>>()
    };
    let panels = vec![
        Panel::new(Axis::linear("VIX, points"), vec![Layer::line("VIX", Tone::PORTFOLIO, day.iter().copied())]),
        Panel::new(
            Axis::linear("hedge multiplier"),
            vec![
                Layer::line("static", Tone::STATIC, [[0.0, 0.92], [10.0, 0.92]]),
                Layer::line("vix_linear", Tone::DYNAMIC, hold(15.0)).stepped(false),
            ],
        )
        .of_height(0.8),
    ];
    let mut years = figure(
        "multiplier",
        "Hedge multiplier beside the VIX, path 4711",
        "One path of 10 years, daily closes; shaded: drawdowns of the portfolio of at least 10 %.",
        Axis::linear("year"),
        panels,
    );
    let shade = |from: f64, to: f64, label: &str| Shade { from, to, label: label.to_owned() };
    years.shades = vec![shade(1.57, 1.75, "−14 %"), shade(4.78, 5.1, "−31 %"), shade(7.76, 7.8, "−11 %")];
    years
}

/// A grid of two numbers that were varied.
pub fn heat(middle: Option<f64>) -> Figure {
    let cell = |n: usize| {
        let (x, y) = (n % 6, n / 6);
        let value = 3.4 - 0.35 * (x as f64 - 3.2).powi(2) - 0.5 * (y as f64 - 1.6).powi(2);
        let (chosen, near) = ((x, y) == (3, 2), value > 3.0 && (x, y) != (3, 2));
        Cell { x, y, value, text: format!("{value:.2}"), chosen, near }
    };
    let names = |values: &[f64]| values.iter().map(|value| value.to_string()).collect::<Vec<_>>();
    let y = Axis::names("midpoint", names(&[14.0, 17.0, 20.0, 23.0, 26.0]));
    let x = Axis::names("steepness", names(&[0.05, 0.1, 0.2, 0.3, 0.4, 0.8]));
    let panel = Panel::new(y, vec![Layer::cells((0..30).map(cell).collect(), middle)]);
    figure("sweep", "ES at equal money over steepness and midpoint", BASIS, x, vec![panel])
}

/// Points with intervals at names.
pub fn errors(names: usize) -> Figure {
    let mut dice = Dice::new(5);
    let mut some = |shift: f64| {
        let one = |n: usize, y: f64| Point { x: n as f64, y, along: Some([y - 0.4, y + 0.4]), ..Point::default() };
        (0..names).map(|n| one(n, dice.normal() + shift)).collect::<Vec<_>>()
    };
    let layers = vec![
        Layer::points("in sample", Tone::STATIC, some(1.0)),
        Layer::points("out of sample", Tone::DYNAMIC, some(0.2)),
        Layer::points("truth", Tone::Series(2), some(0.0)),
    ];
    let panel = Panel::new(Axis::linear("ES avoided beside static, points"), layers).with_zero();
    figure(
        "samples",
        "In sample, out of sample, and in truth",
        BASIS,
        Axis::names("", (0..names).map(rule).collect()),
        vec![panel],
    )
}

/// Points with labels and intervals that lie across, a layer for each regime.
pub fn regimes() -> Figure {
    let mut dice = Dice::new(6);
    let mut some = |regime: &str, shift: f64| {
        let one = |n: usize, x: f64| Point {
            x,
            y: n as f64,
            label: format!("{}, {regime}", rule(n)),
            across: Some([x - 30.0, x + 30.0]),
            ..Point::default()
        };
        (0..10).map(|n| one(n, shift + 40.0 * dice.normal())).collect::<Vec<_>>()
    };
    let mut layers = Vec::new();
    for (regime, tone, shift) in [("calm", 2, 90.0), ("normal", 5, 60.0), ("stress", 1, -300.0)] {
        layers.push(Layer::points(regime, Tone::Series(tone), some(regime, shift)));
    }
    if let Marks::Points(points) = &mut layers[2].marks {
        points[3].label = format!("{}, at −812", rule(3));
    }
    let mut panel = Panel::new(Axis::names("", (0..10).map(rule).collect()), layers);
    panel.guides.push(Guide { upright: true, at: 0.0, label: String::new() });
    figure(
        "regimes",
        "Money lost by regime",
        BASIS,
        Axis::linear("money lost, bp of capital a year in the regime"),
        vec![panel],
    )
}

/// Six curves of response, the first with its band.
pub fn response() -> Figure {
    let curve = |n: usize| {
        let from = 8.0 + 2.0 * n as f64;
        (0..30).map(move |k| {
            [
                9.0 + 2.0 * k as f64,
                (0.2 + (1.0 + 2.0 * k as f64 - from + 8.0) / (12.0 + 3.0 * n as f64)).clamp(0.2, 2.0),
            ]
        })
    };
    let tones = [1, 2, 3, 5, 0, 4].map(Tone::Series);
    let mut layers = vec![Layer::band(
        "vix_linear, nine tenths of days",
        tones[0],
        curve(0).map(|p| [p[0], 0.8 * p[1], 1.1 * p[1]]),
    )];
    layers.extend(tones.iter().enumerate().map(|(n, tone)| {
        let line = Layer::line(rule(n + 1), *tone, curve(n));
        if n == 0 { line } else { line.dashed() }
    }));
    let panel = Panel::new(Axis::linear("multiplier"), layers);
    figure(
        "response",
        "Multiplier against the VIX",
        BASIS,
        Axis::linear("VIX at the close before, points"),
        vec![panel],
    )
}

/// A running estimate with its band over a logarithm.
pub fn convergence() -> Figure {
    let mut dice = Dice::new(9);
    let place = |n: usize| 128.0 * 1.12f64.powi(n as i32);
    let line: Vec<_> = (0..45).map(|n| [place(n), 1.1 + 4.0 * dice.normal() / place(n).sqrt()]).collect();
    let band: Vec<_> = line.iter().map(|p| [p[0], p[1] - 12.0 / p[0].sqrt(), p[1] + 12.0 / p[0].sqrt()]).collect();
    let layers =
        vec![Layer::band("95 % interval", Tone::DYNAMIC, band), Layer::line("vix_linear", Tone::DYNAMIC, line)];
    let mut panel = Panel::new(Axis::linear("ES avoided, points"), layers);
    panel.guides.push(Guide { upright: false, at: 1.1, label: "after 20,000 paths: 1.10".to_owned() });
    figure("convergence", "The estimate against the number of paths", BASIS, Axis::log("paths"), vec![panel])
}

/// Names that nobody should have.
pub fn hostile() -> Figure {
    let mut names = vec![
        "<script>alert(\"1\")</script>".to_owned(),
        "a very long name ".repeat(12),
        "🦆 duck & \"quotes\" 'single'".to_owned(),
        "\u{202e}גידור דינמי".to_owned(),
        String::new(),
    ];
    names.push("x".repeat(200));
    let bars = |shift: f64| {
        let one = |n: usize| Bar {
            at: n as f64,
            from: 0.0,
            to: n as f64 - 1.5 + shift,
            interval: Some([n as f64 - 2.0, n as f64]),
        };
        (0..6).map(one).collect::<Vec<_>>()
    };
    let layers = names
        .iter()
        .enumerate()
        .take(3)
        .map(|(n, name)| Layer::bars(name.clone(), Tone::Series(n as u8), bars(n as f64)));
    let panel = Panel::new(Axis::names("<b>rule</b> & more", names.clone()), layers.collect()).with_zero();
    let mut figure =
        figure("hostile", "", &"A basis that is long. ".repeat(40), Axis::linear("]]> & x".repeat(30)), vec![panel]);
    figure.title = format!("<title> & {}", names[1]);
    figure.shades = vec![Shade { from: 1.0, to: 2.0, label: "<i>".to_owned() }];
    figure
}

/// Many points without labels, a correlation of what was chosen with what came.
pub fn cloud() -> Figure {
    let mut dice = Dice::new(2);
    let point = |x: f64, e: f64| Point { x, y: 0.4 * x + e, ..Point::default() };
    let points = (0..3000).map(|_| point(dice.normal(), dice.normal())).collect();
    let layers = vec![Layer::points("one path", Tone::STATIC, points)];
    figure(
        "cloud",
        "In sample and out of sample",
        BASIS,
        Axis::linear("in sample"),
        vec![Panel::new(Axis::linear("out of sample"), layers)],
    )
}

/// All of them.
pub fn all() -> Vec<Figure> {
    let renamed = |figure: Figure, id: &str| Figure { id: id.to_owned(), ..figure };
    let bars = renamed(waterfall(), "lying-bars");
    let lying = Figure {
        x: Axis::linear("bp per year"),
        panels: vec![Panel {
            y: Axis::names("part", bars.x.list().unwrap_or_default().to_vec()),
            guides: vec![Guide { upright: true, at: 0.0, label: String::new() }],
            ..bars.panels[0].clone()
        }],
        ..bars
    };
    vec![
        frontier(12),
        renamed(frontier(40), "frontier-40"),
        histograms(),
        waterfall(),
        lying,
        boxes(24, false),
        renamed(boxes(60, false), "her-60"),
        renamed(boxes(8, true), "her-pairs"),
        years(),
        heat(None),
        renamed(heat(Some(1.0)), "sweep-around"),
        errors(5),
        renamed(errors(12), "samples-12"),
        renamed(errors(60), "samples-60"),
        convergence(),
        regimes(),
        response(),
        hostile(),
        cloud(),
    ]
}

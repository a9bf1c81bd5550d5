//! The calibrated market of the main scenario shows the facts that it was fitted to and that an independent simulation of
//! it showed.

use hedgelab::report::check::{fresh_seed, realism};
use hedgelab::scenario::load;
use std::path::Path;

#[test]
fn the_main_market_shows_its_facts() {
    let loaded = load(Path::new("scenarios/three-regimes.yaml"), &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = loaded.plan;
    let seed = fresh_seed(&plan);
    assert_ne!(seed, plan.experiment.seed);
    let start = std::time::Instant::now();
    let report = realism(&plan, seed, 2, &|_, _| {}).unwrap();
    println!("{}\n{:?}", report.text(), start.elapsed());
    assert_eq!((report.runs, report.stretches), (60, 300));
    for row in report.facts.iter().filter(|row| row.fact.judged) {
        let (fact, mean) = (row.fact, row.mean.unwrap());
        assert_eq!(row.n, 60, "{}", fact.name);
        assert!(fact.holds(mean), "{}: {mean} outside {}..{}", fact.name, fact.p10, fact.p90);
        // Both means are over 60 independent runs: they agree within four standard errors of their difference.
        let error = row.error.unwrap() * 2.0_f64.sqrt();
        let z = (mean - fact.mean) / error;
        println!("{}: z {z:.2}", fact.name);
        assert!(z.abs() < 4.0, "{}: {mean} is {z} standard errors from {}", fact.name, fact.mean);
    }
}

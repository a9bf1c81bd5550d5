use hedgelab::engine::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let loaded = hedgelab::scenario::load(std::path::Path::new(&args[1]), &args[2..].to_vec()).unwrap_or_else(|p| { println!("{}", p.render(false)); std::process::exit(2) });
    let e = loaded.plan.experiment;
    let t = std::time::Instant::now();
    let mut w = Worker::new(&e, &[]);
    for g in 0..200 { w.simulate(g); }
    let pd = 200.0 * 8.0 * e.grid.rows() as f64;
    println!("market {:.1} ns/path-day", t.elapsed().as_secs_f64() * 1e9 / pd);
    let t = std::time::Instant::now(); for _ in 0..200 { w.mark(); } println!("marks {:.1}", t.elapsed().as_secs_f64() * 1e9 / pd);
    let t = std::time::Instant::now(); for _ in 0..200 { w.read(); } println!("signals+windows {:.1}", t.elapsed().as_secs_f64() * 1e9 / pd);
    let mut out_opts = Options::all(&e); out_opts.threads = 1; out_opts.range = 0..1600;
    let t = std::time::Instant::now();
    let o = run(&e, &[], &out_opts, &Silent).unwrap();
    println!("all {:.1} per path-day, {} rules", t.elapsed().as_secs_f64() * 1e9 / pd, e.rules.len());
    use hedgelab::metrics::tally::Column;
    for r in 0..e.kept() {
        let m: f64 = o.table.column(r, Column::Mark).iter().sum::<f64>() / o.paths as f64 / e.grid.years() * 1e4;
        let c: f64 = o.table.column(r, Column::Spread).iter().sum::<f64>() / o.paths as f64 / e.grid.years() * 1e4;
        let g: f64 = o.table.column(r, Column::GainTrough).iter().sum::<f64>();
        let l: f64 = o.path_column(PathColumn::Loss).iter().sum::<f64>();
        println!("{} mark {m:.1} bp/y spread {c:.1} her {:.3}", e.rules[r].name, g / l);
    }
}

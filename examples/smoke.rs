use hedgelab::engine::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let loaded = hedgelab::scenario::load(std::path::Path::new(&args[1]), &args[2..].to_vec()).unwrap_or_else(|p| {
        println!("{}", p.render(false));
        std::process::exit(2)
    });
    let e = loaded.plan.experiment;
    let mut w = Worker::new(&e, &[], Keep::All);
    let pd = 100.0 * 8.0 * e.grid.rows() as f64;
    let mut best = [1e9f64; 4];
    for _ in 0..5 {
        let t = std::time::Instant::now();
        for g in 0..100 {
            w.simulate(g);
        }
        best[0] = best[0].min(t.elapsed().as_secs_f64() * 1e9 / pd);
        let t = std::time::Instant::now();
        for _ in 0..100 {
            w.mark();
        }
        best[1] = best[1].min(t.elapsed().as_secs_f64() * 1e9 / pd);
        let t = std::time::Instant::now();
        for _ in 0..100 {
            w.read();
        }
        best[2] = best[2].min(t.elapsed().as_secs_f64() * 1e9 / pd);
        let t = std::time::Instant::now();
        for _ in 0..100 {
            w.rules();
        }
        best[3] = best[3].min(t.elapsed().as_secs_f64() * 1e9 / pd);
    }
    println!(
        "market {:.1} marks {:.1} read {:.1} walk {:.1} = {:.2} per rule-day ({} rules)",
        best[0],
        best[1],
        best[2],
        best[3],
        best[3] / e.rules.len() as f64,
        e.rules.len()
    );
}

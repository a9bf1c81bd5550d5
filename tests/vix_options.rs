//! Options on the VIX against their definition.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod models;

use hedgelab::pricing::futures::vix_future;
use hedgelab::pricing::vix_option::vix_option;

/// Strikes of the tests, as multiples of the future.
const MULTIPLES: [f64; 9] = [0.4, 0.7, 0.9, 0.98, 1.0, 1.05, 1.3, 2.0, 4.0];

/// The put has a transform of its own and the future a real integral: 1e-6 point, here 1e-8.
#[test]
fn puts_and_calls_differ_by_the_future() {
    let mut worst = 0.0_f64;
    for name in ["calibrated", "rsln3"] {
        let model = models::reference(name);
        for years in [0.002, 1.0 / 252.0, 5.0 / 252.0, 1.0 / 12.0, 0.25, 1.0] {
            for variance in [0.0, 1e-4, 0.004, 0.02, 0.1, 0.5, 1.5] {
                for regime in 0..model.law.regimes() {
                    let future = vix_future(&model, variance, regime, years);
                    for multiple in MULTIPLES {
                        let strike = multiple * future;
                        let pair = vix_option(&model, variance, regime, years, strike);
                        let off = (pair.call - pair.put - (future - strike)).abs();
                        if off > 1e-7 {
                            println!(
                                "{name} T {years:.4} v {variance} k {regime} K {strike:.2} ({multiple}): {pair:?} {future} off {off:e}"
                            );
                        }
                        worst = worst.max(off);
                        assert!(pair.call > -1e-8 && pair.put > -1e-8, "{pair:?}");
                    }
                }
            }
        }
    }
    println!("worst {worst:e}");
    assert!(worst < 1e-6);
}

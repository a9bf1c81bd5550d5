//! Randomness has an address: (seed, path, purpose, day). No generator is passed around, nothing reads a clock, and
//! nothing depends on how paths are grouped or on which thread runs them.
//!
//! Two generators, one contract:
//! - [`normal_pair`]: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) with
//!   Box-Muller, any path and day at random access, several paths at a time: the diffusive normals.
//! - [`Dice`]: `rand_pcg` with its whole state hashed from the address, for everything whose number of draws varies.
//!
//! How paths are drawn together ([`Sampling`]) changes which address a path reads, never how a draw is made.

mod net;
mod sampling;

pub use net::{Point, coordinates, stretches};
pub use sampling::{NETS, Replicates, Sampling, Source, Tilt};

use crate::lanes::{Lanes, scalar};
use rand::Rng;
use rand_pcg::Pcg64Dxsm;

/// What a draw is for. Changing one part of a scenario leaves the draws of the others in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Regime switches: holding times and destinations.
    Switch = 1,
    /// Crash times and sizes.
    Crash = 2,
    /// The shock of the common variance.
    Variance = 3,
    /// The shocks of the assets.
    Spot = 4,
    /// Noise of the correlation weights.
    Correlation = 5,
    /// Resampling of one real path.
    Bootstrap = 6,
    /// Sizes of the jumps at switches.
    SwitchJump = 7,
}

const M: u64 = 0xffff_ffff;

/// Philox4x32-10 on `N` counters of four 32-bit words under one key.
#[inline(always)]
fn philox<const N: usize>(seed: u64, [mut c0, mut c1, mut c2, mut c3]: [[u64; N]; 4]) -> [[u64; N]; 4] {
    let mut key = (seed & M, seed >> 32);
    for _ in 0..10 {
        for lane in 0..N {
            let p0 = (c0[lane] & M) * 0xD251_1F53;
            let p1 = (c2[lane] & M) * 0xCD9E_8D57;
            c0[lane] = (p1 >> 32) ^ c1[lane] ^ key.0;
            c2[lane] = (p0 >> 32) ^ c3[lane] ^ key.1;
            c1[lane] = p1 & M;
            c3[lane] = p0 & M;
        }
        key = ((key.0 + 0x9E37_79B9) & M, (key.1 + 0xBB67_AE85) & M);
    }
    [c0, c1, c2, c3]
}

/// 52 bits of a word as a number in [0, 1).
#[inline(always)]
fn unit(word: u64) -> f64 {
    f64::from_bits((word >> 12) | 0x3ff0_0000_0000_0000) - 1.0
}

/// Two independent standard normals for each path, at the address (seed, path, purpose, day, slot).
#[inline(always)]
pub fn normal_pair<const N: usize>(
    seed: u64,
    paths: &[u64; N],
    purpose: Purpose,
    day: u32,
    slot: u32,
) -> (Lanes<N>, Lanes<N>) {
    let (mut low, mut high) = ([0; N], [0; N]);
    for lane in 0..N {
        low[lane] = paths[lane] & M;
        high[lane] = ((paths[lane] >> 32) | ((purpose as u64) << 24)) & M;
    }
    let words = philox(seed, [[u64::from(day); N], [u64::from(slot); N], low, high]);
    let (mut u1, mut u2) = (Lanes::splat(0.0), Lanes::splat(0.0));
    for lane in 0..N {
        u1.0[lane] = 1.0 - unit(words[0][lane] | (words[1][lane] << 32));
        u2.0[lane] = unit(words[2][lane] | (words[3][lane] << 32));
    }
    let radius = (u1.ln() * -2.0).sqrt();
    let (sine, cosine) = u2.sin_cos_turns();
    (radius * cosine, radius * sine)
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stream of draws for one (seed, path, purpose), for events whose number varies from path to path.
pub struct Dice {
    random: Pcg64Dxsm,
    /// Every draw is the opposite one: u becomes 1 - u, z becomes -z.
    mirrored: bool,
    /// The first draws are coordinates of this point, from the first dimension to the second.
    lead: Option<(Point, std::ops::Range<u32>)>,
}

impl Dice {
    /// The stream at this address. The whole 256-bit state is hashed from it: generators that differ only in their
    /// stream number are correlated.
    pub fn at(seed: u64, path: u64, purpose: Purpose) -> Self {
        let root = mix(mix(seed) ^ path).wrapping_add(mix(purpose as u64));
        let word = |i: u64| u128::from(mix(root ^ mix(2 * i))) << 64 | u128::from(mix(root ^ mix(2 * i + 1)));
        Self { random: Pcg64Dxsm::new(word(1), word(2)), mirrored: false, lead: None }
    }

    /// 52 bits in [0, 1).
    fn unit(&mut self) -> f64 {
        match &mut self.lead {
            Some((point, left)) if left.start < left.end => {
                left.start += 1;
                point.coordinate(left.start - 1)
            }
            _ => unit(self.random.next_u64()),
        }
    }

    /// Uniform on (0, 1].
    pub fn uniform(&mut self) -> f64 {
        let u = self.unit();
        if self.mirrored { u + f64::EPSILON } else { 1.0 - u }
    }

    /// Exponential with mean one.
    pub fn exponential(&mut self) -> f64 {
        -scalar::ln(self.uniform())
    }

    /// Standard normal; always two words, so that the number of draws of an event is fixed.
    pub fn normal(&mut self) -> f64 {
        let radius = (Lanes([1.0 - self.unit()]).ln() * -2.0).sqrt();
        let (_, cosine) = Lanes([self.unit()]).sin_cos_turns();
        let normal = (radius * cosine).0[0];
        if self.mirrored { -normal } else { normal }
    }

    /// A whole number below `bound` (which is at least 1).
    pub fn below(&mut self, bound: usize) -> usize {
        ((unit(self.random.next_u64()) * bound as f64) as usize).min(bound - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known-answer vectors of the Random123 distribution (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_words() {
        let words = |key, counter: [u64; 4]| philox::<1>(key, counter.map(|word| [word])).map(|word| word[0]);
        assert_eq!(words(0, [0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(words(u64::MAX, [M; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    /// n = 65,536 adjacent paths, 64 draw indices: the worst |z| of the mean over paths and of the lag-one correlation
    /// between neighbours stays below 4.5 (noise limit for 128 tries; false alarm about 1e-3).
    #[test]
    fn adjacent_paths_are_uncorrelated() {
        const PATHS: usize = 65_536;
        let mut worst: f64 = 0.0;
        for index in 0..64u32 {
            let lanes: Vec<f64> =
                (0..PATHS as u64).map(|p| normal_pair(7, &[p], Purpose::Spot, index, 1).0.0[0]).collect();
            worst = worst.max(z_of_mean(&lanes)).max(z_of_neighbours(&lanes));
        }
        let mut dice: Vec<Dice> = (0..PATHS as u64).map(|p| Dice::at(7, p, Purpose::Crash)).collect();
        for _ in 0..64 {
            let draws: Vec<f64> = dice.iter_mut().map(Dice::normal).collect();
            worst = worst.max(z_of_mean(&draws)).max(z_of_neighbours(&draws));
        }
        assert!(worst < 4.5, "worst z {worst}");
    }

    fn z_of_mean(x: &[f64]) -> f64 {
        (x.iter().sum::<f64>() / (x.len() as f64).sqrt()).abs()
    }

    fn z_of_neighbours(x: &[f64]) -> f64 {
        (x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / (x.len() as f64).sqrt()).abs()
    }

    #[test]
    fn lanes_and_single_paths_have_the_same_bits() {
        let paths = [0, 1, 2, 3, 4_000_000_000, 5, 6, u64::from(u32::MAX) + 9];
        let many = normal_pair(11, &paths, Purpose::Variance, 300, 2);
        for (lane, path) in paths.iter().enumerate() {
            let one = normal_pair(11, &[*path], Purpose::Variance, 300, 2);
            assert_eq!(many.0.0[lane].to_bits(), one.0.0[0].to_bits());
            assert_eq!(many.1.0[lane].to_bits(), one.1.0[0].to_bits());
        }
    }
}

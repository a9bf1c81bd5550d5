//! How the paths of a run are drawn together, and which of them are independent.

use super::net::{LEAD, Point};
use super::{Dice, Purpose};

/// How the paths of a run are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Sampling {
    /// Each path by itself.
    #[default]
    Independent,
    /// In pairs: the second path of each has the opposite of every draw of the first (Hammersley and Morton, "A new Monte
    /// Carlo technique: antithetic variates", 1956).
    Antithetic,
    /// Paths `p`, `p + 32`, `p + 64`, ... are one scrambled net (Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences",
    /// 1995): what matters most of each path is spread evenly, see [`Point`]. There are [`NETS`] independent nets.
    Sobol,
    /// Each by itself, with more crashes than there are: every path carries the ratio of the likelihoods.
    Tilted(Tilt),
}

/// How much more often events come than they do: importance sampling of crashes (Glynn and Iglehart, "Importance sampling
/// for stochastic simulations", 1989).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tilt {
    /// Factor of the crash intensity in every regime.
    pub crashes: f64,
    /// Factor of the rates at which the last regime is entered.
    pub entries: f64,
}

impl Tilt {
    /// What comes how many times as often, in words.
    pub fn words(&self) -> String {
        let factors = [(self.crashes, "crashes"), (self.entries, "entries into the last regime")];
        let said = factors.into_iter().filter(|(factor, _)| *factor != 1.0);
        let said: Vec<String> = said.map(|(factor, of)| format!("{factor} times the {of}")).collect();
        if said.is_empty() { "nothing more often than it comes".to_owned() } else { said.join(" and ") }
    }

    /// Share of the paths that as many unweighted ones are worth, where so many crashes and entries are expected on a path:
    /// the second moment of a likelihood ratio of Poisson counts, one over. An upper bound where their rates vary from path to
    /// path.
    pub fn effective_share(&self, crashes: f64, entries: f64) -> f64 {
        let spread = |expected: f64, factor: f64| expected * (factor - 1.0).powi(2) / factor;
        libm::exp(-spread(crashes, self.crashes) - spread(entries, self.entries))
    }
}

/// Independent nets of [`Sampling::Sobol`]: errors are told from how far they disagree.
pub const NETS: u64 = 32;

/// Most paths of nets: a row of each is kept.
const LONGEST: u64 = 1 << 16;

impl Sampling {
    /// Name, as in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Antithetic => "antithetic",
            Self::Sobol => "sobol",
            Self::Tilted(_) => "tilted",
        }
    }

    /// Which paths go together in the way of this name.
    pub fn replicates_of(name: &str) -> Replicates {
        let ways = [Self::Antithetic, Self::Sobol];
        ways.into_iter().find(|way| way.name() == name).map_or(Replicates::Paths, Self::replicates)
    }

    /// The tilt of importance sampling.
    pub const fn tilt(self) -> Option<Tilt> {
        match self {
            Self::Tilted(tilt) => Some(tilt),
            _ => None,
        }
    }

    /// Most paths of a run.
    pub const fn most_paths(self) -> u64 {
        match self {
            Self::Independent | Self::Antithetic | Self::Tilted(_) => u64::MAX,
            // Bundles of paths would mix the nets.
            Self::Sobol => LONGEST,
        }
    }

    /// Which paths go together.
    pub const fn replicates(self) -> Replicates {
        match self {
            Self::Independent | Self::Tilted(_) => Replicates::Paths,
            Self::Antithetic => Replicates::Pairs,
            Self::Sobol => Replicates::Nets,
        }
    }
}

/// Which paths depend on each other: errors are counted over groups that do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replicates {
    /// Every path is on its own.
    #[default]
    Paths,
    /// Two neighbours.
    Pairs,
    /// Every 32nd path.
    Nets,
}

impl Replicates {
    /// How many groups some first paths make.
    pub fn count(self, paths: usize) -> usize {
        match self {
            Self::Paths => paths,
            Self::Pairs => paths.div_ceil(2),
            Self::Nets => paths.min(NETS as usize),
        }
    }

    /// The group of a path.
    pub const fn of(self, path: usize) -> usize {
        match self {
            Self::Paths => path,
            Self::Pairs => path / 2,
            Self::Nets => path % NETS as usize,
        }
    }

    /// Sums of what the paths contribute, by group.
    pub fn sums(self, by_path: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.count(by_path.len())];
        for (path, value) in by_path.iter().enumerate() {
            sums[self.of(path)] += value;
        }
        sums
    }
}

/// Where all draws of a run come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Seed.
    pub seed: u64,
    /// How paths are drawn together.
    pub sampling: Sampling,
}

impl Source {
    /// Independent paths of a seed.
    pub const fn independent(seed: u64) -> Self {
        Self { seed, sampling: Sampling::Independent }
    }

    /// The number under which the draws of a path stand, and whether they are taken with the opposite sign.
    pub const fn address(self, path: u64) -> (u64, bool) {
        match self.sampling {
            Sampling::Antithetic => (path / 2, path % 2 == 1),
            Sampling::Independent | Sampling::Sobol | Sampling::Tilted(_) => (path, false),
        }
    }

    /// The stream of a path's events.
    pub fn dice(self, path: u64, purpose: Purpose) -> Dice {
        let (address, mirrored) = self.address(path);
        let dimension = match purpose {
            Purpose::Switch => Some(0),
            Purpose::Crash => Some(LEAD),
            _ => None,
        };
        let lead = self.point(path).zip(dimension).map(|(point, from)| (point, from..from + LEAD));
        Dice { mirrored, lead, ..Dice::at(self.seed, address, purpose) }
    }

    /// The point of a path, where paths are nets.
    pub fn point(self, path: u64) -> Option<Point> {
        (self.sampling == Sampling::Sobol).then(|| Point::new(self.seed, path % NETS, (path / NETS) as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normals(sampling: Sampling, paths: u64) -> Vec<f64> {
        (0..paths).map(|path| Source { seed: 3, sampling }.dice(path, Purpose::Crash).normal()).collect()
    }

    #[test]
    fn a_pair_has_opposite_draws_and_the_first_those_of_a_path_of_its_own() {
        let (alone, pairs) = (normals(Sampling::Independent, 50), normals(Sampling::Antithetic, 100));
        for (path, normal) in alone.iter().enumerate() {
            assert_eq!((pairs[2 * path], pairs[2 * path + 1]), (*normal, -normal));
        }
        let source = Source { seed: 3, sampling: Sampling::Antithetic };
        let [a, b] = [0, 1].map(|path| source.dice(path, Purpose::Switch).uniform());
        assert!((a + b - 1.0).abs() <= f64::EPSILON && b > 0.0);
    }

    /// Each of 32 nets of 256 points has one first coordinate in each of 256 equal parts.
    #[test]
    fn nets_fill_evenly() {
        let source = Source { seed: 3, sampling: Sampling::Sobol };
        for net in 0..NETS {
            let mut seen = [false; 256];
            for i in 0..256 {
                seen[(source.dice(net + NETS * i, Purpose::Switch).uniform() * 256.0).ceil() as usize - 1] = true;
            }
            assert!(seen.iter().all(|seen| *seen));
        }
    }

    #[test]
    fn groups_of_paths() {
        assert_eq!(Replicates::Pairs.sums(&[1.0, 2.0, 3.0]), [3.0, 3.0]);
        let nets = Replicates::Nets.sums(&vec![1.0; 65]);
        assert_eq!((nets.len(), nets[0], nets[1]), (32, 3.0, 2.0));
        assert_eq!(Replicates::Paths.sums(&[1.0, 2.0]), [1.0, 2.0]);
    }
}

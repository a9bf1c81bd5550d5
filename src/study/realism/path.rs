//! One daily path with the series that several statistics share.

use super::moments;

/// Trading days a year.
pub const YEAR: f64 = 252.0;

/// VIX buckets: calm below 15, middle 15 to 25 (both included), high above 25.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    Calm,
    Middle,
    High,
}

impl Bucket {
    pub fn holds(self, vix: f64) -> bool {
        match self {
            Self::Calm => vix < 15.0,
            Self::Middle => (15.0..=25.0).contains(&vix),
            Self::High => vix > 25.0,
        }
    }
}

/// Closes of n days and what follows from them.
pub struct Path<'a> {
    pub spot: &'a [f64],
    /// Points.
    pub vix: &'a [f64],
    /// Daily log returns, n − 1; `returns[t]` leads from day t to day t + 1.
    pub returns: Vec<f64>,
    /// Daily VIX changes in points, n − 1.
    pub vix_changes: Vec<f64>,
    /// Sum of the first k squared returns, k = 0..n − 1.
    squares: Vec<f64>,
}

impl<'a> Path<'a> {
    pub fn new(spot: &'a [f64], vix: &'a [f64]) -> Self {
        let days = spot.len().min(vix.len());
        let (spot, vix) = (&spot[..days], &vix[..days]);
        let returns: Vec<f64> = spot.windows(2).map(|pair| libm::log(pair[1]) - libm::log(pair[0])).collect();
        let mut squares = Vec::with_capacity(days.max(1));
        squares.push(0.0);
        let mut sum = 0.0;
        squares.extend(returns.iter().map(|r| {
            sum += r * r;
            sum
        }));
        Self { spot, vix, vix_changes: vix.windows(2).map(|pair| pair[1] - pair[0]).collect(), returns, squares }
    }

    /// Length in years, counted in returns.
    pub fn years(&self) -> f64 {
        self.returns.len() as f64 / YEAR
    }

    /// Realised volatility in points of every window of `window` returns, mean taken as zero:
    /// element t covers `returns[t..t + window]`, so it *follows* day t and *trails* day t + window.
    pub fn realised(&self, window: usize) -> Vec<f64> {
        let scale = YEAR / window as f64;
        let ends = self.squares.get(window..).unwrap_or_default();
        self.squares.iter().zip(ends).map(|(from, to)| 100.0 * (scale * (to - from).max(0.0)).sqrt()).collect()
    }

    /// VIX less the volatility realised over the next 21 days, points.
    pub fn premium(&self) -> Vec<f64> {
        self.vix.iter().zip(self.realised(21)).map(|(vix, realised)| vix - realised).collect()
    }

    /// Mean of `values` (one per day from the first) over the days whose VIX is in the bucket.
    pub fn mean_in(&self, bucket: Bucket, values: &[f64]) -> Option<f64> {
        let chosen: Vec<f64> =
            self.vix.iter().zip(values).filter(|(vix, _)| bucket.holds(**vix)).map(|(_, value)| *value).collect();
        moments::mean(&chosen)
    }

    /// A count as events per ten years.
    pub fn per_decade(&self, count: usize) -> Option<f64> {
        (!self.returns.is_empty()).then(|| 10.0 * count as f64 / self.years())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn realised_volatility_of_a_steady_move() {
        let spot: Vec<f64> = (0..30).map(|t| (0.01 * f64::from(t)).exp()).collect();
        let path = Path::new(&spot, &spot);
        let realised = path.realised(21);
        assert_eq!(realised.len(), 9);
        assert!(realised.iter().all(|v| (v - YEAR.sqrt()).abs() < 1e-9));
        assert!(Path::new(&spot[..5], &spot).realised(21).is_empty());
    }
}

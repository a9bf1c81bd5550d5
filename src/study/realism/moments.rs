//! Moments, quantiles and correlations of a series; `None` where they are undefined.
//!
//! A series whose spread is no more than rounding noise counts as constant, so that a constant
//! VIX has no autocorrelation instead of a random one.

/// Rounding noise of a mean, relative to the largest value.
const NOISE: f64 = 1e-12;

pub fn mean(x: &[f64]) -> Option<f64> {
    (!x.is_empty()).then(|| x.iter().sum::<f64>() / x.len() as f64)
}

/// Mean and sum of squared deviations; `None` for an empty or constant series.
fn spread(x: &[f64]) -> Option<(f64, f64)> {
    let centre = mean(x)?;
    let squares: f64 = x.iter().map(|v| (v - centre).powi(2)).sum();
    let noise = NOISE * x.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
    (squares > x.len() as f64 * noise * noise).then_some((centre, squares))
}

/// Standard deviation with divisor n − 1; zero for a constant series.
pub fn sd(x: &[f64]) -> Option<f64> {
    (x.len() > 1).then(|| spread(x).map_or(0.0, |(_, squares)| (squares / (x.len() - 1) as f64).sqrt()))
}

/// Population skewness.
pub fn skew(x: &[f64]) -> Option<f64> {
    let (centre, squares) = spread(x)?;
    let n = x.len() as f64;
    Some(x.iter().map(|v| (v - centre).powi(3)).sum::<f64>() / n / libm::pow(squares / n, 1.5))
}

/// Population kurtosis less 3.
pub fn excess_kurtosis(x: &[f64]) -> Option<f64> {
    let (centre, squares) = spread(x)?;
    let n = x.len() as f64;
    Some(x.iter().map(|v| (v - centre).powi(4)).sum::<f64>() / n / (squares / n).powi(2) - 3.0)
}

/// Autocorrelations at the given lags: full-sample mean and variance, the sum over n − lag
/// products undivided (the usual biased estimator).
pub fn autocorrelation<const K: usize>(x: &[f64], lags: [usize; K]) -> [Option<f64>; K] {
    let Some((centre, squares)) = spread(x) else {
        return [None; K];
    };
    let centred: Vec<f64> = x.iter().map(|v| v - centre).collect();
    lags.map(|lag| {
        let later = centred.get(lag..).filter(|later| !later.is_empty())?;
        Some(centred.iter().zip(later).map(|(a, b)| a * b).sum::<f64>() / squares)
    })
}

/// Sum of products of deviations with the two sums of squares.
fn co_spread(x: &[f64], y: &[f64]) -> Option<(f64, f64, f64)> {
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    let ((x_mean, x_squares), (y_mean, y_squares)) = (spread(x)?, spread(y)?);
    let products = x.iter().zip(y).map(|(a, b)| (a - x_mean) * (b - y_mean)).sum();
    Some((products, x_squares, y_squares))
}

/// Pearson correlation.
pub fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    co_spread(x, y).map(|(products, x_squares, y_squares)| products / (x_squares * y_squares).sqrt())
}

/// Slope of the regression of `y` on `x` with intercept; zero if `y` is constant.
pub fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    spread(x)?;
    Some(co_spread(x, y).map_or(0.0, |(products, x_squares, _)| products / x_squares))
}

/// The series in ascending order.
pub fn sorted(x: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    x.sort_unstable_by(f64::total_cmp);
    x
}

/// Quantile of an ascending series, linear between order statistics at position p (n − 1).
pub fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    let place = p * ascending.len().checked_sub(1)? as f64;
    let low = *ascending.get(place.floor() as usize)?;
    let high = *ascending.get(place.ceil() as usize)?;
    Some(low + (high - low) * place.fract())
}

/// Share of the elements for which `holds`.
pub fn share<T: Copy>(x: &[T], holds: impl Fn(T) -> bool) -> Option<f64> {
    (!x.is_empty()).then(|| x.iter().filter(|v| holds(**v)).count() as f64 / x.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cases_by_hand() {
        let x = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(mean(&x), Some(4.0));
        assert_eq!(sd(&x), Some((50.0_f64 / 3.0).sqrt()));
        assert_eq!(quantile(&x, 0.5), Some(2.5));
        assert_eq!(quantile(&x, 1.0), Some(10.0));
        assert_eq!(autocorrelation(&x, [1, 4]), [Some((6.0 + 2.0 - 6.0) / 50.0), None]);
        assert_eq!(slope(&x, &[2.0, 4.0, 6.0, 20.0]), Some(2.0));
        assert_eq!(share(&x, |v| v > 2.0), Some(0.5));
    }

    #[test]
    fn a_constant_series_has_no_shape() {
        let x = vec![17.3; 1000];
        assert_eq!(sd(&x), Some(0.0));
        assert_eq!(skew(&x), None);
        assert_eq!(autocorrelation(&x, [1]), [None]);
        assert_eq!(correlation(&x, &x), None);
        assert_eq!(quantile(&[], 0.5), None);
    }
}

//! An estimate and its doubt.

use serde::Serialize;

use super::normal;

/// The confidence level used where nobody asks for another one.
pub const LEVEL: f64 = 0.95;

/// A number that was estimated: value, standard error, interval, and what they rest on.
///
/// No field is ever NaN or infinite: what is undefined or unbounded is `None` (null in JSON). The constructors
/// see to that, and they return `None` where the value itself is undefined, so build an estimate through them.
/// An interval may be open on one side, as for a quantile far out in the tail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The point estimate, finite.
    pub value: f64,
    /// Standard error, not negative; zero if the data are constant.
    pub se: Option<f64>,
    /// Lower end of the interval; `None` if it is unknown or unbounded.
    pub ci_low: Option<f64>,
    /// Upper end of the interval; `None` if it is unknown or unbounded.
    pub ci_high: Option<f64>,
    /// Nominal two-sided coverage of the interval, between 0 and 1.
    pub level: f64,
    /// Number of independent observations: paths, clusters, or days of a history.
    pub n: u64,
    /// How error and interval were obtained, in a few words for the report.
    pub method: &'static str,
}

impl Estimate {
    /// A value without an error, or `None` if it is not finite.
    pub fn point(value: f64, level: f64, n: u64, method: &'static str) -> Option<Self> {
        Self::with_interval(value, None, None, None, level, n, method)
    }

    /// A value with interval `value ± z·se`, z from the normal distribution.
    ///
    /// `None` if the value is not finite or the level is not inside (0, 1). A standard error that is not a
    /// finite number ≥ 0 is left out together with the interval.
    pub fn normal(value: f64, se: Option<f64>, level: f64, n: u64, method: &'static str) -> Option<Self> {
        let reach = normal::quantile(0.5 + 0.5 * level);
        Self::symmetric(value, se, reach, level, n, method)
    }

    /// A value with interval `value ± t·se`, t from Student's distribution with `dof` degrees of freedom.
    ///
    /// As [`Estimate::normal`]; without a positive `dof` there is a standard error but no interval.
    pub fn student(value: f64, se: Option<f64>, dof: f64, level: f64, n: u64, method: &'static str) -> Option<Self> {
        let reach = normal::student_quantile(0.5 + 0.5 * level, dof);
        Self::symmetric(value, se, reach, level, n, method)
    }

    /// A value with error and interval from elsewhere. Ends and errors that are not finite become `None`.
    pub fn with_interval(
        value: f64,
        se: Option<f64>,
        ci_low: Option<f64>,
        ci_high: Option<f64>,
        level: f64,
        n: u64,
        method: &'static str,
    ) -> Option<Self> {
        if !(value.is_finite() && level > 0.0 && level < 1.0) {
            return None;
        }
        let finite = |x: &f64| x.is_finite();
        Some(Self {
            value,
            se: se.filter(|s| s.is_finite() && *s >= 0.0),
            ci_low: ci_low.filter(finite),
            ci_high: ci_high.filter(finite),
            level,
            n,
            method,
        })
    }

    fn symmetric(
        value: f64,
        se: Option<f64>,
        reach: Option<f64>,
        level: f64,
        n: u64,
        method: &'static str,
    ) -> Option<Self> {
        let se = se.filter(|s| s.is_finite() && *s >= 0.0);
        let half = se.zip(reach).map(|(s, r)| s * r);
        let (low, high) = (half.map(|h| value - h), half.map(|h| value + h));
        Self::with_interval(value, se, low, high, level, n, method)
    }

    /// Whether zero lies strictly outside the interval. An end that is `None` excludes nothing.
    pub fn excludes_zero(&self) -> bool {
        self.ci_low.is_some_and(|low| low > 0.0) || self.ci_high.is_some_and(|high| high < 0.0)
    }

    /// Value over standard error, `None` without a positive standard error.
    pub fn z(&self) -> Option<f64> {
        let se = self.se.filter(|s| *s > 0.0)?;
        Some(self.value / se).filter(|z| z.is_finite())
    }

    /// The same estimate in other units: everything times a finite `factor`.
    ///
    /// A negative factor exchanges the ends of the interval. `None` if a product leaves the finite numbers.
    pub fn scaled(&self, factor: f64) -> Option<Self> {
        let times = |x: f64| x * factor;
        let (mut low, mut high) = (self.ci_low.map(times), self.ci_high.map(times));
        if factor < 0.0 {
            (low, high) = (high, low);
        }
        let se = self.se.map(|s| s * factor.abs());
        Self::with_interval(times(self.value), se, low, high, self.level, self.n, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::close;

    #[test]
    fn nan_never_enters() {
        assert!(Estimate::point(f64::NAN, LEVEL, 1, "").is_none());
        assert!(Estimate::point(1.0, f64::NAN, 1, "").is_none());
        assert!(Estimate::normal(1.0, Some(1.0), 1.0, 1, "").is_none());
        let e = Estimate::normal(1.0, Some(f64::NAN), LEVEL, 9, "").unwrap();
        assert_eq!((e.se, e.ci_low, e.ci_high, e.z()), (None, None, None, None));
        let e = Estimate::student(1.0, Some(0.5), 0.0, LEVEL, 1, "").unwrap();
        assert_eq!((e.se, e.ci_low, e.ci_high), (Some(0.5), None, None));
        let e = Estimate::with_interval(1.0, Some(-1.0), Some(f64::NEG_INFINITY), None, LEVEL, 1, "");
        assert_eq!(e, Estimate::point(1.0, LEVEL, 1, ""));
    }

    #[test]
    fn interval_is_symmetric_and_decides() {
        let e = Estimate::normal(2.0, Some(1.0), LEVEL, 100, "normal").unwrap();
        close(e.ci_low.unwrap(), 2.0 - 1.959963984540054);
        close(e.ci_high.unwrap(), 2.0 + 1.959963984540054);
        assert!(e.excludes_zero());
        assert_eq!(e.z(), Some(2.0));
        let wide = Estimate::student(2.0, Some(1.0), 3.0, LEVEL, 4, "").unwrap();
        assert!(!wide.excludes_zero());
        let open = Estimate::with_interval(-1.0, None, None, Some(-0.5), LEVEL, 4, "").unwrap();
        assert!(open.excludes_zero());
    }

    #[test]
    fn constant_data_have_no_z() {
        let e = Estimate::normal(0.0, Some(0.0), LEVEL, 5, "").unwrap();
        assert_eq!(e.z(), None);
        assert!(!e.excludes_zero());
    }

    #[test]
    fn scaling_by_a_negative_number_turns_the_interval() {
        let e = Estimate::normal(2.0, Some(1.0), LEVEL, 100, "").unwrap();
        let s = e.scaled(-10.0).unwrap();
        assert_eq!((s.value, s.se), (-20.0, Some(10.0)));
        assert_eq!(s.ci_low, e.ci_high.map(|x| -10.0 * x));
        assert!(s.ci_low < s.ci_high);
        assert!(e.scaled(f64::NAN).is_none());
    }

    #[test]
    fn json_has_null_where_undefined() {
        let e = Estimate::point(1.5, LEVEL, 1, "none").unwrap();
        let json = serde_json::to_string(&e).unwrap();
        assert_eq!(json, r#"{"value":1.5,"se":null,"ci_low":null,"ci_high":null,"level":0.95,"n":1,"method":"none"}"#);
    }
}

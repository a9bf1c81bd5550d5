//! Numbers with their doubt: estimates, errors and resampling, in terms of slices and nothing else.
//!
//! The room knows no market, rule or path. It takes columns of numbers and gives back [`Estimate`]s:
//! a value, its standard error, an interval, and the number of independent observations behind them.
//!
//! | file | what |
//! |---|---|
//! | [`estimate`] | the type of every answer |
//! | [`normal`] | distribution functions of the normal and of Student's t |
//! | [`moments`] | mean, variance, covariance: streaming, mergeable, and of slices |
//! | [`mean`] | a mean and a paired difference of means |
//! | [`influence`] | from the contributions of clusters to a standard error |
//! | [`ratio`] | ratio of sums over clusters, and the paired difference of two |
//! | [`quantile`] | quantiles and their distribution-free interval |
//! | [`rank`] | ranks, and the correlation of two rankings |
//! | [`shortfall`] | expected shortfall, alone, in clusters, and as a paired difference |
//! | [`sharpe`] | Sharpe ratio of one series, pooled over paths, and as a paired difference |
//! | [`bootstrap`] | stationary bootstrap of one history |
//! | [`blocks`] | circular block bootstrap |
//! | [`block_length`] | how long the blocks should be |
//! | [`long_run`] | the variance of a mean of dependent days |
//! | [`resampled`] | bootstrap means of many columns at once |
//! | [`snooping`] | is the best of many rules better than a benchmark: reality check and SPA |
//! | [`stepm`] | which rules are: stepwise selection and adjusted p-values |
//! | [`confidence_set`] | which rules cannot be told from the best |
//! | [`dominance`] | first and second order stochastic dominance |
//! | [`splits`] | walk-forward windows and the half-and-half split |
//! | [`combinatorial`] | combinatorial purged cross-validation |
//! | [`annualise`] | a Sharpe ratio over a longer horizon, with autocorrelation |
//! | [`deflated`] | probabilistic and deflated Sharpe ratio, expected maximum of N trials |
//! | [`trials`] | effective number of correlated trials |
//! | [`track_record`] | how long a history must be: minimum back-test, minimum track record |
//! | [`combinations`] | all choices of k out of n, as bit masks |
//! | [`pbo`] | probability of back-test overfitting by combinatorial cross-validation |
//! | [`sharpe_difference`] | tests that two Sharpe ratios differ |
//! | [`multiple`] | p-values of many tests, and the Sharpe ratio that remains |
//!
//! Three rules hold in every file.
//!
//! * **Undefined is `None`.** Too few observations, a constant column, a denominator that is not positive or
//!   a number that is not finite give `None`; no function panics on data and none returns NaN.
//!   Every check is written so that NaN fails it.
//! * **The independent unit is the cluster.** What happens on one path is dependent; paths are not. Standard
//!   errors are therefore formed over paths whenever a path gives more than one observation.
//! * **Differences are paired.** Two rules seen on the same paths are compared path by path, so that what they
//!   share cancels before the error is computed.

pub mod annualise;
pub mod block_length;
pub mod blocks;
pub mod bootstrap;
pub mod combinations;
pub mod combinatorial;
pub mod confidence_set;
pub mod controls;
pub mod deflated;
pub mod dominance;
pub mod estimate;
pub mod influence;
pub mod long_run;
pub mod mean;
pub mod moments;
pub mod multiple;
pub mod normal;
pub mod pbo;
pub mod quantile;
pub mod rank;
pub mod ratio;
pub mod resampled;
pub mod sharpe;
pub mod sharpe_difference;
pub mod shortfall;
pub mod snooping;
pub mod splits;
pub mod stepm;
pub mod track_record;
pub mod trials;
#[cfg(test)]
mod vectors;

pub use estimate::Estimate;

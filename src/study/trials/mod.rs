//! The trials of a back-test: the members of a tuned grid on one history, month by month.
//!
//! A history is a path, or the first years of one. Every study of choice and luck reads it through [`Trials`]: months of 21
//! days from the first evaluated day, eight members side by side, so that all members are valued on any set of months in
//! one sweep.

mod columns;
pub mod cscv;
pub mod diagnose;
pub mod folds;
mod halves;
pub mod plateau;
pub mod population;
pub mod protocol;
mod value;

use super::measure::TAIL;
use super::objective::{MONTH, MONTHS_PER_YEAR, Objective, Stream, Sums};
use crate::engine::{Experiment, Panel, Sum};
use crate::lanes::{Lanes, Row, WIDTH};
use crate::shelf::Refusal;
use crate::stats::moments;
use std::ops::Range;

/// The grid of one tuned rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Name of the rule.
    pub name: String,
    /// Walked rules; the first is the untuned one.
    pub members: Vec<usize>,
    /// The rule that holds the same hedge at a constant multiplier.
    pub fixed: usize,
    /// Name and values of each axis: members are all combinations, and the first axis varies slowest.
    pub axes: Vec<(String, Vec<String>)>,
}

impl Grid {
    /// The grids of all tuned rules of an experiment.
    pub fn all(experiment: &Experiment) -> Vec<Self> {
        let grid = |family: &crate::engine::Family| Self {
            name: family.name.clone(),
            members: family.members.clone(),
            fixed: experiment.fixed[family.members[0]],
            axes: family.axes.clone(),
        };
        experiment.families.iter().map(grid).collect()
    }

    /// Names of the members.
    pub fn names(&self, experiment: &Experiment) -> Vec<String> {
        self.members.iter().map(|member| experiment.rules[*member].name.clone()).collect()
    }

    /// As [`Grid::all`], for a study that has nothing to do without one.
    ///
    /// # Errors
    /// Where no rule is tuned, or a path has fewer than `years`.
    pub fn wanted(experiment: &Experiment, years: usize) -> Result<Vec<Self>, Refusal> {
        let grids = Self::all(experiment);
        if grids.iter().all(|grid| grid.members.len() < 2) {
            return Err(Refusal::new("", "there is nothing to choose: no rule has a tuned number")
                .help("write `{ tune: [0.1, 0.2, 0.4] }` for a number of a rule"));
        }
        if months(experiment) < years * 12 {
            let found = experiment.grid.days();
            return Err(Refusal::new("", format!("needs paths of at least {years} years, these have {found} days")));
        }
        Ok(grids.into_iter().filter(|grid| grid.members.len() > 1).collect())
    }
}

/// Whole months of a path.
pub fn months(experiment: &Experiment) -> usize {
    experiment.grid.days() / MONTH
}

/// Days that whole months take.
pub fn months_of_days(days: usize) -> usize {
    days.div_ceil(MONTH)
}

/// Where a study that reads months must have its stretches end.
pub fn cuts(months: usize) -> Vec<usize> {
    (0..=months).map(|month| month * MONTH).collect()
}

/// Months that find the first size of the fixed hedge beside a member.
pub const SIZING: usize = 12;

/// One month of eight members.
#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    net: Row,
    squares: Row,
    gain: Row,
    multiplier: Row,
}

/// The members of one grid on one path.
#[derive(Clone, Debug)]
pub struct Trials {
    months: usize,
    members: usize,
    /// Return of the portfolio, by month.
    portfolio: Vec<f64>,
    /// The fixed hedge, by month.
    fixed: Vec<Sums>,
    /// `[group of eight members][month]`.
    rows: Vec<Rows>,
}

/// Fields of [`Rows`].
const FIELDS: usize = 4;

/// One month of a rule on eight paths, in the order of [`Rows`].
fn month_of(panel: &Panel, rule: usize, stretches: Range<usize>) -> [Row; FIELDS] {
    let mut sums = [Row::splat(0.0); FIELDS];
    for stretch in stretches {
        let found = panel.sums(rule, stretch);
        sums[0] += found[Sum::Net as usize];
        sums[1] += found[Sum::Square as usize];
        sums[2] += *panel.gain(rule, stretch);
        sums[3] += found[Sum::Multiplier as usize];
    }
    sums
}

/// One month of the fixed hedge on one path.
fn fixed_month(panel: &Panel, lane: usize, rule: usize, stretches: Range<usize>) -> Sums {
    let mut sums = Sums { days: MONTH as f64, ..Sums::default() };
    for stretch in stretches.clone() {
        let of = |sum: Sum| panel.sum(rule, stretch, sum, lane);
        sums.net += of(Sum::Net);
        sums.returns += of(Sum::Return);
        sums.squares += of(Sum::Square);
        sums.gain += panel.gain(rule, stretch).0[lane];
        sums.multiplier += of(Sum::Multiplier);
    }
    Sums { loss: stretches.map(|stretch| panel.loss(stretch, lane)).sum(), ..sums }
}

impl Trials {
    /// Reads a path of a panel that is cut at [`cuts`] of so many months.
    pub fn read(panel: &Panel, lane: usize, grid: &Grid, months: usize) -> Self {
        Self::read_all(panel, &[lane], grid, months).swap_remove(0)
    }

    /// Reads some paths of a panel in one sweep over it.
    pub fn read_all(panel: &Panel, lanes: &[usize], grid: &Grid, months: usize) -> Vec<Self> {
        let stretches: Vec<Range<usize>> =
            (0..months).map(|month| panel.stretches_of(&(month * MONTH..(month + 1) * MONTH))).collect();
        let groups = grid.members.len().div_ceil(WIDTH);
        let empty = |&lane: &usize| {
            let fixed = stretches.iter().map(|month| fixed_month(panel, lane, grid.fixed, month.clone()));
            let fixed: Vec<Sums> = fixed.collect();
            let portfolio = fixed.iter().map(|month| month.returns - month.net).collect();
            let rows = vec![Rows::default(); groups * months];
            Self { months, members: grid.members.len(), portfolio, fixed, rows }
        };
        let mut all: Vec<Self> = lanes.iter().map(empty).collect();
        for (group, members) in grid.members.chunks(WIDTH).enumerate() {
            for (month, stretches) in stretches.iter().enumerate() {
                // Eight members on eight paths: from rows of paths to rows of members.
                let mut found = [[Row::default(); FIELDS]; WIDTH];
                for (found, member) in found.iter_mut().zip(members) {
                    *found = month_of(panel, *member, stretches.clone());
                }
                let across = |field: usize, lane: usize| Lanes(std::array::from_fn(|i| found[i][field].0[lane]));
                for (trials, &lane) in all.iter_mut().zip(lanes) {
                    trials.rows[group * months + month] = Rows {
                        net: across(0, lane),
                        squares: across(1, lane),
                        gain: across(2, lane),
                        multiplier: across(3, lane),
                    };
                }
            }
        }
        all
    }

    /// Members.
    pub const fn members(&self) -> usize {
        self.members
    }

    /// A member over some months.
    pub fn stream(&self, member: usize, months: &[Range<usize>]) -> Stream {
        let mut stream = Stream::default();
        for month in months.iter().cloned().flatten() {
            let row = &self.rows[member / WIDTH * self.months + month];
            let lane = member % WIDTH;
            stream.sums += Sums {
                days: MONTH as f64,
                net: row.net.0[lane],
                returns: self.portfolio[month] + row.net.0[lane],
                squares: row.squares.0[lane],
                gain: row.gain.0[lane],
                loss: self.fixed[month].loss,
                multiplier: row.multiplier.0[lane],
            };
            stream.monthly.push((self.portfolio[month], row.net.0[lane]));
        }
        stream
    }

    /// The fixed hedge over some months.
    pub fn fixed(&self, months: &[Range<usize>]) -> Stream {
        let mut stream = Stream::default();
        for month in months.iter().cloned().flatten() {
            stream.sums += self.fixed[month];
            stream.monthly.push((self.portfolio[month], self.fixed[month].net));
        }
        stream
    }

    /// The value of every member on some months; larger is better.
    pub fn values(&self, objective: Objective, months: &[Range<usize>], out: &mut Vec<f64>) {
        out.clear();
        let count: usize = months.iter().map(Range::len).sum();
        if objective == Objective::EsAtEqualMoney && (TAIL * count as f64).ceil() as usize > value::MOST_WORST {
            let fixed = self.fixed(months);
            out.extend((0..self.members).map(|member| self.stream(member, months).value(objective, &fixed)));
            return;
        }
        for group in 0..self.members.div_ceil(WIDTH) {
            let values = value::of_group(self, group, objective, months);
            out.extend(&values.0[..WIDTH.min(self.members - group * WIDTH)]);
        }
    }

    /// Monthly P&L of each member less that of the fixed hedge, in the size of the member's mean multiplier so far: what it
    /// earned by its timing. `[member][month]`; the first year of the months only finds the size.
    ///
    /// The size knows the past alone, so that where every hedge is fairly priced an advantage has mean zero but for trading
    /// costs. The mean multiplier of the whole history would know when hedges paid, and favour the fixed hedge.
    pub fn advantages(&self, months: Range<usize>) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::with_capacity(months.len().saturating_sub(SIZING)); self.members];
        let mut rows = vec![Row::default(); months.len().saturating_sub(SIZING)];
        for (group, columns) in all.chunks_mut(WIDTH).enumerate() {
            columns::advantages(self, group, months.clone(), &mut rows);
            for (lane, column) in columns.iter_mut().enumerate() {
                column.extend(rows.iter().map(|row| row.0[lane]));
            }
        }
        all
    }

    /// Standard deviation of the fixed hedge's months.
    pub fn fixed_sd(&self, months: Range<usize>) -> f64 {
        let net: Vec<f64> = months.map(|month| self.fixed[month].net).collect();
        moments::sd(&net).unwrap_or(0.0)
    }

    /// Gives a member the same money every month.
    pub fn give(&mut self, member: usize, amount: f64) {
        for row in &mut self.rows[member / WIDTH * self.months..][..self.months] {
            row.net.0[member % WIDTH] += amount;
        }
    }

    /// Gives the last member whose advantage varies so much every month that the annualised Sharpe ratio of its advantage
    /// is larger by `sharpe`.
    pub fn plant(&mut self, sharpe: f64) {
        let sds: Vec<f64> =
            self.advantages(0..self.months).iter().map(|column| moments::sd(column).unwrap_or(0.0)).collect();
        let least = 1e-9 * self.fixed_sd(0..self.months);
        if let Some(member) = sds.iter().rposition(|sd| *sd > least) {
            self.give(member, sharpe * sds[member] / MONTHS_PER_YEAR.sqrt());
        }
    }

    /// The member that holds least on average.
    pub fn least_held(&self, months: &Range<usize>) -> usize {
        let mut all = Vec::with_capacity(self.members.next_multiple_of(WIDTH));
        for rows in self.rows.chunks_exact(self.months.max(1)) {
            let mut held = Row::splat(0.0);
            for row in &rows[months.clone()] {
                held += row.multiplier.abs();
            }
            all.extend(held.0);
        }
        (0..self.members).min_by(|a, b| all[*a].total_cmp(&all[*b])).unwrap_or(0)
    }
}

/// The first of the largest values; values that are not numbers never win, and where all are none the first one does.
pub fn best(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] || !(values[best] > f64::NEG_INFINITY) && *value > f64::NEG_INFINITY {
            best = i;
        }
    }
    best
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::units::{NonNegative, Positive};

    /// Members and a portfolio of made-up months.
    pub fn made_up(members: usize, months: usize) -> Trials {
        let noise = |i: usize| ((i * 2_654_435_761 + 12_345) % 100_003) as f64 / 100_003.0 - 0.5;
        let mut rows = vec![Rows::default(); members.div_ceil(WIDTH) * months];
        for member in 0..members {
            for month in 0..months {
                let row = &mut rows[member / WIDTH * months + month];
                let net = 0.01 * noise(member * 1_009 + month * 17 + 5) - 0.002;
                row.net.0[member % WIDTH] = net;
                row.squares.0[member % WIDTH] = 0.002 + net * net;
                row.gain.0[member % WIDTH] = 0.3 * net.max(0.0);
                row.multiplier.0[member % WIDTH] = 21.0 * (1.0 + 0.1 * member as f64);
            }
        }
        let portfolio: Vec<f64> = (0..months).map(|month| 0.08 * noise(month * 31 + 7) + 0.004).collect();
        let fixed = |month: usize| {
            let net = 0.01 * noise(month * 13 + 3) - 0.003;
            let returns = portfolio[month] + net;
            Sums { days: 21.0, net, returns, squares: 0.002, gain: 0.0, loss: 0.01, multiplier: 21.0 }
        };
        Trials { months, members, fixed: (0..months).map(fixed).collect(), portfolio, rows }
    }

    /// Eight members at a time and one by one, on months that are not neighbours, short and long.
    #[test]
    fn all_members_are_valued_as_each_alone() {
        let objectives = [
            Objective::EsAtEqualMoney,
            Objective::Sharpe,
            Objective::Cost,
            Objective::HerPlus21,
            Objective::SquaredShortfall { gamma: NonNegative::literal(20.0) },
            Objective::Utility { risk_aversion: Positive::literal(3.0) },
        ];
        for (months, ranges) in [(60, vec![0..15, 30..45]), (24, vec![3..4, 9..24]), (600, vec![0..599, 599..600])] {
            let trials = made_up(11, months);
            let mut values = Vec::new();
            for objective in objectives {
                trials.values(objective, &ranges, &mut values);
                assert_eq!(values.len(), 11);
                let fixed = trials.fixed(&ranges);
                for (member, value) in values.iter().enumerate() {
                    let alone = trials.stream(member, &ranges).value(objective, &fixed);
                    assert!(
                        (value - alone).abs() < 1e-11 * (1.0 + alone.abs()),
                        "{objective:?} {member}: {value} {alone}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_member_in_the_fixed_hedge_s_size_has_no_advantage() {
        let mut trials = made_up(2, 24);
        for month in 0..24 {
            trials.rows[month].net.0[0] = 1.7 * trials.fixed[month].net;
            trials.rows[month].multiplier.0[0] = 1.7 * trials.fixed[month].multiplier;
        }
        let advantages = trials.advantages(0..24);
        assert!(advantages[0].len() == 12 && advantages[0].iter().all(|x| x.abs() < 1e-15));
        // Later months change no earlier advantage.
        let before = trials.advantages(0..24)[1][..6].to_vec();
        trials.rows[18].multiplier.0[1] *= 9.0;
        assert_eq!(before, trials.advantages(0..24)[1][..6]);
        assert_eq!((trials.least_held(&(0..24)), trials.members()), (1, 2));
    }

    #[test]
    fn what_is_no_number_is_never_the_best() {
        assert_eq!(best(&[f64::NAN, 1.0, 3.0, 3.0]), 2);
        assert_eq!(best(&[f64::NAN, f64::NEG_INFINITY]), 0);
        assert_eq!(best(&[]), 0);
    }
}

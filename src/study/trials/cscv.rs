//! Probability of back-test overfitting on one history, for any objective (Bailey, Borwein, Lopez de Prado and Zhu, "The
//! probability of backtest overfitting", 2017): blocks of months, every half of them once as the sample, once as the rest.

use super::Trials;
use super::halves::Halves;
use crate::stats::pbo::{Choice, Overfitting};
use crate::study::objective::Objective;
use crate::study::pictures::{Bins, Edge};
use std::ops::Range;

/// Blocks of a history: 70 combinations.
pub const BLOCKS: usize = 8;

/// Bins of [`Cscv::logits`]; a rank at the median, logit 0, belongs below.
pub const LOGITS: Bins = Bins { from: -4.0, to: 4.0, count: 16, edge: Edge::Below };

/// What combinatorially symmetric cross-validation says of one history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cscv {
    /// Share of combinations whose winner is at or below the median of the other half.
    pub pbo: f64,
    /// Slope of the winner's value out of sample on that in sample; not finite where the latter does not vary.
    pub slope: f64,
    /// Share of combinations whose winner is worse than the untuned rule in the other half.
    pub worse_than_untuned: f64,
    /// Share of combinations by the logit of the winner's rank in the other half, % in each of [`LOGITS`]; the lower half
    /// of the bins is the probability of overfitting.
    pub logits: [f64; LOGITS.count],
}

/// On some months; none where there are fewer than two months a block or two members.
pub fn cscv(trials: &Trials, objective: Objective, months: Range<usize>, blocks: usize) -> Option<Cscv> {
    let each = months.len() / blocks.max(1);
    if each < 2 || trials.members() < 2 || blocks < 2 || !blocks.is_multiple_of(2) {
        return None;
    }
    let all = (1_u32 << blocks) - 1;
    let masks: Vec<u32> = (0..=all).filter(|mask| mask.count_ones() as usize == blocks / 2).collect();
    let table = Halves::of(trials, objective, months.start, each, blocks);
    let value_of = |mask: &u32| {
        let mut values = Vec::with_capacity(trials.members());
        table.values(*mask, &mut values);
        values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = f64::NEG_INFINITY);
        values
    };
    let halves: Vec<Vec<f64>> = masks.iter().map(value_of).collect();
    // The masks ascend, so that the complement of the i-th is the i-th from the end. A half in which no member has a value (no
    // crash, say) chooses nothing and judges nothing.
    let known = |half: &[f64]| half.iter().any(|value| value.is_finite());
    let pairs = halves.iter().zip(halves.iter().rev()).filter(|(sample, rest)| known(sample) && known(rest));
    let judged: Vec<(Choice, bool)> = pairs
        .filter_map(|(sample, rest)| {
            let choice = Choice::of(sample, rest)?;
            Some((choice, rest[choice.winner] < rest[0]))
        })
        .collect();
    let worse = judged.iter().filter(|(_, worse)| *worse).count();
    let choices: Vec<Choice> = judged.into_iter().map(|(choice, _)| choice).collect();
    let found = Overfitting::of(&choices)?;
    let logits: Vec<f64> = choices.iter().map(Choice::logit).collect();
    Some(Cscv {
        pbo: found.probability,
        slope: found.degradation.slope.unwrap_or(f64::NAN),
        worse_than_untuned: worse as f64 / choices.len() as f64,
        logits: LOGITS.shares(logits.iter()).try_into().unwrap_or([0.0; LOGITS.count]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::trials::best;
    use crate::study::trials::tests::made_up;

    /// The same from the definition: every half, every member, one by one.
    #[test]
    fn agrees_with_a_count_by_hand() {
        let (trials, objective) = (made_up(5, 33), Objective::EsAtEqualMoney);
        let found = cscv(&trials, objective, 0..33, 4).unwrap();
        let (mut overfit, mut worse) = (0, 0);
        for (a, b) in (0..4).flat_map(|a| (a + 1..4).map(move |b| (a, b))) {
            let of = |blocks: Vec<usize>| -> Vec<f64> {
                let months: Vec<Range<usize>> = blocks.iter().map(|block| block * 8..(block + 1) * 8).collect();
                let fixed = trials.fixed(&months);
                (0..5).map(|member| trials.stream(member, &months).value(objective, &fixed)).collect()
            };
            let (sample, rest) = (of(vec![a, b]), of((0..4).filter(|block| *block != a && *block != b).collect()));
            let winner = best(&sample);
            let below = rest.iter().filter(|x| **x < rest[winner]).count();
            // No ties: rank below + 1 of 5, over 6.
            overfit += usize::from((below + 1) as f64 / 6.0 <= 0.5);
            worse += usize::from(rest[winner] < rest[0]);
        }
        assert!((found.pbo - overfit as f64 / 6.0).abs() < 1e-12);
        assert!((found.worse_than_untuned - worse as f64 / 6.0).abs() < 1e-12);
        let below: f64 = found.logits[..LOGITS.count / 2].iter().sum();
        assert!((below - 100.0 * found.pbo).abs() < 1e-9 && (found.logits.iter().sum::<f64>() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn short_histories_have_no_answer() {
        let trials = made_up(3, 15);
        assert_eq!(cscv(&trials, Objective::Sharpe, 0..15, BLOCKS), None);
        assert!(cscv(&made_up(3, 16), Objective::Sharpe, 0..16, BLOCKS).is_some());
    }
}

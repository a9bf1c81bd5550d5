//! Tables that are kept from run to run: what each depends on is the name under which it is looked for.
//!
//! This room says what a table depends on and turns it into bytes; a [`Vault`] keeps them. Nothing hangs on it: a table that
//! is not found, or is none, is made.

use crate::grid::DAY;
use crate::pricing::packed::{Packed, Table};
use std::fmt::Debug;

/// Keeps bytes by the whole description of what they were made of. It may forget anything at any time and fails silently; what
/// it gives back is what was put there, bit by bit.
pub trait Vault: Debug + Send + Sync {
    /// The bytes that were kept for this description, if they are there and unharmed.
    fn find(&self, description: &[u8]) -> Option<Vec<u8>>;

    /// Keeps bytes for this description, in place of what was there.
    fn keep(&self, description: &[u8], bytes: &[u8]);
}

/// The table of `of`, for so many days and up to such a variance: from the vault, or made and put there.
pub(super) fn kept<T: Table>(
    vault: Option<&dyn Vault>,
    of: impl Fn(&mut Packed),
    (days, most_variance): (usize, f64),
    make: impl Fn() -> T,
) -> T {
    let Some(vault) = vault else { return make() };
    let mut description = Packed::description::<T>();
    of(&mut description);
    description.count(days);
    description.number(DAY);
    description.number(most_variance);
    let description = description.as_bytes();
    if let Some(table) = vault.find(description).and_then(|bytes| T::from_bytes(&bytes)) {
        return table;
    }
    let table = make();
    vault.keep(description, &table.to_bytes());
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::{Needs, Prices};
    use crate::pricing::futures::Curve;
    use crate::pricing::law::{Law, LogJump, Model, Variance};
    use crate::pricing::surface::Surface;
    use crate::pricing::vix_surface::VixSurface;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    /// Bytes in memory, and how often they were asked for and found.
    #[derive(Debug, Default)]
    struct Memory {
        kept: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
        found: Mutex<usize>,
    }

    impl Vault for Memory {
        fn find(&self, description: &[u8]) -> Option<Vec<u8>> {
            let found = self.kept.lock().unwrap().get(description).cloned();
            *self.found.lock().unwrap() += usize::from(found.is_some());
            found
        }

        fn keep(&self, description: &[u8], bytes: &[u8]) {
            self.kept.lock().unwrap().insert(description.to_vec(), bytes.to_vec());
        }
    }

    fn law() -> Law {
        let mut switch_jump = Law::no_switch_jumps(2);
        switch_jump[0][1] = LogJump { mean: -0.06, sd: 0.03 };
        Law {
            generator: vec![vec![-0.7, 0.7], vec![3.0, -3.0]],
            variance: Variance::SquareRoot { reversion: 3.0, vol_of_vol: 0.6 },
            level: vec![0.02, 0.12],
            intensity: vec![0.5, 3.0],
            jump_mean: vec![-0.05, -0.1],
            jump_sd: vec![0.05, 0.08],
            variance_jump: vec![0.02, 0.08],
            switch_jump,
        }
    }

    fn model() -> Model {
        Model { law: law(), leverage: -0.7, rate: 0.04, dividend: 0.01 }
    }

    /// Read again they are the same numbers, and bytes that were cut, lengthened or swapped are no table.
    fn comes_back<T: Table + std::fmt::Debug>(table: &T) {
        let bytes = table.to_bytes();
        let again = T::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{table:?}"), format!("{again:?}"));
        assert_eq!(again.to_bytes(), bytes);
        for cut in [0, 7, 8, 40, bytes.len() / 2, bytes.len() - 1] {
            assert!(T::from_bytes(&bytes[..cut]).is_none(), "{} of {}", cut, bytes.len());
        }
        assert!(T::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
        // Sizes that no table has: the first number of each kind is one.
        for size in [0, 7, u64::MAX] {
            let wrong = [&size.to_le_bytes()[..], &bytes[8..]].concat();
            assert!(T::from_bytes(&wrong).is_none(), "{size}");
        }
    }

    #[test]
    fn tables_come_back_to_the_bit() {
        let index = law().vix_squared();
        let constant = Law { variance: Variance::Constant, ..law() };
        comes_back(&Surface::new(&model(), 3, DAY, 1.5));
        comes_back(&Surface::new(&Model { law: constant.clone(), leverage: 0.0, ..model() }, 3, DAY, 1.5));
        comes_back(&Curve::new(&law(), &index, 3, DAY, 1.5));
        comes_back(&VixSurface::new(&law(), &index, 2, DAY, 1.5));
        comes_back(&VixSurface::new(&constant, &constant.vix_squared(), 2, DAY, 1.5));
    }

    /// Every number of a law and a model, and every kind, has a description of its own.
    #[test]
    fn every_number_is_in_the_description() {
        let mut all: Vec<Model> = vec![model()];
        let mut change = |change: &dyn Fn(&mut Model)| {
            let mut changed = model();
            change(&mut changed);
            all.push(changed);
        };
        let up = |x: &mut f64| *x = x.next_up();
        for k in 0..2 {
            for j in 0..2 {
                change(&|m| up(&mut m.law.generator[k][j]));
                change(&|m| up(&mut m.law.switch_jump[k][j].mean));
                change(&|m| up(&mut m.law.switch_jump[k][j].sd));
            }
            change(&|m| up(&mut m.law.level[k]));
            change(&|m| up(&mut m.law.intensity[k]));
            change(&|m| up(&mut m.law.jump_mean[k]));
            change(&|m| up(&mut m.law.jump_sd[k]));
            change(&|m| up(&mut m.law.variance_jump[k]));
        }
        let reversion = 3.0_f64.next_up();
        change(&|m| m.law.variance = Variance::SquareRoot { reversion, vol_of_vol: 0.6 });
        change(&|m| m.law.variance = Variance::SquareRoot { reversion: 3.0, vol_of_vol: 0.6_f64.next_up() });
        change(&|m| m.law.variance = Variance::Constant);
        change(&|m| up(&mut m.leverage));
        change(&|m| up(&mut m.rate));
        change(&|m| up(&mut m.dividend));
        let mut seen = std::collections::BTreeSet::new();
        let mut enter = |of: Packed| assert!(seen.insert(of.as_bytes().to_vec()), "{}", seen.len());
        for model in &all {
            let mut of = Packed::description::<Surface>();
            of.model(model);
            enter(of);
        }
        for mut of in [Packed::description::<Curve>(), Packed::description::<VixSurface>()] {
            of.law(&law());
            enter(of.clone());
            let mut index = law().vix_squared();
            of.affine(&index);
            enter(of.clone());
            index.b = index.b.next_up();
            of.affine(&index);
            enter(of);
        }
    }

    /// The tables of a market are found again, by another market are not, and are the same bits.
    #[test]
    fn prices_are_the_same_from_a_vault() {
        let world = |level: &str| {
            let text = format!(
                "{{ name: w, seed: 1, paths: 8, years: 1, version: 1,
                market: {{ regime_svj: {{ regimes: {{ only: {{ variance: {level} }} }}, variance: {{ reversion: 3, vol_of_vol: 0.5 }} }} }},
                portfolio: {{ capital: 1e6, assets: {{ SPX: {{ weight: 1 }} }} }},
                instruments: {{ put: {{ put: {{ underlying: SPX, moneyness: 0.95, tenor: 5 }}, size: {{ per_exposure: 1 }} }} }},
                rules: {{ static: {{ hedge: put, hold: 1 }} }} }}"
            );
            crate::scenario::load_text("w.yaml", &text, &[]).unwrap_or_else(|e| panic!("{e}")).plan.experiment
        };
        let mut needs = Needs::default();
        needs.options(0, 5);
        needs.squares(0, 5);
        needs.futures(4);
        needs.vix_options(2);
        let (here, there) = (world("0.04"), world("0.05"));
        let vault = Arc::new(Memory::default());
        let count = || (vault.kept.lock().unwrap().len(), *vault.found.lock().unwrap());
        let plain = Prices::new(here.market.facts(), needs);
        let bits = |prices: &Prices| format!("{:?}", prices.tables());
        let first = plain.kept_in(vault.clone());
        assert_eq!(bits(&first), bits(&plain));
        assert_eq!(count(), (3, 0));
        assert_eq!(bits(&plain.kept_in(vault.clone())), bits(&plain));
        assert_eq!(count(), (3, 3));
        // The same needs elsewhere, with the same vault.
        let moved = first.in_world(there.market.facts());
        assert_ne!(bits(&moved), bits(&plain));
        assert_eq!(count(), (6, 3));
        // Bytes that are no table are made anew and replaced.
        let good = vault.kept.lock().unwrap().clone();
        vault.kept.lock().unwrap().values_mut().for_each(|bytes| bytes.truncate(100));
        assert_eq!(bits(&plain.kept_in(vault.clone())), bits(&plain));
        let replaced = vault.kept.lock().unwrap().iter().filter(|(of, bytes)| good[*of] == **bytes).count();
        assert_eq!(replaced, 3);
    }
}

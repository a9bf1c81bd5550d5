//! Price tables as bytes and back, and what tables are made of as bytes: both to the last bit, little-endian.
//!
//! Where the bytes lie, and whether they are unharmed, is no business of this room. Yet nothing is taken on trust: bytes that
//! are too short, too long or of another shape are no table.

use super::law::{Law, LogJump, Model, Variance};
use super::vix::Affine;
use crate::lanes::WIDTH;

/// Raise it when tables of the same law get other numbers, or other bytes, by something that [`CODE`] does not see: another
/// release of nalgebra or libm in a program that locks its own.
pub const TABLES: usize = 1;

/// The code that makes tables: a digest of this room, of the lanes, of the locked libraries and the compiler (`build.rs`).
/// Whoever changes a line of them reads no table that was made before.
pub const CODE: &str = env!("HEDGELAB_TABLES");

/// A table that can be put away and read again.
pub trait Table: Sized {
    /// Its kind, one word.
    const KIND: &'static str;

    /// All of it.
    fn pack(&self, out: &mut Packed);

    /// The table whose [`pack`](Self::pack) this was; nothing where it cannot have been one.
    fn unpack(from: &mut Unpacking<'_>) -> Option<Self>;

    /// Its bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Packed::default();
        self.pack(&mut out);
        out.0
    }

    /// The table of these bytes, all of them.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Unpacking(bytes);
        let table = Self::unpack(&mut from)?;
        from.0.is_empty().then_some(table)
    }
}

/// Bytes in the making. Every list starts with its length, so that different things have different bytes.
#[derive(Clone, Debug, Default)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// What a table depends on starts with its kind and with all that makes tables: program, code, kind of machine.
    pub fn description<T: Table>() -> Self {
        let mut out = Self::default();
        out.text(T::KIND);
        out.text(env!("CARGO_PKG_VERSION"));
        out.count(TABLES);
        out.text(CODE);
        out.count(WIDTH);
        out.text(std::env::consts::ARCH);
        out
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A whole number.
    pub fn count(&mut self, count: usize) {
        self.0.extend((count as u64).to_le_bytes());
    }

    /// A number, to the bit.
    pub fn number(&mut self, number: f64) {
        self.0.extend(number.to_bits().to_le_bytes());
    }

    /// Numbers.
    pub fn numbers(&mut self, numbers: &[f64]) {
        self.count(numbers.len());
        self.0.extend(numbers.iter().flat_map(|number| number.to_bits().to_le_bytes()));
    }

    /// Numbers of half the length.
    pub fn short_numbers(&mut self, numbers: &[f32]) {
        self.count(numbers.len());
        self.0.reserve(4 * numbers.len());
        self.0.extend(numbers.iter().flat_map(|number| number.to_bits().to_le_bytes()));
    }

    /// A word.
    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    /// An affine function of the variance.
    pub fn affine(&mut self, Affine { a, b }: &Affine) {
        self.numbers(a);
        self.number(*b);
    }

    /// A law with every number in it.
    pub fn law(&mut self, law: &Law) {
        let Law { generator, variance, level, intensity, jump_mean, jump_sd, variance_jump, switch_jump } = law;
        match *variance {
            Variance::SquareRoot { reversion, vol_of_vol } => {
                self.text("square root");
                self.number(reversion);
                self.number(vol_of_vol);
            }
            Variance::Constant => self.text("constant"),
        }
        for list in [level, intensity, jump_mean, jump_sd, variance_jump].into_iter().chain(generator) {
            self.numbers(list);
        }
        for LogJump { mean, sd } in switch_jump.iter().flatten() {
            self.number(*mean);
            self.number(*sd);
        }
    }

    /// An asset with every number in it.
    pub fn model(&mut self, model: &Model) {
        let Model { law, leverage, rate, dividend } = model;
        self.law(law);
        for number in [*leverage, *rate, *dividend] {
            self.number(number);
        }
    }
}

/// Bytes that are read from the front.
#[derive(Debug)]
pub struct Unpacking<'a>(&'a [u8]);

impl<'a> Unpacking<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    /// A whole number.
    pub fn count(&mut self) -> Option<usize> {
        let bytes = self.take(8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    }

    /// A number.
    pub fn number(&mut self) -> Option<f64> {
        let bytes = self.take(8)?.try_into().ok()?;
        Some(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    /// Numbers.
    pub fn numbers(&mut self) -> Option<Vec<f64>> {
        let bytes = self.count()?.checked_mul(8)?;
        let (words, _) = self.take(bytes)?.as_chunks::<8>();
        Some(words.iter().map(|word| f64::from_bits(u64::from_le_bytes(*word))).collect())
    }

    /// Numbers of half the length.
    pub fn short_numbers(&mut self) -> Option<Vec<f32>> {
        let bytes = self.count()?.checked_mul(4)?;
        let (words, _) = self.take(bytes)?.as_chunks::<4>();
        Some(words.iter().map(|word| f32::from_bits(u32::from_le_bytes(*word))).collect())
    }

    /// An affine function of the variance.
    pub fn affine(&mut self) -> Option<Affine> {
        Some(Affine { a: self.numbers()?, b: self.number()? })
    }
}

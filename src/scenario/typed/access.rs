//! Lists, maps and choices as serde walks them. Each step adds itself to the path of an
//! error that comes up from below.

use super::{Mismatch, Reader};
use crate::scenario::tree::{Entry, Node, Origin};
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

/// The items of a list.
pub(super) struct Items<'n>(pub std::iter::Enumerate<std::slice::Iter<'n, Node>>);

impl<'n> SeqAccess<'n> for &mut Items<'n> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let Some((index, node)) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Reader(node));
        read.map(Some).map_err(|error| error.under(&format!("[{index}]")))
    }
}

/// The keys and values of a map.
pub(super) struct Entries<'n> {
    pub entries: std::slice::Iter<'n, Entry>,
    pub current: Option<&'n Entry>,
}

impl<'n> MapAccess<'n> for Entries<'n> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        self.current = self.entries.next();
        let Some(entry) = self.current else {
            return Ok(None);
        };
        let read = seed.deserialize(BorrowedStrDeserializer::new(&entry.key));
        read.map(Some).map_err(|error: Mismatch| error.at(&entry.origin).under(&entry.key))
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let Some(entry) = self.current else {
            return Err(Mismatch::custom("a value without a key"));
        };
        seed.deserialize(Reader(&entry.node)).map_err(|error| error.under(&entry.key))
    }
}

/// A choice: a name alone, or a map of one key that holds the content.
pub(super) struct Variant<'n> {
    pub name: &'n str,
    pub origin: &'n Origin,
    pub content: Option<&'n Node>,
}

impl Variant<'_> {
    fn lacks(&self, what: &str) -> Mismatch {
        Mismatch::custom(format_args!("\"{}\" needs {what}", self.name)).at(self.origin)
    }
}

impl<'n> EnumAccess<'n> for Variant<'n> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'n>>(self, seed: V) -> Result<(V::Value, Self), Mismatch> {
        let read = seed.deserialize(StrDeserializer::<Mismatch>::new(self.name));
        Ok((read.map_err(|error| error.at(self.origin))?, self))
    }
}

impl<'n> VariantAccess<'n> for Variant<'n> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.content {
            None => Ok(()),
            Some(node) => Err(Reader(node).expected("nothing").under(self.name)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, Mismatch> {
        let node = self.content.ok_or_else(|| self.lacks("a value"))?;
        seed.deserialize(Reader(node)).map_err(|error| error.under(self.name))
    }

    fn tuple_variant<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        let node = self.content.ok_or_else(|| self.lacks("a list"))?;
        Reader(node).deserialize_seq(visitor).map_err(|error| error.under(self.name))
    }

    fn struct_variant<V: Visitor<'n>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Mismatch> {
        let node = self.content.ok_or_else(|| self.lacks("a map of keys"))?;
        Reader(node).map(visitor).map_err(|error| error.under(self.name))
    }
}

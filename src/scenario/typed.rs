//! A tree read as a type, so that every error knows its path and place.

mod access;
mod mismatch;

pub use mismatch::Mismatch;

use super::problem::did_you_mean;
use super::tree::{Data, Entry, Node, Origin};
use access::{Entries, Items, Variant};
use serde::de::{DeserializeOwned, Deserializer, Error, Unexpected, Visitor};

/// Reads `node` as a `T`. Maps keyed by names (`HashMap<String, _>`) and structs are told
/// apart: an override adds a name only if it is written with `+`.
///
/// # Errors
/// The first thing that does not fit the type. Ranges are left to validation.
pub fn typed<T: DeserializeOwned>(node: &Node) -> Result<T, Mismatch> {
    T::deserialize(Reader(node))
}

/// Reads one node.
#[derive(Clone, Copy)]
struct Reader<'n>(&'n Node);

impl<'n> Reader<'n> {
    fn found(self) -> Unexpected<'n> {
        match &self.0.value {
            Data::Null => Unexpected::Unit,
            Data::Bool(value) => Unexpected::Bool(*value),
            Data::Integer(value) => match u64::try_from(*value) {
                Ok(value) => Unexpected::Unsigned(value),
                Err(_) => Unexpected::Signed(i64::try_from(*value).unwrap_or(i64::MIN)),
            },
            Data::Float(value) => Unexpected::Float(*value),
            Data::Text(value) => Unexpected::Str(value),
            Data::List(_) => Unexpected::Seq,
            Data::Map(_) => Unexpected::Map,
        }
    }

    fn expected(self, what: &str) -> Mismatch {
        Mismatch::invalid_type(self.found(), &what).at(&self.0.origin)
    }

    fn entries(self) -> Result<&'n [Entry], Mismatch> {
        match &self.0.value {
            Data::Map(entries) => Ok(entries),
            Data::Null => {
                let help = "`{}` is a map with no keys";
                Err(Mismatch { help: Some(help.into()), ..self.expected("a map of keys") })
            }
            _ => Err(self.expected("a map of keys")),
        }
    }

    fn map<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let entries = self.entries()?.iter();
        let map = Entries { entries, current: None };
        visitor.visit_map(map).map_err(|error| error.at(&self.0.origin))
    }
}

/// Numbers that must be whole: `1e5` and `3.0` are.
macro_rules! whole_numbers {
    ($($method:ident),*) => {
        $(fn $method<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.0.value {
                Data::Float(x) if x.trunc() == x && x.abs() <= 9_007_199_254_740_992.0 => {
                    let whole = Node { value: Data::Integer(x as i128), ..self.0.clone() };
                    Reader(&whole).scalar(visitor)
                }
                _ => self.deserialize_any(visitor),
            }
        })*
    };
}

impl Reader<'_> {
    fn scalar<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let read = match &self.0.value {
            Data::Bool(value) => visitor.visit_bool(*value),
            Data::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_f64(*value as f64),
            },
            Data::Float(value) => visitor.visit_f64(*value),
            Data::Text(value) => visitor.visit_str(value),
            Data::Null | Data::List(_) | Data::Map(_) => visitor.visit_unit(),
        };
        read.map_err(|error: Mismatch| error.at(&self.0.origin))
    }
}

impl<'n> Deserializer<'n> for Reader<'n> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match &self.0.value {
            Data::List(_) => self.deserialize_seq(visitor),
            Data::Map(_) => self.map(visitor),
            _ => self.scalar(visitor),
        }
    }

    whole_numbers!(
        deserialize_u8,
        deserialize_u16,
        deserialize_u32,
        deserialize_u64,
        deserialize_i8,
        deserialize_i16,
        deserialize_i32,
        deserialize_i64
    );

    fn deserialize_str<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match &self.0.value {
            Data::Bool(_) | Data::Integer(_) | Data::Float(_) => {
                let help = "quotes make it a text";
                Err(Mismatch { help: Some(help.into()), ..self.expected("a text") })
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0.value {
            Data::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self).map_err(|error| error.at(&self.0.origin))
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Data::List(items) = &self.0.value else {
            return Err(self.expected("a list"));
        };
        let mut rest = Items(items.iter().enumerate());
        let read = visitor.visit_seq(&mut rest).map_err(|error| error.at(&self.0.origin))?;
        match rest.0.next() {
            Some((count, _)) => {
                let message = format!("expected a list of {count}, found {}", items.len());
                Err(Mismatch::custom(message).at(&self.0.origin))
            }
            None => Ok(read),
        }
    }

    fn deserialize_tuple<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let entries = self.entries()?;
        let new = |entry: &&Entry| match &entry.origin {
            Origin::Override(text) => !text.starts_with('+'),
            Origin::File(_) => false,
        };
        let known = |entry: &Entry| matches!(entry.origin, Origin::File(_));
        // Inside a map that is new as a whole there is nothing to compare with.
        if let (Origin::File(_), Some(entry)) = (&self.0.origin, entries.iter().find(new)) {
            let names = entries.iter().filter(|entry| known(entry)).map(|entry| entry.key.as_str());
            let help = did_you_mean(&entry.key, "there are", &names.collect::<Vec<_>>());
            let message = format!("there is no \"{}\" to set", entry.key);
            let error = Mismatch::helped(message, format!("{help}; `+` in front of the key adds one"));
            return Err(error.at(&entry.origin).under(&entry.key));
        }
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.map(visitor)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let variant = match &self.0.value {
            Data::Text(name) => Variant { name, origin: &self.0.origin, content: None },
            Data::Map(entries) => match &entries[..] {
                [entry] => Variant { name: &entry.key, origin: &entry.origin, content: Some(&entry.node) },
                _ => return Err(self.expected("a map of exactly one key")),
            },
            _ => return Err(self.expected(&format!("one of {}", variants.join(", ")))),
        };
        visitor.visit_enum(variant).map_err(|error| error.at(&self.0.origin))
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'n>>
        bool i128 u128 f32 f64 char bytes byte_buf unit unit_struct identifier
    }
}

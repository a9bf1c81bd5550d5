//! The error of reading a tree as a type, in words for people who write scenarios.

use crate::scenario::problem::did_you_mean;
use crate::scenario::tree::Origin;
use crate::shelf::join;
use serde::de::{Error, Expected, Unexpected};
use std::fmt::{self, Display};

/// A part of the tree that does not fit its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Dotted path from the root of the tree.
    pub path: String,
    /// What was expected, and what was found.
    pub message: String,
    /// The cure, if one is known.
    pub help: Option<String>,
    /// Where it is.
    pub origin: Option<Origin>,
}

impl Mismatch {
    pub(super) fn helped(message: impl Display, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..Self::custom(message) }
    }

    /// Places the error, unless something deeper did.
    pub(super) fn at(mut self, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// The same error, seen from one level up.
    pub(super) fn under(mut self, step: &str) -> Self {
        self.path = join(step, &self.path);
        self
    }
}

impl Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for Mismatch {}

impl Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self { path: String::new(), message: message.to_string(), help: None, origin: None }
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        let expected = match expected.to_string().as_str() {
            "f32" | "f64" => "a number".to_owned(),
            "u64" | "usize" => "a whole number, 0 or above".to_owned(),
            "i32" | "i64" | "isize" => "a whole number".to_owned(),
            "u8" => "a whole number from 0 to 255".to_owned(),
            "u16" => "a whole number from 0 to 65535".to_owned(),
            "u32" => "a whole number from 0 to 4294967295".to_owned(),
            "a boolean" => "true or false".to_owned(),
            "a string" => "a text".to_owned(),
            other => other.to_owned(),
        };
        Self::custom(format_args!("expected {expected}, found {}", in_words(found)))
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let help = did_you_mean(field, "allowed keys", expected);
        Self::helped(format_args!("unknown key \"{field}\""), help)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help = did_you_mean(variant, "allowed values", expected);
        Self::helped(format_args!("unknown value \"{variant}\""), help)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom("required, but missing").under(field)
    }
}

fn in_words(found: Unexpected) -> String {
    match found {
        Unexpected::Bool(value) => format!("{value}"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(value) => format!("the text \"{value}\""),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map of keys".to_owned(),
        other => other.to_string(),
    }
}

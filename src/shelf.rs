//! Shelves: "exactly one of" maps such as `signal: { vix: {} }`.
//!
//! [`one_of!`](crate::one_of) turns a list of kinds into the struct that mirrors the
//! file. Each kind is a struct that describes itself ([`Described`]) and implements
//! the trait the shelf is read through.

use serde::{Deserialize, Deserializer};

/// One kind on a shelf, as shown by help texts and walked by tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The key a scenario writes.
    pub name: &'static str,
    /// One line: what it is.
    pub help: &'static str,
    /// A YAML text of the kind's parameters, `{}` when it has none.
    pub specimen: &'static str,
}

/// What a kind says about itself.
pub trait Described {
    /// One line: what it is.
    const HELP: &'static str;
    /// A YAML text of its parameters, `{}` when it has none.
    const SPECIMEN: &'static str;
}

/// Why something that reads well cannot be built: names that do not exist, numbers
/// that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Dotted path below the refused spec (`scale[0].signal`); empty for the spec itself.
    pub field: String,
    /// What is wrong, with the value.
    pub message: String,
    /// The cure, if one is known.
    pub help: Option<String>,
}

impl Refusal {
    /// Refuses `field` (a dotted path below the spec, empty for the spec itself).
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), help: None }
    }

    /// Adds the cure.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same refusal, seen from one level up, where the spec stands at `prefix`.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.field = join(prefix, &self.field);
        self
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.field.as_str() {
            "" => out.write_str(&self.message),
            field => write!(out, "{field}: {}", self.message),
        }
    }
}

impl std::error::Error for Refusal {}

/// Joins two dotted paths, either of which may be empty: `a` and `[0].b` give `a[0].b`.
pub fn join(prefix: &str, field: &str) -> String {
    let dot = if prefix.is_empty() || field.is_empty() || field.starts_with('[') { "" } else { "." };
    format!("{prefix}{dot}{field}")
}

/// Reads a kind that is written. A key without a value is not "absent" but an error.
#[doc(hidden)]
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Defines the struct of an "exactly one of" map, for use inside this crate.
///
/// ```text
/// one_of! {
///     /// What a rule looks at.
///     pub struct SignalSpec: dyn ReadsSignal {
///         vix: vix::Spec,
///         realized_vol: realized_vol::Spec,
///     }
/// }
/// ```
///
/// Every kind must be `Debug + Clone + Serialize + Deserialize + JsonSchema +
/// garde::Validate<Context = ()> + Described` and implement the trait. The struct has
/// one `Option` field per kind (and one for each field `and { .. }` lists beside the kinds), refuses unknown kinds when read and any number of
/// kinds but one when validated, and offers `KINDS`, `name()` and `only()`.
#[macro_export]
macro_rules! one_of {
    ($(#[doc = $doc:literal])* $vis:vis struct $name:ident: dyn $face:path {
        $($kind:ident: $spec:ty),+ $(,)?
    } $(and {
        $($(#[doc = $beside_doc:literal])* $beside:ident: $beside_type:ty),+ $(,)?
    })?) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            $(
                #[doc = concat!("The kind `", stringify!($kind), "`.")]
                #[serde(
                    default,
                    deserialize_with = "crate::shelf::given",
                    skip_serializing_if = "Option::is_none"
                )]
                pub $kind: Option<$spec>,
            )+
            $($(
                $(#[doc = $beside_doc])*
                #[serde(
                    default,
                    deserialize_with = "crate::shelf::given",
                    skip_serializing_if = "Option::is_none"
                )]
                pub $beside: Option<$beside_type>,
            )+)?
        }

        impl $name {
            /// Every kind, in the order of the definition.
            pub const KINDS: &'static [$crate::shelf::Kind] = &[$($crate::shelf::Kind {
                name: stringify!($kind),
                help: <$spec as $crate::shelf::Described>::HELP,
                specimen: <$spec as $crate::shelf::Described>::SPECIMEN,
            }),+];

            /// The kinds that are given; a validated value has exactly one.
            fn given(&self) -> Vec<(&'static str, &(dyn $face + 'static))> {
                let mut given: Vec<(&'static str, &(dyn $face + 'static))> = Vec::new();
                $(if let Some(spec) = &self.$kind {
                    given.push((stringify!($kind), spec));
                })+
                given
            }

            /// The name of the kind that is given; empty if none is.
            pub fn name(&self) -> &'static str {
                self.given().first().map_or("", |(name, _)| name)
            }

            /// The kind that is given; `None` only for a value that would not validate.
            pub fn only(&self) -> Option<&(dyn $face + 'static)> {
                match self.given()[..] {
                    [(_, spec)] => Some(spec),
                    _ => None,
                }
            }
        }

        impl ::garde::Validate for $name {
            type Context = ();

            fn validate_into(
                &self,
                context: &(),
                parent: &mut dyn FnMut() -> ::garde::Path,
                report: &mut ::garde::Report,
            ) {
                let given: Vec<&str> = self.given().into_iter().map(|(name, _)| name).collect();
                if given.len() != 1 {
                    let found = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
                    let kinds = [$(stringify!($kind)),+].join(", ");
                    report.append(parent(), ::garde::Error::new(format!(
                        "give exactly one of {kinds}; found {found}"
                    )));
                }
                $(if let Some(spec) = &self.$kind {
                    let mut path = || parent().join(stringify!($kind));
                    ::garde::Validate::validate_into(spec, context, &mut path, report);
                })+
                $($(if let Some(spec) = &self.$beside {
                    let mut path = || parent().join(stringify!($beside));
                    ::garde::Validate::validate_into(spec, context, &mut path, report);
                })+)?
            }
        }

        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let mut kinds = ::serde_json::Map::new();
                $({
                    let mut schema = <$spec as ::schemars::JsonSchema>::json_schema(generator);
                    let help = <$spec as $crate::shelf::Described>::HELP;
                    schema.insert("description".to_owned(), help.into());
                    kinds.insert(stringify!($kind).to_owned(), schema.to_value());
                })+
                let one_kind: Vec<::serde_json::Value> =
                    vec![$(::serde_json::json!({ "required": [stringify!($kind)] })),+];
                $($(kinds.insert(
                    stringify!($beside).to_owned(),
                    generator.subschema_for::<$beside_type>().to_value(),
                );)+)?
                ::schemars::json_schema!({
                    "description": concat!($($doc, "\n"),*).trim(),
                    "type": "object",
                    "properties": kinds,
                    "additionalProperties": false,
                    "oneOf": one_kind,
                })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use garde::Validate;
    use serde_json::{from_value, json, to_value};

    trait Speaks {
        fn word(&self) -> String;
    }

    #[derive(Debug, Clone, serde::Serialize, Deserialize, schemars::JsonSchema, Validate)]
    #[serde(deny_unknown_fields)]
    struct Quiet {}

    impl Described for Quiet {
        const HELP: &str = "says nothing";
        const SPECIMEN: &str = "{}";
    }

    impl Speaks for Quiet {
        fn word(&self) -> String {
            String::new()
        }
    }

    #[derive(Debug, Clone, serde::Serialize, Deserialize, schemars::JsonSchema, Validate)]
    #[serde(deny_unknown_fields)]
    struct Loud {
        #[garde(dive)]
        volume: crate::units::Positive,
    }

    impl Described for Loud {
        const HELP: &str = "shouts";
        const SPECIMEN: &str = "{ volume: 11 }";
    }

    impl Speaks for Loud {
        fn word(&self) -> String {
            format!("{}!", self.volume.get())
        }
    }

    one_of! {
        /// How to speak.
        struct Voice: dyn Speaks { quiet: Quiet, loud: Loud }
    }

    #[test]
    fn reads_names_and_writes_the_one_kind() {
        let written = json!({ "loud": { "volume": 11.0 } });
        let voice: Voice = from_value(written.clone()).unwrap();
        assert!(voice.validate().is_ok());
        assert_eq!(voice.name(), "loud");
        assert_eq!(voice.only().map(Speaks::word), Some("11!".into()));
        assert_eq!(to_value(&voice).unwrap(), written);
        let quiet: Voice = from_value(json!({ "quiet": {} })).unwrap();
        assert_eq!(quiet.only().map(Speaks::word), Some(String::new()));
        assert!(from_value::<Voice>(json!({ "quiet": null })).is_err());
        assert!(from_value::<Voice>(json!({ "silent": {} })).is_err());
    }

    #[test]
    fn refuses_none_two_and_values_inside() {
        let complaints = |value| {
            let voice: Voice = from_value(value).unwrap();
            (voice.only().is_none(), voice.validate().unwrap_err().to_string())
        };
        let none = "give exactly one of quiet, loud; found none\n".to_owned();
        assert_eq!(complaints(json!({})), (true, none));
        assert_eq!(
            complaints(json!({ "quiet": {}, "loud": { "volume": 0 } })),
            (
                true,
                "give exactly one of quiet, loud; found quiet, loud\n\
                 loud.volume: is 0, must be above 0\n"
                    .to_owned()
            )
        );
    }

    #[test]
    fn kinds_and_schema_describe_the_shelf() {
        let loud = Kind { name: "loud", help: "shouts", specimen: "{ volume: 11 }" };
        assert_eq!(Voice::KINDS[1], loud);
        let schema = schemars::schema_for!(Voice).to_value();
        assert_eq!(schema["description"], "How to speak.");
        assert_eq!(schema["oneOf"], json!([{ "required": ["quiet"] }, { "required": ["loud"] }]));
        assert_eq!(schema["properties"]["loud"]["required"], json!(["volume"]));
        assert_eq!(schema["properties"]["quiet"]["description"], "says nothing");
    }

    #[test]
    fn refusals_climb() {
        let refusal = Refusal::new("[0].signal", "no").within("scale").within("rules.a").help("x");
        assert_eq!(refusal.field, "rules.a.scale[0].signal");
        assert_eq!(Refusal::new("", "no").within("a").field, "a");
    }
}

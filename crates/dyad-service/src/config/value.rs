//! A TOML value as serde's source, with errors that know where they are and what was meant.
//!
//! The `toml` crate's own errors are text. To name the nearest known key, the known keys are needed as
//! such, and serde gives them only to the error type itself.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Value;

use super::suggest::nearest;

/// Where and why a configuration could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfigError {
    /// Steps to the place, innermost first.
    reversed: Vec<String>,
    unknown: bool,
    pub(super) what: String,
    pub(super) todo: String,
}

impl ConfigError {
    fn new(what: String, todo: String) -> Self {
        Self {
            reversed: Vec::new(),
            unknown: false,
            what,
            todo,
        }
    }

    fn inside(mut self, step: impl Into<String>) -> Self {
        self.reversed.push(step.into());
        self
    }

    fn steps(&self) -> Vec<String> {
        self.reversed.iter().rev().cloned().collect()
    }

    /// Such as `sender.tls.cert`.
    pub(super) fn path(&self) -> String {
        self.steps().join(".")
    }

    /// The steps to a key that is not known, if that is what is wrong.
    pub(super) fn unknown_key(&self) -> Option<Vec<String>> {
        self.unknown.then(|| self.steps())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.path(), self.what, self.todo)
    }
}

impl std::error::Error for ConfigError {}

impl Error for ConfigError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(format!("{message}."), String::new())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            format!("is {found}, but should be {expected}."),
            String::new(),
        )
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            format!("is {found}, but should be {expected}."),
            String::new(),
        )
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing.".to_owned(), "Add it.".to_owned()).inside(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("is given twice.".to_owned(), "Remove one.".to_owned()).inside(field)
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let error = Self::new("is not a known key.".to_owned(), choice(field, known));
        Self {
            unknown: true,
            ..error
        }
        .inside(field)
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(
            format!("\"{variant}\" is not possible here."),
            choice(variant, known),
        )
    }
}

fn choice(word: &str, known: &'static [&'static str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None if known.is_empty() => "Remove it.".to_owned(),
        None => format!("Known are: {}.", known.join(", ")),
    }
}

/// Parses a value in which every key must be known.
pub(super) fn parse<T: DeserializeOwned>(value: Value) -> Result<T, ConfigError> {
    T::deserialize(Source(value))
}

struct Source(Value);

impl<'de> Deserializer<'de> for Source {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(truth) => visitor.visit_bool(truth),
            Value::Datetime(moment) => visitor.visit_string(moment.to_string()),
            Value::Array(items) => visitor.visit_seq(Items {
                rest: items.into_iter(),
                index: 0,
            }),
            Value::Table(table) => visitor.visit_map(Entries {
                rest: table.into_iter(),
                open: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Name(name)),
            Value::Table(table) => {
                let entries = Entries {
                    rest: table.into_iter(),
                    open: None,
                };
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(Error::custom("should be a word or a section")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items {
    rest: std::vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = ConfigError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ConfigError> {
        let Some(item) = self.rest.next() else {
            return Ok(None);
        };
        self.index += 1;
        let place = format!("[{}]", self.index);
        seed.deserialize(Source(item))
            .map(Some)
            .map_err(|e| e.inside(place))
    }
}

struct Entries {
    rest: toml::map::IntoIter<String, Value>,
    open: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = ConfigError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ConfigError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.open = Some((key.clone(), value));
        let name: StringDeserializer<ConfigError> = key.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, ConfigError> {
        let Some((key, value)) = self.open.take() else {
            return Err(Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(Source(value)).map_err(|e| e.inside(key))
    }
}

/// A variant without content, given by its name.
struct Name(String);

impl<'de> EnumAccess<'de> for Name {
    type Error = ConfigError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self), ConfigError> {
        let name: StringDeserializer<ConfigError> = self.0.clone().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Name {
    type Error = ConfigError;

    fn unit_variant(self) -> Result<(), ConfigError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        _seed: T,
    ) -> Result<T::Value, ConfigError> {
        Err(Error::custom(format!(
            "\"{}\" needs more than its name",
            self.0
        )))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        _visitor: V,
    ) -> Result<V::Value, ConfigError> {
        Err(Error::custom(format!(
            "\"{}\" needs more than its name",
            self.0
        )))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, ConfigError> {
        Err(Error::custom(format!(
            "\"{}\" needs more than its name",
            self.0
        )))
    }
}

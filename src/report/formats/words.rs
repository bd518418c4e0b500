//! Closed sets of words in JSON: each is a catalogue of the program, so that a schema can list its words.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// A type with a word in files for each of its values.
pub(in crate::report) trait Vocabulary: Sized {
    /// The name of the set in schemas.
    const NAME: &'static str;
    /// What the words are about.
    const MEANING: &'static str;

    /// All values, in their order.
    fn all() -> Vec<Self>;

    /// The word of a value.
    fn word(&self) -> Cow<'static, str>;

    /// What a value means as a key; empty where the word says it.
    fn meaning(&self) -> String {
        String::new()
    }
}

fn words<T: Vocabulary>() -> Vec<Cow<'static, str>> {
    T::all().iter().map(T::word).collect()
}

/// A value of a vocabulary, written as its word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Word<T>(pub(in crate::report) T);

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.word())
    }
}

impl<T: Vocabulary> JsonSchema for Word<T> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": T::MEANING, "type": "string", "enum": words::<T>() })
    }
}

/// An object with one value for every word of a vocabulary.
#[derive(Debug, Clone)]
pub(in crate::report) struct ByWord<K, V> {
    values: Vec<V>,
    keys: PhantomData<K>,
}

impl<K: Vocabulary, V> ByWord<K, V> {
    /// Asks for the value of each word.
    pub(in crate::report) fn of(value: impl Fn(K) -> V) -> Self {
        Self { values: K::all().into_iter().map(value).collect(), keys: PhantomData }
    }
}

impl<K: Vocabulary, V: Serialize> Serialize for ByWord<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len()))?;
        for (key, value) in words::<K>().iter().zip(&self.values) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<K: Vocabulary, V: JsonSchema> JsonSchema for ByWord<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}_by_{}", V::schema_name(), K::NAME))
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let property = |key: &K| {
            let mut schema = generator.subschema_for::<V>();
            let meaning = key.meaning();
            if !meaning.is_empty() {
                schema.insert("description".to_owned(), Value::from(meaning));
            }
            (key.word().into_owned(), schema.to_value())
        };
        let properties: Map<String, Value> = K::all().iter().map(property).collect();
        json_schema!({
            "type": "object",
            "properties": properties,
            "required": words::<K>(),
            "additionalProperties": false,
        })
    }
}

/// An object with a value for some words of a vocabulary, in the order given.
#[derive(Debug, Clone)]
pub(in crate::report) struct SomeWords<K, V>(Vec<(K, V)>);

impl<K: Vocabulary, V> FromIterator<(K, V)> for SomeWords<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<K: Vocabulary, V: Serialize> Serialize for SomeWords<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key.word(), value)))
    }
}

impl<K: Vocabulary, V: JsonSchema> JsonSchema for SomeWords<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}_by_some_{}", V::schema_name(), K::NAME))
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<Word<K>>(),
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Coin {
        Head,
        Tail,
    }

    impl Vocabulary for Coin {
        const NAME: &'static str = "Coin";
        const MEANING: &'static str = "How it fell.";

        fn all() -> Vec<Self> {
            vec![Self::Head, Self::Tail]
        }

        fn word(&self) -> Cow<'static, str> {
            Cow::Borrowed(match self {
                Self::Head => "head",
                Self::Tail => "tail",
            })
        }
    }

    #[test]
    fn keys_keep_their_order_and_missing_numbers_are_null() {
        let check = |value: &dyn Fn() -> serde_json::Result<String>, expected: &str| {
            assert_eq!(value().unwrap(), expected);
        };
        check(&|| serde_json::to_string(&Word(Coin::Tail)), "\"tail\"");
        let all = ByWord::of(|coin: Coin| matches!(coin, Coin::Head).then_some(0.1));
        check(&|| serde_json::to_string(&all), "{\"head\":0.1,\"tail\":null}");
        let some: SomeWords<Coin, f64> = [(Coin::Tail, 1.0), (Coin::Head, 2.0)].into_iter().collect();
        check(&|| serde_json::to_string(&some), "{\"tail\":1.0,\"head\":2.0}");
    }
}

//! Plain JavaScript objects, made from fields.

use serde::ser::{Serialize, SerializeMap};
use serde_wasm_bindgen::{Serializer, preserve};
use wasm_bindgen::prelude::*;

/// A plain object of these fields, in this order. What is undefined is left out, as JSON does.
///
/// Fields go out as a map: a serialized structure would bring a cache of its fields' names, 3 KB of code.
pub(super) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    // Strings as keys and values that are JavaScript's already can't fail to become an object.
    Fields(fields)
        .serialize(&Serializer::json_compatible())
        .unwrap_or(JsValue::UNDEFINED)
}

/// The value of a field that is there only if it is true.
pub(super) fn true_or_absent(flag: bool) -> JsValue {
    match flag {
        true => JsValue::TRUE,
        false => JsValue::UNDEFINED,
    }
}

struct Fields<'a>(&'a [(&'a str, JsValue)]);

struct AsItIs<'a>(&'a JsValue);

impl Serialize for Fields<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.0 {
            if !value.is_undefined() {
                map.serialize_entry(name, &AsItIs(value))?;
            }
        }
        map.end()
    }
}

impl Serialize for AsItIs<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        preserve::serialize(self.0, serializer)
    }
}

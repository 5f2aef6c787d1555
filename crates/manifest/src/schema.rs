//! The JSON Schema of the file, for editors.
//!
//! Invariant: it comes from the types the parser reads into; `docs/reference/tidegate.schema.json` is a copy that a
//! test keeps equal. It takes everything that the parser takes; semantics (names that must be defined) are beyond it.

use schemars::generate::SchemaSettings;

use crate::written::ManifestText;

pub fn json_schema() -> serde_json::Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<ManifestText>().to_value()
}

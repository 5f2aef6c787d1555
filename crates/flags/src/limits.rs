//! How much of everything a flag set may have.
//!
//! Invariant: whatever grows with a document or a context stops at one of these. Deliberately not here: limits on bytes
//! on the wire, which whoever receives a document sets.

/// Flags of one set; the rest of a longer document is refused.
pub const FLAGS_MAX: usize = 100_000;
/// Bytes of a flag's key.
pub const KEY_BYTES_MAX: usize = 1_024;
/// Variants of one flag.
pub const VARIANTS_MAX: usize = 1_000;
/// Members of the metadata of one flag, or of the set.
pub const METADATA_MAX: usize = 256;
/// How deep a rule may be nested, shared conditions included.
pub const RULE_DEPTH_MAX: usize = 64;
/// Operators and values of one rule, or of one shared condition.
pub const RULE_NODES_MAX: usize = 200_000;
/// Shared conditions: `$evaluators` and `segments` together.
pub const SHARED_MAX: usize = 10_000;
/// Entries of one flag's `schedule`.
pub const SCHEDULE_MAX: usize = 64;
/// Prerequisites of one flag.
pub const PREREQUISITES_MAX: usize = 16;
/// How long a chain of prerequisites may be.
pub const PREREQUISITE_DEPTH_MAX: usize = 8;
/// Evaluations of other flags that one evaluation may cause through prerequisites.
pub const PREREQUISITE_EVALUATIONS_MAX: usize = 64;
/// Attributes of one context.
pub const CONTEXT_ATTRIBUTES_MAX: usize = 1_000;
/// How deep an attribute may be nested.
pub const CONTEXT_DEPTH_MAX: usize = 32;
/// Steps of one evaluation in loops: elements that are looked at or made, and operators and values worked out for each.
pub const EVALUATION_STEPS_MAX: u32 = 100_000;
/// Bytes of a text that `cat` makes.
pub const TEXT_BYTES_MAX: usize = 65_536;
/// The sum of the weights of a `fractional`, as flagd defines it.
pub const WEIGHT_SUM_MAX: u32 = 2_147_483_647;
/// Operators and values of one exported rule, after prerequisites and schedules are written out.
pub const EXPORT_NODES_MAX: usize = 200_000;

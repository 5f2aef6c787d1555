//! How much a plan may hold.

/// Entries of a list of the plan: scope items, activities, test cases and the like.
pub const ENTRIES_MAX: usize = 2_000;
/// Roles, people, components, audiences, meetings, objectives, notes.
pub const FEW_MAX: usize = 200;
/// Members of an entry's own lists: labels, steps, skills, days off.
pub const MEMBERS_MAX: usize = 100;
/// Characters of a text.
pub const TEXT_MAX: usize = 10_000;
/// Characters of a title or a name.
pub const LINE_MAX: usize = 300;
/// Characters of an id or another short name.
pub const ID_MAX: usize = 64;
/// Of an estimate, of one skill.
pub const HOURS_MAX: u32 = 10_000;
/// A week has no more.
pub const WEEK_HOURS: u32 = 168;
pub const YEAR_MIN: i16 = 1970;
pub const YEAR_MAX: i16 = 9998;

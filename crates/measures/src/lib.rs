//! The five measures of software delivery that DORA names, worked out exactly from deployments and incidents.
//!
//! Invariant: a figure follows from rows alone; in which order they come, how often each comes, what else is asked, and rows
//! that have nothing to do with it change nothing. A period's figures never depend on how many other periods are asked for.
//! Deliberately not here: where rows come from and where they are kept (the engine), and any wording but definitions.

mod answer;
mod aside;
mod brought;
mod definition;
mod figures;
mod index;
mod level;
mod names;
mod period;
mod question;
mod row;
mod share;
mod spans;
mod tally;
mod view;

/// Days of questions and answers.
pub use jiff::civil::Date;

pub use answer::{ActiveDays, Answer, PeriodFigures, Trend};
pub use definition::Measure;
pub use figures::Figures;
pub use index::{Backwards, Counted, Index, Restored, RowsQuestion, Which, Why};
pub use level::{Level, TABLE, Table, level};
pub use period::{Period, Unit, Zone};
pub use question::{Filter, PERIODS_MAX, Question, Unanswerable};
pub use row::{Commit, Deployment, Incident, Kind, Outcome};
pub use spans::Spread;

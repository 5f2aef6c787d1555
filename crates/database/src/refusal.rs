//! Why a folder of migrations, or what a database says was applied, does not fit: a code, a sentence, the next step.
//!
//! Invariant: each names the files concerned. Not here: faults of a database (`tidegate-migrator`).

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("`{file}` is no name of a migration: {why}")]
    Name { file: String, why: &'static str },
    #[error("`{file}` is no text in UTF-8")]
    NotText { file: String },
    #[error("`{file}` is larger than 4 MiB")]
    TooLarge { file: String },
    #[error("there are more than 10000 migrations in this folder")]
    TooMany,
    #[error("`{one}` and `{other}` have one number")]
    Twice { one: String, other: String },
    #[error("between `{before}` and `{after}` a number is missing")]
    Gap { before: String, after: String },
    #[error("`{file}` was applied and has changed since: it is {found}, and {applied} was applied")]
    Changed { file: String, found: String, applied: String },
    #[error("{number} `{name}` was applied to this database, and its file is not in the folder")]
    Missing { number: u64, name: String },
    #[error("`{file}` was not applied, and {later}, which comes after it, was")]
    Behind { file: String, later: u64 },
    #[error("`{contract}` contracts and comes before `{expand}`, which expands")]
    ContractFirst { contract: String, expand: String },
    #[error("`{expand}` expands and comes before `{contract}`, which contracts")]
    ExpandFirst { expand: String, contract: String },
    #[error("{count} migrations were applied to this database already")]
    NotNew { count: usize },
    #[error("this database is in use: `{found}` is in it, and no migration was recorded")]
    NotEmpty { found: String },
    #[error(
        "`{file}` would be run now, and was not when the files were checked: another run changed the database meanwhile"
    )]
    Meanwhile { file: String },
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "database-file-name",
            Self::NotText { .. } | Self::TooLarge { .. } | Self::TooMany => "database-file-unusable",
            Self::Twice { .. } => "database-number-twice",
            Self::Gap { .. } => "database-number-missing",
            Self::Changed { .. } => "database-file-changed",
            Self::Missing { .. } => "database-file-missing",
            Self::Behind { .. } => "database-out-of-order",
            Self::ContractFirst { .. } => "database-contract-first",
            Self::ExpandFirst { .. } => "database-expand-first",
            Self::NotNew { .. } => "database-not-new",
            Self::NotEmpty { .. } => "database-not-empty",
            Self::Meanwhile { .. } => "database-changed-meanwhile",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Name { .. } => {
                "call it like `0007_add-email.sql`, `0007_add-email.expand.sql` or `0008_drop-mail.contract.sql`"
            }
            Self::NotText { .. } => "save it as UTF-8",
            Self::TooLarge { .. } => "load data by other means than a migration, or divide it",
            Self::TooMany => "begin a new history in a new folder",
            Self::Twice { .. } => "give the newer one the next free number",
            Self::Gap { .. } => "put the missing file back, or number them without a gap",
            Self::Changed { .. } => {
                "put back what was applied (git has it), and write the change as a new migration"
            }
            Self::Missing { .. } => {
                "put the file back: bring the folder of the version that was applied, or newer"
            }
            Self::Behind { .. } => "give it a number after all that were applied",
            Self::ContractFirst { .. } => {
                "finish the release before: run `tidegate database contract` once every instance is of the new version"
            }
            Self::ExpandFirst { .. } => {
                "run `tidegate database expand`, bring out the new version, then contract"
            }
            Self::NotNew { .. } => "leave out --new; it is for a database that nothing uses yet",
            Self::NotEmpty { .. } => "leave out --new; it is for a database with nothing in it",
            Self::Meanwhile { .. } => "nothing was run; see `tidegate database status`, and run it again",
        }
    }
}

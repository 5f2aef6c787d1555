//! What `tidegate notes` reads: the repository, its configuration, its tags and its fragments.
//!
//! Invariant: files are read from within the repository alone, none through a link. Not here: what they come to.

use std::path::{Path, PathBuf};

use tidegate_history::{History, Id, Tag, Trouble};
use tidegate_notes::fragment::{self, Broken, Fragment};
use tidegate_notes::next::Released;
use tidegate_notes::tag::Prefixes;
use tidegate_notes::{Change, Settings, Version, settings};

use crate::failure::Failure;

const FRAGMENTS_MAX: usize = 5_000;
const SETTINGS_BYTES_MAX: usize = 1 << 18;

#[derive(Debug, clap::Args)]
pub struct SourceArgs {
    /// A directory of the repository
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    repository: PathBuf,
    /// Since which tag or commit [default: the last release that is reached]
    #[arg(long, value_name = "POINT")]
    from: Option<String>,
    /// Up to which tag or commit [default: HEAD, with fragments as they lie in the directory]
    #[arg(long, value_name = "POINT")]
    to: Option<String>,
    /// A component of tidegate-notes.yaml: what touches its paths, since its own tags
    #[arg(long, value_name = "NAME")]
    component: Option<String>,
    /// The configuration [default: tidegate-notes.yaml in the repository's root, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Tell what a shallow clone has, though there may be more
    #[arg(long)]
    allow_shallow: bool,
}

pub struct Source<'a> {
    args: &'a SourceArgs,
    history: History,
    pub settings: Settings,
    prefixes: Prefixes,
    to: Id,
    /// The highest version first.
    tags: Vec<(Version, Tag)>,
    pub remarks: Vec<String>,
}

/// Where a range begins.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// None from the first commit on.
    pub commit: Option<Id>,
    /// The tag, or what was written.
    pub name: Option<String>,
    pub remarks: Vec<String>,
}

pub struct Gathered {
    pub changes: Vec<Change>,
    pub fragments: Vec<Fragment>,
    pub broken: Vec<Broken>,
}

impl Gathered {
    /// Notes without one of them would be wrong, and nobody would see it.
    pub fn unbroken(&self) -> Result<(), Failure> {
        let Some(first) = self.broken.first() else { return Ok(()) };
        let more = match self.broken.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        Err(Failure::refused("notes-fragment-broken", format!("{first}{more}"))
            .help(format!("{}; `tidegate notes check` lists all", first.help)))
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let ending = match trouble {
            Trouble::NoRepository(_)
            | Trouble::UnknownPoint(_)
            | Trouble::Ambiguous(_)
            | Trouble::NoCommit(_) => crate::ending::Ending::Usage,
            Trouble::Empty => crate::ending::Ending::Refused,
            Trouble::Missing(_) | Trouble::Unreadable(_) => crate::ending::Ending::Fault,
        };
        Self::new(ending, trouble.code(), trouble.to_string()).help(trouble.help())
    }
}

impl<'a> Source<'a> {
    pub fn open(args: &'a SourceArgs) -> Result<Self, Failure> {
        let history = History::open(&args.repository)?;
        let to = history.resolve(args.to.as_deref().unwrap_or("HEAD"))?;
        let settings = read_settings(args, &history, to)?;
        if let Some(name) = args.component.as_ref().filter(|name| !settings.components.contains_key(*name)) {
            let known: Vec<&str> = settings.components.keys().map(String::as_str).collect();
            let help = if known.is_empty() {
                format!("name it under `components` in {}, with its paths", settings::FILE)
            } else {
                format!("there are: {}", known.join(", "))
            };
            let detail = format!("there is no component `{name}` in {}", settings::FILE);
            return Err(Failure::usage("notes-component-unknown", detail).help(help));
        }
        let prefixes = settings.prefixes(args.component.as_deref());
        let found = history.tags(|name| prefixes.version(name).is_some())?;
        let remarks = found
            .unusable
            .iter()
            .map(|(name, why)| format!("the tag {name} is passed over: {why}"))
            .collect();
        let versions = found.all.into_iter().filter_map(|tag| Some((prefixes.version(&tag.name)?, tag)));
        let mut tags: Vec<(Version, Tag)> = versions.collect();
        tags.sort_by(|(one, first), (other, second)| {
            other.precedence(one).then_with(|| second.name.cmp(&first.name))
        });
        Ok(Self { args, history, settings, prefixes, to, tags, remarks })
    }

    pub fn component(&self) -> Option<&str> {
        self.args.component.as_deref()
    }

    /// Of the tag that `--to` names.
    pub fn own_version(&self) -> Option<Version> {
        let name = self.args.to.as_deref()?;
        let name = name.strip_prefix("refs/tags/").unwrap_or(name);
        self.tags.iter().find(|(_, tag)| tag.name == name).map(|(version, _)| version.clone())
    }

    pub fn committed_at(&self) -> Result<i64, Failure> {
        Ok(self.history.committed_at(self.to)?)
    }

    pub fn tag(&self, version: &Version) -> String {
        self.prefixes.tag(version, self.tags.first().map(|(_, tag)| tag.name.as_str()))
    }

    /// Where the range begins: `--from`, else the last release that is reached, before the version that is told.
    pub fn since(&self, with_prereleases: bool, own: Option<&Version>) -> Result<Since, Failure> {
        if let Some(from) = &self.args.from {
            let commit = Some(self.history.resolve(from)?);
            return Ok(Since { commit, name: Some(from.clone()), remarks: Vec::new() });
        }
        let before = |version: &Version| own.is_none_or(|own| version.precedence(own).is_lt());
        let found =
            self.reached(|version| (with_prereleases || !version.is_prerelease()) && before(version))?;
        let mut since = Since::default();
        if let Some((_, tag)) = found {
            since.commit = Some(tag.commit);
            since.name = Some(tag.name.clone());
            if tag.commit == self.to {
                since.remarks.push(format!(
                    "this is {0} itself; `tidegate notes --to {0}` tells what it brought",
                    tag.name
                ));
            }
        } else {
            since.remarks.push(
                "no tag is a release before it, so everything is told from the first commit on".to_owned(),
            );
        }
        Ok(since)
    }

    /// The highest version that is reached and fits.
    fn reached(&self, fits: impl Fn(&Version) -> bool) -> Result<Option<&(Version, Tag)>, Failure> {
        let fitting: Vec<&(Version, Tag)> = self.tags.iter().filter(|(version, _)| fits(version)).collect();
        let commits: Vec<Id> = fitting.iter().map(|(_, tag)| tag.commit).collect();
        Ok(self.history.first_reached(&commits, self.to)?.map(|at| fitting[at]))
    }

    /// What tags say, where the last release is, and the last version of any kind where it is another.
    pub fn released(&self, with_channel: bool) -> Result<(Released, Since, Option<Since>), Failure> {
        let named = self.args.from.as_deref();
        let by_name = named.and_then(|from| {
            self.tags.iter().find(|(version, tag)| tag.name == from && !version.is_prerelease())
        });
        let stable = match by_name {
            Some(found) => Some(found),
            None => self.reached(|version| !version.is_prerelease())?,
        };
        let above = |version: &Version| stable.is_none_or(|(stable, _)| version.precedence(stable).is_gt());
        let prerelease = self.reached(|version| version.is_prerelease() && above(version))?;
        let since = |found: Option<&(Version, Tag)>| Since {
            commit: found.map(|(_, tag)| tag.commit),
            name: found.map(|(_, tag)| tag.name.clone()),
            remarks: Vec::new(),
        };
        let begin = if named.is_some() { self.since(false, None)? } else { since(stable) };
        let last = prerelease.filter(|_| with_channel && named.is_none());
        let released = Released {
            stable: stable.map(|(version, _)| version.clone()),
            prerelease: prerelease.map(|(version, _)| version.clone()),
            all: self.tags.iter().map(|(version, _)| version.clone()).collect(),
        };
        Ok((released, begin, last.map(|last| since(Some(last)))))
    }

    pub fn gather(&self, since: &Since) -> Result<Gathered, Failure> {
        let component = self.component().and_then(|name| self.settings.components.get(name));
        let paths: Vec<Vec<String>> = component
            .iter()
            .map(|component| component.paths.clone())
            .filter(|paths| !paths.is_empty())
            .collect();
        let from: Vec<Id> = since.commit.into_iter().collect();
        let range = self.history.between(&from, self.to, &paths)?;
        if range.is_cut && !self.args.allow_shallow {
            let detail =
                "this clone is shallow: it ends before the last release, so nobody can say what changed";
            return Err(Failure::refused("history-shallow", detail)
                .help("run `git fetch --unshallow --tags`, or take what there is with --allow-shallow"));
        }
        let change = |commit: tidegate_history::Commit| Change {
            id: commit.id.to_string(),
            is_merge: commit.parents > 1,
            message: commit.message,
            touches: !commit.touches.is_empty(),
        };
        let changes = range.commits.into_iter().map(change).collect();
        let (fragments, broken) = self.fragments(since)?;
        Ok(Gathered { changes, fragments, broken })
    }

    /// Those that are new since then.
    fn fragments(&self, since: &Since) -> Result<(Vec<Fragment>, Vec<Broken>), Failure> {
        let directory = self.settings.fragments();
        let known = match since.commit {
            Some(commit) => self.history.file_names(commit, directory)?,
            None => Vec::new(),
        };
        let root = self.history.root().filter(|_| self.args.to.is_none());
        let files = if let Some(root) = root {
            files_on_disk(&root, directory)?
        } else {
            let files = self.history.files(self.to, directory, fragment::BYTES_MAX)?;
            // What is too long is told as that.
            let too_long = || vec![0; fragment::BYTES_MAX + 1];
            files.into_iter().map(|file| (file.name, file.bytes.unwrap_or_else(too_long))).collect()
        };
        let new = files.into_iter().filter(|(name, _)| fragment::is_fragment(name) && !known.contains(name));
        let (mut fragments, mut broken) = (Vec::new(), Vec::new());
        for (name, bytes) in new {
            match fragment::parse(&format!("{directory}/{name}"), &bytes, &self.settings) {
                Ok(fragment) => fragments.push(fragment),
                Err(why) => broken.push(why),
            }
        }
        Ok((fragments, broken))
    }
}

/// In the order of their names. What is a link is passed over, and so is a directory that leads out of the repository.
fn files_on_disk(root: &Path, directory: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let path = root.join(directory);
    let unreadable = |path: &Path, why: &std::io::Error| super::input::unreadable(path, why);
    let inside = |path: &Path| Some(path.canonicalize().ok()?.starts_with(root.canonicalize().ok()?));
    if !path.is_dir() || inside(&path) != Some(true) {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(|why| unreadable(&path, &why))? {
        let entry = entry.map_err(|why| unreadable(&path, &why))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !entry.file_type().is_ok_and(|kind| kind.is_file()) || !fragment::is_fragment(&name) {
            continue;
        }
        if files.len() == FRAGMENTS_MAX {
            let detail = format!("{directory} has more than {FRAGMENTS_MAX} fragments");
            return Err(
                Failure::refused("notes-fragment-broken", detail).help("take out those of older releases")
            );
        }
        let bytes = super::input::read(&entry.path(), fragment::BYTES_MAX as u64);
        files.push((name, bytes.map_err(|why| unreadable(&entry.path(), &why))?));
    }
    files.sort();
    Ok(files)
}

fn read_settings(args: &SourceArgs, history: &History, to: Id) -> Result<Settings, Failure> {
    let (shown, bytes) = match (&args.config, history.root()) {
        (Some(file), _) => {
            let bytes = super::input::read(file, SETTINGS_BYTES_MAX as u64);
            (file.display().to_string(), bytes.map_err(|why| super::input::unreadable(file, &why))?)
        }
        (None, Some(root)) => {
            let file = root.join(settings::FILE);
            if !file.symlink_metadata().is_ok_and(|found| found.is_file()) {
                return Ok(Settings::default());
            }
            let bytes = super::input::read(&file, SETTINGS_BYTES_MAX as u64);
            (settings::FILE.to_owned(), bytes.map_err(|why| super::input::unreadable(&file, &why))?)
        }
        // A bare repository has it in its commits alone.
        (None, None) => match history.file(to, settings::FILE, SETTINGS_BYTES_MAX)? {
            Some(bytes) => (settings::FILE.to_owned(), bytes),
            None => return Ok(Settings::default()),
        },
    };
    let wrong = |why: String| {
        Failure::usage("notes-settings-invalid", format!("{shown}: {why}"))
            .help("docs/guides/release-notes.md lists what may stand there")
    };
    let text = String::from_utf8(bytes).map_err(|_| wrong("this is no text in UTF-8".to_owned()))?;
    Settings::parse(&text).map_err(|why| wrong(why.to_string()))
}

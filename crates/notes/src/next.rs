//! Which version comes next: from what was released, what changed, and how it is to come out.
//!
//! Invariant: the answer goes behind every version that this history has released, and is never one that is taken. A
//! pre-release is a property of its channel: its number follows from the tags, and no mode is entered or left.

use std::cmp::Ordering;

use serde::Serialize;

use crate::section::Bump;
use crate::settings::Settings;
use crate::version::{Number, Step, Version};

/// What tags say.
#[derive(Debug, Clone, Default)]
pub struct Released {
    /// The highest release that this history has.
    pub stable: Option<Version>,
    /// The highest pre-release that this history has, where it goes behind `stable`.
    pub prerelease: Option<Version>,
    /// Every version there is, in this history or not.
    pub all: Vec<Version>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Instead of what the changes say.
    pub bump: Option<Bump>,
    pub channel: Option<String>,
    /// A patch of what stands, and nothing else.
    pub is_hotfix: bool,
}

/// What changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changed {
    /// Since the last release.
    pub bump: Bump,
    /// Commits and fragments since the last version of any kind.
    pub since_last: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    pub version: Version,
    pub previous: Option<Version>,
    pub bump: Bump,
    /// In sentences, each with its reason.
    pub why: Vec<String>,
    /// What one may not expect.
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("nothing since {0} asks for a new version")]
    Nothing(String),
    #[error("{0} would come next, and is a tag already, on another branch")]
    Taken(Box<Version>),
    #[error("a hotfix of {0} is asked for, and there is a breaking change in it")]
    Breaking(Box<Version>),
    #[error("a hotfix needs a release to mend, and this history has none")]
    NoRelease,
}

impl Refused {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing(_) => "nothing-to-release",
            Self::Taken(_) => "version-taken",
            Self::Breaking(_) => "hotfix-breaking",
            Self::NoRelease => "hotfix-without-release",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Nothing(_) => {
                "commits of types like `feat` and `fix` do; `--bump patch` makes one all the same"
            }
            Self::Taken(_) => {
                "on a branch of an older release use --hotfix, or say how far to go with --bump"
            }
            Self::Breaking(_) => "release it as a new major version, or say --bump patch if it breaks nobody",
            Self::NoRelease => "leave out --hotfix, or name the tag to begin at with --from",
        }
    }
}

pub fn next(
    released: &Released,
    changed: Changed,
    settings: &Settings,
    asked: &Asked,
) -> Result<Next, Refused> {
    let mut why = Vec::new();
    let bump = wanted(released, changed, settings, asked, &mut why)?;
    let mut target = match &released.stable {
        None => {
            let first = settings.first_version();
            why.push(format!("no tag is a release yet, so {first} is the first"));
            first.release()
        }
        Some(stable) => raised(stable, bump),
    };
    if let Some(pre) = &released.prerelease {
        let begun = pre.release();
        if begun.precedence(&target) == Ordering::Greater {
            why.push(format!("{pre} is out already, so it goes on to {begun}"));
            target = begun;
        }
    }
    let mut remarks = Vec::new();
    let version = match &asked.channel {
        None => {
            if released.all.iter().any(|known| known.precedence(&target) == Ordering::Equal) {
                return Err(Refused::Taken(Box::new(target)));
            }
            target
        }
        Some(channel) => {
            if released.all.iter().any(|known| known.precedence(&target) == Ordering::Equal) {
                return Err(Refused::Taken(Box::new(target)));
            }
            let of_target = released.all.iter().filter(|known| known.release() == target);
            let last = of_target.filter_map(|known| known.number_in(channel)).max();
            let number = last.map_or_else(|| Number::from(1), Number::next);
            let version = target.prerelease(channel, number);
            why.push(match last {
                Some(_) => format!("it is the next of the channel {channel} on the way to {target}"),
                None => format!("it is the first of the channel {channel} on the way to {target}"),
            });
            if let Some(pre) =
                released.prerelease.as_ref().filter(|pre| pre.precedence(&version) != Ordering::Less)
            {
                remarks.push(format!(
                    "{version} goes before {pre} in the order of versions, whose channel is another"
                ));
            }
            version
        }
    };
    Ok(Next {
        version,
        previous: released.prerelease.clone().or_else(|| released.stable.clone()),
        bump,
        why,
        remarks,
    })
}

/// How far to go, after 0.x and hotfixes had their say.
fn wanted(
    released: &Released,
    changed: Changed,
    settings: &Settings,
    asked: &Asked,
    why: &mut Vec<String>,
) -> Result<Bump, Refused> {
    let since = || {
        let last =
            released.prerelease.as_ref().filter(|_| asked.channel.is_some()).or(released.stable.as_ref());
        last.map_or_else(|| "the first commit".to_owned(), ToString::to_string)
    };
    if asked.is_hotfix && released.stable.is_none() {
        return Err(Refused::NoRelease);
    }
    if let Some(bump) = asked.bump {
        why.push(format!("{} was asked for", bump.key()));
        return if bump == Bump::None { Err(Refused::Nothing(since())) } else { Ok(bump) };
    }
    // Whoever has a channel gets another pre-release for any change at all.
    let waits = released.prerelease.is_some() && asked.channel.is_some();
    if changed.since_last == 0 && (waits || asked.channel.is_some()) {
        return Err(Refused::Nothing(since()));
    }
    if changed.bump == Bump::None && !(waits || released.prerelease.is_some()) && released.stable.is_some() {
        return Err(Refused::Nothing(since()));
    }
    if changed.since_last == 0 && released.prerelease.is_none() && released.stable.is_none() {
        return Err(Refused::Nothing(since()));
    }
    why.push(match changed.bump {
        Bump::Major => "there is a breaking change".to_owned(),
        Bump::Minor => "there are new features".to_owned(),
        Bump::Patch => "there are fixes or improvements, and no new features".to_owned(),
        Bump::None => "no change asks for more".to_owned(),
    });
    let Some(stable) = &released.stable else { return Ok(changed.bump) };
    if asked.is_hotfix {
        if changed.bump == Bump::Major {
            return Err(Refused::Breaking(Box::new(stable.clone())));
        }
        why.push("a hotfix is a patch of what it mends".to_owned());
        return Ok(Bump::Patch);
    }
    if !stable.is_initial() {
        return Ok(changed.bump);
    }
    let initial = &settings.initial_development;
    let reduced = match changed.bump {
        Bump::Major => initial.breaking,
        Bump::Minor => initial.feature,
        Bump::Patch | Bump::None => changed.bump,
    };
    if reduced != changed.bump {
        why.push(format!("before 1.0.0 that is a {} version; `--bump major` makes 1.0.0", reduced.key()));
    }
    Ok(reduced)
}

fn raised(stable: &Version, bump: Bump) -> Version {
    let step = match bump {
        Bump::Major => Step::Major,
        Bump::Minor => Step::Minor,
        Bump::Patch => Step::Patch,
        Bump::None => return stable.clone(),
    };
    stable.step(step, None, 1).unwrap_or_else(|| stable.clone())
}

//! What turns one bundle into the next: frames of the old archive that stay, and the bytes of the others.
//!
//! Invariant: what is applied is byte for byte the new bundle, or nothing; frames are taken over as they are, so no
//! version of a compressor can differ. The grain is a whole file: of one that changed in a byte, all is in the delta.
//! Layout: `TGDELTA1`, the length of the plan (u32, little-endian), the plan in JSON, the new seal, the new frames.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Trust, Verified, replace};
use crate::digest::Digest;
use crate::manifest::{BYTES_MAX, MEMBERS_MAX};
use crate::refusal::{Refusal, disk};

const MAGIC: &[u8; 8] = b"TGDELTA1";
const FORMAT: &str = "tidegate-delta/1";
const PLAN_BYTES_MAX: u32 = 8 << 20;
const STEPS_MAX: usize = 2 * MEMBERS_MAX + 3;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    format: String,
    base: Archive,
    result: Archive,
    seal_bytes: u64,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Archive {
    sha256: Digest,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// So many bytes of the base's archive, from there.
    Keep { from: u64, bytes: u64 },
    /// The next so many bytes of the delta.
    Take { bytes: u64 },
}

/// What a delta holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Told {
    pub kept_bytes: u64,
    pub taken_bytes: u64,
}

struct Piece {
    from: u64,
    bytes: u64,
    digest: Digest,
}

fn pieces(bundle: &Bundle, ends: &[u64], path: &Path) -> Result<Vec<Piece>, Refusal> {
    let mut archive = bundle.archive()?;
    let mut found = Vec::new();
    let mut from = 0;
    for end in ends {
        let (digest, bytes) = Digest::of_rest((&mut archive).take(end - from)).map_err(disk(path, "read"))?;
        found.push(Piece { from, bytes, digest });
        from = *end;
    }
    Ok(found)
}

fn plan(old: (&Bundle, &Verified, &Path), new: (&Bundle, &Verified, &Path)) -> Result<Plan, Refusal> {
    let known: BTreeMap<Digest, (u64, u64)> = pieces(old.0, &old.1.ends, old.2)?
        .iter()
        .map(|piece| (piece.digest, (piece.from, piece.bytes)))
        .collect();
    let mut steps: Vec<Step> = Vec::new();
    for piece in pieces(new.0, &new.1.ends, new.2)? {
        let step = match known.get(&piece.digest) {
            Some((from, bytes)) => Step::Keep { from: *from, bytes: *bytes },
            None => Step::Take { bytes: piece.bytes },
        };
        match (steps.last_mut(), step) {
            (Some(Step::Keep { from, bytes }), Step::Keep { from: next, bytes: more })
                if *from + *bytes == next =>
            {
                *bytes += more;
            }
            (Some(Step::Take { bytes }), Step::Take { bytes: more }) => *bytes += more,
            _ => steps.push(step),
        }
    }
    Ok(Plan {
        format: FORMAT.to_owned(),
        base: Archive { sha256: old.1.archive, bytes: old.0.archive_bytes() },
        result: Archive { sha256: new.1.archive, bytes: new.0.archive_bytes() },
        seal_bytes: new.0.seal_bytes(),
        steps,
    })
}

/// Writes what leads from one bundle to the other; both are verified first.
pub fn make(old_path: &Path, new_path: &Path, trust: Trust<'_>, to: &Path) -> Result<Told, Refusal> {
    let (old, new) = (Bundle::open(old_path)?, Bundle::open(new_path)?);
    let (was, is) = (old.verify(trust)?, new.verify(trust)?);
    let plan = plan((&old, &was, old_path), (&new, &is, new_path))?;
    let json = serde_json::to_vec(&plan).map_err(|why| Refusal::DeltaMalformed(why.to_string()))?;
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= PLAN_BYTES_MAX);
    let length = length.ok_or_else(|| Refusal::TooLarge("the plan of the delta".to_owned()))?;
    let mut told = Told { kept_bytes: 0, taken_bytes: 0 };
    let mut archive = new.archive()?;
    let seal = new.seal().bytes()?;
    replace(to, |file| {
        let mut all = || {
            file.write_all(&[&MAGIC[..], &length.to_le_bytes(), &json, &seal].concat())?;
            for step in &plan.steps {
                match *step {
                    Step::Keep { bytes, .. } => {
                        told.kept_bytes += io::copy(&mut (&mut archive).take(bytes), &mut io::sink())?;
                    }
                    Step::Take { bytes } => {
                        told.taken_bytes += io::copy(&mut (&mut archive).take(bytes), file)?;
                    }
                }
            }
            io::Result::Ok(())
        };
        all().map_err(disk(to, "written"))
    })?;
    Ok(told)
}

/// Puts the new bundle at `to`, once it is whole and signed as it must be.
pub fn apply(old_path: &Path, delta_path: &Path, trust: Trust<'_>, to: &Path) -> Result<Verified, Refusal> {
    let delta = File::open(delta_path).map_err(disk(delta_path, "opened"))?;
    let mut delta = BufReader::new(delta);
    let plan = read(&mut delta)?;
    let old = Bundle::open(old_path)?;
    let base = Archive { sha256: old.digest()?, bytes: old.archive_bytes() };
    if base != plan.base {
        return Err(Refusal::DeltaBase {
            wanted: plan.base.sha256.to_string(),
            found: base.sha256.to_string(),
        });
    }
    let mut source = File::open(old_path).map_err(disk(old_path, "opened"))?;
    let mut verified = None;
    replace(to, |file| {
        let short = || Refusal::DeltaMalformed("it ends too early".to_owned());
        let copied = io::copy(&mut (&mut delta).take(plan.seal_bytes), file).map_err(disk(to, "written"))?;
        if copied != plan.seal_bytes {
            return Err(short());
        }
        for step in &plan.steps {
            let (copied, bytes) = match *step {
                Step::Keep { from, bytes } => {
                    source.seek(SeekFrom::Start(old.seal_bytes() + from)).map_err(disk(old_path, "read"))?;
                    (io::copy(&mut (&mut source).take(bytes), file), bytes)
                }
                Step::Take { bytes } => (io::copy(&mut (&mut delta).take(bytes), file), bytes),
            };
            if copied.map_err(disk(to, "written"))? != bytes {
                return Err(short());
            }
        }
        if delta.read(&mut [0]).map_err(disk(delta_path, "read"))? != 0 {
            return Err(Refusal::DeltaMalformed("it goes on after its end".to_owned()));
        }
        let made = Bundle::of(to, file.try_clone().map_err(disk(to, "read"))?)?;
        let told = made.verify(trust)?;
        if told.archive != plan.result.sha256 {
            return Err(Refusal::DeltaMalformed("it leads to another bundle than it says".to_owned()));
        }
        verified = Some(told);
        Ok(())
    })?;
    verified.ok_or_else(|| Refusal::DeltaMalformed("nothing was written".to_owned()))
}

fn read(from: &mut impl Read) -> Result<Plan, Refusal> {
    let wrong = |why: &str| Refusal::DeltaMalformed(why.to_owned());
    let mut head = [0; 12];
    from.read_exact(&mut head).map_err(|_| wrong("it has no beginning"))?;
    let (magic, length) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(wrong("it does not begin as deltas do"));
    }
    let length = u32::from_le_bytes(length.try_into().map_err(|_| wrong("it has no beginning"))?);
    if length > PLAN_BYTES_MAX {
        return Err(wrong("its plan is too large"));
    }
    let mut json = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut json).map_err(|why| wrong(&why.to_string()))?;
    let plan: Plan = serde_json::from_slice(&json).map_err(|why| wrong(&why.to_string()))?;
    let total = plan.steps.iter().try_fold(0_u64, |sum, step| sum.checked_add(step.bytes()));
    if plan.format != FORMAT || plan.steps.len() > STEPS_MAX || plan.seal_bytes > BYTES_MAX {
        return Err(wrong("its plan is not in the form that Tidegate writes"));
    }
    if total != Some(plan.result.bytes) || plan.result.bytes > BYTES_MAX {
        return Err(wrong("its steps make another size than it says"));
    }
    let inside = |step: &Step| match *step {
        Step::Keep { from, bytes } => from.checked_add(bytes).is_some_and(|end| end <= plan.base.bytes),
        Step::Take { .. } => true,
    };
    if !plan.steps.iter().all(inside) {
        return Err(wrong("it keeps bytes that the base does not have"));
    }
    Ok(plan)
}

impl Step {
    fn bytes(&self) -> u64 {
        match *self {
            Self::Keep { bytes, .. } | Self::Take { bytes } => bytes,
        }
    }
}

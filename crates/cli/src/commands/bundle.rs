//! `tidegate bundle`: a release as one file, built, signed, verified and taken apart without server or network.
//!
//! Invariant: no server is asked; what is written is whole or not there. Not here: what a bundle is (`tidegate-bundle`), and
//! bundles that a server keeps (`bundle_shelf`).

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rand::TryRngCore as _;
use serde_json::json;
use tidegate_bundle::{Bundle, PublicKey, Recipe, Refusal, SecretKey, Trust, Verified, delta, make, recipe};

use super::{Answer, Context, bundle_channel, bundle_shelf, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Build(BuildArgs),
    Key(KeyArgs),
    Sign(SignArgs),
    Verify(VerifyArgs),
    /// Show what a bundle says it holds; nobody's signature is checked
    Show(ShowArgs),
    Extract(ExtractArgs),
    Delta(DeltaArgs),
    Apply(ApplyArgs),
    Upload(bundle_shelf::UploadArgs),
    /// List the bundles that the server keeps
    List,
    Remove(bundle_shelf::RemoveArgs),
    Trust(bundle_shelf::TrustArgs),
    Distrust(bundle_shelf::DistrustArgs),
    /// List the keys whose bundles the server takes
    Keys,
    /// A folder that bundles are published through and had from
    #[command(subcommand)]
    Channel(bundle_channel::Verb),
}

/// Build a bundle from a manifest and its files
///
/// The same files give the same bytes. Sign it next. The manifest: docs/reference/bundle-manifest.md.
#[derive(Debug, clap::Args)]
pub struct BuildArgs {
    /// The manifest, in YAML or JSON; its paths begin beside it
    #[arg(value_name = "MANIFEST", default_value = "bundle.yaml")]
    manifest: PathBuf,
    /// Where the bundle goes [default: NAME-VERSION.tar.zst]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Make a key that bundles are signed with
///
/// FILE keeps the secret half, for you alone; FILE.pub is for whoever verifies.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// Where the secret half goes; nothing is overwritten
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

/// Sign a bundle; several may, one after the other
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The bundle, which is replaced
    bundle: PathBuf,
    /// The secret key that signs
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Put the signed bundle there instead
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Whom to believe
#[derive(Debug, clap::Args)]
pub struct TrustArgs {
    /// A public key that must have signed; give one for each
    #[arg(long = "key", value_name = "FILE", required_unless_present = "unsigned")]
    keys: Vec<PathBuf>,
    /// How many of the keys must have signed [default: all of them]
    #[arg(long, value_name = "COUNT", requires = "keys", value_parser = clap::value_parser!(u8).range(1..))]
    threshold: Option<u8>,
    /// Ask for nobody's signature: only whether it is whole and fits itself
    #[arg(long, conflicts_with = "keys")]
    unsigned: bool,
}

/// Verify who signed a bundle and that it is whole
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The bundle
    bundle: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The bundle: a file, or the digest of one that the server keeps
    bundle: PathBuf,
}

/// Verify a bundle and put its files into a new folder
#[derive(Debug, clap::Args)]
pub struct ExtractArgs {
    /// The bundle
    bundle: PathBuf,
    /// The folder, which must not be there yet
    #[arg(long, short, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Write what turns one bundle into another
///
/// Files are taken over whole: one that changed in a byte is in the delta with all its bytes.
#[derive(Debug, clap::Args)]
pub struct DeltaArgs {
    /// The bundle that others have
    old: PathBuf,
    /// The bundle that they shall have
    new: PathBuf,
    /// Where the delta goes
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Make the new bundle from the old one and a delta
#[derive(Debug, clap::Args)]
pub struct ApplyArgs {
    /// The bundle that is there
    old: PathBuf,
    /// The delta
    delta: PathBuf,
    /// Where the new bundle goes
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let ending = if matches!(refusal, Refusal::Disk { .. }) {
            Ending::Fault
        } else if matches!(refusal, Refusal::Manifest(_) | Refusal::Key { .. }) {
            Ending::Usage
        } else {
            Ending::Refused
        };
        let failure = Self::new(ending, refusal.code(), refusal.to_string()).help(refusal.help());
        match std::error::Error::source(&refusal) {
            Some(cause) => failure.caused_by(cause),
            None => failure,
        }
    }
}

const KEY_BYTES_MAX: u64 = 1 << 14;

pub async fn run(verb: Verb, context: &Context) -> Answer {
    match verb {
        Verb::Channel(verb) => bundle_channel::run(verb, context).await,
        Verb::Upload(args) => bundle_shelf::upload(&args, context).await,
        Verb::List => bundle_shelf::list(context).await,
        Verb::Remove(args) => bundle_shelf::remove(&args, context).await,
        Verb::Trust(args) => bundle_shelf::trust(&args, context).await,
        Verb::Distrust(args) => bundle_shelf::distrust(&args, context).await,
        Verb::Keys => bundle_shelf::keys(context).await,
        Verb::Show(ShowArgs { bundle }) if bundle.to_str().is_some_and(bundle_shelf::is_digest) => {
            bundle_shelf::show(&bundle.display().to_string(), context).await
        }
        // These read and write files for as long as they are large.
        verb @ (Verb::Build(_)
        | Verb::Key(_)
        | Verb::Sign(_)
        | Verb::Verify(_)
        | Verb::Show(_)
        | Verb::Extract(_)
        | Verb::Delta(_)
        | Verb::Apply(_)) => tokio::task::block_in_place(|| alone(&verb, context)),
    }
}

fn alone(verb: &Verb, context: &Context) -> Answer {
    match verb {
        Verb::Channel(_)
        | Verb::Upload(_)
        | Verb::List
        | Verb::Remove(_)
        | Verb::Trust(_)
        | Verb::Distrust(_)
        | Verb::Keys => Ok(Ending::Done),
        Verb::Build(args) => build(args, context),
        Verb::Key(args) => key(args, context),
        Verb::Sign(args) => sign(args, context),
        Verb::Verify(args) => {
            let keys = Keys::read(&args.trust)?;
            told(&Bundle::open(&args.bundle)?.verify(keys.trust())?, None, context)
        }
        Verb::Show(args) => show(args, context),
        Verb::Extract(args) => {
            let keys = Keys::read(&args.trust)?;
            told(&Bundle::open(&args.bundle)?.extract(keys.trust(), &args.to)?, Some(&args.to), context)
        }
        Verb::Delta(args) => {
            let keys = Keys::read(&args.trust)?;
            let told = delta::make(&args.old, &args.new, keys.trust(), &args.out)?;
            context.out.show(&told, |told| render::bundle::delta(&args.out, *told))?;
            Ok(Ending::Done)
        }
        Verb::Apply(args) => {
            let keys = Keys::read(&args.trust)?;
            told(&delta::apply(&args.old, &args.delta, keys.trust(), &args.out)?, Some(&args.out), context)
        }
    }
}

fn build(args: &BuildArgs, context: &Context) -> Answer {
    let most = recipe::RECIPE_BYTES_MAX as u64;
    let bytes = input::read(&args.manifest, most).map_err(|why| input::unreadable(&args.manifest, &why))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let detail = format!("{} is no text in UTF-8", args.manifest.display());
        Failure::usage("file-unreadable", detail).help("save it as UTF-8")
    })?;
    let recipe = Recipe::read(&text)?;
    let folder = args.manifest.parent().unwrap_or(Path::new(""));
    let own = || PathBuf::from(format!("{}-{}.tar.zst", recipe.name, recipe.version));
    let out = args.out.clone().unwrap_or_else(own);
    let (manifest, digest) = make::make(&recipe, folder, &out)?;
    let file = out.display().to_string();
    let value = json!({ "file": file, "archive": digest, "signers": [], "manifest": manifest });
    context.out.show(&value, |_| render::bundle::built(&out, &manifest, digest))?;
    context.out.remark(format!("nobody has signed it; next: tidegate bundle sign {file} --key FILE"));
    Ok(Ending::Done)
}

fn key(args: &KeyArgs, context: &Context) -> Answer {
    let mut seed = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut seed).map_err(|why| {
        Failure::fault("out-of-resources", "this machine gives no random numbers").caused_by(&why)
    })?;
    let key = SecretKey::from_seed(&seed);
    let mut public = args.out.clone().into_os_string();
    public.push(".pub");
    let public = PathBuf::from(public);
    write_new(&args.out, key.pem().as_bytes(), 0o600)?;
    write_new(&public, key.public().pem().as_bytes(), 0o644)?;
    let value = json!({ "id": key.public().id(), "secret": args.out.display().to_string(), "public": public.display().to_string() });
    context.out.show(&value, |_| {
        format!(
            "key {}\nsecret half: {}\npublic half: {}\n",
            key.public().id(),
            args.out.display(),
            public.display()
        )
    })?;
    Ok(Ending::Done)
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|source| {
        let path = path.display().to_string();
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            Refusal::DestinationTaken(path).into()
        } else {
            Refusal::Disk { path, done: "written", source }.into()
        }
    })
}

fn sign(args: &SignArgs, context: &Context) -> Answer {
    let key = read_key(&args.key, SecretKey::read)?;
    let out = args.out.as_ref().unwrap_or(&args.bundle);
    Bundle::open(&args.bundle)?.sign(&key, out)?;
    let id = key.public().id();
    let value = json!({ "file": out.display().to_string(), "signed_by": id });
    context.out.show(&value, |_| format!("{} is signed by {id}\n", out.display()))?;
    Ok(Ending::Done)
}

fn show(args: &ShowArgs, context: &Context) -> Answer {
    let bundle = Bundle::open(&args.bundle)?;
    let (manifest, archive) = bundle.peek()?;
    let signers = bundle.seal().key_ids();
    let value = json!({ "archive": archive, "says_signed_by": signers, "manifest": manifest });
    context.out.show(&value, |_| render::bundle::shown(&manifest, archive, &signers))?;
    Ok(Ending::Done)
}

fn told(verified: &Verified, to: Option<&PathBuf>, context: &Context) -> Answer {
    let Verified { manifest, archive, signers, .. } = verified;
    let place = to.map(|to| to.display().to_string());
    let value = json!({ "archive": archive, "signers": signers, "manifest": manifest, "to": place });
    context
        .out
        .show(&value, |_| render::bundle::verified(manifest, *archive, signers, to.map(PathBuf::as_path)))?;
    Ok(Ending::Done)
}

struct Keys {
    all: Vec<PublicKey>,
    wanted: Option<usize>,
    unsigned: bool,
}

impl Keys {
    fn read(args: &TrustArgs) -> Result<Self, Failure> {
        let mut keys: Vec<PublicKey> = Vec::new();
        for path in &args.keys {
            let key = read_key(path, PublicKey::read)?;
            // The same key twice is one word, not two.
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(Self { all: keys, wanted: args.threshold.map(usize::from), unsigned: args.unsigned })
    }

    fn trust(&self) -> Trust<'_> {
        if self.unsigned { Trust::Anybody } else { Trust::Keys { keys: &self.all, wanted: self.wanted } }
    }
}

pub fn read_key<T>(path: &Path, read: impl Fn(&str) -> Result<T, &'static str>) -> Result<T, Failure> {
    let bytes = input::read(path, KEY_BYTES_MAX).map_err(|why| input::unreadable(path, &why))?;
    let refused = |why| Failure::from(Refusal::Key { path: path.display().to_string(), why });
    read(std::str::from_utf8(&bytes).map_err(|_| refused("it is no text"))?).map_err(refused)
}

//! `tidegate bundle upload`, `list`, `remove`, `trust` …: bundles that a server keeps, and whose it takes.
//!
//! Invariant: what a server refuses has the code that `bundle verify` gives it. Not here: bundles without a server (`bundle`).

use std::path::{Path, PathBuf};

use tidegate_api::{Bundle, TrustBundleKeyRequest};
use tidegate_bundle::{Digest, PublicKey};

use super::bundle::read_key;
use super::{Answer, Context, input};
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// Send a bundle to the server, which verifies and keeps it
///
/// A key that the server trusts must have signed it. Sent again, it changes nothing.
#[derive(Debug, clap::Args)]
pub struct UploadArgs {
    /// The bundle
    bundle: PathBuf,
}

/// Remove a bundle from the server; refused while a release is made of it
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// Its digest, as `tidegate bundle list` shows it
    digest: String,
}

/// Take the bundles that a key signed
#[derive(Debug, clap::Args)]
pub struct TrustArgs {
    /// What the key is called from now on
    name: String,
    /// The public key
    #[arg(value_name = "FILE")]
    key: PathBuf,
}

/// Take the bundles that a key signed no more
#[derive(Debug, clap::Args)]
pub struct DistrustArgs {
    /// What the key is called
    name: String,
}

pub async fn upload(args: &UploadArgs, context: &Context) -> Answer {
    let bundle = sent(&context.connect()?, &args.bundle).await?;
    context.out.show(&bundle, |bundle| render::bundle_shelf::kept(bundle, context.out.paint))?;
    Ok(Ending::Done)
}

/// The bundle as the server keeps it.
pub async fn sent(connection: &Connection, file: &Path) -> Result<Bundle, Failure> {
    let bundle = connection.client.upload_bundle(file).await;
    Ok(bundle.map_err(|why| input::unreadable(file, &why))??)
}

/// `sha256:` and a digest, rather than a file.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| Digest::read(digits).is_some())
}

pub async fn list(context: &Context) -> Answer {
    let page = context.connect()?.client.bundles().await?;
    let (paint, width) = (context.out.paint, context.out.terminal_columns);
    context.out.show(&page, |page| render::bundle_shelf::list(page, paint, width))?;
    Ok(Ending::Done)
}

pub async fn show(digest: &str, context: &Context) -> Answer {
    let shown = context.connect()?.client.bundle(digest).await?;
    context.out.show(&shown, |shown| render::bundle_shelf::one(shown, context.out.paint))?;
    Ok(Ending::Done)
}

pub async fn remove(args: &RemoveArgs, context: &Context) -> Answer {
    let removing =
        async |client: &tidegate_client::Client, key: &str| client.remove_bundle(&args.digest, key).await;
    let page = context.connect()?.once(removing).await?;
    let (paint, width) = (context.out.paint, context.out.terminal_columns);
    context.out.show(&page, |page| render::bundle_shelf::list(page, paint, width))?;
    Ok(Ending::Done)
}

pub async fn keys(context: &Context) -> Answer {
    let page = context.connect()?.client.bundle_keys().await?;
    let (paint, width) = (context.out.paint, context.out.terminal_columns);
    context.out.show(&page, |page| render::bundle_shelf::keys(page, paint, width))?;
    Ok(Ending::Done)
}

pub async fn trust(args: &TrustArgs, context: &Context) -> Answer {
    let request = TrustBundleKeyRequest { pem: read_key(&args.key, PublicKey::read)?.pem() };
    let trusting = async |client: &tidegate_client::Client, key: &str| {
        client.trust_bundle_key(&args.name, &request, key).await
    };
    let key = context.connect()?.once(trusting).await?;
    context.out.show(&key, |key| format!("Bundles that {} signed are taken: {}.\n", key.name, key.id))?;
    Ok(Ending::Done)
}

pub async fn distrust(args: &DistrustArgs, context: &Context) -> Answer {
    let distrusting =
        async |client: &tidegate_client::Client, key: &str| client.distrust_bundle_key(&args.name, key).await;
    let page = context.connect()?.once(distrusting).await?;
    let (paint, width) = (context.out.paint, context.out.terminal_columns);
    context.out.show(&page, |page| render::bundle_shelf::keys(page, paint, width))?;
    Ok(Ending::Done)
}

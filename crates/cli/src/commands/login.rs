//! `tidegate login`, `logout` and `whoami`.
//!
//! Invariant: a session belongs to one server, whose address it is kept under. Not here: keeping it (`credentials`).

use tidegate_api::{SignedIn, Whoami};
use tidegate_client::Client;

use super::{Answer, Context, login_oidc};
use crate::credentials::{self, Kept};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::password::Source;
use crate::render;

/// Sign in: the commands that follow are yours until you log out
#[derive(Debug, clap::Args)]
pub struct LoginArgs {
    /// Your name [default: what --actor or the environment says]
    #[arg(conflicts_with = "oidc")]
    name: Option<String>,
    /// Through this identity provider, in a browser of this machine
    #[arg(long, value_name = "PROVIDER", conflicts_with = "password_stdin")]
    oidc: Option<String>,
    #[command(flatten)]
    password: Source,
}

/// End your session with the server, and forget it here
#[derive(Debug, clap::Args)]
pub struct LogoutArgs {}

/// Say who you are to the server, and what you may do
#[derive(Debug, clap::Args)]
pub struct WhoamiArgs {}

pub async fn login(args: LoginArgs, context: &Context) -> Answer {
    let client = context.server.stranger()?;
    let signed = match &args.oidc {
        Some(provider) => login_oidc::sign_in(provider, &client, context).await?,
        None => by_password(args, &client, context).await?,
    };
    let Some(bearer) = &signed.bearer else {
        return Err(Failure::fault("unexpected-answer", "the server answered no session")
            .help("is it a Tidegate of this version? `tidegate version`"));
    };
    let kept = Kept { name: signed.name.clone(), bearer: bearer.0.clone(), expires_ms: signed.expires_ms };
    credentials::keep(client.url(), Some(kept))?;
    let (url, until) =
        (client.url().trim_end_matches('/').to_owned(), render::number::time(signed.expires_ms));
    // The session itself is for the file alone.
    let told = SignedIn { bearer: None, ..signed };
    context
        .out
        .show(&told, |told| format!("Signed in to {url} as {}, until {until} at most.\n", told.name))?;
    Ok(Ending::Done)
}

async fn by_password(args: LoginArgs, client: &Client, context: &Context) -> Result<SignedIn, Failure> {
    let name = match args.name {
        Some(name) => name,
        None => context.server.name()?.ok_or_else(nameless)?,
    };
    let password = args.password.known(&format!("Password of {name}: "))?;
    Ok(client.sign_in(&name, &password).await?)
}

pub async fn logout(_: LogoutArgs, context: &Context) -> Answer {
    let url = context.server.url();
    let Some(kept) = credentials::of(&url) else {
        context.out.remark("Nobody was signed in.");
        return Ok(Ending::Done);
    };
    let client = context.server.stranger()?.with_bearer(&kept.bearer);
    let ended = client.sign_out().await;
    // Whatever the server says, it is forgotten here.
    credentials::keep(&url, None)?;
    match ended {
        Ok(_) => {}
        Err(error) if error.code() == "session-ended" => {}
        Err(error) => return Err(error.into()),
    }
    context.out.remark(format!("{} is signed out.", kept.name));
    Ok(Ending::Done)
}

pub async fn whoami(_: WhoamiArgs, context: &Context) -> Answer {
    let client = context.connect()?.client;
    // It says the same that it said before, so it is not for stdout.
    let whoami = Whoami { csrf: None, ..client.whoami().await? };
    let out = &context.out;
    out.show(&whoami, |whoami| render::person::whoami(whoami, out.paint))?;
    Ok(Ending::Done)
}

fn nameless() -> Failure {
    Failure::usage("nameless", "it is not known who signs in").help("say it: `tidegate login NAME`")
}

//! `tidegate user` and `tidegate service`: people and programs, and what they may do.
//!
//! Invariant: passwords come from a terminal or stdin, never from arguments. Not here: rights (the server).

use std::path::PathBuf;

use tidegate_api::{AddPersonRequest, Hidden, Link, PasswordRequest, Person, PersonKind, Role, SetupRequest};
use tidegate_server::Places;

use super::{Answer, Context, grants, login_oidc};
use crate::connect::{Connection, data_directory};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::password::Source;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Create(CreateArgs),
    /// List people and service accounts
    List,
    /// Show one, with what they may do
    Show(NameArgs),
    Grant(GrantArgs),
    Revoke(GrantArgs),
    Groups(GroupsArgs),
    Link(LinkArgs),
    Unlink(LinkArgs),
    Disable(DisableArgs),
    /// Let somebody act again who was disabled
    Enable(NameArgs),
    Password(PasswordArgs),
    /// Sign somebody out everywhere; tokens stay
    SignOut(NameArgs),
}

#[derive(Debug, clap::Subcommand)]
pub enum ServiceVerb {
    Create(ServiceArgs),
}

#[derive(Debug, clap::Args)]
pub struct NameArgs {
    /// Whose name
    name: String,
}

/// Add somebody
///
/// While there is nobody, `--admin` makes the first administrator, with the secret that the server wrote to its data
/// directory; from then on nobody is answered without proof of who they are.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// Lower-case letters, digits and .-_:@
    name: String,
    /// How they are called on pages
    #[arg(long, value_name = "TEXT")]
    display: Option<String>,
    /// Over the whole installation; the same as --role admin
    #[arg(long, conflicts_with_all = ["role", "environment", "project"])]
    admin: bool,
    #[command(flatten)]
    grant: grants::RoleArgs,
    /// Without a password: they sign in through an identity provider
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,
    #[command(flatten)]
    password: Source,
    /// What stands in `setup` of the server's data directory, where that is not here [env: TIDEGATE_SETUP_TOKEN]
    #[arg(long, value_name = "SECRET", requires = "admin")]
    setup_token: Option<String>,
}

/// Add an account for a program: it has tokens, no password, and signs no gates
#[derive(Debug, clap::Args)]
pub struct ServiceArgs {
    /// Lower-case letters, digits and .-_:@
    name: String,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    display: Option<String>,
    #[command(flatten)]
    grant: grants::RoleArgs,
}

/// Give somebody a role, or take it away
#[derive(Debug, clap::Args)]
pub struct GrantArgs {
    /// Whose name
    name: String,
    #[command(flatten)]
    grant: grants::RoleArgs,
}

/// Say which groups somebody is in, in the place of those before
#[derive(Debug, clap::Args)]
pub struct GroupsArgs {
    /// Whose name
    name: String,
    /// A group; repeat for several, leave out for none
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

/// Say who somebody is at an identity provider, or that they are not any more
///
/// Whoever signs in there as this subject is this person here.
#[derive(Debug, clap::Args)]
pub struct LinkArgs {
    /// Whose name
    name: String,
    /// The provider, as the server calls it
    #[arg(long, value_name = "PROVIDER", required_unless_present = "issuer")]
    oidc: Option<String>,
    /// The provider, by its issuer
    #[arg(long, value_name = "URL", conflicts_with = "oidc")]
    issuer: Option<String>,
    /// The claim `sub`, which the provider gives to nobody else
    #[arg(long, value_name = "SUBJECT")]
    subject: String,
}

/// Let somebody do nothing any more; their approvals that still wait do not count
#[derive(Debug, clap::Args)]
pub struct DisableArgs {
    /// Whose name
    name: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Set a password; every session of theirs ends
///
/// With --password-stdin, your own takes two lines: the one until now, and the new one.
#[derive(Debug, clap::Args)]
pub struct PasswordArgs {
    /// Whose [default: yours]
    name: Option<String>,
    #[command(flatten)]
    password: Source,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    let out = &context.out;
    let person = match verb {
        Verb::Create(args) => create(args, &connection, context).await?,
        Verb::List => {
            let page = connection.client.people().await?;
            out.show(&page, |page| render::person::list(&page.items, out.paint, out.terminal_columns))?;
            return Ok(Ending::Done);
        }
        Verb::Show(NameArgs { name }) => connection.client.person(&name).await?,
        Verb::Grant(args) => {
            let (name, more) = (args.name, args.grant.needed()?);
            let held = connection.client.person(&name).await?.grants;
            set_grants(&connection, &name, grants::with(held, more)).await?
        }
        Verb::Revoke(args) => {
            let (name, gone) = (args.name, args.grant.needed()?);
            let held = connection.client.person(&name).await?.grants;
            set_grants(&connection, &name, grants::without(held, &gone)?).await?
        }
        Verb::Link(args) => {
            let (name, link) = args.link(&connection).await?;
            let mut links = connection.client.person(&name).await?.links;
            if !links.contains(&link) {
                links.push(link);
            }
            set_links(&connection, &name, links).await?
        }
        Verb::Unlink(args) => {
            let (name, link) = args.link(&connection).await?;
            let held = connection.client.person(&name).await?.links;
            let left: Vec<_> = held.iter().filter(|held| **held != link).cloned().collect();
            if left.len() == held.len() {
                return Err(no_such_link(&name));
            }
            set_links(&connection, &name, left).await?
        }
        Verb::Groups(GroupsArgs { name, groups }) => {
            connection.once(async |client, key| client.set_groups(&name, groups.clone(), key).await).await?
        }
        Verb::Disable(DisableArgs { name, reason }) => {
            connection.once(async |client, key| client.disable_person(&name, &reason, key).await).await?
        }
        Verb::Enable(NameArgs { name }) => {
            connection.once(async |client, key| client.enable_person(&name, key).await).await?
        }
        Verb::Password(args) => password(args, &connection).await?,
        Verb::SignOut(NameArgs { name }) => {
            let ended = connection.once(async |client, key| client.end_sessions(&name, key).await).await?;
            out.show(&ended, |_| format!("{name} is signed out everywhere.\n"))?;
            return Ok(Ending::Done);
        }
    };
    out.show(&person, |person| render::person::one(person, out.paint))?;
    Ok(Ending::Done)
}

pub async fn service(verb: ServiceVerb, context: &Context) -> Answer {
    let ServiceVerb::Create(ServiceArgs { name, display, grant }) = verb;
    let connection = context.connect()?;
    let grants = grant.grant().into_iter().collect();
    let request = AddPersonRequest { name, kind: PersonKind::Service, display, grants };
    let service = connection.once(async |client, key| client.add_person(&request, key).await).await?;
    let out = &context.out;
    out.show(&service, |service| {
        format!(
            "{} is there. Its first token: `tidegate token create --for {}`\n",
            service.name, service.name
        )
    })?;
    Ok(Ending::Done)
}

async fn set_grants(
    connection: &Connection,
    name: &str,
    grants: Vec<tidegate_api::Grant>,
) -> Result<Person, Failure> {
    connection.once(async |client, key| client.set_grants(name, grants.clone(), key).await).await
}

impl LinkArgs {
    async fn link(self, connection: &Connection) -> Result<(String, Link), Failure> {
        let Self { name, oidc, issuer, subject } = self;
        let issuer = match (issuer, oidc) {
            (Some(issuer), _) => issuer,
            (None, provider) => {
                login_oidc::known(&provider.unwrap_or_default(), &connection.client).await?.issuer
            }
        };
        Ok((name, Link { issuer, subject }))
    }
}

async fn set_links(connection: &Connection, name: &str, links: Vec<Link>) -> Result<Person, Failure> {
    connection.once(async |client, key| client.set_links(name, links.clone(), key).await).await
}

fn no_such_link(name: &str) -> Failure {
    Failure::refused("no-such-link", format!("{name} is not known as that there"))
        .help(format!("see as what: `tidegate user show {name}`"))
}

async fn create(args: CreateArgs, connection: &Connection, context: &Context) -> Result<Person, Failure> {
    let CreateArgs { name, display, admin, grant, no_password, password, setup_token } = args;
    let secret = setup_token.filter(|_| admin).or_else(|| if admin { setup_secret(context) } else { None });
    let chosen = if no_password && secret.is_none() {
        None
    } else {
        Some(Hidden(password.new_one(&format!("Password for {name}: "))?))
    };
    if let (Some(secret), Some(password)) = (secret, chosen.clone()) {
        let request = SetupRequest { secret: Hidden(secret), name, display, password };
        let person = connection.client.set_up(&request).await?;
        context.out.remark(format!(
            "From now on nobody is answered without proof. Sign in: tidegate login {}",
            person.name
        ));
        return Ok(person);
    }
    let whole = admin.then_some(tidegate_api::Grant { role: Role::Admin, project: None, environment: None });
    let grants = whole.or(grant.grant()).into_iter().collect();
    let request = AddPersonRequest { name: name.clone(), kind: PersonKind::Person, display, grants };
    let person = connection.once(async |client, key| client.add_person(&request, key).await).await?;
    match chosen {
        Some(password) => {
            let request = PasswordRequest { password, current: None };
            Ok(connection.client.set_password(&name, &request).await?)
        }
        None => Ok(person),
    }
}

/// From the environment, or the data directory of the server that is asked, where that is here.
fn setup_secret(context: &Context) -> Option<String> {
    if let Some(given) = std::env::var("TIDEGATE_SETUP_TOKEN").ok().filter(|given| !given.is_empty()) {
        return Some(given);
    }
    let (data, url): (PathBuf, String) = (data_directory(), context.server.url());
    let places = Places::new(data);
    let record = places.read_server_record()?;
    let same = record.url.trim_end_matches('/') == url.trim_end_matches('/');
    let secret = std::fs::read_to_string(places.setup()).ok().filter(|_| same)?;
    Some(secret.trim().to_owned())
}

async fn password(args: PasswordArgs, connection: &Connection) -> Result<Person, Failure> {
    let PasswordArgs { name, password } = args;
    let whoami = connection.client.whoami().await?;
    let name = name.unwrap_or_else(|| whoami.name.clone());
    let (current, new) = if name == whoami.name {
        let (current, new) = password.change()?;
        (Some(current), new)
    } else {
        (None, password.new_one(&format!("New password for {name}: "))?)
    };
    let request = PasswordRequest { password: Hidden(new), current: current.map(Hidden) };
    Ok(connection.client.set_password(&name, &request).await?)
}

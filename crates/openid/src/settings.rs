//! The file that names identity providers (TOML), read and checked before the server serves.
//!
//! Invariant: what was read names every provider once, with an https issuer (but on this machine) and a secret that is
//! printed nowhere. Deliberately not here: talking to providers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use tidegate_connectors::guard::Url;

use crate::metadata::is_here;

const PROVIDERS_MAX: usize = 20;
const FILE_BYTES_MAX: u64 = 1 << 20;
const NAME_CHARS_MAX: usize = 40;
const TEXT_CHARS_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be used to sign in: {why}", path.display())]
pub struct BadSettings {
    pub path: PathBuf,
    pub why: String,
}

impl BadSettings {
    pub fn code(&self) -> &'static str {
        "sign-in-settings-unusable"
    }

    pub fn help(&self) -> &'static str {
        "the guide `sign-in-with-a-provider.md` has an example for each provider"
    }
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// Where browsers reach this server: `https://tidegate.example.com`; its own address where absent.
    pub public_url: Option<Url>,
    pub providers: Vec<ProviderSettings>,
}

#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// In addresses.
    pub name: String,
    /// On pages.
    pub display: String,
    pub issuer: String,
    pub client: String,
    /// None of a public client, which PKCE alone protects.
    pub secret: Option<SecretString>,
    pub scopes: Vec<String>,
    /// Whether somebody nobody here knows becomes somebody, without any right.
    pub create: bool,
    /// Whether somebody here who is called as a verified address is this one.
    pub match_email: bool,
    /// Whether its addresses count as verified although it does not say so.
    pub trust_email: bool,
    /// Of those who are created or matched; empty: any.
    pub email_domains: BTreeSet<String>,
    /// What those who are created are called here.
    pub name_claim: String,
    /// The claim with their groups there, and what those are called here.
    pub groups: Option<(String, BTreeMap<String, String>)>,
    /// Hosts and networks that its addresses may lead to although they are not public.
    pub allowed_hosts: Vec<String>,
    /// PEM of certificate authorities besides the system's.
    pub authorities_pem: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    public_url: Option<String>,
    #[serde(default)]
    provider: Vec<WrittenProvider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvider {
    name: String,
    #[serde(default)]
    display: Option<String>,
    issuer: String,
    client_id: String,
    #[serde(default)]
    client_secret_file: Option<PathBuf>,
    #[serde(default)]
    client_secret_env: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    create: bool,
    #[serde(default)]
    match_email: bool,
    #[serde(default)]
    trust_email: bool,
    #[serde(default)]
    email_domains: Vec<String>,
    #[serde(default)]
    name_claim: Option<String>,
    #[serde(default)]
    group_claim: Option<String>,
    #[serde(default)]
    groups: BTreeMap<String, String>,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    authorities: Option<PathBuf>,
}

impl Settings {
    pub fn open(path: &Path) -> Result<Self, BadSettings> {
        let bad = |why: String| BadSettings { path: path.to_owned(), why };
        let size = std::fs::metadata(path).map_err(|why| bad(why.to_string()))?.len();
        if size > FILE_BYTES_MAX {
            return Err(bad(format!("it is longer than {FILE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|why| bad(why.to_string()))?;
        Self::read(&text, path.parent().unwrap_or(Path::new("."))).map_err(bad)
    }

    /// Files that the text names are looked for in `beside`.
    pub fn read(text: &str, beside: &Path) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|why| why.to_string().trim().to_owned())?;
        if written.provider.is_empty() || written.provider.len() > PROVIDERS_MAX {
            return Err(format!("it names no [[provider]], or more than {PROVIDERS_MAX}"));
        }
        let public_url = written.public_url.map(|text| public_url(&text)).transpose()?;
        let read = |provider: WrittenProvider| {
            let name = provider.name.clone();
            provider.read(beside).map_err(|why| format!("provider `{name}`: {why}"))
        };
        let providers: Vec<_> = written.provider.into_iter().map(read).collect::<Result<_, _>>()?;
        let names: BTreeSet<_> = providers.iter().map(|provider| &provider.name).collect();
        let issuers: BTreeSet<_> = providers.iter().map(|it| (&it.issuer, &it.client)).collect();
        if names.len() < providers.len() || issuers.len() < providers.len() {
            return Err("two providers have one name, or one issuer and client".to_owned());
        }
        Ok(Self { public_url, providers })
    }
}

fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("`public_url` is no address: {why}"))?;
    let plain =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if plain && (url.scheme() == "https" || is_here(&url)) {
        return Ok(url);
    }
    Err("`public_url` is scheme and host alone, https but on this machine: https://tidegate.example.com"
        .to_owned())
}

impl WrittenProvider {
    fn read(self, beside: &Path) -> Result<ProviderSettings, String> {
        let secret = self.secret(beside)?;
        check_name(&self.name)?;
        check_issuer(&self.issuer)?;
        check_text("client_id", &self.client_id)?;
        let scopes =
            self.scopes.unwrap_or_else(|| ["openid", "email", "profile"].map(str::to_owned).to_vec());
        let is_scope =
            |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        if !scopes.iter().any(|scope| scope == "openid") || !scopes.iter().all(is_scope) {
            return Err("`scopes` are words without spaces, `openid` among them".to_owned());
        }
        let groups = match (self.group_claim, self.groups) {
            (None, groups) if groups.is_empty() => None,
            (Some(claim), groups) if !groups.is_empty() => Some((claim, groups)),
            _ => return Err(
                "`group_claim` and `groups` go together: which claim, and what its groups are called here"
                    .to_owned(),
            ),
        };
        let authorities = self.authorities.map(|path| read_file(&beside.join(path))).transpose()?;
        let domains = self.email_domains.iter().map(|domain| domain.trim_start_matches('@').to_lowercase());
        Ok(ProviderSettings {
            display: self.display.unwrap_or_else(|| self.name.clone()),
            name: self.name,
            issuer: self.issuer,
            client: self.client_id,
            secret,
            scopes,
            create: self.create,
            match_email: self.match_email,
            trust_email: self.trust_email,
            email_domains: domains.collect(),
            name_claim: self.name_claim.unwrap_or_else(|| "email".to_owned()),
            groups,
            allowed_hosts: self.allowed_hosts,
            authorities_pem: authorities,
        })
    }

    /// From a file or the environment, never from the settings themselves, which end up in repositories.
    fn secret(&self, beside: &Path) -> Result<Option<SecretString>, String> {
        let text = match (&self.client_secret_file, &self.client_secret_env) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err("`client_secret_file` or `client_secret_env`, not both".to_owned());
            }
            (Some(path), None) => String::from_utf8(read_file(&beside.join(path))?)
                .map_err(|_| format!("{} is no text", path.display()))?,
            (None, Some(name)) => {
                std::env::var(name).map_err(|_| format!("the environment has no {name}"))?
            }
        };
        let text = text.trim().to_owned();
        if text.is_empty() {
            return Err("the client's secret is empty".to_owned());
        }
        Ok(Some(SecretString::from(text)))
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// As it stands in a path.
fn check_name(name: &str) -> Result<(), String> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let fits =
        (1..=NAME_CHARS_MAX).contains(&name.len()) && letters && name.as_bytes()[0].is_ascii_lowercase();
    if fits && !name.ends_with('-') {
        return Ok(());
    }
    Err(format!("`name` is 1 to {NAME_CHARS_MAX} lower-case letters, digits and hyphens, a letter first"))
}

fn check_issuer(issuer: &str) -> Result<(), String> {
    check_text("issuer", issuer)?;
    let url = Url::parse(issuer).ok().filter(|url| url.scheme() == "https" || is_here(url));
    let plain = |url: &Url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if url.as_ref().is_some_and(plain) {
        return Ok(());
    }
    Err("`issuer` is an https address without a query, exactly as the provider writes it".to_owned())
}

fn check_text(what: &str, text: &str) -> Result<(), String> {
    let fits = (1..=TEXT_CHARS_MAX).contains(&text.chars().count()) && !text.contains(char::is_control);
    if fits { Ok(()) } else { Err(format!("`{what}` is one line of at most {TEXT_CHARS_MAX} characters")) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const LEAST: &str =
        "[[provider]]\nname = \"corp\"\nissuer = \"https://sso.example.com\"\nclient_id = \"tidegate\"\n";

    #[test]
    fn the_least_that_can_be_said_gives_nobody_anything() {
        let read = Settings::read(LEAST, Path::new(".")).unwrap();
        let corp = &read.providers[0];
        assert!(!corp.create && !corp.match_email && !corp.trust_email && corp.groups.is_none());
        assert_eq!((corp.display.as_str(), corp.scopes.join(" ").as_str()), ("corp", "openid email profile"));
        assert!(corp.secret.is_none() && read.public_url.is_none());
    }

    #[test]
    fn a_secret_comes_from_a_file_and_is_not_printed() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("secret"), "s3cret-of-corp\n").unwrap();
        let text = format!("{LEAST}client_secret_file = \"secret\"\n");
        let read = Settings::read(&text, directory.path()).unwrap();
        assert_eq!(read.providers[0].secret.as_ref().unwrap().expose_secret(), "s3cret-of-corp");
        assert!(!format!("{read:?}").contains("s3cret"));
        std::fs::write(directory.path().join("secret"), " \n").unwrap();
        assert!(Settings::read(&text, directory.path()).unwrap_err().contains("empty"));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let check = |text: &str, expect: &str| {
            let why = Settings::read(text, Path::new("/nowhere")).unwrap_err();
            assert!(why.contains(expect), "{text}: {why}");
        };
        check("", "[[provider]]");
        check("provider = 1", "provider");
        check(&format!("{LEAST}client_secret = \"x\"\n"), "client_secret");
        check(&format!("{LEAST}client_secret_file = \"x\"\n"), "/nowhere/x");
        check(
            &format!("{LEAST}client_secret_env = \"TIDEGATE_NO_SUCH_VARIABLE\"\n"),
            "TIDEGATE_NO_SUCH_VARIABLE",
        );
        check(&format!("{LEAST}client_secret_file = \"x\"\nclient_secret_env = \"X\"\n"), "not both");
        check(&format!("{LEAST}scopes = [\"email\"]\n"), "openid");
        check(&format!("{LEAST}scopes = [\"openid email\"]\n"), "openid");
        check(&format!("{LEAST}group_claim = \"groups\"\n"), "go together");
        check(&format!("{LEAST}[provider.groups]\na = \"b\"\n"), "go together");
        check(&LEAST.replace("corp", "Corp"), "name");
        check(&LEAST.replace("corp", ""), "name");
        check(&LEAST.replace("https://", "http://"), "issuer");
        check(&LEAST.replace("sso.example.com", "sso.example.com?a=b"), "issuer");
        check(&format!("{LEAST}{LEAST}"), "two providers");
        check(&format!("public_url = \"http://tidegate.example.com\"\n{LEAST}"), "public_url");
        check(&format!("public_url = \"https://tidegate.example.com/below\"\n{LEAST}"), "public_url");
        assert!(
            Settings::read(&format!("public_url = \"http://127.0.0.1:7070\"\n{LEAST}"), Path::new("."))
                .is_ok()
        );
    }
}

//! What the command line and the environment ask for.
//!
//! Invariant: everything is read before anything starts. Deliberately not here: reading the behaviour file.

use std::path::PathBuf;

use crate::service::Role;

pub const USAGE: &str = "\
Usage: shop <api|web> [--behaviour FILE]

  api    products and orders as JSON
  web    a page that lists the products it fetches from the api

  --behaviour FILE   how this version behaves; otherwise behaviour.json in the
                     working directory, otherwise the one beside the program
Environment:
  PORT      where to listen on 127.0.0.1 (8080); 0 picks a free port and prints it
  API_URL   for web: where the api answers, like http://127.0.0.1:8081
";

const PORT_BY_DEFAULT: u16 = 8080;

#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    Help,
    Run(Arguments),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    pub role: Role,
    pub behaviour: Option<PathBuf>,
}

pub fn read(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let (mut role, mut behaviour) = (None, None);
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--behaviour" => {
                behaviour = Some(PathBuf::from(arguments.next().ok_or("--behaviour needs a file")?));
            }
            "api" if role.is_none() => role = Some(Role::Api),
            "web" if role.is_none() => role = Some(Role::Web),
            other => return Err(format!("`{other}` is not understood here")),
        }
    }
    let role = role.ok_or("say which service to run: api or web")?;
    Ok(Asked::Run(Arguments { role, behaviour }))
}

pub fn port(given: Option<String>) -> Result<u16, String> {
    given.map_or(Ok(PORT_BY_DEFAULT), |text| {
        text.parse().map_err(|_| format!("PORT is `{text}`: a port is a number from 0 to 65535"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &Result<Asked, String>) {
        assert_eq!(&read(line.split_whitespace().map(str::to_owned)), expect, "{line}");
    }

    #[test]
    fn a_service_and_its_behaviour_are_understood() {
        let run =
            |role, file: Option<&str>| Ok(Asked::Run(Arguments { role, behaviour: file.map(PathBuf::from) }));
        check("api", &run(Role::Api, None));
        check("web --behaviour x.json", &run(Role::Web, Some("x.json")));
        check("--behaviour x.json api", &run(Role::Api, Some("x.json")));
        check("api --help", &Ok(Asked::Help));
        check("", &Err("say which service to run: api or web".into()));
        check("api web", &Err("`web` is not understood here".into()));
        check("api --behaviour", &Err("--behaviour needs a file".into()));
    }

    #[test]
    fn a_port_is_a_port() {
        assert_eq!(port(None), Ok(8080));
        assert_eq!(port(Some("0".into())), Ok(0));
        for wrong in ["", "-1", "65536", "http"] {
            assert!(port(Some(wrong.into())).is_err(), "{wrong}");
        }
    }
}

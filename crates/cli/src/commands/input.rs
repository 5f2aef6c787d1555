//! What a command is given to read: a file, or stdin where it is called `-`.
//!
//! Invariant: at most one byte more than the most is read, so that what is too large is refused where that limit stands.

use std::fs::File;
use std::io::{Error, Read, Result, stdin};
use std::path::Path;

use crate::failure::Failure;

pub fn read(file: &Path, most: u64) -> Result<Vec<u8>> {
    let input: Box<dyn Read> =
        if file.as_os_str() == "-" { Box::new(stdin()) } else { Box::new(File::open(file)?) };
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub fn unreadable(file: &Path, why: &Error) -> Failure {
    Failure::usage("file-unreadable", format!("{} cannot be read", file.display()))
        .help("check the path and the rights of the file")
        .caused_by(why)
}

//! `cargo run -p tidegate-xtask -- tidy`: prints what breaks a rule of the house.

use std::process::ExitCode;

use tidegate_xtask::tidy;

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("tidy") {
        eprintln!("usage: cargo run -p tidegate-xtask -- tidy");
        return ExitCode::from(2);
    }
    match tidy::all(&tidy::root()) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => {
            for line in broken {
                eprintln!("tidy: {line}");
            }
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("tidy could not run: {why}");
            ExitCode::from(3)
        }
    }
}

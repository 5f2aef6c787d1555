//! Both stores on a loopback address: `appstores [ADDRESS]`. It writes its keys beside itself, and says how days pass.

use std::io::{self, Write};
use std::process::ExitCode;

use appstores::{ISSUER, KEY_ID, Stores};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            drop(writeln!(io::stderr(), "appstores: {why}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> io::Result<()> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let mut stores = Stores::open(&listen).await?;
    std::fs::write("practice.p8", stores.keys().apple_pem())?;
    std::fs::write("practice.json", stores.keys().account())?;
    let mut out = io::stdout();
    writeln!(out, "Both stores answer at {}. What they are asked with:", stores.base())?;
    writeln!(out, "  App Store: app 1, key practice.p8, key id {KEY_ID}, issuer {ISSUER}")?;
    writeln!(out, "  Google Play: app com.example.shop, key practice.json")?;
    writeln!(out, "A day passes with: curl -X POST {}/practice/days/1", stores.base())?;
    out.flush()?;
    stores.serve().await;
    Ok(())
}

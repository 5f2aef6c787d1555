//! What the disk alone can do: append 4 KiB, fdatasync, again.
//!
//! Invariant: the file is used again from its start, as a write-ahead log is. Deliberately not here: databases.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Side;
use crate::machine;
use crate::measured::Times;

const BLOCK_BYTES: usize = 4_096;
const FILE_BYTES_MAX: u64 = 4 << 20;

pub fn round(folder: &Path, seconds: f64) -> Result<Side> {
    let mut file = File::create(folder.join("disk"))?;
    let block = [7_u8; BLOCK_BYTES];
    let (began, cpu) = (Instant::now(), machine::cpu_seconds(std::process::id()));
    let until = began + Duration::from_secs_f64(seconds);
    let mut times = Vec::new();
    while Instant::now() < until {
        let started = Instant::now();
        if file.stream_position()? >= FILE_BYTES_MAX {
            file.rewind()?;
        }
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    let count = times.len() as f64;
    let cpu = machine::cpu_seconds(std::process::id()) - cpu;
    Ok(Side {
        per_second: count / began.elapsed().as_secs_f64(),
        times: Times::new(times),
        cpu_micros: cpu * 1e6 / count,
        events_per_step: 0.0,
    })
}

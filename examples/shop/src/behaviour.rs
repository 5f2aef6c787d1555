//! How one version of the shop behaves: how fast it answers and what share of requests it fails.
//!
//! Invariant: a behaviour that was read is in range, so drawing from it cannot go wrong. Deliberately not here:
//! waiting and answering.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

const FILE_NAME: &str = "behaviour.json";
/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874;
/// No request waits longer, whatever the file says.
const SERVICE_MS_MAX: f64 = 30_000.0;
const SLOW_FACTOR_MAX: f64 = 1_000.0;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    pub version: String,
    /// The share of requests that fail with 500, from 0 to 1.
    #[serde(default)]
    pub fail_share: f64,
    #[serde(default = "latency_ms_median_default")]
    pub latency_ms_median: f64,
    #[serde(default = "latency_ms_p99_default")]
    pub latency_ms_p99: f64,
    /// Every service time is multiplied by this.
    #[serde(default = "one")]
    pub slow_factor: f64,
    /// The share of requests that `slow_factor` is for, from 0 to 1.
    #[serde(default = "one")]
    pub slow_share: f64,
    /// How long after the start the service says that it is not ready.
    #[serde(default = "warm_up_ms_default")]
    pub warm_up_ms: u64,
}

fn latency_ms_median_default() -> f64 {
    5.0
}
fn latency_ms_p99_default() -> f64 {
    20.0
}
fn one() -> f64 {
    1.0
}
fn warm_up_ms_default() -> u64 {
    300
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    pub service_time: Duration,
    pub fails: bool,
}

impl Behaviour {
    /// The file that was named, else the one in the working directory, else the one beside the program.
    pub fn find(named: Option<&Path>) -> Result<Self, String> {
        if let Some(file) = named {
            return Self::read(file);
        }
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join(FILE_NAME)));
        let file = std::iter::once(PathBuf::from(FILE_NAME)).chain(beside).find(|file| file.is_file());
        match file {
            Some(file) => Self::read(&file),
            None => Err(format!(
                "there is no {FILE_NAME} here or beside the program: write one like {{\"version\": \"1.0.0\"}} \
                 or name one with --behaviour"
            )),
        }
    }

    fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|wrong| format!("{}: {wrong}", file.display()))
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let behaviour: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        behaviour.checked()
    }

    fn checked(self) -> Result<Self, String> {
        let version_fits = !self.version.is_empty() && self.version.len() <= 64;
        if !version_fits || !self.version.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("version is 1 to 64 visible ASCII characters".into());
        }
        for (field, share) in [("fail_share", self.fail_share), ("slow_share", self.slow_share)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("{field} is {share}: a share is from 0 to 1"));
            }
        }
        if !(self.latency_ms_median > 0.0 && self.latency_ms_p99 <= SERVICE_MS_MAX) {
            return Err(format!("latencies are more than 0 and at most {SERVICE_MS_MAX} ms"));
        }
        if self.latency_ms_p99 < self.latency_ms_median {
            return Err("latency_ms_p99 is at least latency_ms_median".into());
        }
        if !(self.slow_factor > 0.0 && self.slow_factor <= SLOW_FACTOR_MAX) {
            return Err(format!("slow_factor is more than 0 and at most {SLOW_FACTOR_MAX}"));
        }
        Ok(self)
    }

    pub fn draw(&self) -> Draw {
        let is_slow = rand::random::<f64>() < self.slow_share;
        Draw {
            service_time: self.service_time(standard_normal(), is_slow),
            fails: rand::random::<f64>() < self.fail_share,
        }
    }

    /// Log-normal around the median, as service times usually are: `deviation` counts standard deviations of the
    /// logarithm, and the 99th percentile falls on `latency_ms_p99`.
    fn service_time(&self, deviation: f64, is_slow: bool) -> Duration {
        let sigma = (self.latency_ms_p99 / self.latency_ms_median).ln() / NORMAL_P99;
        let factor = if is_slow { self.slow_factor } else { 1.0 };
        let ms = self.latency_ms_median * (sigma * deviation).exp() * factor;
        Duration::from_secs_f64(ms.min(SERVICE_MS_MAX) / 1_000.0)
    }
}

/// By the method of Box and Muller (1958).
fn standard_normal() -> f64 {
    let radius = (-2.0 * (1.0 - rand::random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rand::random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(behaviour: &Behaviour, deviation: f64, is_slow: bool) -> f64 {
        (behaviour.service_time(deviation, is_slow).as_secs_f64() * 1e4).round() / 10.0
    }

    #[test]
    fn service_times_have_the_median_and_the_tail_asked_for() {
        let text = r#"{"version":"1","latency_ms_median":20,"latency_ms_p99":80,"slow_factor":5}"#;
        let behaviour = Behaviour::parse(text).unwrap();
        for (deviation, is_slow, ms) in [
            (0.0, false, 20.0),
            (NORMAL_P99, false, 80.0),
            (-NORMAL_P99, false, 5.0),
            (NORMAL_P99, true, 400.0),
            (1e9, true, 30_000.0),
        ] {
            assert!(
                (milliseconds(&behaviour, deviation, is_slow) - ms).abs() < 0.05,
                "{deviation} {is_slow}"
            );
        }
    }

    #[test]
    fn shares_are_kept_over_many_draws() {
        let behaviour = Behaviour::parse(r#"{"version":"1","fail_share":0.05}"#).unwrap();
        let draws: Vec<Draw> = (0..100_000).map(|_| behaviour.draw()).collect();
        let failed = draws.iter().filter(|draw| draw.fails).count();
        // Five per cent of 100 000 with a standard deviation of 69: these bounds are seven of them away.
        assert!((4_500..5_500).contains(&failed), "{failed}");
        let above_p99 = draws.iter().filter(|draw| draw.service_time.as_secs_f64() > 0.020).count();
        assert!((780..1_220).contains(&above_p99), "{above_p99}");
        let above_median = draws.iter().filter(|draw| draw.service_time.as_secs_f64() > 0.005).count();
        assert!((48_900..51_100).contains(&above_median), "{above_median}");
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        for (text, words) in [
            ("{}", "missing field `version`"),
            (r#"{"version":""}"#, "1 to 64"),
            (r#"{"version":"1 0"}"#, "1 to 64"),
            (r#"{"version":"1","fail_share":1.5}"#, "fail_share is 1.5"),
            (r#"{"version":"1","slow_share":-1}"#, "slow_share is -1"),
            (r#"{"version":"1","latency_ms_median":0}"#, "more than 0"),
            (r#"{"version":"1","latency_ms_p99":1e9}"#, "at most 30000 ms"),
            (r#"{"version":"1","latency_ms_median":50}"#, "at least latency_ms_median"),
            (r#"{"version":"1","slow_factor":0}"#, "slow_factor"),
            (r#"{"version":"1","fail_shar":0.5}"#, "unknown field `fail_shar`"),
        ] {
            let wrong = Behaviour::parse(text).unwrap_err();
            assert!(wrong.contains(words), "{text}: {wrong}");
        }
    }

    #[test]
    fn the_versions_of_the_demonstration_are_readable() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("behaviours");
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            let behaviour = Behaviour::read(&file).unwrap();
            assert_eq!(file.file_stem().unwrap().to_str().unwrap(), behaviour.version);
            files += 1;
        }
        assert_eq!(files, 5);
    }
}

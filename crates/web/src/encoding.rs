//! In which form a file is sent: as it is, or as it was compressed when it was built.
//!
//! Source: RFC 9110, section 12.5.3. Invariant: a form that the client refuses (`q=0`) is not sent. Deliberately not here:
//! compressing; the build did that once, better than there is time for at a request.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The smallest first.
    pub(crate) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Of the file beside the one that it is the compressed form of.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    pub(crate) fn is_accepted(self, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|one| {
            let (name, quality) = one.split_once(';').unwrap_or((one, ""));
            name.trim().eq_ignore_ascii_case(self.word()) && !is_zero(quality)
        })
    }
}

fn is_zero(quality: &str) -> bool {
    let value = quality.trim().strip_prefix("q=").or_else(|| quality.trim().strip_prefix("Q="));
    value.is_some_and(|value| value.trim().parse::<f32>().is_ok_and(|value| value <= 0.0))
}

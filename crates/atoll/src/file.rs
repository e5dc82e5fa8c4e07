//! Reading the user's files: gzip is undone, sizes are bounded, errors name the file.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;

/// No archive or vector is near this size; what unpacks to more is a bomb or a mistake.
const UNPACKED_MAX: u64 = 2 << 30;

/// Reads a file, unpacked if it is gzip (by its first bytes, not its name).
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    gunzip_if_needed(bytes).with_context(|| format!("cannot unpack {}", path.display()))
}

/// Unpacks gzip; anything else is handed back as it is.
pub fn gunzip_if_needed(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        gunzip(&bytes)
    } else {
        Ok(bytes)
    }
}

/// Unpacks gzip.
pub fn gunzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let limit = UNPACKED_MAX + 1;
    MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut unpacked)
        .context("damaged gzip")?;
    if unpacked.len() as u64 == limit {
        bail!("it unpacks to more than {UNPACKED_MAX} bytes");
    }
    Ok(unpacked)
}

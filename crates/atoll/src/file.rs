//! Reading the user's files: gzip is undone, sizes are bounded, errors name the file.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;

/// No archive or vector is near this size; what unpacks to more is a bomb or a mistake.
const UNPACKED_MAX: u64 = 2 << 30;

/// Reads a file, unpacked if it is gzip (by its first bytes, not its name).
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let what = |words| format!("cannot read {}{words}", path.display());
    let bytes = match fs::metadata(path) {
        Ok(about) if about.is_dir() => bail!(what(": it is a folder, and a file is wanted")),
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_relative() => {
            let folder = std::env::current_dir().unwrap_or_default();
            let words = format!(": there is none, seen from {}", folder.display());
            bail!(what(&words));
        }
        _ => fs::read(path).with_context(|| what(""))?,
    };
    gunzip_if_needed(bytes).with_context(|| format!("cannot unpack {}", path.display()))
}

/// Writes a file. Under its name there is the whole of it or what was there before: it is
/// written beside and then moved.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| format!("cannot write {}", path.display()))
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

//! Compiled modules on disk, from one process to the next.
//!
//! A compiled module is machine code, so a file that anyone else can write is as good as a login.
//! Every file therefore carries a MAC under a key that is made once per cache folder and that
//! only its owner may read. A file with a wrong MAC, of whatever cause, is compiled anew. Not
//! ownership but the key is what is trusted, so a shared or restored folder does no harm.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use cid::Cid;
use wasmtime::{Module, Precompiled};

use super::{Metering, deserialize};

const KEY_LEN: usize = 32;
const MAC_LEN: usize = 32;

/// Changes whenever the instrumentation changes what it makes of a module.
const FORMAT: &str = "atoll compiled module 1";

/// A folder of compiled modules.
pub(super) struct DiskCache {
    folder: PathBuf,
    key: [u8; KEY_LEN],
    engine: wasmtime::Engine,
    /// What tells this engine's machine code from that of any other configuration or version.
    compatibility: [u8; 32],
}

impl std::fmt::Debug for DiskCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DiskCache in {}", self.folder.display())
    }
}

impl DiskCache {
    /// Opens a folder, or makes it.
    pub(super) fn open(folder: &Path, engine: &wasmtime::Engine) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("making the cache folder {}", folder.display()))?;
        let key = own_key(folder)
            .with_context(|| format!("the key of the cache folder {}", folder.display()))?;
        let mut hasher = Digest::default();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        FORMAT.hash(&mut hasher);
        let compatibility = *hasher.0.finalize().as_bytes();
        Ok(Self {
            folder: folder.into(),
            key,
            engine: engine.clone(),
            compatibility,
        })
    }

    /// A module that was stored under the same code, metering and configuration.
    pub(super) fn load(&self, code: &Cid, metering: &Metering) -> Option<Module> {
        let name = self.name(code, metering);
        let file = fs::read(self.folder.join(&name)).ok()?;
        let (mac, compiled) = file.split_first_chunk::<MAC_LEN>()?;
        // `blake3::Hash` compares in constant time.
        if self.mac(&name, compiled) != blake3::Hash::from_bytes(*mac) {
            return None;
        }
        match wasmtime::Engine::detect_precompiled(compiled) {
            Some(Precompiled::Module) => deserialize::deserialize(&self.engine, compiled),
            _ => None,
        }
    }

    /// Stores a module. The cache is a convenience: if it can't be written, the module is
    /// compiled again next time.
    pub(super) fn store(&self, code: &Cid, metering: &Metering, module: &Module) {
        let Ok(compiled) = module.serialize() else {
            return;
        };
        let name = self.name(code, metering);
        let mac = self.mac(&name, &compiled);
        let _ = write_whole(&self.folder, &name, &[mac.as_bytes(), &compiled]);
    }

    /// The file's name says all that the machine code depends on.
    fn name(&self, code: &Cid, metering: &Metering) -> String {
        let mut hasher = Digest::default();
        self.compatibility.hash(&mut hasher);
        metering.hash(&mut hasher);
        format!("{code}-{}.compiled", &hasher.0.finalize().to_hex()[..16])
    }

    /// Covers the name: a file can't be passed off as that of another module.
    fn mac(&self, name: &str, compiled: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(compiled);
        hasher.finalize()
    }
}

/// The folder's key, made at the first use.
fn own_key(folder: &Path) -> anyhow::Result<[u8; KEY_LEN]> {
    let path = folder.join("key");
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    let mut key = [0; KEY_LEN];
    getrandom::fill(&mut key).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    write_whole(folder, "key", &[&key]).context("writing it")?;
    // Another process may have made one at the same time; the last one stands.
    read_key(&path)?.context("it vanished")
}

fn read_key(path: &Path) -> anyhow::Result<Option<[u8; KEY_LEN]>> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).context("reading it"),
    };
    check_private(path, &file)?;
    let mut key = [0; KEY_LEN];
    file.read_exact(&mut key).context("it is too short")?;
    Ok(Some(key))
}

/// Refuses a key that others may read or write, or that others have put there.
#[cfg(unix)]
fn check_private(path: &Path, file: &fs::File) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata()?;
    anyhow::ensure!(
        metadata.uid() == rustix::process::geteuid().as_raw(),
        "{} belongs to another user",
        path.display()
    );
    anyhow::ensure!(
        metadata.mode() & 0o077 == 0,
        "others may read or write {}; remove it to have it made anew",
        path.display()
    );
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &Path, _: &fs::File) -> anyhow::Result<()> {
    Ok(())
}

/// Writes a file under a name of its own, private to this user, and only then gives it its
/// name: a reader sees all of it or none.
fn write_whole(folder: &Path, name: &str, parts: &[&[u8]]) -> io::Result<()> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    let temporary = folder.join(format!(".{name}.{:016x}", u64::from_le_bytes(nonce)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&temporary)
        .and_then(|mut file| parts.iter().try_for_each(|part| file.write_all(part)));
    match written.and_then(|()| fs::rename(&temporary, folder.join(name))) {
        Ok(()) => Ok(()),
        Err(e) => {
            let _ = fs::remove_file(&temporary);
            Err(e)
        }
    }
}

/// Lets things that know how to hash themselves feed BLAKE3.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The first eight bytes; nobody here asks for them.
    fn finish(&self) -> u64 {
        let digest = self.0.finalize();
        let first = digest
            .as_bytes()
            .first_chunk()
            .expect("a digest has 32 bytes");
        u64::from_le_bytes(*first)
    }
}

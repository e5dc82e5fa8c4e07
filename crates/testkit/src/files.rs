//! Folders of rules, each file with its expectation at the bottom.

use std::path::{Path, PathBuf};

use crate::play;
use crate::rule::Rule;

/// Plays every rule of a folder, twice. `UPDATE_EXPECT=1` writes the expectations anew.
#[track_caller]
pub fn check(folder: &Path, least: usize) {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let files = files(folder);
    assert!(
        files.len() >= least,
        "only {} files were found",
        files.len()
    );
    let mut broken = Vec::new();
    for path in &files {
        match played(path) {
            Ok((file, played)) if file == played => {}
            Ok((_, played)) if update => std::fs::write(path, played).expect("it is ours"),
            Ok((_, played)) => broken.push(format!("{}: now\n{played}", path.display())),
            Err(words) => broken.push(format!("{}: {words}", path.display())),
        }
    }
    assert!(
        broken.is_empty(),
        "{} files are broken:\n\n{}",
        broken.len(),
        broken.join("\n")
    );
}

/// The file as it is, and as it should be.
fn played(path: &Path) -> Result<(String, String), String> {
    let file = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let rule = Rule::parse(&file)?;
    let played = play::run_twice(&rule, &rule.module()?)?;
    Ok((file, rule.with_expectation(&played)))
}

/// Every rule, in the order of names.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wat") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

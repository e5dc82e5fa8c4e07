//! Contracts as their compilers leave them: hex, or JSON of solc, Foundry or Hardhat.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::abi::Interface;
use crate::file;

/// A compiled contract.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// What the source calls it; empty for hex.
    pub name: String,
    /// What it can be asked.
    pub interface: Interface,
    /// The code that creates it; empty for interfaces and abstract contracts.
    creation: String,
}

impl Artifact {
    /// Reads the contract in a file, or the one of this name if there are several.
    pub fn read(path: &Path, name: Option<&str>) -> Result<Self> {
        let read = || {
            let all = Self::read_all(path)?;
            let names: Vec<String> = all.iter().map(|found| found.name.clone()).collect();
            let names = names.join(", ");
            let mut wanted = all.into_iter().filter(|found| match name {
                Some(name) => found.name == name,
                None => !found.creation.is_empty(),
            });
            match (wanted.next(), wanted.next()) {
                (Some(found), None) => Ok(found),
                (None, _) => bail!("the contract is not among those in it ({names})"),
                (Some(_), Some(_)) => {
                    bail!("it holds several contracts; choose one by --contract ({names})")
                }
            }
        };
        read().with_context(|| format!("the contract {}", path.display()))
    }

    /// Every contract in a file.
    pub fn read_all(path: &Path) -> Result<Vec<Self>> {
        let text = String::from_utf8(file::read(path)?).context("it is not text")?;
        if !text.trim_start().starts_with(['{', '[']) {
            return Ok(vec![Self {
                name: String::new(),
                interface: Interface::default(),
                creation: text.split_whitespace().collect(),
            }]);
        }
        let json: Value = serde_json::from_str(&text).context("it is not JSON")?;
        contracts(&json)
    }

    /// The code that creates the contract, before the constructor's arguments.
    pub fn creation(&self) -> Result<Vec<u8>> {
        let hex = self.creation.strip_prefix("0x").unwrap_or(&self.creation);
        ensure!(
            !hex.is_empty(),
            "it has no code: an interface or an abstract contract?"
        );
        // Where a library's address belongs, compilers leave its name, with __ around.
        ensure!(
            !hex.contains('_'),
            "it uses libraries that are not linked; link them with your compiler"
        );
        hex::decode(hex).context("its code is not hex")
    }
}

/// The interfaces in files, and in the JSON files of folders and those below.
pub fn interfaces<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Interface> {
    let mut all = Interface::default();
    for path in paths {
        if path.is_dir() {
            collect(path, &mut all, 0)?;
        } else {
            let found = Artifact::read_all(path);
            let found = found.with_context(|| format!("the ABI {}", path.display()))?;
            found
                .into_iter()
                .for_each(|found| all.merge(found.interface));
        }
    }
    Ok(all)
}

fn collect(folder: &Path, all: &mut Interface, depth: usize) -> Result<()> {
    /// No compiler nests its output deeper; links in a circle do.
    const DEPTH_MAX: usize = 16;
    ensure!(
        depth < DEPTH_MAX,
        "folders nested too deep at {}",
        folder.display()
    );
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.with_context(|| format!("the folder {}", folder.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, all, depth + 1)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            // A compiler's folder holds other JSON too, which is no contract.
            for found in Artifact::read_all(&path).unwrap_or_default() {
                all.merge(found.interface);
            }
        }
    }
    Ok(())
}

/// The contracts in a compiler's JSON.
fn contracts(json: &Value) -> Result<Vec<Artifact>> {
    if json.is_array() {
        return Ok(vec![artifact("", json, "")?]);
    }
    if let Some(found) = json.get("contracts").and_then(Value::as_object) {
        let mut all = Vec::new();
        for (name, contract) in found {
            // --combined-json names a contract `file:Name`, --standard-json nests the two.
            match contract.get("abi") {
                Some(abi) => {
                    let name = name.rsplit(':').next().unwrap_or(name);
                    all.push(artifact(name, abi, hex_of(contract.get("bin")))?);
                }
                None => {
                    for (name, contract) in contract.as_object().into_iter().flatten() {
                        let abi = contract.get("abi").unwrap_or(&Value::Null);
                        let code = contract.pointer("/evm/bytecode/object");
                        all.push(artifact(name, abi, hex_of(code))?);
                    }
                }
            }
        }
        return Ok(all);
    }
    let Some(abi) = json.get("abi") else {
        bail!("it is no artifact of solc, Foundry or Hardhat, and no ABI");
    };
    // Foundry puts the code into an object, Hardhat does not.
    let code = json.pointer("/bytecode/object").or(json.get("bytecode"));
    let name = json.get("contractName").and_then(Value::as_str);
    let source = json.pointer("/metadata/settings/compilationTarget");
    let target = source
        .and_then(Value::as_object)
        .and_then(|target| target.values().next());
    let name = name.or(target.and_then(Value::as_str)).unwrap_or_default();
    Ok(vec![artifact(name, abi, hex_of(code))?])
}

fn hex_of(code: Option<&Value>) -> &str {
    code.and_then(Value::as_str).unwrap_or_default()
}

fn artifact(name: &str, abi: &Value, creation: &str) -> Result<Artifact> {
    // Older compilers put the ABI into a string.
    let interface = match abi {
        Value::String(text) => Interface::parse(&serde_json::from_str(text)?),
        Value::Null => Ok(Interface::default()),
        abi => Interface::parse(abi),
    };
    Ok(Artifact {
        name: name.to_owned(),
        interface: interface.with_context(|| format!("the contract {name}"))?,
        creation: creation.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, names: &[&str]) {
        let json = serde_json::from_str(json).expect("JSON");
        let found = contracts(&json).expect("artifacts");
        let shown: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(shown, names);
        for found in found {
            assert_eq!(
                found.creation().expect("code"),
                [0x60, 0x01],
                "{}",
                found.name
            );
            assert!(found.interface.function("f").is_ok(), "{}", found.name);
        }
    }

    #[test]
    fn every_compiler_has_its_own_form() {
        let abi = r#"[{"type":"function","name":"f","inputs":[],"outputs":[]}]"#;
        check(
            &format!(r#"{{"abi":{abi},"bytecode":{{"object":"0x6001"}}}}"#),
            &[""],
        );
        check(
            &format!(r#"{{"contractName":"C","abi":{abi},"bytecode":"0x6001"}}"#),
            &["C"],
        );
        check(
            &format!(r#"{{"contracts":{{"a.sol:C":{{"abi":{abi},"bin":"6001"}}}}}}"#),
            &["C"],
        );
        check(
            &format!(
                r#"{{"contracts":{{"a.sol":{{"C":{{"abi":{abi},"evm":{{"bytecode":{{"object":"6001"}}}}}},
                   "D":{{"abi":{abi},"evm":{{"bytecode":{{"object":"6001"}}}}}}}}}}}}"#
            ),
            &["C", "D"],
        );
    }

    #[test]
    fn what_cannot_be_deployed_says_why() {
        let why = |creation: &str| {
            let artifact = artifact("C", &Value::Null, creation).expect("an artifact");
            format!("{:#}", artifact.creation().expect_err("no code"))
        };
        assert!(why("0x").contains("abstract"));
        assert!(why("0x60__$1234$__").contains("libraries"));
        assert!(why("0xzz").contains("hex"));
        let soup = serde_json::json!({ "soup": 1 });
        assert!(contracts(&soup).is_err());
    }
}

//! Shows CBOR to people.

use ipld_core::ipld::Ipld;

/// A value in one line, cut where it gets long.
#[must_use]
pub fn show(ipld: &Ipld) -> String {
    const LONG: usize = 160;
    let shown = match ipld {
        Ipld::Null => "null".to_owned(),
        Ipld::Bool(value) => value.to_string(),
        Ipld::Integer(value) => value.to_string(),
        Ipld::Float(value) => value.to_string(),
        Ipld::String(value) => format!("{value:?}"),
        Ipld::Bytes(value) => format!("0x{}", hex::encode(value)),
        Ipld::Link(cid) => cid.to_string(),
        Ipld::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(", ")),
        Ipld::Map(map) => {
            let fields = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", show(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    };
    match shown.char_indices().nth(LONG) {
        Some((cut, _)) => format!(
            "{}... ({} characters)",
            &shown[..cut],
            shown.chars().count()
        ),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut() {
        let shown = show(&Ipld::Bytes(vec![7; 1000]));
        assert!(
            shown.starts_with("0x0707") && shown.ends_with("... (2002 characters)"),
            "{shown}"
        );
    }

    /// The decoder bounds how deep a value may nest, and all that walk values rely on it.
    #[test]
    fn values_nested_too_deep_are_refused() {
        let lists = vec![0x81; 1 << 20];
        assert!(fvm_ipld_encoding::from_slice::<Ipld>(&lists).is_err());
        let maps = [0xa1, 0x60].repeat(1 << 19);
        assert!(fvm_ipld_encoding::from_slice::<Ipld>(&maps).is_err());
    }
}

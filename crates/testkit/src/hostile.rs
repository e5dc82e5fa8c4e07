//! Modules that mean harm and that no one wants to read: too long, too deep, too many of
//! everything.

/// Every module, with a name.
pub fn modules() -> Vec<(&'static str, Vec<u8>)> {
    let good = with("");
    let section = |id: u8, payload: &[u8]| {
        let mut section = vec![id];
        leb128(&mut section, payload.len() as u64);
        section.extend_from_slice(payload);
        section
    };
    let custom = |len: usize| {
        let mut payload = vec![4];
        payload.extend_from_slice(b"junk");
        payload.resize(len, 0xaa);
        [good.clone(), section(0, &payload)].concat()
    };
    let repeat = |count: usize, what: &str| what.repeat(count);
    let locals = |count: u64| {
        // So many locals of one type, and the parameter: the text would spell each of them out.
        let mut body = vec![1];
        leb128(&mut body, count);
        body.extend_from_slice(&[0x7f, 0x41, 0x00, 0x0b]);
        with_body(&body)
    };
    vec![
        ("an honest module", good.clone()),
        ("no bytes", Vec::new()),
        ("a magic number alone", b"\0asm".to_vec()),
        ("a version that is to come", b"\0asm\x02\0\0\0".to_vec()),
        ("a component", b"\0asm\x0d\0\x01\0".to_vec()),
        ("an ELF file", b"\x7fELF\x02\x01\x01".to_vec()),
        ("zeros", vec![0; 1 << 16]),
        ("a module cut in two", good[..good.len() / 2].to_vec()),
        (
            "a module without its last byte",
            good[..good.len() - 1].to_vec(),
        ),
        (
            "a section that claims 4 GiB",
            [&good[..], b"\x00\xff\xff\xff\xff\x0f"].concat(),
        ),
        (
            "a section that does not exist",
            [good.clone(), section(99, b"?")].concat(),
        ),
        (
            "two type sections",
            [good.clone(), section(1, &[0])].concat(),
        ),
        ("a custom section of 5 MB", custom(5_000_000)),
        (
            "names that are garbage",
            [good.clone(), section(0, b"\x04name\x01\xff\xff\xff")].concat(),
        ),
        ("data of 5 MB in 80 pages", {
            let text = format!(
                r#"(module (memory (export "memory") 80) (data (i32.const 0) "{}")
                    (func (export "invoke") (param i32) (result i32) (i32.const 0)))"#,
                repeat(5_000_000, "x")
            );
            wat::parse_str(text).expect("it is valid text")
        }),
        (
            "code of 5 MB",
            entry(&format!(
                "{} (i32.const 0)",
                repeat(1_600_000, "(drop (i32.const 9))")
            )),
        ),
        (
            "10,000 functions",
            with(&repeat(
                10_000,
                "(func (param i32) (result i32) local.get 0)",
            )),
        ),
        ("1,000,001 functions", {
            let mut functions = Vec::new();
            leb128(&mut functions, 1_000_001);
            functions.resize(functions.len() + 1_000_001, 0);
            [
                b"\0asm\x01\0\0\0".to_vec(),
                section(1, &[1, 0x60, 0, 0]),
                section(3, &functions),
            ]
            .concat()
        }),
        ("1,001 locals", locals(1_000)),
        ("49,999 locals", locals(49_998)),
        ("50,000 locals", locals(49_999)),
        ("50,001 locals", locals(50_000)),
        ("4 billion locals", locals(u64::from(u32::MAX))),
        (
            "1,000 parameters",
            with(&format!("(func (param {}))", repeat(1_000, "i64 "))),
        ),
        (
            "1,001 parameters",
            with(&format!("(func (param {}))", repeat(1_001, "i64 "))),
        ),
        (
            "1,000 results",
            with(&format!(
                "(func (result {}) unreachable)",
                repeat(1_000, "i64 ")
            )),
        ),
        (
            "10,000 types",
            with(&numbered(10_000, |n| {
                format!("(type (func (param {})))", bits(n))
            })),
        ),
        (
            "10,000 globals",
            with(&repeat(10_000, "(global (mut i64) (i64.const 1))")),
        ),
        (
            "10,000 exports",
            with(&numbered(10_000, |n| {
                format!(r#"(export "e{n}" (func 0))"#)
            })),
        ),
        ("an export twice", {
            let text = r#"(module (memory (export "memory") 1) (memory 0)
                (func (export "invoke") (export "invoke") (param i32) (result i32) (i32.const 0)))"#;
            wat::parse_str(text).unwrap_or_else(|_| good.clone())
        }),
        (
            "10,000 pieces of data",
            with(&repeat(10_000, r#"(data (i32.const 0) "x")"#)),
        ),
        ("10,000 imports", {
            let imports = repeat(
                10_000,
                r#"(import "debug" "enabled" (func (param i32) (result i32)))"#,
            );
            let text = format!(
                r#"(module {imports} (memory (export "memory") 1)
                    (func (export "invoke") (param i32) (result i32) (i32.const 0)))"#
            );
            wat::parse_str(text).expect("it is valid text")
        }),
        (
            "an export with a name of 99,999 bytes",
            with(&format!(r#"(export "{}" (func 0))"#, repeat(99_999, "n"))),
        ),
        (
            "a branch table of 60,000 ways",
            entry(&format!(
                "(block (br_table {} (local.get 0))) (i32.const 0)",
                repeat(60_000, "0 ")
            )),
        ),
        (
            "a branch table of 65,521 ways",
            entry(&format!(
                "(block (br_table {} (local.get 0))) (i32.const 0)",
                repeat(65_522, "0 ")
            )),
        ),
        // Known to be wrong: the reference runs this one. The parser that Wasmtime 48 has stops at
        // 7,654,321 bytes, metering included; that of Wasmtime 36 has no limit on a function.
        ("a function of 8 MB", {
            let nothing = [0x01].repeat(8_000_000);
            let mut body = vec![0];
            body.extend(nothing);
            body.extend([0x41, 0, 0x0b]);
            with_body(&body)
        }),
        (
            "1,000 nested blocks",
            entry(&format!(
                "{}{} (i32.const 0)",
                repeat(1_000, "(block "),
                repeat(1_000, ")")
            )),
        ),
        ("20,000 nested blocks", nested_blocks(20_000)),
        (
            "1,500 operands on the stack",
            entry(&format!(
                "{}{}",
                repeat(1_500, "i32.const 1 "),
                repeat(1_499, "i32.add ")
            )),
        ),
        (
            "2,500 operands on the stack",
            entry(&format!(
                "{}{}",
                repeat(2_500, "i32.const 1 "),
                repeat(2_499, "i32.add ")
            )),
        ),
    ]
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// A list of types that spells a number.
fn bits(number: usize) -> String {
    (0..14)
        .map(|bit| {
            if number >> bit & 1 == 0 {
                "i32 "
            } else {
                "i64 "
            }
        })
        .collect()
}

/// Deeper than a parser of text would go.
fn nested_blocks(depth: usize) -> Vec<u8> {
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(depth));
    body.extend([0x0b].repeat(depth));
    body.extend([0x41, 0, 0x0b]);
    with_body(&body)
}

/// A module whose entry point is this: its locals, its instructions and its end.
fn with_body(body: &[u8]) -> Vec<u8> {
    let mut code = vec![1];
    leb128(&mut code, body.len() as u64);
    code.extend(body);
    let mut module =
        b"\0asm\x01\0\0\0\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01".to_vec();
    module.extend(b"\x07\x13\x02\x06memory\x02\x00\x06invoke\x00\x00");
    module.push(10);
    leb128(&mut module, code.len() as u64);
    module.extend(code);
    module
}

fn leb128(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A module in text, with the least that an actor must have, and something more.
fn with(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1)
            (func (export "invoke") (param i32) (result i32) (i32.const 0)) {more})"#
    );
    wat::parse_str(text).expect("it is valid text")
}

/// The same with an entry point of its own.
fn entry(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1)
            (func (export "invoke") (param i32) (result i32) {body}))"#
    );
    wat::parse_str(text).expect("it is valid text")
}

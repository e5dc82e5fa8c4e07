//! Clients that mean no good: each gets a proper error, and the node lives on.

use std::io::{Read, Write};
use std::time::Duration;

use crate::node::{Node, read_answer};
use atoll_rpc::{Limits, Namespace, Options, Row, Shape, table};
use serde_json::{Value, json};

#[test]
fn malformed_requests_have_their_codes() {
    let node = Node::start();
    let check = |body: &str, code: i64| {
        let (status, answer) = node.post(body.as_bytes());
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(status, 200, "{body}");
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    };
    for body in [
        "",
        "{",
        "nonsense",
        "{\"jsonrpc\"",
        "[1,2",
        "\"",
        "[{}",
        "{}}",
        "\u{0}",
    ] {
        check(body, -32700);
    }
    for body in [
        "{}",
        "[]",
        "1",
        "null",
        "\"text\"",
        r#"{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":5}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":5}"#,
    ] {
        check(body, -32600);
    }
    check(r#"{"jsonrpc":"2.0","id":1,"method":"eth_unknown"}"#, -32601);
    check(
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[1]}"#,
        -32602,
    );
    check(
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}"#,
        -32602,
    );
    node.check_alive();
}

#[test]
fn bytes_that_are_no_text_are_a_parse_error() {
    let node = Node::start();
    let (_, answer) = node.post(&[0xff, 0xfe, 0x80]);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["error"]["code"], -32700);
    let mut request = br#"{"jsonrpc":"2.0","id":1,"method":""#.to_vec();
    request.extend_from_slice(&[0xff, 0xfe]);
    request.extend_from_slice(br#""}"#);
    let (_, answer) = node.post(&request);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert!(answer["error"]["code"].is_i64(), "{answer}");
    node.check_alive();
}

#[test]
fn deep_nesting_is_refused() {
    let node = Node::start();
    for depth in [100, 1_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let whole = node.post(deep.as_bytes()).1;
            let whole: Value = serde_json::from_slice(&whole).expect("JSON");
            let errors = whole["error"]["code"].is_i64()
                || whole
                    .as_array()
                    .is_some_and(|all| all.iter().all(|one| one["error"].is_object()));
            assert!(errors, "{whole}");
            for method in [
                "eth_call",
                "eth_getLogs",
                "eth_signTypedData_v4",
                "eth_subscribe",
            ] {
                let body = format!(
                    r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[{deep},{deep}]}}"#
                );
                let answer = node.post(body.as_bytes()).1;
                let answer: Value = serde_json::from_slice(&answer).expect("JSON");
                let code = answer["error"]["code"].as_i64().expect("an error");
                assert_ne!(code, -32603, "{method} at {depth}: {answer}");
            }
        }
    }
    node.check_alive();
}

/// Wrong types in every parameter of every method, generated from the table.
#[test]
fn wrong_types_name_their_parameter() {
    let node = Node::start();
    let samples = [
        (Shape::Bool, vec![json!(true)]),
        (
            Shape::Number,
            vec![json!(-1), json!(1.5), json!(1e300), json!(u64::MAX)],
        ),
        (
            Shape::String,
            vec![
                json!(""),
                json!("0x"),
                json!("0xzz"),
                json!("\u{0}é"),
                json!("9".repeat(1000)),
            ],
        ),
        (
            Shape::Array,
            vec![json!([]), json!([[[[]]]]), json!([{"a": [null]}])],
        ),
        (
            Shape::Object,
            vec![
                json!({}),
                json!({"": null}),
                json!({"data": 5}),
                json!({"/": "nonsense"}),
            ],
        ),
    ];
    let mut asked = 0;
    for row in table() {
        for (place, parameter) in row.parameters.iter().enumerate() {
            for (shape, values) in &samples {
                for value in values {
                    let answer = ask_with(&node, row, place, value);
                    asked += 1;
                    let code = answer["error"]["code"].as_i64();
                    assert_ne!(code, Some(-32603), "{} {value}: {answer}", row.name);
                    assert_ne!(code, Some(-32601), "{}: {answer}", row.name);
                    if !parameter.shapes.contains(shape) {
                        assert_eq!(
                            code,
                            Some(-32602),
                            "{} {} {value}: {answer}",
                            row.name,
                            parameter.name
                        );
                        let message = answer["error"]["message"].as_str().expect("a message");
                        assert!(message.contains(parameter.name), "{}: {message}", row.name);
                    }
                }
            }
            if !parameter.optional {
                let answer = ask_with(&node, row, place, &Value::Null);
                assert_eq!(
                    answer["error"]["code"], -32602,
                    "{} null: {answer}",
                    row.name
                );
            }
        }
    }
    assert!(asked > 1_000, "the table was hardly read: {asked}");
    node.check_alive();
}

/// Asks with one parameter wrong, and before it such as are right.
fn ask_with(node: &Node, row: &Row, wrong: usize, value: &Value) -> Value {
    let mut params: Vec<Value> = row.parameters[..wrong]
        .iter()
        .map(|parameter| match parameter.shapes {
            _ if parameter.optional => Value::Null,
            [Shape::Array] => json!([]),
            _ => right(parameter.what),
        })
        .collect();
    params.push(value.clone());
    node.call(row.name, Value::Array(params))
}

/// Something that a parameter can be, by its description in the table.
fn right(what: &str) -> Value {
    let hex = |digits| json!(format!("0x{}", "0".repeat(digits)));
    match what {
        what if what.starts_with("a message") => json!({"To": "f00", "From": "f00"}),
        what if what.starts_with("a CID") => json!({"/": "bafkqaaa"}),
        what if what.starts_with("an address") => hex(40),
        what if what.starts_with("a hash") => hex(64),
        what if what.starts_with("a word") => hex(64),
        what if what.starts_with("bytes as a base64") => json!(""),
        what if what.starts_with("bytes") => json!("0x"),
        what if what.starts_with("a number") => json!("0x1"),
        what if what.starts_with("a block") => json!("latest"),
        what if what.starts_with("true") => json!(true),
        what if what.starts_with("a Filecoin address") => json!("f00"),
        what if what.starts_with("a whole number") => json!(0),
        what if what.starts_with("a natural number") => json!(0),
        what if what.starts_with("a string") => json!("newHeads"),
        _ => json!({}),
    }
}

#[test]
fn large_requests_and_batches_are_refused() {
    let limits = Limits {
        request_bytes_max: 1 << 20,
        batch_max: 100,
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let (status, answer) = node.post(&vec![b' '; (1 << 20) + 1]);
    assert_eq!(status, 413, "{}", String::from_utf8_lossy(&answer));
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["error"]["code"], -32005);

    let batch = |count| {
        Value::Array(vec![
            json!({"jsonrpc": "2.0", "id": 7, "method": "eth_chainId"});
            count
        ])
    };
    assert_eq!(node.ask(&batch(100)).as_array().map(Vec::len), Some(100));
    assert_eq!(node.ask(&batch(101))["error"]["code"], -32005);
    // A batch of nothings is no shortcut to much memory.
    let zeros = format!("[{}0]", "0,".repeat(500_000));
    let answer: Value = serde_json::from_slice(&node.post(zeros.as_bytes()).1).expect("JSON");
    assert_eq!(answer["error"]["code"], -32005);
    node.check_alive();
}

/// Without a length, the limit is met on the way.
#[test]
fn endless_bodies_are_cut_off() {
    let limits = Limits {
        request_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let mut stream = node.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        .expect("it reads");
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let mut sent = 0;
    while sent < 100 << 20 && stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 100 << 20, "it took 100 MiB");
    node.check_alive();
}

#[test]
fn large_answers_are_refused() {
    let limits = Limits {
        answer_bytes_max: 2_000,
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let one =
        json!({"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest"]});
    let answer = node.ask(&json!([one, one, one]));
    let answers = answer.as_array().expect("a batch");
    assert!(answers[0]["result"].is_object(), "{answer}");
    assert_eq!(answers[2]["error"]["code"], -32005, "{answer}");
    assert_eq!(answers[2]["id"], 1);
}

#[test]
fn notifications_have_no_answer() {
    let node = Node::start();
    let notification = json!({"jsonrpc": "2.0", "method": "eth_chainId"});
    assert_eq!(
        node.post(notification.to_string().as_bytes()),
        (204, Vec::new())
    );
    let batch = json!([notification, {"jsonrpc": "2.0", "id": null, "method": "eth_chainId"}, notification]);
    assert_eq!(node.ask(&batch).as_array().map(Vec::len), Some(1));
    assert_eq!(
        node.post(json!([notification]).to_string().as_bytes()).0,
        204
    );
}

#[test]
fn slow_writers_are_cut_off() {
    let limits = Limits {
        patience: Duration::from_millis(300),
        ..Limits::default()
    };
    let node = Node::limited(limits);
    for start in [
        "",
        "POST / HT",
        "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{",
    ] {
        let mut stream = node.connect();
        stream.write_all(start.as_bytes()).expect("it reads");
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(ended.is_ok(), "{start:?}: still open after a minute");
    }
    node.check_alive();
}

/// Asks for much and reads nothing: the answer waits no longer than the node's patience.
#[test]
fn slow_readers_are_cut_off() {
    let limits = Limits {
        patience: Duration::from_millis(300),
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let mut stream = node.connect();
    let one =
        json!({"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest"]});
    let body = Value::Array(vec![one; 10_000]).to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    stream.write_all(body.as_bytes()).expect("it reads");
    std::thread::sleep(Duration::from_secs(3));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let whole = answer.windows(2).last() == Some(b"}]");
    assert!(!whole, "all {} bytes came after all", answer.len());
    node.check_alive();
}

#[test]
fn idle_sockets_make_room() {
    let limits = Limits {
        connections_max: 32,
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let idle: Vec<_> = (0..200).map(|_| node.connect()).collect();
    for _ in 0..20 {
        node.check_alive();
    }
    drop(idle);
    node.check_alive();
}

#[test]
fn developer_methods_can_be_turned_off() {
    let node = Node::with(Options {
        namespaces: vec![Namespace::Eth],
        ..Options::default()
    });
    for row in table() {
        let (code, _) = match row.namespace {
            Namespace::Eth => continue,
            _ => node.fails(row.name, json!([])),
        };
        assert_eq!(code, -32601, "{}", row.name);
    }
    node.check_alive();
}

#[test]
fn pages_of_other_origins_may_not_ask() {
    let node = Node::with(Options {
        origins: vec!["https://remix.ethereum.org".to_owned()],
        ..Options::default()
    });
    let ask = |origin: &str| {
        let mut stream = node.connect();
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
        let request = format!(
            "POST / HTTP/1.1\r\nhost: test\r\nconnection: close\r\norigin: {origin}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        read_answer(&mut stream).0
    };
    assert_eq!(ask("https://remix.ethereum.org"), 200);
    assert_eq!(ask("https://evil.example"), 403);
}

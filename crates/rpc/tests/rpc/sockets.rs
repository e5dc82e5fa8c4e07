//! Connections that stay: WebSocket and the Unix socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::node::{ALICE, BOB, Node};
use atoll_rpc::{Limits, Options};
use serde_json::{Value, json};

/// A WebSocket client as small as can be: text frames below 64 KiB, masked with zeros.
struct Socket(TcpStream);

impl Socket {
    fn open(node: &Node) -> Self {
        let mut stream = node.connect();
        stream
            .write_all(
                b"GET / HTTP/1.1\r\nhost: test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                  sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            )
            .expect("it reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("it answers");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("text");
        // The example of RFC 6455.
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        Self(stream)
    }

    fn send(&mut self, text: &str) {
        let mut frame = vec![0x81];
        let length = u16::try_from(text.len()).expect("a short text");
        if length < 126 {
            frame.push(0x80 | text.len() as u8);
        } else {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.0.write_all(&frame).expect("it reads");
    }

    fn receive(&mut self) -> Value {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).expect("a frame");
        assert_eq!(head[0], 0x81, "a text frame");
        let length = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.0.read_exact(&mut length).expect("a length");
                u64::from(u16::from_be_bytes(length))
            }
            127 => {
                let mut length = [0; 8];
                self.0.read_exact(&mut length).expect("a length");
                u64::from_be_bytes(length)
            }
            short => u64::from(short),
        };
        let mut text = vec![0; usize::try_from(length).expect("it fits")];
        self.0.read_exact(&mut text).expect("the text");
        serde_json::from_slice(&text).expect("JSON")
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(
            &json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string(),
        );
        let mut answer = self.receive();
        assert_eq!(answer["id"], 1, "{answer}");
        answer["result"].take()
    }
}

#[test]
fn subscribers_are_told_of_heads_logs_and_transactions() {
    let node = Node::start();
    // LOG1 with the caller as topic.
    node.ok("anvil_setCode", json!([BOB, "0x3360206000a100"]));
    let mut socket = Socket::open(&node);
    assert_eq!(socket.call("eth_chainId", json!([])), "0x1df5e76");
    let heads = socket.call("eth_subscribe", json!(["newHeads"]));
    let logs = socket.call("eth_subscribe", json!(["logs", {"address": BOB}]));
    let waiting = socket.call("eth_subscribe", json!(["newPendingTransactions"]));
    let hash = node.ok("eth_sendTransaction", json!([{"from": ALICE, "to": BOB}]));
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    let mut told: Vec<Value> = (0..3).map(|_| socket.receive()["params"].take()).collect();
    told.sort_by_key(|params| params["subscription"].to_string());
    assert_eq!(told[0]["subscription"], heads);
    assert_eq!(told[0]["result"]["hash"], receipt["blockHash"]);
    assert_eq!(told[1]["subscription"], logs);
    assert_eq!(told[1]["result"], receipt["logs"][0]);
    assert_eq!(told[2]["subscription"], waiting);
    assert_eq!(told[2]["result"], hash);

    // What is taken back is told as removed.
    assert_eq!(socket.call("eth_unsubscribe", json!([heads])), true);
    assert_eq!(socket.call("eth_unsubscribe", json!([heads])), false);
    node.ok("anvil_rollback", json!([1]));
    let gone = socket.receive();
    assert_eq!(gone["params"]["result"]["removed"], true, "{gone}");
}

#[test]
fn lotus_clients_are_told_by_channels() {
    let node = Node::start();
    // LOG1 with the caller as topic.
    node.ok("anvil_setCode", json!([BOB, "0x3360206000a100"]));
    let mut socket = Socket::open(&node);
    let heads = socket.call("Filecoin.ChainNotify", json!([]));
    let mut value = |channel: &Value| {
        let mut call = socket.receive();
        assert_eq!(call["method"], "xrpc.ch.val", "{call}");
        assert_eq!(call["params"][0], *channel);
        call["params"][1].take()
    };
    let current = value(&heads);
    assert_eq!(current[0]["Type"], "current");
    assert_eq!(current[0]["Val"]["Height"], 0);
    node.ok("evm_mine", json!([]));
    let applied = value(&heads);
    assert_eq!(applied[0]["Type"], "apply");
    assert_eq!(applied[0]["Val"], node.ok("Filecoin.ChainHead", json!([])));
    node.ok("anvil_rollback", json!([1]));
    assert_eq!(value(&heads)[0]["Type"], "revert");

    let mut socket = Socket::open(&node);
    let bob = node.ok("Filecoin.EthAddressToFilecoinAddress", json!([BOB]));
    let filter = json!([{"addresses": [bob]}]);
    let events = socket.call("Filecoin.SubscribeActorEventsRaw", filter.clone());
    node.ok("eth_sendTransaction", json!([{"from": ALICE, "to": BOB}]));
    let told = socket.receive();
    assert_eq!(told["params"][0], events);
    let found = node.ok("Filecoin.GetActorEventsRaw", filter);
    assert_eq!(found, json!([told["params"][1]]));
    assert_eq!(found[0]["entries"][0]["Key"], "t1", "{found}");
    let other = json!([{"fromHeight": 0, "fields": {"t1": [{"codec": 85, "value": "AAAA"}]}}]);
    assert_eq!(node.ok("Filecoin.GetActorEventsRaw", other), json!([]));
}

#[test]
fn subscriptions_are_counted_and_want_a_socket() {
    let limits = Limits {
        subscriptions_max: 2,
        ..Limits::default()
    };
    let node = Node::limited(limits);
    assert_eq!(node.fails("eth_subscribe", json!(["newHeads"])).0, -32004);
    let mut socket = Socket::open(&node);
    for _ in 0..2 {
        assert!(
            socket
                .call("eth_subscribe", json!(["newHeads"]))
                .is_string()
        );
    }
    assert_eq!(
        socket.call("eth_subscribe", json!(["newHeads"])),
        Value::Null
    );
    assert_eq!(socket.call("eth_chainId", json!([])), "0x1df5e76");
}

/// A subscriber who never reads is cut off before much waits for it.
#[test]
fn slow_subscribers_are_cut_off() {
    let limits = Limits {
        backlog_bytes_max: 100_000,
        patience: Duration::from_secs(2),
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let mut socket = Socket::open(&node);
    for _ in 0..100 {
        socket.call("eth_subscribe", json!(["newHeads"]));
    }
    for _ in 0..20 {
        node.ok("anvil_mine", json!([10]));
    }
    std::thread::sleep(Duration::from_secs(5));
    let mut all = Vec::new();
    let ended = socket.0.read_to_end(&mut all);
    // 100 subscriptions to 200 heads are some 40 MB.
    assert!(
        ended.is_err() || all.len() < 30_000_000,
        "{} bytes came",
        all.len()
    );
    node.check_alive();
}

#[test]
fn websocket_requests_have_a_limit() {
    let limits = Limits {
        request_bytes_max: 10_000,
        ..Limits::default()
    };
    let node = Node::limited(limits);
    let mut socket = Socket::open(&node);
    socket.send(&" ".repeat(20_000));
    assert_eq!(socket.receive()["error"]["code"], -32005);
    node.check_alive();
}

#[test]
fn the_unix_socket_speaks_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("atoll.ipc");
    let node = Node::with(Options {
        ipc: Some(path.clone()),
        ..Options::default()
    });
    let mut stream = UnixStream::connect(&path).expect("it accepts");
    stream
        .write_all(br#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}[{"jsonrpc":"2.0","id":2,"method":"eth_blockNumber"}]"#)
        .expect("it reads");
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("a line").expect("a line");
        serde_json::from_str(&line).expect("JSON")
    };
    assert_eq!(next()["result"], "0x1df5e76");
    assert_eq!(next()[0]["result"], "0x0");
    stream.write_all(b"nonsense\n").expect("it reads");
    assert_eq!(next()["error"]["code"], -32700);
    stream
        .write_all(br#"{"jsonrpc":"2.0","id":3,"method":"eth_subscribe","params":["newHeads"]}"#)
        .expect("it reads");
    let id = next()["result"].take();
    node.ok("evm_mine", json!([]));
    assert_eq!(next()["params"]["subscription"], id);
    drop(node);
    assert!(!path.exists(), "the socket is still there");
}

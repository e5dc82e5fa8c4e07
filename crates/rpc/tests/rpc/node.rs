//! A node for tests, and a client that speaks HTTP by hand, so that it can also speak it badly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use atoll_actors::Policy;
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use atoll_chain::surroundings::Believer;
use atoll_chain::{Chain, Genesis, Parts, Roles};
use atoll_native::genesis::Account;
use atoll_native::{NativeRunner, codes};
use atoll_rpc::{Limits, Options, Server, serve};
use atoll_vm::{Dispatcher, MemoryStore, Runner};
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::RegisteredPoStProof;
use serde_json::{Value, json};

/// The first dev account, as all Ethereum tools know it.
pub(crate) const ALICE: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
/// The second.
pub(crate) const BOB: &str = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

/// A node with two funded accounts.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) chain: Arc<Chain>,
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    /// With limits that a test can reach.
    pub(crate) fn limited(limits: Limits) -> Self {
        Self::with(Options {
            limits,
            ..Options::default()
        })
    }

    pub(crate) fn with(options: Options) -> Self {
        let dispatch = |native: NativeRunner| -> Arc<dyn Runner> {
            let native: Arc<dyn Runner> = Arc::new(native);
            Arc::new(
                codes::all().fold(Dispatcher::new(), |dispatcher, (code, _)| {
                    dispatcher.with_native(code, native.clone())
                }),
            )
        };
        let keys = derive(DEV_MNEMONIC, DEV_PATH, 2).expect("dev keys");
        let accounts = keys
            .iter()
            .flat_map(|key| {
                [
                    key.eth_address().expect("secp256k1").to_f410(),
                    key.address(),
                ]
            })
            .map(|address| Account {
                address,
                balance: TokenAmount::from_whole(10_000),
            })
            .collect();
        let mut genesis = Genesis {
            accounts,
            timestamp: 1_700_000_000,
            ..Genesis::default()
        };
        let roles = Roles::of(&keys[0]);
        roles.join(&mut genesis, RegisteredPoStProof::StackedDRGWindow2KiBV1P1);
        let parts = Parts {
            blocks: Arc::new(MemoryStore::new()),
            disk: None,
            spilled: None,
            runner: dispatch(NativeRunner::new(Policy::dev())),
            watched: Box::new(move |inspector| {
                dispatch(NativeRunner::new(Policy::dev()).watched_by(inspector))
            }),
            verifier: Arc::new(Believer),
            policy: Policy::dev(),
        };
        let chain = Arc::new(Chain::new(parts, &genesis).expect("a genesis"));
        let options = Options {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            ..options
        };
        let keys = [keys, roles.keys()].concat();
        let server = serve(chain.clone(), keys, options).expect("it listens");
        Self { server, chain }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).expect("it accepts");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a socket has a timeout");
        stream
    }

    /// Posts a body and returns the status and the body of the answer.
    pub(crate) fn post(&self, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = self.connect();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(head.as_bytes())
            .expect("it reads the head");
        // It may answer and close before it has read all of a body that is too large.
        let _ = stream.write_all(body);
        read_answer(&mut stream)
    }

    /// Sends any JSON and returns the JSON of the answer.
    pub(crate) fn ask(&self, request: &Value) -> Value {
        let (_, body) = self.post(request.to_string().as_bytes());
        serde_json::from_slice(&body).expect("the answer is JSON")
    }

    /// Calls a method, whatever comes of it.
    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        self.ask(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    }

    /// Calls a method that works.
    #[track_caller]
    pub(crate) fn ok(&self, method: &str, params: Value) -> Value {
        let mut answer = self.call(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Calls a method that does not work; returns code and message.
    #[track_caller]
    pub(crate) fn fails(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.call(method, params);
        let error = answer
            .get("error")
            .unwrap_or_else(|| panic!("{method} works: {answer}"));
        let message = error["message"].as_str().expect("a message");
        (error["code"].as_i64().expect("a code"), message.to_owned())
    }

    /// Is it alive?
    #[track_caller]
    pub(crate) fn check_alive(&self) {
        assert_eq!(self.ok("net_listening", json!([])), true);
    }
}

/// Reads an answer to the end of its connection.
pub(crate) fn read_answer(stream: &mut TcpStream) -> (u16, Vec<u8>) {
    let mut bytes = Vec::new();
    // A reset after the answer is no trouble: what came before it counts.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.expect("a status"), bytes[end + 4..].to_vec())
}

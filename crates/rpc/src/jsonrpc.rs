//! JSON-RPC 2.0: from the bytes of a request to the bytes of its answer.
//!
//! Nothing here allocates more than a small multiple of what was sent: a batch is split into
//! pieces of the sender's own text, and a parameter is parsed only as the type it must have.

pub(crate) mod error;

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::method::Arguments;
use crate::methods::other_name;
use crate::node::Caller;
use error::Error;

/// More parameters than any method has.
const PARAMETERS_MAX: usize = 16;
/// A client's name for its request is repeated in the answer, so it must be short.
const ID_BYTES_MAX: usize = 256;
/// What is left of an unknown method's name in the answer.
const NAME_BYTES_SHOWN: usize = 64;

/// How much one request may ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Requests in a batch.
    pub(crate) batch_max: usize,
    /// Bytes in an answer. A batch stops there, and the rest of its answers are errors.
    pub(crate) answer_bytes_max: usize,
}

/// Answers a request or a batch of them. `None`: there was nothing to answer.
pub(crate) fn answer(caller: &Caller<'_>, bounds: Bounds, text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(256);
    let Some(first) = text.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        write_error(&mut out, None, &Error::parse("the request is empty"));
        return Some(out);
    };
    if *first == b'[' {
        answer_batch(caller, bounds, text, &mut out);
    } else {
        answer_one(caller, text, &mut out);
    }
    if out.len() > bounds.answer_bytes_max && *first != b'[' {
        out.clear();
        write_error(
            &mut out,
            id_of(text),
            &Error::answer_too_large(bounds.answer_bytes_max),
        );
    }
    (!out.is_empty()).then_some(out)
}

fn answer_batch(caller: &Caller<'_>, bounds: Bounds, text: &[u8], out: &mut Vec<u8>) {
    let requests = match split_batch(text, bounds.batch_max) {
        Ok(requests) if requests.is_empty() => {
            return write_error(out, None, &Error::invalid_request("the batch is empty"));
        }
        Ok(requests) => requests,
        Err(error) => return write_error(out, None, &error),
    };
    out.push(b'[');
    for request in requests {
        let start = out.len();
        if start > 1 {
            out.push(b',');
        }
        let answer_start = out.len();
        let text = request.get().as_bytes();
        if start > bounds.answer_bytes_max {
            write_error(
                out,
                id_of(text),
                &Error::answer_too_large(bounds.answer_bytes_max),
            );
        } else {
            answer_one(caller, text, out);
            if out.len() > bounds.answer_bytes_max {
                out.truncate(answer_start);
                write_error(
                    out,
                    id_of(text),
                    &Error::answer_too_large(bounds.answer_bytes_max),
                );
            }
        }
        if out.len() == answer_start {
            out.truncate(start); // A notification has no answer, and needs no comma.
        }
    }
    out.push(b']');
    if out.len() == 2 {
        out.clear(); // Notifications only: the standard wants no answer at all.
    }
}

fn answer_one(caller: &Caller<'_>, text: &[u8], out: &mut Vec<u8>) {
    let request: Request<'_> = match serde_json::from_slice(text) {
        Ok(request) => request,
        Err(error) => {
            let error = if error.is_data() {
                Error::invalid_request("a request is an object with jsonrpc, id, method and params")
            } else {
                Error::parse(&error.to_string())
            };
            return write_error(out, None, &error);
        }
    };
    let id = match request.id {
        Some(id) if !is_id(id.get()) => {
            let error = Error::invalid_request("an id is a short string, a number or null");
            return write_error(out, None, &error);
        }
        id => id,
    };
    let name = match request.name() {
        Ok(name) => name,
        // It has no id to answer, but is no notification either.
        Err(error) => return write_error(out, id, &error),
    };
    match run(caller, &name, request.params) {
        _ if request.is_notification() => {}
        Ok(result) => write_result(out, id, &result),
        Err(error) => write_error(out, id, &error),
    }
}

fn run(caller: &Caller<'_>, name: &str, params: Option<&RawValue>) -> Result<Box<RawValue>, Error> {
    let methods = &caller.node.methods;
    let found = methods.get(name);
    let found = found.or_else(|| methods.get(other_name(name)?.as_str()));
    let Some(row) = found else {
        let shown: String = name.chars().take(NAME_BYTES_SHOWN).collect();
        return Err(Error::method_not_found(&shown));
    };
    let arguments = Arguments::read(row, params)?;
    row.run(caller, &arguments)
}

fn is_id(text: &str) -> bool {
    let first = text.as_bytes().first();
    text.len() <= ID_BYTES_MAX
        && (text == "null" || first.is_some_and(|b| matches!(b, b'"' | b'-' | b'0'..=b'9')))
}

/// The id of a request whose answer is thrown away.
fn id_of(text: &[u8]) -> Option<&RawValue> {
    let request: Request<'_> = serde_json::from_slice(text).ok()?;
    request.id.filter(|id| is_id(id.get()))
}

/// The members of a request. Unknown ones are skipped, as everybody does.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, rename = "jsonrpc", default)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

impl Request<'_> {
    /// The method, if it is a request at all.
    fn name(&self) -> Result<String, Error> {
        let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
        if self.version.and_then(text).as_deref() != Some("2.0") {
            return Err(Error::invalid_request("jsonrpc must be \"2.0\""));
        }
        let name = self.method.and_then(text);
        name.ok_or_else(|| Error::invalid_request("method must be a string"))
    }

    /// Without an id nobody waits for the answer.
    fn is_notification(&self) -> bool {
        self.id.is_none()
    }
}

/// Keeps `"id": null` apart from no id.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

fn split_batch(text: &[u8], max: usize) -> Result<Vec<&RawValue>, Error> {
    let mut parser = serde_json::Deserializer::from_slice(text);
    let pieces = parser
        .deserialize_seq(Pieces { max })
        .and_then(|pieces| parser.end().map(|()| pieces))
        .map_err(|error| Error::parse(&error.to_string()))?;
    pieces.ok_or_else(|| Error::batch_too_large(max))
}

/// Splits an array into the texts of its elements, or gives up (`None`) beyond the limit.
struct Pieces {
    max: usize,
}

impl<'de> Visitor<'de> for Pieces {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut pieces = Vec::new();
        while pieces.len() < self.max {
            match seq.next_element()? {
                Some(piece) => pieces.push(piece),
                None => return Ok(Some(pieces)),
            }
        }
        let mut beyond = false;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            beyond = true;
        }
        Ok((!beyond).then_some(pieces))
    }
}

/// The texts of a request's parameters: by position, or by name.
pub(crate) enum Texts<'a> {
    Listed(Vec<&'a RawValue>),
    Named(Vec<(String, &'a RawValue)>),
}

impl<'a> Texts<'a> {
    /// Splits `params`. There may be none.
    pub(crate) fn split(params: Option<&'a RawValue>) -> Result<Self, Error> {
        let Some(params) = params else {
            return Ok(Self::Listed(Vec::new()));
        };
        let mut parser = serde_json::Deserializer::from_str(params.get());
        match params.get().as_bytes().first() {
            Some(b'[') => match parser.deserialize_seq(Pieces {
                max: PARAMETERS_MAX,
            }) {
                Ok(Some(pieces)) => Ok(Self::Listed(pieces)),
                Ok(None) => Err(Error::params("too many parameters")),
                Err(error) => Err(Error::parse(&error.to_string())),
            },
            Some(b'{') => match parser.deserialize_map(Members) {
                Ok(Some(members)) => Ok(Self::Named(members)),
                Ok(None) => Err(Error::params("too many parameters")),
                Err(error) => Err(Error::params(&error.to_string())),
            },
            Some(b'n') => Ok(Self::Listed(Vec::new())),
            _ => Err(Error::invalid_request(
                "params must be an array or an object",
            )),
        }
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Option<Vec<(String, &'de RawValue)>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() == PARAMETERS_MAX {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(None);
            }
            members.push(member);
        }
        Ok(Some(members))
    }
}

fn write_result(out: &mut Vec<u8>, id: Option<&RawValue>, result: &RawValue) {
    write_head(out, id);
    out.extend_from_slice(b",\"result\":");
    out.extend_from_slice(result.get().as_bytes());
    out.push(b'}');
}

/// Writes an error's answer.
pub(crate) fn write_error(out: &mut Vec<u8>, id: Option<&RawValue>, error: &Error) {
    write_head(out, id);
    out.extend_from_slice(b",\"error\":");
    out.extend_from_slice(&error.to_json());
    out.push(b'}');
}

fn write_head(out: &mut Vec<u8>, id: Option<&RawValue>) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.map_or("null", RawValue::get).as_bytes());
}

//! A row of the method table, and how a request's parameters reach its handler.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::forms::filecoin::for_network;
use crate::forms::{Form, Shape};
use crate::jsonrpc::Texts;
use crate::jsonrpc::error::Error;
use crate::node::Caller;

/// Who a method is for. Namespaces can be turned off one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// `eth_`, `net_` and `web3_`: what every wallet needs.
    Eth,
    /// `Filecoin.`: what tools for Filecoin need.
    Filecoin,
    /// `trace_`, `debug_`, `ots_`, `erigon_` and `txpool_`: reading, but much at a time.
    Trace,
    /// `anvil_`, `hardhat_`, `evm_` and `atoll_`: they change the chain at will.
    Developer,
}

/// One method: the dispatcher, the docs and the hostile tests read this.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// As it stands in a request.
    pub name: &'static str,
    /// Who it is for.
    pub namespace: Namespace,
    /// Its parameters, in order.
    pub parameters: &'static [Parameter],
    handler: Handler,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As it stands in a request by name, and in errors.
    pub name: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// May it be left out?
    pub optional: bool,
    /// The kinds of JSON it can be.
    pub shapes: &'static [Shape],
}

pub(crate) type Handler = fn(&Caller<'_>, &Arguments<'_>) -> Result<Box<RawValue>, Error>;

impl Row {
    pub(crate) const fn new(
        name: &'static str,
        namespace: Namespace,
        parameters: &'static [Parameter],
        handler: Handler,
    ) -> Self {
        Self {
            name,
            namespace,
            parameters,
            handler,
        }
    }

    pub(crate) fn run(
        &self,
        caller: &Caller<'_>,
        arguments: &Arguments<'_>,
    ) -> Result<Box<RawValue>, Error> {
        (self.handler)(caller, arguments)
    }
}

impl Parameter {
    pub(crate) const fn of<T: Form>(name: &'static str) -> Self {
        Self {
            name,
            what: T::WHAT,
            optional: T::OPTIONAL,
            shapes: T::SHAPES,
        }
    }
}

/// Rows by name.
pub(crate) type Methods = BTreeMap<&'static str, &'static Row>;

/// A request's parameters, in the order of the row.
pub(crate) struct Arguments<'a> {
    row: &'a Row,
    texts: Vec<Option<&'a RawValue>>,
}

impl<'a> Arguments<'a> {
    /// Sorts the parameters of a request by the row. Names it does not know are refused.
    pub(crate) fn read(row: &'a Row, params: Option<&'a RawValue>) -> Result<Self, Error> {
        let count = row.parameters.len();
        let texts = match Texts::split(params)? {
            Texts::Listed(listed) => {
                if listed.len() > count {
                    return Err(Error::params(&format!(
                        "{} takes {count} at most, got {}",
                        row.name,
                        listed.len()
                    )));
                }
                let mut texts: Vec<_> = listed.into_iter().map(Some).collect();
                texts.resize(count, None);
                texts
            }
            Texts::Named(named) => {
                let mut texts = vec![None; count];
                for (name, text) in named {
                    let place = row.parameters.iter().position(|p| p.name == name);
                    let Some(place) = place else {
                        return Err(Error::param(&name, "there is no parameter of this name"));
                    };
                    texts[place] = Some(text);
                }
                texts
            }
        };
        Ok(Self { row, texts })
    }

    /// The parameter at a place, as its type.
    pub(crate) fn get<T: Form>(&self, place: usize) -> Result<T, Error> {
        let name = self.row.parameters[place].name;
        let text = self.texts[place].map(RawValue::get);
        match text {
            None => {
                T::absent().ok_or_else(|| Error::param(name, &format!("is missing: {}", T::WHAT)))
            }
            Some("null") if T::OPTIONAL => {
                T::absent().ok_or_else(|| Error::param(name, "must not be null"))
            }
            // Serde would read an object's members from an array as well.
            Some(text) if !Shape::of(text).is_some_and(|shape| T::SHAPES.contains(&shape)) => {
                Err(Error::param(name, &format!("must be {}", T::WHAT)))
            }
            Some(text) => T::read(text).map_err(|why| Error::param(name, &why)),
        }
    }
}

/// Turns what a handler returns into JSON.
pub(crate) fn reply<T: Serialize>(
    caller: &Caller<'_>,
    result: Result<T, Error>,
) -> Result<Box<RawValue>, Error> {
    let result = result?;
    for_network(caller.chain().chain_id(), || {
        serde_json::value::to_raw_value(&result).map_err(Error::internal)
    })
}

/// Lays out rows: `"eth_getBalance" Eth eth::state::balance(address: Address, block: BlockId);`
macro_rules! rows {
    ($($name:literal $space:ident $handler:path = ($($param:ident: $form:ty),* $(,)?);)*) => {
        &[$({
            use $crate::method::{Namespace, Row, reply};
            Row::new(
                $name,
                Namespace::$space,
                &[$($crate::method::Parameter::of::<$form>(stringify!($param))),*],
                |caller, _arguments| {
                    let mut _places = 0..;
                    $(let $param: $form = _arguments.get(_places.next().unwrap_or(0))?;)*
                    reply(caller, $handler(caller $(, $param)*))
                },
            )
        }),*]
    };
}
pub(crate) use rows;

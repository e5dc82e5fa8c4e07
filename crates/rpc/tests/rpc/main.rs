//! The node from outside: one program, because each test program links the whole machine.

mod docs;
mod ethereum;
mod filecoin;
mod hostile;
mod inside;
mod node;
mod proof;
mod sockets;
mod storage;
mod wallets;

//! Puts bytecode together: pushes as short as they can be, jumps forward, data at the end.

/// A word of the EVM, big endian.
pub(crate) type Word = [u8; 32];

pub(crate) fn word(number: u64) -> Word {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

pub(crate) fn address_word(address: &[u8; 20]) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

pub(crate) mod op {
    pub(crate) const STOP: u8 = 0x00;
    pub(crate) const ADD: u8 = 0x01;
    pub(crate) const SUB: u8 = 0x03;
    pub(crate) const GT: u8 = 0x11;
    pub(crate) const ISZERO: u8 = 0x15;
    pub(crate) const KECCAK256: u8 = 0x20;
    pub(crate) const BALANCE: u8 = 0x31;
    pub(crate) const CALLER: u8 = 0x33;
    pub(crate) const CALLDATALOAD: u8 = 0x35;
    pub(crate) const CALLDATASIZE: u8 = 0x36;
    pub(crate) const CALLDATACOPY: u8 = 0x37;
    pub(crate) const CODECOPY: u8 = 0x39;
    pub(crate) const EXTCODESIZE: u8 = 0x3b;
    pub(crate) const EXTCODECOPY: u8 = 0x3c;
    pub(crate) const RETURNDATASIZE: u8 = 0x3d;
    pub(crate) const RETURNDATACOPY: u8 = 0x3e;
    pub(crate) const EXTCODEHASH: u8 = 0x3f;
    pub(crate) const BLOCKHASH: u8 = 0x40;
    pub(crate) const NUMBER: u8 = 0x43;
    pub(crate) const POP: u8 = 0x50;
    pub(crate) const MLOAD: u8 = 0x51;
    pub(crate) const MSTORE: u8 = 0x52;
    pub(crate) const MSTORE8: u8 = 0x53;
    pub(crate) const SLOAD: u8 = 0x54;
    pub(crate) const SSTORE: u8 = 0x55;
    pub(crate) const JUMP: u8 = 0x56;
    pub(crate) const JUMPI: u8 = 0x57;
    pub(crate) const GAS: u8 = 0x5a;
    pub(crate) const JUMPDEST: u8 = 0x5b;
    pub(crate) const TLOAD: u8 = 0x5c;
    pub(crate) const TSTORE: u8 = 0x5d;
    pub(crate) const MCOPY: u8 = 0x5e;
    pub(crate) const PUSH0: u8 = 0x5f;
    pub(crate) const PUSH2: u8 = 0x61;
    pub(crate) const DUP1: u8 = 0x80;
    pub(crate) const SWAP1: u8 = 0x90;
    pub(crate) const LOG0: u8 = 0xa0;
    pub(crate) const CREATE: u8 = 0xf0;
    pub(crate) const CALL: u8 = 0xf1;
    pub(crate) const RETURN: u8 = 0xf3;
    pub(crate) const DELEGATECALL: u8 = 0xf4;
    pub(crate) const CREATE2: u8 = 0xf5;
    pub(crate) const STATICCALL: u8 = 0xfa;
    pub(crate) const REVERT: u8 = 0xfd;
    pub(crate) const INVALID: u8 = 0xfe;
    pub(crate) const SELFDESTRUCT: u8 = 0xff;
}

/// Code that is being written.
#[derive(Default)]
pub(crate) struct Assembler {
    code: Vec<u8>,
    /// Data behind the code, with the place of each push of its position.
    data: Vec<(usize, Vec<u8>)>,
}

/// Where a jump's target is to be filled in.
#[must_use]
pub(crate) struct Jump(usize);

impl Assembler {
    pub(crate) fn op(&mut self, opcode: u8) -> &mut Self {
        self.code.push(opcode);
        self
    }

    pub(crate) fn push(&mut self, word: &Word) -> &mut Self {
        let zeros = word.iter().take_while(|byte| **byte == 0).count();
        let bytes = &word[zeros..];
        self.code.push(op::PUSH0 + bytes.len() as u8);
        self.code.extend_from_slice(bytes);
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.push(&word(number))
    }

    /// Jumps forward if the topmost word is not zero.
    pub(crate) fn jump_if(&mut self) -> Jump {
        self.op(op::PUSH2);
        let at = self.code.len();
        self.code.extend_from_slice(&[0, 0]);
        self.op(op::JUMPI);
        Jump(at)
    }

    /// Where such a jump goes to.
    pub(crate) fn land(&mut self, jump: Jump) {
        let target = self.code.len() as u16;
        self.code[jump.0..jump.0 + 2].copy_from_slice(&target.to_be_bytes());
        self.op(op::JUMPDEST);
    }

    /// The place to which a jump can go back.
    pub(crate) fn here(&mut self) -> u64 {
        let here = self.code.len();
        self.op(op::JUMPDEST);
        here as u64
    }

    /// Copies data from behind the code to memory; leaves nothing on the stack.
    pub(crate) fn load_data(&mut self, to: u64, data: Vec<u8>) {
        self.number(data.len() as u64);
        self.op(op::PUSH2);
        let at = self.code.len();
        self.code.extend_from_slice(&[0, 0]);
        self.number(to).op(op::CODECOPY);
        self.data.push((at, data));
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.code.extend_from_slice(bytes);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        for (at, data) in self.data {
            let position = self.code.len() as u16;
            self.code[at..at + 2].copy_from_slice(&position.to_be_bytes());
            self.code.extend_from_slice(&data);
        }
        self.code
    }
}

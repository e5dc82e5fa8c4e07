//! Writes contracts: statements that store, log, call, create and destroy.
//!
//! Calls among contracts end: each passes on more call data than it got, and a contract that
//! got much does little. Gas is read only to be handed on, since the two sides count it apart.

use super::assembler::{Assembler, Word, address_word, op, word};
use super::chance::Chance;
use super::params;

/// What contracts can know of the world.
pub(crate) struct World<'a> {
    /// Addresses that do not run a contract's code, so that any gas will do for them.
    pub(crate) others: &'a [[u8; 20]],
    /// Addresses where contracts are or may come to be.
    pub(crate) contracts: &'a [[u8; 20]],
}

/// From this much call data on, a contract calls nobody.
const DEEP: u64 = 150;

/// How much more a call passes on.
const DEEPER: u64 = 40;

/// Where initcode and input of precompiles are put in memory: beyond what statements use.
const SCRATCH: u64 = 0x400;

pub(crate) struct Writer<'a> {
    world: &'a World<'a>,
    chance: &'a mut Chance,
    asm: Assembler,
    /// How many creations may nest.
    nesting: usize,
    /// How many statements may still be written.
    budget: usize,
}

/// Initcode whose contract does something.
pub(crate) fn initcode(world: &World<'_>, chance: &mut Chance, nesting: usize) -> Vec<u8> {
    let runtime = runtime(world, chance, nesting);
    let budget = chance.below(4);
    let mut writer = Writer {
        world,
        chance,
        asm: Assembler::default(),
        nesting: 0,
        budget,
    };
    writer.block();
    if writer.chance.once_in(25) {
        writer.strange_end();
    }
    let size = runtime.len() as u64;
    let returned = match writer.chance.below(60) {
        0 => 0,
        1 => 24_577,
        2 => 24_576,
        _ => size,
    };
    writer.asm.load_data(0, runtime);
    writer.asm.number(returned).number(0).op(op::RETURN);
    writer.asm.finish()
}

fn runtime(world: &World<'_>, chance: &mut Chance, nesting: usize) -> Vec<u8> {
    if chance.once_in(40) {
        let size = chance.below(80);
        return chance.bytes(size);
    }
    let budget = 3 + chance.below(14);
    let mut writer = Writer {
        world,
        chance,
        asm: Assembler::default(),
        nesting,
        budget,
    };
    writer.asm.op(op::CALLDATASIZE).number(DEEP).op(op::GT);
    let deep = writer.asm.jump_if();
    // Deep down: remember having been here, and answer.
    writer.asm.number(0x77).op(op::SLOAD).number(1).op(op::ADD);
    writer
        .asm
        .number(0x77)
        .op(op::SSTORE)
        .number(0x20)
        .number(0)
        .op(op::RETURN);
    writer.asm.land(deep);
    writer.block();
    writer.end();
    writer.asm.finish()
}

impl Writer<'_> {
    fn block(&mut self) {
        while self.budget > 0 {
            self.budget -= 1;
            self.statement();
        }
    }

    fn statement(&mut self) {
        match self.chance.below(40) {
            0..=7 => {
                self.expression(3);
                self.slot();
                self.asm.op(op::SSTORE);
            }
            8..=9 => {
                self.expression(2);
                self.slot();
                self.asm.op(op::TSTORE);
            }
            10..=13 => {
                self.expression(2);
                self.offset();
                let opcode = if self.chance.once_in(4) {
                    op::MSTORE8
                } else {
                    op::MSTORE
                };
                self.asm.op(opcode);
            }
            14..=15 => self.copy(),
            16..=18 => self.log(),
            19..=28 => {
                self.call();
                self.keep_answer();
            }
            29..=31 => self.precompile(),
            32..=33 => self.create(),
            34 => self.branch(),
            35 => self.repeat(),
            36 => {
                self.expression(3);
                self.asm.op(op::POP);
            }
            37 => self.shuffle(),
            38 if self.chance.once_in(3) => self.strange_end(),
            _ => {
                self.expression(4);
                self.slot();
                self.asm.op(op::SSTORE);
            }
        }
    }

    // --- words -----------------------------------------------------------------------------

    fn constant(&mut self) -> Word {
        match self.chance.below(12) {
            0..=3 => word(self.chance.below(40) as u64),
            4 => word(1 << self.chance.below(64)),
            5 => [0xff; 32],
            6 => {
                let mut word = [0; 32];
                word[self.chance.below(32)] = 1 << self.chance.below(8);
                word
            }
            7 => self
                .chance
                .bytes(32)
                .try_into()
                .expect("as many as asked for"),
            8 => word(self.chance.u64()),
            9 => word(0x100 - self.chance.below(3) as u64),
            10 => {
                let mut word = [0xff; 32];
                word[0] = 0x7f;
                word
            }
            _ => address_word(&self.anyone()),
        }
    }

    fn anyone(&mut self) -> [u8; 20] {
        if self.chance.once_in(3) {
            *self.chance.pick(self.world.contracts)
        } else {
            *self.chance.pick(self.world.others)
        }
    }

    /// Pushes the key of a slot. Few, so that they are met again.
    fn slot(&mut self) {
        let key = match self.chance.below(12) {
            0 => [0xff; 32],
            1 => self.constant(),
            key => word(key as u64 - 2),
        };
        self.asm.push(&key);
    }

    /// Pushes an offset in memory, seldom one out of reach.
    fn offset(&mut self) {
        let offset = match self.chance.below(300) {
            0 => self.constant(),
            1 => word(u64::from(u32::MAX) - 31 + self.chance.below(40) as u64),
            2 => word((1 << 31) - 40 + self.chance.below(80) as u64),
            3 => word(1 << 20),
            _ => word(self.chance.below(0x200) as u64),
        };
        self.asm.push(&offset);
    }

    fn size(&mut self) {
        let size = match self.chance.below(200) {
            0 => self.constant(),
            1 => word(u64::from(u32::MAX) + self.chance.below(3) as u64),
            2 => word(70_000),
            // So much that there may be no memory for a copy of it.
            3 if self.chance.once_in(8) => word((1 + self.chance.below(520) as u64) << 20),
            3..=40 => word(0),
            _ => word(self.chance.below(0x90) as u64),
        };
        self.asm.push(&size);
    }

    /// Pushes the value of an expression.
    fn expression(&mut self, depth: usize) {
        const UNARY: [u8; 5] = [op::ISZERO, 0x19, 0x1e, op::CALLDATALOAD, op::SLOAD];
        const BINARY: [u8; 22] = [
            op::ADD,
            0x02,
            op::SUB,
            0x04,
            0x05,
            0x06,
            0x07,
            0x0a,
            0x0b,
            0x10,
            op::GT,
            0x12,
            0x13,
            0x14,
            0x16,
            0x17,
            0x18,
            0x1a,
            0x1b,
            0x1c,
            0x1d,
            0x0b,
        ];
        const TERNARY: [u8; 2] = [0x08, 0x09];
        // ADDRESS, ORIGIN, CALLER, CALLVALUE, CALLDATASIZE, CODESIZE, GASPRICE, RETURNDATASIZE,
        // COINBASE, TIMESTAMP, NUMBER, PREVRANDAO, GASLIMIT, CHAINID, SELFBALANCE, BASEFEE, PC, MSIZE
        const NULLARY: [u8; 18] = [
            0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46,
            0x47, 0x48, 0x58, 0x59,
        ];
        if depth == 0 {
            let constant = self.constant();
            self.asm.push(&constant);
            return;
        }
        match self.chance.below(20) {
            0..=2 => {
                let constant = self.constant();
                self.asm.push(&constant);
            }
            3..=5 => {
                let opcode = *self.chance.pick(&NULLARY);
                self.asm.op(opcode);
            }
            6..=7 => {
                self.expression(depth - 1);
                let opcode = *self.chance.pick(&UNARY);
                self.asm.op(opcode);
            }
            8..=12 => {
                self.expression(depth - 1);
                self.expression(depth - 1);
                let opcode = *self.chance.pick(&BINARY);
                self.asm.op(opcode);
            }
            13 => {
                for _ in 0..3 {
                    self.expression(depth - 1);
                }
                let opcode = *self.chance.pick(&TERNARY);
                self.asm.op(opcode);
            }
            14 => {
                self.slot();
                let opcode = *self.chance.pick(&[op::SLOAD, op::TLOAD]);
                self.asm.op(opcode);
            }
            15 => {
                self.offset();
                self.asm.op(op::MLOAD);
            }
            16 => {
                self.size();
                self.offset();
                self.asm.op(op::KECCAK256);
            }
            17..=18 => {
                self.target();
                let opcode = *self
                    .chance
                    .pick(&[op::BALANCE, op::EXTCODESIZE, op::EXTCODEHASH]);
                self.asm.op(opcode);
            }
            _ => {
                let back = self.chance.below(260) as u64;
                self.asm
                    .number(back)
                    .op(op::NUMBER)
                    .op(op::SUB)
                    .op(op::BLOCKHASH);
            }
        }
    }

    /// Pushes an address, seldom with something in the bytes that do not count.
    fn target(&mut self) {
        let mut target = address_word(&self.anyone());
        if self.chance.once_in(15) {
            target[self.chance.below(12)] = 0xaa;
        }
        self.asm.push(&target);
    }

    // --- statements ------------------------------------------------------------------------

    fn copy(&mut self) {
        match self.chance.below(5) {
            0 => {
                self.size();
                self.offset();
                self.offset();
                self.asm.op(op::CALLDATACOPY);
            }
            1 => {
                self.size();
                self.offset();
                self.offset();
                self.asm.op(op::CODECOPY);
            }
            2 => {
                self.size();
                self.offset();
                self.offset();
                self.asm.op(op::MCOPY);
            }
            3 => {
                self.size();
                self.offset();
                self.offset();
                self.target();
                self.asm.op(op::EXTCODECOPY);
            }
            _ => {
                // Mostly within what was returned.
                if self.chance.once_in(6) {
                    self.size();
                    self.offset();
                } else {
                    self.asm.op(op::RETURNDATASIZE).number(0);
                }
                self.offset();
                self.asm.op(op::RETURNDATACOPY);
            }
        }
    }

    fn log(&mut self) {
        let topics = self.chance.below(5);
        for _ in 0..topics {
            self.expression(1);
        }
        self.size();
        self.offset();
        self.asm.op(op::LOG0 + topics as u8);
    }

    /// Pushes whether a call succeeded.
    fn call(&mut self) {
        let to_contract = self.chance.once_in(2);
        let kind = *self
            .chance
            .pick(&[op::CALL, op::CALL, op::STATICCALL, op::DELEGATECALL]);
        self.size();
        self.offset();
        // The input: more than this contract got, so that calls do not go on for ever.
        self.asm
            .op(op::CALLDATASIZE)
            .number(DEEPER)
            .op(op::ADD)
            .number(0);
        if kind == op::CALL {
            let value = match self.chance.below(6) {
                0 => word(1),
                1 => word(self.chance.below(2000) as u64),
                2 if self.chance.once_in(4) => [0xff; 32],
                _ => word(0),
            };
            self.asm.push(&value);
        }
        if to_contract {
            match self.chance.below(8) {
                0 => {
                    self.asm.op(op::CALLER);
                }
                1 => {
                    self.asm.op(0x30);
                }
                _ => {
                    let to = *self.chance.pick(self.world.contracts);
                    self.asm.push(&address_word(&to));
                }
            }
            self.asm.op(op::GAS);
        } else {
            let to = *self.chance.pick(self.world.others);
            self.asm.push(&address_word(&to));
            self.asm.op(op::GAS);
        }
        self.asm.op(kind);
    }

    /// Stores what is on the stack, and a hash of what was returned.
    fn keep_answer(&mut self) {
        self.slot();
        self.asm.op(op::SSTORE);
        if self.chance.once_in(2) {
            self.asm
                .op(op::RETURNDATASIZE)
                .number(0)
                .number(SCRATCH)
                .op(op::RETURNDATACOPY);
            self.asm
                .op(op::RETURNDATASIZE)
                .number(SCRATCH)
                .op(op::KECCAK256);
            self.slot();
            self.asm.op(op::SSTORE);
        }
    }

    fn precompile(&mut self) {
        let (address, input) =
            params::precompile(self.chance, self.world.others, self.world.contracts);
        let mut size = input.len() as u64;
        if self.chance.once_in(10) {
            size = self.chance.below(300) as u64;
        }
        self.asm.load_data(SCRATCH, input);
        let actor_call = address[0] == 0xfe && matches!(address[19], 3 | 5);
        let kind = if actor_call && !self.chance.once_in(8) {
            op::DELEGATECALL
        } else {
            *self
                .chance
                .pick(&[op::CALL, op::STATICCALL, op::DELEGATECALL])
        };
        self.size();
        self.offset();
        self.asm.number(size).number(SCRATCH);
        if kind == op::CALL {
            let value = if self.chance.once_in(5) { 3 } else { 0 };
            self.asm.number(value);
        }
        self.asm.push(&address_word(&address)).op(op::GAS).op(kind);
        self.keep_answer();
    }

    fn create(&mut self) {
        let code = if self.nesting == 0 || self.chance.once_in(6) {
            let size = self.chance.below(12);
            self.chance.bytes(size)
        } else {
            initcode(self.world, self.chance, self.nesting - 1)
        };
        let size = code.len() as u64;
        self.asm.load_data(SCRATCH, code);
        let value = match self.chance.below(8) {
            0 => 7,
            1 => 1 << 60,
            _ => 0,
        };
        if self.chance.once_in(2) {
            // Salts repeat, so that addresses do.
            let salt = self.chance.below(3) as u64;
            self.asm
                .number(salt)
                .number(size)
                .number(SCRATCH)
                .number(value)
                .op(op::CREATE2);
        } else {
            self.asm
                .number(size)
                .number(SCRATCH)
                .number(value)
                .op(op::CREATE);
        }
        if self.chance.once_in(2) {
            self.keep_answer();
        } else {
            self.call_created();
        }
    }

    /// Calls what is on the stack.
    fn call_created(&mut self) {
        let code = &mut self.asm;
        code.number(0x20)
            .number(0)
            .op(op::CALLDATASIZE)
            .number(DEEPER)
            .op(op::ADD)
            .number(0);
        code.number(0)
            .op(op::DUP1 + 5)
            .op(op::GAS)
            .op(op::CALL)
            .op(op::SWAP1);
        self.slot();
        self.asm.op(op::SSTORE);
        self.keep_answer();
    }

    fn branch(&mut self) {
        self.expression(2);
        let jump = self.asm.jump_if();
        let inner = self.budget.min(self.chance.below(4));
        self.budget -= inner;
        for _ in 0..inner {
            self.statement();
        }
        if self.chance.once_in(5) {
            self.end();
        }
        self.asm.land(jump);
    }

    fn repeat(&mut self) {
        let times = 1 + self.chance.below(5) as u64;
        self.asm.number(times);
        let start = self.asm.here();
        self.expression(2);
        self.slot();
        self.asm
            .op(op::SSTORE)
            .number(1)
            .op(op::SWAP1)
            .op(op::SUB)
            .op(op::DUP1);
        self.asm.number(start).op(op::JUMPI).op(op::POP);
    }

    /// Moves words on the stack, and takes them off again.
    fn shuffle(&mut self) {
        let count = 1 + self.chance.below(17);
        for _ in 0..count {
            self.expression(0);
        }
        for _ in 0..2 {
            // Mostly as deep as there are words.
            let deep = if self.chance.once_in(30) {
                16
            } else {
                count.min(16)
            };
            let dup = op::DUP1 + self.chance.below(deep) as u8;
            self.asm.op(dup).op(op::POP);
            let swap = op::SWAP1 + self.chance.below(deep) as u8;
            if usize::from(swap - op::SWAP1) + 1 < count {
                self.asm.op(swap);
            }
        }
        for _ in 0..count {
            self.asm.op(op::POP);
        }
    }

    fn end(&mut self) {
        match self.chance.below(12) {
            0 => {
                self.asm.op(op::STOP);
            }
            1 => self.strange_end(),
            _ => {
                self.size();
                self.offset();
                self.asm.op(op::RETURN);
            }
        }
    }

    fn strange_end(&mut self) {
        match self.chance.below(8) {
            0..=1 => {
                self.target();
                self.asm.op(op::SELFDESTRUCT);
            }
            2..=3 => {
                self.size();
                self.offset();
                self.asm.op(op::REVERT);
            }
            4 => {
                self.asm.op(op::INVALID);
            }
            5 => {
                let bytes = self.chance.bytes(3);
                self.asm.raw(&bytes);
            }
            6 => {
                let target = self.chance.below(400) as u64;
                // Only forward: a jump back might never end.
                self.asm.number(1000 + target).op(op::JUMP);
            }
            _ => {
                // CALLCODE, blobs, and whatever else is not there.
                let opcode = *self
                    .chance
                    .pick(&[0xf2, 0x49, 0x4a, 0x0c, 0xef, 0x21, 0xb0]);
                self.asm.number(1).op(opcode);
            }
        }
    }
}

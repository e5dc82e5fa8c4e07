//! Codes that follow from a seed.

/// A code and how it is called.
pub(crate) struct Case {
    pub(crate) code: Vec<u8>,
    pub(crate) input: Vec<u8>,
    pub(crate) value: u8,
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn bytes(&mut self, size: u64) -> Vec<u8> {
        (0..size).map(|_| self.next() as u8).collect()
    }
}

/// Opcodes that take words off the stack and put one there: opcode and words taken.
const COMPUTE: [(u8, usize); 36] = [
    (0x01, 2),
    (0x02, 2),
    (0x03, 2),
    (0x04, 2),
    (0x05, 2),
    (0x06, 2),
    (0x07, 2),
    (0x08, 3),
    (0x09, 3),
    (0x0a, 2),
    (0x0b, 2),
    (0x10, 2),
    (0x11, 2),
    (0x12, 2),
    (0x13, 2),
    (0x14, 2),
    (0x15, 1),
    (0x16, 2),
    (0x17, 2),
    (0x18, 2),
    (0x19, 1),
    (0x1a, 2),
    (0x1b, 2),
    (0x1c, 2),
    (0x1d, 2),
    (0x1e, 1),
    (0x30, 0), // ADDRESS
    (0x33, 0), // CALLER
    (0x34, 0), // CALLVALUE
    (0x35, 1), // CALLDATALOAD
    (0x36, 0), // CALLDATASIZE
    (0x38, 0), // CODESIZE
    (0x3d, 0), // RETURNDATASIZE
    (0x58, 0), // PC
    (0x59, 0), // MSIZE
    (0x5f, 0), // PUSH0
];

/// The case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let mut chance = Chance(seed);
    let mut writer = Writer {
        chance: &mut chance,
        code: Vec::new(),
        height: 0,
    };
    let count = 10 + writer.chance.below(70);
    for _ in 0..count {
        writer.statement();
    }
    writer.end();
    let code = writer.code;
    let size = chance.below(100);
    Case {
        code,
        input: chance.bytes(size),
        value: chance.below(4) as u8,
    }
}

struct Writer<'a> {
    chance: &'a mut Chance,
    code: Vec<u8>,
    /// How many words are on the stack, if no jump was taken.
    height: usize,
}

impl Writer<'_> {
    fn push(&mut self, bytes: &[u8]) {
        self.code.push(0x5f + bytes.len() as u8);
        self.code.extend_from_slice(bytes);
        self.height += 1;
    }

    /// A word worth computing with.
    fn word(&mut self) {
        match self.chance.below(6) {
            0..=1 => {
                let small = self.chance.below(260) as u16;
                self.push(&small.to_be_bytes());
            }
            2 => self.push(&[0xff; 32]),
            3 => {
                let mut edge = [0; 32];
                edge[self.chance.below(32) as usize] = 1 << self.chance.below(8);
                self.push(&edge);
            }
            _ => {
                let size = 1 + self.chance.below(32);
                let bytes = self.chance.bytes(size);
                self.push(&bytes);
            }
        }
    }

    /// A place in memory that both sides have.
    fn near(&mut self, most: u64) {
        let near = self.chance.below(most) as u16;
        self.push(&near.to_be_bytes());
    }

    fn take(&mut self, count: usize) {
        self.height = self.height.saturating_sub(count);
    }

    fn op(&mut self, opcode: u8) {
        self.code.push(opcode);
    }

    fn statement(&mut self) {
        match self.chance.below(20) {
            0..=8 => {
                let (opcode, taken) = COMPUTE[self.chance.below(COMPUTE.len() as u64) as usize];
                // Seldom without what it needs.
                while self.height < taken && self.chance.below(200) > 0 {
                    self.word();
                }
                self.op(opcode);
                self.take(taken);
                self.height += 1;
            }
            9 => self.word(),
            10..=11 => {
                // SSTORE, TSTORE; few keys, so that they meet again.
                self.word();
                let key = [self.chance.below(4) as u8];
                self.push(&key);
                let opcode = if self.chance.below(3) > 0 { 0x55 } else { 0x5d };
                self.op(opcode);
                self.take(2);
            }
            12 => {
                let key = [self.chance.below(4) as u8];
                self.push(&key);
                let opcode = if self.chance.below(2) > 0 { 0x54 } else { 0x5c };
                self.op(opcode);
            }
            13 => {
                self.word();
                self.near(400);
                let opcode = if self.chance.below(3) > 0 { 0x52 } else { 0x53 };
                self.op(opcode);
                self.take(2);
            }
            14 => {
                self.near(400);
                self.op(0x51);
            }
            15 => {
                // CALLDATACOPY, CODECOPY, MCOPY.
                self.near(150);
                self.near(200);
                self.near(300);
                let opcode = [0x37, 0x39, 0x5e][self.chance.below(3) as usize];
                self.op(opcode);
                self.take(3);
            }
            16 => {
                let topics = self.chance.below(5);
                for _ in 0..topics {
                    self.word();
                }
                self.near(150);
                self.near(300);
                self.op(0xa0 + topics as u8);
                self.take(2 + topics as usize);
            }
            17 => {
                // KECCAK256.
                self.near(200);
                self.near(300);
                self.op(0x20);
                self.take(1);
            }
            18 => self.jump(),
            _ => {
                // DUP, SWAP, POP.
                let deep = self.height.clamp(1, 16) as u64 + u64::from(self.chance.below(100) == 0);
                let which = self.chance.below(deep.min(16)) as u8;
                match self.chance.below(3) {
                    0 if usize::from(which) + 1 < self.height => self.op(0x90 + which),
                    1 if self.height > 0 => {
                        self.op(0x50);
                        self.take(1);
                    }
                    _ => {
                        self.op(0x80 + which);
                        self.height += 1;
                    }
                }
            }
        }
    }

    /// Jumps forward over some bytes that are no code, if a condition says so.
    fn jump(&mut self) {
        let skipped = self.chance.below(5);
        let conditional = self.chance.below(3) > 0;
        if conditional {
            self.word();
            let condition = [0x15, 0x80][self.chance.below(2) as usize];
            self.op(condition);
            if condition == 0x80 {
                self.height += 1;
            }
            self.take(1);
        }
        // PUSH2 target, JUMP or JUMPI, the bytes, and the landing.
        let landing = self.code.len() as u64 + 4 + skipped;
        // Seldom beside it.
        let target = if self.chance.below(60) == 0 {
            landing + 1
        } else {
            landing
        };
        self.op(0x61);
        self.code.extend_from_slice(&(target as u16).to_be_bytes());
        self.op(if conditional { 0x57 } else { 0x56 });
        // What is skipped only if the condition holds does nothing to the stack.
        let filler = if conditional { 0x5b } else { 0xfe };
        self.code
            .extend(std::iter::repeat_n(filler, skipped as usize));
        self.op(0x5b);
    }

    fn end(&mut self) {
        // Leaves what is on top of the stack in the output.
        while self.height > 0 && self.chance.below(4) > 0 {
            self.near(200);
            self.op(0x52);
            self.take(2);
        }
        match self.chance.below(10) {
            0 => self.op(0x00),
            1 => self.op(0xfe),
            2 => {
                self.near(300);
                self.near(100);
                self.op(0xfd);
            }
            3 => self.op(0x21),
            _ => {
                self.near(300);
                self.near(100);
                self.op(0xf3);
            }
        }
    }
}

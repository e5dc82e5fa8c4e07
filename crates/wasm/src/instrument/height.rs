//! How many elements of stack a function's frame counts for.
//!
//! The count is the network's: two for the frame, one for each *group* of locals (however many
//! locals the group declares), and the greatest height of the operand stack. Parameters count
//! with the caller, whose operands they are. The walk below is deliberately as approximate as
//! the original: it follows heights only, takes `else` to begin where `then` ended, and lets
//! code behind a branch pop more than there is.

use wasmparser::{BlockType, Operator};

use super::InstrumentError;
use super::layout::{Body, Layout};

const FRAME_ELEMENTS: u32 = 2;

const UNDERFLOW: InstrumentError = InstrumentError::Unmeterable("operands that are not there");
const OVERFLOW: InstrumentError = InstrumentError::Unmeterable("a frame beyond all bounds");

/// The elements that the `nth` defined function counts for.
pub(super) fn of_function(
    layout: &Layout<'_>,
    nth: usize,
    body: &Body<'_>,
) -> Result<u32, InstrumentError> {
    let results = layout.defined_type(nth)?.results().len() as u32;
    let mut walk = Walk {
        height: FRAME_ELEMENTS,
        scopes: Vec::new(),
    };
    walk.scopes.push(Scope {
        unreachable: false,
        end_arity: results,
        branch_arity: results,
        base: 0,
    });

    let mut height_max = 0;
    for op in &body.ops {
        if walk.height > height_max && !walk.scope(0)?.unreachable {
            height_max = walk.height;
        }
        walk.step(layout, op, results)?;
    }
    let local_groups = body.local_groups.len() as u32;
    local_groups.checked_add(height_max).ok_or(OVERFLOW)
}

struct Scope {
    /// The rest of the scope cannot be reached, so its operands need not be there.
    unreachable: bool,
    /// How many values remain after its end.
    end_arity: u32,
    /// How many values a branch to it takes along.
    branch_arity: u32,
    /// The height at which it began.
    base: u32,
}

struct Walk {
    height: u32,
    scopes: Vec<Scope>,
}

impl Walk {
    fn step(
        &mut self,
        layout: &Layout<'_>,
        op: &Operator<'_>,
        results: u32,
    ) -> Result<(), InstrumentError> {
        use Operator::*;
        match op {
            Block { blockty } => self.open(blockty, false),
            Loop { blockty } => self.open(blockty, true),
            If { blockty } => {
                self.pop(1)?;
                self.open(blockty, false)
            }
            Else => Ok(()),
            End => {
                let closed = self.scopes.pop().ok_or(UNDERFLOW)?;
                self.height = closed.base;
                self.push(closed.end_arity)
            }
            Unreachable => self.never_returns(),
            Br { relative_depth } => {
                self.pop(self.scope(*relative_depth)?.branch_arity)?;
                self.never_returns()
            }
            BrIf { relative_depth } => {
                let arity = self.scope(*relative_depth)?.branch_arity;
                self.pop(arity)?;
                self.pop(1)?;
                self.push(arity)
            }
            BrTable { targets } => {
                let arity = self.scope(targets.default())?.branch_arity;
                for target in targets.targets() {
                    if self.scope(target?)?.branch_arity != arity {
                        return Err(InstrumentError::Unmeterable(
                            "a branch table of mixed arity",
                        ));
                    }
                }
                self.pop(arity)?;
                self.never_returns()
            }
            Return => {
                self.pop(results)?;
                self.never_returns()
            }
            Call { function_index } => {
                let callee = layout.function_type(*function_index)?;
                self.pop(callee.params().len() as u32)?;
                self.push(callee.results().len() as u32)
            }
            CallIndirect { type_index, .. } => {
                let callee = layout.type_at(*type_index)?;
                self.pop(1)?;
                self.pop(callee.params().len() as u32)?;
                self.push(callee.results().len() as u32)
            }
            Select => {
                // Two values, then the condition: seen from below the base of an unreachable
                // scope, that is not the same as three at once.
                self.pop(2)?;
                self.pop(1)?;
                self.push(1)
            }
            _ => {
                let (pops, pushes) = effect(op)?;
                self.pop(pops)?;
                self.push(pushes)
            }
        }
    }

    fn scope(&self, relative_depth: u32) -> Result<&Scope, InstrumentError> {
        self.scopes
            .iter()
            .rev()
            .nth(relative_depth as usize)
            .ok_or(UNDERFLOW)
    }

    fn open(&mut self, blockty: &BlockType, is_loop: bool) -> Result<(), InstrumentError> {
        let end_arity = u32::from(*blockty != BlockType::Empty);
        let branch_arity = if is_loop { 0 } else { end_arity };
        self.scopes.push(Scope {
            unreachable: false,
            end_arity,
            branch_arity,
            base: self.height,
        });
        Ok(())
    }

    fn never_returns(&mut self) -> Result<(), InstrumentError> {
        self.scopes.last_mut().ok_or(UNDERFLOW)?.unreachable = true;
        Ok(())
    }

    fn push(&mut self, values: u32) -> Result<(), InstrumentError> {
        self.height = self.height.checked_add(values).ok_or(OVERFLOW)?;
        Ok(())
    }

    fn pop(&mut self, values: u32) -> Result<(), InstrumentError> {
        if values == 0 {
            return Ok(());
        }
        let scope = self.scope(0)?;
        if self.height == scope.base {
            return if scope.unreachable {
                Ok(())
            } else {
                Err(UNDERFLOW)
            };
        }
        self.height = self.height.checked_sub(values).ok_or(UNDERFLOW)?;
        Ok(())
    }
}

/// How many values an ordinary instruction takes and leaves.
fn effect(op: &Operator<'_>) -> Result<(u32, u32), InstrumentError> {
    use Operator::*;
    Ok(match op {
        Nop | ElemDrop { .. } | DataDrop { .. } => (0, 0),
        Drop | LocalSet { .. } | GlobalSet { .. } => (1, 0),
        LocalGet { .. }
        | GlobalGet { .. }
        | MemorySize { .. }
        | TableSize { .. }
        | I32Const { .. }
        | I64Const { .. }
        | F32Const { .. }
        | F64Const { .. } => (0, 1),
        LocalTee { .. } | MemoryGrow { .. } | TableGet { .. } => (1, 1),
        TableSet { .. } => (2, 0),
        TableGrow { .. } => (2, 1),
        MemoryInit { .. }
        | MemoryCopy { .. }
        | MemoryFill { .. }
        | TableInit { .. }
        | TableCopy { .. }
        | TableFill { .. } => (3, 0),

        I32Load { .. }
        | I64Load { .. }
        | F32Load { .. }
        | F64Load { .. }
        | I32Load8S { .. }
        | I32Load8U { .. }
        | I32Load16S { .. }
        | I32Load16U { .. }
        | I64Load8S { .. }
        | I64Load8U { .. }
        | I64Load16S { .. }
        | I64Load16U { .. }
        | I64Load32S { .. }
        | I64Load32U { .. } => (1, 1),
        I32Store { .. }
        | I64Store { .. }
        | F32Store { .. }
        | F64Store { .. }
        | I32Store8 { .. }
        | I32Store16 { .. }
        | I64Store8 { .. }
        | I64Store16 { .. }
        | I64Store32 { .. } => (2, 0),

        I32Eqz | I64Eqz | I32Clz | I32Ctz | I32Popcnt | I64Clz | I64Ctz | I64Popcnt | F32Abs
        | F32Neg | F32Ceil | F32Floor | F32Trunc | F32Nearest | F32Sqrt | F64Abs | F64Neg
        | F64Ceil | F64Floor | F64Trunc | F64Nearest | F64Sqrt | I32WrapI64 | I32TruncSatF32S
        | I32TruncSatF32U | I32TruncSatF64S | I32TruncSatF64U | I64TruncSatF32S
        | I64TruncSatF32U | I64TruncSatF64S | I64TruncSatF64U | I32TruncF32S | I32TruncF32U
        | I32TruncF64S | I32TruncF64U | I64TruncF32S | I64TruncF32U | I64TruncF64S
        | I64TruncF64U | I64ExtendI32U | I64ExtendI32S | F32ConvertI32S | F32ConvertI32U
        | F32ConvertI64S | F32ConvertI64U | F64ConvertI32S | F64ConvertI32U | F64ConvertI64S
        | F64ConvertI64U | F32DemoteF64 | F64PromoteF32 | I32ReinterpretF32 | I64ReinterpretF64
        | F32ReinterpretI32 | F64ReinterpretI64 | I32Extend8S | I32Extend16S | I64Extend8S
        | I64Extend16S | I64Extend32S => (1, 1),

        I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS | I32GeU
        | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS | I64GeU
        | F32Eq | F32Ne | F32Lt | F32Gt | F32Le | F32Ge | F64Eq | F64Ne | F64Lt | F64Gt | F64Le
        | F64Ge | I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS | I32RemU | I32And
        | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr | I64Add | I64Sub
        | I64Mul | I64DivS | I64DivU | I64RemS | I64RemU | I64And | I64Or | I64Xor | I64Shl
        | I64ShrS | I64ShrU | I64Rotl | I64Rotr | F32Add | F32Sub | F32Mul | F32Div | F32Min
        | F32Max | F32Copysign | F64Add | F64Sub | F64Mul | F64Div | F64Min | F64Max
        | F64Copysign => (2, 1),

        // References, above all. They may be in tables, but code may not make them.
        _ => {
            return Err(InstrumentError::Unmeterable(
                "an instruction of unknown effect",
            ));
        }
    })
}

//! Writes the instrumented module.
//!
//! No index of the module changes: globals and functions of our own come after all others.

use std::collections::BTreeMap;

use atoll_vm::price::WasmPrices;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementMode, ElementSection, ElementSegment, Elements,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, Instruction,
    RawSection, RefType, SectionId, ValType,
};
use wasmparser::Operator;

use super::InstrumentError;
use super::blocks::{self, UnitCharge};
use super::layout::{Body, Element, Layout, Placement};
use super::prices::{Cost, cost as cost_of};

/// Writes the module. `frames` holds what each defined function's frame counts for.
pub(super) fn module(
    layout: &Layout<'_>,
    frames: &[u32],
    prices: &WasmPrices,
    stack_elements_max: u32,
) -> Result<Vec<u8>, InstrumentError> {
    let mut plan = Plan {
        layout,
        frames,
        prices,
        stack_elements_max,
        limiter_cost: limiter_cost(prices)?,
        gas: layout.globals,
        height: layout.globals + 1,
        extent: layout.globals + 2,
        any_cramped: false,
        thunks: thunks(layout),
        keepers: BTreeMap::new(),
    };
    plan.find_cramped()?;

    let mut code = CodeSection::new();
    for (nth, body) in layout.bodies.iter().enumerate() {
        code.function(&plan.function(nth, body)?);
    }
    for callee in plan.thunks.keys() {
        code.function(&plan.thunk(*callee)?);
    }
    for callee in plan.keepers.keys() {
        code.function(&plan.keeper(*callee)?);
    }

    let mut module = wasm_encoder::Module::new();
    plan.kept(&mut module, SectionId::Type);
    plan.kept(&mut module, SectionId::Import);
    module.section(&plan.functions());
    plan.kept(&mut module, SectionId::Table);
    plan.kept(&mut module, SectionId::Memory);
    module.section(&plan.globals());
    module.section(&plan.exports());
    module.section(&plan.elements());
    plan.kept(&mut module, SectionId::DataCount);
    module.section(&code);
    plan.kept(&mut module, SectionId::Data);
    Ok(module.finish())
}

/// The functions that are entered from elsewhere than a direct call, each with the index of
/// the function that stands in for it there and keeps account of the stack.
fn thunks(layout: &Layout<'_>) -> BTreeMap<u32, u32> {
    let in_tables = layout
        .elements
        .iter()
        .flat_map(|element| element.functions.iter().copied());
    let entered = in_tables.chain(layout.entry_export).chain(layout.start);
    let defined = entered.filter(|function| *function >= layout.functions_imported);
    let mut thunks: BTreeMap<u32, u32> = defined.map(|function| (function, 0)).collect();
    for (place, index) in thunks.values_mut().zip(layout.functions.len() as u32..) {
        *place = index;
    }
    thunks
}

/// What the network's stack limiter costs around a call: it is metered like any other code,
/// and it counts on a global before the call, compares, and counts back after.
fn limiter_cost(prices: &WasmPrices) -> Result<u64, InstrumentError> {
    let global_index = 0;
    let get = Operator::GlobalGet { global_index };
    let set = Operator::GlobalSet { global_index };
    let literal = Operator::I32Const { value: 0 };
    let branch = Operator::If {
        blockty: wasmparser::BlockType::Empty,
    };
    let mut sum = 0_u64;
    for (op, times) in [
        (get, 3),
        (set, 2),
        (literal, 3),
        (Operator::I32Add, 1),
        (Operator::I32GtU, 1),
        (branch, 1),
        (Operator::I32Sub, 1),
    ] {
        sum = sum.saturating_add(fixed(prices, &op)?.saturating_mul(times));
    }
    Ok(sum)
}

fn fixed(prices: &WasmPrices, op: &Operator<'_>) -> Result<u64, InstrumentError> {
    match cost_of(prices, op)? {
        Cost::Fixed(cost) => Ok(cost),
        Cost::Linear { .. } => Err(InstrumentError::Unmeterable("a price by the unit")),
    }
}

struct Plan<'a> {
    layout: &'a Layout<'a>,
    frames: &'a [u32],
    prices: &'a WasmPrices,
    stack_elements_max: u32,
    limiter_cost: u64,
    /// The global that counts gas.
    gas: u32,
    /// The global that holds the height of the stack. Whoever is about to call sets it; what a
    /// callee leaves in it does not matter.
    height: u32,
    /// The global for an extent, only where a function is [cramped](Plan::is_cramped).
    extent: u32,
    any_cramped: bool,
    thunks: BTreeMap<u32, u32>,
    /// The functions that cramped ones call, each with the index of the function that calls it
    /// for them and leaves the height as it found it.
    keepers: BTreeMap<u32, u32>,
}

/// How many locals a function may have, its parameters included.
const LOCALS_MAX: u32 = 50_000;

/// The most that the instrumentation adds to them.
const LOCALS_ADDED: u32 = 3;

/// Where a function keeps what the instrumentation needs.
enum Scratch {
    /// In locals of its own. Equal ones may share an index.
    Locals { gas: u32, height: u32, extent: u32 },
    /// In globals: it has no room for locals. The height stays as it is while the function runs.
    Globals,
}

impl Plan<'_> {
    fn function(&self, nth: usize, body: &Body<'_>) -> Result<Function, InstrumentError> {
        let charges = blocks::charges(&body.ops, self.prices, |callee| match self.frame(callee) {
            Some(_) => self.limiter_cost,
            None => 0,
        })?;
        let calls = |op: &Operator<'_>| match op {
            Operator::Call { function_index } => self.frame(*function_index).is_some(),
            _ => false,
        };
        let has_calls = body.ops.iter().any(calls);

        let (mut function, scratch) =
            self.begin(nth, body, has_calls, !charges.units.is_empty())?;
        let keep = match scratch {
            Scratch::Locals { height, .. } if has_calls => Some(height),
            Scratch::Locals { .. } | Scratch::Globals => None,
        };
        self.check_height(&mut function, keep);

        let mut blocks = charges.blocks.iter().peekable();
        let mut units = charges.units.iter().peekable();
        // Instructions are copied in runs, from here on.
        let mut copied = body.offsets[0];
        for (index, op) in body.ops.iter().enumerate() {
            let block = blocks.next_if(|charge| charge.at == index);
            let unit = units.next_if(|charge| charge.at == index);
            let callee = match op {
                Operator::Call { function_index } => self.frame(*function_index),
                Operator::CallIndirect { .. } if has_calls => Some(0),
                _ => None,
            };
            if block.is_none() && unit.is_none() && callee.is_none() {
                continue;
            }
            let here = body.offsets[index];
            function.raw(self.layout.wasm[copied..here].iter().copied());
            copied = here;
            if let Some(charge) = block {
                self.charge_block(&mut function, &scratch, charge.cost);
            }
            if let Some(charge) = unit {
                self.charge_units(&mut function, &scratch, charge);
            }
            match (callee, op, &scratch) {
                (Some(elements), _, Scratch::Locals { height, .. }) => {
                    self.announce_height(&mut function, *height, elements);
                }
                (Some(_), Operator::Call { function_index }, Scratch::Globals) => {
                    function.instruction(&Instruction::Call(self.keepers[function_index]));
                    copied = body.offsets[index + 1];
                }
                _ => {}
            }
        }
        let end = body.offsets[body.ops.len()];
        function.raw(self.layout.wasm[copied..end].iter().copied());
        Ok(function)
    }

    /// What a call of this function counts for; nothing if it is imported.
    fn frame(&self, function: u32) -> Option<u32> {
        let nth = function.checked_sub(self.layout.functions_imported)?;
        self.frames.get(nth as usize).copied()
    }

    /// Has the function no room for more locals?
    fn is_cramped(&self, nth: usize, body: &Body<'_>) -> Result<bool, InstrumentError> {
        let params = self.layout.defined_type(nth)?.params().len() as u32;
        let declared = body.local_groups.iter().map(|(count, _)| *count);
        let locals = declared.fold(params, u32::saturating_add);
        Ok(locals > LOCALS_MAX - LOCALS_ADDED)
    }

    /// Looks for cramped functions, and numbers those that they call.
    fn find_cramped(&mut self) -> Result<(), InstrumentError> {
        for (nth, body) in self.layout.bodies.iter().enumerate() {
            if !self.is_cramped(nth, body)? {
                continue;
            }
            self.any_cramped = true;
            for op in &body.ops {
                if let Operator::Call { function_index } = op
                    && self.frame(*function_index).is_some()
                {
                    self.keepers.insert(*function_index, 0);
                }
            }
        }
        let first = self.layout.functions.len() + self.thunks.len();
        for (place, index) in self.keepers.values_mut().zip(first as u32..) {
            *place = index;
        }
        Ok(())
    }

    /// Declares a function's locals and our own.
    fn begin(
        &self,
        nth: usize,
        body: &Body<'_>,
        has_calls: bool,
        has_units: bool,
    ) -> Result<(Function, Scratch), InstrumentError> {
        let mut groups = Vec::with_capacity(body.local_groups.len() + 2);
        let mut locals = self.layout.defined_type(nth)?.params().len() as u32;
        for (count, ty) in &body.local_groups {
            let ty = ValType::try_from(*ty)
                .map_err(|_| InstrumentError::Unmeterable("a local of unknown type"))?;
            groups.push((*count, ty));
            locals += count;
        }
        if self.is_cramped(nth, body)? {
            // The network's own metering takes a local for an extent.
            if has_units && locals >= LOCALS_MAX {
                return Err(InstrumentError::Unmeterable("no room for one more local"));
            }
            return Ok((Function::new(groups), Scratch::Globals));
        }
        groups.push((1, ValType::I64));
        let numbers = u32::from(has_calls) + u32::from(has_units);
        groups.push((numbers, ValType::I32));
        let height = locals + 1;
        let scratch = Scratch::Locals {
            gas: locals,
            height,
            extent: height + u32::from(has_calls),
        };
        Ok((Function::new(groups), scratch))
    }

    /// Traps if the stack is now too high; keeps the height for later calls.
    fn check_height(&self, function: &mut Function, keep: Option<u32>) {
        function.instruction(&Instruction::GlobalGet(self.height));
        if let Some(local) = keep {
            function.instruction(&Instruction::LocalTee(local));
        }
        function.instruction(&Instruction::I32Const(
            self.stack_elements_max.cast_signed(),
        ));
        function.instruction(&Instruction::I32GtU);
        trap_if(function);
    }

    /// Says how high the stack will be in the function that is called next.
    fn announce_height(&self, function: &mut Function, height: u32, elements: u32) {
        function.instruction(&Instruction::LocalGet(height));
        if elements > 0 {
            function.instruction(&Instruction::I32Const(elements.cast_signed()));
            function.instruction(&Instruction::I32Add);
        }
        function.instruction(&Instruction::GlobalSet(self.height));
    }

    fn charge_block(&self, function: &mut Function, scratch: &Scratch, cost: u64) {
        function.instruction(&Instruction::GlobalGet(self.gas));
        function.instruction(&Instruction::I64Const(cost.cast_signed()));
        self.settle(function, scratch);
    }

    /// Charges for the extent on top of the stack. It is unsigned: -1 is a lot.
    fn charge_units(&self, function: &mut Function, scratch: &Scratch, charge: &UnitCharge) {
        let (set, get) = match *scratch {
            Scratch::Locals { extent, .. } => {
                (Instruction::LocalSet(extent), Instruction::LocalGet(extent))
            }
            Scratch::Globals => (
                Instruction::GlobalSet(self.extent),
                Instruction::GlobalGet(self.extent),
            ),
        };
        function.instruction(&set);
        function.instruction(&Instruction::GlobalGet(self.gas));
        function.instruction(&get);
        function.instruction(&Instruction::I64ExtendI32U);
        function.instruction(&Instruction::I64Const(charge.per_unit.into()));
        function.instruction(&Instruction::I64Mul);
        self.settle(function, scratch);
        function.instruction(&get);
    }

    /// Takes a cost off the counter, which lies below it on the stack. The counter is written
    /// before the trap: how far it went below zero is part of the outcome.
    fn settle(&self, function: &mut Function, scratch: &Scratch) {
        function.instruction(&Instruction::I64Sub);
        match *scratch {
            Scratch::Locals { gas, .. } => {
                function.instruction(&Instruction::LocalTee(gas));
                function.instruction(&Instruction::GlobalSet(self.gas));
                function.instruction(&Instruction::LocalGet(gas));
            }
            Scratch::Globals => {
                function.instruction(&Instruction::GlobalSet(self.gas));
                function.instruction(&Instruction::GlobalGet(self.gas));
            }
        }
        function.instruction(&Instruction::I64Const(0));
        function.instruction(&Instruction::I64LtS);
        trap_if(function);
    }

    /// A function that stands in for another one where it is entered from a table or by the
    /// host. It costs what the network's thunk costs and leaves the height as it found it.
    fn thunk(&self, callee: u32) -> Result<Function, InstrumentError> {
        let params = self.layout.function_type(callee)?.params().len() as u32;
        let local = Operator::LocalGet { local_index: 0 };
        let call = Operator::Call {
            function_index: callee,
        };
        let cost = (fixed(self.prices, &local)?.saturating_mul(params.into()))
            .saturating_add(fixed(self.prices, &call)?)
            .saturating_add(self.limiter_cost);

        let mut function = Function::new([(1, ValType::I64), (1, ValType::I32)]);
        let height = params + 1;
        let scratch = Scratch::Locals {
            gas: params,
            height,
            extent: height,
        };
        if cost > 0 {
            self.charge_block(&mut function, &scratch, cost);
        }
        self.call_keeping_height(&mut function, callee, params, height);
        Ok(function)
    }

    /// A function that calls another one for a cramped function. It costs nothing: the charge is
    /// where it always is, in the block of the call.
    fn keeper(&self, callee: u32) -> Result<Function, InstrumentError> {
        let params = self.layout.function_type(callee)?.params().len() as u32;
        let mut function = Function::new([(1, ValType::I32)]);
        self.call_keeping_height(&mut function, callee, params, params);
        Ok(function)
    }

    /// Hands all parameters on. `height` is the local in which the height is kept meanwhile.
    fn call_keeping_height(&self, function: &mut Function, callee: u32, params: u32, height: u32) {
        let elements = self.frame(callee).unwrap_or(0);
        function.instruction(&Instruction::GlobalGet(self.height));
        function.instruction(&Instruction::LocalSet(height));
        self.announce_height(function, height, elements);
        for param in 0..params {
            function.instruction(&Instruction::LocalGet(param));
        }
        function.instruction(&Instruction::Call(callee));
        self.announce_height(function, height, 0);
        function.instruction(&Instruction::End);
    }

    fn kept(&self, module: &mut wasm_encoder::Module, section: SectionId) {
        let id = section as u8;
        if let Some((_, data)) = self.layout.kept.iter().find(|(kept, _)| *kept == id) {
            module.section(&RawSection { id, data });
        }
    }

    fn functions(&self) -> FunctionSection {
        let layout = self.layout;
        let defined = &layout.functions[layout.functions_imported as usize..];
        let callees = self.thunks.keys().chain(self.keepers.keys());
        let ours = callees.map(|callee| &layout.functions[*callee as usize]);
        let mut section = FunctionSection::new();
        for ty in defined.iter().chain(ours) {
            section.function(*ty);
        }
        section
    }

    fn globals(&self) -> GlobalSection {
        let mut section = GlobalSection::new();
        for global in &self.layout.globals_defined {
            section.raw(global);
        }
        let variable = |val_type| GlobalType {
            val_type,
            mutable: true,
            shared: false,
        };
        section.global(variable(ValType::I64), &ConstExpr::i64_const(0));
        section.global(variable(ValType::I32), &ConstExpr::i32_const(0));
        if self.any_cramped {
            section.global(variable(ValType::I32), &ConstExpr::i32_const(0));
        }
        section
    }

    fn exports(&self) -> ExportSection {
        let layout = self.layout;
        let mut section = ExportSection::new();
        let functions = [
            (super::ENTRY_EXPORT, layout.entry_export),
            (super::START_EXPORT, layout.start),
        ];
        for (name, function) in functions {
            if let Some(function) = function {
                section.export(name, ExportKind::Func, self.stand_in(function));
            }
        }
        if let Some(memory) = layout.memory_export {
            section.export(super::MEMORY_EXPORT, ExportKind::Memory, memory);
        }
        if let Some(table) = layout.table_export {
            section.export(super::TABLE_EXPORT, ExportKind::Table, table);
        }
        section.export(super::GAS_EXPORT, ExportKind::Global, self.gas);
        section
    }

    fn elements(&self) -> ElementSection {
        let mut section = ElementSection::new();
        for element in &self.layout.elements {
            let functions: Vec<u32> = element
                .functions
                .iter()
                .map(|function| self.stand_in(*function))
                .collect();
            write_element(&mut section, element, &functions);
        }
        section
    }

    fn stand_in(&self, function: u32) -> u32 {
        self.thunks.get(&function).copied().unwrap_or(function)
    }
}

fn write_element(section: &mut ElementSection, element: &Element<'_>, functions: &[u32]) {
    let elements = if element.as_expressions {
        Elements::Expressions(RefType::FUNCREF, (&[]).into())
    } else {
        Elements::Functions(functions.into())
    };
    let offset;
    let mode = match &element.placement {
        Placement::Active {
            table,
            offset: bytes,
        } => {
            offset = ConstExpr::raw(bytes.iter().copied());
            ElementMode::Active {
                table: *table,
                offset: &offset,
            }
        }
        Placement::Passive => ElementMode::Passive,
        Placement::Declared => ElementMode::Declared,
    };
    section.segment(ElementSegment { mode, elements });
}

fn trap_if(function: &mut Function) {
    function.instruction(&Instruction::If(BlockType::Empty));
    function.instruction(&Instruction::Unreachable);
    function.instruction(&Instruction::End);
}

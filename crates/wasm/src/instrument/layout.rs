//! What the instrumentation needs to know of a module, read once.

use wasmparser::{
    ConstExpr, ElementItems, ElementKind, ExternalKind, FromReader, FuncType, Import, Operator,
    Parser, Payload, SectionLimited, TypeRef, ValType,
};

use super::InstrumentError;

/// A validated module, taken apart as far as it will be changed.
#[derive(Default)]
pub(super) struct Layout<'a> {
    /// The module's bytes.
    pub(super) wasm: &'a [u8],
    /// The sections that stay as they are, by section id.
    pub(super) kept: Vec<(u8, &'a [u8])>,
    pub(super) types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    pub(super) functions_imported: u32,
    /// How many globals there are, imported ones included.
    pub(super) globals: u32,
    /// The globals that are not imported, as they are written.
    pub(super) globals_defined: Vec<&'a [u8]>,
    pub(super) memory_export: Option<u32>,
    pub(super) table_export: Option<u32>,
    pub(super) entry_export: Option<u32>,
    pub(super) start: Option<u32>,
    pub(super) elements: Vec<Element<'a>>,
    /// Some even if the module defines no function.
    pub(super) has_code: bool,
    pub(super) bodies: Vec<Body<'a>>,
}

/// A segment of functions that a table is filled from.
pub(super) struct Element<'a> {
    pub(super) placement: Placement<'a>,
    pub(super) functions: Vec<u32>,
    /// The segment is written as expressions; then it is empty.
    pub(super) as_expressions: bool,
}

/// When and where a segment is copied.
pub(super) enum Placement<'a> {
    Active {
        table: Option<u32>,
        offset: &'a [u8],
    },
    Passive,
    Declared,
}

/// The body of a defined function.
pub(super) struct Body<'a> {
    pub(super) local_groups: Vec<(u32, ValType)>,
    pub(super) ops: Vec<Operator<'a>>,
    /// Where in the module each instruction begins; one more than there are instructions.
    pub(super) offsets: Vec<usize>,
}

impl Layout<'_> {
    pub(super) fn type_at(&self, index: u32) -> Result<&FuncType, InstrumentError> {
        self.types
            .get(index as usize)
            .ok_or(InstrumentError::Unmeterable("a missing type"))
    }

    pub(super) fn function_type(&self, function: u32) -> Result<&FuncType, InstrumentError> {
        match self.functions.get(function as usize) {
            Some(index) => self.type_at(*index),
            None => Err(InstrumentError::Unmeterable("a missing function")),
        }
    }

    /// The type of the `nth` function that is not imported.
    pub(super) fn defined_type(&self, nth: usize) -> Result<&FuncType, InstrumentError> {
        self.function_type(self.functions_imported + nth as u32)
    }
}

/// Takes a validated module apart.
pub(super) fn read(wasm: &[u8]) -> Result<Layout<'_>, InstrumentError> {
    let mut layout = Layout {
        wasm,
        ..Layout::default()
    };
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        keep(&mut layout, &payload);
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    layout.types.push(ty?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    read_import(&mut layout, &import?);
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    layout.functions.push(ty?);
                }
            }
            Payload::GlobalSection(globals) => {
                layout.globals += globals.count();
                layout.globals_defined = entries(wasm, globals)?;
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let place = match (export.name, export.kind) {
                        (super::MEMORY_EXPORT, ExternalKind::Memory) => &mut layout.memory_export,
                        (super::TABLE_EXPORT, ExternalKind::Table) => &mut layout.table_export,
                        (super::ENTRY_EXPORT, ExternalKind::Func) => &mut layout.entry_export,
                        _ => continue,
                    };
                    *place = Some(export.index);
                }
            }
            Payload::StartSection { func, .. } => layout.start = Some(func),
            Payload::ElementSection(segments) => {
                for segment in segments {
                    layout.elements.push(read_element(wasm, segment?)?);
                }
            }
            Payload::CodeSectionStart { .. } => layout.has_code = true,
            Payload::CodeSectionEntry(body) => layout.bodies.push(read_body(&body)?),
            _ => {}
        }
    }
    if !layout.has_code {
        return Err(InstrumentError::Unmeterable("a module without code"));
    }
    Ok(layout)
}

/// Remembers the sections that are copied unchanged.
fn keep<'a>(layout: &mut Layout<'a>, payload: &Payload<'a>) {
    let unchanged = matches!(
        payload,
        Payload::TypeSection(_)
            | Payload::ImportSection(_)
            | Payload::TableSection(_)
            | Payload::MemorySection(_)
            | Payload::DataCountSection { .. }
            | Payload::DataSection(_)
    );
    if let (true, Some((id, range))) = (unchanged, payload.as_section()) {
        layout.kept.push((id, &layout.wasm[range]));
    }
}

fn read_import(layout: &mut Layout<'_>, import: &Import<'_>) {
    match import.ty {
        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
            layout.functions.push(ty);
            layout.functions_imported += 1;
        }
        TypeRef::Global(_) => layout.globals += 1,
        TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Tag(_) => {}
    }
}

fn read_element<'a>(
    wasm: &'a [u8],
    segment: wasmparser::Element<'a>,
) -> Result<Element<'a>, InstrumentError> {
    let placement = match segment.kind {
        ElementKind::Active {
            table_index,
            offset_expr,
        } => Placement::Active {
            table: table_index,
            offset: expression(wasm, &offset_expr),
        },
        ElementKind::Passive => Placement::Passive,
        ElementKind::Declared => Placement::Declared,
    };
    let (functions, as_expressions) = match segment.items {
        ElementItems::Functions(functions) => (
            functions.into_iter().collect::<Result<Vec<u32>, _>>()?,
            false,
        ),
        ElementItems::Expressions(_, items) if items.count() == 0 => (Vec::new(), true),
        ElementItems::Expressions(..) => {
            return Err(InstrumentError::Unmeterable(
                "table elements written as expressions",
            ));
        }
    };
    Ok(Element {
        placement,
        functions,
        as_expressions,
    })
}

/// The bytes of a constant expression without its closing `end`.
fn expression<'a>(wasm: &'a [u8], expr: &ConstExpr<'a>) -> &'a [u8] {
    let range = expr.get_binary_reader().range();
    &wasm[range.start..range.end - 1]
}

fn read_body<'a>(body: &wasmparser::FunctionBody<'a>) -> Result<Body<'a>, InstrumentError> {
    let local_groups = body
        .get_locals_reader()?
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let mut reader = body.get_operators_reader()?;
    let (mut ops, mut offsets) = (Vec::new(), Vec::new());
    while !reader.eof() {
        offsets.push(reader.original_position());
        ops.push(reader.read()?);
    }
    offsets.push(reader.original_position());
    Ok(Body {
        local_groups,
        ops,
        offsets,
    })
}

/// The bytes of each entry of a section.
fn entries<'a, T: FromReader<'a>>(
    wasm: &'a [u8],
    section: SectionLimited<'a, T>,
) -> Result<Vec<&'a [u8]>, InstrumentError> {
    let end = section.range().end;
    let mut starts = Vec::new();
    for entry in section.into_iter_with_offsets() {
        starts.push(entry?.0);
    }
    let ends = starts.iter().skip(1).copied().chain([end]);
    Ok(starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &wasm[*start..end])
        .collect())
}

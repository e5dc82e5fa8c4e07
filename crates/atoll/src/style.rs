//! The few colours of the command line. The stream drops them where nobody would see them.

use anstyle::{AnsiColor, Style};

/// Something went as it should.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Something did not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something was left out.
pub const PALE: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub const BOLD: Style = Style::new().bold();
/// What may be read past.
pub const FAINT: Style = Style::new().dimmed();
/// A name to follow through the output.
pub const NAME: Style = AnsiColor::Cyan.on_default();

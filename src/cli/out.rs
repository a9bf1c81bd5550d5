//! Results to stdout, messages to stderr. A reader that goes away ends the program quietly.

use super::Failure;
use serde_json::Value;
use std::io::{self, BufWriter, ErrorKind, Write};

/// Writes a text and a line break to stdout.
pub fn print(text: &str) -> Result<(), Failure> {
    print_with(|out| writeln!(out, "{}", text.trim_end_matches('\n')))
}

/// Writes one JSON document to stdout.
pub fn print_json(value: &Value) -> Result<(), Failure> {
    print(&format!("{value:#}"))
}

/// Writes to stdout as it comes.
pub fn print_with(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, anstream::stdout().lock());
    fill(&mut out).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::said("output", format!("cannot write the output: {error}")),
    })
}

/// Writes a line to stderr; if nobody listens, nothing happens.
pub fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

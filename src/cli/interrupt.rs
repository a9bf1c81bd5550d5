//! Ctrl-C: the first asks for an orderly end, the second ends at once.

use super::out;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// Starts to listen, and gives the flag that is set by Ctrl-C.
pub fn watch() -> &'static AtomicBool {
    // Where no handler can be set, Ctrl-C ends the program as usual.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        out::say("stopping after the blocks that are under way; press Ctrl-C again to stop at once");
    });
    &STOP
}

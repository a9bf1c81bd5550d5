//! Memory that is given back to the system.
//!
//! The scratch of a pass over the paths is made for that pass. The allocator of glibc learns from the first large piece that it
//! gets back to keep all later ones for itself, so that a run would hold the scratch of its passes several times over.

/// Gives what was freed back to the system, where its allocator would keep it. Changes no answer; for the time between passes.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointer and frees nothing that is in use; any thread may call it at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

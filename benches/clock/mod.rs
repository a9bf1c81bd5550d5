//! CPU time in nanoseconds, of this thread and of the whole process: what a shared machine cannot spoil.

#![allow(dead_code, reason = "not every bench reads both clocks")]

/// `struct timespec` of 64-bit Unix systems.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

unsafe extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

#[cfg(target_os = "macos")]
const CLOCKS: [i32; 2] = [12, 16];
#[cfg(not(target_os = "macos"))]
const CLOCKS: [i32; 2] = [2, 3];

fn read(clock: i32) -> f64 {
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: `time` is a valid timespec that outlives the call; an unknown clock is refused by a return value.
    let refused = unsafe { clock_gettime(clock, &raw mut time) };
    assert_eq!(refused, 0, "this system has no clock of CPU time");
    time.seconds as f64 * 1e9 + time.nanoseconds as f64
}

/// CPU time of all threads so far.
pub fn process_cpu() -> f64 {
    read(CLOCKS[0])
}

/// CPU time of this thread so far.
pub fn thread_cpu() -> f64 {
    read(CLOCKS[1])
}

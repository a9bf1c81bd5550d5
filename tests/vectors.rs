//! The same bits on every vector unit: the built program on an emulated processor with SSE2 alone and on one with AVX2 and
//! fused multiply-add, against what it writes on this one (AVX-512, where it has that).
//!
//! Needs Linux on x86-64 and `qemu-x86_64` (Debian: `qemu-user`). Without them the test says SKIPPED; with REQUIRE_QEMU=1 an
//! absent emulator is a failure.
//! The emulated runs take about half a minute each on a free core when the program is built with `--release`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const EMULATOR: &str = "qemu-x86_64";

/// Processors and what they offer at most. No version of the emulator has AVX-512.
const PROCESSORS: [(&str, &str); 2] = [("core2duo-v1", "SSE2"), ("max", "AVX2 and fused multiply-add")];

/// Files of a run that must agree byte by byte.
const FILES: [&str; 3] = ["paths.parquet", "sample_paths.parquet", "report.json"];

/// Runs the scenario below `desk` and gives the run's directory.
fn run(desk: &Path, processor: Option<&str>) -> PathBuf {
    let program = env!("CARGO_BIN_EXE_hedgelab");
    let mut command = match processor {
        None => Command::new(program),
        Some(processor) => {
            let mut emulated = Command::new(EMULATOR);
            emulated.args(["-cpu", processor, program]);
            emulated
        }
    };
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/vectors.yaml");
    let out = desk.join(processor.unwrap_or("native"));
    let done = command
        // Tables of one processor would hide those of another.
        .env("HEDGELAB_CACHE", "off")
        .args(["run", "--no-report", "--quiet", "--no-progress", "--threads", "1", "--out"])
        .arg(&out)
        .arg(scenario)
        .output()
        .unwrap();
    assert!(done.status.success(), "{processor:?}: {}", String::from_utf8_lossy(&done.stderr));
    let runs = std::fs::read_dir(out.join("vectors")).unwrap();
    runs.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).expect("a run directory")
}

/// The summary without the run's name, which has the time of day in it.
fn summary(run: &Path) -> Value {
    let mut read: Value = serde_json::from_str(&std::fs::read_to_string(run.join("summary.json")).unwrap()).unwrap();
    read["run"].as_object_mut().unwrap().remove("id").expect("a run has a name");
    read
}

#[test]
fn every_vector_unit_gives_the_same_bits() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        println!("SKIPPED: the program is not one that {EMULATOR} runs");
        return;
    }
    if Command::new(EMULATOR).arg("--version").output().is_err() {
        assert!(std::env::var_os("REQUIRE_QEMU").is_none(), "{EMULATOR} is not there");
        println!("SKIPPED: {EMULATOR} is not there; install qemu-user, or set REQUIRE_QEMU=1 to make this a failure");
        return;
    }
    let desk = tempfile::tempdir().unwrap();
    let native = run(desk.path(), None);
    for (processor, offers) in PROCESSORS {
        let emulated = run(desk.path(), Some(processor));
        for file in FILES {
            let [here, there] = [&native, &emulated].map(|run| std::fs::read(run.join(file)).unwrap());
            assert!(here == there, "{file} differs on a processor with {offers}");
        }
        assert!(summary(&native) == summary(&emulated), "summary.json differs on a processor with {offers}");
    }
}

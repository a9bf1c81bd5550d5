//! Tells the manifest which compiler, target and commit made the program, and kept price tables which code made them.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What price tables are made by.
const TABLES: [&str; 5] = ["src/pricing", "src/matrix.rs", "src/lanes", "src/lanes.rs", "Cargo.lock"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let compiler = first_line(Command::new(compiler).arg("-V"));
    put("HEDGELAB_TABLES", Some(tables(compiler.as_deref().unwrap_or_default())));
    put("HEDGELAB_RUSTC", compiler);
    put("HEDGELAB_TARGET", env::var("TARGET").ok());
    // Only a repository of our own: a packed copy may lie inside someone else's.
    if Path::new(".git").exists() {
        println!("cargo::rerun-if-changed=.git/HEAD");
        println!("cargo::rerun-if-changed=.git/logs/HEAD");
        let head = ["rev-parse", "--short=12", "HEAD"];
        put("HEDGELAB_GIT_SHA", first_line(Command::new("git").args(head)));
    }
}

/// Digest of the code that makes price tables, and of its compiler.
fn tables(compiler: &str) -> String {
    let mut hash = DefaultHasher::new();
    hash.write(compiler.as_bytes());
    for place in TABLES.map(Path::new).into_iter().filter(|place| place.exists()) {
        println!("cargo::rerun-if-changed={}", place.display());
        let mut files = BTreeSet::new();
        collect(place, &mut files);
        for file in files {
            let bytes = fs::read(&file).unwrap_or_default();
            hash.write(file.to_string_lossy().as_bytes());
            hash.write_usize(bytes.len());
            hash.write(&bytes);
        }
    }
    format!("{:016x}", hash.finish())
}

/// All files under a place, in order.
fn collect(place: &Path, files: &mut BTreeSet<PathBuf>) {
    if place.is_file() {
        files.insert(place.to_path_buf());
    }
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        collect(&entry.path(), files);
    }
}

fn put(name: &str, value: Option<String>) {
    if let Some(value) = value {
        println!("cargo::rustc-env={name}={value}");
    }
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|o| o.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

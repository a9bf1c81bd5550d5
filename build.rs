//! Tells the manifest which compiler, target and commit made the program.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    put("HEDGELAB_RUSTC", first_line(Command::new(compiler).arg("-V")));
    put("HEDGELAB_TARGET", env::var("TARGET").ok());
    // Only a repository of our own: a packed copy may lie inside someone else's.
    if std::path::Path::new(".git").exists() {
        println!("cargo::rerun-if-changed=.git/HEAD");
        println!("cargo::rerun-if-changed=.git/logs/HEAD");
        let head = ["rev-parse", "--short=12", "HEAD"];
        put("HEDGELAB_GIT_SHA", first_line(Command::new("git").args(head)));
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

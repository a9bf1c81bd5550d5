//! The law of the house: a room imports only from lower floors, and rooms on one floor do not import each other.

#![allow(clippy::expect_used)]

use std::path::{Path, PathBuf};

/// Rooms from the ground up.
const FLOORS: [&[&str]; 8] = [
    &["lanes", "draws", "matrix", "memory", "units", "grid", "shelf", "named", "figure"],
    &["stats", "pricing", "market", "portfolio", "rules"],
    &["instruments"],
    &["metrics", "signals"],
    &["engine"],
    &["study"],
    &["scenario", "store"],
    &["report", "main", "cli"],
];

/// Neighbours that may meet: markets are made of formulas, the shelf of units, draws of lanes, named maps of nothing.
const ALLOWED: [(&str, &str); 3] = [("market", "pricing"), ("draws", "lanes"), ("cli", "report")];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn rooms_import_downwards_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let inside = path.strip_prefix(&root).expect("inside");
        let first = inside.components().next().expect("room").as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs").to_owned();
        if room == "lib" {
            continue;
        }
        let here = floor(&room).unwrap_or_else(|| panic!("{room} has no floor: add it to the house"));
        let text = std::fs::read_to_string(&path).expect("text");
        // The product's own code; tests may look anywhere.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        if path.to_string_lossy().contains("tests") {
            continue;
        }
        for (number, line) in code.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            assert!(
                !line.contains("super::super"),
                "{}:{}: super::super hides where it leads",
                inside.display(),
                number + 1
            );
            for start in ["crate::", "hedgelab::"] {
                for part in line.split(start).skip(1) {
                    let target: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let Some(there) = floor(&target) else { continue };
                    let meets = ALLOWED.contains(&(room.as_str(), target.as_str()));
                    if target != room && (there > here || there == here && !meets) {
                        wrong.push(format!(
                            "{}:{}: {room} (floor {here}) imports {target} (floor {there})",
                            inside.display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

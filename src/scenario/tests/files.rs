//! Errors of the text and its file.

use super::*;
use crate::scenario::read as read_file;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A folder of files made for these tests, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("hedgelab-scenario-{}-{test}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(path.join("folder.yaml")).unwrap();
        std::fs::write(path.join("plan.yaml"), GOOD).unwrap();
        std::fs::write(path.join("latin.yaml"), b"name: a\npaths: caf\xe9\n").unwrap();
        std::fs::write(path.join("long.yaml"), "#".repeat(3 << 20)).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The errors of a file in the folder, which is shown as `dir`.
fn file(name: &str) -> String {
    let folder = Folder::new(name);
    let errors = read_file::<Plan>(&folder.0.join(name), &[]).map(|_| ()).unwrap_err();
    errors.render(false).replace(&folder.0.display().to_string(), "dir")
}

#[test]
fn a_key_given_twice() {
    shows(
        broken("bps: 2", "bps: 2, bps: 3"),
        r#"
error[scenario]: the key "bps" is given twice
 --> plan.yaml:3:18
  |
3 | costs: { bps: 2, bps: 3 }
  |                  ^^^ the key "bps" is given twice
"#,
    );
}

#[test]
fn text_that_is_not_yaml() {
    shows(
        broken("{ bps: 2 }", "{ bps: 2"),
        r#"
error[scenario]: while parsing a flow mapping, did not find expected ',' or '}'
 --> plan.yaml:4:6
  |
4 | rules:
  |      ^ while parsing a flow mapping, did not find expected ',' or '}'
"#,
    );
}

#[test]
fn an_alias_without_anchor() {
    shows(
        broken("{ bps: 2 }", "*costs"),
        r#"
error[scenario]: this alias names no anchor
 --> plan.yaml:3:8
  |
3 | costs: *costs
  |        ^^^^^^ this alias names no anchor
"#,
    );
}

#[test]
fn a_second_document() {
    shows(
        errors(&format!("{GOOD}---\nname: b\n"), &[]),
        r#"
error[scenario]: a scenario is one document; here a second one begins
  --> plan.yaml:11:1
   |
11 | ---
   | ^^^ a scenario is one document; here a second one begins
"#,
    );
}

#[test]
fn an_empty_text() {
    shows(
        errors("# nothing yet\n", &[]),
        r#"
error[scenario]: plan.yaml is empty
"#,
    );
}

#[test]
fn a_text_that_is_no_map() {
    shows(
        errors("hello\n", &[]),
        r#"
error[scenario]: expected a map of keys, found the text "hello"
 --> plan.yaml:1:1
  |
1 | hello
  | ^^^^^ expected a map of keys, found the text "hello"
"#,
    );
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    shows(
        errors(&format!("\u{feff}{}", GOOD.replace("1e4", "x")), &[]),
        r#"
error[scenario]: `paths`: expected a whole number, found the text "x"
 --> plan.yaml:2:8
  |
2 | paths: x # many
  |        ^ expected a whole number, found the text "x"
"#,
    );
}

#[test]
fn too_deep() {
    shows(
        errors(&format!("name: {}{}", "[".repeat(70), "]".repeat(70)), &[]),
        r#"
error[scenario]: too large, with aliases written out: over 100000 values or 64 levels
 --> plan.yaml:1:70
  |
1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
  |                                  ^ too large, with aliases written out: over 100000 values or 64 levels
"#,
    );
}

#[test]
fn too_long() {
    shows(
        errors(&"#".repeat(3 << 20), &[]),
        r#"
error[scenario]: the text is 3.0 MiB long; a scenario is at most 1 MiB
"#,
    );
}

#[test]
fn a_missing_file_names_its_neighbour() {
    shows(
        file("plam.yaml"),
        r#"
error[scenario]: dir/plam.yaml does not exist
 |
 = help: did you mean "dir/plan.yaml"?
"#,
    );
}

#[test]
fn a_missing_file_without_neighbour() {
    shows(
        file("x.yaml"),
        r#"
error[scenario]: dir/x.yaml does not exist
"#,
    );
}

#[test]
fn a_folder() {
    shows(
        file("folder.yaml"),
        r#"
error[scenario]: dir/folder.yaml is a folder, not a scenario file
"#,
    );
}

#[test]
fn a_file_that_is_not_utf8() {
    shows(
        file("latin.yaml"),
        r#"
error[scenario]: dir/latin.yaml is not UTF-8 text
--> dir/latin.yaml:2:11
"#,
    );
}

#[test]
fn a_file_that_is_too_long() {
    shows(
        file("long.yaml"),
        r#"
error[scenario]: the text is 3.0 MiB long; a scenario is at most 1 MiB
"#,
    );
}

#[test]
fn a_file_reads() {
    let folder = Folder::new("good");
    assert_eq!(read_file::<Plan>(&folder.0.join("plan.yaml"), &[]).unwrap().value.name, "base");
    assert!(read_file::<Plan>(Path::new(""), &[]).is_err());
}

#[test]
fn a_billion_laughs_end_quickly() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        text += &format!("a{level}: &a{level} [{below}]\n");
    }
    let start = Instant::now();
    let shown = errors(&text, &[]);
    assert!(start.elapsed() < Duration::from_secs(2), "took {:?}", start.elapsed());
    assert!(shown.starts_with("error[scenario]: too large, with aliases written out"), "{shown}");
}

#[test]
fn merged_keys_are_read() {
    let text = "name: a\npaths: 1\nrules:\n  a: &a { signal: { vix: {} } }\n  b: { <<: *a, rows: [] }\n";
    let plan = read(&format!("{text}costs: {{ bps: 0 }}\n"), &[]).unwrap().value;
    assert_eq!(plan.rules["b"].signal.name(), "vix");
}

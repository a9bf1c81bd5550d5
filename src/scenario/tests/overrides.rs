//! Overrides: what they do, and their errors.

use super::*;
use crate::shelf::Refusal;
use serde_json::json;

#[test]
fn overrides_change_add_and_remove() {
    let plan = read(
        GOOD,
        &[
            "paths=1e5",
            "quick=true",
            "costs.floor=0.5",
            "rules.calm.rows.1.0=0.3",
            "+rules.calm.rows.2=[0.5, 0.5]",
            "~rules.calm.rows[0]",
            "+rules.new={ signal: { vix: {} } }",
            "~rules.hot",
        ],
    );
    let plan = plan.unwrap().value;
    let rows = &plan.rules["calm"].rows;
    assert_eq!((plan.paths.get(), plan.quick, plan.costs.floor.map(Fraction::get)), (100_000, true, Some(0.5)));
    assert_eq!((rows.len(), rows[0][0].get(), rows[1][0].get()), (2, 0.3, 0.5));
    assert_eq!(plan.rules.keys().collect::<Vec<_>>(), ["calm", "new"]);
}

#[test]
fn an_override_can_mend_the_file() {
    let plan = read(&GOOD.replace("name: base\n", ""), &["name=mended"]).unwrap().value;
    assert_eq!(plan.name, "mended");
}

#[test]
fn refusals_found_later_are_placed() {
    let reading = read(GOOD, &["paths=7"]).unwrap();
    let unknown = Refusal::new("signal.vix", "no index here").help("name one").within("calm");
    let few = Refusal::new("", "too few for the study");
    let found = vec![("rules".to_owned(), unknown), ("paths".to_owned(), few)];
    shows(
        reading.problems(found).render(false),
        r#"
error[scenario]: `rules.calm.signal.vix`: no index here
 --> plan.yaml:6:20
  |
6 |     signal: { vix: {} }
  |                    ^^ no index here
  |
  = help: name one

error[scenario]: `--set paths=7`: too few for the study
"#,
    );
}

#[test]
fn json_carries_the_first_and_all() {
    let problems = read(&GOOD.replace("bps: 2", "bps: -2"), &["paths=-1"]).map(|_| ()).unwrap_err();
    assert_eq!(
        problems.to_json(),
        json!({
            "code": "scenario",
            "message": "is -2, must be 0 or above",
            "file": "plan.yaml",
            "line": 3,
            "column": 15,
            "path": "costs.bps",
            "problems": [
                { "message": "is -2, must be 0 or above", "path": "costs.bps",
                  "line": 3, "column": 15, "help": null, "override": null },
                { "message": "is -1, must be 0 or above", "path": "paths",
                  "line": null, "column": null, "help": null, "override": "paths=-1" },
            ],
        })
    );
}

#[test]
fn an_unknown_key() {
    shows(
        errors(GOOD, &["costs.bsp=3"]),
        r#"
error[scenario]: `--set costs.bsp=3`: unknown key "bsp"
 |
 = help: did you mean "bps"? allowed keys: bps, floor
"#,
    );
}

#[test]
fn an_unknown_key_on_the_way() {
    shows(
        errors(GOOD, &["cots.bps=3"]),
        r#"
error[scenario]: `--set cots.bps=3`: `cots`: unknown key "cots"
 |
 = help: did you mean "costs"? allowed keys: name, paths, quick, costs, rules
"#,
    );
}

#[test]
fn a_name_that_is_not_there() {
    shows(
        errors(GOOD, &["rules.clam.rows=[]"]),
        r#"
error[scenario]: `--set rules.clam.rows=[]`: `rules.clam`: there is no "clam" to set
 |
 = help: did you mean "calm"? there are: calm, hot; `+` in front of the key adds one
"#,
    );
}

#[test]
fn a_value_out_of_range() {
    shows(
        errors(GOOD, &["costs.bps=-1"]),
        r#"
error[scenario]: `--set costs.bps=-1`: is -1, must be 0 or above
"#,
    );
}

#[test]
fn values_out_of_range_below() {
    shows(
        errors(GOOD, &["costs={ bps: -1, floor: 3 }"]),
        r#"
error[scenario]: `--set costs={ bps: -1, floor: 3 }`: `costs.bps`: is -1, must be 0 or above

error[scenario]: `--set costs={ bps: -1, floor: 3 }`: `costs.floor`: is 3, must be from 0 to 1
"#,
    );
}

#[test]
fn a_wrong_type() {
    shows(
        errors(GOOD, &["costs.bps=cheap"]),
        r#"
error[scenario]: `--set costs.bps=cheap`: expected a number, found the text "cheap"
"#,
    );
}

#[test]
fn a_list_item_that_is_not_there() {
    shows(
        errors(GOOD, &["rules.calm.rows.2=[]"]),
        r#"
error[scenario]: `--set rules.calm.rows.2=[]`: "2" is not in the list, which has items 0 to 1
"#,
    );
}

#[test]
fn a_second_kind() {
    shows(
        errors(GOOD, &["rules.calm.signal.realized={ window: 3 }"]),
        r#"
error[scenario]: `rules.calm.signal`: give exactly one of vix, realized; found vix, realized
 --> plan.yaml:6:13
  |
6 |     signal: { vix: {} }
  |             ^^^^^^^^^^^ give exactly one of vix, realized; found vix, realized
  |
  = help: `--set rules.calm.signal.realized={ window: 3 }` changes something in it
"#,
    );
}

#[test]
fn removing_what_is_required() {
    shows(
        errors(GOOD, &["~name"]),
        r#"
error[scenario]: `--set ~name`: required, but missing
"#,
    );
}

#[test]
fn removing_what_is_not_there() {
    shows(
        errors(GOOD, &["~nam"]),
        r#"
error[scenario]: `--set ~nam`: there is no "nam" to remove
 |
 = help: did you mean "name"? there are: name, paths, costs, rules
"#,
    );
}

#[test]
fn adding_what_is_there() {
    shows(
        errors(GOOD, &["+name=x"]),
        r#"
error[scenario]: `--set +name=x`: is there already
 |
 = help: `key=VALUE` changes it
"#,
    );
}

#[test]
fn below_a_single_value() {
    shows(
        errors(GOOD, &["paths.x=1"]),
        r#"
error[scenario]: `--set paths.x=1`: there is nothing below the single value before "x"
"#,
    );
}

#[test]
fn all_that_cannot_be_read() {
    shows(
        errors(GOOD, &["name", "a..b=1", "~a=1", "name=", "costs={ a: "]),
        r#"
error[scenario]: `--set name`: expected `key=VALUE`, `+key=VALUE` or `~key`

error[scenario]: `--set a..b=1`: the key is empty or has an empty part

error[scenario]: `--set ~a=1`: a key is removed with `~key`, without `=`

error[scenario]: `--set name=`: the value is empty; `null` and `""` are written out

error[scenario]: `--set costs={ a: `: unclosed bracket '{'
"#,
    );
}

#[test]
fn an_error_elsewhere_keeps_its_place() {
    shows(
        errors(&GOOD.replace("bps: 2", "bps: -2"), &["paths=5"]),
        r#"
error[scenario]: `costs.bps`: is -2, must be 0 or above
 --> plan.yaml:3:15
  |
3 | costs: { bps: -2 }
  |               ^^ is -2, must be 0 or above
"#,
    );
}

//! Errors of type and range.

use super::*;

#[test]
fn a_wrong_type() {
    shows(
        broken("1e4", "many"),
        r#"
error[scenario]: `paths`: expected a whole number, found the text "many"
 --> plan.yaml:2:8
  |
2 | paths: many # many
  |        ^^^^ expected a whole number, found the text "many"
"#,
    );
}

#[test]
fn a_count_that_is_not_whole() {
    shows(
        broken("1e4", "1.5"),
        r#"
error[scenario]: `paths`: is 1.5, must be a whole number
 --> plan.yaml:2:8
  |
2 | paths: 1.5 # many
  |        ^^^ is 1.5, must be a whole number
"#,
    );
}

#[test]
fn a_boolean_is_true_or_false() {
    shows(
        broken("name: base", "name: base\nquick: yes"),
        r#"
error[scenario]: `quick`: expected true or false, found the text "yes"
 --> plan.yaml:2:8
  |
2 | quick: yes
  |        ^^^ expected true or false, found the text "yes"
"#,
    );
}

#[test]
fn a_number_is_no_text() {
    shows(
        broken("name: base", "name: 2024"),
        r#"
error[scenario]: `name`: expected a text, found the number 2024
 --> plan.yaml:1:7
  |
1 | name: 2024
  |       ^^^^ expected a text, found the number 2024
  |
  = help: quotes make it a text
"#,
    );
}

#[test]
fn an_unknown_key_has_a_suggestion() {
    shows(
        broken("bps: 2", "bsp: 2"),
        r#"
error[scenario]: `costs.bsp`: unknown key "bsp"
 --> plan.yaml:3:10
  |
3 | costs: { bsp: 2 }
  |          ^^^ unknown key "bsp"
  |
  = help: did you mean "bps"? allowed keys: bps, floor
"#,
    );
}

#[test]
fn a_missing_key() {
    shows(
        broken("bps: 2", "floor: 0.5"),
        r#"
error[scenario]: `costs.bps`: required, but missing
 --> plan.yaml:3:8
  |
3 | costs: { floor: 0.5 }
  |        ^^^^^^^^^^^^^^ required, but missing
"#,
    );
}

#[test]
fn a_missing_key_at_the_top() {
    shows(
        broken("name: base\n", ""),
        r#"
error[scenario]: `name`: required, but missing
--> plan.yaml:1:1
"#,
    );
}

#[test]
fn two_values_at_once() {
    shows(
        errors(&GOOD.replace("1e4", "-3").replace("0.8", "1.8"), &[]),
        r#"
error[scenario]: `paths`: is -3, must be 0 or above
 --> plan.yaml:2:8
  |
2 | paths: -3 # many
  |        ^^ is -3, must be 0 or above

error[scenario]: `rules.calm.rows[1][1]`: is 1.8, must be from 0 to 1
 --> plan.yaml:9:15
  |
9 |       - [0.2, 1.8] # second
  |               ^^^ is 1.8, must be from 0 to 1
"#,
    );
}

#[test]
fn nan_is_refused_at_once() {
    shows(
        broken("bps: 2", "bps: .nan"),
        r#"
error[scenario]: `costs.bps`: is NaN, must be a finite number
 --> plan.yaml:3:15
  |
3 | costs: { bps: .nan }
  |               ^^^^ is NaN, must be a finite number
"#,
    );
}

#[test]
fn a_nested_element() {
    shows(
        broken("[0.2, 0.8]", "[0.2, x]"),
        r#"
error[scenario]: `rules.calm.rows[1][1]`: expected a number, found the text "x"
 --> plan.yaml:9:15
  |
9 |       - [0.2, x] # second
  |               ^ expected a number, found the text "x"
"#,
    );
}

#[test]
fn a_row_that_is_no_list() {
    shows(
        broken("[0.2, 0.8]", "0.2"),
        r#"
error[scenario]: `rules.calm.rows[1]`: expected a list, found the number 0.2
 --> plan.yaml:9:9
  |
9 |       - 0.2 # second
  |         ^^^ expected a list, found the number 0.2
"#,
    );
}

#[test]
fn none_of_exactly_one() {
    shows(
        broken("{ vix: {} }", "{}"),
        r#"
error[scenario]: `rules.calm.signal`: give exactly one of vix, realized; found none
 --> plan.yaml:6:13
  |
6 |     signal: {}
  |             ^^ give exactly one of vix, realized; found none
"#,
    );
}

#[test]
fn two_of_exactly_one() {
    shows(
        broken("{ vix: {} }", "{ vix: {}, realized: { window: 5 } }"),
        r#"
error[scenario]: `rules.calm.signal`: give exactly one of vix, realized; found vix, realized
 --> plan.yaml:6:13
  |
6 |     signal: { vix: {}, realized: { window: 5 } }
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ give exactly one of vix, realized; found vix, realized
"#,
    );
}

#[test]
fn a_kind_without_a_value() {
    shows(
        broken("{ vix: {} }", "{ vix: }"),
        r#"
error[scenario]: `rules.calm.signal.vix`: expected a map of keys, found nothing
 --> plan.yaml:6:15
  |
6 |     signal: { vix: }
  |               ^^^ expected a map of keys, found nothing
  |
  = help: `{}` is a map with no keys
"#,
    );
}

#[test]
fn an_unknown_kind() {
    shows(
        broken("{ vix: {} }", "{ vixx: {} }"),
        r#"
error[scenario]: `rules.calm.signal.vixx`: unknown key "vixx"
 --> plan.yaml:6:15
  |
6 |     signal: { vixx: {} }
  |               ^^^^ unknown key "vixx"
  |
  = help: did you mean "vix"? allowed keys: vix, realized
"#,
    );
}

#[test]
fn a_tuned_value_out_of_range() {
    shows(
        broken("[20, 60]", "[20, -60]"),
        r#"
error[scenario]: `rules.hot.signal.realized.window.tune[1]`: is -60, must be above 0
  --> plan.yaml:10:53
   |
10 |   hot: { signal: { realized: { window: { tune: [20, -60] } } } }
   |                                                     ^^^ is -60, must be above 0
"#,
    );
}

#[test]
fn a_tuned_value_of_none() {
    shows(
        broken("[20, 60]", "[]"),
        r#"
error[scenario]: `rules.hot.signal.realized.window`: `tune` needs at least one value
  --> plan.yaml:10:40
   |
10 |   hot: { signal: { realized: { window: { tune: [] } } } }
   |                                        ^^^^^^^^^^^^ `tune` needs at least one value
"#,
    );
}

#[test]
fn a_value_through_an_alias() {
    shows(
        errors("name: a\npaths: &p -1\ncosts: { bps: *p }\n", &[]),
        r#"
error[scenario]: `paths`: is -1, must be 0 or above
 --> plan.yaml:2:11
  |
2 | paths: &p -1
  |           ^^ is -1, must be 0 or above

error[scenario]: `costs.bps`: is -1, must be 0 or above
 --> plan.yaml:3:15
  |
3 | costs: { bps: *p }
  |               ^^ is -1, must be 0 or above
"#,
    );
}

#[test]
fn a_value_over_two_lines() {
    shows(
        broken("{ bps: 2 }", "[1,\n  2]"),
        r#"
error[scenario]: `costs`: expected a map of keys, found a list
 --> plan.yaml:3:8
  |
3 | costs: [1,
  |        ^^^ expected a map of keys, found a list
"#,
    );
}

/// A type that contains itself, as `any: [ … ]` of triggers does.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Nest {
    #[garde(dive)]
    #[serde(default)]
    any: Vec<Nest>,
}

#[test]
fn a_type_that_contains_itself_reads_to_the_deepest_level() {
    let text = format!("{}{{}}{}", "{ any: [".repeat(31), "] }".repeat(31));
    assert!(super::read_text::<Nest>("nest.yaml", &text, &[]).is_ok());
    let deeper = format!("{{ any: [{text}] }}");
    assert!(super::read_text::<Nest>("nest.yaml", &deeper, &[]).is_err());
}

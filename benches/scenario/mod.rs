//! The shipped scenarios, as the benches see them.

use hedgelab::scenario::load;
use hedgelab::scenario::resolve::Plan;
use std::path::PathBuf;

/// A shipped scenario with so many paths.
pub fn plan(name: &str, paths: u64) -> Plan {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.yaml"));
    load(&file, &[format!("paths={paths}")]).unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan
}

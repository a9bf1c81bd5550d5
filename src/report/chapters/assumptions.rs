//! What was assumed, and the command that makes the run again.

use super::{Material, section as put};
use crate::report::book::{Part, Section};

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let code = |title: &str, text: &str, folded| Part::Code { title: title.to_owned(), text: text.to_owned(), folded };
    put("assumptions", "Assumptions, and how to make this again", vec![
        code("The command", material.command, false),
        code("The scenario as it was read, defaults and changes included", material.resolved, true),
        Part::Text(
            "The same scenario, seed and version give the same numbers for any number of threads. The numbers of rules, twins \
             and studies stand in summary.json with error, interval and method, all data of the figures in report.json, every \
             path in paths.parquet."
                .to_owned(),
        ),
    ])
}

//! Findings as a Markdown document: the same tables as in a terminal, and the command that makes it again.

use super::tables::sheets;
use super::terminal::{closing, size};
use crate::scenario::resolve::Plan;
use crate::study::evaluate::Findings;
use std::fmt::Write;

/// The documents of several runs as one; `command` makes it.
pub fn together(title: &str, documents: &[String], command: &str) -> String {
    format!("# {title}\n\n```sh\n{command}\n```\n\n{}", documents.join("\n"))
}

/// The document; `command` makes it, unless it is part of a larger one.
pub fn document(plan: &Plan, findings: &Findings, command: Option<&str>) -> String {
    let mut text = format!("# {}\n", plan.name);
    if let Some(question) = &plan.question {
        let _ = writeln!(text, "\n{question}");
    }
    if let Some(command) = command {
        let _ = writeln!(text, "\n```sh\n{command}\n```");
    }
    let _ = writeln!(text, "\nhedgelab {}: {}.", env!("CARGO_PKG_VERSION"), size(plan, findings).replace('\n', "; "));
    let _ = writeln!(text, "\n**{}**", closing(plan, findings));
    for mut sheet in sheets(plan, findings) {
        if sheet.title.is_empty() {
            "Rules".clone_into(&mut sheet.title);
        }
        text.push_str(&sheet.markdown());
    }
    text.push_str(&super::answers::markdown(&findings.answers));
    let review = super::review::text(plan, findings);
    if !review.is_empty() {
        let _ = writeln!(text, "\n## Reviews and red flags\n\n```text\n{}\n```", review.trim());
    }
    if !findings.caveats.is_empty() {
        text.push_str("\n## Notes\n\n");
        for caveat in &findings.caveats {
            let _ = writeln!(text, "- {}", caveat.text);
        }
    }
    text
}

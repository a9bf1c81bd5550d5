//! How a verb ends: its exit code, and what is said when it fails.

use super::out;
use hedgelab::scenario::Problems;
use hedgelab::store::StoreError;
use serde_json::{Value, json};
use std::process::ExitCode;

/// How a verb that did its work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// All is well.
    Fine,
    /// A check that was asked for failed.
    Failed,
    /// Stopped by the user; what was finished is kept.
    Interrupted,
}

/// Why a verb could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The scenario is wrong.
    Scenario(Box<Problems>),
    /// Anything else: a word for programs, a sentence, a cure.
    Said {
        /// `usage`, `store`, `table`, `seal`, `run` or `output`.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// The cure, if one is known.
        help: Option<String>,
    },
    /// Whoever read the output has closed it; there is nobody to tell.
    Closed,
}

impl Failure {
    /// Words on the command line that do not fit.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::said("usage", message)
    }

    /// Any other sentence.
    pub fn said(code: &'static str, message: impl Into<String>) -> Self {
        Self::Said { code, message: message.into(), help: None }
    }

    /// Adds the cure.
    #[must_use]
    pub fn help(mut self, cure: impl Into<String>) -> Self {
        if let Self::Said { help, .. } = &mut self {
            *help = Some(cure.into());
        }
        self
    }

    /// The JSON document of a failure.
    pub fn document(&self, schema: &str) -> Value {
        let error = match self {
            Self::Scenario(problems) => problems.to_json(),
            Self::Said { code, message, help } => json!({ "code": code, "message": message, "help": help }),
            Self::Closed => Value::Null,
        };
        json!({ "schema": schema, "ok": false, "error": error })
    }

    /// The text for a terminal.
    pub fn text(&self) -> String {
        let (red, cyan, plain) = ("\u{1b}[1;31m", "\u{1b}[1;36m", "\u{1b}[0m");
        match self {
            Self::Scenario(problems) => problems.render(true),
            Self::Said { message, help, .. } => {
                let help = help.as_ref().map(|help| format!("\n{cyan}help{plain}: {help}"));
                format!("{red}error{plain}: {message}{}", help.unwrap_or_default())
            }
            Self::Closed => String::new(),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Scenario(Box::new(problems))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::said("store", error.to_string())
    }
}

/// Says what there is to say and gives the exit code.
pub fn finish(done: Result<Done, Failure>, schema: &str, json: bool) -> ExitCode {
    match done {
        Ok(Done::Fine) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Ok(Done::Failed) => ExitCode::from(1),
        Ok(Done::Interrupted) => ExitCode::from(130),
        Err(failure) => {
            out::say(&failure.text());
            if json {
                let _ = out::print_json(&failure.document(schema));
            }
            ExitCode::from(2)
        }
    }
}

//! The command line of hedgelab: parse, one match, verbs.

mod cli;

use cli::{Done, Failure, Verb};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match cli::parse() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let (schema, json) = args.verb.document();
    let done: Result<Done, Failure> = match args.verb {
        Verb::Run(verb) => cli::run::run(&verb),
        Verb::Sweep(verb) => cli::sweep::sweep(&verb),
        Verb::Check(verb) => cli::check::check(&verb),
        Verb::Path(verb) => cli::path::path(&verb),
        Verb::Compare(verb) => cli::compare::compare(&verb),
        Verb::Price(verb) => cli::price::price(&verb),
        Verb::Overfit(verb) => cli::overfit::overfit(&verb),
        Verb::Report(verb) => cli::report::report(&verb),
        Verb::Schema(verb) => cli::schema::schema(&verb),
        Verb::Ls(verb) => cli::ls::ls(&verb),
        Verb::Completions(verb) => cli::completions::completions(&verb),
    };
    cli::finish(done, schema, json)
}

//! `completions`: a completion script for a shell.

use super::{Done, Failure, out};
use clap_complete::{Shell, generate};

const EXAMPLES: &str = "\
Examples:
  hedgelab completions bash > ~/.local/share/bash-completion/completions/hedgelab
  hedgelab completions zsh  > ~/.zfunc/_hedgelab
  hedgelab completions fish > ~/.config/fish/completions/hedgelab.fish";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// The shell
    shell: Shell,
}

/// Does it.
pub fn completions(verb: &Verb) -> Result<Done, Failure> {
    let mut script = Vec::new();
    generate(verb.shell, &mut super::command(), "hedgelab", &mut script);
    out::print_with(|out| out.write_all(&script)).map(|()| Done::Fine)
}

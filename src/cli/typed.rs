//! Commands as they are typed in a shell.

use hedgelab::report::layout::quoted;

/// The command that was given.
pub fn command() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    typed(std::iter::once("hedgelab".to_owned()).chain(words))
}

/// Words as one line that a shell reads as the same words.
pub fn typed(words: impl Iterator<Item = String>) -> String {
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        let words = ["hedgelab", "sweep", "--vary", "a=range(0,1,1)", "it's", ""].map(str::to_owned);
        assert_eq!(typed(words.into_iter()), "hedgelab sweep --vary 'a=range(0,1,1)' 'it'\\''s' ''");
    }
}

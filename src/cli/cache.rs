//! Where price tables are kept between runs, and whether.

use super::out;
use hedgelab::engine::Experiment;
use hedgelab::store::Cache;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Once};

/// Names the folder of what is kept between runs; `off` keeps nothing.
const VARIABLE: &str = "HEDGELAB_CACHE";

/// A folder that cannot be made is told once.
static TOLD: Once = Once::new();

/// Whether price tables are kept.
#[derive(Debug, clap::Args)]
pub struct Keeping {
    /// Read no price tables of earlier runs and keep none for later ones; they lie in $HEDGELAB_CACHE
    /// (`off`: nowhere), $XDG_CACHE_HOME/hedgelab or ~/.cache/hedgelab
    #[arg(long)]
    no_cache: bool,
}

impl Keeping {
    /// Has the price tables of an experiment read and kept, where that is wanted.
    pub fn apply(&self, experiment: &mut Experiment) {
        let folder = folder(env::var_os(VARIABLE), env::var_os("XDG_CACHE_HOME"), env::home_dir());
        if let Some(folder) = folder.filter(|_| !self.no_cache) {
            let tables = folder.join("tables");
            if let Err(error) = fs::create_dir_all(&tables) {
                TOLD.call_once(|| {
                    out::say(&format!(
                        "note: no price tables are kept: {}: {error} ({VARIABLE} names a folder)",
                        tables.display()
                    ));
                });
            }
            let cache = Cache::new(&tables);
            experiment.prices = Arc::new(experiment.prices.kept_in(Arc::new(cache)));
        }
    }
}

/// The folder of what is kept; a variable that is empty is not set, and folders of the system are absolute.
fn folder(own: Option<OsString>, system: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(own) = own.filter(|own| !own.is_empty()) {
        return Some(PathBuf::from(own)).filter(|own| own.as_os_str() != "off");
    }
    let system = system.map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = || Some(home.filter(|home| home.is_absolute())?.join(".cache"));
    Some(system.or_else(home)?.join("hedgelab"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_variable_goes_first_and_relative_folders_of_the_system_do_not_count() {
        let at = |own: Option<&str>, system: Option<&str>, home: Option<&str>| {
            let found = folder(own.map(Into::into), system.map(Into::into), home.map(Into::into));
            found.map(|path| path.to_string_lossy().into_owned())
        };
        assert_eq!(at(Some("here"), Some("/x"), Some("/h")).as_deref(), Some("here"));
        assert_eq!(at(Some("off"), Some("/x"), Some("/h")), None);
        assert_eq!(at(Some(""), Some("/x"), Some("/h")).as_deref(), Some("/x/hedgelab"));
        assert_eq!(at(None, Some("x"), Some("/h")).as_deref(), Some("/h/.cache/hedgelab"));
        assert_eq!(at(None, Some(""), Some("/h")).as_deref(), Some("/h/.cache/hedgelab"));
        assert_eq!(at(None, None, Some("")), None);
        assert_eq!(at(None, None, None), None);
    }
}

//! How far a run is, on stderr: a bar on a terminal, a plain line every ten seconds elsewhere.

use super::out;
use hedgelab::engine::Observer;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Seconds between plain lines.
const EVERY: u64 = 10;

/// What is shown.
enum Show {
    Nothing,
    Bar,
    Lines,
}

/// Progress of a run.
pub struct Progress {
    show: Show,
    bar: ProgressBar,
    paths: u64,
    done: AtomicU64,
    start: Instant,
    next: AtomicU64,
}

impl Progress {
    /// Progress of a run of so many paths; nothing is shown where `hidden`.
    pub fn new(paths: u64, hidden: bool) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let show = match (hidden, target.is_hidden()) {
            (true, _) => Show::Nothing,
            (false, true) => Show::Lines,
            (false, false) => Show::Bar,
        };
        let bar = match show {
            Show::Bar => ProgressBar::with_draw_target(Some(paths), target).with_style(style()),
            _ => ProgressBar::hidden(),
        };
        Self { show, bar, paths, done: AtomicU64::new(0), start: Instant::now(), next: AtomicU64::new(EVERY) }
    }

    /// Takes the bar away, before results are printed.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Paths that are to be done: a study that simulates the paths once more lengthens the way.
    fn total(&self, done: u64) -> u64 {
        done.div_ceil(self.paths.max(1)).max(1) * self.paths
    }

    fn line(&self, done: u64) {
        let seconds = self.start.elapsed().as_secs();
        let due = self.next.load(Ordering::Relaxed);
        let mine = seconds >= due
            && self.next.compare_exchange(due, seconds + EVERY, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine {
            let rate = rate(done as f64 / self.start.elapsed().as_secs_f64());
            out::say(&format!("simulate  {}/{} paths  {rate} paths/s", HumanCount(done), HumanCount(self.total(done))));
        }
    }
}

impl Observer for Progress {
    fn advanced(&self, paths: u64) {
        let done = self.done.fetch_add(paths, Ordering::Relaxed) + paths;
        match self.show {
            Show::Nothing => {}
            Show::Lines => self.line(done),
            Show::Bar => {
                let total = self.total(done);
                if self.bar.length() != Some(total) {
                    self.bar.set_length(total);
                }
                self.bar.inc(paths);
            }
        }
    }
}

fn style() -> ProgressStyle {
    let template = "simulate  {bar:20}  {done}  {rate}  eta {left}";
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("##-")
        .with_key("done", |state: &ProgressState, to: &mut dyn Write| {
            let _ = write!(to, "{}/{} paths", HumanCount(state.pos()), HumanCount(state.len().unwrap_or(0)));
        })
        .with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
            let _ = write!(to, "{} paths/s", rate(state.per_sec()));
        })
        .with_key("left", |state: &ProgressState, to: &mut dyn Write| {
            let _ = write!(to, "{}", short(state.eta()));
        })
}

/// `950`, `8.3k`, `1.2M`.
fn rate(per_second: f64) -> String {
    match per_second {
        x if x >= 1e6 => format!("{:.1}M", x / 1e6),
        x if x >= 1e3 => format!("{:.1}k", x / 1e3),
        x => format!("{x:.0}"),
    }
}

/// `9s`, `2m 05s`, `1h 03m`.
fn short(time: Duration) -> String {
    match time.as_secs() {
        s if s >= 3_600 => format!("{}h {:02}m", s / 3_600, s / 60 % 60),
        s if s >= 60 => format!("{}m {:02}s", s / 60, s % 60),
        s => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([950.4, 8_312.0, 1.23e6].map(rate), ["950", "8.3k", "1.2M"]);
        assert_eq!([9, 125, 3_800].map(|s| short(Duration::from_secs(s))), ["9s", "2m 05s", "1h 03m"]);
    }

    #[test]
    fn another_pass_lengthens_the_way() {
        let progress = Progress::new(1_000, true);
        assert_eq!([8, 1_000, 1_008].map(|done| progress.total(done)), [1_000, 1_000, 2_000]);
        assert_eq!(Progress::new(0, true).total(0), 0);
    }
}

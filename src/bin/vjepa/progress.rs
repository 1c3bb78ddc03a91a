//! The progress bar of commands that take long: on a terminal only, so that files of output stay readable.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;

/// At `done` of `total`; `what` is a template of what stands behind the bar, in which `{rate}` is what is done a second.
pub fn bar(done: u64, total: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("[{{bar:24}}] {what}")).expect("the template is well formed");
    let rate = |state: &ProgressState, text: &mut dyn Write| write!(text, "{:.1}", state.per_sec()).unwrap_or_default();
    // Drawn to stderr, and hidden where that is no terminal.
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.set_style(style.with_key("rate", rate).progress_chars("#>."));
    bar.set_position(done);
    bar.reset_eta();
    bar
}

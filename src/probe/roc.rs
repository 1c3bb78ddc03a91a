//! How well a score rings for what it should and keeps still for the rest, at any threshold.

/// Area under the ROC curve: how often the score of a `positive` is above that of a `negative`, a tie counting half
/// (Hanley & McNeil 1982). 1 is an alarm that some threshold makes perfect, 0.5 one that says nothing. Scores that are no
/// numbers are left out; none without both kinds.
pub fn area(positive: &[f32], negative: &[f32]) -> Option<f64> {
    let of = |scores: &[f32], is: bool| -> Vec<(f32, bool)> {
        scores.iter().filter(|score| !score.is_nan()).map(|&score| (score, is)).collect()
    };
    let (positive, negative) = (of(positive, true), of(negative, false));
    let pairs = positive.len() as f64 * negative.len() as f64;
    if pairs == 0.0 {
        return None;
    }
    let mut all = [positive, negative].concat();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let positives = tied.iter().filter(|(_, is)| *is).count() as f64;
        let negatives = tied.len() as f64 - positives;
        wins += positives * (below + negatives / 2.0);
        below += negatives;
    }
    Some(wins / pairs)
}

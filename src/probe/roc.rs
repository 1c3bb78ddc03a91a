//! How well a score rings for what it should and keeps still for the rest, at any threshold.

/// Area under the ROC curve: how often the score of a `positive` is above that of a `negative`, a tie counting half
/// (Hanley & McNeil 1982). 1 is an alarm that some threshold makes perfect, 0.5 one that says nothing. Scores that are no
/// numbers are left out; none without both kinds.
pub fn area(positive: &[f32], negative: &[f32]) -> Option<f64> {
    let numbers = |scores: &[f32]| -> Vec<f32> { scores.iter().copied().filter(|score| !score.is_nan()).collect() };
    let (positive, mut negative) = (numbers(positive), numbers(negative));
    let pairs = positive.len() as f64 * negative.len() as f64;
    negative.sort_by(f32::total_cmp);
    let below = |score: f32| negative.partition_point(|other| *other < score);
    let below_or_like = |score: f32| negative.partition_point(|other| *other <= score);
    let wins: f64 = positive.iter().map(|&score| (below(score) + below_or_like(score)) as f64 / 2.0).sum();
    (pairs > 0.0).then(|| wins / pairs)
}

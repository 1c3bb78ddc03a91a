//! What stands in where a part of V-JEPA is taken away (`recipe::Ablation`): the same numbers with gradients where V-JEPA
//! has none, and a guess without a predictor.
//!
//! Of Burn's own operations: nobody trains like this for long.

use crate::{
    mask::Masks,
    model::{Hidden, normed},
};
use burn::tensor::Tensor;

/// One guess for all that is hidden of a clip, from the context's features `[R, D]`: their mean, each normed as a target
/// is, `[H, D]`.
///
/// The least that can be said of hidden tokens without a parameter of its own: neither where they are nor when.
pub fn pooled(seen: Tensor<2>, masks: &[Masks], hidden: &Hidden) -> Tensor<2> {
    let [_, width] = seen.dims();
    let seen = normed(seen);
    let mut from = 0;
    let ahead = hidden.targets.dims()[0] - masks.iter().flat_map(|mask| &mask.target).map(Vec::len).sum::<usize>();
    let sequences: usize = masks.iter().map(|mask| mask.context.len()).sum();
    // A frame-causal model is asked for the next tubelets as well, by every clip alike.
    let asked = |mask: &Masks| mask.target[0].len() + ahead / sequences;
    // All contexts of a generator are equally long, and so is all that it hides.
    let of_generator = |mask: &Masks| {
        let (clips, kept) = (mask.context.len(), mask.context[0].len());
        let hidden = asked(mask);
        let rows = seen.clone().slice([from..from + clips * kept, 0..width]);
        from += clips * kept;
        rows.reshape([clips, kept, width]).mean_dim(1).repeat_dim(1, hidden).reshape([clips * hidden, width])
    };
    Tensor::cat(masks.iter().map(of_generator).collect(), 0)
}

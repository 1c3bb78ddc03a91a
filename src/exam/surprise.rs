//! Surprise, as in the intuitive-physics work on V-JEPA (Garrido et al. 2025): a window slides over a clip, the predictor
//! sees its past and predicts its future, and surprise is the L1 distance to what the target encoder then sees.

use crate::{
    error::Error,
    mask,
    predict::{Comparison, EvalModel, Questions},
    surprise::{AHEAD, by_place, peak},
};
use burn::tensor::Device;

/// Windows in a row over which the surprise of a predictor that expects an error of itself is averaged. Chosen on
/// development seeds, see the model card.
const RUN: usize = 2;

/// Errors of one clip, mean over channels: `[windows][horizon][tokens of a frame]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Surprise {
    pub errors: Vec<Vec<Vec<f32>>>,
    /// The same beyond what the predictor expects of itself; empty if it expects nothing.
    pub unexpected: Vec<Vec<Vec<f32>>>,
}

/// Tokens that are looked at together, where windows are asked one by one: what a device holds easily.
const TOKENS: usize = 8192;

impl Surprise {
    /// Mean of every window over all that was predicted.
    pub fn windows(&self) -> Vec<f32> {
        self.errors.iter().map(|window| mean(window.iter().map(|frame| mean(frame.iter().copied())))).collect()
    }

    pub fn mean(&self) -> f32 {
        mean(self.windows().into_iter())
    }

    pub fn max(&self) -> f32 {
        self.windows().into_iter().fold(f32::MIN, f32::max)
    }

    /// How far each place of every window is off, `[windows][tokens of a frame]`: its error when it was the next one; of a
    /// predictor that expects an error of itself what is beyond that, as the mean of the [next two tubelets](AHEAD).
    pub fn places(&self) -> Vec<Vec<f32>> {
        let (windows, ahead) = match self.unexpected.is_empty() {
            true => (&self.errors, 1),
            false => (&self.unexpected, AHEAD),
        };
        let of_window = |window: &Vec<Vec<f32>>| -> Vec<f32> {
            by_place(&window[..ahead.min(window.len())].concat(), window[0].len())
        };
        windows.iter().map(of_window).collect()
    }

    /// [`peak`] of the [`places`](Self::places) of every window; of a predictor that expects an error of itself as the mean
    /// with that of the window [before](RUN), where there is one.
    pub fn peaks(&self) -> Vec<f32> {
        let peaks: Vec<f32> = self.places().iter().map(|places| peak(places)).collect();
        let run = if self.unexpected.is_empty() { 1 } else { RUN };
        (0..peaks.len()).map(|last| mean(peaks[(last + 1).saturating_sub(run)..=last].iter().copied())).collect()
    }

    /// The most surprising window.
    pub fn peak(&self) -> f32 {
        self.peaks().into_iter().fold(f32::MIN, f32::max)
    }

    /// Mean over windows of what was predicted `step` tubelets ahead, from 0.
    pub fn at_horizon(&self, step: usize) -> f32 {
        mean(self.errors.iter().map(|window| mean(window[step].iter().copied())))
    }
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (mut sum, mut count) = (0.0, 0);
    for value in values {
        sum += value;
        count += 1;
    }
    sum / count.max(1) as f32
}

/// Surprise at clips of RGBA frames, all equally long and at least as long as the model's.
///
/// # Errors
/// [`Error::Mask`] for questions that leave nothing to see or predict, [`Error::Read`] if the device is lost,
/// [`Error::Unusable`] if the weights overflow.
pub async fn surprises(
    model: &EvalModel,
    clips: &[Vec<u8>],
    questions: Questions,
    device: &Device,
) -> Result<Vec<Surprise>, Error> {
    let (comparison, horizon) = match model.config.causal {
        Some(causal) => {
            (model.predict_windows(causal, clips, questions, device).await?, questions.horizon.min(causal.horizons))
        }
        None => windows_one_by_one(model, clips, questions, device).await?,
    };
    let frame = model.config.grid().frame();
    // [windows][horizon][tokens of a frame]
    let nested = |errors: &[f32]| -> Vec<Vec<Vec<f32>>> {
        let window = |window: &[f32]| window.chunks_exact(frame).map(<[f32]>::to_vec).collect();
        errors.chunks_exact(horizon * frame).map(window).collect()
    };
    let errors = comparison.errors();
    let unexpected = if comparison.own_error.is_empty() { vec![] } else { comparison.unexpected() };
    let of_clip = |values: &[f32], clip: usize| {
        nested(&values[clip * values.len() / clips.len()..][..values.len() / clips.len()])
    };
    let surprise = |clip| Surprise { errors: of_clip(&errors, clip), unexpected: of_clip(&unexpected, clip) };
    Ok((0..clips.len()).map(surprise).collect())
}

/// What the model expects in each window of clips, each asked as a clip of its own, and how many tubelets of each.
async fn windows_one_by_one(
    model: &EvalModel,
    clips: &[Vec<u8>],
    questions: Questions,
    device: &Device,
) -> Result<(Comparison, usize), Error> {
    let config = &model.config;
    let frame = config.size * config.size * 4;
    let (length, hop) = (config.frames * frame, config.tubelet * frame);
    let of_clip = |clip: &Vec<u8>| -> Vec<Vec<u8>> {
        (0..=(clip.len() - length) / hop).map(|i| clip[i * hop..i * hop + length].to_vec()).collect()
    };
    let windows: Vec<Vec<u8>> = clips.iter().flat_map(of_clip).collect();
    let grid = config.grid();
    let future = |clips: usize| mask::future(grid, questions.past, questions.horizon, clips);
    let horizon = future(1)?.target[0].len() / grid.frame();
    let mut all: Option<Comparison> = None;
    for portion in windows.chunks((TOKENS / grid.tokens()).max(1)) {
        let told = model.predict(portion, future(portion.len())?, device).await?;
        match &mut all {
            Some(all) => all.append(told),
            None => all = Some(told),
        }
    }
    Ok((all.expect("a clip is at least one window"), horizon))
}

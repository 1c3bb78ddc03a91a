//! A look: what the model makes of the clip in the ring.

use super::{Session, network::Question};
use crate::{
    clip,
    error::Error,
    grid::{Grid, PatchShape},
    imagine::Remembered,
    mask::{self, MaskKind, MaskSpec, Masks},
    model::normalise_targets,
    probe::health::{self, Verdict},
    read::{read_all, usable, usable_features},
};
use serde::Serialize;

/// Looks whose embeddings are kept for the scatter.
const HISTORY: usize = 256;

/// What the model makes of a clip: `N` tokens, `D` channels, `T` frames.
#[derive(Debug, Clone)]
pub struct Look {
    /// RGBA, `[T, size, size, 4]`.
    pub frames: Vec<u8>,
    /// Tokens the context encoder saw, ascending.
    pub context: Vec<u32>,
    /// Tokens that were hidden and predicted, ascending.
    pub target: Vec<u32>,
    /// Colours of the target encoder's features, `[N, 3]`.
    pub pca: Vec<u8>,
    /// Colours of the predicted features on the same axes, `[N, 3]`; black off target.
    pub predicted_pca: Vec<u8>,
    /// Mean absolute error a token, `[N]`; NaN off target, and where the model guesses another one's features.
    pub error: Vec<f32>,
    /// Mean of `error` over the target.
    pub loss: f32,
    /// Standard deviation of each channel over tokens, `[D]`.
    pub std: Vec<f32>,
    /// 1 to `D`.
    pub effective_rank: f32,
    /// What is to be thought of both: the rule of a [`TrainReport`](super::TrainReport).
    pub verdict: Verdict,
    /// Why, in a sentence; empty while healthy.
    pub reason: String,
    /// Pooled embeddings of recent clips on their two main axes, `[clips, 2]`, newest last.
    pub scatter: Vec<f32>,
    /// Tokens in space and time: those of the configuration, or of one picture.
    pub grid: Grid,
    /// Frames a token.
    pub tubelet: usize,
    /// What the classifier names, the likeliest first; nothing without one.
    pub guesses: Vec<Guess>,
}

/// One label and its share of certainty, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guess {
    pub label: String,
    pub share: f32,
}

/// Guesses that are shown.
const TOP: usize = 5;

/// What is looked at: a clip, or a picture that the model takes as one.
struct View {
    frames: Vec<u8>,
    shape: PatchShape,
    grid: Grid,
    /// One picture, with a tokenizer of its own.
    still: bool,
}

/// What the model made of it, on the host.
struct Seen {
    /// Normed over channels, `[N, D]`: what the predictor is to guess.
    features: Vec<f32>,
    /// `[Nt, width]`; nothing without a predictor.
    predicted: Vec<f32>,
    /// Nothing without a classifier.
    logits: Vec<f32>,
}

impl Session {
    /// Encode the whole clip, hide a part, predict it, and compare.
    ///
    /// # Errors
    /// [`Error::ShortClip`] until the ring is full, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
    /// overflow: then nothing of the look is kept, and the features of the one before are let go.
    pub async fn look(&mut self, kind: MaskKind) -> Result<Look, Error> {
        let view = self.view()?;
        self.features = None;
        let masks = self.masks(kind, &view)?;
        let Seen { features, predicted, logits } = self.see(&view, &masks, kind).await?;
        let (width, tokens) = (self.config.width, view.grid.tokens());
        let (context, target) = (masks.context[0].clone(), masks.target[0].clone());
        // A model distilled from a larger one guesses that one's features, which are not here to compare with.
        let comparable = self.config.teacher_width == 0 && !predicted.is_empty();
        let error = if comparable { errors(&features, &predicted, &target, width) } else { vec![f32::NAN; tokens] };
        let health = health::measure(&features, width);
        self.colours.update(&features, width);
        let scatter = self.remember(&features);
        if comparable && self.config.levels == 1 && !view.still {
            let clip = Remembered::new(view.frames.clone(), &features, width, self.ring.pushed());
            self.patches.keep(clip, self.config.frames);
        }
        let look = Look {
            pca: self.colours.rgb(&features),
            predicted_pca: spread(&self.colours_of(&predicted), &target, tokens),
            loss: target.iter().map(|&t| error[t as usize]).sum::<f32>() / target.len() as f32,
            grid: view.grid,
            tubelet: view.shape.tubelet,
            frames: view.frames,
            context,
            target,
            error,
            verdict: health.verdict(),
            reason: health.reason(),
            std: health.std,
            effective_rank: health.effective_rank,
            scatter,
            guesses: self.config.classifier.as_ref().map_or(Vec::new(), |head| top(&logits, &head.labels)),
        };
        self.features = Some(features);
        Ok(look)
    }

    fn view(&self) -> Result<View, Error> {
        let (shape, grid) = (self.config.patch_shape(), self.config.grid());
        match &self.still {
            Some(frames) => Ok(View {
                frames: frames.clone(),
                shape: PatchShape { frames: 1, tubelet: 1, ..shape },
                grid: Grid { t: 1, ..grid },
                still: true,
            }),
            None => Ok(View { frames: self.ring.clip()?, shape, grid, still: false }),
        }
    }

    fn masks(&mut self, kind: MaskKind, view: &View) -> Result<Masks, Error> {
        let grid = view.grid;
        if view.still {
            return Ok(mask::image().sample(grid, 1, &mut self.looking_rng)?);
        }
        let blocks = |published: MaskSpec, most: f64| match self.config.causal {
            // What it was trained on: blocks that are hidden for a while.
            Some(_) => MaskSpec { spatial_scale: (most, most), ..mask::pillars() },
            None => published,
        };
        Ok(match kind {
            MaskKind::Short => blocks(mask::short(), 0.15).sample(grid, 1, &mut self.looking_rng)?,
            MaskKind::Long => blocks(mask::long(), 0.4).sample(grid, 1, &mut self.looking_rng)?,
            MaskKind::Future => {
                let horizon = self.config.causal.map_or(grid.t, |causal| causal.horizons);
                mask::future(grid, grid.t.div_ceil(2), horizon, 1)?
            }
        })
    }

    async fn see(&self, view: &View, masks: &Masks, kind: MaskKind) -> Result<Seen, Error> {
        let patches = clip::patches(std::slice::from_ref(&view.frames), view.shape, &self.device);
        let network = self.seen();
        let raw = network.features(patches.clone(), view.grid);
        // A generator's own mask token, where there is one each.
        let (used, of) = self.config.trained_mask_tokens(2);
        let mask_token = used[of[usize::from(kind == MaskKind::Long)]];
        let predicted = network.predict(patches, &Question { masks, mask_token, grid: view.grid, still: view.still });
        let logits = network.classify(raw.clone());
        let (has_guess, has_labels) = (predicted.is_some(), logits.is_some());
        // Of several levels the last is the one that is looked at.
        let last = predicted.map(|x| {
            let [rows, width] = x.dims();
            let one = width / self.config.levels;
            x.slice([0..rows, width - one..width])
        });
        let asked = std::iter::once(normalise_targets(raw)).chain(last).chain(logits);
        let mut values = read_all(asked.collect()).await?.into_iter();
        let mut next = |is: bool| if is { values.next().unwrap_or_default() } else { Vec::new() };
        let seen = Seen { features: next(true), predicted: next(has_guess), logits: next(has_labels) };
        usable_features(&seen.features)?;
        usable("predictions", &seen.predicted)?;
        usable("scores of labels", &seen.logits)?;
        Ok(seen)
    }

    /// Colours of predicted features: on the axes of the actual ones, or on their own where they live in another space.
    fn colours_of(&mut self, predicted: &[f32]) -> Vec<u8> {
        match self.config.teacher_width {
            0 => self.colours.rgb(predicted),
            width => {
                self.guessed_colours.update(predicted, width);
                self.guessed_colours.rgb(predicted)
            }
        }
    }

    /// Add the pooled features to the history and lay it out in two dimensions.
    fn remember(&mut self, features: &[f32]) -> Vec<f32> {
        let width = self.config.width;
        let tokens = features.len() / width;
        let mut pooled = vec![0.0; width];
        for row in features.chunks_exact(width) {
            pooled.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / tokens as f32);
        }
        if self.embeddings.len() == HISTORY {
            self.embeddings.pop_front();
        }
        self.embeddings.push_back(pooled);
        let rows: Vec<f32> = self.embeddings.iter().flatten().copied().collect();
        self.map.update(&rows, width);
        self.map.project(&rows)
    }
}

/// The likeliest labels, by softmax.
fn top(logits: &[f32], labels: &[String]) -> Vec<Guess> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - most).exp()).sum();
    let mut order: Vec<usize> = (0..logits.len().min(labels.len())).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order.truncate(TOP);
    let guess = |i: usize| Guess { label: labels[i].clone(), share: (logits[i] - most).exp() / sum };
    order.into_iter().map(guess).collect()
}

/// Mean absolute error of each target token, `[N]`; NaN elsewhere.
fn errors(features: &[f32], predicted: &[f32], target: &[u32], width: usize) -> Vec<f32> {
    let mut errors = vec![f32::NAN; features.len() / width];
    for (&token, guess) in target.iter().zip(predicted.chunks_exact(width)) {
        let truth = &features[token as usize * width..][..width];
        let sum: f32 = truth.iter().zip(guess).map(|(a, b)| (a - b).abs()).sum();
        errors[token as usize] = sum / width as f32;
    }
    errors
}

/// Colours of the target tokens at their places among all, `[N, 3]`.
fn spread(colours: &[u8], target: &[u32], tokens: usize) -> Vec<u8> {
    let mut all = vec![0; tokens * 3];
    for (&token, colour) in target.iter().zip(colours.chunks_exact(3)) {
        all[token as usize * 3..][..3].copy_from_slice(colour);
    }
    all
}

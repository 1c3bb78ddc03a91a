//! Whether clips of real video that are close in time are close in features: no labels are needed, only a film without cuts.

use super::features::pool;
use crate::{
    clip,
    config::ModelConfig,
    error::Error,
    model::{Tokens, normalise_targets},
    predict::EvalModel,
    probe::{
        attend::Frame,
        neighbours::{Consistency, Place, consistency},
    },
    read::{read, usable_features},
};
use burn::tensor::Device;

/// Windows seen at once.
const WINDOWS: usize = 16;
/// Neighbours in time begin at most so many clips apart.
const NEAR: usize = 2;

/// Of windows of each video, half a clip apart, in mean-pooled features. `videos` are frames at model size, RGBA
/// `[T, size, size, 4]`.
///
/// # Errors
/// [`Error::Frame`] for a video of another size, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
/// overflow.
pub async fn neighbours(model: &EvalModel, videos: &[Vec<u8>], device: &Device) -> Result<Consistency, Error> {
    let ModelConfig { size, frames, width, .. } = model.config;
    let bytes = size * size * 4;
    if let Some(odd) = videos.iter().find(|video| video.len() % bytes != 0) {
        return Err(Error::Frame { found: odd.len(), expected: bytes, size });
    }
    let places = videos.iter().enumerate().flat_map(|(video, rgba)| {
        let starts = (0..(rgba.len() / bytes + 1).saturating_sub(frames)).step_by((frames / 2).max(1));
        starts.map(move |frame| Place { video, frame })
    });
    let places: Vec<Place> = places.collect();
    let mut embeddings = Vec::with_capacity(places.len() * width);
    for some in places.chunks(WINDOWS) {
        let cut = |place: &Place| videos[place.video][place.frame * bytes..(place.frame + frames) * bytes].to_vec();
        let clips: Vec<Vec<u8>> = some.iter().map(cut).collect();
        let (grid, patches) = (model.config.grid(), clip::patches(&clips, model.config.patch_shape(), device));
        let all = Tokens::all(grid, clips.len(), device);
        let [features] = read([normalise_targets(model.target.forward(patches, grid, &all))]).await?;
        usable_features(&features)?;
        embeddings.extend(pool(&features, Frame { h: grid.t * grid.h, w: grid.w, d: width }));
    }
    Ok(consistency(&embeddings, width, &places, frames, NEAR * frames))
}

//! Compiling kernels before they are needed.

use super::Session;
use crate::{
    checkpoint::blank,
    config::{Family, ModelConfig},
    error::Error,
    mask::Masks,
    model::{Hidden, Tokens},
    read::read,
    schedule::Values,
    train::Trainer,
};
use burn::tensor::{Device, Tensor};

impl Session {
    /// Run every kernel that looking and training will run, once, on a sliver: a device compiles kernels at their first
    /// use, and a visitor should not wait for that in the middle of something.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn prewarm(&self) -> Result<(), Error> {
        if self.report().is_none() {
            return learning(&self.config, &self.device).await;
        }
        let tensors = self.network.sliver(&self.config, &self.device);
        read([Tensor::cat(tensors.into_iter().map(|x| x.flatten::<1>(0, 1)).collect(), 0)]).await?;
        Ok(())
    }
}

/// With a sliver of a model like `config`.
async fn learning(config: &ModelConfig, device: &Device) -> Result<(), Error> {
    let config = ModelConfig {
        frames: 2 * config.tubelet,
        size: 2 * config.patch,
        depth: 1,
        predictor_depth: 1,
        batch: 1,
        ..config.clone()
    };
    let mut trainer = Trainer::load(&config, blank(&config), 0, device)?;
    // As in training: V-JEPA 1 clips.
    trainer.clip = (config.family == Family::VJepa1).then_some(1.0);
    let grid = config.grid();
    let frames = vec![vec![0; config.frames * config.size * config.size * 4]];
    let patches = crate::clip::patches(&frames, config.patch_shape(), device);
    let half = Masks { context: vec![(0..4).collect()], target: vec![(4..8).collect()] };
    let looked = {
        let masks = std::slice::from_ref(&half);
        let seen = trainer.encoder.valid().forward(patches.clone(), grid, &Tokens::context(masks, grid, device));
        trainer.predictor.valid().forward(seen, &Hidden::of(&config, masks, &[0], grid, device), &[0])
    };
    let still = Values { learning_rate: 0.0, weight_decay: 0.0, momentum: 1.0 };
    let loss = trainer.step(patches, &[half.clone(), half], still).loss;
    // A frame-causal model goes on from tubelet to tubelet: the first has no past, the second one.
    if let Some(mut stream) = trainer.eval_model().stream(device) {
        for tubelet in frames[0].chunks_exact(frames[0].len() / grid.t) {
            // Weights of a sliver mean nothing, and neither do its features.
            let _ = stream.observe(tubelet, device).await;
        }
    }
    read([looked.reshape([-1]), Tensor::cat(vec![loss, trainer.parameter_sum(), trainer.activity()], 0)]).await?;
    Ok(())
}

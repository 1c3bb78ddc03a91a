//! Classes taught to the model that is looked with.

use super::Session;
use crate::{
    config::ModelConfig,
    error::Error,
    fewshot::{Answer, Classifier, Examples, Identity, Project, Report, halves, parts, pool, thumbnail},
    world::{World, WorldSpec},
};

/// What a session holds of them.
pub(super) struct Fewshot {
    examples: Examples,
    /// The model as it was when the first of the examples was recorded.
    seen_by: Option<Identity>,
    /// Fitted at a revision of the examples.
    classifier: Option<(u64, Classifier)>,
    /// The model as it is after so many steps.
    now: Option<(u64, Identity)>,
}

impl Fewshot {
    pub fn new(config: &ModelConfig) -> Self {
        Self { examples: Examples::new(&parts(config.width)), seen_by: None, classifier: None, now: None }
    }

    /// The model may be another one after as many steps.
    pub fn weights_replaced(&mut self) {
        self.now = None;
    }
}

impl Session {
    /// The classes and what they were taught by.
    pub fn examples(&self) -> &Examples {
        &self.fewshot.examples
    }

    /// To add, rename and remove classes, remove examples, undo and redo.
    pub fn examples_mut(&mut self) -> &mut Examples {
        &mut self.fewshot.examples
    }

    /// The clip in the ring becomes an example of a class; its id.
    ///
    /// # Errors
    /// [`Error::ShortClip`] until the ring is full, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
    /// overflow; [`Error::Fewshot`] if there is no such class, no room, or the model has learned too much since the first
    /// example.
    pub async fn add_example(&mut self, class: u32) -> Result<u32, Error> {
        let clip = self.ring.clip()?;
        let now = self.identity().await?;
        let picture = thumbnail(&clip, self.config.size);
        let features = self.pooled(clip).await?;
        if let (Some(then), false) = (&self.fewshot.seen_by, self.fewshot.examples.all().is_empty()) {
            now.admit(then)?;
        } else {
            // What an undo could bring back was seen by who knows whom.
            self.fewshot.examples.forget();
            self.fewshot.seen_by = Some(now);
        }
        Ok(self.fewshot.examples.add(class, &features, picture)?)
    }

    /// What the clip in the ring is. Classifiers are fitted again where examples have changed.
    ///
    /// # Errors
    /// As [`add_example`](Self::add_example); [`Error::Fewshot`] without examples of two classes.
    pub async fn classify(&mut self) -> Result<Answer, Error> {
        let clip = self.ring.clip()?;
        self.classifier()?;
        let now = self.identity().await?;
        let drift = self.fewshot.seen_by.as_ref().map_or(Ok(0.0), |then| now.admit(then))?;
        let features = self.pooled(clip).await?;
        Ok(self.classifier()?.answer(&features, drift)?)
    }

    /// How well classes are told apart, each example by the others.
    ///
    /// # Errors
    /// [`Error::Fewshot`] without examples of two classes.
    pub fn fewshot_report(&mut self) -> Result<&Report, Error> {
        Ok(self.classifier()?.report())
    }

    /// Classes and examples as a file.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights overflow.
    pub async fn save_project(&mut self) -> Result<Vec<u8>, Error> {
        let identity = match &self.fewshot.seen_by {
            Some(then) => then.clone(),
            None => self.identity().await?,
        };
        Ok(Project { identity, examples: self.fewshot.examples.clone() }.to_bytes()?)
    }

    /// Those of a file in place of these, which stay if it is refused. How far this model's features are from those in it, 0
    /// for not at all.
    ///
    /// # Errors
    /// [`Error::Fewshot`] for a file that can't be read, or of another model; [`Error::Read`] if the device is lost,
    /// [`Error::Unusable`] if the weights overflow.
    pub async fn load_project(&mut self, bytes: &[u8]) -> Result<f32, Error> {
        let Project { identity, examples } = Project::from_bytes(bytes)?;
        let drift = self.identity().await?.admit(&identity)?;
        self.fewshot = Fewshot { examples, seen_by: Some(identity), now: self.fewshot.now.take(), classifier: None };
        Ok(drift)
    }

    fn classifier(&mut self) -> Result<&Classifier, Error> {
        let Fewshot { examples, classifier, .. } = &mut self.fewshot;
        let revision = examples.revision();
        if classifier.as_ref().is_none_or(|(of, _)| *of != revision) {
            *classifier = Some((revision, Classifier::fit(examples)?));
        }
        Ok(&classifier.as_ref().expect("just fitted").1)
    }

    /// The model that is looked with, by what it makes of one clip of the world.
    async fn identity(&mut self) -> Result<Identity, Error> {
        let step = self.timeline.shown_step().unwrap_or(self.step);
        if let Some((of, identity)) = &self.fewshot.now
            && *of == step
        {
            return Ok(identity.clone());
        }
        let ModelConfig { frames, size, width, family, ref name, .. } = self.config;
        let name = name.clone();
        let features = self.pooled(World::new(&WorldSpec::standard(), 1).clip(frames, size)).await?;
        let identity = Identity { family, name, width, frames, size, features: halves(&features)? };
        self.fewshot.now = Some((step, identity.clone()));
        Ok(identity)
    }

    async fn pooled(&self, clip: Vec<u8>) -> Result<Vec<f32>, Error> {
        Ok(pool(&self.embed(clip).await?, self.config.grid()))
    }
}

//! The network of a session: one that learns, or one that was loaded to look.

use crate::{
    act::WorldModel,
    checkpoint::{LoadReport, Loaded},
    config::{Family, ModelConfig},
    error::Error,
    grid::Grid,
    mask::Masks,
    model::{ActionPredictor, Classifier, Encoder, Group, Hidden, Predictor, Tokens},
    predict::EvalModel,
    train::Trainer,
};
use burn::tensor::{Device, Tensor};

/// What looks, and perhaps learns.
pub(super) enum Network {
    Learning(Box<Trainer>),
    /// A checkpoint: perhaps packed, perhaps without predictor.
    Frozen(Box<Frozen>),
}

pub(super) struct Frozen {
    encoder: Encoder,
    predictor: Option<Predictor>,
    actions: Option<ActionPredictor>,
    classifier: Option<Classifier>,
    report: LoadReport,
}

/// Part of a look that is asked of the predictor.
pub(super) struct Question<'a> {
    pub masks: &'a Masks,
    /// Which mask token stands in.
    pub mask_token: usize,
    pub grid: Grid,
    /// The clip is one picture with a tokenizer of its own (V-JEPA 2.1).
    pub still: bool,
}

impl Network {
    /// The one that learns.
    ///
    /// # Errors
    /// [`Error::Frozen`] for a checkpoint.
    pub fn learning(&self) -> Result<&Trainer, Error> {
        match self {
            Self::Learning(trainer) => Ok(trainer),
            Self::Frozen(_) => Err(Error::Frozen),
        }
    }

    /// As [`learning`](Self::learning).
    pub fn learning_mut(&mut self) -> Result<&mut Trainer, Error> {
        match self {
            Self::Learning(trainer) => Ok(trainer),
            Self::Frozen(_) => Err(Error::Frozen),
        }
    }

    /// What is asked in exams.
    ///
    /// # Errors
    /// [`Error::Unexaminable`] for a checkpoint that doesn't predict the features of its own encoder's last level.
    pub fn eval_model(&self, config: &ModelConfig) -> Result<EvalModel, Error> {
        match self {
            Self::Learning(trainer) => Ok(trainer.eval_model()),
            Self::Frozen(frozen) => match &frozen.predictor {
                Some(predictor) if config.family != Family::VJepa21 => Ok(EvalModel {
                    config: config.clone(),
                    encoder: frozen.encoder.clone(),
                    predictor: predictor.clone(),
                    target: frozen.encoder.clone(),
                }),
                _ => Err(Error::Unexaminable),
            },
        }
    }

    /// What is known of actions; none of a model without them.
    pub fn world_model(&self, config: &ModelConfig, device: &Device) -> Option<WorldModel> {
        match self {
            Self::Learning(trainer) => WorldModel::of(trainer, device),
            Self::Frozen(frozen) => {
                let predictor = frozen.actions.clone()?;
                WorldModel::new(config.clone(), frozen.encoder.clone(), predictor, (None, None), device)
            }
        }
    }

    /// Whether it was loaded and its predictor is of actions.
    pub fn has_loaded_actions(&self) -> bool {
        matches!(self, Self::Frozen(frozen) if frozen.actions.is_some())
    }

    /// What came of the files, if it was loaded.
    pub fn report(&self) -> Option<&LoadReport> {
        match self {
            Self::Learning(_) => None,
            Self::Frozen(frozen) => Some(&frozen.report),
        }
    }

    /// The encoder that says what is right: the target encoder of training.
    fn encoder(&self) -> &Encoder {
        match self {
            Self::Learning(trainer) => &trainer.target,
            Self::Frozen(frozen) => &frozen.encoder,
        }
    }

    /// Features of all tokens of a clip, as the encoder gives them, `[N, D]`.
    pub fn features(&self, patches: Tensor<2>, grid: Grid) -> Tensor<2> {
        let all = Tokens::all(grid, 1, &patches.device());
        self.encoder().forward(patches, grid, &all)
    }

    /// What is guessed of the hidden tokens, `[H, predicted]`; none without a predictor.
    pub fn predict(&self, patches: Tensor<2>, question: &Question) -> Option<Tensor<2>> {
        let Question { masks, mask_token, grid, still } = *question;
        let (masks, device) = (std::slice::from_ref(masks), patches.device());
        let context = Tokens::context(masks, grid, &device);
        let hidden = |config: &ModelConfig| match still {
            true => Hidden::still(masks, &[0], grid, &device),
            false => Hidden::of(config, masks, &[0], grid, &device),
        };
        let (seen, predictor) = match self {
            Self::Learning(trainer) => {
                (trainer.encoder.valid().context(patches, grid, &context), trainer.evaluated_predictor())
            }
            Self::Frozen(frozen) => {
                let predictor = frozen.predictor.clone()?;
                (frozen.encoder.context(patches, grid, &context), predictor)
            }
        };
        Some(predictor.forward(seen, &hidden(predictor.config()), &[mask_token]))
    }

    /// Logits of a clip's features, `[1, labels]`; none without a classifier.
    pub fn classify(&self, features: Tensor<2>) -> Option<Tensor<2>> {
        match self {
            Self::Learning(_) => None,
            Self::Frozen(frozen) => Some(frozen.classifier.as_ref()?.forward(features, 1)),
        }
    }

    /// Groups with the prefix of their published names: the slow encoder as `encoder`, predictor (of a checkpoint of either
    /// kind), classifier.
    pub fn published(&self) -> Vec<(&'static str, &Group)> {
        let (predictor, actions, classifier) = match self {
            Self::Learning(trainer) => {
                (Some(trainer.predictor_average.as_ref().unwrap_or(&trainer.predictor)), None, None)
            }
            Self::Frozen(frozen) => (frozen.predictor.as_ref(), frozen.actions.as_ref(), frozen.classifier.as_ref()),
        };
        let encoder = self.encoder().groups().map(|group| ("encoder", group));
        let predictor = predictor.into_iter().flat_map(|network| network.groups().map(|group| ("predictor", group)));
        let actions = actions.into_iter().flat_map(|network| network.groups().map(|group| ("predictor", group)));
        let classifier = classifier.into_iter().flat_map(|network| network.groups().map(|group| ("classifier", group)));
        encoder.chain(predictor).chain(actions).chain(classifier).collect()
    }

    /// Trainable parameters of the parts that are there.
    pub fn params(&self) -> u64 {
        let tensors = self.published().into_iter().flat_map(|(prefix, group)| group.published(prefix));
        tensors.map(|tensor| tensor.values() as u64).sum()
    }

    /// Run every kernel of a look once, on a sliver of a clip.
    pub fn sliver(&self, config: &ModelConfig, device: &Device) -> Vec<Tensor<2>> {
        let grid = Grid::new(1, 2, 2);
        let patches = Tensor::zeros([4, config.patch_values()], device);
        let masks = Masks { context: vec![vec![0, 1]], target: vec![vec![2, 3]] };
        let features = self.features(patches.clone(), grid);
        let question = Question { masks: &masks, mask_token: 0, grid, still: false };
        let rest = [self.predict(patches, &question), self.classify(features.clone())];
        rest.into_iter().flatten().chain([features]).collect()
    }
}

impl From<Loaded> for Frozen {
    fn from(Loaded { encoder, predictor, actions, classifier, report, .. }: Loaded) -> Self {
        Self { encoder, predictor, actions, classifier, report }
    }
}

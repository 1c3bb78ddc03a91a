//! Whether a recipe can be: recipes come from people, and a bad one would stop a run, or the page with it.

use super::{ActionRecipe, MaskMix, Recipe, Scenes};
use crate::message::term;
use crate::{
    config::{Family, ModelConfig},
    mask::{MaskError, MaskSpec},
    rng::Rng,
    schedule::Schedule,
    world::WorldSpec,
};
use serde::Serialize;

/// Why a recipe is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecipeError {
    #[error("The {what} must be between {least} and {most}, not {value}: change it.")]
    Range {
        #[serde(serialize_with = "term")]
        what: &'static str,
        least: f64,
        most: f64,
        value: f64,
    },
    #[error("The {what} begins above its end: swap the two numbers.")]
    Reversed {
        #[serde(serialize_with = "term")]
        what: &'static str,
    },
    #[error("Some steps would hide nothing: add a kind of masks, or ask every step for the future.")]
    NoMasks,
    #[error("V-JEPA 1 has a mask token for each of {most} kinds of masks, not for {found}: take some away.")]
    MaskTokens { most: usize, found: usize },
    #[error(transparent)]
    Mask(#[from] MaskError),
}

/// Kinds of masks in one step.
const MOST_KINDS: usize = 4;

impl Recipe {
    /// Check that a model like `config` can be trained so.
    ///
    /// # Errors
    /// The first thing that can't be, as a [`RecipeError`].
    pub fn check(&self, config: &ModelConfig) -> Result<(), RecipeError> {
        self.schedule.check()?;
        within("batch", self.batch as f64, 1.0, 64.0)?;
        within("encoder's share of the learning rate", self.encoder_rate, 0.0, 10.0)?;
        if let Some(clip) = self.clip {
            within("largest gradient norm", clip, 1e-3, 1e6)?;
        }
        within("second beta of the optimiser", self.optimiser.beta2, 0.0, 0.999_999)?;
        within("momentum of the predictor's average", self.predictor_momentum, 0.0, 0.999_999)?;
        within("weight of hidden tokens", self.hidden_weight, 0.0, 10.0)?;
        within("weight of change", self.change_weight, 0.0, 100.0)?;
        within("weight of the regulariser", self.regulariser.weight, 0.0, 100.0)?;
        self.scenes.check()?;
        if let Some(actions) = &self.actions {
            actions.check()?;
            check_actions(config)?;
        }
        self.masks.check(config)?;
        check_world(&self.world)
    }
}

/// Check that a model with actions can play in the rooms: each of its tubelets is a frame that is shown twice, and each frame
/// but the last has an action.
fn check_actions(config: &ModelConfig) -> Result<(), RecipeError> {
    if config.actions.is_none() {
        return Ok(());
    }
    within("frames of a tubelet of a model with actions", config.tubelet as f64, 2.0, 2.0)?;
    within("tubelets of a clip of a model with actions", config.grid().t as f64, 2.0, 65_536.0)
}

impl Scenes {
    fn check(&self) -> Result<(), RecipeError> {
        let shares = [
            ("share of training scenes with a pillar", self.occluder),
            ("share of training scenes with a block", self.solid),
            ("share of training scenes with gravity", self.gravity),
            ("share of training scenes in which something passes behind a pillar", self.passing),
            ("share of its width that a pillar has at least", self.narrow),
        ];
        for (what, value) in shares {
            share(what, value.unwrap_or_default())?;
        }
        within("number of frames that scenes begin earlier", self.late as f64, 0.0, 1000.0)
    }
}

impl ActionRecipe {
    fn check(&self) -> Result<(), RecipeError> {
        within("frames of a roll-out", self.roll_out as f64, 1.0, 64.0)?;
        let weights = [
            ("weight of masked clips", self.masked),
            ("weight of the inverse dynamics", self.inverse),
            ("weight of similarity in time", self.similarity),
            ("weight of the reflex", self.reflex),
            ("weight of the temporal distance", self.distance),
        ];
        for (what, weight) in weights {
            within(what, weight, 0.0, 100.0)?;
        }
        share("share of rooms with a shut door", self.rooms.shut)?;
        span("number of blocks in the rooms", (self.rooms.blocks.0 as f64, self.rooms.blocks.1 as f64), 0.0, 8.0)
    }
}

impl Schedule {
    fn check(&self) -> Result<(), RecipeError> {
        for rate in [self.learning_rate_start, self.learning_rate, self.learning_rate_final] {
            share("learning rate", rate)?;
        }
        share("weight decay", self.weight_decay)?;
        share("weight decay", self.weight_decay_final)?;
        share("momentum of the moving average", self.momentum)?;
        share("momentum of the moving average", self.momentum_final)
    }
}

impl MaskMix {
    fn check(&self, config: &ModelConfig) -> Result<(), RecipeError> {
        let (grid, kinds) = (config.grid(), self.blocks.len());
        share("share of steps that ask for the future", self.future)?;
        if kinds == 0 && self.future < 1.0 {
            return Err(RecipeError::NoMasks);
        }
        within("number of kinds of masks", kinds as f64, 0.0, MOST_KINDS as f64)?;
        if config.family == Family::VJepa1 && kinds > config.mask_tokens {
            return Err(RecipeError::MaskTokens { most: config.mask_tokens, found: kinds });
        }
        let last = grid.t.saturating_sub(1).max(1) as f64;
        for (what, (least, most)) in [("past in tubelets", self.past), ("horizon in tubelets", self.horizon)] {
            span(what, (least as f64, most as f64), 1.0, last)?;
        }
        for generator in &self.blocks {
            check_generator(generator)?;
            // Whether its blocks leave anything to see depends on the grid: one try says so in its own words.
            generator.sample(grid, 1, &mut Rng::new(0))?;
        }
        Ok(())
    }
}

fn check_generator(mask: &MaskSpec) -> Result<(), RecipeError> {
    within("number of blocks a mask has", mask.blocks as f64, 1.0, 64.0)?;
    span("share of the time that a block spans", mask.temporal_scale, 0.0, 1.0)?;
    span("share of a frame that a block covers", mask.spatial_scale, 0.0, 1.0)?;
    span("aspect ratio of a block", mask.aspect_ratio, 0.1, 10.0)?;
    share("share of the time that a context may span", mask.max_temporal_keep)
}

/// Check that a picture has room for such a world.
///
/// # Errors
/// The first thing that can't be, as a [`RecipeError`].
pub fn check_world(world: &WorldSpec) -> Result<(), RecipeError> {
    let (fewest, most) = world.objects;
    span("number of objects", (fewest as f64, most as f64), 0.0, 12.0)?;
    span("radius of objects", world.radius, 0.02, 0.25)?;
    span("speed of objects", world.speed, 0.0, 0.1)?;
    within("fall", world.fall, 0.0, 0.02)?;
    within("number of shapes", world.shapes as f64, 1.0, 4.0)?;
    share("contrast of the grain", world.grain)?;
    for (what, value) in [
        ("share of worlds with gravity", world.gravity),
        ("share of worlds with a pillar", world.occluder),
        ("share of worlds with a block", world.solid),
        ("share of worlds with a moving camera", world.camera),
        ("share of worlds with a moving background", world.distractor),
        ("share of objects with a pattern", world.patterned),
    ] {
        share(what, value)?;
    }
    Ok(())
}

fn share(what: &'static str, value: f64) -> Result<(), RecipeError> {
    within(what, value, 0.0, 1.0)
}

/// Refuses NaN as well.
fn within(what: &'static str, value: f64, least: f64, most: f64) -> Result<(), RecipeError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(RecipeError::Range { what, least, most, value }),
    }
}

fn span(what: &'static str, (from, to): (f64, f64), least: f64, most: f64) -> Result<(), RecipeError> {
    within(what, from, least, most)?;
    within(what, to, least, most)?;
    if from > to { Err(RecipeError::Reversed { what }) } else { Ok(()) }
}

//! The energy landscape of an action: how far from a goal each of many actions leads in imagination, one action each
//! (spec §10.4; the published notebook draws it over a hand's steps along x, y and z).

use super::Session;
use crate::{
    act::{Imagined, WorldModel},
    config::ModelConfig,
    error::Error,
    planner::{Cost, Energy, PlanError, within},
    preprocess::{Video, eval},
};

/// Most actions along an axis of a landscape.
const MOST_SIDE: usize = 64;
/// Bytes that the largest activation of one portion of candidates may take.
const PORTION: usize = 64 << 20;

/// A picture of any size, RGBA `[height, width, 4]`.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    pub rgba: &'a [u8],
    pub width: usize,
    pub height: usize,
}

/// Which actions are tried, and by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Landscape {
    /// Numbers of an action that vary: along columns, along rows. The others are 0.
    pub axes: [usize; 2],
    /// Actions along each axis, 2 to 64.
    pub side: usize,
    /// From minus this to this; 0.05 is the published largest step, in metres.
    pub reach: f64,
    /// The agent's state at the start, as many numbers as an action has.
    pub state: Vec<f64>,
}

impl Session {
    /// Mean absolute difference of the features predicted after each action from those of `goal`, row by row
    /// `[side * side]`: columns go from `-reach` to `reach` on the first axis, rows on the second. Both pictures are
    /// resized and cropped as the published evaluation does.
    ///
    /// # Errors
    /// [`Error::NoActions`] for a model without actions, [`Error::Plan`] for a landscape that can't be,
    /// [`Error::Picture`] for a picture without pixels or with another number of bytes; as [`WorldModel::weigh`].
    pub async fn action_energies(
        &self,
        start: Picture<'_>,
        goal: Picture<'_>,
        wish: &Landscape,
    ) -> Result<Vec<f64>, Error> {
        let model = self.world_model()?;
        wish.check(model.actions.dim)?;
        let [start, goal] = [start, goal].map(|picture| picture.prepared(self.config.size));
        let [start, goal] = [model.encode(&[start?])?, model.encode(&[goal?])?];
        let mut energies = Vec::with_capacity(wish.side * wish.side);
        for candidates in wish.candidates(model.actions.dim).chunks(portion(&model)) {
            let imagined: Imagined =
                model.weigh(&start, &wish.state, candidates, (&goal, Energy::Features), None).await?;
            energies.extend(imagined.costs(Cost::Last));
        }
        Ok(energies)
    }
}

impl Picture<'_> {
    /// RGBA `[size, size, 4]`. All models with actions are of V-JEPA 2.
    fn prepared(&self, size: usize) -> Result<Vec<u8>, Error> {
        let rgb: Vec<u8> = self.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let frame = eval::hf_pixels(&Video::new(1, self.height, self.width, rgb)?, size)?;
        Ok(frame.rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect())
    }
}

impl Landscape {
    /// `dim`: numbers of an action.
    fn check(&self, dim: usize) -> Result<(), PlanError> {
        let last = (dim - 1) as f64;
        for axis in self.axes {
            within("number of an axis", axis as f64, 0.0, last)?;
        }
        within("number of actions along an axis", self.side as f64, 2.0, MOST_SIDE as f64)?;
        within("largest action", self.reach, 1e-6, 1e3)?;
        within("number of values of a state", self.state.len() as f64, dim as f64, dim as f64)?;
        self.state.iter().try_for_each(|value| within("value of a state", *value, -1e3, 1e3))
    }

    /// One action each, `[side * side][dim]`.
    fn candidates(&self, dim: usize) -> Vec<Vec<f64>> {
        let at = |step: usize| self.reach * (2.0 * step as f64 / (self.side - 1) as f64 - 1.0);
        let action = |cell: usize| {
            let mut action = vec![0.0; dim];
            action[self.axes[0]] = at(cell % self.side);
            action[self.axes[1]] = at(cell / self.side);
            action
        };
        (0..self.side * self.side).map(action).collect()
    }
}

/// Candidates that are imagined side by side.
fn portion(model: &WorldModel) -> usize {
    let ModelConfig { width, .. } = model.config;
    let tokens = model.config.grid().frame() + model.actions.conditions();
    let channels = model.actions.mlp.max(3 * model.actions.width).max(width);
    (PORTION / (4 * tokens * channels)).max(1)
}

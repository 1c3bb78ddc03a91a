//! What training and planning cost: operations of the matrix products, which are all but a few percent of the arithmetic.
//!
//! A product `[m, k] x [k, n]` has `2 m k n`. A backward pass has two products for each one forward, and attention's
//! computes its scores again. Left out are norms, activations, optimisers of vectors, and the small networks of a model
//! with actions (reflex, inverse dynamics, temporal distance).

use crate::{
    config::{Actions, ModelConfig},
    mask::Masks,
    planner::PlanSettings,
    recipe::{MUON_ITERATIONS, Recipe},
};

/// Passes in units of a forward one.
#[derive(Clone, Copy)]
struct Passes {
    products: f64,
    attention: f64,
    /// Of the layer that embeds patches, which have no gradient.
    patches: f64,
}

const FORWARD: Passes = Passes { products: 1.0, attention: 1.0, patches: 1.0 };
const LEARNING: Passes = Passes { products: 3.0, attention: 3.5, patches: 2.0 };

/// Width, hidden width and depth of a transformer.
struct Blocks(usize, usize, usize);

impl Blocks {
    /// Rows of `sequences` that attend within their own, `pairs` of them in all.
    fn cost(&self, rows: usize, pairs: usize, passes: Passes) -> f64 {
        let &Self(width, mlp, depth) = self;
        let products = passes.products * (rows * width * (4 * width + 2 * mlp)) as f64;
        2.0 * depth as f64 * (products + passes.attention * (2 * pairs * width) as f64)
    }

    /// Muon of all its matrices: queries, keys, values and projection, then both of the MLP.
    fn muon(&self) -> f64 {
        let &Self(width, mlp, depth) = self;
        let of = |short: usize, long: usize| (2 * short * short * (2 * long + short)) as f64;
        (MUON_ITERATIONS * depth) as f64 * (4.0 * of(width, width) + 2.0 * of(width.min(mlp), width.max(mlp)))
    }
}

/// The encoder, forward, on all tokens of a clip.
pub fn forward(config: &ModelConfig) -> f64 {
    encoder(config, &[config.grid().tokens()], FORWARD)
}

/// A training step of clips under `masks`, one [`Masks`] a generator: target encoder, context encoder, predictor, backward.
pub fn training_step(config: &ModelConfig, masks: &[Masks]) -> f64 {
    let clips = masks.first().map_or(0, |mask| mask.context.len());
    let (contexts, both): (Vec<usize>, Vec<usize>) = masks
        .iter()
        .flat_map(|mask| mask.context.iter().zip(&mask.target))
        .map(|(context, target)| (context.len(), context.len() + target.len()))
        .unzip();
    let rows: usize = both.iter().sum();
    let ends = LEARNING.products * (2 * config.width * config.predictor_width * rows) as f64;
    encoder(config, &vec![config.grid().tokens(); clips], FORWARD)
        + encoder(config, &contexts, LEARNING)
        + predictor(config).cost(rows, pairs(&both), LEARNING)
        + ends
}

/// A training step of a model with actions as `recipe` has it, of clips under `masks`; without actions a
/// [`training_step`].
pub fn action_step(config: &ModelConfig, masks: &[Masks], recipe: &Recipe) -> f64 {
    let masked = training_step(config, masks);
    let (Some(actions), Some(terms)) = (config.actions, &recipe.actions) else { return masked };
    let (clips, grid) = (recipe.batch, config.grid());
    let frames = vec![grid.frame(); clips * grid.t];
    let encoded =
        encoder(config, &frames, FORWARD) + if terms.encoder { encoder(config, &frames, LEARNING) } else { 0.0 };
    let steps = terms.roll_out.min(grid.t - 1);
    // One step is teacher forcing.
    let rolled = if steps > 1 { steps } else { 0 };
    let predicted: f64 = (1..=rolled)
        .chain([grid.t - 1])
        .map(|seen| clips as f64 * frames_so_far(config, actions, seen, LEARNING))
        .sum();
    let optimised = match recipe.optimiser.muon {
        true => [encoder_blocks(config), predictor(config), action_blocks(actions)].iter().map(Blocks::muon).sum(),
        false => 0.0,
    };
    let masked = if terms.masked > 0.0 { masked } else { 0.0 };
    masked + encoded + predicted + optimised
}

/// A plan: every candidate of every round imagined to the horizon, keys and values kept. 0 without actions.
pub fn plan(config: &ModelConfig, settings: &PlanSettings) -> f64 {
    let Some(actions) = config.actions else { return 0.0 };
    let tokens = actions.conditions() + config.grid().frame();
    let step = |frame: usize| {
        action_blocks(actions).cost(tokens, tokens * tokens * frame, FORWARD) + action_ends(config, actions, FORWARD)
    };
    let imagined: f64 = (1..=settings.horizon).map(step).sum();
    (settings.rounds * settings.candidates) as f64 * imagined
}

/// The action predictor on the first `seen` frames of a clip, each attending to those up to it.
fn frames_so_far(config: &ModelConfig, actions: Actions, seen: usize, passes: Passes) -> f64 {
    let tokens = actions.conditions() + config.grid().frame();
    let pairs = tokens * tokens * seen * (seen + 1) / 2;
    action_blocks(actions).cost(seen * tokens, pairs, passes) + seen as f64 * action_ends(config, actions, passes)
}

/// Into the action predictor and out of it, a frame.
fn action_ends(config: &ModelConfig, actions: Actions, passes: Passes) -> f64 {
    passes.products * (4 * config.grid().frame() * config.width * actions.width) as f64
}

/// `sequences`: tokens of each.
fn encoder(config: &ModelConfig, sequences: &[usize], passes: Passes) -> f64 {
    let rows: usize = sequences.iter().sum();
    passes.patches * (2 * config.patch_values() * config.width * rows) as f64
        + encoder_blocks(config).cost(rows, pairs(sequences), passes)
}

fn encoder_blocks(config: &ModelConfig) -> Blocks {
    Blocks(config.width, config.mlp, config.depth)
}

fn predictor(config: &ModelConfig) -> Blocks {
    Blocks(config.predictor_width, config.predictor_mlp, config.predictor_depth)
}

fn action_blocks(actions: Actions) -> Blocks {
    Blocks(actions.width, actions.mlp, actions.depth)
}

/// Of tokens that attend to each other.
fn pairs(sequences: &[usize]) -> usize {
    sequences.iter().map(|rows| rows * rows).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Family, mask::nothing, recipe::ActionRecipe};

    /// One clip, all of it context and nothing hidden: every product can be counted by hand.
    #[test]
    fn a_step_is_the_sum_of_its_products() {
        let config = ModelConfig { batch: 1, ..ModelConfig::preset("nano", Family::VJepa2).unwrap() };
        let masks = [Masks { context: vec![(0..32).collect()], target: vec![vec![]] }];
        let (n, d, p, values) = (32.0, 64.0, 32.0, 384.0);
        let block = |width: f64| 2.0 * n * 12.0 * width * width;
        let attention = |width: f64| 4.0 * n * n * width;
        let target = 2.0 * n * values * d + 2.0 * (block(d) + attention(d));
        let context = 2.0 * 2.0 * n * values * d + 2.0 * (3.0 * block(d) + 3.5 * attention(d));
        let predictor = 3.0 * block(p) + 3.5 * attention(p) + 3.0 * 2.0 * n * d * p;
        assert_eq!(training_step(&config, &masks), target + context + predictor);
    }

    #[test]
    fn a_term_of_actions_that_is_switched_off_costs_nothing() {
        let config = ModelConfig::preset("actor", Family::VJepa2).unwrap();
        let recipe = Recipe::of(&config);
        let masks = [nothing(config.grid(), recipe.batch)];
        let all = action_step(&config, &masks, &recipe);
        let without =
            |terms: ActionRecipe| action_step(&config, &masks, &Recipe { actions: Some(terms), ..recipe.clone() });
        let terms = recipe.actions.clone().unwrap();
        let masked = all - without(ActionRecipe { masked: 0.0, ..terms.clone() });
        assert!((masked - training_step(&config, &masks)).abs() < 1.0);
        assert!(all > without(ActionRecipe { encoder: false, ..terms.clone() }));
        assert!(all > without(ActionRecipe { roll_out: 1, ..terms }));
        assert_eq!(
            action_step(&ModelConfig { actions: None, ..config.clone() }, &masks, &recipe),
            training_step(&config, &masks)
        );
    }

    #[test]
    fn a_plan_costs_its_candidates() {
        let config = ModelConfig::preset("actor", Family::VJepa2).unwrap();
        let settings = PlanSettings { horizon: 1, candidates: 1, rounds: 1, ..PlanSettings::pushes() };
        let (tokens, width) = (18.0, 96.0);
        let one =
            3.0 * (2.0 * tokens * 12.0 * width * width + 4.0 * tokens * tokens * width) + 4.0 * 16.0 * 64.0 * width;
        assert_eq!(plan(&config, &settings), one);
        assert_eq!(plan(&config, &PlanSettings { candidates: 64, rounds: 3, ..settings }), 192.0 * one);
    }
}

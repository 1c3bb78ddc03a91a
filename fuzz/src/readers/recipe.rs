//! Recipes: of run files, and as people write them.

use super::{choices::Choices, config::tinies, json, said};
use serde_json::Value;
use std::sync::LazyLock;
use vjepa_web::{Family, ModelConfig, recipe::Recipe, rng::Rng, world::World};

static FILES: LazyLock<Vec<(ModelConfig, Value)>> = LazyLock::new(|| {
    let presets =
        ["learner", "actor", "starter"].map(|name| ModelConfig::preset(name, Family::VJepa2).expect("there is one"));
    let all = presets.into_iter().chain(tinies());
    all.map(|config| {
        let recipe = serde_json::to_value(Recipe::of(&config)).expect("it is JSON");
        (config, recipe)
    })
    .collect()
});

pub fn recipe(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (config, recipe) = &FILES[choices.below(FILES.len())];
    let mut recipe = recipe.clone();
    json::change(&mut recipe, &mut choices);
    let Ok(recipe) = serde_json::from_str::<Recipe>(&json::text(&recipe, &mut choices)) else { return };
    if let Err(error) = recipe.check(config) {
        return said(&error);
    }
    let mut rng = Rng::new(1);
    for step in [0, 1, 100, 1 << 20, (1 << 53) - 1] {
        let rates = recipe.schedule.at(step);
        assert!(
            [rates.learning_rate, rates.weight_decay, rates.momentum].iter().all(|rate| (0.0..=1.0).contains(rate))
        );
    }
    let masks = match config.causal {
        Some(_) => recipe.masks.sample_causal(config.grid(), 2, &mut rng),
        None => recipe.masks.sample(config.grid(), 2, &mut rng),
    };
    if let Err(error) = masks {
        said(&error);
    }
    if choices.seldom(4) {
        assert_eq!(World::new(&recipe.scenes.of(&recipe.world), 1).render(8).len(), 8 * 8 * 4);
    }
}

//! How checkpoints name their tensors: one key table a family of files (spec §7).
//!
//! Inside, names are those of the published code below `encoder.`, `predictor.` and `classifier.`
//! (`encoder.blocks.0.attn.qkv.weight`, `classifier.pooler.query_tokens`). A file may store a tensor of ours in shares:
//! the Hugging Face port has queries, keys and values apart.

/// The convention of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// As the published code stores its models, and as this page does: below a key for each network, perhaps through
    /// wrappers. `encoder` is the one to use, with its dot; empty if the file is an encoder's alone.
    Published {
        encoder: String,
    },
    HuggingFace,
}

/// Where a tensor of a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub share: Share,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Whole,
    /// Share `index` of `of` along the first axis.
    Part {
        index: usize,
        of: usize,
    },
    /// Each entry of the first axis is a tensor of its own, `{name}.{i}`, `[1, 1, width]`.
    Spread,
}

/// What is wrapped around a model and shows in its names, wherever it stands: distributed training, compilation, the
/// evaluations, the dictionary of a training's state.
const WRAPPERS: [&str; 7] =
    ["module", "model", "backbone", "_orig_mod", "state_dict", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];
/// Where the published code keeps encoders, best first: the slow ones are what is evaluated (spec §7.2).
const ENCODERS: [&str; 3] = ["target_encoder.", "ema_encoder.", "encoder."];
/// Layers of an action-conditioned predictor for what goes with each frame, by our names.
const CONDITIONS: [&str; 3] =
    ["predictor.action_encoder.weight", "predictor.state_encoder.weight", "predictor.extrinsics_encoder.weight"];
/// Where it keeps classifiers: a list of them, of which the first counts, or one.
const CLASSIFIERS: [&str; 2] = ["classifiers.0.", "classifier."];

/// Hugging Face -> ours, at the beginning of a name.
const HUGGING_FACE: [(&str, &str); 12] = [
    ("encoder.embeddings.patch_embeddings.", "encoder.patch_embed."),
    ("encoder.layer.", "encoder.blocks."),
    ("encoder.layernorm.", "encoder.norm."),
    ("predictor.embeddings.predictor_embeddings.", "predictor.predictor_embed."),
    ("predictor.embeddings.mask_tokens", "predictor.mask_tokens"),
    ("predictor.layer.", "predictor.predictor_blocks."),
    ("predictor.layernorm.", "predictor.predictor_norm."),
    ("predictor.proj.", "predictor.predictor_proj."),
    ("pooler.query_tokens", "classifier.pooler.query_tokens"),
    ("pooler.self_attention_layers.", "classifier.pooler.blocks."),
    ("pooler.cross_attention_layer.", "classifier.pooler.cross_attention_block."),
    ("classifier.", "classifier.linear."),
];

/// What a layer of encoder and predictor is called, Hugging Face and ours, with the share it is of ours.
const LAYERS: [(&str, &str, Share); 4] = [
    (".attention.query.", ".attn.qkv.", Share::Part { index: 0, of: 3 }),
    (".attention.key.", ".attn.qkv.", Share::Part { index: 1, of: 3 }),
    (".attention.value.", ".attn.qkv.", Share::Part { index: 2, of: 3 }),
    (".attention.proj.", ".attn.proj.", Share::Whole),
];

/// The same in the pooler.
const POOLER_LAYERS: [(&str, &str, Share); 9] = [
    (".self_attn.q_proj.", ".attn.qkv.", Share::Part { index: 0, of: 3 }),
    (".self_attn.k_proj.", ".attn.qkv.", Share::Part { index: 1, of: 3 }),
    (".self_attn.v_proj.", ".attn.qkv.", Share::Part { index: 2, of: 3 }),
    (".self_attn.out_proj.", ".attn.proj.", Share::Whole),
    (".cross_attn.q_proj.", ".xattn.q.", Share::Whole),
    (".cross_attn.k_proj.", ".xattn.kv.", Share::Part { index: 0, of: 2 }),
    (".cross_attn.v_proj.", ".xattn.kv.", Share::Part { index: 1, of: 2 }),
    (".layer_norm1.", ".norm1.", Share::Whole),
    (".layer_norm2.", ".norm2.", Share::Whole),
];

/// Before the names of encoder and predictor, where a classifier is in the same file.
const BASE: &str = "vjepa2.";

impl Naming {
    /// The convention of a file with these names; none if it is no V-JEPA.
    pub fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let patch_embed = |prefix: &str| {
            let wanted = format!("{prefix}patch_embed.proj.weight");
            names.clone().any(|name| unwrapped(name) == wanted)
        };
        if names.clone().any(|name| base(&unwrapped(name)).starts_with("encoder.embeddings.")) {
            return Some(Self::HuggingFace);
        }
        // An action-conditioned predictor was trained on the encoder that did not learn (spec §10.5).
        let mut encoders = ENCODERS;
        if names.clone().any(|name| has_actions(&unwrapped(name))) {
            encoders.reverse();
        }
        let encoder = encoders.into_iter().chain([""]).find(|prefix| patch_embed(prefix))?;
        Some(Self::Published { encoder: encoder.into() })
    }

    /// Where the tensor `name` of the file belongs; none if the model has no use for it.
    pub fn place(&self, name: &str) -> Option<Place> {
        let name = unwrapped(name);
        match self {
            Self::HuggingFace => hugging_face(base(&name)),
            Self::Published { encoder } => published(&name, encoder),
        }
    }
}

/// Whether our tensor `name` is part of an action-conditioned predictor and of no other.
pub fn has_actions(name: &str) -> bool {
    CONDITIONS.contains(&name)
}

/// A file of a classifier has the base model one level down.
fn base(name: &str) -> &str {
    name.strip_prefix(BASE).unwrap_or(name)
}

fn hugging_face(name: &str) -> Option<Place> {
    let (theirs, ours) = HUGGING_FACE.into_iter().find(|(theirs, _)| name.starts_with(theirs))?;
    let name = format!("{ours}{}", &name[theirs.len()..]);
    if name == "predictor.mask_tokens" {
        return Some(Place { name, share: Share::Spread });
    }
    let layer = layers(&name).iter().find(|(theirs, ..)| name.contains(theirs));
    Some(match layer {
        Some(&(theirs, ours, share)) => Place { name: name.replace(theirs, ours), share },
        None => Place { name, share: Share::Whole },
    })
}

/// The table for what our `name` is below.
fn layers(name: &str) -> &'static [(&'static str, &'static str, Share)] {
    if name.starts_with("classifier.") { &POOLER_LAYERS } else { &LAYERS }
}

/// What Hugging Face calls our tensor `name`, in the order of its rows: one name, or those of its shares. Mask tokens
/// share the name of their stack. `classified`: there is a classifier in the file.
pub(super) fn to_hugging_face(name: &str, classified: bool) -> Vec<String> {
    let base = if classified && !name.starts_with("classifier.") { BASE } else { "" };
    let entry = HUGGING_FACE.into_iter().find(|(_, ours)| name.starts_with(ours));
    let (theirs, ours) = entry.unwrap_or(("", ""));
    if theirs.ends_with("mask_tokens") {
        return vec![format!("{base}{theirs}")];
    }
    let named = format!("{base}{theirs}{}", &name[ours.len()..]);
    let shares = layers(name).iter().filter(|(_, ours, _)| name.contains(ours));
    let shares: Vec<String> = shares.map(|(theirs, ours, _)| named.replace(ours, theirs)).collect();
    if shares.is_empty() { vec![named] } else { shares }
}

/// `state_dict.target_encoder.module.backbone.x` -> `target_encoder.x`.
fn unwrapped(name: &str) -> String {
    name.split('.').filter(|part| !WRAPPERS.contains(part)).collect::<Vec<_>>().join(".")
}

/// What is wrapped around the model in this name, outermost first.
pub fn wrappers(name: &str) -> impl Iterator<Item = &'static str> {
    name.split('.').filter_map(|part| WRAPPERS.into_iter().find(|wrapper| *wrapper == part))
}

fn published(name: &str, encoder: &str) -> Option<Place> {
    let whole = |name: String| Some(Place { name, share: Share::Whole });
    if name.starts_with("predictor.") {
        return whole(name.into());
    }
    if let Some(rest) = CLASSIFIERS.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        return whole(format!("classifier.{rest}"));
    }
    let rest = name.strip_prefix(encoder)?;
    // In a file of an encoder alone every name is its; elsewhere other networks and the optimiser follow.
    whole(format!("encoder.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(names: &[&str]) -> Option<Naming> {
        Naming::of(names.iter().copied())
    }

    #[test]
    fn the_slow_encoder_is_the_one_to_use() {
        let names = ["encoder.module.backbone.patch_embed.proj.weight", "opt.state.0.step"];
        assert_eq!(naming(&names), Some(Naming::Published { encoder: "encoder.".into() }));
        for slow in ["target_encoder.", "ema_encoder."] {
            let weight = format!("{slow}module.backbone.patch_embed.proj.weight");
            let found = naming(&[names[0], &weight]).unwrap();
            assert_eq!(found, Naming::Published { encoder: slow.into() });
            assert_eq!(found.place(names[0]), None, "the online encoder is left alone");
            assert_eq!(found.place("opt.state.0.exp_avg"), None);
            assert_eq!(found.place(&weight).unwrap().name, "encoder.patch_embed.proj.weight");
            let token = found.place("predictor.module.backbone.mask_tokens.1").unwrap();
            assert_eq!((token.name.as_str(), token.share), ("predictor.mask_tokens.1", Share::Whole));
        }
        assert_eq!(naming(&["model.embed_tokens.weight"]), None);
    }

    #[test]
    fn an_action_conditioned_predictor_goes_with_the_encoder_that_did_not_learn() {
        let encoder = "encoder.module.backbone.patch_embed.proj.weight";
        let slow = "target_encoder.module.backbone.patch_embed.proj.weight";
        let found = naming(&[slow, encoder, "predictor.module.action_encoder.weight"]).unwrap();
        assert_eq!(found, Naming::Published { encoder: "encoder.".into() });
        assert_eq!(found.place(slow), None);
        let alone = naming(&[slow, "predictor.module.state_encoder.weight"]).unwrap();
        assert_eq!(alone, Naming::Published { encoder: "target_encoder.".into() });
    }

    #[test]
    fn wrappers_are_taken_off_wherever_they_are() {
        let patches = "encoder.embeddings.patch_embeddings.proj.weight";
        let key = "encoder.layer.0.attention.key.bias";
        for (around, within) in [
            ("module.", ""),
            ("model.", ""),
            ("backbone.", ""),
            ("_orig_mod.", ""),
            ("state_dict.", ""),
            ("state_dict.model.", ""),
            ("model.module._orig_mod.vjepa2.", ""),
            ("", "_orig_mod."),
            ("module.", "_checkpoint_wrapped_module."),
        ] {
            let wrap = |name: &str| format!("{around}{}", name.replacen(".0.", &format!(".0.{within}"), 1));
            let found = naming(&[&wrap(patches), &wrap(key), "optimizer.state.0.step"]).unwrap();
            assert_eq!(found, Naming::HuggingFace, "{around}");
            assert_eq!(found.place(&wrap(key)).unwrap().name, "encoder.blocks.0.attn.qkv.bias", "{around}{within}");
            // The published names, with a network's key and without.
            let around = around.replace(BASE, "");
            let wrap = |name: &str| format!("{around}{}", name.replacen(".0.", &format!(".0.{within}"), 1));
            for encoder in ["target_encoder.", "encoder.", ""] {
                let [patches, norm] =
                    ["patch_embed.proj.weight", "blocks.0.norm1.weight"].map(|name| wrap(&format!("{encoder}{name}")));
                let found = naming(&[&patches, &norm]).unwrap();
                assert_eq!(found, Naming::Published { encoder: encoder.into() });
                assert_eq!(found.place(&norm).unwrap().name, "encoder.blocks.0.norm1.weight", "{norm}");
            }
        }
        assert_eq!(wrappers("model.module.encoder._orig_mod.x").collect::<Vec<_>>(), ["model", "module", "_orig_mod"]);
    }

    #[test]
    fn shares_of_the_hugging_face_layers_find_their_whole() {
        let find = |name| Naming::HuggingFace.place(name).unwrap();
        let value = find("vjepa2.encoder.layer.3.attention.value.bias");
        assert_eq!(
            value,
            Place { name: "encoder.blocks.3.attn.qkv.bias".into(), share: Share::Part { index: 2, of: 3 } }
        );
        let key = find("pooler.cross_attention_layer.cross_attn.k_proj.weight");
        assert_eq!(key.name, "classifier.pooler.cross_attention_block.xattn.kv.weight");
        assert_eq!(
            find("pooler.self_attention_layers.0.layer_norm2.bias").name,
            "classifier.pooler.blocks.0.norm2.bias"
        );
        assert_eq!(find("classifier.weight").name, "classifier.linear.weight");
        assert_eq!(find("predictor.embeddings.mask_tokens").share, Share::Spread);
    }

    #[test]
    fn names_go_there_and_back() {
        for name in [
            "encoder.patch_embed.proj.weight",
            "encoder.blocks.11.attn.qkv.bias",
            "encoder.blocks.0.attn.proj.weight",
            "encoder.blocks.0.mlp.fc1.bias",
            "predictor.predictor_blocks.2.norm1.weight",
            "predictor.predictor_proj.bias",
            "classifier.pooler.query_tokens",
            "classifier.pooler.blocks.1.attn.qkv.weight",
            "classifier.pooler.blocks.1.norm2.weight",
            "classifier.pooler.cross_attention_block.xattn.kv.bias",
            "classifier.pooler.cross_attention_block.mlp.fc2.bias",
            "classifier.linear.weight",
        ] {
            for (i, theirs) in to_hugging_face(name, true).iter().enumerate() {
                let place = Naming::HuggingFace.place(theirs).unwrap();
                assert_eq!(place.name, name, "by way of {theirs}");
                assert!(matches!(place.share, Share::Part { index, .. } if index == i) || place.share == Share::Whole);
            }
        }
        assert_eq!(to_hugging_face("predictor.mask_tokens.7", false), ["predictor.embeddings.mask_tokens"]);
    }
}

//! The same model as from the same weights read at once, bit for bit.

use super::*;
use safetensors::Dtype;
use source::file_as;
use vjepa_web::{
    Family,
    checkpoint::{HostTensor, TensorShape, hugging_face_layout, random},
    model::{Group, OptionalNetwork},
    read::HostReads,
};

/// Everything in memory, by the way that snapshots go.
fn at_once(config: &ModelConfig, mut weights: Weights) -> Numbers {
    let device = Device::flex();
    let encoder = Encoder::load(config, &mut weights, "encoder", &device).unwrap();
    let predictor = Predictor::load(config, &mut weights, "predictor", &device).unwrap();
    let classifier = Classifier::load(config, &mut weights, "classifier", &device).unwrap();
    assert_eq!(weights, Weights::default(), "all of it is used");
    look(config, &encoder, Some(&predictor), classifier.as_ref())
}

#[test]
fn streamed_weights_give_the_same_numbers_as_weights_read_at_once() {
    for name in ["hf_vjepa2_tiny", "hf_vjepa2_tiny_cls"] {
        let (config, bytes) = folder(name);
        let loaded = load_all(vec![bytes.as_slice()], &options(&config)).unwrap();
        let weights = from_hugging_face(read_safetensors(&bytes).unwrap().0).unwrap();
        let found = numbers(&loaded);
        assert!(found == at_once(&loaded.config, weights), "{name}");
        assert_eq!(found.logits.len(), if name.ends_with("cls") { 7 } else { 0 }, "{name}");
        assert!(!found.predicted.is_empty());
    }
}

/// In f64 even the shares of queries, keys and values are read in two pieces, the second of them short.
#[test]
fn matrices_longer_than_a_piece_arrive_whole() {
    let preset = ModelConfig::preset("vit_b", Family::VJepa2).unwrap();
    let config = ModelConfig { depth: 1, predictor_depth: 1, mask_tokens: 2, ..preset };
    let weights = random(&config, 5);
    let file = file_as(&in_hugging_faces_layout(&weights), Dtype::F64, |value| f64::from(value).to_le_bytes());
    for precision in [Precision::F32, Precision::F16, Precision::Int8] {
        let loaded = load_all(vec![file.as_slice()], &LoadOptions { config: None, precision, ..options("") }).unwrap();
        assert_eq!((loaded.config.depth, loaded.config.heads, loaded.report.precision), (1, 12, precision));
        let mut found = read_back(loaded.encoder.groups(), "encoder");
        found.extend(read_back(loaded.predictor.unwrap().groups(), "predictor"));
        assert!(found.0.keys().eq(weights.0.keys()));
        for (name, tensor) in &weights.0 {
            assert_kept(name, tensor, &found.0[name], precision);
        }
    }
}

fn in_hugging_faces_layout(weights: &Weights) -> Weights {
    let shape =
        |(name, tensor): (&String, &HostTensor)| TensorShape { name: name.clone(), shape: tensor.shape.clone() };
    let layout = hugging_face_layout(&weights.0.iter().map(shape).collect::<Vec<_>>());
    let mut values = weights.0.values().flat_map(|tensor| &tensor.data).copied();
    let mut theirs = Weights::default();
    for tensor in layout {
        let data = values.by_ref().take(tensor.values()).collect();
        theirs.insert(tensor.name, tensor.shape, data);
    }
    theirs
}

fn read_back<'a>(groups: impl Iterator<Item = &'a Group>, prefix: &str) -> Weights {
    let mut reads = HostReads::default();
    groups.for_each(|group| group.collect(prefix, &mut reads));
    pollster::block_on(reads.read()).unwrap()
}

/// Vectors and tokens exactly; matrices as near as their precision allows.
fn assert_kept(name: &str, wanted: &HostTensor, found: &HostTensor, precision: Precision) {
    assert_eq!(wanted.shape, found.shape, "{name}");
    let is_matrix = wanted.shape.len() > 1 && !name.contains("mask_tokens");
    let columns = wanted.data.len() / wanted.shape[0];
    for (wanted, found) in wanted.data.chunks(columns).zip(found.data.chunks(columns)) {
        let most = wanted.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
        let allowed = match precision {
            Precision::F16 if is_matrix => most / 2048.0,
            // Half a code, and the rounding of the scale itself.
            Precision::Int8 if is_matrix => most / 127.0 * 0.5001,
            _ => 0.0,
        };
        let far = wanted.iter().zip(found).find(|(wanted, found)| (*wanted - *found).abs() > allowed);
        assert_eq!(far, None, "{name} in {precision:?}");
    }
}

//! A model as a page loads it: what is in such a file, how near its weights are, and which files are refused.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use pollster::block_on;
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};
use std::collections::BTreeSet;
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::{CheckpointError, HostTensor, Snapshot, Start, read_safetensors},
    config::Limits,
    precision::Precision,
};

const MATRIX: &str = "encoder.blocks.0.attn.proj.weight";
const PATCHES: &str = "encoder.patch_embed.proj.weight";

/// Of a run of `preset` that has not learned yet.
fn snapshot(preset: &str) -> Snapshot {
    let config = ModelConfig::preset(preset, Family::VJepa2).unwrap();
    let session = Session::create(config, 1, Device::flex(), Limits::default()).unwrap();
    block_on(session.snapshot()).unwrap()
}

/// The type of every tensor of a file.
fn dtypes(file: &[u8]) -> Vec<(String, Dtype)> {
    SafeTensors::deserialize(file).unwrap().iter().map(|(name, view)| (name.to_string(), view.dtype())).collect()
}

fn dtype(file: &[u8], name: &str) -> Option<Dtype> {
    SafeTensors::deserialize(file).unwrap().tensor(name).ok().map(|view| view.dtype())
}

/// How far a value may be from the one it is stored for, by the row that it is in.
fn tolerance(dtype: Dtype, row: &[f32], value: f32) -> f32 {
    match dtype {
        Dtype::I8 => row.iter().fold(0.0, |most: f32, x| most.max(x.abs())) / 127.0 * 0.5001,
        Dtype::F16 => (value.abs() / 2048.0).max(3e-8),
        _ => 0.0,
    }
}

#[test]
fn weights_come_back_as_near_as_their_precision_allows() {
    let trained = snapshot("nano");
    for precision in [Precision::F32, Precision::F16, Precision::Int8] {
        let file = trained.to_shipped_bytes(precision).unwrap();
        let read = Snapshot::from_bytes(&file).unwrap();
        assert_eq!(Start::from_bytes(&file).unwrap().weights, read.weights, "both readers have the same");
        assert_eq!(read.header.config, trained.header.config);
        let encoder = trained.weights.below("target_encoder.").prefixed("encoder.");
        for (name, HostTensor { shape, data }) in &encoder.0 {
            let (found, dtype) = (&read.weights.0[name], dtype(&file, name).unwrap());
            assert_eq!(&found.shape, shape, "{name}");
            let length = data.len() / shape[0];
            for (found, row) in found.data.chunks(length).zip(data.chunks(length)) {
                let near = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance(dtype, row, *b);
                assert!(found.iter().zip(row).all(near), "{name} as {precision:?}");
            }
        }
        let expected = [Dtype::F32, Dtype::F16, Dtype::I8][precision as usize];
        assert!([MATRIX, PATCHES].iter().all(|name| dtype(&file, name) == Some(expected)), "{precision:?}");
    }
}

#[test]
fn a_run_knows_how_long_its_first_weights_were_trained() {
    let mut trained = snapshot("nano");
    (trained.header.step, trained.header.before) = (7, 5);
    let start = Start::from_bytes(&trained.to_shipped_bytes(Precision::Int8).unwrap()).unwrap();
    assert_eq!(start.steps, 12);
    let config = trained.header.config.clone();
    let session = Session::start_from(start, &config, None, Device::flex(), Limits::default()).unwrap();
    let again = block_on(session.snapshot()).unwrap();
    assert_eq!((again.header.step, again.header.before), (0, 12));
    let restored = Session::restore(again, Device::flex(), Limits::default()).unwrap();
    assert_eq!(block_on(restored.snapshot()).unwrap().header.before, 12);
    trained.header.before = u64::MAX;
    assert_eq!(Start::from_bytes(&trained.to_bytes().unwrap()).unwrap().steps, u64::MAX, "as a hostile file says");
}

#[test]
fn what_only_training_needs_stays_behind() {
    let mut trained = snapshot("nano");
    let plain = trained.to_shipped_bytes(Precision::Int8).unwrap();
    trained.weights.extend(trained.weights.below("predictor.").prefixed("predictor_average."));
    trained.weights.insert("adamw.encoder.first.norm", [1], vec![1.0]);
    trained.weights.insert("another_network.bias", [1], vec![1.0]);
    for (average, values) in [("target_encoder.norm.bias", 0.25), ("predictor_average.predictor_proj.bias", 0.5)] {
        trained.weights.0.get_mut(average).unwrap().data.fill(values);
    }
    let file = trained.to_shipped_bytes(Precision::Int8).unwrap();
    let read = Snapshot::from_bytes(&file).unwrap().weights;
    let networks: BTreeSet<&str> = read.0.keys().filter_map(|name| name.split('.').next()).collect();
    assert_eq!(networks, ["another_network", "encoder", "predictor"].into());
    for (name, values) in [("encoder.norm.bias", 0.25), ("predictor.predictor_proj.bias", 0.5)] {
        assert!(read.0[name].data.iter().all(|value| *value == values), "{name} is the average");
    }
    assert_eq!(dtypes(&file).len(), dtypes(&plain).len() + 1, "as many tensors with averages as without");
}

#[test]
fn a_model_that_was_shipped_can_be_shipped_again() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/actor.safetensors")).unwrap();
    let actor = Snapshot::from_bytes(&file).unwrap();
    let int8 = actor.to_shipped_bytes(Precision::Int8).unwrap();
    assert!(int8.len() < file.len() * 11 / 20, "{} of {} bytes", int8.len(), file.len());
    let read = Snapshot::from_bytes(&int8).unwrap();
    assert!(read.weights.0.keys().eq(actor.weights.0.keys()), "no tensor is lost, and no scale is left");
    // Matrices alone, and none whose rows are too short to gain by it.
    for (name, dtype) in dtypes(&int8) {
        let expected = match actor.weights.0.get(&name).map(|tensor| tensor.shape.as_slice()) {
            None => Dtype::F32,
            Some([_, rest @ ..]) if name.ends_with(".weight") && rest.iter().product::<usize>() > 4 => Dtype::I8,
            Some(_) => Dtype::F16,
        };
        assert_eq!(dtype, expected, "{name}");
    }
    for name in ["predictor.mask_tokens.0", "action_predictor.action_encoder.weight", "encoder.norm.weight"] {
        assert_eq!(dtype(&int8, name), Some(Dtype::F16), "{name}");
    }
    assert_eq!(dtype(&int8, "inverse.hidden.weight"), Some(Dtype::I8));
    let again = Snapshot::from_bytes(&read.to_shipped_bytes(Precision::Int8).unwrap()).unwrap();
    for (name, tensor) in &read.weights.0 {
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * b.abs();
        assert!(again.weights.0[name].data.iter().zip(&tensor.data).all(near), "{name} drifts");
    }
}

#[test]
fn a_row_of_zeros_stays_so_and_values_beyond_f16_are_refused() {
    let mut trained = snapshot("nano");
    let average = format!("target_{MATRIX}");
    let matrix = trained.weights.0.get_mut(&average).unwrap();
    let columns = matrix.shape[1];
    matrix.data[..columns].fill(0.0);
    matrix.data[columns] = 1e30;
    let read = Snapshot::from_bytes(&trained.to_shipped_bytes(Precision::Int8).unwrap()).unwrap();
    let data = &read.weights.0[MATRIX].data;
    assert!(
        data[..columns].iter().all(|value| *value == 0.0) && data[columns] > 9e29,
        "a scale of its own for each row"
    );
    let refused = trained.to_shipped_bytes(Precision::F16).unwrap_err();
    assert!(matches!(&refused, CheckpointError::Half(name) if name == MATRIX), "{refused}");
    trained.weights.0.get_mut(&average).unwrap().data[columns] = f32::INFINITY;
    let refused = trained.to_shipped_bytes(Precision::Int8).unwrap_err();
    assert!(matches!(&refused, CheckpointError::NotFinite(_)), "{refused}");
}

#[test]
fn a_flipped_bit_of_a_code_or_of_a_scale_is_noticed() {
    let file = snapshot("nano").to_shipped_bytes(Precision::Int8).unwrap();
    for name in [MATRIX.to_string(), format!("{MATRIX}.scale"), "encoder.norm.weight".to_string()] {
        let tensors = SafeTensors::deserialize(&file).unwrap();
        let at = tensors.tensor(&name).unwrap().data().as_ptr().addr() - file.as_ptr().addr();
        let mut damaged = file.clone();
        damaged[at + 1] ^= 4;
        assert!(matches!(Snapshot::from_bytes(&damaged), Err(CheckpointError::Damaged)), "{name}");
        assert!(matches!(Start::from_bytes(&damaged), Err(CheckpointError::Damaged)), "{name}");
    }
}

/// A tensor of a file: its name, type, shape and bytes.
type Tensor<'a> = (&'a str, Dtype, &'a [usize], Vec<u8>);

fn file(tensors: &[Tensor]) -> Vec<u8> {
    let view = |(name, dtype, shape, bytes): &Tensor| (name.to_string(), *dtype, shape.to_vec(), bytes.clone());
    let owned: Vec<_> = tensors.iter().map(view).collect();
    let views =
        owned.iter().map(|(name, dtype, shape, bytes)| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    serialize(views, None).unwrap()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Six codes, of two rows.
fn codes() -> Vec<u8> {
    [127i8, -127, 0, 1, -128, 2].map(|code| code as u8).into()
}

#[test]
fn a_value_is_its_code_times_the_scale_of_its_row() {
    let (codes, scale) = (("w", Dtype::I8, &[2usize, 3][..], codes()), floats(&[0.5, 2.0]));
    let weights = read_safetensors(&file(&[codes.clone(), ("w.scale", Dtype::F32, &[2], scale)])).unwrap().0;
    assert_eq!(weights.0.len(), 1);
    assert_eq!(weights.0["w"], HostTensor { shape: vec![2, 3], data: vec![63.5, -63.5, 0.0, 2.0, -256.0, 4.0] });
    let halves = vec![0x00, 0x38, 0x00, 0x40];
    let same = read_safetensors(&file(&[codes, ("w.scale", Dtype::F16, &[2], halves)])).unwrap().0;
    assert_eq!(same, weights, "scales may be halves");
}

#[test]
fn scales_that_do_not_fit_are_refused() {
    use CheckpointError::{Dtype as Type, Missing, NotFinite, ScaleAlone, Shape};
    let matrix = || ("w", Dtype::I8, &[2usize, 3][..], codes());
    let scale = |shape, values: &[f32]| ("w.scale", Dtype::F32, shape, floats(values));
    let refused = |tensors: &[Tensor]| {
        let bytes = file(tensors);
        let error = read_safetensors(&bytes).unwrap_err();
        println!("{error}");
        assert!(Start::from_bytes(&bytes).is_err() && Snapshot::from_bytes(&bytes).is_err());
        error
    };
    assert!(matches!(refused(&[matrix()]), Missing(name) if name == "w.scale"));
    for (shape, values) in [(&[3][..], &[1.0; 3][..]), (&[1], &[1.0]), (&[2, 1], &[1.0; 2]), (&[], &[1.0]), (&[0], &[])]
    {
        assert!(
            matches!(refused(&[matrix(), scale(shape, values)]), Shape { name, .. } if name == "w.scale"),
            "{shape:?}"
        );
    }
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert!(matches!(refused(&[matrix(), scale(&[2], &[1.0, value])]), NotFinite(name) if name == "w.scale"));
    }
    assert!(matches!(refused(&[matrix(), scale(&[2], &[1.0, f32::MAX])]), NotFinite(name) if name == "w"));
    let coded = ("w.scale", Dtype::I8, &[2usize][..], vec![1, 1]);
    let again = ("w.scale.scale", Dtype::F32, &[2usize][..], floats(&[1.0; 2]));
    assert!(
        matches!(refused(&[matrix(), coded, again]), Type { name, dtype } if (name.as_str(), dtype.as_str()) == ("w.scale", "I8"))
    );
    let plain = ("w", Dtype::F32, &[2usize][..], floats(&[1.0; 2]));
    assert!(matches!(refused(&[scale(&[2], &[1.0; 2])]), ScaleAlone(name) if name == "w.scale"));
    assert!(matches!(refused(&[plain, scale(&[2], &[1.0; 2])]), ScaleAlone(name) if name == "w.scale"));
}

#[test]
fn codes_of_odd_shapes_do_no_harm() {
    for (shape, rows) in [(&[][..], &[][..]), (&[0], &[0]), (&[0, 3], &[0]), (&[2, 0], &[2]), (&[1, 1, 1], &[1])] {
        let size = |shape: &[usize]| shape.iter().product::<usize>();
        let codes = ("w", Dtype::I8, shape, vec![3; size(shape)]);
        let scale = ("w.scale", Dtype::F32, rows, floats(&vec![2.0; size(rows)]));
        let weights = read_safetensors(&file(&[codes, scale])).unwrap().0;
        assert_eq!(weights.0["w"], HostTensor { shape: shape.into(), data: vec![6.0; size(shape)] });
    }
}

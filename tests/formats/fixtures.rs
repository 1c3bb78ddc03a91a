//! Files as they are published, small: names, shapes, numbers.
//!
//! The numbers of the `.pt` files were read by Python's `zipfile` and `pickle`.

use crate::{Watched, entry, open, values};
use std::path::PathBuf;
use vjepa_web::formats::{self, Bytes, Dtype, Format, Place};

const V1: &str = "vjepa1_tiny_meta_layout.pth.tar";
const V2: &str = "vjepa2_tiny_meta_layout.pt";
const V21: &str = "vjepa21_tiny_meta_layout.pt";
const DISTILLED: &str = "vjepa21_tiny_distilled_meta_layout.pt";
const HF: &str = "hf_vjepa2_tiny/model.safetensors";
const CLASSIFIER: &str = "hf_vjepa2_tiny_cls/model.safetensors";

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints").join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_published_layout_has_its_tensors() {
    for (name, format, count) in [
        (V1, Format::Torch, 91),
        (V2, Format::Torch, 101),
        (V21, Format::Torch, 378),
        (DISTILLED, Format::Torch, 377),
        (HF, Format::Safetensors, 91),
        (CLASSIFIER, Format::Safetensors, 156),
    ] {
        let bytes = read(name);
        let directory = open(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((directory.format, directory.entries.len()), (format, count), "{name}");
        assert!(directory.unreadable.is_empty(), "{name}");
        assert!(directory.entries.is_sorted_by_key(|entry| entry.place), "{name}");
        for entry in &directory.entries {
            assert!(values(&bytes, entry).iter().all(|value| value.is_finite()), "{name}: {}", entry.name);
        }
    }
}

#[test]
fn names_shapes_and_numbers_are_those_python_reads() {
    for (file, name, dtype, shape, first, sum) in [
        (V1, "target_encoder.module.backbone.pos_embed", Dtype::F32, vec![1, 32, 48], 0.0, 778.514_826),
        (
            V1,
            "predictor.module.backbone.predictor_blocks.0.attn.qkv.weight",
            Dtype::F32,
            vec![72, 24],
            0.038_326_74,
            -16.829_218,
        ),
        (V2, "target_encoder.module.backbone.norm.bias", Dtype::F32, vec![48], -0.042_283_177, -0.162_181),
        (V21, "encoder.module.backbone.blocks.2.mlp.fc2.weight", Dtype::F16, vec![32, 64], -0.018_173_218, 34.774_872),
        (V21, "target_encoder.module.backbone.norms_block.3.weight", Dtype::F32, vec![32], 0.939_227_34, 32.003_426),
        (
            DISTILLED,
            "ema_encoder.module.backbone.blocks.11.attn.qkv.weight",
            Dtype::F32,
            vec![96, 32],
            0.448_166_34,
            7.973_149,
        ),
    ] {
        let bytes = read(file);
        let directory = open(&bytes).unwrap();
        let entry = entry(&directory, name);
        assert_eq!((entry.dtype, &entry.shape), (dtype, &shape), "{name}");
        let found = values(&bytes, entry);
        assert_eq!(found[0], first, "{name}");
        let total: f64 = found.iter().map(|value| f64::from(*value)).sum();
        assert!((total - sum).abs() < 1e-5, "{name}: {total}, not {sum}");
    }
}

/// The two are the same model: its predictor, as Meta and as Hugging Face store it.
#[test]
fn one_model_is_the_same_in_both_formats() {
    let [meta, face] = [read(V2), read(HF)];
    let [in_meta, in_face] = [open(&meta).unwrap(), open(&face).unwrap()];
    for layer in 0..2 {
        let ours = format!("predictor.module.backbone.predictor_blocks.{layer}");
        let theirs = format!("predictor.layer.{layer}");
        let part = |name: &str| values(&face, entry(&in_face, &format!("{theirs}.attention.{name}.weight")));
        let qkv = values(&meta, entry(&in_meta, &format!("{ours}.attn.qkv.weight")));
        assert_eq!(qkv, [part("query"), part("key"), part("value")].concat());
        let proj = values(&meta, entry(&in_meta, &format!("{ours}.attn.proj.weight")));
        assert_eq!(proj, part("proj"));
    }
}

/// Held against the `safetensors` crate, which reads whole files.
#[test]
fn safetensors_are_as_their_own_crate_reads_them() {
    for name in [HF, CLASSIFIER] {
        let bytes = read(name);
        let directory = open(&bytes).unwrap();
        let theirs = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(theirs.len(), directory.entries.len());
        assert_eq!(directory.metadata["format"], "pt");
        for entry in &directory.entries {
            let tensor = theirs.tensor(&entry.name).unwrap();
            let Place::At(at) = entry.place else { panic!("{}", entry.name) };
            assert_eq!(tensor.shape(), entry.shape);
            assert_eq!(tensor.data(), &bytes[at as usize..(at + entry.bytes) as usize]);
        }
    }
}

#[test]
fn only_the_directory_is_read() {
    for name in [V1, V2, V21, DISTILLED, HF, CLASSIFIER] {
        let bytes = read(name);
        let mut source = Watched::new(&bytes);
        pollster::block_on(formats::open(&mut source)).unwrap();
        assert!(source.read < 200_000, "{name}: {} of {} bytes", source.read, bytes.len());
    }
}

#[test]
fn a_file_on_disk_is_read_like_memory() {
    for name in [V2, HF] {
        let bytes = read(name);
        let mut file = std::fs::File::open(path(name)).unwrap();
        let directory = pollster::block_on(formats::open(&mut file)).unwrap();
        assert_eq!(directory.entries, open(&bytes).unwrap().entries);
        let entry = &directory.entries[5];
        let begin = pollster::block_on(entry.begin(&mut file)).unwrap();
        let found = pollster::block_on(file.read(begin, entry.bytes as usize)).unwrap();
        assert_eq!(found, bytes[begin as usize..][..entry.bytes as usize]);
        let past = pollster::block_on(file.read(bytes.len() as u64 - 1, 2));
        assert_eq!(past.unwrap_err().code, "io");
    }
}

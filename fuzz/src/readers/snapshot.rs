//! Files of runs and of models as the page loads them: what is accepted can be trained, or looked with.

use super::{
    choices::Choices,
    config::{sound, tinies},
    json, said,
    stored::{self, Stored},
};
use crate::deeper;
use serde_json::Value;
use std::sync::LazyLock;
use vjepa_web::{
    ModelConfig,
    checkpoint::{Snapshot, Start, read_safetensors},
    precision::Precision,
};

const HEADER: &str = "vjepa-web";
const CHECKSUM: &str = "vjepa-web-crc32";

/// A file: its model, its header and its tensors.
struct File {
    config: ModelConfig,
    header: Value,
    tensors: Vec<Stored>,
}

/// Runs of each kind.
static RUNS: LazyLock<Vec<File>> = LazyLock::new(|| {
    tinies().into_iter().map(|config| file(&deeper::run(config).to_bytes().expect("it is written"))).collect()
});

/// The same as they are shipped.
static SHIPPED: LazyLock<Vec<File>> = LazyLock::new(|| {
    let snapshots = RUNS.iter().map(|file| whole(file, &mut Choices::new(&[])));
    let all = snapshots.flat_map(|bytes| {
        let snapshot = Snapshot::from_bytes(&bytes).expect("it is right");
        [Precision::F16, Precision::Int8]
            .map(|precision| file(&snapshot.to_shipped_bytes(precision).expect("it is written")))
    });
    all.collect()
});

fn file(bytes: &[u8]) -> File {
    let (_, metadata) = read_safetensors(bytes).expect("it is right");
    let header: Value = serde_json::from_str(&metadata[HEADER]).expect("it is JSON");
    let config = serde_json::from_value(header["config"].clone()).expect("it is one");
    let read = safetensors::SafeTensors::deserialize(bytes).expect("it is right");
    let tensor = |(name, view): (&str, safetensors::tensor::TensorView)| Stored {
        name: name.into(),
        dtype: match view.dtype() {
            safetensors::Dtype::F16 => "F16",
            safetensors::Dtype::I8 => "I8",
            _ => "F32",
        },
        shape: view.shape().iter().map(|&size| size as u64).collect(),
        data: view.data().to_vec(),
    };
    File { config, header, tensors: read.iter().map(tensor).collect() }
}

fn whole(File { header, tensors, .. }: &File, choices: &mut Choices) -> Vec<u8> {
    stored::file(tensors, &[(HEADER, &header.to_string())], choices)
}

/// A damaged one. Its checksum is right, as somebody who means harm would have it, or there is none, as in old files.
fn damaged(files: &[File], choices: &mut Choices) -> (ModelConfig, Vec<u8>) {
    let File { config, header, tensors } = &files[choices.below(files.len())];
    let (mut header, mut tensors) = (header.clone(), tensors.clone());
    json::change(&mut header, choices);
    stored::change(&mut tensors, choices);
    let header = json::text(&header, choices);
    let sum = (choices.seldom(4)).then(|| checksum(&header, &tensors));
    let sum = sum.as_ref().map(|sum| (CHECKSUM, sum.as_str()));
    let metadata: Vec<_> = [Some((HEADER, header.as_str())), sum].into_iter().flatten().collect();
    (config.clone(), stored::file(&tensors, &metadata, choices))
}

/// Of f32 tensors as the reader counts it; of others it is another number, which is a wrong sum.
fn checksum(header: &str, tensors: &[Stored]) -> String {
    let mut tensors: Vec<_> = tensors.iter().collect();
    tensors.sort_by_key(|tensor| &tensor.name);
    let mut hash = crc32fast::Hasher::new();
    hash.update(header.as_bytes());
    for Stored { name, shape, data, .. } in tensors {
        hash.update(name.as_bytes());
        shape.iter().for_each(|size| hash.update(&size.to_le_bytes()));
        hash.update(data);
    }
    format!("{:08x}", hash.finalize())
}

/// Runs. One that is accepted takes a step, if its choices say so.
pub fn snapshot(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let steps = choices.seldom(8);
    let (_, file) = damaged(&RUNS, &mut choices);
    match Snapshot::from_bytes(&file) {
        Ok(snapshot) => {
            sound(&snapshot.header.config);
            if let Some(recipe) = &snapshot.header.recipe
                && snapshot.header.config.grid().tokens() < 4096
                && let Err(error) = recipe.check(&snapshot.header.config)
            {
                said(&error);
            }
            deeper::resume(snapshot, steps);
        }
        Err(error) => said(&error),
    }
}

/// Models in f16 and int8.
pub fn shipped(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (config, file) = damaged(&SHIPPED, &mut choices);
    match Start::from_bytes(&file) {
        Ok(started) => {
            for (name, tensor) in &started.weights.0 {
                assert!(tensor.data.iter().all(|value| value.is_finite()), "{name}");
                assert_eq!(tensor.data.len(), tensor.shape.iter().product::<usize>(), "{name}");
            }
            deeper::begin(started, &config);
        }
        Err(error) => said(&error),
    }
}

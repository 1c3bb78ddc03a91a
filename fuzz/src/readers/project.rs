//! Projects of taught classes.

use super::{
    choices::Choices,
    json, said,
    stored::{self, Stored},
};
use serde_json::json;
use vjepa_web::fewshot::{Project, THUMBNAIL, pooled};

pub fn project(bytes: &[u8]) {
    const WIDTH: usize = 2;
    const N: usize = 3;
    let mut choices = Choices::new(bytes);
    let mut header = json!({ "version": 2, "classes": ["cat", "dog"],
        "model": { "family": "vjepa2", "name": "nano", "width": WIDTH, "frames": 8, "size": 32 } });
    let d = pooled(WIDTH);
    json::change(&mut header, &mut choices);
    let tensor = |name: &str, dtype, shape: &[usize], data: Vec<u8>| Stored {
        name: name.into(),
        dtype,
        shape: shape.iter().map(|&size| size as u64).collect(),
        data,
    };
    let labels = (0..N as u32).flat_map(|label| (label % 2).to_le_bytes()).collect();
    let mut tensors = vec![
        tensor("features", "F16", &[N, d], [0, 0x3c].repeat(N * d)),
        tensor("identity", "F16", &[d], [0, 0x3c].repeat(d)),
        tensor("labels", "U32", &[N], labels),
        tensor("thumbnails", "U8", &[N, THUMBNAIL, THUMBNAIL, 4], vec![9; N * THUMBNAIL * THUMBNAIL * 4]),
    ];
    stored::change(&mut tensors, &mut choices);
    let text = json::text(&header, &mut choices);
    let sum = if choices.seldom(16) { "00000000".to_string() } else { checksum(&text, &tensors) };
    let metadata = [("vjepa-web-classes", text.as_str()), ("vjepa-web-crc32", sum.as_str())];
    match Project::from_bytes(&stored::file(&tensors, &metadata, &mut choices)) {
        Ok(project) => {
            let again = Project::from_bytes(&project.to_bytes().expect("it is written")).expect("it is ours");
            assert_eq!(project.examples.classes(), again.examples.classes());
            assert_eq!(project.examples.all(), again.examples.all());
            assert_eq!(project.identity, again.identity);
        }
        Err(error) => said(&error),
    }
}

/// As somebody who means harm would have it: right.
fn checksum(header: &str, tensors: &[Stored]) -> String {
    let mut hash = crc32fast::Hasher::new();
    hash.update(header.as_bytes());
    for name in ["features", "identity", "labels", "thumbnails"] {
        tensors.iter().filter(|tensor| tensor.name == name).for_each(|tensor| hash.update(&tensor.data));
    }
    format!("{:08x}", hash.finalize())
}

//! Equal contents, equal files.

use serde_json::Value;

/// The same safetensors file with its header in alphabetical order.
///
/// The library writes metadata as a hash map has them, in another order each time; a run that was saved twice is to be the
/// same file twice. What is no such file stays as it is.
pub fn ordered(mut file: Vec<u8>) -> Vec<u8> {
    let Some((length, rest)) = file.split_first_chunk::<8>() else { return file };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let header = rest.get(..length).and_then(|header| serde_json::from_slice::<Value>(header).ok());
    // The same entries in another order are as long; the rest is the blanks that align the data.
    if let Some(text) = header.map(|header| header.to_string()).filter(|text| text.len() <= length) {
        let place = &mut file[8..8 + length];
        place.fill(b' ');
        place[..text.len()].copy_from_slice(text.as_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::{Dtype, SafeTensors, tensor::TensorView};
    use std::collections::HashMap;

    #[test]
    fn the_order_of_metadata_no_longer_matters() {
        let data = [1.0f32, 2.0].map(f32::to_le_bytes).concat();
        let file = |keys: [&str; 3]| {
            let view = TensorView::new(Dtype::F32, vec![2], &data).unwrap();
            let metadata: HashMap<String, String> = keys.map(|key| (key.into(), format!("of \"{key}\""))).into();
            safetensors::serialize([("weights", view)], Some(metadata)).unwrap()
        };
        let (a, b) = (ordered(file(["a", "b", "c"])), ordered(file(["c", "a", "b"])));
        assert_eq!(a, b);
        let read = SafeTensors::deserialize(&a).unwrap();
        assert_eq!(read.tensor("weights").unwrap().data(), data);
        let (_, header) = SafeTensors::read_metadata(&a).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["b"], "of \"b\"");
        assert_eq!(ordered(b"no".to_vec()), b"no");
        assert_eq!(ordered(vec![255; 20]), vec![255; 20]);
    }
}

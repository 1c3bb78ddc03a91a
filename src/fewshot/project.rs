//! Classes and examples as a file: safetensors, with names and the model's identity as JSON in its metadata. Files come from
//! anywhere: nothing in one is believed before it is checked, and no more memory is taken than the file has bytes.

use super::{BUDGET, Examples, FewshotError, Identity, THUMBNAIL, parts, pooled};
use crate::formats::ordered;
use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::HashMap};

/// Of the layout.
const VERSION: u32 = 2;
/// The metadata keys of the header and of the checksum over it and all tensors, in hexadecimal digits.
const HEADER: &str = "vjepa-web-classes";
const CHECKSUM: &str = "vjepa-web-crc32";
/// Bytes a file may have beyond the examples' own.
const SLACK: usize = 1 << 20;

/// `[n, d]` f16, `[n]` u32, `[n, 24, 24, 4]` u8, `[d]` f16.
const FEATURES: &str = "features";
const LABELS: &str = "labels";
const THUMBNAILS: &str = "thumbnails";
const IDENTITY: &str = "identity";

/// Examples with the model that saw them.
#[derive(Debug, Clone)]
pub struct Project {
    pub identity: Identity,
    pub examples: Examples,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    model: Identity,
    /// Names, by the labels' numbers.
    classes: Vec<String>,
}

/// What is asked first: a later version may say everything else otherwise.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Project {
    /// A file of everything but what could be undone.
    ///
    /// # Errors
    /// [`FewshotError::NotAProject`] if the library refuses.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FewshotError> {
        let (examples, rows) = (self.examples.all(), self.examples.rows());
        let (n, d) = (examples.len(), self.examples.dims());
        let classes = self.examples.classes().iter().map(|class| class.name.clone()).collect();
        let header = Header { version: VERSION, model: self.identity.clone(), classes };
        let header = serde_json::to_string(&header).map_err(unreadable)?;
        let tensors = [
            (FEATURES, Dtype::F16, vec![n, d], halves(examples.iter().flat_map(|example| &example.features))),
            (IDENTITY, Dtype::F16, vec![d], halves(&self.identity.features)),
            (LABELS, Dtype::U32, vec![n], rows.labels.iter().flat_map(|&label| (label as u32).to_le_bytes()).collect()),
            (
                THUMBNAILS,
                Dtype::U8,
                vec![n, THUMBNAIL, THUMBNAIL, 4],
                examples.iter().flat_map(|example| &example.thumbnail).copied().collect(),
            ),
        ];
        let mut views = Vec::with_capacity(tensors.len());
        for (name, dtype, shape, data) in &tensors {
            views.push((*name, TensorView::new(*dtype, shape.clone(), data).map_err(unreadable)?));
        }
        let checksum = checksum(&header, tensors.iter().map(|(.., data)| data.as_slice()));
        let metadata = HashMap::from([(HEADER.into(), header), (CHECKSUM.into(), checksum)]);
        safetensors::serialize(views, Some(metadata)).map(ordered).map_err(unreadable)
    }

    /// # Errors
    /// [`FewshotError::NotAProject`] for any other file or a broken one, [`FewshotError::Version`],
    /// [`FewshotError::Outdated`], [`FewshotError::Damaged`]; [`FewshotError::Name`], [`FewshotError::Taken`],
    /// [`FewshotError::Full`] and the like for contents that could not have been made here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FewshotError> {
        if bytes.len() > BUDGET + SLACK {
            return Err(broken("it is larger than any"));
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let metadata = metadata.metadata().as_ref().ok_or_else(|| broken("it has no header"))?;
        let header = metadata.get(HEADER).ok_or_else(|| broken("it has no header"))?;
        let Version { version } = serde_json::from_str(header).map_err(unreadable)?;
        match version.cmp(&VERSION) {
            Ordering::Less => return Err(FewshotError::Outdated(version)),
            Ordering::Equal => {}
            Ordering::Greater => return Err(FewshotError::Version(version)),
        }
        let [features, identity, labels, thumbnails] =
            [(FEATURES, Dtype::F16), (IDENTITY, Dtype::F16), (LABELS, Dtype::U32), (THUMBNAILS, Dtype::U8)]
                .map(|(name, dtype)| tensor(&file, name, dtype));
        let (features, identity, labels, thumbnails) = (features?, identity?, labels?, thumbnails?);
        let data = [&features, &identity, &labels, &thumbnails].map(TensorView::data);
        if metadata.get(CHECKSUM) != Some(&checksum(header, data.into_iter())) {
            return Err(FewshotError::Damaged);
        }
        let Header { model, classes, .. } = serde_json::from_str(header).map_err(unreadable)?;
        let &[n, d] = features.shape() else { return Err(broken("its features are no table")) };
        let fits =
            identity.shape() == [d] && labels.shape() == [n] && thumbnails.shape() == [n, THUMBNAIL, THUMBNAIL, 4];
        if d != pooled(model.width) || !fits {
            return Err(broken("its parts don't fit together"));
        }
        let identity = Identity { features: floats(identity.data()).collect(), ..model };
        if !identity.features.iter().all(|value| value.is_finite()) {
            return Err(FewshotError::NotFinite);
        }
        let mut examples = Examples::new(&parts(model.width));
        let ids = classes.iter().map(|name| examples.add_class(name)).collect::<Result<Vec<_>, _>>()?;
        let labels =
            labels.data().chunks_exact(4).map(|label| u32::from_le_bytes([label[0], label[1], label[2], label[3]]));
        let pictures = thumbnails.data().chunks_exact(THUMBNAIL * THUMBNAIL * 4);
        for ((row, label), picture) in features.data().chunks_exact(2 * d).zip(labels).zip(pictures) {
            let class = *ids.get(label as usize).ok_or_else(|| broken("an example is of no class"))?;
            let row: Vec<f32> = floats(row).map(f16::to_f32).collect();
            examples.add(class, &row, picture.to_vec())?;
        }
        examples.forget();
        Ok(Self { identity, examples })
    }
}

fn tensor<'a>(file: &SafeTensors<'a>, name: &str, dtype: Dtype) -> Result<TensorView<'a>, FewshotError> {
    let view = file.tensor(name).map_err(|_| broken(&format!("it has no {name}")))?;
    if view.dtype() == dtype { Ok(view) } else { Err(broken(&format!("its {name} are {:?}", view.dtype()))) }
}

fn halves<'a>(values: impl IntoIterator<Item = &'a f16>) -> Vec<u8> {
    values.into_iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f16> {
    bytes.chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]))
}

fn checksum<'a>(header: &str, tensors: impl Iterator<Item = &'a [u8]>) -> String {
    let mut hash = crc32fast::Hasher::new();
    hash.update(header.as_bytes());
    tensors.for_each(|data| hash.update(data));
    format!("{:08x}", hash.finalize())
}

fn broken(what: &str) -> FewshotError {
    FewshotError::NotAProject(what.into())
}

/// What a library says, not at any length.
fn unreadable(error: impl std::fmt::Display) -> FewshotError {
    let text: String = error.to_string().chars().take(120).collect();
    FewshotError::NotAProject(text.trim_end_matches('.').into())
}

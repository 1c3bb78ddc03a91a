//! From files to a model on the device, tensor by tensor: no more than a piece of one file and one matrix is ever on the
//! heap, however large the checkpoint.

use super::{
    CheckpointError,
    build::Builder,
    hashed::Hashed,
    names::{Naming, Place, Share, wrappers},
    plan::{Plan, plan},
};
use crate::{
    config::{Limits, ModelConfig},
    error::Error,
    formats::{self, AnyBytes, Bytes, Directory, Entry, Format, FormatError, decode},
    kernels::packing::LARGEST_HALF,
    model::{ActionPredictor, Classifier, Encoder, Group, OptionalNetwork, Predictor},
    precision::Precision,
};
use burn::tensor::{Device, Tensor, Transaction};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a file that are read at once.
const PIECE: usize = 1 << 20;
/// Bytes after which the device is waited for, so that what it has not taken yet does not pile up.
const UNSETTLED: u64 = 64 << 20;

/// What is asked of a checkpoint.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    pub name: String,
    /// The text of the `config.json` beside it, if there is one.
    pub config: Option<String>,
    /// That of `video_preprocessor_config.json` or `preprocessor_config.json`.
    pub preprocessor: Option<String>,
    /// Frames a clip; 0 for the 16 that all of them can look at, or fewer if it was released for fewer.
    pub frames: usize,
    /// How matrices are kept. Where the kernels can't, they stay f32.
    pub precision: Precision,
    pub limits: Limits,
}

/// A model that was loaded: for looking, not for training.
#[derive(Debug)]
pub struct Loaded {
    pub config: ModelConfig,
    pub encoder: Encoder,
    /// Of hidden tokens; an action-conditioned model has none.
    pub predictor: Option<Predictor>,
    /// Of the next frame under an action.
    pub actions: Option<ActionPredictor>,
    pub classifier: Option<Classifier>,
    pub report: LoadReport,
}

/// What came of the files.
#[derive(Debug, Clone, Serialize)]
pub struct LoadReport {
    pub name: String,
    pub precision: Precision,
    /// Tensors of the files that are in the model.
    pub matched: usize,
    /// What such a model has and the files have not; it works without.
    pub missing: Vec<String>,
    /// Tensors of the files that the model does not use.
    pub unused: Vec<String>,
    /// What was wrapped around the model and taken off the names of its tensors, such as `module`.
    pub wrappers: Vec<String>,
    /// Read in all.
    pub bytes: u64,
    /// Sha256 of what was read of each file, in the order of the file.
    pub sha256: Vec<String>,
    /// Whether the files were read without gaps, so that their hashes are those of the whole.
    pub whole: bool,
}

/// How far loading is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Bytes of wanted tensors, so far and in all.
    pub loaded: u64,
    pub total: u64,
    pub tensors: usize,
    pub of_tensors: usize,
}

pub(super) struct File<B> {
    source: Hashed<B>,
    pub directory: Directory,
}

/// Load the model that `sources` hold between them.
///
/// # Errors
/// [`Error::Format`] if a file can't be read, [`Error::Checkpoint`] if it is of another model, [`Error::Config`] if the
/// device can't hold it; all of these before the first tensor is read, where the directory shows it.
pub async fn load<B: Bytes>(
    sources: Vec<B>,
    options: &LoadOptions,
    device: &Device,
    mut progress: impl FnMut(Progress),
) -> Result<Loaded, Error> {
    load_any(sources.into_iter().map(AnyBytes::new).collect(), options, device, &mut progress).await
}

async fn load_any(
    sources: Vec<AnyBytes<'_>>,
    options: &LoadOptions,
    device: &Device,
    mut progress: &mut dyn FnMut(Progress),
) -> Result<Loaded, Error> {
    let mut files = Vec::with_capacity(sources.len());
    for source in sources {
        files.push(open(source).await?);
    }
    let Plan { naming, config, precision, specs, missing, noughts, tables } = plan(&files, options)?;
    let mut builder = Builder::new(specs, precision, device);
    for (name, count) in noughts {
        builder.put(&name, 0, &vec![0.0; count])?;
    }
    let mut transfer = Transfer::new(builder, naming, device);
    transfer.tables = tables;
    transfer.count(&files);
    progress(transfer.progress);
    for file in &mut files {
        transfer.file(file, &mut progress).await?;
    }
    let Transfer { builder, progress: Progress { tensors, .. }, unused, wrappers, .. } = transfer;
    let report = LoadReport {
        name: options.name.clone(),
        precision,
        matched: tensors,
        missing,
        unused,
        wrappers: wrappers.into_iter().map(String::from).collect(),
        bytes: files.iter().map(|file| file.source.bytes).sum(),
        whole: files.iter().all(|file| file.source.whole()),
        sha256: files.into_iter().map(|file| file.source.digest()).collect(),
    };
    Ok(assemble(config, builder.finish()?, report, device))
}

pub(super) fn entries<B>(files: &[File<B>]) -> impl Iterator<Item = &Entry> + Clone {
    files.iter().flat_map(|file| &file.directory.entries)
}

async fn open<B: Bytes>(source: B) -> Result<File<B>, Error> {
    let mut source = Hashed::new(source);
    let directory = formats::open(&mut source).await?;
    if directory.format == Format::Torch {
        source.restart();
    }
    Ok(File { source, directory })
}

fn assemble(config: ModelConfig, groups: Vec<Group>, report: LoadReport, device: &Device) -> Loaded {
    let mut groups = groups.into_iter();
    let mut take = |count: usize| groups.by_ref().take(count).collect::<Vec<_>>();
    let encoder = Encoder::assemble(&config, take(Encoder::specs(&config).len()), device);
    let actions = ActionPredictor::assemble(&config, take(ActionPredictor::specs(&config).len()));
    let has_predictor = actions.is_none() && !report.missing.iter().any(|missing| missing == "predictor");
    let predictor = has_predictor.then(|| Predictor::assemble(&config, take(Predictor::specs(&config).len()), device));
    let classifier = Classifier::assemble(&config, take(Classifier::specs(&config).len()));
    Loaded { config, encoder, predictor, actions, classifier, report }
}

/// Reading, and what has come of it.
struct Transfer {
    builder: Builder,
    naming: Naming,
    device: Device,
    progress: Progress,
    unused: Vec<String>,
    wrappers: BTreeSet<&'static str>,
    /// What tensors must hold that are read only to be held against it, by our names.
    tables: BTreeMap<String, Vec<f32>>,
    unsettled: u64,
    /// Values of a piece.
    values: Vec<f32>,
}

impl Transfer {
    fn new(builder: Builder, naming: Naming, device: &Device) -> Self {
        Self {
            builder,
            naming,
            device: device.clone(),
            progress: Progress::default(),
            unused: Vec::new(),
            wrappers: BTreeSet::new(),
            tables: BTreeMap::new(),
            unsettled: 0,
            values: Vec::new(),
        }
    }

    /// Where a tensor of a file goes, if the model has that.
    fn place(&self, entry: &Entry) -> Option<Place> {
        let place = self.naming.place(&entry.name)?;
        let name = match place.share {
            Share::Spread => &format!("{}.0", place.name),
            _ => &place.name,
        };
        self.builder.part(name).is_some().then_some(place)
    }

    /// What there is to do.
    fn count<B>(&mut self, files: &[File<B>]) {
        let wanted = entries(files).filter(|entry| self.place(entry).is_some()).map(|entry| entry.bytes);
        let (of_tensors, total) = wanted.fold((0, 0), |(count, sum), bytes| (count + 1, sum + bytes));
        self.progress = Progress { of_tensors, total, ..Progress::default() };
    }

    /// All tensors of a file, in its order.
    async fn file<B: Bytes>(&mut self, file: &mut File<B>, report: &mut impl FnMut(Progress)) -> Result<(), Error> {
        let File { source, directory } = file;
        for entry in &directory.entries {
            match self.place(entry) {
                Some(place) => {
                    self.tensor(source, entry, &place, report).await?;
                    self.progress.tensors += 1;
                    self.wrappers.extend(wrappers(&entry.name));
                }
                None => {
                    self.unused.push(entry.name.clone());
                    let place = self.naming.place(&entry.name);
                    if let Some(table) = place.and_then(|place| self.tables.get(&place.name)) {
                        compare(source, entry, table).await?;
                    } else if directory.format == Format::Safetensors {
                        pass(source, entry).await?;
                    }
                }
            }
            report(self.progress);
        }
        Ok(())
    }

    /// One tensor, a few rows at a time.
    async fn tensor<B: Bytes>(
        &mut self,
        source: &mut Hashed<B>,
        entry: &Entry,
        place: &Place,
        report: &mut impl FnMut(Progress),
    ) -> Result<(), Error> {
        let begin = entry.begin(source).await?;
        let count: usize = entry.shape.iter().product();
        let rows = entry.shape.first().copied().unwrap_or(1);
        let columns = count / rows.max(1);
        let row_bytes = columns * entry.dtype.size();
        // Four rows at least are packed together.
        let step = (PIECE / row_bytes.max(1)).max(4).next_multiple_of(4);
        for first in (0..rows).step_by(step) {
            let bytes = read(source, begin + (first * row_bytes) as u64, step.min(rows - first) * row_bytes).await?;
            self.values.clear();
            self.values.reserve_exact(bytes.len() / entry.dtype.size());
            decode(entry.dtype, &bytes, &mut self.values);
            self.check(&entry.name, place)?;
            self.put(place, first, [rows, columns]).await?;
            self.progress.loaded += bytes.len() as u64;
            report(self.progress);
        }
        Ok(())
    }

    /// Whether the values in hand are numbers, as they are and as they will be kept.
    fn check(&self, name: &str, place: &Place) -> Result<(), CheckpointError> {
        let most = self
            .values
            .iter()
            .fold(0.0, |most: f32, value| if value.is_nan() { f32::INFINITY } else { most.max(value.abs()) });
        match most {
            f32::INFINITY => Err(CheckpointError::NotFinite(name.into())),
            most if most > LARGEST_HALF && self.builder.precision(&place.name) == Precision::F16 => {
                Err(CheckpointError::BeyondHalf(name.into()))
            }
            _ => Ok(()),
        }
    }

    /// The rows in hand, from `first` on, of a tensor `[rows, columns]`.
    async fn put(&mut self, place: &Place, first: usize, [rows, columns]: [usize; 2]) -> Result<(), Error> {
        let complete = match place.share {
            Share::Whole => self.builder.put(&place.name, first, &self.values)?,
            Share::Part { index, .. } => self.builder.put(&place.name, index * rows + first, &self.values)?,
            Share::Spread => {
                for (i, values) in self.values.chunks(columns.max(1)).enumerate() {
                    // A file may have more of them than its config.json uses.
                    let name = format!("{}.{}", place.name, first + i);
                    if self.builder.part(&name).is_some() {
                        self.builder.put(&name, 0, values)?;
                    }
                }
                false
            }
        };
        self.unsettled += 4 * self.values.len() as u64;
        if complete && self.unsettled > UNSETTLED {
            self.settle().await?;
        }
        Ok(())
    }

    /// Wait until the device has taken what it was given.
    async fn settle(&mut self) -> Result<(), Error> {
        self.unsettled = 0;
        let last = Transaction::default().register(Tensor::<1>::zeros([1], &self.device));
        last.execute_async().await.map_err(|error| Error::Read(error.to_string()))?;
        Ok(())
    }
}

/// Hold a tensor that is computed here against what is stored. Halves are a few thousandths off.
async fn compare<B: Bytes>(source: &mut Hashed<B>, entry: &Entry, table: &[f32]) -> Result<(), Error> {
    let begin = entry.begin(source).await?;
    let (mut expected, size) = (table.iter(), entry.dtype.size() as u64);
    for at in (0..entry.bytes).step_by(PIECE) {
        let bytes = read(source, begin + at, (entry.bytes - at).min(PIECE as u64 / size * size) as usize).await?;
        let mut values = Vec::with_capacity(bytes.len() / entry.dtype.size());
        decode(entry.dtype, &bytes, &mut values);
        let near = |value: &f32| expected.next().is_some_and(|wanted| (value - wanted).abs() < 1e-2);
        if !values.iter().all(near) {
            return Err(CheckpointError::Positions(entry.name.clone()).into());
        }
    }
    Ok(())
}

/// Read a tensor that nobody wants: only a file without gaps has the hash that was published.
async fn pass<B: Bytes>(source: &mut Hashed<B>, entry: &Entry) -> Result<(), Error> {
    let begin = entry.begin(source).await?;
    for at in (0..entry.bytes).step_by(PIECE) {
        let count = (entry.bytes - at).min(PIECE as u64) as usize;
        read(source, begin + at, count).await?;
    }
    Ok(())
}

/// Exactly `count` bytes.
async fn read<B: Bytes>(source: &mut Hashed<B>, at: u64, count: usize) -> Result<Vec<u8>, FormatError> {
    let bytes = source.read(at, count).await?;
    if bytes.len() == count { Ok(bytes) } else { Err(FormatError::Truncated { what: "weights" }) }
}

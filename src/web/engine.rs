//! [`Session`] behind a JavaScript class.

use super::{
    OPENED,
    convert::{self, JsResult, failure},
    helpers::{Offered, PageHelpers},
    reader::{Reader, ReaderBytes},
};
use crate::{
    checkpoint::{self, FileDtype, LoadOptions, Progress, Snapshot, Start},
    config::ModelConfig,
    device::{Kind, Opened},
    error::Error,
    exam::{Exam, ExamRun, ProbeSizes},
    precision::Precision,
    recipe::check_world,
    session::{Landscape, MaskKind, Picture, Session, prove},
    world::{WORLDS, WorldSpec, two_rooms::ACTION_DIM},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;

/// One model at work. Calls that return a promise must not overlap: the host queues them.
#[wasm_bindgen]
pub struct Engine {
    pub(super) session: Session,
    /// Under way, of the model as it was when it began.
    exam: Option<ExamRun>,
}

/// What is asked in an exam.
#[derive(Deserialize)]
struct ExamWish {
    seed: u64,
    world: String,
    pairs: usize,
    probes: ProbeSizes,
}

/// What is asked of actions.
#[derive(Deserialize)]
struct EnergyWish {
    /// Width and height of start and goal.
    sizes: [[usize; 2]; 2],
    axes: [usize; 2],
    side: usize,
    reach: f64,
    /// At rest at the origin if it is not said.
    state: Option<Vec<f64>>,
}

/// What is asked of a checkpoint.
#[derive(Deserialize)]
struct Wish {
    name: String,
    config: Option<String>,
    #[serde(default)]
    preprocessor: Option<String>,
    frames: usize,
    precision: Precision,
}

#[derive(Deserialize)]
struct Settings {
    family: String,
    preset: String,
    seed: u64,
}

#[wasm_bindgen]
impl Engine {
    /// Seeded random weights. `settings`: JSON `{family, preset, seed}`.
    pub fn create(settings: &str) -> JsResult<Engine> {
        let settings: Settings = parse(settings, "settings")?;
        let family = settings.family.parse().map_err(|error: crate::config::ConfigError| failure(error))?;
        let config = ModelConfig::preset(&settings.preset, family).map_err(failure)?;
        let Opened { device, limits, .. } = opened()?;
        let session = Session::create(config, settings.seed, device, limits).map_err(failure)?;
        Ok(Engine { session, exam: None })
    }

    /// A session as [`snapshot`](Self::snapshot) saved it.
    pub fn restore(snapshot: &[u8]) -> JsResult<Engine> {
        let snapshot = Snapshot::from_bytes(snapshot).map_err(failure)?;
        let Opened { device, limits, .. } = opened()?;
        Ok(Engine { session: Session::restore(snapshot, device, limits).map_err(failure)?, exam: None })
    }

    /// A safetensors file.
    pub async fn snapshot(&self) -> JsResult<Vec<u8>> {
        let snapshot = self.session.snapshot().await.map_err(failure)?;
        snapshot.to_bytes().map_err(failure)
    }

    /// A published checkpoint from files that `readers` read. `options`: JSON `{name, config, preprocessor, frames, precision}`.
    /// `progress` is called with bytes so far, bytes in all, tensors so far, tensors in all.
    pub async fn load(readers: Vec<Reader>, options: &str, progress: js_sys::Function) -> JsResult<Engine> {
        let wish: Wish = parse(options, "options")?;
        let Opened { device, limits, kind, .. } = opened()?;
        let options = LoadOptions {
            name: wish.name,
            config: wish.config,
            preprocessor: wish.preprocessor,
            frames: wish.frames,
            // The CPU's kernels read f32.
            precision: if kind == Kind::Cpu { Precision::F32 } else { wish.precision },
            limits,
        };
        let report = |seen: Progress| convert::report_progress(&progress, seen);
        let sources = readers.into_iter().map(ReaderBytes::new).collect();
        let loaded = checkpoint::load(sources, &options, &device, report).await.map_err(failure)?;
        Ok(Engine { session: Session::frozen(loaded, device), exam: None })
    }

    /// Compute a fixture of the reference on this device, its weights in each precision that the engine has: JSON
    /// `ProofRow[]`.
    pub async fn prove(fixture: Vec<u8>) -> JsResult<String> {
        let Opened { device, kind, .. } = opened()?;
        let precisions: &[Precision] = match kind {
            Kind::Cpu | Kind::Cuda => &[Precision::F32],
            Kind::WebGpu => &[Precision::F32, Precision::F16, Precision::Int8],
        };
        Ok(json(&prove(&fixture, &device, precisions).await.map_err(failure)?))
    }

    /// JSON `LoadReport`; "null" for a model that was not loaded.
    pub fn report(&self) -> String {
        json(&self.session.report())
    }

    /// Write the model as a Hugging Face folder in a zip, its bytes in order to `sink`. `dtype`: "f32" or "f16".
    #[wasm_bindgen(js_name = exportFolder)]
    pub async fn export_folder(&self, dtype: String, sink: js_sys::Function) -> JsResult<()> {
        let dtype: FileDtype = serde_json::from_value(dtype.into())
            .map_err(|_| failure(Error::Settings("dtype must be f32 or f16".into())))?;
        self.session.export(dtype, async |chunk: &[u8]| convert::hand_over(&sink, chunk).await).await.map_err(failure)
    }

    /// JSON `ModelInfo`.
    pub fn info(&self) -> String {
        let config = self.session.config();
        let grid = config.grid();
        let report = self.session.report();
        serde_json::json!({
            "name": config.name,
            "precision": report.map_or(Precision::F32, |report| report.precision),
            "checkpoint": report.is_some(),
            "classes": config.classifier.as_ref().map_or(0, |head| head.labels.len()),
            "family": config.family,
            "preset": config.name,
            "params": self.session.params(),
            "tokens": grid.tokens(),
            "width": config.width,
            "depth": config.depth,
            "grid": [grid.t, grid.h, grid.w],
            "frames": config.frames,
            "size": config.size,
            "patch": config.patch,
            "tubelet": config.tubelet,
            "batch": config.batch,
            "causal": config.causal.is_some(),
            // Of an agent in a room; a hand's are others.
            "actions": config.actions.is_some_and(|actions| actions.dim == ACTION_DIM),
            "energies": report.is_some() && config.actions.is_some(),
        })
        .to_string()
    }

    pub fn step(&self) -> f64 {
        self.session.step() as f64
    }

    /// `world`: a name, JSON `WorldSpec`, or "" for the recipe's own. It becomes the recipe's.
    #[wasm_bindgen(js_name = setWorld)]
    pub fn set_world(&mut self, world: &str, seed: f64) -> JsResult<()> {
        let spec = match world {
            "" => self.session.recipe().world.clone(),
            name => WorldSpec::named(name).map_or_else(|| parse(world, "world"), Ok)?,
        };
        check_world(&spec).map_err(failure)?;
        self.session.set_world(&spec, seed as u64);
        Ok(())
    }

    /// JSON `Recipe`.
    pub fn recipe(&self) -> String {
        json(self.session.recipe())
    }

    /// JSON `Recipe`, from the next step on.
    #[wasm_bindgen(js_name = setRecipe)]
    pub fn set_recipe(&mut self, recipe: &str) -> JsResult<()> {
        self.session.set_recipe(parse(recipe, "recipe")?).map_err(failure)
    }

    /// JSON `Rates`, held from the next step on.
    #[wasm_bindgen(js_name = setRates)]
    pub fn set_rates(&mut self, rates: &str) -> JsResult<()> {
        self.session.set_rates(parse(rates, "rates")?).map_err(failure)
    }

    #[wasm_bindgen(js_name = keepModel)]
    pub fn keep_model(&mut self) -> JsResult<()> {
        self.session.keep_model().map_err(failure)
    }

    /// JSON `{step}[]`, oldest first.
    #[wasm_bindgen(js_name = keptModels)]
    pub fn kept_models(&self) -> String {
        json(&self.session.kept_models())
    }

    /// `step`: of a kept model; undefined for the newest state.
    #[wasm_bindgen(js_name = showKeptModel)]
    pub fn show_kept_model(&mut self, step: Option<f64>) -> JsResult<()> {
        self.session.show_kept_model(step.map(|step| step as u64)).map_err(failure)
    }

    pub fn rewind(&mut self, step: f64) -> JsResult<()> {
        self.session.rewind(step as u64).map_err(failure)
    }

    /// JSON `Bank`.
    pub fn bank(&self) -> String {
        json(&self.session.bank())
    }

    /// A safetensors file of the whole run; `notes` come back with it.
    #[wasm_bindgen(js_name = exportRun)]
    pub async fn export_run(&self, notes: String) -> JsResult<Vec<u8>> {
        let mut snapshot = self.session.snapshot().await.map_err(failure)?;
        snapshot.header.notes = notes;
        snapshot.to_bytes().map_err(failure)
    }

    /// The run of a file in place of this one, which stays if the file is refused: JSON `Run`.
    #[wasm_bindgen(js_name = importRun)]
    pub fn import_run(&mut self, bytes: &[u8]) -> JsResult<String> {
        let mut snapshot = Snapshot::from_bytes(bytes).map_err(failure)?;
        let notes = std::mem::take(&mut snapshot.header.notes);
        let Opened { device, limits, .. } = opened()?;
        self.session = Session::restore(snapshot, device, limits).map_err(failure)?;
        Ok(json(&serde_json::json!({
            "step": self.session.step(),
            "recipe": self.session.recipe(),
            "source": self.session.source(),
            "notes": notes,
        })))
    }

    /// A new run from the weights in a file, in place of this one, which stays if the file is refused. `recipe`: JSON
    /// `Recipe`, or "null" for the model's own.
    #[wasm_bindgen(js_name = startFrom)]
    pub fn start_from(&mut self, bytes: &[u8], recipe: &str) -> JsResult<()> {
        let start = Start::from_bytes(bytes).map_err(failure)?;
        let recipe = parse(recipe, "recipe")?;
        let Opened { device, limits, .. } = opened()?;
        self.session = Session::start_from(start, self.session.config(), recipe, device, limits).map_err(failure)?;
        Ok(())
    }

    #[wasm_bindgen(js_name = advanceWorld)]
    pub fn advance_world(&mut self, frames: usize) {
        self.session.advance_world(frames);
    }

    #[wasm_bindgen(js_name = pushFrame)]
    pub fn push_frame(&mut self, rgba: Vec<u8>) -> JsResult<()> {
        self.session.push_frame(rgba).map_err(failure)
    }

    /// A frame of any size, RGBA: resized and cropped as the published evaluation does.
    #[wasm_bindgen(js_name = pushPicture)]
    pub fn push_picture(&mut self, rgba: &[u8], width: usize, height: usize) -> JsResult<()> {
        self.session.push_picture(rgba, width, height).map_err(failure)
    }

    /// One picture as the clip.
    #[wasm_bindgen(js_name = showStill)]
    pub fn show_still(&mut self, rgba: &[u8], width: usize, height: usize) -> JsResult<()> {
        self.session.show_still(rgba, width, height).map_err(failure)
    }

    #[wasm_bindgen(js_name = clearClip)]
    pub fn clear_clip(&mut self) {
        self.session.clear_clip();
    }

    #[wasm_bindgen(js_name = framesHeld)]
    pub fn frames_held(&self) -> usize {
        self.session.frames_held()
    }

    /// `mask`: one of the `masks` of [`constants`](super::constants). Resolves to a `Look`.
    pub async fn look(&mut self, mask: String) -> JsResult<JsValue> {
        let kind: MaskKind = serde_json::from_value(mask.into())
            .map_err(|_| failure(Error::Settings(format!("mask must be one of {}", json(&MaskKind::ALL)))))?;
        Ok(convert::look(&self.session.look(kind).await.map_err(failure)?))
    }

    pub fn similarity(&self, token: usize) -> JsResult<Vec<f32>> {
        self.session.similarity(token).map_err(failure)
    }

    pub async fn embed(&self, rgba: Vec<u8>) -> JsResult<Vec<f32>> {
        self.session.embed(rgba).await.map_err(failure)
    }

    /// Energies of actions between two pictures of any size, RGBA. `wish`: JSON `{sizes: [[width, height], [width, height]],
    /// axes, side, reach, state?}`. Resolves to `Float32Array` `[side, side]`.
    #[wasm_bindgen(js_name = actionEnergies)]
    pub async fn action_energies(&self, start: Vec<u8>, goal: Vec<u8>, wish: String) -> JsResult<Vec<f32>> {
        let EnergyWish { sizes: [start_size, goal_size], axes, side, reach, state } = parse(&wish, "wish")?;
        let picture = |rgba, [width, height]: [usize; 2]| Picture { rgba, width, height };
        let dim = self.session.config().actions.map_or(0, |actions| actions.dim);
        let wish = Landscape { axes, side, reach, state: state.unwrap_or_else(|| vec![0.0; dim]) };
        let [start, goal] = [picture(start.as_slice(), start_size), picture(goal.as_slice(), goal_size)];
        let energies = self.session.action_energies(start, goal, &wish).await.map_err(failure)?;
        Ok(energies.into_iter().map(|energy| energy as f32).collect())
    }

    /// Compile what looking and training will need, so that neither waits for it later.
    pub async fn prewarm(&self) -> JsResult<()> {
        self.session.prewarm().await.map_err(failure)
    }

    /// Begin to examine the model as it is now, in place of any exam before. `settings`: JSON `{seed, world, pairs, probes:
    /// {train, validation, test}}`.
    #[wasm_bindgen(js_name = beginExam)]
    pub fn begin_exam(&mut self, settings: &str) -> JsResult<()> {
        let wrong = |what: String| failure(Error::Settings(what));
        let wish: ExamWish = serde_json::from_str(settings).map_err(|error| wrong(error.to_string()))?;
        let unknown = || wrong(format!("there is no world \"{}\": choose one of {}", wish.world, WORLDS.join(", ")));
        let world = WorldSpec::named(&wish.world).ok_or_else(unknown)?;
        let usual = Exam::new(self.session.config(), world, wish.seed);
        let exam = Exam { pairs: wish.pairs, probes: wish.probes, ..usual };
        let model = self.session.eval_model().map_err(failure)?;
        self.exam = Some(ExamRun::new(exam, model, self.session.device().clone()).map_err(failure)?);
        Ok(())
    }

    /// Ask the next portion, or with `helpers` as many as there are workers. Resolves to JSON `ExamReport`: what came of all so far, which is all there is once `done`
    /// equals `portions`.
    pub async fn examine(&mut self, helpers: Option<PageHelpers>) -> JsResult<String> {
        let run = self.exam.as_mut().ok_or_else(|| failure(Error::NoExam))?;
        run.next_among(&Offered(helpers)).await.map_err(failure)?;
        let report = serde_json::to_string(run.report()).expect("numbers and strings");
        if run.finished() {
            self.exam = None;
        }
        Ok(report)
    }

    /// Let go of what an exam keeps in memory.
    #[wasm_bindgen(js_name = endExam)]
    pub fn end_exam(&mut self) {
        self.exam = None;
    }

    /// Resolves to JSON `TrainReport`. Batches are shared with `helpers`, if there are any.
    pub async fn train(&mut self, steps: usize, helpers: Option<PageHelpers>) -> JsResult<String> {
        let report = self.session.train_among(steps, convert::turn, &Offered(helpers)).await;
        Ok(json(&report.map_err(failure)?))
    }
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("numbers and strings")
}

/// `what` is for people.
pub(super) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> JsResult<T> {
    serde_json::from_str(text).map_err(|error| failure(Error::Settings(format!("{what}: {error}"))))
}

pub(super) fn opened() -> JsResult<Opened> {
    OPENED
        .with_borrow(Clone::clone)
        .ok_or_else(|| failure(Error::Device("openDevice() has to come before the first engine".into())))
}

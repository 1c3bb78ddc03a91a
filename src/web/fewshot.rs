//! Classes taught by a few clips, as JavaScript sees them.

use super::{
    convert::{JsResult, failure},
    engine::{Engine, json},
};
use crate::fewshot::FewshotError;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// JSON `{classes: {id, name}[], examples: {id, class}[], usage: {clips, bytes, budget, most}, undo, redo}`; the last
    /// two are numbers of changes.
    pub fn examples(&self) -> String {
        let examples = self.session.examples();
        let (undo, redo) = examples.remembered();
        let all = examples.all().iter().map(|example| serde_json::json!({"id": example.id, "class": example.class}));
        serde_json::json!({
            "classes": examples.classes(),
            "examples": all.collect::<Vec<_>>(),
            "usage": examples.usage(),
            "undo": undo,
            "redo": redo,
        })
        .to_string()
    }

    /// RGBA, 24x24.
    pub fn thumbnail(&self, example: u32) -> JsResult<Vec<u8>> {
        let found = self.session.examples().all().iter().find(|other| other.id == example);
        found.map(|example| example.thumbnail.clone()).ok_or_else(|| refused(FewshotError::NoExample(example)))
    }

    /// Its id.
    #[wasm_bindgen(js_name = addClass)]
    pub fn add_class(&mut self, name: &str) -> JsResult<u32> {
        self.session.examples_mut().add_class(name).map_err(refused)
    }

    #[wasm_bindgen(js_name = renameClass)]
    pub fn rename_class(&mut self, class: u32, name: &str) -> JsResult<()> {
        self.session.examples_mut().rename_class(class, name).map_err(refused)
    }

    /// With its examples.
    #[wasm_bindgen(js_name = removeClass)]
    pub fn remove_class(&mut self, class: u32) -> JsResult<()> {
        self.session.examples_mut().remove_class(class).map_err(refused)
    }

    /// The clip in the ring. Resolves to the example's id.
    #[wasm_bindgen(js_name = addExample)]
    pub async fn add_example(&mut self, class: u32) -> JsResult<u32> {
        self.session.add_example(class).await.map_err(failure)
    }

    #[wasm_bindgen(js_name = removeExample)]
    pub fn remove_example(&mut self, example: u32) -> JsResult<()> {
        self.session.examples_mut().remove(example).map_err(refused)
    }

    /// False if there is nothing to take back.
    #[wasm_bindgen(js_name = undoExamples)]
    pub fn undo_examples(&mut self) -> bool {
        self.session.examples_mut().undo()
    }

    /// False if nothing was taken back.
    #[wasm_bindgen(js_name = redoExamples)]
    pub fn redo_examples(&mut self) -> bool {
        self.session.examples_mut().redo()
    }

    /// What the clip in the ring is. Resolves to JSON `{ridge: {class, name, share}[], knn: {class, name, share}[], nearest:
    /// {example, class, similarity}[], drift}`.
    pub async fn classify(&mut self) -> JsResult<String> {
        Ok(json(&self.session.classify().await.map_err(failure)?))
    }

    /// JSON `{classes, counts, ridge: Score, knn: Score}`; a score is `{accuracy: {n, value, low, high}, balanced,
    /// confidence, confusion: number[][]}`, each example told by the others.
    #[wasm_bindgen(js_name = fewshotReport)]
    pub fn fewshot_report(&mut self) -> JsResult<String> {
        Ok(json(self.session.fewshot_report().map_err(failure)?))
    }

    /// Resolves to a safetensors file.
    #[wasm_bindgen(js_name = saveProject)]
    pub async fn save_project(&mut self) -> JsResult<Vec<u8>> {
        self.session.save_project().await.map_err(failure)
    }

    /// The classes of a file in place of these, which stay if it is refused. Resolves to how far this model's features are
    /// from those in it, 0 for not at all.
    #[wasm_bindgen(js_name = loadProject)]
    pub async fn load_project(&mut self, bytes: Vec<u8>) -> JsResult<f32> {
        self.session.load_project(&bytes).await.map_err(failure)
    }
}

fn refused(error: FewshotError) -> JsValue {
    failure(error)
}

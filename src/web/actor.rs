//! [`Agent`] behind a JavaScript class: a world model in a room.

use super::{
    convert::{self, JsResult, failure},
    engine::{Engine, json, opened, parse},
};
use crate::{
    act::{Agent, Imagined, Measured, Mode, RINGS, Step, Thought},
    checkpoint::Start,
    config::{Family, ModelConfig},
    device::Opened,
    error::Error,
    exam::{ARRIVED, ActExam, ActRun, Condition},
    planner::PlanSettings,
    session::Session,
    world::{RoomsSpec, TwoRooms},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// One agent in a room. Calls that return a promise must not overlap: the host queues them.
#[wasm_bindgen]
pub struct Actor {
    agent: Agent,
    /// For exams.
    measured: Measured,
    exam: Option<ActRun>,
    name: String,
    step: u64,
}

/// How the visitor changes a room.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meddling {
    /// The door opens or shuts.
    door: Option<bool>,
    /// The inner wall slides, in sides of the picture.
    wall: Option<f64>,
    /// The agent is pushed, in units of its state.
    shove: Option<[f64; 2]>,
    /// Blocks are put there, in their order.
    blocks: Option<Vec<[f64; 2]>>,
    /// The agent is put somewhere.
    place: Option<[f64; 2]>,
}

/// What is asked in an exam.
#[derive(Deserialize)]
struct Asked {
    seed: u64,
    episodes: usize,
    conditions: Vec<Condition>,
}

#[wasm_bindgen]
impl Actor {
    /// A model with actions from a file of it, in the room of a seed.
    pub async fn open(model: &[u8], seed: f64) -> JsResult<Actor> {
        let start = Start::from_bytes(model).map_err(failure)?;
        let preset = ModelConfig::preset("actor", Family::VJepa2).map_err(failure)?;
        let Opened { device, limits, .. } = opened()?;
        let session = Session::start_from(start, &preset, None, device, limits).map_err(failure)?;
        Self::of(&session, seed).await
    }

    /// The model of an engine as it is now.
    #[wasm_bindgen(js_name = ofEngine)]
    pub async fn of_engine(engine: &Engine, seed: f64) -> JsResult<Actor> {
        Self::of(&engine.session, seed).await
    }

    async fn of(session: &Session, seed: f64) -> JsResult<Actor> {
        let model = session.world_model().map_err(failure)?;
        let measured = Measured::of(&model, &RoomsSpec::default()).await.map_err(failure)?;
        let world = room(seed, 0);
        let (name, step) = (model.config.name.clone(), session.step());
        let agent = Agent::new(model, measured.clone(), PlanSettings::pushes(), world, seed as u64);
        Ok(Actor { agent, measured, exam: None, name, step })
    }

    /// JSON `ActorInfo`.
    pub fn info(&self) -> String {
        let model = self.agent.model();
        json!({
            "name": self.name,
            "step": self.step,
            "size": model.config.size,
            "reflex": model.has_reflex(),
            "distance": model.has_distance(),
            "threshold": RINGS,
            "arrived": ARRIVED,
            "planner": self.agent.settings(),
            "conditions": Condition::ALL,
        })
        .to_string()
    }

    /// JSON `RoomState`.
    pub fn room(&self) -> String {
        let distance = self.agent.distance();
        json!({
            "truth": self.agent.world.truth(),
            "goal": self.agent.goal().map(TwoRooms::position),
            "distance": distance,
            "arrived": distance.is_some_and(|distance| distance < ARRIVED),
        })
        .to_string()
    }

    /// RGBA `[size, size, 4]`.
    pub fn render(&self, size: usize) -> Vec<u8> {
        self.agent.world.render(size.clamp(1, 2048))
    }

    /// The picture of the goal, RGBA `[size, size, 4]`; empty without one.
    #[wasm_bindgen(js_name = renderGoal)]
    pub fn render_goal(&self, size: usize) -> Vec<u8> {
        self.agent.goal().map_or_else(Vec::new, |goal| goal.render(size.clamp(1, 2048)))
    }

    /// Another room, with so many blocks to push.
    pub fn enter(&mut self, seed: f64, blocks: usize) {
        self.agent.enter(room(seed, blocks));
    }

    #[wasm_bindgen(js_name = goTo)]
    pub fn go_to(&mut self, x: f64, y: f64) -> JsResult<()> {
        self.agent.go_to([x, y]).map_err(failure)
    }

    /// No goal any more.
    pub fn rest(&mut self) {
        self.agent.rest();
    }

    /// JSON `ActMode`.
    #[wasm_bindgen(js_name = setMode)]
    pub fn set_mode(&mut self, mode: &str) -> JsResult<()> {
        self.agent.mode = parse::<Mode>(mode, "mode")?;
        Ok(())
    }

    /// JSON `PlanSettings`.
    #[wasm_bindgen(js_name = setPlanner)]
    pub fn set_planner(&mut self, settings: &str) -> JsResult<()> {
        self.agent.set_settings(parse(settings, "planner")?).map_err(failure)
    }

    /// A step towards what to do next. Resolves to JSON `ActStep`.
    pub async fn next(&mut self) -> JsResult<String> {
        let step = self.agent.next().await.map_err(failure)?;
        Ok(match step {
            Step::Thinking(thought) => json!({ "decided": null, "thought": told(&thought) }),
            Step::Decided(decision) => {
                let thought = decision.planned.then(|| told(self.agent.thought()));
                json!({
                    "decided": {
                        "action": decision.action,
                        "planned": decision.planned,
                        "wait": decision.wait,
                        "energy": decision.energy,
                        "frames": decision.frames,
                    },
                    "thought": thought,
                })
            }
        }
        .to_string())
    }

    /// Think no further.
    pub fn stop(&mut self) {
        self.agent.stop();
    }

    /// Push the agent for one action. Resolves to JSON `ActOutcome`.
    pub async fn act(&mut self, x: f64, y: f64) -> JsResult<String> {
        let outcome = self.agent.act([x, y]).await.map_err(failure)?;
        Ok(json!({ "surprise": outcome.surprise, "rings": outcome.rings }).to_string())
    }

    /// JSON `Meddling`.
    pub fn meddle(&mut self, how: &str) -> JsResult<()> {
        let Meddling { door, wall, shove, blocks, place } = parse(how, "meddling")?;
        self.agent.meddle(|world| {
            door.into_iter().for_each(|open| world.set_door(open));
            wall.into_iter().for_each(|by| world.move_wall(by));
            shove.into_iter().for_each(|velocity| world.shove(velocity));
            blocks.into_iter().for_each(|blocks| world.arrange(&blocks));
            place.into_iter().for_each(|place| world.place(place));
        });
        Ok(())
    }

    /// Energies with the agent on a raster, row by row, `[side * side]`; NaN where it doesn't fit.
    pub async fn landscape(&self, side: usize) -> JsResult<Vec<f32>> {
        self.agent.landscape(side.clamp(1, 64)).await.map_err(failure)
    }

    /// What was imagined of the last action as nearest real patches, RGBA at model size; empty before one.
    pub fn expected(&self) -> Vec<u8> {
        self.agent.expected().unwrap_or_default()
    }

    /// The future of the last plan as nearest real patches, RGBA at model size, frame after frame.
    pub async fn future(&mut self) -> JsResult<Vec<u8>> {
        Ok(self.agent.future().await.map_err(failure)?.concat())
    }

    /// `settings`: JSON `{seed, episodes, conditions}`.
    #[wasm_bindgen(js_name = beginExam)]
    pub fn begin_exam(&mut self, settings: &str) -> JsResult<()> {
        let Asked { seed, episodes, conditions } = parse(settings, "exam")?;
        if episodes == 0 || conditions.is_empty() {
            return Err(failure(Error::Settings("exam: ask at least one episode under one condition".into())));
        }
        let exam = ActExam { episodes, plan: self.agent.settings().clone(), ..ActExam::new(seed) };
        self.exam = Some(ActRun::new(exam, &conditions, self.agent.model().clone(), self.measured.clone()));
        Ok(())
    }

    /// The next episode. Resolves to JSON `ActReport`.
    pub async fn examine(&mut self) -> JsResult<String> {
        let run = self.exam.as_mut().ok_or_else(|| failure(Error::NoExam))?;
        run.next().await.map_err(failure)?;
        let report = json(run.report());
        if run.report().done == run.report().portions {
            self.exam = None;
        }
        convert::turn().await;
        Ok(report)
    }

    #[wasm_bindgen(js_name = endExam)]
    pub fn end_exam(&mut self) {
        self.exam = None;
    }
}

fn room(seed: f64, blocks: usize) -> TwoRooms {
    let blocks = blocks.min(4);
    TwoRooms::new(&RoomsSpec { blocks: (blocks, blocks), shut: 0.0 }, seed as u64)
}

/// As `Thought` of the protocol.
fn told(thought: &Thought) -> Value {
    let round = |imagined: &Imagined| {
        json!({
            "paths": imagined.places,
            "costs": imagined.energies.iter().map(|energies| energies.iter().sum::<f64>()).collect::<Vec<_>>(),
        })
    };
    json!({
        "rounds": thought.rounds.iter().map(round).collect::<Vec<_>>(),
        "plan": thought.plan,
        "left": thought.left,
        "wait": thought.wait,
    })
}

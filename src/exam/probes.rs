//! What can be told linearly from frozen features about scenes that no training ever shows: where the object is, how it
//! moves, what it looks like; and how many there are.

use super::{
    Asked, Measure, ProbeScore, ProbeSizes, Readout,
    features::{SOURCES, pool},
};
use crate::{
    config::ModelConfig,
    probe::{
        Split, Splits,
        attend::{Attention, Frame},
        ridge::{Quantity, Score, scores},
    },
    world::{Shape, Truth, World, WorldSpec},
};
use serde::{Deserialize, Serialize};

/// Most objects that are counted.
const MOST: usize = 4;

/// Questions about the same scenes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Subject {
    /// The object of scenes with only one.
    Object,
    /// How many there are, one to four.
    Number,
}

/// Questions, by where their answers are among a scene's targets.
pub(super) struct Question {
    pub asked: Asked,
    pub quantity: Quantity,
}

impl Subject {
    pub fn world(self, spec: &WorldSpec) -> WorldSpec {
        spec.in_the_open(match self {
            Self::Object => (1, 1),
            Self::Number => (1, MOST),
        })
    }

    /// Scenes of each split: what is told of one object takes more examples than a number.
    pub fn sizes(self, sizes: ProbeSizes) -> [usize; 3] {
        match self {
            Self::Object => sizes.all(),
            Self::Number => sizes.all().map(|count| count.div_ceil(2)),
        }
    }

    /// What is asked; shapes only where there are several.
    pub fn questions(self, spec: &WorldSpec) -> Vec<Question> {
        let all = match self {
            Self::Object => vec![
                (Asked::Position, Quantity::Values(0..2)),
                (Asked::Velocity, Quantity::Values(2..4)),
                (Asked::Colour, Quantity::Values(4..7)),
                (Asked::Shape, Quantity::Class(7..7 + spec.shapes)),
            ],
            Self::Number => vec![(Asked::Count, Quantity::Class(0..MOST))],
        };
        let asked = all.into_iter().filter(|(asked, _)| *asked != Asked::Shape || spec.shapes > 1);
        asked.map(|(asked, quantity)| Question { asked, quantity }).collect()
    }

    /// Targets a scene.
    pub fn targets(self, spec: &WorldSpec) -> usize {
        match self {
            Self::Object => 7 + spec.shapes,
            Self::Number => MOST,
        }
    }

    /// The answers, `[targets]`.
    fn answers(self, truth: &[Truth], spec: &WorldSpec) -> Vec<f32> {
        let one_hot = |at: usize, n: usize| (0..n).map(move |i| f32::from(i == at));
        match self {
            Self::Number => one_hot(truth.len().clamp(1, MOST) - 1, MOST).collect(),
            Self::Object => {
                let object = &truth[0];
                let shape = Shape::ALL.iter().position(|shape| *shape == object.shape).unwrap_or(0);
                let values = object.position.into_iter().chain(object.velocity).chain(object.colour);
                values.chain(one_hot(shape, spec.shapes)).collect()
            }
        }
    }

    /// A clip of the model's length `[frames, size, size, 4]`, and the answers for the middle of its last tubelet.
    pub fn scene(self, spec: &WorldSpec, config: &ModelConfig, seed: u64) -> (Vec<u8>, Vec<f32>) {
        let mut world = World::new(spec, seed);
        let mut clip = world.clip(config.frames - config.tubelet, config.size);
        let mut answers = vec![0.0; self.targets(spec)];
        for _ in 0..config.tubelet {
            let now = self.answers(&world.truth(), spec);
            answers.iter_mut().zip(now).for_each(|(mean, value)| *mean += value / config.tubelet as f32);
            clip.extend(world.clip(1, config.size));
        }
        (clip, answers)
    }
}

impl Question {
    pub fn measure(&self) -> Measure {
        match self.quantity {
            Quantity::Values(_) => Measure::R2,
            Quantity::Class(_) => Measure::Accuracy,
        }
    }

    pub fn chance(&self) -> f32 {
        match &self.quantity {
            Quantity::Values(_) => 0.0,
            Quantity::Class(classes) => 1.0 / classes.len() as f32,
        }
    }
}

/// Scenes of one subject as each source sees them; tokens `[n, h, w, values]`.
pub(super) type Seen = [Splits; SOURCES];

/// How well each question is answered from frames of tokens, by the readout that is best on the validation scenes.
pub(super) fn tell(seen: &Splits, frame: Frame, k: usize, questions: &[Question], seed: u64) -> Vec<ProbeScore> {
    let quantities: Vec<Quantity> = questions.iter().map(|question| question.quantity.clone()).collect();
    let by = |readout: Readout, splits: &Splits, d: usize| (readout, scores(splits, d, k, &quantities));
    let pooled = seen.map(|features| pool(features, frame));
    let attention = Attention::fit(&seen.train, frame, k, seed);
    let attended = seen.map(|features| attention.apply(features));
    let tried = [
        by(Readout::Pooled, &pooled, frame.d),
        by(Readout::Attended, &attended, frame.pooled()),
        by(Readout::Grid, seen, frame.tokens() * frame.d),
    ];
    let best = |i: usize| {
        let scored = tried.iter().map(|(readout, scores)| (*readout, &scores[i]));
        let (readout, Score { test, .. }) =
            scored.reduce(|a, b| if b.1.validation > a.1.validation { b } else { a }).expect("there are readouts");
        score(test.clone(), readout)
    };
    (0..questions.len()).map(best).collect()
}

fn score(each: Vec<f32>, readout: Readout) -> ProbeScore {
    ProbeScore { score: each.iter().sum::<f32>() / each.len() as f32, each, readout }
}

const READOUTS: [Readout; 3] = [Readout::Pooled, Readout::Grid, Readout::Attended];

/// Scores as one row: of each its readout, how many components it has, and these.
pub(super) fn flat(scores: &[ProbeScore]) -> Vec<f32> {
    let of = |ProbeScore { each, readout, .. }: &ProbeScore| {
        let readout = READOUTS.iter().position(|known| known == readout).unwrap_or(0);
        [&[readout as f32, each.len() as f32], each.as_slice()].concat()
    };
    scores.iter().flat_map(of).collect()
}

/// Scores from their row; none if it can't be one.
pub(super) fn from_flat(mut row: &[f32]) -> Option<Vec<ProbeScore>> {
    let mut scores = vec![];
    while !row.is_empty() {
        let [readout, count] = *row.split_off(..2)? else { return None };
        let each = row.split_off(..(count as usize).max(1))?.to_vec();
        scores.push(score(each, *READOUTS.get(readout as usize)?));
    }
    Some(scores)
}

/// Adds a batch of scenes to a split of every source.
pub(super) fn gather(seen: &mut Seen, split: usize, features: [Vec<f32>; SOURCES], answers: &[f32]) {
    for (splits, features) in seen.iter_mut().zip(features) {
        let Split { features: known, targets } = splits.nth(split);
        known.extend(features);
        targets.extend(answers);
    }
}

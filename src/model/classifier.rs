//! The attentive classifier of the published evaluations: a query gathers what it needs from all tokens, a linear layer
//! names it (spec §3.3, §4.4).

use super::{
    Block,
    group::{Group, GroupSpec, Groups, OptionalNetwork, Part, layer, norm},
};
use crate::{
    config::{Activation, ClassifierConfig, ModelConfig},
    kernels::{self, BlockShape, Spans, plain},
};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::gelu};

/// Features of all tokens in, logits out.
#[derive(Debug, Clone)]
pub struct Classifier {
    pub config: ClassifierConfig,
    width: usize,
    activation: Activation,
    query: Group,
    /// Self-attention without positions.
    blocks: Vec<Block>,
    norm1: Group,
    q: Group,
    kv: Group,
    norm2: Group,
    fc1: Group,
    fc2: Group,
    linear: Group,
}

impl OptionalNetwork for Classifier {
    fn specs(config: &ModelConfig) -> Vec<GroupSpec> {
        let Some(ClassifierConfig { depth, labels, .. }) = &config.classifier else { return Vec::new() };
        let width = config.width;
        let cross = |name: &str| format!("pooler.cross_attention_block.{name}");
        let mut specs = vec![GroupSpec::new("pooler.query_tokens", [Part::token("", &[1, 1, width])])];
        specs.extend((0..*depth).map(|i| Block::spec(block_shape(config), format!("pooler.blocks.{i}"))));
        specs.extend([
            GroupSpec::new(cross("norm1"), norm("", width)),
            GroupSpec::new(cross("xattn.q"), layer("", width, width)),
            GroupSpec::new(cross("xattn.kv"), layer("", 2 * width, width)),
            GroupSpec::new(cross("norm2"), norm("", width)),
            GroupSpec::new(cross("mlp.fc1"), layer("", 4 * width, width)),
            GroupSpec::new(cross("mlp.fc2"), layer("", width, 4 * width)),
            GroupSpec::new("linear", layer("", labels.len(), width)),
        ]);
        specs
    }

    fn assemble(config: &ModelConfig, groups: Vec<Group>) -> Option<Self> {
        let classifier = config.classifier.clone()?;
        let mut groups = Groups::new(groups);
        let shape = block_shape(config);
        Some(Self {
            query: groups.one(),
            blocks: (0..classifier.depth).map(|_| Block { group: groups.one(), shape }).collect(),
            norm1: groups.one(),
            q: groups.one(),
            kv: groups.one(),
            norm2: groups.one(),
            fc1: groups.one(),
            fc2: groups.one(),
            linear: groups.one(),
            width: config.width,
            activation: config.activation,
            config: classifier,
        })
    }
}

impl Classifier {
    /// Features of `clips` clips of as many tokens each, `[B * N, D]`, as the encoder gives them -> logits `[B, labels]`.
    pub fn forward(&self, features: Tensor<2>, clips: usize) -> Tensor<2> {
        self.forward_visiting(features, clips, |_, _| {})
    }

    /// [`forward`](Self::forward), showing `visit` each self-attention block's output and, as `None`, what was pooled,
    /// `[B, D]`.
    pub fn forward_visiting(
        &self,
        features: Tensor<2>,
        clips: usize,
        mut visit: impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Tensor<2> {
        let mut x = features;
        let [rows, _] = x.dims();
        if let Some(block) = self.blocks.first() {
            let still = still(rows, block.shape.head_dim(), &x.device());
            let spans = Spans::new(&vec![rows / clips; clips], &x.device());
            for (i, block) in self.blocks.iter().enumerate() {
                x = block.forward(x, still.clone(), spans.clone());
                visit(Some(i), &x);
            }
        }
        let pooled = self.pool(x, clips);
        visit(None, &pooled);
        self.linear.linear(pooled, self.config.labels.len())
    }

    /// The query's answer, through its MLP. What the published code calls the projection of this attention is not applied
    /// there, and not here.
    fn pool(&self, x: Tensor<2>, clips: usize) -> Tensor<2> {
        let (width, device) = (self.width, x.device());
        let [rows, _] = x.dims();
        let norm = |x, group: &Group| kernels::layer_norm(x, group.weights(), self.config.epsilon as f32);
        let query = self.query.weights().reshape([1, width]).repeat_dim(0, clips);
        let keys_values = self.kv.linear(norm(x, &self.norm1), 2 * width);
        let asked = self.q.linear(query.clone(), width);
        let spans = spans(rows, clips, &device);
        let z = query + kernels::attend(asked, keys_values, spans, self.config.heads);
        let hidden = self.fc1.linear(norm(z.clone(), &self.norm2), 4 * width);
        let hidden = match self.activation {
            Activation::Gelu => gelu(hidden),
            other => plain::activate(hidden, other),
        };
        z + self.fc2.linear(hidden, width)
    }

    /// All parameters, in the order of [`specs`](Self::specs).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let cross = [&self.norm1, &self.q, &self.kv, &self.norm2, &self.fc1, &self.fc2, &self.linear];
        std::iter::once(&self.query).chain(self.blocks.iter().map(|block| &block.group)).chain(cross)
    }
}

/// Its norms have the classifier's own epsilon.
fn block_shape(config: &ModelConfig) -> BlockShape {
    let (heads, epsilon) = match &config.classifier {
        Some(ClassifierConfig { heads, epsilon, .. }) => (*heads, *epsilon as f32),
        None => (1, config.norm_epsilon as f32),
    };
    BlockShape { epsilon, ..Block::shape(config, config.width, heads, 4 * config.width) }
}

/// A rotary table that turns nothing, `[R, 2 * head_dim]`.
fn still(rows: usize, head_dim: usize, device: &Device) -> Tensor<2> {
    let ones = Tensor::ones([rows, head_dim], device);
    Tensor::cat(vec![ones.clone(), ones.zeros_like()], 1)
}

/// The rows of each clip, for its one query, `[clips, 2]`.
fn spans(rows: usize, clips: usize, device: &Device) -> Tensor<2, Int> {
    let tokens = rows / clips;
    let span = |clip: usize| [(clip * tokens) as i32, ((clip + 1) * tokens) as i32];
    Tensor::from_data(TensorData::new((0..clips).flat_map(span).collect(), [clips, 2]), device)
}

//! AdamW with decoupled weight decay (Loshchilov & Hutter 2019), as `torch.optim.AdamW` with the published parameter groups.

use crate::{
    checkpoint::{HostReads, Weights},
    schedule::Values,
};
use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData},
};
use std::collections::BTreeMap;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Running means of the gradient and its square, flat, by parameter path.
#[derive(Debug, Clone, Default)]
pub struct AdamW {
    moments: BTreeMap<String, [Tensor<1>; 2]>,
    step: u64,
}

impl AdamW {
    /// Move the parameters of `module` by one step, gradients scaled by `scale` (of one element) if given.
    ///
    /// Vectors (biases, norms) do not decay; mask tokens are `[1, 1, P]` and do, as in the reference. Parameters without a
    /// gradient stay as they are.
    pub fn update<M: Module>(
        &mut self,
        module: M,
        gradients: &mut Gradients,
        rates: Values,
        scale: Option<Tensor<1>>,
    ) -> M {
        self.step += 1;
        let correction = |beta: f64| 1.0 - beta.powi(self.step as i32);
        module.map(&mut Update {
            path: Vec::new(),
            gradients,
            rates,
            scale,
            corrections: [correction(BETA1), correction(BETA2)],
            moments: &mut self.moments,
        })
    }

    /// Sum of the absolute first moments, one element: zero only if no gradient has ever been anything else.
    pub fn activity(&self) -> Tensor<1> {
        let sums: Vec<Tensor<1>> = self.moments.values().map(|[first, _]| first.clone().abs().sum()).collect();
        Tensor::cat(sums, 0).sum()
    }

    /// Add the moments to `reads` as `{prefix}.first.*` and `{prefix}.second.*`.
    pub fn collect(&self, prefix: &str, reads: &mut HostReads) {
        for (path, [first, second]) in &self.moments {
            reads.add(format!("{prefix}.first.{path}"), first.clone(), false);
            reads.add(format!("{prefix}.second.{path}"), second.clone(), false);
        }
    }

    /// The state after `step` steps from what [`collect`](Self::collect) wrote.
    pub fn restore(weights: &Weights, prefix: &str, step: u64, device: &Device) -> Self {
        let upload = |data: &[f32]| Tensor::from_data(TensorData::new(data.to_vec(), [data.len()]), device);
        let second = weights.below(&format!("{prefix}.second."));
        let moments = weights.below(&format!("{prefix}.first.")).0.into_iter().filter_map(|(path, first)| {
            let second = second.0.get(&path)?;
            Some((path, [upload(&first.data), upload(&second.data)]))
        });
        Self { moments: moments.collect(), step }
    }
}

struct Update<'a> {
    path: Vec<String>,
    gradients: &'a mut Gradients,
    rates: Values,
    scale: Option<Tensor<1>>,
    corrections: [f64; 2],
    moments: &'a mut BTreeMap<String, [Tensor<1>; 2]>,
}

impl Update<'_> {
    /// One parameter, flat: PyTorch's order of operations, so that its numbers are met.
    fn moved(&mut self, parameter: Tensor<1>, gradient: Tensor<1>, decays: bool) -> Tensor<1> {
        let gradient = match &self.scale {
            Some(scale) => gradient * scale.clone(),
            None => gradient,
        };
        let path = self.path.join(".");
        let [first, second] = self.moments.remove(&path).unwrap_or_else(|| {
            let zeros = gradient.zeros_like();
            [zeros.clone(), zeros]
        });
        let first = first.mul_scalar(BETA1) + gradient.clone().mul_scalar(1.0 - BETA1);
        let second = second.mul_scalar(BETA2) + gradient.square().mul_scalar(1.0 - BETA2);
        self.moments.insert(path, [first.clone(), second.clone()]);

        let Values { learning_rate, weight_decay, .. } = self.rates;
        let [first_correction, second_correction] = self.corrections;
        let root = second.div_scalar(second_correction).sqrt().add_scalar(EPSILON);
        let kept = if decays { parameter.mul_scalar(1.0 - learning_rate * weight_decay) } else { parameter };
        kept - (first / root).mul_scalar(learning_rate / first_correction)
    }
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = tensor.grad_remove(self.gradients) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.shape();
        let flat = self.moved(tensor.inner().reshape([-1]), gradient.reshape([-1]), D > 1);
        let moved = Tensor::from_inner(flat.reshape(shape)).require_grad();
        Param::from_mapped_value(id, moved, mapper)
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

/// Euclidean norm of all gradients of `module`, one element, on the device.
pub fn gradient_norm(module: &impl Module, gradients: &Gradients) -> Tensor<1> {
    let mut squares = Squares { gradients, sums: Vec::new() };
    module.visit(&mut squares);
    Tensor::cat(squares.sums, 0).sum().sqrt()
}

struct Squares<'a> {
    gradients: &'a Gradients,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.grad(self.gradients) {
            self.sums.push(gradient.square().sum());
        }
    }
}

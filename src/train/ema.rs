//! The target encoder: an exponential moving average of the context encoder.

use crate::model::Encoder;
use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::Tensor,
};

/// `target = momentum * target + (1 - momentum) * online`, over all parameters (spec §8.2).
pub fn follow(target: Encoder, online: &Encoder, momentum: f64) -> Encoder {
    let mut collected = Collected::default();
    online.visit(&mut collected);
    target.map(&mut Follow { online: collected.0.into_iter(), momentum })
}

/// Sum of all parameters, one element, on the device.
pub fn parameter_sum(module: &impl Module) -> Tensor<1> {
    let mut collected = Collected::default();
    module.visit(&mut collected);
    Tensor::cat(collected.0.into_iter().map(Tensor::sum).collect(), 0).sum()
}

/// Parameters flattened, in the order every visit takes.
#[derive(Default)]
struct Collected(Vec<Tensor<1>>);

impl ModuleVisitor for Collected {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().inner().reshape([-1]));
    }
}

struct Follow {
    online: std::vec::IntoIter<Tensor<1>>,
    momentum: f64,
}

impl ModuleMapper for Follow {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let online = self.online.next().expect("both encoders have the same parameters");
        param.map(|target| {
            let online = online.reshape(target.shape());
            target.mul_scalar(self.momentum) + online.mul_scalar(1.0 - self.momentum)
        })
    }
}

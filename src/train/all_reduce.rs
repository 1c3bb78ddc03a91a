//! Where workers meet in a step: each brings its gradients and leaves with the sum of all.
//!
//! Burn has collectives of its own (`burn::tensor::distributed`), but no transport for them except NCCL between CUDA
//! devices: Burn 0.22 refuses them for its portable CPU backend, CubeCL 0.11 for WebGPU. There workers hand each other
//! their tensors, and each adds them up in the same order, so that all get the same bits.

use burn::tensor::{Device, Tensor};
use std::sync::mpsc::{Receiver, Sender, channel};

/// One worker's part in the meeting of one step.
pub enum AllReduce {
    Hand {
        me: usize,
        device: Device,
        /// To everybody, this worker included.
        all: Vec<Sender<(usize, Vec<Tensor<1>>)>>,
        mine: Receiver<(usize, Vec<Tensor<1>>)>,
    },
    /// Burn's own.
    #[cfg(feature = "cuda")]
    Collective { devices: Vec<Device> },
}

impl AllReduce {
    /// A part for each worker, in the order of their devices.
    pub fn among(devices: &[Device]) -> Vec<Self> {
        #[cfg(feature = "cuda")]
        if devices.iter().all(crate::kernels::composed::on) {
            return devices.iter().map(|_| Self::Collective { devices: devices.to_vec() }).collect();
        }
        let (all, inboxes): (Vec<_>, Vec<_>) = devices.iter().map(|_| channel()).unzip();
        let part = |(me, (mine, device)): (usize, (_, &Device))| Self::Hand {
            me,
            device: device.clone(),
            all: all.clone(),
            mine,
        };
        inboxes.into_iter().zip(devices).enumerate().map(part).collect()
    }

    /// The sums over all workers, on this worker's device. Waits until each of them has brought as many.
    ///
    /// # Panics
    /// When another worker has.
    pub fn sum(self, brought: Vec<Tensor<1>>) -> Vec<Tensor<1>> {
        match self {
            Self::Hand { me, device, all, mine } => {
                for worker in &all {
                    // Whoever does not listen any more has panicked, and that is what will be told.
                    let _ = worker.send((me, brought.clone()));
                }
                let workers = all.len();
                // From here on an inbox ends when somebody can't come any more.
                drop(all);
                let mut found: Vec<_> = mine.iter().collect();
                assert_eq!(found.len(), workers, "another worker of this step stopped");
                found.sort_by_key(|(worker, _)| *worker);
                let moved = |(_, tensors): (usize, Vec<Tensor<1>>)| -> Vec<Tensor<1>> {
                    tensors.into_iter().map(|tensor| tensor.to_device(&device)).collect()
                };
                let add = |sums: Vec<Tensor<1>>, more: Vec<Tensor<1>>| -> Vec<Tensor<1>> {
                    sums.into_iter().zip(more).map(|(sum, tensor)| sum + tensor).collect()
                };
                found.into_iter().map(moved).reduce(add).unwrap_or_default()
            }
            #[cfg(feature = "cuda")]
            Self::Collective { devices } => {
                use burn::tensor::distributed::{ReduceOperation, all_reduce};
                let begun: Vec<_> = brought
                    .into_iter()
                    .map(|tensor| all_reduce(tensor, ReduceOperation::Sum, devices.clone()))
                    .collect();
                begun.into_iter().map(|sum| sum.resolve()).collect()
            }
        }
    }
}

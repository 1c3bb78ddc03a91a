//! What the adapter offers to kernels.

use super::tuning::{Choice, Choices, Side, Staging, Tile, Tuning};
use serde::Serialize;

/// Workgroup memory of the largest kernel that stages its operands, in bytes: half of what WebGPU promises everywhere.
const STAGED_BYTES: usize = 8 << 10;

/// What an adapter can do, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// There is no hardware behind it.
    pub software: bool,
    /// Shaders may compute with halves (`shader-f16`).
    pub f16: bool,
    /// Threads that every subgroup has at least, where shaders may use subgroups.
    pub subgroup: Option<usize>,
    /// Memory of a workgroup, in bytes.
    pub workgroup_bytes: usize,
}

impl Adapter {
    /// Whether kernels can stage their operands so.
    pub fn stages(self, staging: Staging) -> bool {
        match staging {
            Staging::Registers => true,
            Staging::Shared => self.workgroup_bytes >= STAGED_BYTES,
            Staging::Halves => self.f16 && self.workgroup_bytes >= STAGED_BYTES,
        }
    }

    /// The variants of an adapter on which nothing was measured. A software adapter has few threads, for which large
    /// tiles read less; hardware wants thousands at work.
    pub fn tuning(self) -> Tuning {
        let tile = |side| Tile { side, staging: Staging::Registers };
        let small = tile(if self.software { Side::Eight } else { Side::Four });
        let choice = Choice { small, large: tile(Side::Eight), attention: Staging::Registers };
        let subgroup = self.subgroup.filter(|_| !self.software);
        Tuning { software: self.software, subgroup, choices: Choices { flat: choice, packed: choice } }
    }

    /// The same with what was measured, here or once before; `None` if it can't run here, or would round to halves with
    /// weights in f32.
    pub fn tuned(self, choices: Choices) -> Option<Tuning> {
        let stagings = |Choice { small, large, attention }: Choice| [small.staging, large.staging, attention];
        let [flat, packed] = [choices.flat, choices.packed].map(stagings);
        let runs = flat.iter().chain(&packed).all(|&staging| self.stages(staging));
        (runs && !flat.contains(&Staging::Halves)).then_some(Tuning { choices, ..self.tuning() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HARDWARE: Adapter = Adapter { software: false, f16: true, subgroup: Some(32), workgroup_bytes: 16 << 10 };

    fn staged(staging: Staging) -> Choice {
        let tile = Tile { side: Side::Eight, staging };
        Choice { small: tile, large: tile, attention: staging }
    }

    #[test]
    fn what_was_kept_is_taken_only_where_it_runs() {
        let choices = Choices { flat: staged(Staging::Shared), packed: staged(Staging::Halves) };
        assert_eq!(HARDWARE.tuned(choices).unwrap().choices, choices);
        assert_eq!(Adapter { f16: false, ..HARDWARE }.tuned(choices), None);
        assert_eq!(Adapter { workgroup_bytes: 4096, ..HARDWARE }.tuned(choices), None);
        let rounded = Choices { flat: staged(Staging::Halves), ..choices };
        assert_eq!(HARDWARE.tuned(rounded), None, "weights in f32 are multiplied in f32");
    }

    #[test]
    fn a_software_adapter_waits_at_no_barrier() {
        let tuning = Adapter { software: true, ..HARDWARE }.tuning();
        assert!(tuning.software && tuning.subgroup.is_none());
        assert_eq!(tuning.choices.flat, staged(Staging::Registers));
        assert_eq!(HARDWARE.tuning().subgroup, Some(32));
    }
}

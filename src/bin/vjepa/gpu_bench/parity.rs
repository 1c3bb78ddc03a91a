//! The reference's numbers, computed on this adapter.

use super::report::Report;
use crate::Failure;
use burn::tensor::Device;
use pollster::block_on;
use vjepa_web::{precision::Precision, session::prove};

/// Those of the page, inside the program.
const FIXTURES: [&[u8]; 3] = [
    include_bytes!("../../../../www/assets/proof/vjepa1.safetensors"),
    VJEPA2,
    include_bytes!("../../../../www/assets/proof/vjepa21.safetensors"),
];
/// The one that PyTorch has to compute, too.
pub const VJEPA2: &[u8] = include_bytes!("../../../../www/assets/proof/vjepa2.safetensors");

/// # Errors
/// If a number is further off than its precision allows: then no time of this adapter means anything.
pub fn measure(device: &Device, report: &mut Report) -> Result<(), Failure> {
    let mut wrong = vec![];
    let mut table = report.table(
        "parity",
        "Parity with the reference",
        &["model", "output", "precision", "worst difference", "allowed", "passed"],
    );
    for fixture in FIXTURES {
        for row in block_on(prove(fixture, device, &[Precision::F32, Precision::F16, Precision::Int8]))? {
            let precision = format!("{:?}", row.precision).to_lowercase();
            let cells = [row.worst, row.tolerance].map(|number| f64::from(number).into());
            let [worst, allowed] = cells;
            let passed = if row.passed { "yes" } else { "no" };
            table.row(&[
                row.fixture.as_str().into(),
                row.what.into(),
                precision.as_str().into(),
                worst,
                allowed,
                passed.into(),
            ]);
            if !row.passed {
                wrong.push(format!("{} {} in {precision}", row.fixture, row.what));
            }
        }
    }
    drop(table);
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("This adapter computes wrong numbers: {}.", wrong.join(", ")).into()),
    }
}

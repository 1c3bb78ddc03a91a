//! V-JEPA 2.1 learns from the context as well, most where it borders on what is hidden (spec §8.3).

use crate::grid::Grid;

/// For each context token the square root of its distance to the nearest target token, in tokens: its error is divided by
/// that.
pub fn context_distances(grid: Grid, context: &[u32], target: &[u32]) -> Vec<f32> {
    let place = |&id: &u32| {
        let (t, y, x) = grid.position(id as usize);
        [t, y, x].map(|at| at as f32)
    };
    let targets: Vec<[f32; 3]> = target.iter().map(place).collect();
    let nearest = |at: [f32; 3]| {
        let squared = |to: &[f32; 3]| at.iter().zip(to).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        targets.iter().map(squared).fold(f32::INFINITY, f32::min)
    };
    context.iter().map(|id| nearest(place(id)).sqrt().sqrt()).collect()
}

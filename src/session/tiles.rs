//! Which variants of the kernels are the fastest on the adapter at hand: measured before there is a model, on layers and
//! attention of the sizes that models have.

use crate::{
    error::Error,
    kernels::{
        BlockShape, Spans, Total, block,
        gpu::{Adapter, Choices, Side, Staging, Tile, Tuning, fastest, tune},
        linear, packed_block, packed_linear, total,
    },
    precision::Precision,
    read::read,
};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Each time is of so many runs that it can be told from the time of asking, though of no more than these.
const ENOUGH_MS: f64 = 8.0;
const MOST_RUNS: f64 = 32.0;
/// Times of each variant. They take turns, so that a device that warms up or another program slows all alike.
const ROUNDS: usize = 3;

/// What is computed to measure it.
#[derive(Clone, Copy, Debug)]
pub struct TileSizes {
    /// Layers with small and with large matrices: rows, and channels of input and output.
    pub small: [usize; 3],
    pub large: [usize; 3],
    /// A block that spends nearly all of its time on attention with heads of 64.
    pub tokens: usize,
    pub width: usize,
}

impl Default for TileSizes {
    /// As models have them.
    fn default() -> Self {
        Self { small: [256, 384, 384], large: [512, 1024, 1024], tokens: 1024, width: 256 }
    }
}

/// Measure, and let the fastest variants run from now on. `clock` gives milliseconds. A software adapter is not measured:
/// what suits it is known, and it would take minutes.
///
/// # Errors
/// [`Error::Read`] if the device is lost.
pub async fn measure_tiles(
    device: &Device,
    adapter: Adapter,
    sizes: TileSizes,
    clock: &dyn Fn() -> f64,
) -> Result<Choices, Error> {
    let mut choices = adapter.tuning().choices;
    if !adapter.software {
        let bench = Bench { device, adapter, sizes, clock };
        bench.flat(&mut choices).await?;
        bench.packed(&mut choices).await?;
    }
    tune(Tuning { choices, ..adapter.tuning() });
    Ok(choices)
}

struct Bench<'a> {
    device: &'a Device,
    adapter: Adapter,
    sizes: TileSizes,
    clock: &'a dyn Fn() -> f64,
}

impl Bench<'_> {
    /// Of weights in f32.
    async fn flat(&self, choices: &mut Choices) -> Result<(), Error> {
        let stagings = [Staging::Registers, Staging::Shared];
        let layer = |[rows, input, output]: [usize; 3]| {
            let (x, weights) = (self.floats([rows, input]), self.floats([(input + 1) * output]));
            move || linear(x.clone(), weights.clone(), output)
        };
        let tiles = self.tiles(&stagings);
        self.fastest(&tiles, |choices, tile| choices.flat.small = tile, choices, &layer(self.sizes.small)).await?;
        self.fastest(&tiles, |choices, tile| choices.flat.large = tile, choices, &layer(self.sizes.large)).await?;
        let (shape, x, rope, spans) = self.block();
        let weights = self.floats([shape.weights()]);
        let run = || block(x.clone(), weights.clone(), rope.clone(), spans.clone(), shape);
        let stagings = self.stages(&stagings);
        self.fastest(&stagings, |choices, staging| choices.flat.attention = staging, choices, &run).await
    }

    /// Of packed weights. Models that have them have few small matrices: these go by the large ones.
    async fn packed(&self, choices: &mut Choices) -> Result<(), Error> {
        let stagings = [Staging::Registers, Staging::Shared, Staging::Halves];
        let precision = Precision::F16;
        let [rows, input, output] = self.sizes.large;
        let (x, codes, rest) =
            (self.floats([rows, input]), self.codes(precision.words(input * output)), self.floats([output]));
        let run = || packed_linear(x.clone(), codes.clone(), rest.clone(), output, precision);
        let tiles = self.tiles(&stagings);
        self.fastest(&tiles, |choices, tile| choices.packed.large = tile, choices, &run).await?;
        choices.packed.small = Tile { staging: choices.packed.large.staging, ..choices.flat.small };

        let (shape, x, rope, spans) = self.block();
        let layout = shape.packed_layout(precision);
        let (codes, rest) = (self.codes(layout.codes), self.floats([layout.rest]));
        let run =
            || packed_block(x.clone(), codes.clone(), rest.clone(), rope.clone(), spans.clone(), shape, precision);
        let stagings = self.stages(&stagings);
        self.fastest(&stagings, |choices, staging| choices.packed.attention = staging, choices, &run).await
    }

    /// Put the fastest variant of what `run` runs into `choices`, of which the others hold meanwhile.
    async fn fastest<V: Copy>(
        &self,
        variants: &[V],
        choose: impl Fn(&mut Choices, V),
        choices: &mut Choices,
        run: &impl Fn() -> Tensor<2>,
    ) -> Result<(), Error> {
        let turn_to = |variant| {
            let mut tried = *choices;
            choose(&mut tried, variant);
            tune(Tuning { choices: tried, ..self.adapter.tuning() });
        };
        // The first run compiles.
        let mut slowest: f64 = 0.0;
        for &variant in variants {
            turn_to(variant);
            self.time(1, run).await?;
            slowest = slowest.max(self.time(1, run).await?);
        }
        let runs = (ENOUGH_MS / slowest).ceil().clamp(1.0, MOST_RUNS) as usize;
        let mut measured: Vec<(V, Vec<f64>)> = variants.iter().map(|&variant| (variant, Vec::new())).collect();
        for _ in 0..ROUNDS {
            for (variant, times) in &mut measured {
                turn_to(*variant);
                times.push(self.time(runs, run).await?);
            }
        }
        choose(choices, fastest(&measured));
        Ok(())
    }

    /// Milliseconds that so many runs take, and the reading of a sum over the last one's result.
    async fn time(&self, runs: usize, run: &impl Fn() -> Tensor<2>) -> Result<f64, Error> {
        let start = (self.clock)();
        let mut last = run();
        for _ in 1..runs {
            last = run();
        }
        read([total(last.reshape([-1]), Total::Values)]).await?;
        Ok((self.clock)() - start)
    }

    /// Variants of products that can run here, the one first that runs where nothing is measured.
    fn tiles(&self, stagings: &[Staging]) -> Vec<Tile> {
        let sides = |staging| [Side::Four, Side::Eight].map(|side| Tile { side, staging });
        self.stages(stagings).into_iter().flat_map(sides).collect()
    }

    fn stages(&self, stagings: &[Staging]) -> Vec<Staging> {
        stagings.iter().copied().filter(|&staging| self.adapter.stages(staging)).collect()
    }

    /// Shape, rows, rope table and spans of a block in which every token attends to all.
    fn block(&self) -> (BlockShape, Tensor<2>, Tensor<2>, Spans) {
        let TileSizes { tokens, width, .. } = self.sizes;
        let shape = BlockShape::new(width, width / 64, 16);
        let rope = self.floats([tokens, 2 * shape.head_dim()]);
        (shape, self.floats([tokens, width]), rope, Spans::new(&[tokens], self.device))
    }

    /// Any numbers will do: a product takes its time whatever it multiplies.
    fn floats<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        let values = (0..shape.iter().product()).map(|i: usize| (i % 17) as f32 * 0.01).collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }

    fn codes(&self, words: usize) -> Tensor<1, Int> {
        // Two halves of one.
        Tensor::from_data(TensorData::new(vec![0x3c00_3c00_i32; words], [words]), self.device)
    }
}

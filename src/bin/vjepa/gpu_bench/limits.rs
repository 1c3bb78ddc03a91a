//! What an adapter can do at most: multiply-adds out of registers, and bytes from memory to memory. A device of its own,
//! gone before the models open theirs.

use super::report::Report;

/// Measured, not published: what a shader reaches that does nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// TFLOP/s of multiply-adds in f32.
    pub multiply_adds: f64,
}

/// None where no adapter can be asked, or this build has no WebGPU.
pub fn measure(report: &mut Report) -> Option<Limits> {
    #[cfg(feature = "webgpu")]
    match pollster::block_on(gpu::measure()) {
        Ok(measured) => {
            let mut table = report.table("limits", "Limits of the adapter, measured", &["what", "per second"]);
            table.row(&["multiply-adds in f32, TFLOP".into(), measured.multiply_adds.into()]);
            table.row(&[
                "multiply-adds in f16, TFLOP".into(),
                measured.halves.map_or(super::report::Cell::No("no shader-f16"), Into::into),
            ]);
            table.row(&["bytes copied, read and written, GB".into(), measured.bytes.into()]);
            return Some(Limits { multiply_adds: measured.multiply_adds });
        }
        Err(error) => report.say("limits", &format!("Limits were not measured: {error}")),
    }
    #[cfg(not(feature = "webgpu"))]
    report.say("limits", "Limits were not measured: this build has no WebGPU.");
    None
}

#[cfg(feature = "webgpu")]
mod gpu {
    use crate::Failure;
    use burn::tensor::wgpu::wgpu::{self, util::DeviceExt};
    use std::time::Instant;

    pub struct Measured {
        pub multiply_adds: f64,
        /// In f16; none where shaders have no f16.
        pub halves: Option<f64>,
        pub bytes: f64,
    }

    /// Vectors of four in registers, each of which waits for itself alone.
    const CHAINS: usize = 8;
    const THREADS: u32 = 256;
    /// Bytes that are copied: more than a cache holds.
    const COPIED: u64 = 64 << 20;
    /// A run that takes this long is long enough to be timed.
    const LONG: f64 = 0.05;
    /// Rounds from which on the start of a thread no longer counts.
    const ROUNDS: u32 = 256;

    pub async fn measure() -> Result<Measured, Failure> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let power = wgpu::PowerPreference::HighPerformance;
        let options = wgpu::RequestAdapterOptions { power_preference: power, ..Default::default() };
        let adapter = instance.request_adapter(&options).await?;
        let halves = adapter.features() & wgpu::Features::SHADER_F16;
        let wanted = wgpu::DeviceDescriptor { required_features: halves, ..Default::default() };
        let (device, queue) = adapter.request_device(&wanted).await?;
        let gpu = Gpu { device, queue };
        let flop = |groups: u32, rounds: u32| f64::from(groups * THREADS) * f64::from(rounds) * (CHAINS * 8) as f64;
        let rate = |element| {
            gpu.rate(&multiply_adds(element), 4 * u64::from(THREADS), |groups, rounds| flop(groups, rounds) / 1e12)
        };
        Ok(Measured {
            multiply_adds: rate("f32")?,
            halves: (!halves.is_empty()).then(|| rate("f16")).transpose()?,
            bytes: gpu.copied()?,
        })
    }

    struct Gpu {
        device: wgpu::Device,
        queue: wgpu::Queue,
    }

    impl Gpu {
        /// `work(groups, rounds)` a second at its best, of a shader that does as much in so many workgroups and rounds.
        fn rate(&self, source: &str, bytes: u64, work: impl Fn(u32, u32) -> f64) -> Result<f64, Failure> {
            let pipeline = self.pipeline(source);
            let out = self.buffer(bytes);
            let mut best: f64 = 0.0;
            let (groups, mut rounds) = (4096, 1);
            loop {
                let seconds = self.run(&pipeline, &[&out], [groups, 1], rounds)?;
                best = best.max(work(groups, rounds) / seconds);
                if (seconds > LONG && rounds >= ROUNDS) || rounds > 1 << 20 {
                    return Ok(best);
                }
                rounds *= 2;
            }
        }

        /// GB a second, read and written.
        fn copied(&self) -> Result<f64, Failure> {
            let pipeline = self.pipeline(COPY);
            let [from, to] = [COPIED; 2].map(|bytes| self.buffer(bytes));
            let groups = (COPIED / 16 / u64::from(THREADS) / 16) as u32;
            let mut best: f64 = 0.0;
            let mut copies = 1;
            loop {
                // Again and again within one run, so that starting it does not count.
                let seconds = self.run(&pipeline, &[&from, &to], [groups, copies], 1)?;
                best = best.max(2.0 * f64::from(copies) * COPIED as f64 / 1e9 / seconds);
                if seconds > LONG || copies > 1 << 12 {
                    return Ok(best);
                }
                copies *= 2;
            }
        }

        fn pipeline(&self, source: &str) -> wgpu::ComputePipeline {
            let source = wgpu::ShaderSource::Wgsl(source.into());
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
            self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        }

        fn buffer(&self, size: u64) -> wgpu::Buffer {
            let usage = wgpu::BufferUsages::STORAGE;
            self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        }

        /// Seconds of `times` dispatches of so many `groups`, from the call to the end on the device.
        fn run(
            &self,
            pipeline: &wgpu::ComputePipeline,
            buffers: &[&wgpu::Buffer],
            [groups, times]: [u32; 2],
            rounds: u32,
        ) -> Result<f64, Failure> {
            let contents = &rounds.to_le_bytes();
            let usage = wgpu::BufferUsages::UNIFORM;
            let info = wgpu::util::BufferInitDescriptor { label: None, contents, usage };
            let info = self.device.create_buffer_init(&info);
            let bound = buffers.iter().copied().chain([&info]).enumerate();
            let entries: Vec<wgpu::BindGroupEntry> = bound
                .map(|(i, buffer)| wgpu::BindGroupEntry { binding: i as u32, resource: buffer.as_entire_binding() })
                .collect();
            let layout = &pipeline.get_bind_group_layout(0);
            let descriptor = wgpu::BindGroupDescriptor { label: None, layout, entries: &entries };
            let group = self.device.create_bind_group(&descriptor);
            let begin = Instant::now();
            let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &group, &[]);
            for _ in 0..times {
                pass.dispatch_workgroups(groups, 1, 1);
            }
            drop(pass);
            self.queue.submit([encoder.finish()]);
            self.device.poll(wgpu::PollType::wait_indefinitely())?;
            Ok(begin.elapsed().as_secs_f64())
        }
    }

    /// So many rounds of a multiply-add for each chain; the sum is written so that none can be left out.
    fn multiply_adds(element: &str) -> String {
        let chains = |line: &dyn Fn(usize) -> String| (0..CHAINS).map(line).collect::<String>();
        let enable = if element == "f16" { "enable f16;\n" } else { "" };
        format!(
            "{enable}@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<uniform> rounds: u32;
@compute @workgroup_size({THREADS})
fn main(@builtin(local_invocation_index) thread: u32) {{
    let factor = vec4<{element}>({element}(f32(thread) * 1e-4));
{begin}    for (var i = 0u; i < rounds; i++) {{
{add}    }}
    let sum = {sum};
    out[thread] = f32(sum.x + sum.y + sum.z + sum.w);
}}
",
            begin = chains(&|i| format!("    var c{i} = vec4<{element}>({element}({i}));\n")),
            add = chains(&|i| format!("        c{i} = fma(c{i}, factor, factor);\n")),
            sum = (0..CHAINS).map(|i| format!("c{i}")).collect::<Vec<_>>().join(" + "),
        )
    }

    /// Sixteen vectors a thread, neighbours beside each other.
    const COPY: &str = "@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> rounds: u32;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    for (var i = 0u; i < 16u; i++) {
        let at = (group.x * 16u + i) * 256u + thread;
        copy[at] = source[at] + f32(rounds);
    }
}
";
}

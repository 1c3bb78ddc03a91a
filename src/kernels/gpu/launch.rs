//! Launching a kernel: which buffers, which sizes, how many workgroups; and the WGSL around its body.

use burn_cubecl::tensor::CubeTensor;
use burn_wgpu::{KernelSource, SourceKernel, SourceTemplate};
use cubecl::{
    CubeCount, CubeDim,
    prelude::KernelId,
    server::{KernelArguments, MetadataBindingInfo},
};
use std::{fmt::Debug, hash::Hash};

/// Workgroups a dimension may have in WebGPU.
const MOST_GROUPS: u32 = 65_535;
/// Sizes of a launch are cached by their content up to this many bytes, a page of GPU memory each; what changes with
/// every step must not be.
const CACHED_BYTES: usize = 2048;

/// A compute shader in its variants: equal values have equal source.
pub trait Shader: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// Shown in profiles.
    fn name(&self) -> &'static str;
    fn workgroup(&self) -> [u32; 3];
    /// The buffers in binding order; the sizes follow as `info`.
    fn buffers(&self) -> Vec<Buffer>;
    /// Fields of `info` in order; `main` knows them by their names.
    fn sizes(&self) -> Vec<Size>;
    /// What it uses beyond what every WebGPU has.
    fn features(&self) -> Vec<Feature> {
        Vec::new()
    }
    /// Functions, and at the end the body of `main`, which may use `group`, `local`, `groups` and `thread`, with
    /// [`Feature::Subgroups`] also `in_subgroup`.
    fn code(&self) -> Code;
}

/// A feature that not every adapter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    F16,
    Subgroups,
}

/// What a shader begins with to use them. wgpu's own front end, which a browser does not need, takes subgroups without.
fn enable(feature: Feature) -> &'static str {
    match feature {
        Feature::F16 => "enable f16;\n",
        Feature::Subgroups if cfg!(target_arch = "wasm32") => "enable subgroups;\n",
        Feature::Subgroups => "",
    }
}

/// Everything before `main`, and what is in it.
pub struct Code {
    pub functions: String,
    pub main: String,
}

/// A storage buffer of a shader.
pub struct Buffer {
    pub name: &'static str,
    pub element: &'static str,
    pub written: bool,
}

/// A buffer that is only read.
pub fn input(name: &'static str, element: &'static str) -> Buffer {
    Buffer { name, element, written: false }
}

/// A buffer that is written.
pub fn output(name: &'static str, element: &'static str) -> Buffer {
    Buffer { name, element, written: true }
}

/// A number that a launch passes to its shader.
pub enum Size {
    Integer(&'static str),
    Float(&'static str),
}

/// One value for a [`Size`].
#[derive(Clone, Copy)]
pub enum Value {
    Integer(usize),
    Float(f32),
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Value::Integer(value)
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Value::Float(value)
    }
}

/// Whether the sizes of a launch come again: a look's do, a training step's (as many rows as its masks keep) do not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sizes {
    Same,
    Vary,
}

/// Run `shader` on `buffers` (contiguous) with `groups` workgroups.
pub fn launch<S: Shader>(shader: S, buffers: &[&CubeTensor], values: &[Value], sizes: Sizes, groups: [usize; 3]) {
    let client = buffers[0].client.clone();
    let [x, y, z] = shader.workgroup();
    let arguments = buffers.iter().fold(KernelArguments::new(), |arguments, tensor| {
        debug_assert!(tensor.is_contiguous(), "a buffer of {} is not contiguous", shader.name());
        arguments.with_buffer(tensor.handle.clone().binding())
    });
    let arguments = arguments.with_info(MetadataBindingInfo::custom(words(values, sizes)));
    let [gx, gy, gz] = groups.map(|count| count as u32);
    debug_assert!(gx <= MOST_GROUPS && gy <= MOST_GROUPS && gz <= MOST_GROUPS);
    let kernel = SourceKernel::new(Source(shader), CubeDim::new_3d(x, y, z));
    client.launch(Box::new(kernel), CubeCount::Static(gx, gy, gz), arguments);
}

/// Workgroups for `threads` threads in a row, spread over two dimensions where one is not enough; `thread` counts over
/// both.
pub fn spread(threads: usize, workgroup: usize) -> [usize; 3] {
    let groups = threads.div_ceil(workgroup).max(1);
    let x = groups.min(MOST_GROUPS as usize);
    [x, groups.div_ceil(x), 1]
}

/// An uninitialised tensor beside `like`.
pub fn empty<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    let count: usize = shape.iter().product();
    let handle = like.client.empty(count.max(1) * size_of::<f32>());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape.into(), handle, like.dtype)
}

/// As [`empty`] for floats beside a tensor of integers.
pub fn empty_floats<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    CubeTensor { dtype: burn::tensor::DType::F32, ..empty(like, shape) }
}

/// Two values a word, padded to the 16 bytes a uniform array is made of.
fn words(values: &[Value], sizes: Sizes) -> Vec<u64> {
    let mut bits: Vec<u32> = values
        .iter()
        .map(|value| match *value {
            Value::Integer(value) => value as u32,
            Value::Float(value) => value.to_bits(),
        })
        .collect();
    let least = if sizes == Sizes::Same { 4 } else { CACHED_BYTES / size_of::<u32>() + 4 };
    bits.resize(bits.len().next_multiple_of(4).max(least), 0);
    bits.chunks_exact(2).map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32).collect()
}

struct Source<S>(S);

impl<S: Shader> KernelSource for Source<S> {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(wgsl(&self.0))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<S>().info(self.0.clone())
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The whole shader.
pub fn wgsl<S: Shader>(shader: &S) -> String {
    let features = shader.features();
    let mut text: String = features.iter().map(|&feature| enable(feature)).collect();
    text += &format!("// kernel: {}\n", shader.name().replace(' ', "-"));
    for (i, Buffer { name, element, written }) in shader.buffers().into_iter().enumerate() {
        let access = if written { "read_write" } else { "read" };
        text += &format!("@group(0) @binding({i}) var<storage, {access}> {name}: array<{element}>;\n");
    }
    let sizes = shader.sizes();
    let vectors = sizes.len().div_ceil(4).max(1);
    text +=
        &format!("@group(0) @binding({}) var<uniform> info: array<vec4<u32>, {vectors}>;\n", shader.buffers().len());
    let Code { functions, main } = shader.code();
    let [x, y, z] = shader.workgroup();
    let fields: String = sizes.iter().enumerate().map(field).collect();
    let subgroup = match features.contains(&Feature::Subgroups) {
        true => "    @builtin(subgroup_invocation_id) in_subgroup: u32,\n",
        false => "",
    };
    text + &format!(
        "{functions}
@compute @workgroup_size({x}, {y}, {z})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
{subgroup}) {{
    let thread = (group.y * groups.x + group.x) * {x}u + local.x;
{fields}{main}}}
"
    )
}

/// One size: a value that a browser knows to be the same in all threads, so that it may decide how often they meet at a
/// barrier.
fn field((i, size): (usize, &Size)) -> String {
    let word = format!("info[{}].{}", i / 4, ["x", "y", "z", "w"][i % 4]);
    match size {
        Size::Integer(name) => format!("    let {name} = {word};\n"),
        Size::Float(name) => format!("    let {name} = bitcast<f32>({word});\n"),
    }
}

/// `each(0)`, `each(1)`, ... up to `count`, one after the other: loops are unrolled here, because arrays of registers
/// indexed by a loop end up in memory.
pub fn unrolled(count: usize, each: impl FnMut(usize) -> String) -> String {
    (0..count).map(each).collect()
}

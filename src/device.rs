//! Open a device once; clone it afterwards.

#[cfg(feature = "webgpu")]
use crate::kernels::gpu::{Adapter, tune};
use crate::{config::Limits, error::Error};
use burn::tensor::Device;
use serde::Serialize;

/// Which of Burn's backends runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Cpu,
    WebGpu,
    Cuda,
}

/// A device and what there is to say about it.
#[derive(Debug, Clone)]
pub struct Opened {
    pub device: Device,
    pub kind: Kind,
    /// The adapter's own name; empty where a browser does not tell Rust.
    pub adapter: String,
    /// A GPU adapter without hardware behind it.
    pub software: bool,
    /// What a WebGPU adapter offers to kernels.
    #[cfg(feature = "webgpu")]
    pub offered: Option<Adapter>,
    pub limits: Limits,
}

/// What wasm32 can address, less room for the page's own buffers.
#[cfg(feature = "cpu")]
const CPU_BYTES: u64 = 3 << 30;

/// Burn's portable CPU backend.
#[cfg(feature = "cpu")]
pub fn open_cpu() -> Opened {
    let adapter = if cfg!(target_arch = "wasm32") { "CPU (WebAssembly SIMD)" } else { "CPU" };
    Opened {
        device: Device::flex(),
        kind: Kind::Cpu,
        adapter: adapter.into(),
        software: false,
        #[cfg(feature = "webgpu")]
        offered: None,
        limits: Limits { max_buffer_bytes: 0, max_total_bytes: CPU_BYTES },
    }
}

/// CUDA devices `0..count`, for training natively: everything runs on Burn's own operations there, and weights can't be
/// packed.
///
/// # Errors
/// [`Error::Device`] where there is no NVIDIA driver, or fewer devices.
#[cfg(feature = "cuda")]
pub fn open_cuda(count: usize) -> Result<Vec<Opened>, Error> {
    use burn::tensor::DeviceType;
    // Asking first: to use a driver that is not there panics.
    let found = Device::enumerate(DeviceType::Cuda).len();
    if found == 0 {
        return Err(Error::Device("CUDA finds no NVIDIA driver or no device".into()));
    }
    if found < count {
        return Err(Error::Device(format!("{count} CUDA devices are asked for and there are {found}")));
    }
    let opened = |index| Opened {
        device: Device::cuda(index),
        kind: Kind::Cuda,
        adapter: format!("CUDA device {index}"),
        software: false,
        #[cfg(feature = "webgpu")]
        offered: None,
        limits: Limits::default(),
    };
    Ok((0..count).map(opened).collect())
}

/// Run the module's static constructors, once: the compiler behind Burn registers its parts in thousands of them.
///
/// That this names `__wasm_call_ctors` matters more than that it calls it. Otherwise the linker takes the module for a
/// program that is run and ends, and runs all constructors before *every* call from JavaScript: about half a
/// millisecond for each handle that a WebGPU call allocates, ten for each dispatch.
#[cfg(all(feature = "webgpu", target_arch = "wasm32"))]
fn run_constructors() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: made by the linker, takes nothing and returns nothing; once, as it expects.
    ONCE.call_once(|| unsafe { __wasm_call_ctors() });
}

/// The best WebGPU adapter there is. Call once: the runtime it registers can't be replaced.
///
/// # Errors
/// [`Error::Device`] where the browser has no WebGPU or grants no adapter.
#[cfg(feature = "webgpu")]
pub async fn open_webgpu() -> Result<Opened, Error> {
    use burn::tensor::wgpu::wgpu;
    #[cfg(target_arch = "wasm32")]
    run_constructors();
    let failed = |error: &dyn std::fmt::Display| Error::Device(error.to_string());
    let (device, setup) = Device::wgpu_options().init_with_setup_async().await.map_err(|error| failed(&error))?;
    let info = setup.adapter.get_info();
    let limits = setup.device.limits();
    let features = setup.device.features();
    let offered = Adapter {
        software: info.device_type == wgpu::DeviceType::Cpu || is_software(&info.name),
        f16: features.contains(wgpu::Features::SHADER_F16),
        subgroup: features.contains(wgpu::Features::SUBGROUP).then_some(info.subgroup_min_size as usize),
        workgroup_bytes: limits.max_compute_workgroup_storage_size as usize,
    };
    tune(offered.tuning());
    Ok(Opened {
        device,
        kind: Kind::WebGpu,
        software: offered.software,
        offered: Some(offered),
        adapter: info.name,
        limits: Limits {
            max_buffer_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            max_total_bytes: 0,
        },
    })
}

/// Names under which the software rasterisers of Chromium, Mesa and Windows go.
#[cfg(feature = "webgpu")]
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    ["swiftshader", "llvmpipe", "lavapipe", "basic render"].iter().any(|known| name.contains(known))
}

/// The device this engine was built for: WebGPU where the feature is on, else the CPU.
///
/// # Errors
/// As `open_webgpu`.
pub async fn open() -> Result<Opened, Error> {
    #[cfg(feature = "webgpu")]
    return open_webgpu().await;
    #[cfg(all(feature = "cpu", not(feature = "webgpu")))]
    return Ok(open_cpu());
    #[cfg(not(any(feature = "cpu", feature = "webgpu")))]
    return Err(Error::Device("this engine was built without a backend".into()));
}

//! How the CPU engine runs natively: its threads and its memory.

use crate::Failure;

/// Kernels run on that many threads, 0 for all cores. What the engine is then called.
pub fn share_out(threads: usize) -> Result<String, Failure> {
    keep_memory();
    // This thread is one of them: otherwise it would hand over every kernel, and be woken when that is done.
    rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global()?;
    let threads = rayon::current_num_threads();
    Ok(format!("vjepa-web, CPU, {threads} thread{}", if threads == 1 { "" } else { "s" }))
}

/// Freed memory stays with the program: every step asks for the same again, and each new page costs an interrupt.
fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const TRIM_THRESHOLD: i32 = -1;
        const MMAP_MAX: i32 = -4;
        const ARENA_MAX: i32 = -8;
        unsafe extern "C" {
            safe fn mallopt(parameter: i32, value: i32) -> i32;
        }
        mallopt(TRIM_THRESHOLD, i32::MAX);
        mallopt(MMAP_MAX, 0);
        // Others give their memory back however this is set.
        mallopt(ARENA_MAX, 1);
    }
}

//! How many threads an example runs its kernels on.

use std::error::Error;

/// What the engine is called with that many threads.
#[cfg(feature = "threads")]
pub fn share_out(threads: usize) -> Result<String, Box<dyn Error>> {
    // This thread is one of them: otherwise it would hand over every kernel, and be woken when that is done.
    rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global()?;
    Ok(format!("vjepa-web, CPU, {threads} threads"))
}

#[cfg(not(feature = "threads"))]
pub fn share_out(threads: usize) -> Result<String, Box<dyn Error>> {
    match threads {
        1 => Ok("vjepa-web, CPU, 1 thread".into()),
        _ => Err("more than one thread needs the feature `threads`".into()),
    }
}

//! What every x86-64 processor has: four lanes, to turn squares of values over.

use std::arch::x86_64::{_MM_TRANSPOSE4_PS, _mm_loadu_ps, _mm_storeu_ps};

/// Rows become columns.
#[inline(always)]
pub fn transpose(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let mut columns = [[0.0; 4]; 4];
    // SAFETY: SSE is part of x86-64; four f32 are 16 bytes to read or write, and neither asks for alignment.
    unsafe {
        let [mut a, mut b, mut c, mut d] = rows.map(|row| _mm_loadu_ps(row.as_ptr()));
        _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
        columns.iter_mut().zip([a, b, c, d]).for_each(|(column, values)| _mm_storeu_ps(column.as_mut_ptr(), values));
    }
    columns
}

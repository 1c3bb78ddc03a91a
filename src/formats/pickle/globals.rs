//! The Python names a checkpoint of weights may mention. A closed list: anything else is refused.

use super::super::Dtype;

/// What a name stands for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Global {
    /// `(storage, offset, shape, stride, ...)` -> a tensor.
    RebuildTensor,
    /// `(tensor, ...)` -> the tensor.
    RebuildParameter,
    /// `()` -> an empty dictionary.
    OrderedDict,
    /// `(sizes)` -> the sizes.
    Size,
    /// The type of numbers in a storage; never called.
    Storage(Dtype),
    /// The name of a type of numbers, mentioned by optimisers; never called.
    Plain,
}

pub fn global(module: &str, name: &str) -> Option<Global> {
    Some(match (module, name) {
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch", "Size") => Global::Size,
        ("torch", "DoubleStorage") => Global::Storage(Dtype::F64),
        ("torch", "FloatStorage") => Global::Storage(Dtype::F32),
        ("torch", "HalfStorage") => Global::Storage(Dtype::F16),
        ("torch", "BFloat16Storage") => Global::Storage(Dtype::BF16),
        ("torch", "LongStorage") => Global::Storage(Dtype::I64),
        ("torch", "IntStorage") => Global::Storage(Dtype::I32),
        ("torch", "ShortStorage") => Global::Storage(Dtype::I16),
        ("torch", "CharStorage") => Global::Storage(Dtype::I8),
        ("torch", "ByteStorage") => Global::Storage(Dtype::U8),
        ("torch", "BoolStorage") => Global::Storage(Dtype::Bool),
        ("torch", "float64" | "float32" | "float16" | "bfloat16") => Global::Plain,
        ("torch", "int64" | "int32" | "int16" | "int8" | "uint8" | "bool") => Global::Plain,
        _ => return None,
    })
}

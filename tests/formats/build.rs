//! Files made by hand, right and wrong.

/// A safetensors file: this header, then `data` bytes.
pub fn safetensors(json: &str, data: usize) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes(), &vec![7; data]].concat()
}

/// One entry of a zip file.
#[derive(Clone)]
pub struct Stored {
    pub name: String,
    pub data: Vec<u8>,
    /// 0 is stored, 8 deflated.
    pub method: u16,
    /// What the directory claims beyond the truth.
    pub size: u64,
    pub shift: i64,
}

pub fn stored(name: &str, data: impl Into<Vec<u8>>) -> Stored {
    Stored { name: name.into(), data: data.into(), method: 0, size: 0, shift: 0 }
}

/// The files of a checkpoint with this pickle and one storage, `data/0`.
pub fn torch_files(pickle: &[u8], storage: usize) -> Vec<Stored> {
    vec![stored("tiny/data.pkl", pickle), stored("tiny/byteorder", *b"little"), stored("tiny/data/0", vec![0; storage])]
}

pub fn torch(pickle: &[u8], storage: usize) -> Vec<u8> {
    zip(&torch_files(pickle, storage), false)
}

/// A zip file; `wide` writes every number in its 64-bit form.
pub fn zip(files: &[Stored], wide: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let header = (out.len() as u64).wrapping_add_signed(file.shift);
        let size = file.data.len() as u64 + file.size;
        // As PyTorch does, an extra field moves the data.
        let extra = [b'F', b'B', 5, 0, b'Z', b'Z', b'Z', b'Z', b'Z'];
        out.extend(b"PK\x03\x04\x00\x00\x00\x08");
        out.extend(file.method.to_le_bytes());
        out.extend([0; 16]);
        out.extend((file.name.len() as u16).to_le_bytes());
        out.extend((extra.len() as u16).to_le_bytes());
        out.extend([file.name.as_bytes(), &extra, &file.data].concat());
        directory.extend(central(file, size, header, wide));
    }
    let at = out.len() as u64;
    out.extend(&directory);
    out.extend(end(files.len() as u64, directory.len() as u64, at, wide));
    out
}

fn central(file: &Stored, size: u64, header: u64, wide: bool) -> Vec<u8> {
    let narrow = |number: u64| (if wide { u32::MAX } else { number as u32 }).to_le_bytes();
    let mut extra = Vec::new();
    if wide {
        extra.extend([b'F', b'B', 1, 0, 0, 1, 0, 24, 0]);
        extra.extend([size, size, header].map(u64::to_le_bytes).concat());
    }
    let mut out = b"PK\x01\x02\x00\x00\x00\x00\x00\x08".to_vec();
    out.extend(file.method.to_le_bytes());
    out.extend([0; 8]);
    out.extend([narrow(size), narrow(size)].concat());
    out.extend([file.name.len() as u16, extra.len() as u16, 0].map(u16::to_le_bytes).concat());
    out.extend([0; 8]);
    out.extend(narrow(header));
    out.extend([file.name.as_bytes(), &extra].concat());
    out
}

/// The records after the directory.
pub fn end(count: u64, length: u64, at: u64, wide: bool) -> Vec<u8> {
    let mut out = Vec::new();
    if wide {
        let before = at.saturating_add(length);
        out.extend(b"PK\x06\x06\x2c\x00\x00\x00\x00\x00\x00\x00\x2d\x00\x2d\x00\x00\x00\x00\x00\x00\x00\x00\x00");
        out.extend([count, count, length, at].map(u64::to_le_bytes).concat());
        out.extend(b"PK\x06\x07\x00\x00\x00\x00");
        out.extend(before.to_le_bytes());
        out.extend(1u32.to_le_bytes());
    }
    let count = if wide { u16::MAX } else { count as u16 };
    let numbers = if wide { [u32::MAX; 2] } else { [length as u32, at as u32] };
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend([count, count].map(u16::to_le_bytes).concat());
    out.extend(numbers.map(u32::to_le_bytes).concat());
    out.extend([0; 2]);
    out
}

/// A pickle of protocol 2: a dictionary of these values, each a pickle's middle part.
pub fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}(", items.as_slice(), b"u"].concat()
}

pub fn whole(top: &[u8]) -> Vec<u8> {
    [b"\x80\x02", top, b"."].concat()
}

pub fn text(text: &str) -> Vec<u8> {
    [b"X", (text.len() as u32).to_le_bytes().as_slice(), text.as_bytes()].concat()
}

pub fn tuple(numbers: &[i64]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| int(*number)).collect();
    [b"(", numbers.as_slice(), b"t"].concat()
}

/// BININT, or LONG1 for what does not fit.
pub fn int(number: i64) -> Vec<u8> {
    match i32::try_from(number) {
        Ok(number) => [b"J".as_slice(), &number.to_le_bytes()].concat(),
        Err(_) => [b"\x8a\x08".as_slice(), &number.to_le_bytes()].concat(),
    }
}

/// An f32 tensor in storage `key`.
pub fn tensor(key: &str, offset: i64, shape: &[i64], stride: &[i64]) -> Vec<u8> {
    let storage = [b"(".to_vec(), text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text(key), text("cpu"), int(6)];
    let call = b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec();
    let hooks = b"\x89ccollections\nOrderedDict\n)RtR".to_vec();
    [call, storage.concat(), b"tQ".to_vec(), int(offset), tuple(shape), tuple(stride), hooks].concat()
}

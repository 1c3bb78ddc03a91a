//! Safetensors files that are right but for a few things.

use super::choices::Choices;
use vjepa_web::checkpoint::TensorShape;

/// A tensor as it lies in a file.
#[derive(Clone)]
pub struct Stored {
    pub name: String,
    pub dtype: &'static str,
    pub shape: Vec<u64>,
    pub data: Vec<u8>,
}

const DTYPES: [&str; 12] = ["F32", "F16", "BF16", "I8", "U8", "I32", "I64", "F64", "BOOL", "U32", "F8_E4M3", "F4"];

impl Stored {
    /// Of as many ones as its shape says.
    pub fn ones(TensorShape { name, shape }: TensorShape) -> Self {
        let data = 1f32.to_le_bytes().repeat(shape.iter().product());
        Self { name, dtype: "F32", shape: shape.into_iter().map(|size| size as u64).collect(), data }
    }

    fn change(&mut self, choices: &mut Choices) {
        match choices.below(8) {
            0 => {
                let place = choices.below(self.shape.len());
                if let Some(size) = self.shape.get_mut(place) {
                    *size = choices.number();
                }
            }
            1 => self.shape.push(choices.number()),
            2 => drop(self.shape.pop()),
            3 => self.shape.reverse(),
            4 => {
                self.shape.insert(0, 0);
                self.data.clear();
            }
            5 => self.dtype = choices.one_of(&DTYPES),
            6 => self.data.truncate(choices.below(self.data.len().min(1 << 16))),
            _ => {
                let odd = choices.one_of(&[f32::NAN, f32::INFINITY, f32::MAX, -0.0, 7e4, 1e-40]).to_le_bytes();
                let at = choices.below(self.data.len().min(1 << 16));
                self.data.iter_mut().skip(at).zip(odd).for_each(|(byte, odd)| *byte = odd);
            }
        }
    }
}

/// Changes up to four tensors: one is taken away, named otherwise, doubled or changed.
pub fn change(tensors: &mut Vec<Stored>, choices: &mut Choices) {
    const ENDS: [&str; 8] =
        [".scale", ".weight", ".bias", ".0", ".module", ".99999999999999999999", ".4294967296", "\u{0}"];
    for _ in 0..choices.below(5) {
        if tensors.is_empty() {
            return;
        }
        let (at, other) = (choices.below(tensors.len()), choices.below(tensors.len()));
        match choices.below(6) {
            0 => drop(tensors.remove(at)),
            1 => tensors[at].name.push_str(choices.one_of(&ENDS)),
            2 => {
                let double = Stored { name: tensors[other].name.clone(), ..tensors[at].clone() };
                tensors.push(double);
            }
            _ => tensors[at].change(choices),
        }
    }
}

/// The file: header, metadata, data in the order of the tensors. Seldom are offsets or bytes wrong.
pub fn file(tensors: &[Stored], metadata: &[(&str, &str)], choices: &mut Choices) -> Vec<u8> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let pairs: Vec<String> = metadata.iter().map(|(key, text)| format!("{}:{}", quoted(key), quoted(text))).collect();
    let mut fields = vec![format!("\"__metadata__\":{{{}}}", pairs.join(","))];
    let (mut at, lies) = (0, choices.seldom(16));
    for Stored { name, dtype, shape, data } in tensors {
        let begin = if lies { choices.number() } else { at };
        at += data.len() as u64;
        fields.push(format!(
            "{}:{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{begin},{at}]}}",
            quoted(name)
        ));
    }
    let header = format!("{{{}}}", fields.join(","));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    tensors.iter().for_each(|tensor| file.extend(&tensor.data));
    choices.damage(&mut file);
    file
}

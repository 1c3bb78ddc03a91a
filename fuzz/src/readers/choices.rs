//! Bytes as choices.

/// A byte or a few for each choice; when they have run out, all that is left is the first one, which changes nothing.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// One of 0..n, at most 65,536; 0 where there is none.
    pub fn below(&mut self, n: usize) -> usize {
        let chosen = match n {
            ..=256 => usize::from(self.byte()),
            _ => usize::from(u16::from_le_bytes([self.byte(), self.byte()])),
        };
        chosen.checked_rem(n).unwrap_or(0)
    }

    /// One in so many; never when the choices have run out.
    pub fn seldom(&mut self, n: u8) -> bool {
        self.byte() % n == n - 1
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A number at which something may go wrong.
    pub fn number(&mut self) -> u64 {
        const EDGES: [u64; 21] = [
            0,
            1,
            2,
            3,
            4,
            5,
            7,
            12,
            16,
            24,
            36,
            64,
            255,
            1 << 16,
            (1 << 16) + 1,
            1 << 31,
            1 << 32,
            1 << 53,
            1 << 60,
            1 << 62,
            u64::MAX,
        ];
        match self.byte() {
            edge @ ..200 => EDGES[usize::from(edge) % EDGES.len()],
            _ => u64::from(self.byte()),
        }
    }

    /// All that are left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// A few bytes of a file changed, or its end cut off; mostly neither.
    pub fn damage(&mut self, file: &mut Vec<u8>) {
        if self.seldom(8) {
            file.truncate(self.below(file.len().min(1 << 16)));
        }
        while !file.is_empty() && self.seldom(4) {
            let at = self.below(file.len().min(1 << 16));
            file[at] = self.byte();
        }
    }
}

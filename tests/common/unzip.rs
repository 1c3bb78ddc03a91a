//! Exported folders, for the tests that open them.

use std::collections::BTreeMap;

/// Files of a zip of stored entries by name, found through its directory and checked against its checksums.
pub fn unzip(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes(zip[at..at + 2].try_into().unwrap()));
    let u32_at = |at: usize| u32::from_le_bytes(zip[at..at + 4].try_into().unwrap());
    let end = zip.len() - 22;
    assert_eq!(u32_at(end), 0x0605_4b50);
    let (mut at, mut files) = (u32_at(end + 16) as usize, BTreeMap::new());
    for _ in 0..u16_at(end + 10) {
        assert_eq!(u32_at(at), 0x0201_4b50);
        let (checksum, size, local) = (u32_at(at + 16), u32_at(at + 24) as usize, u32_at(at + 42) as usize);
        let (name, extra) = (u16_at(at + 28), u16_at(at + 30));
        let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
        let data = &zip[start..start + size];
        assert_eq!((u32_at(start + size), u32_at(start + size + 4)), (0x0807_4b50, checksum));
        assert_eq!(crc32fast::hash(data), checksum);
        files.insert(String::from_utf8(zip[at + 46..at + 46 + name].to_vec()).unwrap(), data.to_vec());
        at += 46 + name + extra;
    }
    files
}

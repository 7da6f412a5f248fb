//! The zip of a document, written as it comes.
//!
//! By hand, because the `zip` crate without seeking gives every entry sizes that come after it, stored ones too, and programs that read
//! a document as it comes cannot tell where such an entry ends: `mimetype` must tell its size before (APPNOTE.TXT 6.3.10, § 4.3).

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};

/// Sizes come after the entry; names are UTF-8.
const STREAMED: u16 = 1 << 3 | 1 << 11;
/// 1 January 1980, as MS-DOS writes it: the same data give the same bytes.
const DATE: u16 = 1 << 5 | 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const LIMIT: u64 = u32::MAX as u64;

/// A zip under way. Its entries are stored whole or deflated as they come.
pub(super) struct Package<W: Write> {
    sink: W,
    position: u64,
    entries: Vec<Entry>,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    name: &'static str,
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    offset: u64,
}

/// The entry that is being written.
struct Open {
    entry: Entry,
    crc: Crc,
    encoder: DeflateEncoder<Vec<u8>>,
}

impl<W: Write> Package<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink, position: 0, entries: Vec::new(), open: None }
    }

    /// Adds an entry that is stored, whole.
    pub(super) fn store(&mut self, name: &'static str, content: &[u8]) -> io::Result<()> {
        self.end()?;
        let mut crc = Crc::new();
        crc.update(content);
        let size = content.len() as u64;
        let entry =
            Entry { name, flags: 0, method: STORED, crc: crc.sum(), compressed: size, size, offset: self.position };
        self.put(&local_header(&entry))?;
        self.put(content)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Begins an entry, which what is written goes to.
    pub(super) fn begin(&mut self, name: &'static str) -> io::Result<()> {
        self.end()?;
        let offset = self.position;
        let entry = Entry { name, flags: STREAMED, method: DEFLATED, crc: 0, compressed: 0, size: 0, offset };
        self.put(&local_header(&entry))?;
        let encoder = DeflateEncoder::new(Vec::new(), Compression::new(2));
        self.open = Some(Open { entry, crc: Crc::new(), encoder });
        Ok(())
    }

    /// Ends the entry under way.
    fn end(&mut self) -> io::Result<()> {
        let Some(Open { mut entry, crc, encoder }) = self.open.take() else { return Ok(()) };
        entry.size = encoder.total_in();
        let rest = encoder.finish()?;
        self.put(&rest)?;
        entry.crc = crc.sum();
        entry.compressed = self.position - entry.offset - local_header(&entry).len() as u64;
        let mut descriptor = b"PK\x07\x08".to_vec();
        descriptor.extend(entry.crc.to_le_bytes());
        for size in [entry.compressed, entry.size] {
            match entry.is_large() {
                true => descriptor.extend(size.to_le_bytes()),
                false => descriptor.extend((size as u32).to_le_bytes()),
            }
        }
        self.put(&descriptor)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Ends the zip.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.end()?;
        let start = self.position;
        let directory: Vec<u8> = self.entries.iter().flat_map(central_header).collect();
        self.put(&directory)?;
        self.put(&end_of(self.entries.len() as u16, directory.len() as u64, start))?;
        self.sink.flush()?;
        Ok(self.sink)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sink.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

impl<W: Write> Write for Package<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(open) = &mut self.open else { return Err(io::Error::other("no entry is begun")) };
        open.crc.update(bytes);
        open.encoder.write_all(bytes)?;
        let ready = std::mem::take(open.encoder.get_mut());
        self.put(&ready)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl Entry {
    /// Whether its sizes take more than 32 bits.
    fn is_large(&self) -> bool {
        self.compressed >= LIMIT || self.size >= LIMIT
    }
}

/// What local and central headers have in common.
fn common(entry: &Entry, version: u16, sizes: [u32; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [version, entry.flags, entry.method, 0, DATE] {
        bytes.extend(number.to_le_bytes());
    }
    for number in [entry.crc, sizes[0], sizes[1]] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend((entry.name.len() as u16).to_le_bytes());
    bytes
}

fn local_header(entry: &Entry) -> Vec<u8> {
    // What comes after an entry is nought before it.
    let told = if entry.flags == STREAMED { Entry { crc: 0, compressed: 0, size: 0, ..*entry } } else { *entry };
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend(common(&told, 20, [told.compressed as u32, told.size as u32]));
    bytes.extend([0, 0]);
    bytes.extend(entry.name.as_bytes());
    bytes
}

fn central_header(entry: &Entry) -> Vec<u8> {
    let numbers = [entry.size, entry.compressed, entry.offset];
    let is_large = numbers.iter().any(|number| *number >= LIMIT);
    let version = if is_large { 45u16 } else { 20 };
    let short = |number: u64| if is_large { u32::MAX } else { number as u32 };
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend(common(entry, version, [short(entry.compressed), short(entry.size)]));
    let extra: Vec<u8> = if is_large {
        [1u16, 24].iter().flat_map(|n| n.to_le_bytes()).chain(numbers.iter().flat_map(|n| n.to_le_bytes())).collect()
    } else {
        Vec::new()
    };
    bytes.extend((extra.len() as u16).to_le_bytes());
    // No comment, one disk, nothing about files.
    bytes.extend([0; 10]);
    bytes.extend(short(entry.offset).to_le_bytes());
    bytes.extend(entry.name.as_bytes());
    bytes.extend(extra);
    bytes
}

fn end_of(entries: u16, length: u64, start: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let is_large = start >= LIMIT || length >= LIMIT;
    if is_large {
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0]);
        bytes.extend([0; 8]);
        for number in [u64::from(entries), u64::from(entries), length, start] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07");
        bytes.extend([0; 4]);
        bytes.extend((start + length).to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
    }
    let short = |number: u64| if is_large { u32::MAX } else { number as u32 };
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0; 4]);
    bytes.extend(entries.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    bytes.extend(short(length).to_le_bytes());
    bytes.extend(short(start).to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};
    use zip::ZipArchive;

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut package = Package::new(Vec::new());
        package.store("mimetype", b"a/type").unwrap();
        package.begin("content.xml").unwrap();
        let long: Vec<u8> = (0..300_000u32).flat_map(|number| (number % 1_000).to_le_bytes()).collect();
        for block in long.chunks(1_000) {
            package.write_all(block).unwrap();
        }
        package.begin("empty.xml").unwrap();
        let bytes = package.finish().unwrap();
        assert_eq!(&bytes[6..10], [0; 4], "stored, and its size is in its header");
        assert_eq!(&bytes[18..26], [6, 0, 0, 0, 6, 0, 0, 0]);
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut content = Vec::new();
            // The checksum is looked at too.
            archive.by_name(name).unwrap().read_to_end(&mut content).unwrap();
            content
        };
        assert_eq!((read("mimetype"), read("empty.xml")), (b"a/type".to_vec(), vec![]));
        assert!(read("content.xml") == long);
    }

    #[test]
    fn sizes_of_more_than_32_bits_are_told() {
        let (compressed, size, offset) = (LIMIT + 7, LIMIT * 3, 0);
        let entry = Entry { name: "content.xml", flags: STREAMED, method: DEFLATED, crc: 1, compressed, size, offset };
        let mut bytes = local_header(&entry);
        let start = bytes.len() as u64;
        let directory = central_header(&entry);
        bytes.extend(&directory);
        bytes.extend(end_of(1, directory.len() as u64, start));
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let file = archive.by_index_raw(0).unwrap();
        assert_eq!((file.compressed_size(), file.size()), (compressed, size));
        assert!(end_of(1, 10, LIMIT).starts_with(b"PK\x06\x06"));
    }
}

//! Blocks of lines.

use super::*;

fn cut(source: impl Read, skipped: u64) -> Vec<RawBlock> {
    Cutter::new(source, skipped).collect()
}

#[test]
fn blocks_hold_whole_lines_and_lose_none() {
    let text: String = (0..300_000).map(|line| format!("{{\"ligne\": {line}}}\n")).collect();
    let blocks = cut(text.as_bytes(), 0);
    assert!(blocks.len() > 3);
    assert!(blocks.iter().all(|block| block.bytes.ends_with(b"}\n") && block.broken.is_none()));
    for pair in blocks.windows(2) {
        assert_eq!(pair[1].line - pair[0].line, pair[0].bytes.iter().filter(|byte| **byte == b'\n').count() as u64);
    }
    assert_eq!(blocks.into_iter().flat_map(|block| block.bytes).collect::<Vec<_>>(), text.as_bytes());
}

#[test]
fn a_block_of_short_lines_holds_no_more_of_them_than_it_may() {
    let text = "0\n".repeat(3 * BLOCK_LINES + 7) + "1";
    let lines = |block: &RawBlock| block.bytes.iter().filter(|byte| **byte == b'\n').count();
    for source in [Box::new(text.as_bytes()) as Box<dyn Read>, Box::new(text.as_bytes().chain(Failing))] {
        let blocks = cut(source, 0);
        assert!(blocks.iter().all(|block| lines(block) <= BLOCK_LINES));
        let is_broken = blocks.last().is_some_and(|block| block.broken.is_some());
        let read: Vec<u8> = blocks.iter().flat_map(|block| block.bytes.clone()).collect();
        assert_eq!(read, if is_broken { &text.as_bytes()[..text.len() - 1] } else { text.as_bytes() });
        assert_eq!(blocks.last().map(|block| block.line), Some(3 * BLOCK_LINES as u64 + 1));
    }
}

#[test]
fn a_line_longer_than_a_block_is_one_all_the_same() {
    let long = "x".repeat(MAX_PIECE_BYTES) + "\n";
    let text = ["a\n", &long, "b\n", &long, &long, "c"].concat();
    let blocks = cut(text.as_bytes(), 0);
    assert!(blocks.iter().all(|block| block.broken.is_none()));
    assert!(blocks.iter().any(|block| block.bytes.len() > BLOCK_BYTES));
    assert_eq!(blocks.into_iter().flat_map(|block| block.bytes).collect::<Vec<_>>(), text.as_bytes());
}

#[test]
fn skipped_entries_are_neither_blank_nor_read_again() {
    let text = b"a\n\n  \nb\nc";
    for (skipped, line, left) in [(0, 1, &b"a\n\n  \nb\nc"[..]), (1, 2, b"\n  \nb\nc"), (2, 5, b"c")] {
        let block = RawBlock { line, bytes: left.to_vec(), broken: None };
        assert_eq!(cut(&text[..], skipped), [block], "{skipped}");
    }
    assert_eq!(cut(&text[..], 3), []);
}

#[test]
fn a_line_of_100_megabytes_is_refused_and_never_held() {
    let long = || io::repeat(b'x').take(100 << 20);
    let source = || (&b"a\n"[..]).chain(long()).chain(&b"\nb"[..]);
    let blocks = cut(source(), 0);
    let lines: Vec<_> = blocks.iter().map(|block| (block.line, block.bytes.len(), block.broken.is_some())).collect();
    assert_eq!(lines, [(1, 2, false), (2, 0, true), (3, 1, false)]);
    let after: Vec<_> = cut(source(), 2).into_iter().map(|block| (block.line, block.bytes)).collect();
    assert_eq!(after, [(3, b"b".to_vec())]);
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[test]
fn a_failure_within_a_line_that_is_too_long_is_said_after_it() {
    let blocks = cut(io::repeat(b'x').take(4 << 20).chain(Failing), 0);
    let broken: Vec<_> = blocks.into_iter().map(|block| block.broken).collect();
    assert!(matches!(broken.as_slice(), [Some(Refusal::TooLong), Some(Refusal::Unreadable(_))]), "{broken:?}");
}

#[test]
fn what_precedes_a_failure_is_read() {
    let blocks = cut((&b"a\nb\ncut sho"[..]).chain(Failing), 0);
    assert_eq!(blocks.len(), 1);
    assert_eq!((blocks[0].line, blocks[0].bytes.as_slice()), (1, &b"a\nb\n"[..]));
    assert!(blocks[0].broken.is_some());
}

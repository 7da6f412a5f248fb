//! A row in pieces: cells side by side, many of which come back in row after row.
//!
//! The bucket, the part and the end of a row say the same as in thousands of other rows. A writer of texts makes their bytes once, and
//! keeps them where the cells are: they live as long as the cells, and cannot be mistaken for those of others. In the same way a writer that
//! gathers rows knows in which of them it met the cells already.

use super::cell::Cell;
use std::cell::{Cell as Mutable, OnceCell};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many ways of writing texts there are, which do not share what they wrote.
pub const WAYS: usize = 2;

/// Cells side by side.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'p> {
    /// Those of one row.
    Once(&'p [Cell<'p>]),
    /// Those of many rows.
    Again(&'p Repeated<'p>),
}

/// Cells that come back, and what they are written as.
#[derive(Debug, Default)]
pub struct Repeated<'c> {
    cells: Vec<Cell<'c>>,
    written: [OnceCell<Box<[u8]>>; WAYS],
    /// Where they were first met, among the rows that were gathered last.
    met: Mutable<Option<Place>>,
}

/// The rows that a writer gathers, of which each has its own number in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathering(u64);

/// Where cells stand among rows that are gathered.
#[derive(Clone, Copy, Debug)]
struct Place {
    gathering: Gathering,
    column: usize,
    row: usize,
}

impl Gathering {
    /// Without any row yet.
    pub fn begin() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

impl<'p> Piece<'p> {
    /// The cells.
    pub fn cells(&self) -> &'p [Cell<'p>] {
        match *self {
            Self::Once(cells) => cells,
            Self::Again(repeated) => &repeated.cells,
        }
    }
}

/// The cells of a row.
pub fn cells_of<'r>(row: &'r [Piece<'r>]) -> impl Iterator<Item = Cell<'r>> {
    row.iter().flat_map(|piece| piece.cells().iter().copied())
}

impl<'c> Repeated<'c> {
    /// These cells, not written yet.
    pub fn new(cells: Vec<Cell<'c>>) -> Self {
        Self { cells, ..Self::default() }
    }

    /// Takes note that they are met in a row, beginning in a column; the first row of `gathering` in which they are, which may be this one.
    pub fn meet(&self, gathering: Gathering, column: usize, row: usize) -> usize {
        let known = self.met.get().filter(|place| place.gathering == gathering && place.column == column);
        let first = known.unwrap_or(Place { gathering, column, row });
        self.met.set(Some(first));
        first.row
    }

    /// What they are written as in a way of writing, counted from 0 and below [`WAYS`]: `write` is called the first time.
    pub fn written(&self, way: usize, write: impl FnOnce(&[Cell<'c>]) -> Vec<u8>) -> &[u8] {
        self.written[way].get_or_init(|| write(&self.cells).into_boxed_slice())
    }
}

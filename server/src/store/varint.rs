//! Whole numbers in as few bytes as they take: seven bits a byte, the last byte without its high bit (LEB128).

use super::StoreError;

/// Writes a number.
pub(super) fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads bytes that [`write`] wrote.
pub(super) struct Reader<'a>(&'a [u8]);

const CUT_SHORT: StoreError = StoreError::Corrupt("un bloc de données est tronqué");

impl<'a> Reader<'a> {
    /// From the beginning of these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next number.
    pub(super) fn number(&mut self) -> Result<u64, StoreError> {
        // Nearly every number takes one byte.
        if let [byte @ 0..=0x7f, rest @ ..] = self.0 {
            self.0 = rest;
            return Ok(u64::from(*byte));
        }
        let mut number = 0;
        for (position, byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * position);
            if byte & 0x80 == 0 {
                self.0 = &self.0[position + 1..];
                return Ok(number);
            }
        }
        Err(CUT_SHORT)
    }

    /// The next number, of 32 bits.
    pub(super) fn small(&mut self) -> Result<u32, StoreError> {
        u32::try_from(self.number()?).map_err(|_| StoreError::Corrupt("un numéro dépasse 32 bits"))
    }

    /// The next bytes, as many as the number before them says.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], StoreError> {
        let length = self.number()?;
        let (bytes, rest) =
            usize::try_from(length).ok().and_then(|length| self.0.split_at_checked(length)).ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_read_back(numbers in proptest::collection::vec(any::<u64>(), 0..50), cut in 0usize..20) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|number| write(&mut bytes, number >> (number % 64)));
            let mut reader = Reader::new(&bytes);
            for number in &numbers {
                prop_assert_eq!(reader.number().expect("a number"), number >> (number % 64));
            }
            prop_assert!(reader.is_empty());
            // Whatever is left of it, reading ends.
            let mut reader = Reader::new(&bytes[..bytes.len().saturating_sub(cut)]);
            while !reader.is_empty() && reader.number().is_ok() {}
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
            let mut reader = Reader::new(&bytes);
            while !reader.is_empty() && reader.bytes().is_ok() {}
        }
    }
}

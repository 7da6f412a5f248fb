//! Accesses written as earlier ones: what they are is found at once, by the bytes of what they say.

use crate::store::events::Deed;

/// How many bytes an access may have to be remembered as it is written.
const MAX_WRITTEN: usize = 256;

/// What a line says of an access, as it is written, but for who made it, where and when.
pub(super) struct Written<'a> {
    /// Whether somebody is named.
    pub(super) person: bool,
    /// Its members, in an order of its format; None of one that is not there.
    pub(super) members: [Option<&'a str>; 5],
}

impl Written<'_> {
    /// How long each member is.
    #[inline]
    fn lengths(&self) -> [u16; 5] {
        // (A long one is no shorter than anything that is remembered, and longer than all of it.)
        const ABSENT: u16 = u16::MAX;
        self.members.map(|member| member.map_or(ABSENT, |text| text.len().min(MAX_WRITTEN + 1) as u16))
    }

    /// Spreads accesses over places: of a long member, its ends are enough.
    #[inline]
    fn spread(&self) -> u64 {
        let mut spread = u64::from(self.person);
        let mut mix = |word: u64| {
            let product = u128::from(spread ^ word) * 0x9e37_79b9_7f4a_7c15;
            spread = (product >> 64) as u64 ^ product as u64;
        };
        for member in self.members.iter().flatten() {
            match (member.as_bytes().first_chunk(), member.as_bytes().last_chunk()) {
                (Some(first), Some(last)) => {
                    mix(u64::from_le_bytes(*first));
                    mix(u64::from_le_bytes(*last));
                }
                _ => mix(member.bytes().fold(0, |word, byte| word << 8 | u64::from(byte))),
            }
        }
        spread
    }
}

/// What was done lately, by what is written. Every way of writing has its place, which others may take: a line looks at one place only, and
/// whoever makes many lines meet in one gains nothing but that they are read as if they were new. The places are there from the first line
/// on.
#[derive(Default)]
pub(super) struct Lately(Vec<Option<Known>>);

struct Known {
    person: bool,
    deed: Deed,
    lengths: [u16; 5],
    /// The members, one after the other.
    text: Box<[u8]>,
}

impl Known {
    #[inline]
    fn is(&self, written: &Written) -> bool {
        let mut rest = &*self.text;
        self.person == written.person
            && self.lengths == written.lengths()
            && written.members.iter().flatten().all(|member| {
                let (known, others) = rest.split_at(member.len());
                rest = others;
                known == member.as_bytes()
            })
    }
}

impl Lately {
    /// How many places there are, as a power of two.
    const PLACES: u32 = 15;

    /// What was done, or the place where it would be.
    #[inline]
    pub(super) fn find(&self, written: &Written) -> Result<Deed, usize> {
        let place = (written.spread() >> (u64::BITS - Self::PLACES)) as usize;
        let known = self.0.get(place).and_then(Option::as_ref).filter(|known| known.is(written));
        known.map(|known| known.deed).ok_or(place)
    }

    /// Remembers it at its place.
    pub(super) fn remember(&mut self, place: usize, written: &Written, deed: Deed) {
        let text = written.members.iter().flatten().copied().collect::<String>();
        // What is long is read as any entry is.
        if text.len() <= MAX_WRITTEN {
            let (person, lengths) = (written.person, written.lengths());
            if self.0.is_empty() {
                self.0.resize_with(1 << Self::PLACES, || None);
            }
            self.0[place] = Some(Known { person, deed, lengths, text: text.into_bytes().into() });
        }
    }
}

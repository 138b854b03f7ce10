//! Reads gzip, as cloud-init writes user data: RFC 1951 and 1952.

/// The lengths that the symbols 257 to 285 stand for, each with how many bits are added.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// The distances that the symbols 0 to 29 stand for, each with how many bits are added.
const DISTANCES: [(u16, u8); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];

/// The order in which the lengths of the codes for lengths are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// What is compressed in those bytes, up to so many bytes of it; none if they are not gzip.
pub(super) fn gzip(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let [0x1f, 0x8b, 8, flags, rest @ ..] = bytes else { return None };
    let mut rest = rest.get(6..)?;
    if flags & 4 != 0 {
        let [low, high, extra @ ..] = rest else { return None };
        rest = extra.get(usize::from(u16::from_le_bytes([*low, *high]))..)?;
    }
    // A name and a comment, each up to a zero.
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = &rest[rest.iter().position(|byte| *byte == 0)? + 1..];
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    let mut inflated = Inflater { bytes: rest, at: 0, out: Vec::new(), most };
    // What was read before an end that is missing counts too.
    let whole = inflated.blocks();
    (whole.is_some() || !inflated.out.is_empty()).then_some(inflated.out)
}

struct Inflater<'b> {
    bytes: &'b [u8],
    /// The next bit.
    at: usize,
    out: Vec<u8>,
    most: usize,
}

/// A canonical Huffman code: how many codes there are of each length, and their symbols in order.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        lengths.iter().for_each(|length| counts[usize::from(*length)] += 1);
        counts[0] = 0;
        let mut symbols: Vec<u16> =
            (0..lengths.len() as u16).filter(|symbol| lengths[usize::from(*symbol)] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[usize::from(*symbol)]);
        Self { counts, symbols }
    }
}

impl Inflater<'_> {
    fn bits(&mut self, count: u8) -> Option<u16> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u16::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }

    fn symbol(&mut self, code: &Code) -> Option<usize> {
        let (mut value, mut first, mut index) = (0_usize, 0_usize, 0_usize);
        for count in &code.counts[1..] {
            value |= usize::from(self.bits(1)?);
            let count = usize::from(*count);
            if value < first + count {
                return code.symbols.get(index + value - first).map(|symbol| usize::from(*symbol));
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }

    /// None if the data ends or is wrong; what was read until then stays.
    fn blocks(&mut self) -> Option<()> {
        loop {
            let last = self.bits(1)? == 1;
            match self.bits(2)? {
                0 => self.stored()?,
                1 => {
                    let lengths: Vec<u8> = [(8, 144), (9, 112), (7, 24), (8, 8)]
                        .into_iter()
                        .flat_map(|(length, count)| std::iter::repeat_n(length, count))
                        .collect();
                    self.compressed(&Code::new(&lengths), &Code::new(&[5; 30]))?;
                }
                2 => {
                    let (letters, distances) = self.codes()?;
                    self.compressed(&letters, &distances)?;
                }
                _ => return None,
            }
            if last || self.out.len() >= self.most {
                return Some(());
            }
        }
    }

    fn stored(&mut self) -> Option<()> {
        let start = self.at.div_ceil(8);
        let header = self.bytes.get(start..start + 4)?;
        let length = usize::from(u16::from_le_bytes([header[0], header[1]]));
        let data = self.bytes.get(start + 4..start + 4 + length)?;
        self.out.extend_from_slice(data);
        self.at = (start + 4 + length) * 8;
        Some(())
    }

    fn codes(&mut self) -> Option<(Code, Code)> {
        let (letters, distances, of_lengths) = (self.bits(5)? + 257, self.bits(5)? + 1, self.bits(4)? + 4);
        let mut lengths = [0; 19];
        for place in &ORDER[..usize::from(of_lengths)] {
            lengths[*place] = self.bits(3)? as u8;
        }
        let code = Code::new(&lengths);
        let (letters, all) = (usize::from(letters), usize::from(letters + distances));
        let mut lengths: Vec<u8> = Vec::new();
        while lengths.len() < all {
            let (length, times) = match self.symbol(&code)? {
                symbol @ 0..=15 => (symbol as u8, 1),
                16 => (*lengths.last()?, 3 + self.bits(2)?),
                17 => (0, 3 + self.bits(3)?),
                _ => (0, 11 + self.bits(7)?),
            };
            lengths.extend(std::iter::repeat_n(length, usize::from(times)));
        }
        Some((Code::new(&lengths[..letters]), Code::new(lengths.get(letters..all)?)))
    }

    fn compressed(&mut self, letters: &Code, distances: &Code) -> Option<()> {
        while self.out.len() < self.most {
            match self.symbol(letters)? {
                letter @ 0..=255 => self.out.push(letter as u8),
                256 => return Some(()),
                symbol => {
                    let (length, bits) = *LENGTHS.get(symbol - 257)?;
                    let length = usize::from(length + self.bits(bits)?);
                    let (distance, bits) = *DISTANCES.get(self.symbol(distances)?)?;
                    let distance = usize::from(distance + self.bits(bits)?);
                    let start = self.out.len().checked_sub(distance)?;
                    for at in start..start + length {
                        self.out.push(self.out[at]);
                    }
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    /// Made by zlib: stored, with fixed codes and a file name, and with codes of its own.
    const STORED: &str = "1f8b08000000000000ff011500eaff73746f7265642073746f7265642073746f72656420ae55d1a915000000";
    const FIXED: &str = "1f8b08080000000000036e616d65004bcbac484d5148ce4f492dd651484370000000000000000000";
    const DYNAMIC: &str = concat!(
        "1f8b08000000000002ff85d63b6a03411084e1dca7d80bc89a7e4dcfe836c2dec0201983b07d7d5bc1d466d5c9463f2ce863",
        "557dfbf8dcb776d9aebf8fed61dbdbd7fff3723edfefa7f7fde7f4fdd8e5d4b6d797db33139a4d992b541a0e1b2b341a66e4",
        "0a9d863dfb0a83863163859d87e22b4c1abad90a070d2d748593869a821f9cc3c83c68b88d34d808c751d808c7990e1ce13a",
        "a34347384f0ef008f7c9061fe1405d01245c281c42c289bc834839910d102927d2797c3e0591c048b991188c941b05889413",
        "cd049172a23141a49c6808889413a5814839510f1019278a049171221f20324ee4edf88be344a620324ea40e23e346d26164",
        "8511888c1301c838d05400d92c5e0d20e740d901e452ec00805c8b2100905bb104c70879310500f228b60040de8b31809067",
        "310630726e240223e74606a2e044334014528c0188428b31005114774203511487821e874271293888a2176300a2283ea201",
        "a2288e8506a228ae057d1afd01e80f3ee1c6090000",
    );

    fn lines() -> String {
        (0..60).map(|line| format!("line {line}: aws s3 cp s3://mm-dev-use1-{} .\n", line * 7919 % 1000)).collect()
    }

    #[test]
    fn every_kind_of_block_is_read() {
        for (text, expected) in
            [(STORED, "stored ".repeat(3)), (FIXED, "fixed codes, fixed codes".into()), (DYNAMIC, lines())]
        {
            let inflated = gzip(&unhex(text), 1 << 20).unwrap();
            assert_eq!(String::from_utf8(inflated).unwrap(), expected);
        }
    }

    #[test]
    fn no_more_is_read_than_asked_for_and_nothing_panics() {
        let dynamic = unhex(DYNAMIC);
        assert!(gzip(&dynamic, 100).unwrap().len() < 100 + 258);
        assert_eq!(gzip(b"PK\x03\x04", 10), None);
        for end in 0..dynamic.len() {
            let _ = gzip(&dynamic[..end], 1 << 20);
            let mut changed = dynamic.clone();
            changed[end] ^= 0x55;
            let _ = gzip(&changed, 1 << 20);
        }
    }
}

//! Base64url without padding (RFC 7515 section 2), which is how OAuth and OpenID Connect write bytes. No step depends
//! on a secret's value: neither a branch nor a look-up in a table.

use alloc::{string::String, vec::Vec};

/// `bytes` as text.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 1);
    for group in bytes.chunks(3) {
        let mut bits = 0;
        for (byte, place) in group.iter().zip([16, 8, 0]) {
            bits |= u32::from(*byte) << place;
        }
        for (place, _) in [18, 12, 6, 0].iter().zip(0..=group.len()) {
            text.push(character((bits >> place).to_le_bytes()[0] & 0x3f));
        }
    }
    text
}

/// The bytes that `text` stands for. `None` where it is not exactly what [`encode`] writes.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0;
        for (character, place) in group.iter().zip([18, 12, 6, 0]) {
            bits |= value(*character)? << place;
        }
        let [_, one, two, three] = bits.to_be_bytes();
        let (used, unused) = match group.len() {
            4 => (3, 0),
            3 => (2, three),
            2 => (1, two | three),
            _ => return None,
        };
        if unused != 0 {
            return None;
        }
        bytes.extend_from_slice([one, two, three].get(..used)?);
    }
    Some(bytes)
}

/// The character for six bits.
fn character(value: u8) -> char {
    let value = i32::from(value);
    // Each step is the way from one range of characters to the next, taken where the value is beyond `last`.
    let step = |last: i32, way: i32| ((last - value) >> 8) & way;
    let code = 65 + value + step(25, 6) - step(51, 75) - step(61, 13) + step(62, 49);
    char::from(code.to_le_bytes()[0])
}

/// The six bits of a character.
fn value(character: u8) -> Option<u32> {
    let code = i32::from(character);
    // All ones where the character is in the range, and else zero.
    let range =
        |first: u8, last: u8| ((i32::from(first) - 1 - code) & (code - i32::from(last) - 1)) >> 8;
    let value = (range(b'A', b'Z') & (code - 64))
        + (range(b'a', b'z') & (code - 70))
        + (range(b'0', b'9') & (code + 5))
        + (range(b'-', b'-') & 63)
        + (range(b'_', b'_') & 64);
    u32::try_from(value - 1).ok()
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_written_as_the_library_writes_them(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let text = encode(&bytes);
            prop_assert_eq!(&text, &Base64UrlUnpadded::encode_string(&bytes));
            prop_assert_eq!(decode(&text), Some(bytes));
        }

        #[test]
        fn texts_are_read_as_the_library_reads_them(text in "[A-Za-z0-9_-]{0,9}|[ -~]{0,3}|.{0,4}") {
            prop_assert_eq!(decode(&text), Base64UrlUnpadded::decode_vec(&text).ok());
        }
    }

    #[test]
    fn each_character_is_read_as_the_library_reads_it() {
        for code in 0..=u8::MAX {
            let text = alloc::format!("A{}", char::from(code));
            assert_eq!(decode(&text), Base64UrlUnpadded::decode_vec(&text).ok());
            let text = alloc::format!("AA{}A", char::from(code));
            assert_eq!(decode(&text), Base64UrlUnpadded::decode_vec(&text).ok());
        }
    }
}

//! Whole numbers as text. What the standard library formats with makes the module 2 kB larger, compressed; texts are
//! joined by `concat` for the same reason.

use alloc::string::String;

/// `number` in decimal digits.
#[must_use]
pub(super) fn decimal(number: u64) -> String {
    let mut text = if number < 10 {
        String::new()
    } else {
        decimal(number / 10)
    };
    let [digit, ..] = (number % 10).to_le_bytes();
    text.extend(char::from_digit(digit.into(), 10));
    text
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn numbers_are_written_as_usual() {
        for number in [0, 1, 9, 10, 11, 100, 65_535, 1_700_000_000_123, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}

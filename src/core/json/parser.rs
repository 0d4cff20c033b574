//! The parser (RFC 8259), as strict as the RFC and a little more: a name that comes twice, a lone
//! surrogate, a number out of range and deep nesting are errors.

use alloc::{string::String, vec::Vec};

use super::value::{Map, Value};

/// How deep lists and objects may stand in each other. The parser calls itself, and the module's
/// stack is small.
const DEEPEST: u32 = 127;

/// Reads one value, and nothing after it.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    let mut parser = Parser { rest: bytes };
    let value = parser.value(DEEPEST)?;
    parser.skip_space();
    parser.rest.is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn value(&mut self, depth: u32) -> Option<Value> {
        Some(match self.next_after_space()? {
            b'n' => self.word(b"ull", Value::Null)?,
            b't' => self.word(b"rue", Value::Bool(true))?,
            b'f' => self.word(b"alse", Value::Bool(false))?,
            b'"' => Value::String(self.text()?),
            b'[' => Value::Array(self.array(depth.checked_sub(1)?)?),
            b'{' => Value::Object(self.object(depth.checked_sub(1)?)?),
            b'-' => {
                let first = self.next()?;
                Value::Number(-self.number(first)?)
            }
            first => Value::Number(self.number(first)?),
        })
    }

    fn word(&mut self, end: &[u8], value: Value) -> Option<Value> {
        self.rest = self.rest.strip_prefix(end)?;
        Some(value)
    }

    fn array(&mut self, depth: u32) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        self.skip_space();
        if self.skip(b']') {
            return Some(values);
        }
        loop {
            values.push(self.value(depth)?);
            match self.next_after_space()? {
                b',' => {}
                b']' => return Some(values),
                _ => return None,
            }
        }
    }

    fn object(&mut self, depth: u32) -> Option<Map> {
        let mut members = Vec::new();
        self.skip_space();
        if self.skip(b'}') {
            return Some(Map::new());
        }
        loop {
            if self.next_after_space()? != b'"' {
                return None;
            }
            let name = self.text()?;
            if self.next_after_space()? != b':' {
                return None;
            }
            members.push((name, self.value(depth)?));
            match self.next_after_space()? {
                b',' => {}
                b'}' => return Map::from_members(members),
                _ => return None,
            }
        }
    }

    /// A text, after its first quotation mark.
    fn text(&mut self) -> Option<String> {
        // Room for all of it, so that a token is not left behind in pieces where a text had to grow.
        let end = self.rest.iter().position(|byte| *byte == b'"')?;
        let mut text = Vec::with_capacity(end);
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => {
                    let character = self.escaped()?;
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                // Control characters have to be escaped.
                0x00..0x20 => return None,
                byte => text.push(byte),
            }
        }
    }

    /// What a backslash stands before.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.code_unit()?;
                match unit.wrapping_sub(0xd800) {
                    high @ 0..0x400 => {
                        self.rest = self.rest.strip_prefix(b"\\u")?;
                        let low = self.code_unit()?.wrapping_sub(0xdc00);
                        if low >= 0x400 {
                            return None;
                        }
                        char::from_u32(0x1_0000 + (high << 10 | low))?
                    }
                    // A low surrogate alone is no character.
                    _ => char::from_u32(unit)?,
                }
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn code_unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.next()?).to_digit(16)?;
        }
        Some(unit)
    }

    /// A number without its sign.
    fn number(&mut self, first: u8) -> Option<f64> {
        let mut decimal = Decimal::default();
        match first {
            b'0' => {}
            b'1'..=b'9' => {
                decimal.push(first);
                self.digits(&mut decimal);
            }
            _ => return None,
        }
        if self.skip(b'.') {
            let count = self.digits(&mut decimal);
            if count == 0 {
                return None;
            }
            decimal.exponent -= count;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let is_negative = self.skip(b'-');
            if !is_negative {
                self.skip(b'+');
            }
            let mut exponent = Decimal::default();
            if self.digits(&mut exponent) == 0 {
                return None;
            }
            // Beyond that a number is too large, or nothing, however many digits it has.
            let exponent = exponent.significand.min(1 << 40).cast_signed();
            decimal.exponent += if is_negative { -exponent } else { exponent };
        }
        decimal.value()
    }

    /// How many digits there were.
    fn digits(&mut self, decimal: &mut Decimal) -> i64 {
        let mut count = 0;
        while let Some(digit @ b'0'..=b'9') = self.rest.first() {
            decimal.push(*digit);
            count += 1;
            self.next();
        }
        count
    }

    fn next_after_space(&mut self) -> Option<u8> {
        self.skip_space();
        self.next()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.rest.first() == Some(&byte);
        if is_next {
            self.next();
        }
        is_next
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.rest.first() {
            self.next();
        }
    }
}

/// A significand times a power of ten.
#[derive(Default)]
struct Decimal {
    significand: u64,
    exponent: i64,
}

impl Decimal {
    /// Takes one more digit. Those that have no room any longer count as zeros.
    fn push(&mut self, digit: u8) {
        if self.significand < u64::MAX / 10 {
            self.significand = self.significand * 10 + u64::from(digit - b'0');
        } else {
            self.exponent += 1;
        }
    }

    /// The number where it is in range. The nearest one where its digits have room and its exponent
    /// is small, as with all that an app or a server writes; else it may differ in the last bits. To
    /// be exact everywhere would take a table larger than this parser.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "JavaScript has no other numbers; what is lost is added again"
    )]
    fn value(self) -> Option<f64> {
        let mut number = self.significand as f64;
        let mut exponent = self.exponent;
        if exponent.abs() <= LARGEST_EXACT {
            let power = power_of_ten(exponent);
            let rest = self.significand.wrapping_sub(number as u64).cast_signed() as f64;
            return Some(if exponent < 0 {
                let quotient = number / power;
                let (product, error) = exact_product(quotient, power);
                quotient + ((number - product) - error + rest) / power
            } else {
                let (product, error) = exact_product(number, power);
                product + (error + rest * power)
            });
        }
        while exponent != 0 && number != 0.0 && number.is_finite() {
            let step = exponent.clamp(-LARGEST_EXACT, LARGEST_EXACT);
            let power = power_of_ten(step);
            if step < 0 {
                number /= power;
            } else {
                number *= power;
            }
            exponent -= step;
        }
        number.is_finite().then_some(number)
    }
}

/// The exponent of the largest power of ten that has no rounding error.
const LARGEST_EXACT: i64 = 22;

/// Ten to the power of `exponent`, whose sign does not count.
fn power_of_ten(exponent: i64) -> f64 {
    (0..exponent.abs()).fold(1.0, |power, _| power * 10.0)
}

/// The product, and what it lacks for being exact (T. J. Dekker, 1971).
fn exact_product(one: f64, other: f64) -> (f64, f64) {
    let split = |number: f64| {
        // 2^27 + 1: leaves half of the digits.
        let shifted = number * 134_217_729.0;
        let high = shifted - (shifted - number);
        (high, number - high)
    };
    let product = one * other;
    let ((a, b), (c, d)) = (split(one), split(other));
    (product, b * d - (((product - a * c) - b * c) - a * d))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use core::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// Reads `text` with the general library, which is as strict as this parser.
    fn oracle(text: &[u8]) -> Option<serde_json::Value> {
        serde_json::from_slice(text).ok()
    }

    fn is_same(ours: &Value, oracle: &serde_json::Value) -> bool {
        match (ours, oracle) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(one), serde_json::Value::Bool(other)) => one == other,
            (Value::String(one), serde_json::Value::String(other)) => one == other,
            (Value::Number(one), serde_json::Value::Number(other)) => {
                let other = other.as_f64().unwrap();
                // Neither of the two is exact in the last bits.
                (one - other).abs() <= other.abs() * 1e-14
            }
            (Value::Array(one), serde_json::Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
            }
            (Value::Object(one), serde_json::Value::Object(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(other)
                        .all(|((name, a), (other, b))| name == other && is_same(a, b))
            }
            _ => false,
        }
    }

    /// How many members the objects in `text`, which is JSON, have.
    fn members(text: &[u8]) -> usize {
        let (mut count, mut is_in_text, mut is_escaped) = (0, false, false);
        for byte in text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_in_text = !is_in_text,
                b':' if !is_in_text => count += 1,
                _ => {}
            }
        }
        count
    }

    fn compare(text: &[u8]) {
        let (ours, mut oracle) = (parse(text), oracle(text));
        // To the library, the last of several members with one name counts.
        oracle.take_if(|oracle| members(text) != members(oracle.to_string().as_bytes()));
        let is_same = match (&ours, &oracle) {
            (Some(ours), Some(oracle)) => is_same(ours, oracle),
            (None, None) => true,
            _ => false,
        };
        assert!(
            is_same,
            "{}: {ours:?}, {oracle:?}",
            String::from_utf8_lossy(text)
        );
    }

    #[test]
    fn edge_cases_are_read_as_the_library_reads_them() {
        let texts: Vec<String> =
            serde_json::from_str(include_str!("../../../tests/vectors/json-texts.json")).unwrap();
        for text in texts {
            compare(text.as_bytes());
        }
        for bytes in [
            &b"\"\xff\""[..],
            b"\"\xc3\"",
            b"\"\xed\xa0\x80\"",
            b"\xff",
            b"[\xc0\x80]",
        ] {
            compare(bytes);
        }
    }

    #[test]
    fn a_name_may_come_once() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"b":{"":0,"":0}}]"#,
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        for depth in [1, 126, 127, 128, 129, 100_000] {
            let (lists, objects) = ("[".repeat(depth), "{\"a\":".repeat(depth));
            compare((lists.clone() + &"]".repeat(depth)).as_bytes());
            compare((objects + "1" + &"}".repeat(depth)).as_bytes());
            assert_eq!(parse(lists.as_bytes()), None);
        }
    }

    #[test]
    fn many_members_take_no_time_to_speak_of() {
        let mut text = String::from("{");
        for number in 0..100_000_u32 {
            // In no order.
            let name = number.wrapping_mul(2_654_435_761);
            write!(text, "\"{name:x}\":{number},").unwrap();
        }
        text += "\"last\":true}";
        compare(text.as_bytes());
    }

    proptest! {
        #[test]
        fn what_looks_like_json_is_read_as_the_library_reads_it(
            text in r#"([\[\]{},:" ]|"[a-c]"|\\u00[0-9a-f]{2}|-?[0-9]{1,3}(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?|null|true){0,12}"#,
        ) {
            compare(text.as_bytes());
        }

        #[test]
        fn bytes_in_a_text_are_read_as_the_library_reads_them(
            bytes in proptest::collection::vec(any::<u8>(), 0..8),
        ) {
            compare(&[b"\"", &*bytes, b"\""].concat());
        }

        #[test]
        fn values_are_read_as_they_were_written(value in value()) {
            compare(value.to_string().as_bytes());
            compare(serde_json::to_string_pretty(&value).unwrap().as_bytes());
        }

        #[test]
        fn numbers_come_back_as_scripts_write_them(
            number in prop_oneof![-1e21..1e21_f64, -180.0..180.0_f64, 1e-6..1.0_f64],
        ) {
            prop_assert_eq!(parse(number.to_string().as_bytes()), Some(Value::Number(number)));
        }

        #[test]
        fn numbers_of_15_digits_are_exact(digits in 0_u64..1_000_000_000_000_000, exponent in -22..=22) {
            let text = alloc::format!("{digits}e{exponent}");
            prop_assert_eq!(parse(text.as_bytes()), text.parse().ok().map(Value::Number));
            let text = alloc::format!("{}.{:06}", digits / 1_000_000, digits % 1_000_000);
            prop_assert_eq!(parse(text.as_bytes()), text.parse().ok().map(Value::Number));
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }
}

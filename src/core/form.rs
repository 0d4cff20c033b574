//! `application/x-www-form-urlencoded` (RFC 6749 appendix B; WHATWG URL, section 5): the bodies of our requests, and
//! the queries of URLs.

use alloc::{string::String, vec::Vec};

/// `parameters` as text.
#[must_use]
pub fn write(parameters: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in parameters {
        if !form.is_empty() {
            form.push('&');
        }
        escape(name, &mut form);
        form.push('=');
        escape(value, &mut form);
    }
    form
}

/// The parameters that `form` has, in their order. One whose bytes are no UTF-8 reads as U+FFFD: it is none of ours.
pub fn read(form: &str) -> impl Iterator<Item = (String, String)> {
    form.split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (unescape(name), unescape(value))
        })
}

fn escape(text: &str, form: &mut String) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => {
                form.push(byte.into());
            }
            b' ' => form.push('+'),
            _ => {
                form.push('%');
                for digit in [byte >> 4, byte & 0xf] {
                    form.extend(DIGITS.get(usize::from(digit)));
                }
            }
        }
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, end @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = end;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *first,
        });
    }
    String::from_utf8(bytes).unwrap_or_else(|_| char::REPLACEMENT_CHARACTER.into())
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use form_urlencoded::Serializer;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parameters_are_written_as_the_library_writes_them(
            parameters in proptest::collection::vec((".{0,5}", "[ -~]{0,8}|.{0,8}"), 0..4),
        ) {
            let borrowed: Vec<(&str, &str)> = parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let form = write(&borrowed);
            let oracle = Serializer::new(String::new()).extend_pairs(&parameters).finish();
            prop_assert_eq!(&form, &oracle);
            prop_assert_eq!(read(&form).collect::<Vec<_>>(), parameters);
        }

        #[test]
        fn queries_are_read_as_the_library_reads_them(
            form in "([a-c&=+% ü]|%[0-9a-fA-F]{2}|%[0-9a-z]{0,2}|%c3%bc){0,12}",
        ) {
            for (ours, oracle) in read(&form).zip(form_urlencoded::parse(form.as_bytes())) {
                for (ours, oracle) in [(ours.0, oracle.0), (ours.1, oracle.1)] {
                    if oracle.contains(char::REPLACEMENT_CHARACTER) {
                        prop_assert_eq!(ours, "\u{fffd}");
                    } else {
                        prop_assert_eq!(ours, oracle);
                    }
                }
            }
            prop_assert_eq!(
                read(&form).count(),
                form_urlencoded::parse(form.as_bytes()).count()
            );
        }
    }
}

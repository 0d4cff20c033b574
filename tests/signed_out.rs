//! "Why was I signed out?" leaves no reason out, and says cause and cure of each.

use std::{fs, path::Path};

use holdfast::core::{
    error::{Code, Fault},
    output::ExpiryReason,
};

const REASONS: [ExpiryReason; 4] = [
    ExpiryReason::Refused,
    ExpiryReason::NoRefreshToken,
    ExpiryReason::LostRefresh,
    ExpiryReason::KeyLost,
];

/// The text of a file of the repository.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the page's tables whose first column says what a person or developer sees.
fn rows() -> Vec<Vec<String>> {
    let page = read("docs/signed-out.md");
    let mut rows = Vec::new();
    for table in ["reasons", "sign-in", "still-signed-in"] {
        let start = format!("<!-- {table} -->");
        let end = format!("<!-- /{table} -->");
        let (_, rest) = page.split_once(&start).expect("the table's start");
        let (table, _) = rest.split_once(&end).expect("the table's end");
        let lines = table.lines().filter(|line| line.starts_with('|')).skip(2);
        rows.extend(lines.map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_string()).collect()
        }));
    }
    rows
}

fn is_seen_in(rows: &[Vec<String>], name: &str) -> bool {
    let name = format!("`{name}`");
    rows.iter().any(|row| row[0].contains(&name))
}

/// What stands in quotes in a union type such as `reason: 'a' | 'b'` after `start`.
fn union_after(source: &str, start: &str) -> Vec<String> {
    let (_, rest) = source.split_once(start).expect(start);
    let (line, _) = rest.split_once('}').expect("the type's end");
    let quoted = line.split('\'').skip(1).step_by(2);
    quoted.map(String::from).collect()
}

/// A new reason does not compile here before it stands in `REASONS`.
const fn stands_in_the_list(reason: ExpiryReason) -> bool {
    match reason {
        ExpiryReason::Refused
        | ExpiryReason::NoRefreshToken
        | ExpiryReason::LostRefresh
        | ExpiryReason::KeyLost => true,
    }
}

#[test]
fn each_reason_for_which_a_session_ends_by_itself_is_explained() {
    let rows = rows();
    for reason in REASONS {
        assert!(stands_in_the_list(reason));
        assert!(is_seen_in(&rows, reason.as_str()), "{}", reason.as_str());
    }
}

#[test]
fn each_reason_that_the_package_s_events_may_name_is_explained() {
    let rows = rows();
    let client = read("pkg-template/src/auth-client.ts");
    let mut expiry = union_after(&client, "sessionexpired: {");
    let mut expected: Vec<_> = REASONS.iter().map(|reason| reason.as_str()).collect();
    expiry.sort();
    expected.sort_unstable();
    assert_eq!(expiry, expected);
    for reason in union_after(&client, "signedout: {") {
        assert!(is_seen_in(&rows, &reason), "{reason}");
    }
}

#[test]
fn each_error_that_is_not_the_app_s_own_mistake_is_explained() {
    let rows = rows();
    for code in Code::ALL {
        let is_named = is_seen_in(&rows, code.as_str());
        assert_eq!(
            is_named,
            code.fault() != Fault::ApiMisuse,
            "{}",
            code.as_str()
        );
    }
}

#[test]
fn each_row_says_cause_and_cure() {
    for row in rows() {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
}

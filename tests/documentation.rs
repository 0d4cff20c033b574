//! The error codes are the same in the core, in the package's types and in the README.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use holdfast::core::error::Code;

/// The text of a file of the repository.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start}"));
    rest.split_once(end)
        .unwrap_or_else(|| panic!("no {end} after {start}"))
        .0
}

fn is_comment(line: &str) -> bool {
    ["//", "/*", "*"]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
}

fn codes_of_the_core() -> Vec<String> {
    let mut codes: Vec<_> = Code::ALL
        .iter()
        .map(|code| code.as_str().to_string())
        .collect();
    codes.sort();
    codes
}

/// The rows of the README's table by their code, as cells by the name of their column.
fn table() -> BTreeMap<String, BTreeMap<String, String>> {
    let readme = read("README.md");
    let table = between(&readme, "<!-- errors -->", "<!-- /errors -->");
    let mut rows = table
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('|'))
        .map(cells);
    let columns: Vec<_> = rows
        .next()
        .expect("a header")
        .iter()
        .map(|name| plain(name))
        .collect();
    rows.filter(|row| row[0].starts_with('`'))
        .map(|row| {
            (
                row[0].trim_matches('`').to_string(),
                columns.iter().cloned().zip(row).collect(),
            )
        })
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().to_string())
        .collect()
}

/// A text by its letters alone, so that `Server refused` is `ServerRefused`.
fn plain(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_lowercase()
}

#[test]
fn the_package_s_types_have_the_core_s_codes_and_no_others() {
    let source = read("pkg-template/src/errors.ts");
    let source: String = source.lines().filter(|line| !is_comment(line)).collect();
    let union = between(&source, "export type AuthErrorCode", ";");
    let mut codes: Vec<_> = union
        .split('\'')
        .skip(1)
        .step_by(2)
        .map(String::from)
        .collect();
    codes.sort();
    assert_eq!(codes, codes_of_the_core());
}

#[test]
fn the_readme_s_table_has_the_core_s_codes_and_no_others() {
    assert_eq!(table().into_keys().collect::<Vec<_>>(), codes_of_the_core());
}

#[test]
fn the_readme_says_who_is_at_fault_and_what_may_be_tried_again_as_the_core_does() {
    let table = table();
    for code in Code::ALL {
        let row = &table[code.as_str()];
        assert_eq!(
            plain(&row["fault"]),
            plain(&format!("{:?}", code.fault())),
            "{}",
            code.as_str()
        );
        let retryable = if code.retryable() {
            ["yes", "true"]
        } else {
            ["no", "false"]
        };
        assert!(
            retryable.contains(&plain(&row["retryable"]).as_str()),
            "{}",
            code.as_str()
        );
    }
}

/// The events of the log with their levels, as the package's sources name them.
fn events_of_the_package() -> BTreeMap<String, BTreeSet<String>> {
    let mut events: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let mut add = |event: &str, level: &str| {
        let levels = events.entry(event.to_string()).or_default();
        levels.insert(level.to_string());
    };
    // `  16: ['info server_answer ...`
    for line in read("pkg-template/src/log-events.ts").lines() {
        let words: Vec<_> = line
            .split([' ', '\''])
            .filter(|word| !word.is_empty())
            .collect();
        if let [number, "[", level, event, ..] = words[..]
            && number.trim_end_matches(':').parse::<u8>().is_ok()
            && event != "calls"
        {
            add(event.trim_end_matches(','), level);
        }
    }
    // `  page_started: ['info', ...`
    let source = read("pkg-template/src/log.ts");
    for line in between(&source, "const EVENTS = {", "} as const").lines() {
        let words: Vec<_> = line
            .split([' ', '\''])
            .filter(|word| !word.is_empty())
            .collect();
        if let [event, "[", level, ..] = words[..] {
            add(event.trim_end_matches(':'), level);
        }
    }
    events
}

#[test]
fn the_events_of_the_log_are_documented_with_their_levels() {
    let page = read("docs/diagnosing.md");
    let table = between(&page, "<!-- events -->", "<!-- /events -->");
    let rows = table
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("| `"));
    let documented: BTreeMap<_, _> = rows
        .map(cells)
        .map(|row| {
            let levels = row[1]
                .split(", ")
                .map(|level| level.trim_matches('`').to_string());
            (
                row[0].trim_matches('`').to_string(),
                levels.collect::<BTreeSet<_>>(),
            )
        })
        .collect();
    let events = events_of_the_package();
    assert!(events.len() > 40, "{events:?}");
    assert_eq!(documented, events);
}

//! The cases of `tests/vectors/hostile-host.json`: what is expected of each stands there, and what
//! happened goes into `docs/hostile-server.md` (`node tools/hostile-table.mjs --measured`).

use std::{fs, path::Path};

use holdfast::core::{
    error::Code,
    json::{self, Value},
};

/// A case: what a server does that it should not do, or may do.
#[derive(Debug)]
pub struct Row {
    id: &'static str,
    expected: String,
}

/// The row of this id. Each is named by one test.
pub fn row(id: &'static str) -> Row {
    let table: Value = json::parse(include_str!("../vectors/hostile-host.json")).unwrap();
    let rows = table["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id);
    let row = row.unwrap_or_else(|| panic!("hostile-host.json has no row {id}"));
    Row {
        id,
        expected: row["expected"].as_str().expect("a text").to_string(),
    }
}

impl Row {
    /// Compares what happened with the row, and keeps it for the table.
    pub fn compare(&self, happened: Result<(), Code>) {
        self.found(happened.map_or_else(Code::as_str, |()| "accepted"));
    }

    /// The same for what is neither success nor an error: the API's own status, for example.
    pub fn found(&self, happened: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/hostile/host");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(self.id), happened).unwrap();
        assert_eq!(happened, self.expected, "{}", self.id);
    }
}

//! Which school a structure of an ENT is.
//!
//! The events of an ENT name structures by its own identifiers. The table that gives their UAI is a file of whoever imports:
//! CSV `structure;uai` with a header, or a JSON object `{"structure": "uai"}`.

use super::csv_rows::{CsvRows, Row};
use super::encoding::without_bom;
use std::collections::HashMap;
use std::sync::Arc;
use vigie_domain::uai::Uai;

/// Which school a structure of an ENT is.
#[derive(Clone, Debug, Default)]
pub struct Structures(Arc<HashMap<String, Uai>>);

/// Why a table of structures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StructuresError {
    /// Not JSON, while it begins like it.
    #[error("la table des structures n’est pas un objet JSON « {{\"structure\": \"UAI\"}} »")]
    Json,
    /// The CSV has not the two columns.
    #[error("la table des structures doit avoir les colonnes « structure » et « uai »")]
    Columns,
    /// A row cannot be read.
    #[error("table des structures, ligne {line} : {reason}")]
    Row {
        /// Its line.
        line: u64,
        /// Why.
        reason: String,
    },
}

impl Structures {
    /// Reads a table.
    pub fn parse(bytes: &[u8]) -> Result<Self, StructuresError> {
        let bytes = without_bom(bytes);
        if bytes.trim_ascii_start().starts_with(b"{") { Self::parse_json(bytes) } else { Self::parse_csv(bytes) }
    }

    fn parse_json(bytes: &[u8]) -> Result<Self, StructuresError> {
        let table: HashMap<String, String> = serde_json::from_slice(bytes).map_err(|_| StructuresError::Json)?;
        let schools = table.into_iter().map(|(structure, uai)| {
            let uai = Uai::parse(&uai).map_err(|error| StructuresError::Row { line: 1, reason: error.to_string() })?;
            Ok((structure.trim().to_owned(), uai))
        });
        schools.collect::<Result<_, _>>().map(|table| Self(Arc::new(table)))
    }

    fn parse_csv(bytes: &[u8]) -> Result<Self, StructuresError> {
        let mut rows = CsvRows::new(bytes);
        let header = match rows.next() {
            Some(Row { fields: Ok(fields), .. }) => fields,
            _ => return Err(StructuresError::Columns),
        };
        let column = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
        let (Some(structure), Some(uai)) = (column("structure"), column("uai")) else {
            return Err(StructuresError::Columns);
        };
        let mut table = HashMap::new();
        for Row { line, fields } in rows {
            let fields = fields.map_err(|refusal| StructuresError::Row { line, reason: refusal.to_string() })?;
            let (Some(structure), Some(uai)) = (fields.get(structure), fields.get(uai)) else {
                return Err(StructuresError::Row { line, reason: "il manque une colonne".into() });
            };
            let uai = Uai::parse(uai).map_err(|error| StructuresError::Row { line, reason: error.to_string() })?;
            table.insert(structure.trim().to_owned(), uai);
        }
        Ok(Self(Arc::new(table)))
    }

    /// The school of a structure: the one of the table, or itself when it is written as a UAI.
    pub fn find(&self, structure: &str) -> Option<Uai> {
        let structure = structure.trim();
        self.0.get(structure).cloned().or_else(|| real_uai(structure))
    }
}

/// A text of the real form of a UAI: seven digits and a letter.
pub(crate) fn real_uai(text: &str) -> Option<Uai> {
    let bytes = text.trim().as_bytes();
    let real = bytes.len() == 8 && bytes[..7].iter().all(u8::is_ascii_digit) && bytes[7].is_ascii_alphabetic();
    if real { Uai::parse(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_table_are_read() {
        for table in [
            "structure;uai\ns-1;9999991F\n\"s;2\";9999992g\n",
            "\u{feff}uai,nom,structure\r\n9999991F,x,s-1\r\n9999992G,y,s;2\r\n",
            r#" {"s-1": "9999991F", "s;2": "9999992G"}"#,
        ] {
            let structures = Structures::parse(table.as_bytes()).expect(table);
            let find = |structure| structures.find(structure).map(String::from);
            assert_eq!(find("s-1").as_deref(), Some("9999991F"));
            assert_eq!(find("s;2").as_deref(), Some("9999992G"));
            assert_eq!(find("9999993h").as_deref(), Some("9999993H"), "a UAI is itself");
            assert_eq!(find("s-3"), None);
        }
    }

    #[test]
    fn a_bad_table_says_where() {
        for (table, expected) in [
            ("", "colonnes"),
            ("a;b\n1;2\n", "colonnes"),
            ("structure;uai\ns;9999991F\nt;é é\n", "ligne 3"),
            ("structure;uai\ns\n", "ligne 2"),
            ("{\"s\": 3}", "JSON"),
            ("{\"s\": \"é\"}", "UAI"),
        ] {
            let error = Structures::parse(table.as_bytes()).expect_err(table).to_string();
            assert!(error.contains(expected), "{table}: {error}");
        }
    }
}

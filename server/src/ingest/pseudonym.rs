//! Pseudonyms of people and of console sessions.
//!
//! A pseudonym is HMAC-SHA256, cut to 16 bytes, of what is named, the school and the identifier that the source gave. Its key
//! is derived from the instance's secret for each school year, so that nobody can be followed from one year to the next, and
//! the school is part of what is hashed, so that nobody can be followed from one school to another. The secret is a file
//! beside the database, never inside it.
//!
//! A console session is nobody: its pseudonym stays the same from one school year to the next, so that the sessions of any period are
//! counted exactly.
//!
//! Responsables d'affectation have a pseudonym of another kind, which lasts: it serves to know which schools they may see.

use super::event::Pseudonym;
use crate::store::events::EventIds;
use chrono::NaiveDate;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use vigie_domain::period::SchoolYear;
use vigie_domain::uai::Uai;

/// Name of the file that holds the secret.
pub const KEY_FILE: &str = "pseudonymes.cle";

/// What a pseudonym stands for: the same identifier names different things in different kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    Person,
    /// A session of the assignment console.
    ConsoleSession,
}

/// Gives people and sessions their pseudonym.
#[derive(Clone)]
pub struct Pseudonymiser {
    secret: [u8; 32],
    ids: EventIds,
    years: Arc<RwLock<BTreeMap<i32, Hmac<Sha256>>>>,
}

/// Why the secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PseudonymError {
    /// The file cannot be read or written.
    #[error("clé des pseudonymes {} : {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("la clé des pseudonymes {} est abîmée : 64 chiffres hexadécimaux sont attendus", .0.display())]
    Damaged(PathBuf),
    /// There is none yet.
    #[error("la clé des pseudonymes {} manque : le premier usage de la base la fait", .0.display())]
    Missing(PathBuf),
}

impl Pseudonymiser {
    /// From a secret.
    pub fn new(secret: [u8; 32]) -> Self {
        let mut mac = keyed(&secret);
        mac.update(b"identifiants-evenements");
        Self { secret, ids: EventIds::new(&cut(mac)), years: Arc::default() }
    }

    /// What hashes the identifiers of events, which may name somebody too.
    pub fn event_ids(&self) -> &EventIds {
        &self.ids
    }

    /// Reads the secret of the folder `data`, or makes it on the first import, readable by its owner only.
    pub fn open(data: &Path) -> Result<Self, PseudonymError> {
        let path = data.join(KEY_FILE);
        let failed = |source| PseudonymError::Io { path: path.clone(), source };
        match File::open(&path) {
            Ok(file) => read_secret(file).map_err(failed)?.map(Self::new).ok_or(PseudonymError::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(data).map_err(failed)?;
                create_secret(&path).map(Self::new).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Reads the secret of the folder `data`, and makes none: what a new one gives would name nobody.
    pub fn find(data: &Path) -> Result<Self, PseudonymError> {
        if data.join(KEY_FILE).exists() { Self::open(data) } else { Err(PseudonymError::Missing(data.join(KEY_FILE))) }
    }

    /// The pseudonym of what `raw` names in a school; that of a person is for the school year of `day`.
    pub fn pseudonym(&self, kind: Kind, uai: &Uai, day: NaiveDate, raw: &str) -> Pseudonym {
        let mut mac = match kind {
            Kind::Person => self.year(SchoolYear::of(day)),
            Kind::ConsoleSession => self.derived("sessions-console"),
        };
        mac.update(match kind {
            Kind::Person => b"personne\0",
            Kind::ConsoleSession => b"session-console\0",
        });
        mac.update(uai.as_str().as_bytes());
        // A UAI holds no NUL: nothing else can be read in what is hashed.
        mac.update(b"\0");
        mac.update(raw.trim().as_bytes());
        cut(mac)
    }

    /// The pseudonym of a responsable d'affectation: the same in every school and every year, because it serves rights, which
    /// last, and no figure. It can be compared with no other pseudonym.
    pub fn responsable(&self, raw: &str) -> Pseudonym {
        let mut mac = self.derived("responsables");
        mac.update(raw.trim().as_bytes());
        cut(mac)
    }

    /// The identifier here of an account of a provider: the same every year, and compared with no other pseudonym.
    pub fn account(&self, realm: &str, raw: &str) -> Pseudonym {
        let mut derived = keyed(&self.secret);
        derived.update(b"comptes");
        let mut mac = keyed(&derived.finalize().into_bytes());
        mac.update(realm.as_bytes());
        // The name of a provider holds no NUL: nothing else can be read in what is hashed.
        mac.update(b"\0");
        mac.update(raw.trim().as_bytes());
        cut(mac)
    }

    /// A number that tells this secret from another one, and nothing else of it: what is known of a database is checked against it.
    pub fn check(&self) -> i64 {
        let mut mac = self.derived("verification");
        mac.update(b"cle-des-pseudonymes");
        let mut number = [0; 8];
        number.copy_from_slice(&cut(mac)[..8]);
        i64::from_be_bytes(number)
    }

    fn year(&self, year: SchoolYear) -> Hmac<Sha256> {
        // A poisoned lock holds a valid cache all the same: nothing panics while it is written.
        let known = self.years.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&year.0).cloned();
        known.unwrap_or_else(|| {
            let derived = self.derived(&format!("annee-scolaire:{}", year.0));
            self.years.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(year.0, derived.clone());
            derived
        })
    }

    /// What hashes with the key derived from the secret for one use.
    fn derived(&self, usage: &str) -> Hmac<Sha256> {
        let mut mac = keyed(&self.secret);
        mac.update(usage.as_bytes());
        keyed(&mac.finalize().into_bytes())
    }
}

impl std::fmt::Debug for Pseudonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonymiser { .. }")
    }
}

fn cut(mac: Hmac<Sha256>) -> Pseudonym {
    let mut pseudonym = Pseudonym::default();
    pseudonym.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    pseudonym
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn read_secret(file: File) -> io::Result<Option<[u8; 32]>> {
    let mut text = String::new();
    match file.take(1_000).read_to_string(&mut text) {
        Ok(_) => {
            let mut secret = [0; 32];
            Ok(hex::decode_to_slice(text.trim(), &mut secret).is_ok().then_some(secret))
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a new secret aside and links it in place, so that two first imports at once end up with the same one.
fn create_secret(path: &Path) -> io::Result<[u8; 32]> {
    let secret: [u8; 32] = rand::random();
    let aside = path.with_extension(format!("cle.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    let outcome = writeln!(file, "{}", hex::encode(secret)).and_then(|()| file.sync_all());
    let linked = outcome.and_then(|()| std::fs::hard_link(&aside, path));
    std::fs::remove_file(&aside)?;
    match linked {
        Ok(()) => Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read_secret(File::open(path)?)?.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn uai(text: &str) -> Uai {
        Uai::parse(text).expect("a UAI")
    }

    #[test]
    fn a_pseudonym_changes_with_the_year_the_school_the_kind_and_the_instance() {
        let here = Pseudonymiser::new([7; 32]);
        let school = uai("9999991F");
        let pseudonym = here.pseudonym(Kind::Person, &school, day("2025-09-02"), "u-1");
        assert_eq!(pseudonym, here.pseudonym(Kind::Person, &school, day("2026-07-31"), " u-1 "));
        for other in [
            here.pseudonym(Kind::Person, &school, day("2026-08-01"), "u-1"),
            here.pseudonym(Kind::Person, &uai("9999992G"), day("2025-09-02"), "u-1"),
            here.pseudonym(Kind::ConsoleSession, &school, day("2025-09-02"), "u-1"),
            here.pseudonym(Kind::Person, &school, day("2025-09-02"), "u-2"),
            Pseudonymiser::new([8; 32]).pseudonym(Kind::Person, &school, day("2025-09-02"), "u-1"),
        ] {
            assert_ne!(pseudonym, other);
        }
        assert_eq!(format!("{here:?}"), "Pseudonymiser { .. }");
    }

    #[test]
    fn a_session_of_the_console_is_the_same_on_both_sides_of_the_first_of_august() {
        let here = Pseudonymiser::new([7; 32]);
        let session = |school: &str, on| here.pseudonym(Kind::ConsoleSession, &uai(school), day(on), "s-1");
        assert_eq!(session("9999991F", "2026-07-31"), session("9999991F", "2026-08-01"));
        assert_ne!(session("9999991F", "2026-07-31"), session("9999992G", "2026-07-31"));
    }

    #[test]
    fn a_responsable_keeps_one_pseudonym_that_is_no_ones_in_the_figures() {
        let here = Pseudonymiser::new([7; 32]);
        assert_eq!(here.responsable("u-1"), here.responsable(" u-1 "));
        assert_ne!(here.responsable("u-1"), here.responsable("u-2"));
        assert_ne!(here.responsable("u-1"), Pseudonymiser::new([8; 32]).responsable("u-1"));
        assert_ne!(here.responsable("u-1"), here.pseudonym(Kind::Person, &uai("9999991F"), day("2025-09-02"), "u-1"));
    }

    #[test]
    fn the_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let first = Pseudonymiser::open(&data).expect("a new secret");
        let again = Pseudonymiser::open(&data).expect("the same secret");
        assert_eq!(first.secret, again.secret);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(data.join(KEY_FILE)).expect("the file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(&data).expect("the folder").count(), 1);
        assert!(Pseudonymiser::find(&data).is_ok());
        assert!(matches!(Pseudonymiser::find(folder.path()), Err(PseudonymError::Missing(_))));
    }

    #[test]
    fn a_damaged_secret_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        for content in [&b"abc"[..], b"", &[0xff, 0xfe]] {
            std::fs::write(folder.path().join(KEY_FILE), content).expect("written");
            assert!(matches!(Pseudonymiser::open(folder.path()), Err(PseudonymError::Damaged(_))));
        }
    }
}

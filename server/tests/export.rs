//! `vigie export`, as it is typed; and killed at any moment.
//!
//! `VIGIE_KILLS` says how often it is killed, `VIGIE_SEED` what chance begins with.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const DAY: &str = "indicateur=acces-par-ressource&du=2025-09-01&au=2025-11-29&pas=jour";

/// A school with so many accesses a day to different resources, over ninety days.
fn school(resources: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let first: chrono::NaiveDate = "2025-09-01".parse().expect("a day");
    let mut events = String::new();
    for day in 0..90 {
        let day = first + chrono::TimeDelta::days(day);
        for resource in 0..resources {
            writeln!(
                events,
                r#"{{"type":"acces","id":"{day}-{resource}","uai":"9999991F","date":"{day}","personne":"p{}","profil":"eleve","ressource":"ark:/99999/r{resource}"}}"#,
                resource % 40
            )
            .expect("a line");
        }
    }
    let file = folder.path().join("events.ndjson");
    fs::write(&file, events).expect("events");
    let outcome = vigie(folder.path(), &["import", file.to_str().expect("UTF-8")]).output().expect("vigie runs");
    assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
    folder
}

fn vigie(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(arguments).env("VIGIE_DATA", data).env_remove("VIGIE_DATABASE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn export(data: &Path, out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["export", "--out", out.to_str().expect("UTF-8")];
    arguments.extend(more);
    vigie(data, &arguments).output().expect("vigie runs")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn an_export_is_replayed_from_its_recipe() {
    let data = school(20);
    let folder = tempfile::tempdir().expect("a folder");
    let (path, again) = (folder.path().join("export.csv"), folder.path().join("again").join("export.csv"));
    let first = export(data.path(), &path, &[DAY, "--format", "csv"]);
    assert!(first.status.success(), "{}", said(&first));
    assert!(said(&first).contains("1\u{202f}800\u{a0}lignes"), "{}", said(&first));

    fs::create_dir(again.parent().expect("a folder")).expect("a folder");
    let recipe = folder.path().join("export.csv.recette.json");
    let second = export(data.path(), &again, &["--replay", recipe.to_str().expect("UTF-8")]);
    assert!(said(&second).contains("Le fichier est le même, octet pour octet."), "{}", said(&second));
    assert_eq!(fs::read(&path).expect("one"), fs::read(&again).expect("the other"));
}

#[test]
fn what_may_not_be_exported_is_refused_in_french_and_an_estimate_writes_nothing() {
    let data = school(5);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    let refused = export(data.path(), &path, &["indicateur=acces-par-ressource&du=2025-01-01&au=2025-11-29"]);
    assert!(!refused.status.success());
    assert!(said(&refused).contains("couvre trois mois au plus"), "{}", said(&refused));
    let estimate = vigie(data.path(), &["export", DAY, "--estimate"]).output().expect("vigie runs");
    assert!(said(&estimate).starts_with("450\u{a0}lignes\n"), "{}", said(&estimate));
    assert!(
        said(&estimate).contains("9999991F | 2025-09-01 | 2025-09-01 | Accès par ressource par profil | ark:/99999/r0")
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn what_is_there_already_is_replaced_only_when_asked() {
    let data = school(3);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    fs::write(&path, "mine").expect("a file");
    let refused = export(data.path(), &path, &[DAY]);
    assert!(!refused.status.success());
    assert!(said(&refused).contains("export.csv » existe déjà : --force le remplace"), "{}", said(&refused));
    assert_eq!(
        (fs::read_to_string(&path).expect("it"), names(folder.path())),
        ("mine".into(), vec!["export.csv".into()])
    );
    let replaced = export(data.path(), &path, &[DAY, "--force"]);
    assert!(replaced.status.success(), "{}", said(&replaced));
    assert!(fs::read_to_string(&path).expect("it").contains("9999991F;2025-09-01"));
    // Of what was exported, the recipe may be all that is kept.
    fs::remove_file(&path).expect("removed");
    let refused = export(data.path(), &path, &[DAY]);
    assert!(said(&refused).contains("export.csv.recette.json » existe déjà"), "{}", said(&refused));
    assert!(!path.exists());
    // An empty file, as temporary ones are, has nothing to lose.
    let empty = folder.path().join("empty.csv");
    fs::write(&empty, "").expect("a file");
    let written = export(data.path(), &empty, &[DAY]);
    assert!(written.status.success(), "{}", said(&written));
    assert!(fs::read_to_string(&empty).expect("it").contains("9999991F;2025-09-01"));
}

#[test]
fn which_school_is_meant_is_not_guessed() {
    let data = school(3);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    let query = |question: &str| vigie(data.path(), &["query", question]).output().expect("vigie runs");
    assert!(query(DAY).status.success(), "there is one school: {}", said(&query(DAY)));
    let other = folder.path().join("other.ndjson");
    let event = r#"{"type":"acces","id":"1","uai":"9999992G","date":"2025-09-01","ressource":"ark:/99999/r1"}"#;
    fs::write(&other, event).expect("events");
    let imported = vigie(data.path(), &["import", other.to_str().expect("UTF-8")]).output().expect("vigie runs");
    assert!(imported.status.success(), "{}", said(&imported));
    for refused in [query(DAY), export(data.path(), &path, &[DAY])] {
        assert!(!refused.status.success());
        let said = said(&refused);
        assert!(said.contains("celles de 2 établissements") && said.contains("« etablissement=9999991F »"), "{said}");
        assert!(said.contains("\n  9999992G  "), "{said}");
    }
    assert!(!path.exists());
    let named = format!("etablissement=9999992G&{DAY}");
    assert!(query(&named).status.success(), "{}", said(&query(&named)));
    assert!(export(data.path(), &path, &[&named]).status.success());
}

#[test]
fn what_a_question_says_is_never_left_out_without_a_word() {
    let data = school(3);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    let question = format!("/statistiques?{DAY}&annee=2025-2026");
    let query = vigie(data.path(), &["query", &question]).output().expect("vigie runs");
    for refused in [query, export(data.path(), &path, &[&question])] {
        let said = said(&refused);
        assert!(
            !refused.status.success() && said.contains("« annee » n’est pas un champ") && said.contains("periode"),
            "{said}"
        );
    }
    assert!(!path.exists());
    let before = "etablissement=9999991F&indicateur=acces-par-ressource&du=2024-09-01&au=2024-09-01";
    let empty = export(data.path(), &path, &[before]);
    assert!(empty.status.success() && said(&empty).contains("Rien n’est connu de cette recherche"), "{}", said(&empty));
}

#[test]
fn a_command_that_reads_says_where_there_are_no_data_and_makes_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let (empty, missing) = (folder.path().join("empty"), folder.path().join("missing"));
    fs::create_dir(&empty).expect("a folder");
    let out = folder.path().join("export.csv");
    let out = out.to_str().expect("UTF-8");
    for data in [&empty, &missing] {
        for arguments in [
            &["query", DAY][..],
            &["export", DAY, "--out", out],
            &["group", "nature=college&indicateur=acces-total"],
            &["check"],
            &["purge"],
            &["roll-up"],
            &["source", "list"],
            &["opt-out", "list"],
        ] {
            let refused = vigie(data, arguments).output().expect("vigie runs");
            assert!(!refused.status.success(), "{arguments:?}");
            assert!(said(&refused).contains("il n’y a pas de données dans «"), "{arguments:?}: {}", said(&refused));
        }
    }
    assert_eq!((names(folder.path()), names(&empty)), (vec!["empty".to_owned()], Vec::new()));
}

#[test]
fn killed_at_any_moment_it_leaves_a_whole_file_or_nothing() {
    let kills: usize = std::env::var("VIGIE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let seed = std::env::var("VIGIE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    let mut chance = StdRng::seed_from_u64(seed);
    let data = school(150);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.ods");
    let arguments = ["export", DAY, "--format", "ods", "--out", path.to_str().expect("UTF-8")];
    let started = Instant::now();
    assert!(vigie(data.path(), &arguments).status().expect("vigie runs").success());
    let whole = started.elapsed();
    let mut cut = 0;
    for kill in 0..kills {
        for name in names(folder.path()) {
            fs::remove_file(folder.path().join(name)).expect("removed");
        }
        let mut child = vigie(data.path(), &arguments).spawn().expect("vigie runs");
        let deadline = Instant::now() + whole.mul_f64(chance.random_range(0.0..1.1));
        while Instant::now() < deadline && child.try_wait().expect("a state").is_none() {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        child.kill().expect("killed or ended");
        child.wait().expect("a state");
        let left = names(folder.path());
        if left.contains(&"export.ods".to_owned()) {
            assert_eq!(left, ["export.ods", "export.ods.recette.json", "export.ods.recette.txt"], "seed {seed}");
            let bytes = fs::read(&path).expect("the file");
            let recipe = fs::read_to_string(folder.path().join("export.ods.recette.json")).expect("the recipe");
            assert!(recipe.contains(&hex::encode(Sha256::digest(&bytes))), "seed {seed}, kill {kill}");
        } else {
            // The recipe comes first, so that who sees the file has it; nothing has a name before the file is whole.
            assert!(left.iter().all(|name| name.starts_with("export.ods.recette")), "{left:?}, seed {seed}");
            cut += 1;
        }
    }
    assert!(cut > 0, "never killed before the end; seed {seed}");
}

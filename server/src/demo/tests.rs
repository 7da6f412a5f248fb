use super::rhythm::{DayKind, kind};
use super::*;
use chrono::{DateTime, Datelike, NaiveDateTime, Weekday};
use chrono_tz::Europe::Paris;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;

const UNTIL: &str = "2026-11-21";

fn options(until: &str) -> DemoOptions {
    DemoOptions { schools: 3, until: day(until), seed: 1 }
}

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

/// The files of the usual options, written once for all tests.
static DEMO: LazyLock<(TempDir, DemoSummary)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = write(folder.path(), &options(UNTIL)).expect("the demonstration");
    (folder, summary)
});

fn read(name: &str) -> String {
    fs::read_to_string(DEMO.0.path().join(name)).expect(name)
}

fn files(prefix: &str, suffix: &str) -> impl Iterator<Item = &'static DemoFile> {
    DEMO.1.files.iter().filter(move |file| file.name.starts_with(prefix) && file.name.ends_with(suffix))
}

fn lines(prefix: &str) -> Vec<Value> {
    let texts = files(prefix, ".ndjson").map(|file| read(&file.name));
    texts.flat_map(|text| text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect::<Vec<_>>()).collect()
}

/// An access, whatever the source.
struct Seen {
    uai: String,
    day: Day,
    person: String,
    profile: String,
}

static ACCESSES: LazyLock<Vec<Seen>> = LazyLock::new(|| {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let canonical = lines("evenements-").into_iter().filter(|line| line["type"] == "acces").map(|line| Seen {
        uai: text(&line["uai"]),
        day: local_day(&text(&line["date"])),
        person: text(&line["personne"]),
        profile: vigie_domain::profile::normalise(&text(&line["profil"])),
    });
    let connector = lines("gar-connector-").into_iter().map(|line| Seen {
        uai: text(&line["uai"]),
        day: local_day(&text(&line["created"]["$date"])),
        person: text(&line["owner"]["userId"]),
        profile: vigie_domain::profile::normalise(&text(&line["profil"])),
    });
    let entcore = lines("entcore-").into_iter().map(|line| Seen {
        uai: text(&line["structures"][0]),
        day: DateTime::from_timestamp_millis(line["date"].as_i64().expect("epoch"))
            .expect("a moment")
            .with_timezone(&Paris)
            .date_naive(),
        person: text(&line["userId"]),
        profile: vigie_domain::profile::normalise(&text(&line["profil"])),
    });
    canonical.chain(connector).chain(entcore).collect()
});

/// The day in Paris of a date in any spelling of the schema.
fn local_day(text: &str) -> Day {
    let zoneless = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.with_timezone(&Paris).date_naive())
        .or_else(|_| text.parse())
        .or_else(|_| {
            zoneless
                .iter()
                .map(|f| NaiveDateTime::parse_from_str(text, f))
                .find_map(Result::ok)
                .map(|m| m.date())
                .ok_or(())
        })
        .unwrap_or_else(|()| panic!("« {text} » is no date"))
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let again = tempfile::tempdir().expect("a folder");
    let summary = write(again.path(), &options(UNTIL)).expect("the demonstration");
    assert_eq!(summary, DEMO.1);
    for file in &summary.files {
        let bytes = fs::read(again.path().join(&file.name)).expect("a file");
        assert_eq!(bytes.len() as u64, file.bytes);
        assert!(bytes == fs::read(DEMO.0.path().join(&file.name)).expect("a file"), "{}", file.name);
    }
    // Over its own files: the same again. Over anything else: refused, and nothing is lost.
    assert_eq!(write(again.path(), &options(UNTIL)).expect("the demonstration"), summary);
    fs::write(again.path().join("notes.txt"), "à garder").expect("a file");
    assert!(
        matches!(write(again.path(), &options(UNTIL)), Err(DemoError::OtherFiles { name, .. }) if name == "notes.txt")
    );
    assert!(again.path().join("notes.txt").exists() && again.path().join("etablissements.ndjson").exists());
}

#[test]
fn another_seed_gives_other_people_and_another_day_the_same_past() {
    let (other, earlier) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write(other.path(), &DemoOptions { seed: 2, ..options(UNTIL) }).expect("the demonstration");
    write(earlier.path(), &options("2026-10-05")).expect("the demonstration");
    let name = "evenements-9999992G-2026-2027.ndjson";
    let text = |folder: &TempDir| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_ne!(text(&other), read(name));
    let past = text(&earlier);
    let same = read(name).lines().zip(past.lines()).filter(|(now, then)| now == then).count();
    assert!(same > 1000 && same == past.lines().count(), "{same} of {}", past.lines().count());
}

#[test]
fn options_out_of_bounds_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |options| write(folder.path(), &options).err().map(|error| error.to_string());
    assert!(refused(DemoOptions { schools: 0, ..options(UNTIL) }).is_some());
    assert!(refused(DemoOptions { schools: MAX_SCHOOLS + 1, ..options(UNTIL) }).is_some());
    assert!(refused(options("2003-07-31")).is_some());
    assert!(refused(options("2099-01-01")).is_some());
}

#[test]
fn more_schools_and_other_days_work() {
    for (schools, until) in [(1, "2026-08-01"), (2, "2027-07-31"), (5, "2031-03-12")] {
        let folder = tempfile::tempdir().expect("a folder");
        let summary = write(folder.path(), &DemoOptions { schools, ..options(until) }).expect("the demonstration");
        assert_eq!(summary.schools.len(), schools);
        assert!(summary.schools.iter().all(|school| school.accesses[1].1 > 1000), "{summary:?}");
    }
}

#[test]
fn the_files_are_those_of_the_real_sources() {
    let names: Vec<&str> = DEMO.1.files.iter().map(|file| file.name.as_str()).collect();
    for expected in [
        "etablissements.ndjson",
        "ressources-9999991F.json",
        "evenements-9999991F-2024-2025.ndjson",
        "evenements-9999993H-2026-2027.ndjson",
        "gar-connector-9999992G-2025-2026.ndjson",
        "entcore-9999993H.ndjson",
        "annuaire-9999991F-2024-09-01-eleves.xml",
        "annuaire-9999992G-2026-09-01-personnels.xml",
        "annuaire-9999993H-2025-09-01-responsables.xml",
    ] {
        assert!(names.contains(&expected), "{expected} is not in {names:?}");
    }
    for operation in ["creations", "modifications", "suppressions"] {
        assert!(files("abonnements/", &format!("_{operation}.xml")).count() > 2, "{operation}");
    }
    assert!(DEMO.1.bytes() < 40_000_000, "{}", DEMO.1.bytes());
}

#[test]
fn canonical_lines_follow_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/evenement.schema.json")).expect("the schema");
    let kinds = schema["oneOf"].as_array().expect("kinds");
    let mut ids = BTreeSet::new();
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines("evenements-").into_iter().chain(lines("etablissements")) {
        let kind = kinds.iter().find(|kind| kind["properties"]["type"]["const"] == line["type"]).expect("a known type");
        let object = line.as_object().expect("an object");
        for key in kind["required"].as_array().expect("keys") {
            assert!(object.contains_key(key.as_str().expect("a key")), "{key} {line}");
        }
        for (key, value) in object {
            let rule = &kind["properties"][key];
            assert!(!rule.is_null(), "{key} {line}");
            match rule["type"].as_str() {
                Some("integer") => assert!(value.as_u64() >= rule["minimum"].as_u64(), "{key} {line}"),
                Some("boolean") => assert!(value.is_boolean(), "{key} {line}"),
                _ => assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{key} {line}"),
            }
            if let Some(allowed) = rule["enum"].as_array() {
                assert!(allowed.contains(value), "{key} {line}");
            }
        }
        if let Some(id) = object.get("id") {
            assert!(ids.insert(id.to_string()), "{id} comes twice");
        }
        *met.entry(line["type"].to_string()).or_default() += 1;
    }
    assert_eq!(met.len(), 5, "{met:?}");
}

#[test]
fn no_event_is_later_than_the_last_day_and_the_current_year_reaches_it() {
    let last = day(UNTIL);
    let lines = lines("evenements-");
    let mut days: Vec<Day> = lines.iter().map(|line| local_day(line["date"].as_str().expect("a date"))).collect();
    days.extend(ACCESSES.iter().map(|access| access.day));
    assert!(days.iter().all(|day| (self::day("2024-08-01")..=last).contains(day)));
    assert!(days.iter().any(|day| *day >= self::day("2026-11-20")));
    for file in files("abonnements/", ".xml") {
        let name = file.name.trim_start_matches("abonnements/");
        assert!((self::day("2024-08-01")..=last).contains(&self::day(&name[..10])), "{name}");
    }
}

#[test]
fn subscriptions_are_valid_xml_with_every_field() {
    let mut created = BTreeSet::new();
    for file in files("abonnements/", ".xml") {
        let text = read(&file.name);
        let (mut reader, mut depth, mut fields) = (quick_xml::Reader::from_str(&text), 0, Vec::new());
        loop {
            match reader.read_event().expect("XML") {
                quick_xml::events::Event::Start(start) => {
                    depth += 1;
                    if depth == 3 {
                        fields.push(start.name().as_ref().to_owned());
                    }
                }
                quick_xml::events::Event::End(_) => depth -= 1,
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
        let count = |name: &str| fields.iter().filter(|field| *field == name).count();
        let subscriptions = text.matches("<abonnement>").count();
        assert!(subscriptions > 0);
        for name in
            ["idAbonnement", "idDistributeurCom", "idRessource", "libelleRessource", "debutValidite", "typeAffectation"]
        {
            assert_eq!(count(name), subscriptions, "{name} {}", file.name);
        }
        assert_eq!(count("finValidite") + count("anneeFinValidite"), subscriptions);
        assert!(count("uaiEtab") >= subscriptions && count("publicCible") >= 2 * subscriptions);
        for id in text.split("<idAbonnement>").skip(1).filter_map(|rest| rest.split('<').next()) {
            assert!(id.len() <= 45 && !id.starts_with('_'), "{id}");
            let new = file.name.ends_with("_creations.xml");
            assert_eq!(created.insert(id.to_owned()), new, "{id} {}", file.name);
        }
    }
    assert!(
        read("abonnements/2025-08-26_creations.xml").contains("<uaiEtab>9999992G</uaiEtab>\n        <uaiEtab>9999993H")
    );
}

#[test]
fn every_accessed_resource_is_in_the_catalogue_of_the_school() {
    let catalogue: BTreeMap<String, BTreeSet<String>> = DEMO
        .1
        .schools
        .iter()
        .map(|school| {
            let payload: Value = serde_json::from_str(&read(&format!("ressources-{}.json", school.uai))).expect("JSON");
            let resources = payload["listeRessources"]["ressource"].as_array().expect("resources");
            let keys = [
                "idRessource",
                "idType",
                "nomRessource",
                "idEditeur",
                "nomEditeur",
                "urlVignette",
                "typePresentation",
                "typePedagogique",
                "typologieDocument",
                "niveauEducatif",
                "domaineEnseignement",
                "urlAccesRessource",
                "nomSourceEtiquetteGar",
                "distributeurTech",
                "validateurTech",
            ];
            assert!(resources.iter().all(|one| keys.iter().all(|key| !one[*key].is_null())
                && one.as_object().is_some_and(|o| o.len() == keys.len())));
            (
                school.uai.clone(),
                resources.iter().map(|one| one["idRessource"].as_str().expect("an id").to_owned()).collect(),
            )
        })
        .collect();
    for line in lines("evenements-") {
        if let (Some(uai), Some(resource)) = (line["uai"].as_str(), line["ressource"].as_str()) {
            assert!(catalogue[uai].contains(resource), "{line}");
        }
    }
    let keys = [
        "_id",
        "idRessource",
        "nomRessource",
        "nomEditeur",
        "urlVignette",
        "typePedagogique",
        "niveauEducatif",
        "typePresentation",
        "typologieDocument",
        "domaineEnseignement",
        "created",
        "owner",
        "uai",
        "profil",
    ];
    for line in lines("gar-connector-") {
        assert!(
            line.as_object().is_some_and(|object| object.len() == keys.len())
                && keys.iter().all(|key| !line[*key].is_null()),
            "{line}"
        );
    }
}

#[test]
fn two_sources_never_tell_the_same_accesses() {
    let canonical = lines("evenements-");
    let none = |uai: &str, from: &str, to: &str| {
        !canonical.iter().any(|line| {
            line["type"] == "acces"
                && line["uai"] == uai
                && (day(from)..=day(to)).contains(&local_day(line["date"].as_str().expect("a date")))
        })
    };
    assert!(none("9999992G", "2025-08-01", "2026-07-31"));
    assert!(none("9999993H", "2024-11-01", "2024-11-30"));
    assert!(lines("entcore-").iter().all(|line| line["event-type"] == "GAR_ACCESS" && line["module"] == "Mediacentre"));
    let told: u64 = DEMO.1.schools.iter().flat_map(|school| &school.accesses).map(|(_, count)| count).sum();
    assert_eq!(ACCESSES.len() as u64, told);
}

#[test]
fn nine_accesses_in_ten_are_by_pupils_and_very_few_by_the_librarian() {
    let total = ACCESSES.len() as f64;
    let share = |profile: &str| ACCESSES.iter().filter(|access| access.profile == profile).count() as f64 / total;
    assert!((0.87..0.93).contains(&share("eleve")), "{}", share("eleve"));
    assert!((0.07..0.12).contains(&share("enseignant")), "{}", share("enseignant"));
    assert!((0.001..0.008).contains(&share("documentaliste")), "{}", share("documentaliste"));
    assert!((0.0005..0.006).contains(&share("autre-personnel")), "{}", share("autre-personnel"));
}

#[test]
fn accesses_grow_from_year_to_year_within_5_to_13_per_person() {
    for school in &DEMO.1.schools {
        let [first, second, third] = school.accesses[..] else { panic!("three years") };
        assert_eq!(first.0, SchoolYear(2024));
        for (_, count) in [first, second] {
            let each = count as f64 / school.people as f64;
            assert!((5.0..=13.0).contains(&each), "{} {each}", school.name);
        }
        let growth = second.1 as f64 / first.1 as f64;
        assert!((1.15..=1.40).contains(&growth), "{} {growth}", school.name);
        // The current year, against the same days of the year before.
        let until = |year: i32| {
            let last = day(UNTIL).with_year(year).expect("a date");
            let days = SchoolYear(year).interval().first..=last;
            ACCESSES.iter().filter(|access| access.uai == school.uai && days.contains(&access.day)).count() as f64
        };
        let growth = until(2026) / until(2025);
        assert!((1.05..1.5).contains(&growth) && third.1 as f64 == until(2026), "{} {growth}", school.name);
    }
    let people: BTreeSet<(&str, &str, SchoolYear)> =
        ACCESSES.iter().map(|access| (&access.uai[..], &access.person[..], SchoolYear::of(access.day))).collect();
    let college = people.iter().filter(|(uai, _, year)| *uai == "9999992G" && *year == SchoolYear(2025)).count();
    assert!((600..=650).contains(&college), "{college}");
}

/// Accesses per day of each kind.
fn daily(uai: &str, keep: impl Fn(Day) -> bool) -> f64 {
    let days =
        day("2024-08-01").iter_days().take_while(|day| *day <= self::day(UNTIL)).filter(|day| keep(*day)).count();
    ACCESSES.iter().filter(|access| access.uai == uai && keep(access.day)).count() as f64 / days as f64
}

#[test]
fn the_rhythm_is_that_of_school() {
    for school in &DEMO.1.schools {
        let mean = |keep: &dyn Fn(Day) -> bool| daily(&school.uai, keep);
        let class = mean(&|day| kind(day) == DayKind::Class);
        assert!(mean(&|day| day.weekday() == Weekday::Sun) < 0.25 * class);
        assert!(mean(&|day| kind(day) == DayKind::HomeworkSunday) > mean(&|day| kind(day) == DayKind::Off));
        assert!(mean(&|day| matches!(kind(day), DayKind::Holiday | DayKind::Summer)) < 0.08 * class);
        let wednesday = mean(&|day| kind(day) == DayKind::Class && day.weekday() == Weekday::Wed);
        let ceiling = if school.uai == "9999991F" { 0.12 } else { 0.85 };
        assert!(wednesday < ceiling * class, "{} {wednesday} {class}", school.name);
        let in_months =
            |months: &'static [u32]| mean(&|day| kind(day) == DayKind::Class && months.contains(&day.month()));
        assert!(in_months(&[9]) > 1.35 * in_months(&[10, 11, 12]), "{}", school.name);
    }
    let june = daily("9999993H", |day| kind(day) == DayKind::Class && day.month() == 6 && day.day() <= 15);
    assert!(june > 1.25 * daily("9999993H", |day| kind(day) == DayKind::Class && day.month() == 4));
}

#[test]
fn classes_open_the_same_resource_in_the_same_hour() {
    let mut hours: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for line in lines("evenements-").iter().filter(|line| line["type"] == "acces") {
        let text = |key: &str| line[key].as_str().expect("a text").to_owned();
        *hours.entry((text("uai"), text("ressource"), text("date")[..13].to_owned())).or_default() += 1;
    }
    let in_bursts: usize = hours.values().filter(|count| **count >= 16).sum();
    assert!(in_bursts as f64 > 0.25 * hours.values().sum::<usize>() as f64, "{in_bursts}");
}

#[test]
fn resources_have_a_long_tail() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines("evenements-9999993H").iter().filter(|line| line["type"] == "acces") {
        *counts.entry(line["ressource"].to_string()).or_default() += 1;
    }
    let mut sizes: Vec<usize> = counts.into_values().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let (top, total): (usize, usize) = (sizes[..8].iter().sum(), sizes.iter().sum());
    assert!(sizes.len() >= 45, "{}", sizes.len());
    assert!((0.4..0.85).contains(&(top as f64 / total as f64)), "{top} of {total}");
}

#[test]
fn suggestions_and_sessions_come_with_the_return() {
    let lines = lines("evenements-");
    for kind in ["suggestions", "session-console"] {
        let months: Vec<u32> = lines
            .iter()
            .filter(|line| line["type"] == kind)
            .map(|line| local_day(line["date"].as_str().expect("a date")).month())
            .collect();
        let early = months.iter().filter(|month| (8..=10).contains(*month)).count() as f64 / months.len() as f64;
        assert!((0.6..0.97).contains(&early), "{kind} {early}");
    }
    let assigned: BTreeSet<String> =
        lines.iter().filter(|line| line["type"] == "affectation").map(|line| line["session"].to_string()).collect();
    let opened: BTreeSet<String> =
        lines.iter().filter(|line| line["type"] == "session-console").map(|line| line["session"].to_string()).collect();
    assert!(assigned.is_subset(&opened) && assigned.len() > 100);
    let without = 1.0 - assigned.len() as f64 / opened.len() as f64;
    assert!((0.15..0.45).contains(&without), "{without}");
    let silent = lines.iter().filter(|line| line["type"] == "suggestions" && line["suggestions"] == 0).count();
    assert!(silent > 100);
}

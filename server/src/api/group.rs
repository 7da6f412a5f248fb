//! `/api/v1/groupes.json` and `.csv`: figures of a group of schools, as a file.

use super::answer::AnswerError;
use super::csv::cell;
use super::json;
use crate::auth::Asking;
use crate::context::Context;
use crate::export::defuse::defuse;
use crate::ingest::place_code;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::ValueEnum;
use csv::{Terminator, WriterBuilder};
use serde_json::{Value, json};
use vigie_domain::catalogue::IndicatorId;
use vigie_domain::format;
use vigie_domain::group::{Group, GroupResult, GroupSearch, HELD, HIDDEN, PARTIAL, SHARED, is_told, tells_profiles};
use vigie_domain::period::{Coverage, Day, SchoolYear, Step};
use vigie_domain::ports::{Statistics, Viewer};
use vigie_domain::privacy::blocks::Level;
use vigie_domain::result::Series;
use vigie_domain::search::FieldError;

/// What an answer can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Le tableau, pour un tableur
    Csv,
    /// Tout, pour un programme
    Json,
}

/// The fields of a question, in the order of the guide.
const FIELDS: [&str; 7] = ["nature", "academie", "departement", "commune", "indicateur", "annee", "par"];

/// Reads a question: `academie=8&nature=college&indicateur=acces-total&annee=2025-2026&par=profil`.
///
/// # Errors
/// [`AnswerError::Invalid`] with everything that cannot be understood.
pub fn read(query: &str, today: Day) -> Result<GroupSearch, AnswerError> {
    let mut errors = Vec::new();
    let mut fail = |field: &str, reason: String| errors.push(FieldError { field: field.to_owned(), reason });
    let uri = Uri::builder().path_and_query(format!("/?{query}")).build();
    let pairs = uri.ok().and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    let pairs = match pairs {
        Some(pairs) if pairs.0.len() <= FIELDS.len() => pairs.0,
        Some(_) => {
            fail("adresse", "Elle a plus de champs qu’il n’y en a.".into());
            Vec::new()
        }
        None => {
            fail("adresse", "Elle ne peut être lue.".into());
            Vec::new()
        }
    };
    for (field, _) in &pairs {
        if !FIELDS.contains(&field.as_str()) {
            fail(field, format!("Ce champ n’existe pas\u{202f}; il y a {}.", FIELDS.join(", ")));
        } else if pairs.iter().filter(|(other, _)| other == field).count() > 1 {
            fail(field, "Ce champ ne peut être répété.".into());
        }
    }
    let text = |name: &str| {
        let found = pairs.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let group = group_of(text);
    let indicator = text("indicateur").and_then(IndicatorId::from_slug);
    if indicator.is_none() {
        fail("indicateur", "Nommez un indicateur du catalogue, par exemple acces-total.".into());
    }
    if indicator.is_some_and(|indicator| !is_told(indicator)) {
        fail("indicateur", SHARED.into());
    }
    let year = match text("annee") {
        None => Some(SchoolYear::of(today)),
        Some(label) => {
            let year = label.split('-').next().and_then(|year| year.parse().ok()).map(SchoolYear);
            year.filter(|year| (2000..2099).contains(&year.0) && year.label() == label)
        }
    };
    if year.is_none() {
        fail("annee", "Écrivez une année scolaire, par exemple 2025-2026.".into());
    }
    let by_profile = match text("par") {
        None => false,
        Some("profil") => {
            if indicator.is_some_and(|indicator| is_told(indicator) && !tells_profiles(indicator)) {
                fail("par", "Cet indicateur ne se divise pas par profil hors des établissements.".into());
            }
            true
        }
        Some(_) => {
            fail("par", "Seul «\u{a0}profil\u{a0}» est possible.".into());
            false
        }
    };
    match (indicator, year) {
        (Some(indicator), Some(year)) if errors.is_empty() => Ok(GroupSearch { group, indicator, year, by_profile }),
        _ => Err(AnswerError::Invalid(errors)),
    }
}

/// The group whose codes are so named.
fn group_of<'t>(text: impl Fn(&str) -> Option<&'t str>) -> Group {
    let codes = Level::ALL.map(|level| match level {
        Level::Nature => text(level.slug()).map(str::to_lowercase),
        _ => text(level.slug()).map(place_code),
    });
    Group { codes }
}

/// Reads a group alone, as settings name it: `academie=20&nature=college`; all schools when the text is empty.
///
/// # Errors
/// When it names something else.
pub fn read_group(text: &str) -> anyhow::Result<Group> {
    let pairs: Vec<(&str, &str)> = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    for (name, code) in &pairs {
        let is_level = Level::ALL.iter().any(|level| level.slug() == *name);
        let is_alone = pairs.iter().filter(|(other, _)| other == name).count() == 1;
        anyhow::ensure!(
            is_level && is_alone && !code.trim().is_empty(),
            "«\u{a0}{name}\u{a0}» ne désigne pas un groupe"
        );
    }
    Ok(group_of(|name| pairs.iter().find(|(level, _)| *level == name).map(|(_, code)| code.trim())))
}

/// Answers a question in a format.
///
/// # Errors
/// See [`AnswerError`].
pub async fn answer(
    statistics: &dyn Statistics,
    viewer: &Viewer,
    query: &str,
    format: Format,
) -> Result<Vec<u8>, AnswerError> {
    let search = read(query, statistics.today(None))?;
    let result = statistics.group(viewer, &search).await.map_err(|error| match error.into() {
        AnswerError::NotFound => AnswerError::UnknownGroup,
        other => other,
    })?;
    Ok(match format {
        Format::Csv => table(&result),
        Format::Json => {
            let mut text = serde_json::to_vec_pretty(&document(&result)).map_err(|_| AnswerError::Unavailable)?;
            text.push(b'\n');
            text
        }
    })
}

fn document(result: &GroupResult) -> Value {
    let GroupResult { search, months, hidden_until, schools, is_partial, held, series, .. } = result;
    let group: serde_json::Map<_, _> =
        search.group.levels().map(|(level, code)| (level.slug().to_owned(), json!(code))).collect();
    let written = |series: &Series| {
        let mut written = json::series(series, months);
        (0..months.len()).filter(|month| result.is_unsaid(series, *month)).for_each(|month| {
            written["valeurs"][month] = Value::Null;
        });
        written
    };
    let series = series.as_ref().map(|series| series.iter().map(written).collect::<Vec<_>>());
    json!({
        "version": 1,
        "groupe": group,
        "annee": search.year.label(),
        "indicateur": search.indicator.get().slug,
        "par": search.by_profile.then_some("profil"),
        "masque": series.is_none(),
        "motif": (series.is_none() || hidden_until.is_some()).then_some(HIDDEN),
        "masque_jusqu_au": hidden_until,
        "en_attente": held.then_some(HELD),
        "partiel": is_partial.then_some(PARTIAL),
        "etablissements": series.as_ref().map(|_| schools),
        "intervalles": months.iter().map(json::bucket).collect::<Vec<_>>(),
        "series": series.unwrap_or_default(),
    })
}

/// One line a month, one column a series; « masqué » in each cell of a figure that is hidden, « en attente » where nothing is said yet.
pub(super) fn table(result: &GroupResult) -> Vec<u8> {
    let mut writer =
        WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).from_writer(vec![0xef, 0xbb, 0xbf]);
    let head = ["Du", "Au", "Mois", "Incomplet"].map(str::to_owned);
    let titles: Vec<String> = match &result.series {
        Some(series) => series.iter().map(|series| defuse(series.label()).into_owned()).collect(),
        None => vec![result.search.indicator.get().label.to_owned()],
    };
    let mut records: Vec<Vec<String>> = vec![head.into_iter().chain(titles).collect()];
    for (position, bucket) in result.months.iter().enumerate() {
        let mut record = vec![
            bucket.days.first.to_string(),
            bucket.days.last.to_string(),
            format::bucket(bucket, Step::Month),
            if bucket.coverage == Coverage::Whole { String::new() } else { "en cours".into() },
        ];
        match &result.series {
            Some(series) => record.extend(series.iter().map(|series| match result.is_unsaid(series, position) {
                true => "en attente".into(),
                false => cell(&series.figures, position),
            })),
            None => record.push("masqué".into()),
        }
        records.push(record);
    }
    for record in records {
        writer.write_record(record).expect("writing to memory cannot fail, and records have one length");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

/// The routes.
pub fn routes() -> Router<Context> {
    [("json", Format::Json), ("csv", Format::Csv)].into_iter().fold(Router::new(), |router, (name, format)| {
        let handler = move |State(context): State<Context>, Asking(viewer): Asking, RawQuery(query): RawQuery| {
            handle(context, viewer, query, format)
        };
        router.route(&format!("/api/v1/groupes.{name}"), get(handler))
    })
}

async fn handle(context: Context, viewer: Viewer, query: Option<String>, format: Format) -> Response {
    match answer(context.statistics.as_ref(), &viewer, &query.unwrap_or_default(), format).await {
        Ok(bytes) => {
            let kind = if format == Format::Json { "application/json" } else { "text/csv; charset=utf-8" };
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, no-cache")], bytes).into_response()
        }
        Err(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Day {
        "2026-06-10".parse().expect("a day")
    }

    #[test]
    fn a_question_is_read_or_each_mistake_is_named() {
        let search =
            read("academie=008&nature=College&indicateur=acces-total&par=profil", today()).expect("a question");
        assert_eq!(search.group.codes, [Some("college".into()), Some("8".into()), None, None]);
        assert_eq!((search.year, search.by_profile), (SchoolYear(2025), true));
        for (query, fields) in [
            ("", &["indicateur"][..]),
            ("indicateur=x&annee=2025", &["indicateur", "annee"]),
            ("indicateur=acces-total&annee=2025-2027&par=ressource", &["annee", "par"]),
            ("indicateur=acces-total&pays=fr", &["pays"]),
            ("indicateur=acces-total&par=profil&par=profil", &["par", "par"]),
            (&format!("indicateur=acces-total{}", "&a".repeat(20_000)), &["adresse", "indicateur"]),
            ("indicateur=comptes&par=profil", &["par"]),
            // The same resource may be opened in two schools.
            ("indicateur=ressources-distinctes&par=profil", &["indicateur"]),
            ("indicateur=suggestions-moyenne-par-ressource", &["indicateur"]),
            ("indicateur=part-abonnements-avec-suggestion", &["indicateur"]),
            // One subscription of eight schools is neither eight subscriptions nor eight times its licences.
            ("indicateur=abonnements-valides", &["indicateur"]),
            ("indicateur=licences", &["indicateur"]),
            ("indicateur=abonnements-crees", &["indicateur"]),
        ] {
            let Err(AnswerError::Invalid(errors)) = read(query, today()) else { panic!("{query}") };
            assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields, "{query}");
        }
    }
}

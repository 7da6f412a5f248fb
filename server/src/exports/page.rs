//! What the pages of exports show: found before the application draws them, and put in its context.

use super::{Exports, count_new};
use crate::export::cell::ColumnKind;
use crate::export::format::Format;
use crate::export::{Estimate, ExportError};
use crate::jobs::mailer::Mail;
use crate::statistics::unavailable;
use crate::store::{Export, ExportState, Slice, Takings};
use crate::zone::zone_of;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use vigie_app::exports::{
    DemoMailsPage, ExportLine, ExportOffer, ExportsPage, LineFile, LineState, NewExportPage, OfferedColumn,
    OfferedFormat, Pages, Refused, Said, ShownMail,
};
use vigie_app::{routes, text};
use vigie_domain::catalogue::Window;
use vigie_domain::extraction::{self, window_of};
use vigie_domain::format;
use vigie_domain::period::PeriodChoice;
use vigie_domain::ports::{PortError, Statistics as _, Viewer};
use vigie_domain::rights::{self, Action, Target};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// Puts what a page of exports shows in the request, when it is one of them. Without it, the page says that nothing can be read.
pub async fn provide(State(exports): State<Exports>, mut request: Request, next: Next) -> Response {
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(viewer) = request.extensions().get::<Viewer>().cloned().filter(|_| is_page) {
        let query = request.uri().query().unwrap_or_default().to_owned();
        match request.uri().path() {
            routes::EXPORTS => {
                if let Ok(page) = exports.page(&viewer, &query).await {
                    request.extensions_mut().insert(page);
                }
            }
            routes::NEW_EXPORT => {
                let page = exports.new_page(&viewer, &query).await;
                request.extensions_mut().insert(page);
            }
            routes::DEMO_MAILS => {
                // Where mails leave, or none are made, there is no such page.
                let Some(mails) = exports.jobs.mailer().and_then(|mailer| mailer.list_shown()) else {
                    return StatusCode::NOT_FOUND.into_response();
                };
                // A mail says what was asked for in a school: those who may take its figures away see that too.
                let seen = |mail: &Mail| rights::may(&viewer, Action::Export, Target::School(&mail.school));
                let mails = mails.into_iter().filter(seen).map(|mail| ShownMail {
                    to: mail.to,
                    subject: mail.subject,
                    text: mail.text,
                    html: body(&mail.html).to_owned(),
                    at: moment(mail.at, chrono_tz::Europe::Paris),
                });
                request.extensions_mut().insert(DemoMailsPage(mails.collect()));
            }
            _ => {}
        }
    }
    next.run(request).await
}

/// What the script of the pages is told.
#[derive(serde::Serialize)]
pub struct Told {
    exports: Vec<ToldExport>,
    /// What the menu says of the files that whoever asks has not seen yet; nothing without any.
    badge: String,
}

/// A request as it is told to the script of the pages.
#[derive(serde::Serialize)]
struct ToldExport {
    id: String,
    /// A name of the state.
    code: &'static str,
    /// The state in words.
    words: String,
    /// How far a file that is being made is, when it is known.
    percents: Option<u8>,
    /// What is announced when the state has become this one; nothing while it lasts.
    announcement: String,
}

impl Exports {
    async fn page(&self, viewer: &Viewer, query: &str) -> Result<ExportsPage, PortError> {
        let total = self.count(viewer).await?;
        let pages = Pages { page: page_of(query).min(last_page(total)), last: last_page(total), total };
        let exports = self.list(viewer, slice(pages.page)).await?;
        let takings = self.statistics.store().list_takings(exports.iter().map(|export| export.id.clone()).collect());
        let lines = self.lines(viewer, exports, takings.await.map_err(|error| unavailable(&error))?).await?;
        if lines.iter().any(|line| line.is_new)
            && let Err(error) = self.see(viewer).await
        {
            // They stay new: that is all.
            tracing::warn!(%error, "exports could not be marked as seen");
        }
        let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let settings = self.jobs.settings();
        Ok(ExportsPage {
            lines,
            pages,
            said: field("fait").and_then(done).or_else(|| field("refus").and_then(refused)),
            days: settings.days,
            mails: self.jobs.mailer().is_some() && viewer.person().is_some_and(|person| person.mail.is_some()),
            mails_are_shown: self.jobs.mailer().is_some_and(|mailer| mailer.list_shown().is_some()),
        })
    }

    /// How far requests are: those of a page of the list, when the address names one, else those of whoever looks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn told(&self, viewer: &Viewer, query: &str) -> Result<Told, PortError> {
        let is_list = query.split('&').any(|pair| pair.starts_with("page="));
        let exports =
            if is_list { self.list(viewer, slice(page_of(query))).await? } else { self.list_own(viewer).await? };
        // Who took them is not told: nothing of it is read.
        let lines = self.lines(viewer, exports, BTreeMap::new()).await?;
        let new = self.statistics.store().count_new_exports(viewer.owner()).await;
        let new = new.map_err(|error| unavailable(&error))?;
        let new = count_new(viewer, &new);
        let badge = if new > 0 { text::new_exports(new) } else { String::new() };
        let told = |line: ExportLine| {
            let announcement = match &line.state {
                LineState::Ready(_) => format!("Export prêt\u{a0}: {}.", line.title),
                LineState::Failed(reason) => format!("L’export «\u{a0}{}\u{a0}» a échoué. {reason}", line.title),
                LineState::Cancelled => format!("Export annulé\u{a0}: {}.", line.title),
                _ => String::new(),
            };
            let percents = if let LineState::Running(percents) = line.state { percents } else { None };
            let (code, words) = (line.state.code(), text::export_state(&line.state));
            ToldExport { code, words, percents, announcement, id: line.id }
        };
        Ok(Told { exports: lines.into_iter().map(told).collect(), badge })
    }

    async fn lines(
        &self,
        viewer: &Viewer,
        exports: Vec<Export>,
        mut takings: BTreeMap<String, Takings>,
    ) -> Result<Vec<ExportLine>, PortError> {
        let lost = self.list_lost(exports.iter().filter_map(|export| export.file.as_ref())).await;
        let schools = self.statistics.schools(viewer).await?;
        let names: BTreeMap<Uai, String> = schools.into_iter().map(|school| (school.uai, school.name)).collect();
        let state = |export: &Export| state(export, &lost, self.now());
        let line = |export: Export| {
            let takings = takings.remove(&export.id).unwrap_or_default();
            line(state(&export), export, &takings, viewer, &names)
        };
        Ok(exports.into_iter().map(line).collect())
    }

    async fn new_page(&self, viewer: &Viewer, query: &str) -> NewExportPage {
        let offer = match self.preview(viewer, query).await {
            Ok((search, estimate)) => Ok(offer(&search, estimate, self.left(viewer).await)),
            Err(error) => Err(refusal(query, &error)),
        };
        let mails = self.jobs.mailer().is_some() && viewer.person().is_some_and(|person| person.mail.is_some());
        NewExportPage {
            question: Search::from_query(query).search.to_query(),
            offer,
            days: self.jobs.settings().days,
            mails,
        }
    }
}

/// What is said of something that was done, by its code in the address.
fn done(code: &str) -> Option<Said> {
    let sentence = match code {
        "demande" => {
            "Votre demande est enregistrée. Le fichier est préparé en arrière-plan\u{a0}: vous pouvez quitter cette page."
        }
        "pret" => "Le même fichier avait déjà été demandé\u{a0}: il est prêt.",
        "annule" => "L’export est annulé.",
        "reprise" => "L’export est demandé à nouveau.",
        _ => return None,
    };
    Some(Said::Done(sentence.to_owned()))
}

fn refused(code: &str) -> Option<Said> {
    let sentence = match code {
        "trop" => {
            "Vous avez demandé autant d’exports que permis en 24\u{a0}heures. Réessayez demain, ou téléchargez à nouveau ceux qui sont prêts."
        }
        "rien" => "Il n’y avait plus rien à faire\u{a0}: voici où en sont les exports.",
        "autre" => {
            "Cet export a été demandé par quelqu’un d’autre\u{a0}: seule cette personne peut l’annuler ou le relancer."
        }
        "fichier" => {
            "Ce fichier n’est plus sur le serveur tel qu’il a été écrit, avant la fin de son délai\u{a0}: il ne peut pas être téléchargé. Choisissez «\u{a0}Refaire\u{a0}»\u{a0}: il sera préparé à nouveau."
        }
        "fichier-autre" => {
            "Ce fichier n’est plus sur le serveur tel qu’il a été écrit, avant la fin de son délai\u{a0}: il ne peut pas être téléchargé. Choisissez «\u{a0}Rejouer cet export\u{a0}»\u{a0}: il sera préparé à nouveau."
        }
        _ => return None,
    };
    Some(Said::Refused(sentence.to_owned()))
}

/// How many requests a page lists.
const PAGE: u32 = 50;

/// The page that an address names, counted from 1.
fn page_of(query: &str) -> u32 {
    let named = query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
    named.unwrap_or(1).max(1)
}

fn last_page(total: u64) -> u32 {
    u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX).max(1)
}

fn slice(page: u32) -> Slice {
    Slice { skipped: (page - 1).saturating_mul(PAGE), length: PAGE }
}

/// How far a request is, some files being lost.
fn state(export: &Export, lost: &BTreeSet<String>, now: DateTime<Utc>) -> LineState {
    let zone = zone_of(&export.school);
    match (export.state, &export.file) {
        (ExportState::Waiting { before, again }, _) => LineState::Waiting { before, again },
        (ExportState::Running { done, expected }, _) => {
            let percents =
                (done.min(expected) * 100).checked_div(expected).and_then(|percents| u8::try_from(percents).ok());
            LineState::Running(percents)
        }
        // It is over at its moment, whenever the file is erased.
        (ExportState::Ready, Some(file)) if file.expires_at <= now => LineState::Expired,
        (ExportState::Ready, Some(file)) if lost.contains(&file.id) => LineState::Lost,
        (ExportState::Ready, Some(file)) => LineState::Ready(LineFile {
            name: file.name.clone(),
            bytes: file.bytes,
            rows: file.rows,
            sha256: file.sha256.clone(),
            days_left: (file.expires_at.with_timezone(&zone).date_naive() - now.with_timezone(&zone).date_naive())
                .num_days(),
        }),
        (ExportState::Ready | ExportState::Expired, _) => LineState::Expired,
        (ExportState::Lost, _) => LineState::Lost,
        (ExportState::Failed, _) => LineState::Failed(export.reason.clone().unwrap_or_default()),
        (ExportState::Cancelled, _) => LineState::Cancelled,
    }
}

fn line(
    state: LineState,
    export: Export,
    takings: &Takings,
    viewer: &Viewer,
    names: &BTreeMap<Uai, String>,
) -> ExportLine {
    let search = Search::from_query(&export.question).search;
    let zone = zone_of(&export.school);
    let is_own = export.person == viewer.owner();
    let label =
        Format::from_slug(&export.format).map_or_else(|| export.format.clone(), |format| format.label().to_owned());
    ExportLine {
        title: text::document_title(&search),
        school: names.get(&export.school).cloned().unwrap_or_else(|| export.school.to_string()),
        format: label,
        format_slug: export.format,
        question: export.question,
        state,
        asked_at: moment(export.asked_at, zone),
        asked_by: export.asked_by,
        is_own,
        is_new: export.is_new && is_own,
        takings: takings.last.iter().map(|taking| format!("{} {}", taking.by, moment(taking.at, zone))).collect(),
        taken: takings.count,
        id: export.id,
    }
}

fn offer(search: &Search, estimate: Estimate, left: Option<u32>) -> ExportOffer {
    let Estimate { rows, sizes, columns, previews } = estimate;
    let mut previews: Vec<_> = previews.into_iter().collect();
    let formats = sizes.into_iter().map(|(format, bytes)| {
        let at = previews.iter().position(|(other, _)| *other == format);
        let first = at.map(|at| previews.swap_remove(at).1).unwrap_or_default();
        OfferedFormat { slug: format.slug(), label: format.label(), bytes, first }
    });
    let (title, window) = (text::document_title(search), window(search));
    let columns = columns.iter().map(|column| OfferedColumn {
        head: column.name,
        is_number: matches!(column.kind, ColumnKind::Integer | ColumnKind::Number),
    });
    ExportOffer { title, rows, formats: formats.collect(), columns: columns.collect(), window, left }
}

/// How long a period a file covers at most.
fn window(search: &Search) -> String {
    match window_of(search) {
        Some((indicator, Window::ThreeMonths)) => format!(
            "Un fichier de «\u{a0}{}\u{a0}» couvre trois mois au plus, parce que ces données sont volumineuses.",
            indicator.get().label
        ),
        _ => "Un fichier couvre une année au plus.".to_owned(),
    }
}

/// Why there is no file; the same question over periods that would do.
fn refusal(query: &str, error: &ExportError) -> Refused {
    let sentence = match error {
        ExportError::Write(cause) => {
            tracing::error!(%cause, "an export could not be estimated");
            "Le service est momentanément indisponible. Réessayez dans un instant.".to_owned()
        }
        other => other.to_string(),
    };
    let pieces = match error {
        ExportError::Refused(refusal @ extraction::Refusal::TooLong { .. }) => refusal.pieces(),
        _ => Vec::new(),
    };
    let search = Search::from_query(query).search;
    let instead = pieces.into_iter().map(|days| {
        let search = Search { period: PeriodChoice::Dates(days), ..search.clone() };
        (format::interval(days), search.to_query())
    });
    Refused { sentence, status: status(error).as_u16(), instead: instead.collect() }
}

/// The status of the page that says why there is no file.
fn status(error: &ExportError) -> StatusCode {
    match error {
        ExportError::Answer(error) => error.status(),
        ExportError::Refused(_) | ExportError::TextTooLong | ExportError::Recipe(_) => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What is in the body of a document of ours.
fn body(html: &str) -> &str {
    let after = html.split_once("<body>").map_or(html, |(_, after)| after);
    after.split_once("</body>").map_or(after, |(body, _)| body)
}

/// A moment as people of a school read it: « le 25 novembre 2026 à 9 h 05 ».
fn moment(at: DateTime<Utc>, zone: chrono_tz::Tz) -> String {
    format!("le {}", format::moment(at.with_timezone(&zone).naive_local()))
}

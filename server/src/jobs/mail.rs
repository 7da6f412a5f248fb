//! A job that says by mail that a file is there. The mail holds no figure: it leads to the page of exports, where rights are checked again.

use super::mailer::{Mail, MailError};
use super::runner::Run;
use super::{Jobs, Outcome};
use crate::export::format::Format;
use crate::store::{End, ExportState, NewJob, Slice, StoreError, Whose};
use crate::zone::zone_of;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vigie_app::{routes, text};
use vigie_domain::search::Search;

/// The kind of these jobs.
pub const KIND: &str = "mail";

/// What the mail is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MailJob {
    export: String,
    /// Whether a run was about to hand the mail over, and has not said since that it could not. Whoever finds this begun does not know
    /// whether the mail left, and does not send it again: the page says the same, and three mails hurt more than none.
    #[serde(default)]
    handed: bool,
}

impl MailJob {
    fn payload(&self) -> String {
        // A structure of a text and a flag is always written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The job that tells whoever asked for a file that it is there.
pub fn job(export: &str, now: DateTime<Utc>) -> NewJob {
    let payload = MailJob { export: export.to_owned(), handed: false }.payload();
    NewJob { id: hex::encode(rand::random::<[u8; 16]>()), kind: KIND, payload, key: String::new(), due_at: now }
}

/// Sends the mail, once: before it is handed over, it is written down that it is.
pub async fn run(jobs: &Jobs, run: &Arc<Run>) -> Outcome {
    let job: MailJob = match serde_json::from_str(&run.job.payload) {
        Ok(job) => job,
        Err(error) => return Outcome::Never(error.to_string()),
    };
    if job.handed {
        tracing::warn!(export = job.export, "a server died while it handed a mail over: it may not have left");
    } else {
        match write(jobs, run, &job.export).await {
            Ok(Some(mail)) => match send(jobs, run, &job, mail).await {
                Ok(()) => {}
                Err(outcome) => return outcome,
            },
            Ok(None) => {}
            Err(error) => return later(&error),
        }
    }
    match jobs.0.store.end_job(run.job.clone(), End::Done, None, (jobs.0.clock)()).await {
        Ok(_) => Outcome::Ended,
        // It is known to be handed over: whoever begins again ends it.
        Err(error) => later(&error),
    }
}

fn later(error: &StoreError) -> Outcome {
    Outcome::Later { cause: error.to_string(), sentence: String::new() }
}

async fn send(jobs: &Jobs, run: &Run, job: &MailJob, mail: Mail) -> Result<(), Outcome> {
    let Some(mailer) = &jobs.0.mailer else { return Ok(()) };
    // Most of what goes wrong does so here, before anything is written down.
    mailer.reach().await.map_err(failed)?;
    let note = |handed| {
        let payload = MailJob { handed, ..job.clone() }.payload();
        jobs.0.store.rewrite_job(run.job.clone(), payload)
    };
    if !note(true).await.map_err(|error| later(&error))? {
        // The job is another run's: so is the mail.
        return Err(Outcome::Ended);
    }
    match mailer.send(mail).await {
        Ok(()) => Ok(()),
        Err(error) => {
            if let Err(error) = note(false).await {
                tracing::warn!(%error, "a mail that did not leave will not be sent again");
            }
            Err(failed(error))
        }
    }
}

fn failed(error: MailError) -> Outcome {
    match error {
        MailError::Never(words) => {
            tracing::error!(error = words, "a mail will not leave");
            Outcome::Never(words)
        }
        MailError::Later(words) => Outcome::Later { cause: words.clone(), sentence: words },
    }
}

/// The mail, unless there is nothing to say any more or nobody to say it to.
async fn write(jobs: &Jobs, run: &Run, id: &str) -> Result<Option<Mail>, StoreError> {
    let (inner, now) = (&jobs.0, (jobs.0.clock)());
    let Some(mailer) = &inner.mailer else { return Ok(None) };
    let found = inner.store.list_exports(Whose::One(id.to_owned()), Slice::FIRST).await?.into_iter().next();
    let Some(export) = found.filter(|export| export.state == ExportState::Ready && export.is_new) else {
        return Ok(None);
    };
    let person = inner.people.find(&export.person).await.map_err(|_| StoreError::Closed)?;
    let Some(to) = person.and_then(|person| person.mail) else { return Ok(None) };
    let Some(file) = export.file.filter(|file| file.expires_at > now) else { return Ok(None) };
    let page = mailer.whole(&routes::exports(Some(&export.school)));
    let search = Search::from_query(&export.question).search;
    let school = inner.store.list_schools_among(vec![export.school.clone()]).await?.into_iter().next();
    let school = school.map_or_else(|| export.school.to_string(), |school| text::school(&school));
    let format = Format::from_slug(&export.format).map(Format::label).unwrap_or(&export.format);
    let until = vigie_domain::format::date(file.expires_at.with_timezone(&zone_of(&export.school)).date_naive());
    let body = [
        Part::Words("Bonjour,".to_owned()),
        Part::Words(format!("L’export que vous avez demandé est prêt\u{a0}: {}.", text::document_title(&search))),
        Part::Words(format!("Établissement\u{a0}: {school}. Format\u{a0}: {format}.")),
        Part::Link("Voir les exports".to_owned(), page),
        Part::Words(format!(
            "Vous pouvez le télécharger autant de fois que vous voulez jusqu’au {until}\u{a0}; le fichier est ensuite effacé."
        )),
        Part::Words(
            "Ce message est envoyé par Vigie, une fois par export demandé. Il est inutile d’y répondre.".to_owned(),
        ),
    ];
    Ok(Some(Mail {
        // Of the job: one that is tried again sends the same mail, one that a file made again leads to sends another.
        id: format!("export-{}", run.job.id),
        school: export.school,
        to,
        subject: "Votre export est prêt".to_owned(),
        text: as_text(&body),
        html: as_html(&body),
        at: now,
    }))
}

/// What a mail is made of: both of its forms come from the same parts.
enum Part {
    Words(String),
    Link(String, String),
}

fn as_text(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Words(words) => words.clone(),
        Part::Link(words, address) => format!("{words}\u{a0}: {address}"),
    };
    parts.iter().map(part).collect::<Vec<_>>().join("\n\n") + "\n"
}

fn as_html(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Words(words) => format!("<p>{}</p>\n", escape(words)),
        Part::Link(words, address) => {
            let address = escape(address);
            format!("<p>{}\u{a0}: <a href=\"{address}\">{address}</a></p>\n", escape(words))
        }
    };
    let body: String = parts.iter().map(part).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>Vigie</title></head>\n<body>\n{body}</body></html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_mail_say_the_same() {
        let parts = [
            Part::Words("Collège « A & B » <1>".to_owned()),
            Part::Link("Voir".to_owned(), "https://vigie.example/exports?a=1&b=2".to_owned()),
        ];
        let html = as_html(&parts);
        let body = html.split_once("<body>").expect("a body").1;
        let mut words = String::new();
        let mut inside = false;
        for character in body.chars() {
            match character {
                '<' => inside = true,
                '>' => inside = false,
                other if !inside => words.push(other),
                _ => {}
            }
        }
        let words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let lines =
            |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        assert_eq!(lines(&words), lines(&as_text(&parts)));
    }
}

//! How jobs are done and how mails leave: `[exports]` and `[mail]` in the file of settings.

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// `[exports]` in the TOML file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportFileSettings {
    /// Where the files are; a folder that all servers share. By default `exports`, in the folder of the data.
    pub folder: Option<PathBuf>,
    /// How many exports somebody may ask for in a day.
    pub per_day: Option<u32>,
    /// How many files a server makes at once.
    pub at_once: Option<usize>,
    /// How many days files are kept.
    pub days: Option<u32>,
    /// How many seconds a server may stay silent before what it was doing goes to another.
    pub lease_seconds: Option<u64>,
    /// How often a job is begun before it is given up.
    pub attempts: Option<u32>,
}

/// How jobs are done, settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSettings {
    /// How many jobs a server does at once.
    pub at_once: usize,
    /// How long a run may stay silent before its job goes to another.
    pub lease: Duration,
    /// How often a run says that it lives, and learns whether it is still wanted.
    pub beat: Duration,
    /// How often a server looks for what other servers have added.
    pub look: Duration,
    /// How often a job is begun before it is given up.
    pub attempts: u32,
    /// How long it waits before it is begun again, the first time; twice as long each time.
    pub pause: Duration,
    /// How many exports somebody may ask for in a day.
    pub per_day: u32,
    /// How many days files are kept.
    pub days: u32,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            at_once: 2,
            // Longer than another program usually keeps a SQLite file to itself; a job that is begun twice is only work done twice.
            lease: Duration::from_secs(30),
            beat: Duration::from_secs(2),
            look: Duration::from_secs(1),
            attempts: 8,
            pause: Duration::from_secs(5),
            per_day: 50,
            days: 30,
        }
    }
}

impl ExportFileSettings {
    /// Completes what the file says.
    ///
    /// # Errors
    /// When a number makes no sense.
    pub fn settle(&self) -> anyhow::Result<JobSettings> {
        let default = JobSettings::default();
        let lease = self.lease_seconds.map_or(default.lease, Duration::from_secs);
        let settings = JobSettings {
            at_once: self.at_once.unwrap_or(default.at_once),
            per_day: self.per_day.unwrap_or(default.per_day),
            days: self.days.unwrap_or(default.days),
            lease,
            beat: default.beat.min(lease / 4),
            attempts: self.attempts.unwrap_or(default.attempts),
            ..default
        };
        ensure!((1..=3600).contains(&lease.as_secs()), "[exports] lease_seconds : de 1 à 3600");
        ensure!(settings.attempts > 0, "[exports] attempts : au moins 1");
        ensure!((1..=64).contains(&settings.at_once), "[exports] at_once : de 1 à 64");
        ensure!(settings.per_day > 0, "[exports] per_day : au moins 1");
        ensure!((1..=365).contains(&settings.days), "[exports] days : de 1 à 365");
        Ok(settings)
    }
}

impl JobSettings {
    /// How long a job waits once it has failed so many times.
    pub fn pause_after(&self, failures: u32) -> Duration {
        self.pause.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(Duration::from_secs(3600))
    }
}

/// How connections to the mail server are kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// TLS from the first byte.
    Implicit,
    /// The connection is turned into a TLS one, or nothing is sent.
    Starttls,
    /// Nothing: to a server of this machine only.
    None,
}

/// `[mail]` in the TOML file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The name of the mail server.
    pub host: String,
    /// Its port; by default the usual one.
    pub port: Option<u16>,
    /// How connections are kept from being read.
    #[serde(default = "starttls")]
    pub tls: MailTls,
    /// Whom mails come from: `Vigie <vigie@example.fr>`.
    pub from: String,
    /// The account, when the server wants one.
    pub user: Option<String>,
    /// The file that holds its password.
    pub password_file: Option<PathBuf>,
    /// A certificate (PEM) of an authority that the system does not know.
    pub authority: Option<PathBuf>,
}

fn starttls() -> MailTls {
    MailTls::Starttls
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSettings").field("host", &self.host).field("tls", &self.tls).finish_non_exhaustive()
    }
}

impl MailSettings {
    /// The password of the account.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn password(&self) -> anyhow::Result<Option<String>> {
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path);
            let text = text.with_context(|| format!("lecture du mot de passe {}", path.display()))?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        };
        self.password_file.as_ref().map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_waits_longer_each_time_and_never_more_than_an_hour() {
        let settings = JobSettings::default();
        let pauses: Vec<u64> = [1, 2, 3, 10, 11, u32::MAX].map(|n| settings.pause_after(n).as_secs()).into();
        assert_eq!(pauses, [5, 10, 20, 2560, 3600, 3600]);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let settle = |text: &str| toml::from_str::<ExportFileSettings>(text).map(|file| file.settle());
        assert_eq!(settle("").unwrap().unwrap(), JobSettings::default());
        assert_eq!(settle("per_day = 3\ndays = 7").unwrap().unwrap().days, 7);
        for wrong in ["per_day = 0", "at_once = 0", "days = 0", "days = 400", "lease_seconds = 0", "attempts = 0"] {
            assert!(settle(wrong).unwrap().is_err(), "{wrong}");
        }
        assert!(settle("par_jour = 3").is_err());
    }
}

//! `vigie restore`: all is looked at before anything is put in place, and a failure leaves the place as it was.

use super::{BACKUP_FILE, RestoreArgs, copy_key, digests, progress};
use crate::config::DataConfig;
use crate::ingest::pseudonym::{KEY_FILE, Pseudonymiser};
use crate::store::find_key_check_of_backup;
use anyhow::{bail, ensure};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Replaces the data by those of a backup.
///
/// # Errors
/// When the folder is no backup, or is not as it was written; when there are data and `--replace` was not given; when the key of the
/// pseudonyms is another one, for then the same person would be counted twice.
pub async fn restore(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let data = args.data.load()?;
    let file = args.folder.join(BACKUP_FILE);
    ensure!(file.is_file(), "{} n’est pas une sauvegarde de Vigie : {BACKUP_FILE} y manque", args.folder.display());
    match digests::find_altered(&args.folder)? {
        None => bail!(
            "{} n’a pas d’empreintes : la sauvegarde n’a pas été menée à son terme, et rien n’a été mis en place",
            args.folder.display()
        ),
        Some(altered) if altered.is_empty() => {}
        Some(altered) => bail!("{} : rien n’a été mis en place", altered.join(" ; ")),
    }
    let people = find_key_check_of_backup(&file).await?;
    ensure_key(&args.folder, &data.folder, people)?;
    let place = Place::look_at(&data);
    if let Err(error) = put_in_place(args, &data, &file).await {
        place.leave_as_it_was();
        return Err(error);
    }
    writeln!(
        std::io::stdout(),
        "Les données de {} sont en place. Les oppositions (vigie opt-out) et les clés des sources (vigie source) sont celles du jour de la sauvegarde : ce qui a été noté ou retiré depuis est à refaire.",
        args.folder.display()
    )?;
    let key = data.folder.join(KEY_FILE);
    if people.is_some() && !key.exists() {
        writeln!(
            std::io::stdout(),
            "La clé des pseudonymes de ses personnes n’y était pas : mettez-la dans {} ; sans elle, Vigie ne sert ni n’importe.",
            key.display()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a key that is not the one of the people of the backup: that of the place or, where there is none, that of the backup.
fn ensure_key(backup: &Path, place: &Path, people: Option<i64>) -> anyhow::Result<()> {
    let here = place.join(KEY_FILE);
    if here.exists() {
        let key = Pseudonymiser::find(place)?.check();
        ensure!(
            people.is_none_or(|people| people == key),
            "la clé des pseudonymes {} n’est pas celle de la sauvegarde : mettez-la de côté, puis recommencez",
            here.display()
        );
    } else if backup.join(KEY_FILE).exists() {
        let key = Pseudonymiser::find(backup)?.check();
        ensure!(
            people.is_none_or(|people| people == key),
            "la clé des pseudonymes {} n’est pas celle des personnes de la sauvegarde : remettez-y la bonne, ou ôtez-la pour ne reprendre que les chiffres",
            backup.join(KEY_FILE).display()
        );
    }
    Ok(())
}

async fn put_in_place(args: &RestoreArgs, data: &DataConfig, file: &Path) -> anyhow::Result<()> {
    let store = data.open_store().await?;
    let restored = async {
        if !args.replace && !store.list_schools().await?.is_empty() {
            bail!("il y a déjà des données : --replace les remplace par celles de la sauvegarde");
        }
        // Before the people that go with it, who would be lost without it.
        if !data.folder.join(KEY_FILE).exists() {
            fs::create_dir_all(&data.folder)?;
            copy_key(&args.folder, &data.folder)?;
        }
        Ok(store.restore(file, progress("restauration")).await?)
    };
    let outcome = restored.await;
    store.close().await;
    outcome
}

/// What was not there before.
struct Place {
    files: Vec<PathBuf>,
    folder: Option<PathBuf>,
}

impl Place {
    fn look_at(data: &DataConfig) -> Self {
        let mut files = vec![data.folder.join(KEY_FILE)];
        let database = data.database_file();
        if data.database.is_none() && !database.exists() {
            let beside = ["vigie.db-wal", "vigie.db-shm"].map(|name| data.folder.join(name));
            files.extend(beside.into_iter().chain([database]));
        }
        files.retain(|file| !file.exists());
        Self { files, folder: (!data.folder.exists()).then(|| data.folder.clone()) }
    }

    /// Takes away what was begun.
    fn leave_as_it_was(self) {
        // What cannot be taken away is no worse than what made the rest fail, which is what is said.
        for file in self.files {
            let _ = fs::remove_file(file);
        }
        if let Some(folder) = self.folder {
            let _ = fs::remove_dir(folder);
        }
    }
}

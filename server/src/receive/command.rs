//! `vigie source`: the keys of the sources that send events.

use super::keys;
use crate::config::DataArgs;
use crate::store::Store;
use anyhow::bail;
use clap::{Args, Subcommand};
use std::io::Write;
use std::process::ExitCode;
use vigie_domain::format;

/// What `vigie source` may be told.
#[derive(Args, Clone, Debug)]
pub struct SourceArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    #[command(subcommand)]
    /// What is done with the keys.
    pub action: Action,
}

/// What is done with the keys.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Donne une clé à une source ; elle n’est montrée qu’une fois
    Add {
        /// Nom de la source, sur une ligne
        nom: String,
    },
    /// Retire sa clé à une source
    Revoke {
        /// Nom de la source
        nom: String,
    },
    /// Montre les sources
    List,
}

/// Does it.
///
/// # Errors
/// When the data cannot be opened, or when the name does not suit.
pub async fn run(args: &SourceArgs) -> anyhow::Result<ExitCode> {
    let data = args.data.load()?;
    // A source may be known before it sends anything.
    let store = match args.action {
        Action::Add { .. } => data.open_store().await?,
        Action::Revoke { .. } | Action::List => data.open_existing_store().await?,
    };
    let text = act(&store, &args.action).await;
    store.close().await;
    std::io::stdout().lock().write_all(text?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

async fn act(store: &Store, action: &Action) -> anyhow::Result<String> {
    match action {
        Action::Add { nom } => {
            let fits = !nom.trim().is_empty() && nom.trim() == nom && nom.chars().count() <= 100;
            if !fits || nom.chars().any(|c| c.is_control() || c == ':') {
                bail!("le nom d’une source tient en 100 caractères, sans « : » ni espace autour");
            }
            let (key, hash) = keys::generate();
            if !store.add_source_key(nom, hash).await? {
                bail!("une source s’appelle déjà « {nom} » (les noms de sources révoquées ne resservent pas)");
            }
            Ok(format!("{key}\n"))
        }
        Action::Revoke { nom } => {
            if !store.revoke_source_key(nom).await? {
                bail!("aucune source en service ne s’appelle « {nom} » : « vigie source list » les montre");
            }
            Ok(format!("« {nom} » n’ouvre plus rien.\n"))
        }
        Action::List => {
            let all = store.list_source_keys().await?;
            if all.is_empty() {
                return Ok("Aucune source : « vigie source add NOM » en crée une.\n".into());
            }
            let line = |key: &crate::store::SourceKey| {
                let since = format::date(key.created_at.date_naive());
                match key.revoked_at {
                    None => format!("{}\ten service depuis le {since}\n", key.name),
                    Some(at) => format!("{}\trévoquée le {}\n", key.name, format::date(at.date_naive())),
                }
            };
            Ok(all.iter().map(line).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(store: &Store, action: Action) -> Result<String, String> {
        act(store, &action).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_source_is_added_once_listed_and_revoked_once() {
        let store = Store::in_memory().await.expect("a store");
        let add = || Action::Add { nom: "ent".into() };
        assert!(told(&store, Action::List).await.expect("nothing").starts_with("Aucune source"));
        let key = told(&store, add()).await.expect("a key");
        assert!(key.starts_with("vigie_"));
        assert!(told(&store, add()).await.expect_err("taken").contains("déjà"));
        assert!(told(&store, Action::List).await.expect("one").starts_with("ent\ten service"));
        let revoke = || Action::Revoke { nom: "ent".into() };
        told(&store, revoke()).await.expect("revoked");
        assert!(told(&store, revoke()).await.expect_err("already").contains("aucune source"));
        assert!(told(&store, Action::List).await.expect("one").starts_with("ent\trévoquée"));
        for name in ["", " ", "a:b", "a\nb", " a"] {
            assert!(told(&store, Action::Add { nom: name.into() }).await.is_err(), "{name:?}");
        }
    }
}

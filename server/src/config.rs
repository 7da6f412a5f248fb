//! Settings: command-line flags, then `VIGIE_*` variables, then a TOML file, then defaults.

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where the data are. Shared by every command that reads or writes them.
#[derive(Args, Clone, Debug, Default)]
pub struct DataArgs {
    /// Dossier de la base et de la clé des pseudonymes [défaut : data]
    #[arg(long, env = "VIGIE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Fichier TOML de réglages
    #[arg(long, env = "VIGIE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What `vigie serve` may be told.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    /// Adresse d’écoute [défaut : 127.0.0.1:3000]
    #[arg(long, env = "VIGIE_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Dossier du client construit [défaut : target/site, ou celui qui est près du programme]
    #[arg(long, env = "VIGIE_SITE", value_name = "DIR")]
    pub site: Option<PathBuf>,
    /// Charge trois établissements fictifs quand le dossier de données n’en a aucun
    #[arg(long, env = "VIGIE_DEMO")]
    pub demo: bool,
    /// Dernier jour des données fictives [défaut : aujourd’hui]
    #[arg(long, env = "VIGIE_DEMO_UNTIL", value_name = "DATE", requires = "demo")]
    pub demo_until: Option<chrono::NaiveDate>,
}

/// The TOML file. Unknown names are refused: a misspelt setting must not be silently ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// `VIGIE_DATA`
    data: Option<PathBuf>,
    /// `VIGIE_LISTEN`
    listen: Option<SocketAddr>,
    /// `VIGIE_SITE`
    site: Option<PathBuf>,
}

/// Settings of the server, complete.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// Folder of the data.
    pub data: PathBuf,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Folder of the built client.
    pub site: PathBuf,
    /// Last day of the fictional data, when they are asked for; None inside for today.
    pub demo: Option<Option<chrono::NaiveDate>>,
}

impl DataArgs {
    /// The folder of the data.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        Ok(self.resolve(read_file(self.config.as_deref())?.data))
    }

    fn resolve(&self, from_file: Option<PathBuf>) -> PathBuf {
        self.data.clone().or(from_file).unwrap_or_else(|| PathBuf::from("data"))
    }
}

/// The database of a data folder.
pub fn database_path(data: &Path) -> PathBuf {
    data.join("vigie.db")
}

/// The folder of the built client when none is named: `target/site` here, else beside `target/release/vigie`.
pub fn default_site() -> PathBuf {
    let here = PathBuf::from("target/site");
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("site"));
    if here.is_dir() { here } else { beside().filter(|site| site.is_dir()).unwrap_or(here) }
}

impl ServeConfig {
    /// Completes what the command line says.
    ///
    /// # Errors
    /// When the file of settings cannot be read, or when the address is not a loopback one: without an identity provider,
    /// whoever reaches the server sees every school.
    pub fn load(args: &ServeArgs) -> anyhow::Result<Self> {
        let file = read_file(args.data.config.as_deref())?;
        let listen = args.listen.or(file.listen).unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000));
        if !listen.ip().is_loopback() {
            bail!(
                "refus de démarrer sur {listen} : sans fournisseur d’identité, Vigie n’écoute que sur une adresse locale \
                 (127.0.0.1 ou ::1), parce que quiconque l’atteint voit tous les établissements"
            );
        }
        Ok(Self {
            data: args.data.resolve(file.data),
            listen,
            site: args.site.clone().or(file.site).unwrap_or_else(default_site),
            demo: args.demo.then_some(args.demo_until),
        })
    }
}

fn read_file(path: Option<&Path>) -> anyhow::Result<File> {
    let Some(path) = path else { return Ok(File::default()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("lecture des réglages {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("réglages {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, "data = \"/srv/vigie\"\nlisten = \"127.0.0.1:4000\"\n").unwrap();
        let data = DataArgs { data: None, config: Some(path) };
        let mut args = ServeArgs { data, ..ServeArgs::default() };
        let config = ServeConfig::load(&args).unwrap();
        assert_eq!((config.data, config.listen.port()), (PathBuf::from("/srv/vigie"), 4000));
        args.listen = Some("127.0.0.1:5000".parse().unwrap());
        assert_eq!(ServeConfig::load(&args).unwrap().listen.port(), 5000);
    }

    #[test]
    fn misspelt_settings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, "listn = \"127.0.0.1:4000\"\n").unwrap();
        assert!(DataArgs { data: None, config: Some(path) }.folder().is_err());
    }

    #[test]
    fn nobody_listens_on_a_public_address_without_sign_in() {
        let args = ServeArgs { listen: Some("0.0.0.0:3000".parse().unwrap()), ..ServeArgs::default() };
        assert!(ServeConfig::load(&args).is_err());
    }
}

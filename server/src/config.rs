//! Settings: command-line flags, then `VIGIE_*` variables, then a TOML file, then defaults.

use crate::auth::grants::{self, Grants, NamedPerson, Provider, RoleNames};
use crate::auth::settings::{CasFile, OidcFile, SessionFile, SessionLengths, public_origin};
use crate::jobs::settings::{ExportFileSettings, JobSettings, MailSettings};
use crate::retention::Retention;
use crate::store::{Store, StoreError};
use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use url::Url;

/// Where the data are. Shared by every command that reads or writes them.
#[derive(Args, Clone, Debug, Default)]
pub struct DataArgs {
    /// Dossier de la base et de la clé des pseudonymes [défaut : data]
    #[arg(long, global = true, env = "VIGIE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Base PostgreSQL : postgres://utilisateur:mot-de-passe@hôte/base [défaut : un fichier SQLite du dossier]
    #[arg(long, global = true, env = "VIGIE_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Fichier TOML de réglages
    #[arg(long, global = true, env = "VIGIE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How long people are kept. Shared by the commands that erase them.
#[derive(Args, Clone, Debug, Default)]
pub struct RetentionArgs {
    /// Mois pendant lesquels les personnes sont gardées, depuis le jour où elles sont reçues [défaut : 13]
    #[arg(long, env = "VIGIE_RETENTION_MONTHS", value_name = "MOIS", value_parser = clap::value_parser!(u32).range(1..=MAX_MONTHS))]
    pub retention_months: Option<u32>,
}

/// Months that settings may ask for: people renumbered each school year are of no use for longer.
const MAX_MONTHS: i64 = 36;

/// What `vigie serve` may be told.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    #[command(flatten)]
    /// How long people are kept.
    pub retention: RetentionArgs,
    /// Adresse d’écoute [défaut : 127.0.0.1:3000]
    #[arg(long, env = "VIGIE_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Adresse à laquelle on ouvre Vigie, quand un fournisseur d’identité est réglé : https://vigie.example.fr
    #[arg(long, env = "VIGIE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
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
    /// `VIGIE_DATABASE`
    database: Option<String>,
    /// `VIGIE_LISTEN`
    listen: Option<SocketAddr>,
    /// `VIGIE_SITE`
    site: Option<PathBuf>,
    /// `VIGIE_RETENTION_MONTHS`
    retention_months: Option<u32>,
    /// `VIGIE_PUBLIC_URL`
    public_url: Option<Url>,
    /// An OpenID provider.
    oidc: Option<OidcFile>,
    /// A CAS server.
    cas: Option<CasFile>,
    /// What the roles and profiles of the provider give, when there is one.
    roles: Option<RoleNames>,
    /// People who hold something that no source says.
    #[serde(default)]
    person: Vec<NamedPerson>,
    /// How long sessions last.
    #[serde(default)]
    session: SessionFile,
    /// Files that people ask for.
    #[serde(default)]
    exports: ExportFileSettings,
    /// How mails leave.
    mail: Option<MailSettings>,
}

/// Where the data are, settled.
#[derive(Clone, PartialEq, Eq)]
pub struct DataConfig {
    /// The folder of the key of the pseudonyms, and of the database when it is a file.
    pub folder: PathBuf,
    /// The database, when it is one of a PostgreSQL server.
    pub database: Option<String>,
}

/// The address of a database holds a password: it is not shown.
impl std::fmt::Debug for DataConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataConfig").field("folder", &self.folder).field("server", &self.database.is_some()).finish()
    }
}

/// Settings of the server, complete.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// Where the data are.
    pub data: DataConfig,
    /// How long people are kept.
    pub retention: Retention,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Folder of the built client.
    pub site: PathBuf,
    /// Last day of the fictional data, when they are asked for; None inside for today.
    pub demo: Option<Option<chrono::NaiveDate>>,
    /// How people sign in.
    pub sign_in: SignInConfig,
    /// How long sessions last.
    pub sessions: SessionLengths,
    /// Where the files of exports are.
    pub exports: PathBuf,
    /// How jobs are done.
    pub jobs: JobSettings,
    /// How mails leave, if they do.
    pub mail: Option<MailSettings>,
}

/// How people sign in, settled.
#[derive(Clone, Debug)]
pub enum SignInConfig {
    /// They do not, or as a fictional person: on this machine only.
    OnThisMachine,
    /// By providers.
    ByProviders(Box<ProvidersConfig>),
}

/// Those who say who people are, and what that gives.
#[derive(Clone, Debug)]
pub struct ProvidersConfig {
    /// The address that people know Vigie by.
    pub public_url: Url,
    /// An OpenID provider.
    pub oidc: Option<OidcFile>,
    /// A CAS server.
    pub cas: Option<CasFile>,
    /// What is given to those whom each of them names.
    pub grants: BTreeMap<Provider, Grants>,
}

impl DataArgs {
    /// Where the data are.
    ///
    /// # Errors
    /// When the file of settings cannot be read.
    pub fn load(&self) -> anyhow::Result<DataConfig> {
        Ok(self.resolve(read_file(self.config.as_deref())?))
    }

    fn resolve(&self, file: File) -> DataConfig {
        DataConfig {
            folder: self.data.clone().or(file.data).unwrap_or_else(|| PathBuf::from("data")),
            // What an environment leaves empty is not set.
            database: self.database.clone().filter(|address| !address.is_empty()).or(file.database),
        }
    }
}

impl RetentionArgs {
    /// How long people are kept.
    ///
    /// # Errors
    /// When the file of settings cannot be read, or asks for too long.
    pub fn load(&self, data: &DataArgs) -> anyhow::Result<Retention> {
        self.resolve(&read_file(data.config.as_deref())?)
    }

    fn resolve(&self, file: &File) -> anyhow::Result<Retention> {
        let months = self.retention_months.or(file.retention_months).unwrap_or(13);
        if !(1..=MAX_MONTHS).contains(&i64::from(months)) {
            bail!("retention_months : {months} mois demandés, de 1 à {MAX_MONTHS} sont possibles");
        }
        Ok(Retention { months })
    }
}

impl DataConfig {
    /// The database, when it is a file.
    pub fn database_file(&self) -> PathBuf {
        self.folder.join("vigie.db")
    }

    /// Opens the database, making it when there is none.
    ///
    /// # Errors
    /// When it cannot be opened: see [`Store::open`] and [`Store::connect`].
    pub async fn open_store(&self) -> Result<Store, StoreError> {
        match &self.database {
            Some(url) => Store::connect(url).await,
            None => Store::open(&self.database_file()).await,
        }
    }

    /// Opens the database that is there: who only reads makes none.
    ///
    /// # Errors
    /// When there is none, and when it cannot be opened.
    pub async fn open_existing_store(&self) -> anyhow::Result<Store> {
        self.ensure_database()?;
        Ok(self.open_store().await?)
    }

    /// Opens the database that is there to read it as it is: nothing is made, nor brought up to date.
    ///
    /// # Errors
    /// When it cannot be opened, or is not of this version: see [`Store::open_to_read`] and [`Store::connect_to_read`].
    pub async fn open_store_to_read(&self) -> Result<Store, StoreError> {
        match &self.database {
            Some(url) => Store::connect_to_read(url).await,
            None => Store::open_to_read(&self.database_file()).await,
        }
    }

    /// Refuses a folder in which nobody imported anything: it is another one that was meant.
    ///
    /// # Errors
    /// When no database is there.
    pub fn ensure_database(&self) -> anyhow::Result<()> {
        let is_there = self.database.is_some() || self.database_file().is_file();
        let folder = self.folder.display();
        ensure!(
            is_there,
            "il n’y a pas de données dans « {folder} » : nommez leur dossier par --data, ou commencez par vigie import"
        );
        Ok(())
    }
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
    /// When the file of settings cannot be read; when a provider has no public address; when there is no provider and the
    /// address is not a loopback one, for whoever reaches the server is then not asked who they are.
    pub fn load(args: &ServeArgs) -> anyhow::Result<Self> {
        let file = read_file(args.data.config.as_deref())?;
        let sign_in = file.sign_in(args.public_url.as_ref())?;
        let sessions = file.session.lengths()?;
        let listen = args.listen.or(file.listen).unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000));
        if !listen.ip().is_loopback() && matches!(sign_in, SignInConfig::OnThisMachine) {
            bail!(
                "refus de démarrer sur {listen} : sans fournisseur d’identité ([oidc] ou [cas] dans les réglages), Vigie \
                 n’écoute que sur une adresse locale (127.0.0.1 ou ::1), parce que personne n’y dit qui il est"
            );
        }
        let (jobs, folder, mail) = (file.exports.settle()?, file.exports.folder.clone(), file.mail.clone());
        let (retention, site) = (args.retention.resolve(&file)?, args.site.clone().or_else(|| file.site.clone()));
        let data = args.data.resolve(file);
        Ok(Self {
            listen,
            retention,
            site: site.unwrap_or_else(default_site),
            exports: folder.unwrap_or_else(|| data.folder.join("exports")),
            data,
            demo: args.demo.then_some(args.demo_until),
            sign_in,
            sessions,
            jobs,
            mail,
        })
    }
}

impl File {
    fn sign_in(&self, public_url: Option<&Url>) -> anyhow::Result<SignInConfig> {
        if self.oidc.is_none() && self.cas.is_none() {
            return Ok(SignInConfig::OnThisMachine);
        }
        let oidc = self.oidc.as_ref().map(|file| (Provider::Oidc, file.roles.clone()));
        let cas = self.cas.as_ref().map(|file| (Provider::Cas, file.roles.clone()));
        let given = oidc.into_iter().chain(cas).collect();
        Ok(SignInConfig::ByProviders(Box::new(ProvidersConfig {
            public_url: public_origin(public_url.or(self.public_url.as_ref()))?,
            oidc: self.oidc.clone(),
            cas: self.cas.clone(),
            grants: grants::by_provider(given, self.roles.clone(), self.person.clone())?,
        })))
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
        std::fs::write(
            &path,
            "data = \"/srv/vigie\"\nlisten = \"127.0.0.1:4000\"\ndatabase = \"postgres://vigie:secret@bd/vigie\"\n",
        )
        .unwrap();
        let data = DataArgs { config: Some(path), ..DataArgs::default() };
        let mut args = ServeArgs { data, ..ServeArgs::default() };
        let config = ServeConfig::load(&args).unwrap();
        assert_eq!((config.data.database_file(), config.listen.port()), (PathBuf::from("/srv/vigie/vigie.db"), 4000));
        assert_eq!(config.data.database.as_deref(), Some("postgres://vigie:secret@bd/vigie"));
        assert!(!format!("{:?}", config.data).contains("secret"));
        args.listen = Some("127.0.0.1:5000".parse().unwrap());
        assert_eq!(ServeConfig::load(&args).unwrap().listen.port(), 5000);
    }

    #[test]
    fn people_are_kept_thirteen_months_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        let data = DataArgs { config: Some(path.clone()), ..DataArgs::default() };
        let of = |text: &str, retention_months| {
            std::fs::write(&path, text).unwrap();
            RetentionArgs { retention_months }.load(&data).map(|retention| retention.months)
        };
        assert_eq!(of("", None).unwrap(), 13);
        assert_eq!(of("retention_months = 6", None).unwrap(), 6);
        assert_eq!(of("retention_months = 6", Some(2)).unwrap(), 2);
        assert!(of("retention_months = 0", None).is_err());
        assert!(of("retention_months = 37", None).is_err());
    }

    #[test]
    fn misspelt_settings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, "listn = \"127.0.0.1:4000\"\n").unwrap();
        assert!(DataArgs { config: Some(path), ..DataArgs::default() }.load().is_err());
    }

    #[test]
    fn nobody_listens_on_a_public_address_without_sign_in() {
        let args = ServeArgs { listen: Some("0.0.0.0:3000".parse().unwrap()), ..ServeArgs::default() };
        assert!(ServeConfig::load(&args).is_err());
    }
    const CAS: &str = "[cas]\nurl = \"https://ent.example/cas\"\n";

    fn of(text: &str, listen: &str) -> anyhow::Result<ServeConfig> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, text).unwrap();
        let data = DataArgs { config: Some(path), ..DataArgs::default() };
        let listen = Some(listen.parse().unwrap());
        ServeConfig::load(&ServeArgs { data, listen, demo: true, ..ServeArgs::default() })
    }

    #[test]
    fn with_a_provider_the_server_listens_anywhere_under_its_public_name() {
        let config = of(&format!("public_url = \"https://vigie.example\"\n{CAS}"), "0.0.0.0:3000").unwrap();
        let SignInConfig::ByProviders(providers) = config.sign_in else { panic!("no provider") };
        assert_eq!(providers.public_url.as_str(), "https://vigie.example/");
        // On a loopback address too, the demonstration is then for whom the provider names.
        let local = of(&format!("public_url = \"http://localhost:3000\"\n{CAS}"), "127.0.0.1:3000").unwrap();
        assert!(matches!(local.sign_in, SignInConfig::ByProviders(_)));
        assert!(matches!(of("", "127.0.0.1:3000").unwrap().sign_in, SignInConfig::OnThisMachine));
    }

    #[test]
    fn a_provider_needs_a_public_name_that_keeps_secrets() {
        for public_url in
            ["", "http://vigie.example", "https://vigie.example/vigie", "https://vigie.example/?a", "mailto:a@b"]
        {
            let line = if public_url.is_empty() { String::new() } else { format!("public_url = \"{public_url}\"\n") };
            assert!(of(&format!("{line}{CAS}"), "127.0.0.1:3000").is_err(), "{public_url}");
        }
    }

    #[test]
    fn the_settings_that_the_document_shows_are_read() {
        let document = include_str!("../../docs/OPERATIONS.md");
        let shown: Vec<&str> =
            document.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert_eq!(shown.len(), 2);
        let config = of(&shown.concat(), "127.0.0.1:3000").unwrap();
        let SignInConfig::ByProviders(providers) = config.sign_in else { panic!("no provider") };
        assert_eq!(providers.grants[&Provider::Oidc].people.len(), 1);
        assert!(config.mail.is_some());
    }

    #[test]
    fn with_two_providers_it_is_said_whose_people_and_roles_are_meant() {
        let both =
            "public_url = \"https://vigie.example\"\n[oidc]\nissuer = \"https://id.example\"\nclient_id = \"vigie\"\n";
        let load = |text: &str| of(&format!("{both}{CAS}{text}"), "127.0.0.1:3000");
        for text in [
            "[[person]]\nid = \"a\"",
            "[roles]\nadministrateur = [\"chef\"]",
            "[[person]]\nid = \"a\"\nprovider = \"ldap\"",
        ] {
            assert!(load(text).is_err(), "{text}");
        }
        let config =
            load("[cas.roles]\nadministrateur = [\"chef\"]\n[[person]]\nid = \"a\"\nprovider = \"oidc\"").unwrap();
        let SignInConfig::ByProviders(providers) = config.sign_in else { panic!("no provider") };
        let (oidc, cas) = (&providers.grants[&Provider::Oidc], &providers.grants[&Provider::Cas]);
        assert_eq!((oidc.people.len(), cas.people.len()), (1, 0));
        assert_eq!((oidc.roles.administrateur.len(), cas.roles.administrateur.len()), (0, 1));
    }

    #[test]
    fn sessions_last_for_a_reasonable_time() {
        let lengths = |text: &str| of(&format!("[session]\n{text}"), "127.0.0.1:3000").map(|config| config.sessions);
        assert_eq!(lengths("").unwrap(), SessionLengths::default());
        assert_eq!(lengths("idle_minutes = 30\nhours = 8").unwrap().whole, chrono::TimeDelta::hours(8));
        for wrong in ["idle_minutes = 0", "hours = 0", "hours = 1000", "minutes = 10"] {
            assert!(lengths(wrong).is_err(), "{wrong}");
        }
    }
}

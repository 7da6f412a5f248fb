//! `vigie serve`: opens the data, loads the demonstration when asked to, and listens.

use crate::auth::Auth;
use crate::auth::demo::Cast;
use crate::auth::people::StorePeople;
use crate::config::{ServeArgs, ServeConfig, SignInConfig};
use crate::context::Context;
use crate::demo::{self, DemoOptions};
use crate::exports::Exports;
use crate::ingest::import::{ImportOptions, import_file};
use crate::ingest::pseudonym::Pseudonymiser;
use crate::ingest::{progress, report::Report, source_file::list_files};
use crate::jobs::Jobs;
use crate::jobs::folder::make_folder;
use crate::jobs::mailer::Mailer;
use crate::keeping::StoreKeeping;
use crate::nightly;
use crate::pseudonym_key;
use crate::receive::{self, Receiver};
use crate::render::{QuickJsRenderer, Settings};
use crate::router::router;
use crate::sharing::StoreSharing;
use crate::statistics::{Clock, StoreStatistics};
use crate::store::Store;
use anyhow::Context as _;
use chrono::{NaiveDate, Utc};
use leptos::config::LeptosOptions;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use vigie_domain::format;
use vigie_domain::ports::Statistics;

/// How long jobs may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How many fictional schools are loaded: an école, a collège and a lycée.
const DEMO_SCHOOLS: usize = 3;

/// Runs the server until it is told to stop.
///
/// # Errors
/// When the data cannot be opened, when the client was not built, or when the address is taken.
pub async fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let config = ServeConfig::load(args)?;
    let store = config.data.open_store().await?;
    let pseudonymiser = pseudonym_key::open(&config.data, &store).await?;
    if let Some(until) = config.demo {
        load_demo(&store, &pseudonymiser, &config.data.folder, until.unwrap_or_else(|| Utc::now().date_naive()))
            .await?;
    }
    let auth = build_auth(&config, &store, &pseudonymiser)?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("écoute sur {}", config.listen))?;
    let jobs = build_jobs(&config, &store, listener.local_addr()?)?;
    // These end with the program.
    tokio::spawn(nightly::run(store.clone(), config.retention, auth.clone(), jobs.clone()));
    tokio::spawn({
        let auth = auth.clone();
        async move { auth.warm_up().await }
    });
    let receiver = Receiver::new(store.clone(), pseudonymiser, Arc::new(Utc::now));
    let exports = Exports::new(jobs.clone(), StoreStatistics::new(store.clone()));
    let context = build_context(store, &config.site, Arc::new(Utc::now))?;
    let routes = router(context, auth, exports).merge(receive::routes(receiver));
    let (stop, mut stopping) = tokio::sync::watch::channel(false);
    let working = tokio::spawn(async move {
        // The program stops: it says so, or it is gone.
        jobs.work(async move { drop(stopping.wait_for(|stops| *stops).await) }).await;
    });
    eprintln!("Vigie est prête : http://{}", listener.local_addr()?);
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped(stop.clone())).await;
    stop.send_replace(true);
    // What is under way goes back to the queue, for another server or for the next start.
    if tokio::time::timeout(STOP_PATIENCE, working).await.is_err() {
        tracing::warn!("a job did not stop in time: it will be done again once its lease is over");
    }
    served?;
    Ok(ExitCode::SUCCESS)
}

/// Builds what requests need.
///
/// # Errors
/// When the client or the chart bundle was not built.
pub fn build_context(store: Store, site: &Path, clock: Clock) -> anyhow::Result<Context> {
    let charts = QuickJsRenderer::new(site, Settings::default())?;
    let leptos = LeptosOptions::builder()
        .output_name("vigie-client")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .build();
    let statistics: Arc<dyn Statistics> = Arc::new(StoreStatistics::at(store.clone(), Arc::clone(&clock)));
    let sharing = StoreSharing::new(store.clone(), Arc::clone(&statistics), Arc::clone(&clock));
    let keeping = StoreKeeping::new(store, clock);
    Ok(Context { statistics, charts: Arc::new(charts), keeping: Arc::new(keeping), sharing: Arc::new(sharing), leptos })
}

/// Builds what does the jobs.
///
/// # Errors
/// When mails could not leave by the settings, or when the folder of the files cannot be made.
fn build_jobs(config: &ServeConfig, store: &Store, listening: SocketAddr) -> anyhow::Result<Jobs> {
    let clock: Clock = Arc::new(Utc::now);
    let public_url = match &config.sign_in {
        SignInConfig::ByProviders(providers) => providers.public_url.clone(),
        SignInConfig::OnThisMachine => format!("http://{listening}").parse()?,
    };
    let mailer = match &config.mail {
        Some(settings) => Some(Mailer::smtp(settings, public_url)?),
        None if config.demo.is_some() && matches!(config.sign_in, SignInConfig::OnThisMachine) => {
            Some(Mailer::shown(public_url))
        }
        None => None,
    };
    let folder = &config.exports;
    make_folder(folder).with_context(|| format!("dossier des exports {}", folder.display()))?;
    let people = Arc::new(StorePeople::new(store.clone(), Arc::clone(&clock)));
    let statistics = StoreStatistics::new(store.clone());
    Ok(Jobs::new(statistics, people, clock, folder.clone(), config.jobs.clone(), mailer))
}

/// Builds the way in which people sign in.
///
/// # Errors
/// When the settings of a provider are no use.
fn build_auth(config: &ServeConfig, store: &Store, pseudonymiser: &Pseudonymiser) -> anyhow::Result<Auth> {
    let clock: Clock = Arc::new(Utc::now);
    match &config.sign_in {
        SignInConfig::OnThisMachine => {
            let cast = config.demo.map(|_| Cast::new(pseudonymiser));
            Ok(Auth::on_this_machine(store.clone(), clock, config.sessions, cast))
        }
        SignInConfig::ByProviders(providers) => {
            Auth::by_providers(store.clone(), pseudonymiser.clone(), clock, config.sessions, providers)
        }
    }
}

/// Writes the files of three fictional schools and imports them by the ordinary path, when there is no school yet.
async fn load_demo(store: &Store, pseudonymiser: &Pseudonymiser, data: &Path, until: NaiveDate) -> anyhow::Result<()> {
    if !store.list_schools().await?.is_empty() {
        return Ok(());
    }
    let sources = data.join("demo");
    if sources.exists() {
        // An earlier start was stopped before any school was counted: what it wrote may not be whole.
        std::fs::remove_dir_all(&sources).with_context(|| format!("effacement de {}", sources.display()))?;
    }
    let started = Instant::now();
    let summary = demo::write(&sources, &DemoOptions { schools: DEMO_SCHOOLS, until, seed: 1 })?;
    eprintln!("Démonstration : {} événements écrits dans {}", format::integer(summary.events()), sources.display());
    let options = ImportOptions { today: until.max(Utc::now().date_naive()), ..ImportOptions::default() };
    let mut progress = progress::to_stderr();
    for file in list_files(&[sources]) {
        let path = file.map_err(|(path, error)| anyhow::Error::new(error).context(path.display().to_string()))?;
        let mut refused = String::new();
        let mut tell = |report: Report| {
            if report.refused_something() {
                refused.push_str(&report.text());
            }
        };
        import_file(store, pseudonymiser, &path, &options, progress.as_mut(), &mut tell).await?;
        anyhow::ensure!(refused.is_empty(), "la démonstration a été en partie refusée :\n{refused}");
    }
    eprintln!("Démonstration : importée ({} s)", format::decimal(started.elapsed().as_secs_f64(), 1));
    Ok(())
}

async fn stopped(stop: tokio::sync::watch::Sender<bool>) {
    let interrupted = async { tokio::signal::ctrl_c().await.ok() };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! { _ = interrupted => (), _ = terminated => () }
    // Jobs stop while the last requests are answered.
    stop.send_replace(true);
}

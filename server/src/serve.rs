//! `vigie serve`: opens the data, loads the demonstration when asked to, and listens.

use crate::config::{ServeArgs, ServeConfig, database_path};
use crate::context::Context;
use crate::ingest::import::{ImportOptions, import_files};
use crate::ingest::pseudonym::Pseudonymiser;
use crate::render::QuickJsRenderer;
use crate::router::router;
use crate::store::Store;
use crate::statistics::StoreStatistics;
use crate::{demo, ingest};
use anyhow::Context as _;
use chrono::{NaiveDate, Utc};
use leptos::config::LeptosOptions;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs the server until it is told to stop.
///
/// # Errors
/// When the data cannot be opened, when the client was not built, or when the address is taken.
pub async fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let config = ServeConfig::load(args)?;
    let store = Store::open(&database_path(&config.data)).await?;
    if let Some(until) = config.demo {
        load_demo(&store, &config.data, until.unwrap_or_else(|| Utc::now().date_naive())).await?;
    }
    let context = build_context(store, &config.site)?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("écoute sur {}", config.listen))?;
    eprintln!("Vigie est prête : http://{}", listener.local_addr()?);
    axum::serve(listener, router(context)).with_graceful_shutdown(stopped()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Builds what requests need.
///
/// # Errors
/// When the client or the chart bundle was not built.
pub fn build_context(store: Store, site: &Path) -> anyhow::Result<Context> {
    let charts = QuickJsRenderer::new(&site.join("vendor/echarts.js"))?;
    let leptos = LeptosOptions::builder()
        .output_name("vigie-client")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .build();
    Ok(Context { statistics: Arc::new(StoreStatistics::new(store)), charts: Arc::new(charts), leptos })
}

/// Writes the files of three fictional schools and imports them by the ordinary path, when there is no school yet.
async fn load_demo(store: &Store, data: &Path, until: NaiveDate) -> anyhow::Result<()> {
    if !store.list_schools().await?.is_empty() {
        return Ok(());
    }
    let sources = data.join("demo");
    let options = demo::DemoOptions { until, ..demo::DemoOptions::default() };
    let summary = demo::write(&sources, &options)?;
    eprintln!("{summary}");
    let pseudonymiser = Pseudonymiser::open(data)?;
    let report = import_files(store, &pseudonymiser, &[sources], &ImportOptions::default(), &mut ingest::progress::for_terminal()).await?;
    anyhow::ensure!(report.rejected() == 0, "les données de démonstration ont été en partie refusées :\n{report}");
    Ok(())
}

async fn stopped() {
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
}

//! Drawing charts on the server: an ECharts option becomes SVG, an SVG becomes PNG.
//!
//! A few threads each hold a QuickJS engine in which the bundle of `app/src/charts/bundle.js` was loaded once. What was drawn
//! is kept, within a bound of bytes. See `quickjs` for what keeps an engine within its limits.

mod pool;
mod quickjs;
mod raster;

pub use raster::png;

use moka::future::Cache;
use pool::Pool;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vigie_domain::ports::{ChartRenderer, PortError, PortFuture};

/// The smallest side of a drawing, in pixels.
pub const MIN_SIDE: u32 = 160;
/// The largest side of a drawing, in pixels.
pub const MAX_SIDE: u32 = 4_000;

/// Where the bundle is, within the folder of the static files.
const BUNDLE: &str = "vendor/echarts.js";

/// Why a chart cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// `make` was not run, or the folder is another one.
    #[error("aucun graphique ne peut être dessiné : {0} manque ; « make site » le construit, --site le désigne")]
    MissingBundle(PathBuf),
    /// A side is out of bounds.
    #[error("a drawing of {0} × {1} pixels was asked for; sides go from {MIN_SIDE} to {MAX_SIDE}")]
    Size(u32, u32),
    /// The engine refused the option.
    #[error("the chart cannot be drawn: {0}")]
    Drawing(String),
    /// The drawing took too long and was stopped.
    #[error("the drawing took more than {} s", .0.as_secs())]
    Timeout(Duration),
    /// The SVG cannot be turned into a PNG.
    #[error("the drawing cannot be turned into pixels: {0}")]
    Pixels(String),
    /// The threads are gone.
    #[error("the drawing threads have stopped")]
    Stopped,
}

/// How the renderer is set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many engines draw at the same time; each takes some 20 MB.
    pub threads: usize,
    /// How many bytes of drawings are kept.
    pub cache_bytes: u64,
    /// How long a drawing may take.
    pub time_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threads: 2, cache_bytes: 32 << 20, time_limit: Duration::from_secs(10) }
    }
}

/// SHA-256 of the option, width, height.
type Key = ([u8; 32], u32, u32);

/// Draws charts with ECharts in QuickJS.
pub struct QuickJsRenderer {
    pool: Pool,
    drawn: Cache<Key, Arc<str>>,
}

impl QuickJsRenderer {
    /// Reads the bundle from the folder of static files (`target/site`) and starts the threads, which load it at once.
    ///
    /// # Errors
    /// [`RenderError::MissingBundle`] when it is not there.
    pub fn new(site: &Path, settings: Settings) -> Result<Self, RenderError> {
        let path = site.join(BUNDLE);
        let bundle = std::fs::read_to_string(&path).map_err(|_| RenderError::MissingBundle(path))?;
        let drawn = Cache::builder()
            .max_capacity(settings.cache_bytes)
            .weigher(|_: &Key, svg: &Arc<str>| u32::try_from(svg.len() + 128).unwrap_or(u32::MAX))
            .build();
        Ok(Self { pool: Pool::start(bundle.into(), settings.threads, settings.time_limit), drawn })
    }

    /// Draws an option as SVG, or gives what was drawn of it before. Several calls for the same drawing wait for one.
    pub async fn draw(&self, option: String, width: u32, height: u32) -> Result<Arc<str>, RenderError> {
        if [width, height].iter().any(|side| !(MIN_SIDE..=MAX_SIDE).contains(side)) {
            return Err(RenderError::Size(width, height));
        }
        let key = (Sha256::digest(option.as_bytes()).into(), width, height);
        let draw = async { self.pool.draw(option, width, height).await.map(Arc::from) };
        self.drawn.try_get_with(key, draw).await.map_err(|error| (*error).clone())
    }

    /// Draws an option as a PNG of exactly `width` × `height` pixels.
    pub async fn draw_png(&self, option: String, width: u32, height: u32) -> Result<Vec<u8>, RenderError> {
        let svg = self.draw(option, width, height).await?;
        tokio::task::spawn_blocking(move || png(&svg, width, height)).await.map_err(|_| RenderError::Stopped)?
    }
}

impl ChartRenderer for QuickJsRenderer {
    fn svg(&self, option: String, width: u32, height: u32) -> PortFuture<'_, String> {
        Box::pin(async move {
            self.draw(option, width, height).await.map(|svg| svg.to_string()).map_err(|error| {
                tracing::error!(%error, width, height, "a chart could not be drawn");
                PortError::Unavailable
            })
        })
    }
}

#[cfg(test)]
mod tests;

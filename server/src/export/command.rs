//! `vigie export`: the data of a question as a file, exactly as the page would give them.

use super::format::Format;
use super::recipe::Recipe;
use super::watch::{Progress, Watch};
use super::{Estimate, ExportError, RECIPES, beside_of, estimate, export};
use crate::api::answer::AnswerError;
use crate::config::DataArgs;
use crate::query::{after_mark, ensure_fields, ensure_school};
use crate::statistics::StoreStatistics;
use anyhow::{Context, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use vigie_domain::format::{counted, integer};
use vigie_domain::ports::Viewer;
use vigie_domain::search::Search;

/// What `vigie export` may be told.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// L’adresse d’une recherche, avec ou sans ce qui précède « ? »
    #[arg(value_name = "URL-QUERY", required_unless_present = "replay")]
    pub query: Option<String>,
    /// Rejoue l’export dont voici la recette (.recette.json), et dit si les données ont changé
    #[arg(long, value_name = "RECETTE", conflicts_with = "query")]
    pub replay: Option<PathBuf>,
    /// Format du fichier [défaut : csv-fr, ou celui de la recette]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Fichier à écrire ; sa recette va à côté
    #[arg(long, value_name = "FILE", required_unless_present = "estimate")]
    pub out: Option<PathBuf>,
    /// Remplace le fichier et sa recette s’ils existent déjà
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Dit combien de lignes et d’octets il y aurait, et comment le fichier commencerait, sans l’écrire
    #[arg(long)]
    pub estimate: bool,
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
}

/// Writes a file.
///
/// # Errors
/// When the file is there already and is not to be replaced, when the data cannot be opened, when the question may not be exported, or when
/// the file cannot be written.
pub async fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    if let Some(out) = args.out.as_deref().filter(|_| !args.force) {
        ensure_new(out)?;
    }
    let statistics = StoreStatistics::new(args.data.load()?.open_existing_store().await?);
    let before = args.replay.as_deref().map(read_recipe).transpose()?;
    let query = before.as_ref().map(|recipe| recipe.question.adresse.as_str()).or(args.query.as_deref());
    if before.is_none() {
        ensure_fields(after_mark(query.unwrap_or_default()), &[])?;
    }
    let search = read_query(query.unwrap_or_default())?;
    ensure_school(&statistics, &search).await?;
    let of_recipe = before.as_ref().and_then(|recipe| Format::from_slug(&recipe.fichier.format));
    let format = args.format.or(of_recipe).unwrap_or(Format::CsvFr);
    if args.estimate {
        let estimate = estimate(&statistics, &Viewer::Local, &search).await?;
        std::io::stdout().write_all(described(&estimate, format).as_bytes())?;
    }
    let Some(out) = &args.out else { return Ok(ExitCode::SUCCESS) };
    let bar =
        ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {human_pos} / {human_len} lignes")?);
    let watch = Arc::new(Watch::new({
        let bar = bar.clone();
        Box::new(move |Progress { written, expected }| {
            bar.set_length(expected.max(written));
            bar.set_position(written);
            ControlFlow::Continue(())
        })
    }));
    let exported = export(&statistics, &Viewer::Local, &search, format, out, &watch).await;
    bar.finish_and_clear();
    let recipe = exported?.recipe;
    let file = &recipe.fichier;
    let mut told = format!(
        "{} : {}, {} octets, SHA-256 {}\n",
        out.display(),
        counted(file.lignes, "ligne", "lignes"),
        integer(file.octets),
        file.sha256
    );
    if file.lignes == 0 {
        told += "Rien n’est connu de cette recherche : le fichier n’a que ses titres. Le plus souvent, c’est sa période qui est à changer.\n";
    }
    told.extend(before.map(|before| compared(&before, &recipe)));
    std::io::stdout().write_all(told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses to take the place of a file, or of a recipe, that holds something.
fn ensure_new(out: &Path) -> anyhow::Result<()> {
    let recipes = RECIPES.into_iter().map(|extension| beside_of(out, extension));
    for path in std::iter::once(out.to_owned()).chain(recipes) {
        let holds_something = path.metadata().is_ok_and(|file| file.len() > 0);
        ensure!(
            !holds_something,
            "« {} » existe déjà : --force le remplace, ou nommez un autre fichier",
            path.display()
        );
    }
    Ok(())
}

fn read_query(query: &str) -> Result<Search, ExportError> {
    let reading = Search::from_query(after_mark(query));
    if reading.errors.is_empty() { Ok(reading.search) } else { Err(AnswerError::Invalid(reading.errors).into()) }
}

fn read_recipe(path: &Path) -> anyhow::Result<Recipe> {
    let text = std::fs::read_to_string(path).with_context(|| format!("lecture de la recette {}", path.display()))?;
    let recipe: Recipe =
        serde_json::from_str(&text).map_err(|error| ExportError::Recipe(not_a_recipe(path, &error)))?;
    if recipe.version != super::recipe::VERSION {
        let reason = format!("Cette recette est de la version {}, que ce programme ne connaît pas.", recipe.version);
        return Err(ExportError::Recipe(reason).into());
    }
    Ok(recipe)
}

fn not_a_recipe(path: &Path, error: &serde_json::Error) -> String {
    format!(
        "«\u{a0}{}\u{a0}» n’est pas une recette de Vigie, ou a été abîmée\u{a0}: ligne {}, colonne {}. Donnez le fichier « .recette.json » qui accompagne l’export.",
        path.display(),
        error.line(),
        error.column()
    )
}

fn compared(before: &Recipe, now: &Recipe) -> String {
    let (old, new) = (&before.fichier, &now.fichier);
    if old.sha256 == new.sha256 {
        "Le fichier est le même, octet pour octet.\n".to_owned()
    } else if !before.donnees.data_version().agrees_with(now.donnees.data_version()) {
        format!(
            "Les données ont changé depuis (version {}, {} lignes ; alors version {}, {} lignes).\n",
            now.donnees.data_version(),
            integer(new.lignes),
            before.donnees.data_version(),
            integer(old.lignes)
        )
    } else if old.format == new.format && before.calcule_le == now.calcule_le {
        "Le fichier diffère alors que les données sont les mêmes : le programme ou le nom a changé.\n".to_owned()
    } else {
        "Les données sont les mêmes ; le format ou la date du calcul diffèrent.\n".to_owned()
    }
}

fn described(estimate: &Estimate, format: Format) -> String {
    let mut text = counted(estimate.rows, "ligne", "lignes") + "\n";
    // Writing to a string cannot fail.
    for (format, bytes) in &estimate.sizes {
        let _ = writeln!(text, "{:<8} environ {} octets", format.slug(), integer(*bytes));
    }
    let heads: Vec<&str> = estimate.columns.iter().map(|column| column.name).collect();
    let _ = writeln!(text, "\n{}", heads.join(" | "));
    let previews = estimate.previews.iter().find(|(other, _)| *other == format);
    for row in previews.into_iter().flat_map(|(_, rows)| rows) {
        let _ = writeln!(text, "{}", row.join(" | "));
    }
    text
}

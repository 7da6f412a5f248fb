//! The volume of the files of exports, when it is not mounted: an empty folder is in its place.

use super::app::TestApp;
use super::exports::QUESTION;
use super::files::{anne, folder};
use axum::http::StatusCode;
use chrono::TimeDelta;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use vigie_server::jobs::export::purge;

/// Takes the volume away, and leaves an empty folder; where the volume is.
fn unmount(root: &Path) -> PathBuf {
    let volume = root.with_extension("volume");
    fs::rename(root, &volume).expect("taken away");
    fs::create_dir(root).expect("an empty folder");
    volume
}

fn mount(volume: &Path, root: &Path) {
    fs::remove_dir_all(root).expect("the empty folder");
    fs::rename(volume, root).expect("put back");
}

/// A folder that no run can be writing any more, and that no request is about.
fn old_folder(root: &Path) -> PathBuf {
    let old = root.join("0123456789abcdef0123456789abcdef");
    fs::create_dir(&old).expect("a folder");
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    fs::File::open(&old).expect("a folder").set_modified(long_ago).expect("older");
    old
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_file_is_lost_because_the_volume_is_not_mounted() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    let (file, recipe) = (format!("/exports/fichier/{id}"), format!("/exports/recette/{id}"));
    let whole = anne.get(&file).await.body;
    let root = app.exports.jobs().folder();
    let volume = unmount(root);
    for path in [&file, &recipe] {
        assert_eq!(anne.get(path).await.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    let page = anne.get("/exports").await.text();
    assert!(page.contains("Télécharger<") && !page.contains("Refaire"), "{page}");
    anne.post("/exports/reessayer", &format!("export={id}")).await;
    anne.ask(QUESTION, "csv").await;
    // A file that is made meanwhile does not make this folder the right one.
    anne.ask(QUESTION, "csv-fr").await;
    app.work_until(|_| true).await;
    let stray = old_folder(root);
    purge(app.exports.jobs()).await.expect("the sweep of the night");
    assert!(stray.is_dir(), "nothing is swept");
    assert_eq!(anne.get(&file).await.status, StatusCode::SERVICE_UNAVAILABLE);

    mount(&volume, root);
    assert_eq!(anne.get(&file).await.body, whole);
    let stray = old_folder(root);
    purge(app.exports.jobs()).await.expect("the sweep of the night");
    assert!(!stray.exists(), "what nobody knows is swept again");
    assert_eq!(anne.get(&file).await.body, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_volume_that_replaces_one_is_believed_once_all_its_files_are_there() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let root = app.exports.jobs().folder();
    let volume = unmount(root);
    app.wait(TimeDelta::days(31));
    let anne = super::files::anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    purge(app.exports.jobs()).await.expect("the sweep of the night");
    app.work_until(|_| true).await;
    let [id, _] = &anne.ids().await[..] else { panic!("two exports") };
    let file = format!("/exports/fichier/{id}");
    assert_eq!(anne.get(&file).await.status, StatusCode::OK);
    fs::remove_dir_all(folder(&app)).expect("lost");
    assert!(anne.get(&file).await.header("location").ends_with("refus=fichier"), "what is lost there is said to be");
    fs::remove_dir_all(volume).expect("the volume");
}

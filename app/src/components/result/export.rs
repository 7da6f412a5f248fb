//! Taking the answer away: the picture, the figures, the link.

use super::{AnswerResource, words_of};
use crate::answer::Answer;
use crate::api::picture;
use crate::browser::{clipboard, dialog, echarts, form};
use crate::charts::Theme;
use crate::components::Icon;
use crate::components::form::fields;
use crate::erase::Erase;
use crate::instance::Instance;
use crate::picture::{HEIGHTS, OTHER_SIZE, PictureFormat, PictureRequest, SIZES, WIDTHS, file_name};
use crate::routes;
use leptos::ev::{Event, SubmitEvent};
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use vigie_domain::search::FieldError;

/// The buttons under the chart, and the dialog of the picture.
#[component]
pub(super) fn Export(answer: AnswerResource) -> impl IntoView {
    let frame = NodeRef::<Dialog>::new();
    let copied = RwSignal::new(None::<bool>);
    let page = words_of(answer, |result| routes::statistics(&result.search));
    let copy =
        move |_| spawn_local(async move { copied.set(Some(clipboard::copy_address(&page.get_untracked()).await)) });
    let file = move |extension: &'static str| {
        words_of(answer, move |result| routes::statistics_file(&result.search, extension))
    };
    let link = move |extension: &'static str, words: &'static str| {
        view! { <a href=file(extension) rel="external">{words}</a> }.erase()
    };
    let copied_sentence = Signal::derive(move || {
        let words = match copied.get() {
            None => "",
            Some(true) => "Lien copié.",
            Some(false) => "Le navigateur a refusé\u{a0}: copiez l’adresse de la page.",
        };
        words.to_owned()
    });
    let may_export = Instance::current().may_export;
    view! {
        <div class="tools">
            <button type="button" class="button scripted" on:click=move |_| dialog::open(frame)>
                <Icon name="telecharger" />
                "Télécharger l’image"
            </button>
            <button type="button" class="button scripted" on:click=copy>
                <Icon name="lien" />
                "Copier le lien"
            </button>
            <span class="tools__links scriptless">
                "Image\u{a0}: " {link("svg", "SVG")} {link("png", "PNG")}
            </span>
            <a
                class="button"
                data-dialog=""
                rel="external"
                hidden=!may_export
                href=words_of(answer, |result| routes::new_export(&result.search))
            >
                <Icon name="telecharger" />
                "Télécharger les données"
            </a>
            <span class="tools__links" hidden=!may_export>
                "Tableau\u{a0}: " {link("csv", "CSV")} {link("json", "JSON")}
            </span>
            <span class="tools__status" role="status">{copied_sentence}</span>
        </div>
        <PictureDialog answer frame />
    }
    .erase()
}

/// The format, the size and the theme of the picture.
#[component]
fn PictureDialog(answer: AnswerResource, frame: NodeRef<Dialog>) -> impl IntoView {
    let has_other_size = RwSignal::new(false);
    let errors = RwSignal::new(Vec::<FieldError>::new());
    let status = RwSignal::new("");
    let change = move |event: Event| {
        if let Some((fields, name)) = form::read(&event)
            && name == "taille"
        {
            has_other_size.set(fields.contains(&format!("taille={OTHER_SIZE}")));
            errors.set(Vec::new());
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some((fields, _)) = form::read(&event) else { return };
        match PictureRequest::read(&fields) {
            Ok(request) => {
                errors.set(Vec::new());
                save(answer, request, status, frame);
            }
            Err(wrong) => errors.set(wrong),
        }
    };
    let mut sizes: Vec<AnyView> = SIZES.iter().map(|(value, label, ..)| size(value, label)).collect();
    sizes.push(size(OTHER_SIZE, "Autre taille"));
    let radio = |name, value, label, is_first| fields::choice("radio", name, value, label, Signal::stored(is_first));
    view! {
        <dialog class="dialog" node_ref=frame aria-labelledby="titre-image">
            <form on:change=change on:submit=submit novalidate=true>
                <h2 id="titre-image">"Télécharger l’image"</h2>
                <fieldset class="field">
                    <legend>"Format"</legend>
                    {radio("format", "png", "PNG, pour un diaporama ou un courriel", true)}
                    {radio("format", "svg", "SVG, pour imprimer ou retoucher", false)}
                </fieldset>
                <div class="field">
                    <label for="image-taille">"Taille, en pixels"</label>
                    <select id="image-taille" name="taille">
                        {sizes}
                    </select>
                </div>
                <div class="field field--pair" hidden=Signal::derive(move || !has_other_size.get())>
                    {size_field(errors, "largeur", "Largeur", (*WIDTHS.start(), *WIDTHS.end()), 1200)}
                    {size_field(errors, "hauteur", "Hauteur", (*HEIGHTS.start(), *HEIGHTS.end()), 675)}
                </div>
                <fieldset class="field">
                    <legend>"Fond"</legend>
                    {radio("theme", "clair", "Clair", true)}
                    {radio("theme", "sombre", "Sombre", false)}
                </fieldset>
                <p class="dialog__status" role="status">{Signal::derive(move || status.get().to_owned())}</p>
                <p class="dialog__buttons">
                    <button type="button" class="button" on:click=move |_| dialog::close(frame)>"Annuler"</button>
                    <button type="submit" class="button button--main">"Télécharger"</button>
                </p>
            </form>
        </dialog>
    }
    .erase()
}

fn size(value: &'static str, label: &'static str) -> AnyView {
    fields::option(value.into(), label.into(), Signal::stored(value == SIZES[0].0))
}

/// One side of the picture.
fn size_field(
    errors: RwSignal<Vec<FieldError>>,
    field: &'static str,
    label: &'static str,
    bounds: (u32, u32),
    default: u32,
) -> AnyView {
    let error = Signal::derive(move || {
        errors.with(|errors| errors.iter().find(|e| e.field == field).map(|e| e.reason.clone()).unwrap_or_default())
    });
    let (id, error_id) = (format!("image-{field}"), format!("erreur-image-{field}"));
    let described_by = error_id.clone();
    let when_wrong =
        move |words: String| Signal::derive(move || error.with(|e| (!e.is_empty()).then(|| words.clone())));
    view! {
        <div>
            <label for=id.clone()>{label}</label>
            <input
                type="number"
                id=id
                name=field
                inputmode="numeric"
                min=bounds.0.to_string()
                max=bounds.1.to_string()
                value=default.to_string()
                aria-invalid=when_wrong("true".into())
                aria-describedby=when_wrong(described_by)
            />
            <p class="field-error" id=error_id role="alert" hidden=Signal::derive(move || error.with(String::is_empty))>
                {error}
            </p>
        </div>
    }
    .erase()
}

/// Draws the picture in the browser and offers it as a file; the dialog closes when it is done.
fn save(answer: AnswerResource, request: PictureRequest, status: RwSignal<&'static str>, frame: NodeRef<Dialog>) {
    let asked = answer.with_untracked(|answer| match answer {
        Some(Ok(Answer { result, .. })) => {
            Some((result.search.to_query(), file_name(result, request.format.extension())))
        }
        _ => None,
    });
    let Some((question, name)) = asked else { return };
    status.set("Préparation de l’image…");
    spawn_local(async move {
        let saved = match picture(question, request.theme == Theme::Dark).await {
            Err(_) => false,
            Ok(option) => {
                let PictureRequest { format, width, height, .. } = request;
                match format {
                    PictureFormat::Svg => echarts::save_svg(&option, width, height, &name).await.is_ok(),
                    PictureFormat::Png => echarts::save_png(&option, width, height, &name).await.is_ok(),
                }
            }
        };
        if saved {
            status.set("");
            dialog::close(frame);
        } else {
            status.set("L’image n’a pas pu être faite. Réessayez, ou choisissez une taille plus petite.");
        }
    });
}

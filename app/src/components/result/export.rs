//! Taking the answer away: the picture, the figures, the link.

use super::AnswerResource;
use crate::browser::{clipboard, dialog, echarts, form};
use crate::charts;
use crate::components::Icon;
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
    let copy = move |_| spawn_local(async move { copied.set(Some(clipboard::copy_address().await)) });
    let file = move |extension: &'static str| {
        answer.with(|answer| match answer {
            Some(Ok(result)) => routes::statistics_file(&result.search, extension),
            _ => String::new(),
        })
    };
    let copied_sentence = move || match copied.get() {
        None => "",
        Some(true) => "Lien copié.",
        Some(false) => "Le navigateur a refusé\u{a0}: copiez l’adresse de la page.",
    };
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
                "Image\u{a0}: "
                <a href=move || file("svg") rel="external">"SVG"</a>
                <a href=move || file("png") rel="external">"PNG"</a>
            </span>
            <span class="tools__links">
                "Données\u{a0}: "
                <a href=move || file("csv") rel="external" download="">"CSV"</a>
                <a href=move || file("json") rel="external">"JSON"</a>
            </span>
            <span class="tools__status" role="status">{copied_sentence}</span>
        </div>
        <PictureDialog answer frame />
    }
    .into_any()
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
    let size = |(position, (value, label, ..)): (usize, &(&'static str, &'static str, u32, u32))| {
        view! { <option value=*value selected=position == 0>{*label}</option> }
    };
    view! {
        <dialog class="dialog" node_ref=frame aria-labelledby="titre-image">
            <form on:change=change on:submit=submit novalidate=true>
                <h2 id="titre-image">"Télécharger l’image"</h2>
                <fieldset class="field">
                    <legend>"Format"</legend>
                    <label class="choice">
                        <input type="radio" name="format" value="png" checked=true />
                        <span>"PNG, pour un diaporama ou un courriel"</span>
                    </label>
                    <label class="choice">
                        <input type="radio" name="format" value="svg" />
                        <span>"SVG, pour imprimer ou retoucher"</span>
                    </label>
                </fieldset>
                <div class="field">
                    <label for="image-taille">"Taille, en pixels"</label>
                    <select id="image-taille" name="taille">
                        {SIZES.iter().enumerate().map(size).collect_view()}
                        <option value=OTHER_SIZE>"Autre taille"</option>
                    </select>
                </div>
                <div class="field field--pair" hidden=move || !has_other_size.get()>
                    <SizeField errors field="largeur" label="Largeur" bounds=WIDTHS default=1200 />
                    <SizeField errors field="hauteur" label="Hauteur" bounds=HEIGHTS default=675 />
                </div>
                <fieldset class="field">
                    <legend>"Fond"</legend>
                    <label class="choice">
                        <input type="radio" name="theme" value="clair" checked=true />
                        <span>"Clair"</span>
                    </label>
                    <label class="choice">
                        <input type="radio" name="theme" value="sombre" />
                        <span>"Sombre"</span>
                    </label>
                </fieldset>
                <p class="dialog__status" role="status">{move || status.get()}</p>
                <p class="dialog__buttons">
                    <button type="button" class="button" on:click=move |_| dialog::close(frame)>"Annuler"</button>
                    <button type="submit" class="button button--main">"Télécharger"</button>
                </p>
            </form>
        </dialog>
    }
    .into_any()
}

/// One side of the picture.
#[component]
fn SizeField(
    errors: RwSignal<Vec<FieldError>>,
    field: &'static str,
    label: &'static str,
    bounds: std::ops::RangeInclusive<u32>,
    default: u32,
) -> impl IntoView {
    let error = move || errors.with(|errors| errors.iter().find(|e| e.field == field).map(|e| e.reason.clone()));
    let (id, error_id) = (format!("image-{field}"), format!("erreur-image-{field}"));
    let described_by = error_id.clone();
    view! {
        <div>
            <label for=id.clone()>{label}</label>
            <input
                type="number"
                id=id
                name=field
                inputmode="numeric"
                min=bounds.start().to_string()
                max=bounds.end().to_string()
                value=default.to_string()
                aria-invalid=move || error().map(|_| "true")
                aria-describedby=move || error().map(|_| described_by.clone())
            />
            <p class="field-error" id=error_id role="alert" hidden=move || error().is_none()>{error}</p>
        </div>
    }
}

/// Draws the picture in the browser and offers it as a file; the dialog closes when it is done.
fn save(answer: AnswerResource, request: PictureRequest, status: RwSignal<&'static str>, frame: NodeRef<Dialog>) {
    let asked = answer.with_untracked(|answer| match answer {
        Some(Ok(result)) => {
            Some((charts::picture(result, request.theme), file_name(result, request.format.extension())))
        }
        _ => None,
    });
    let Some((option, name)) = asked else { return };
    status.set("Préparation de l’image…");
    spawn_local(async move {
        let saved = match request.format {
            PictureFormat::Svg => echarts::save_svg(&option, request.width, request.height, &name).await,
            PictureFormat::Png => echarts::save_png(&option, request.width, request.height, &name).await,
        };
        if saved.is_ok() {
            status.set("");
            dialog::close(frame);
        } else {
            status.set("L’image n’a pas pu être faite. Réessayez, ou choisissez une taille plus petite.");
        }
    });
}

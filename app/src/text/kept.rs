//! What is kept and handed on, in words.

use vigie_domain::kept::UNDO_DAYS;

/// The code of a favourite that was back already when somebody brought it back.
pub const ALREADY_RESTORED: &str = "deja-retabli";

/// What is said of something that needed no doing, for the code that the server gives.
pub fn needless(code: &str) -> Option<&'static str> {
    (code == ALREADY_RESTORED).then_some("Ce favori était déjà rétabli\u{a0}: il est bien dans la liste.")
}

/// Why a form was refused, for the code that the server gives.
pub fn refusal(code: &str) -> String {
    if code == "trop-tard" {
        return format!(
            "Il n’y a plus rien à rétablir\u{a0}: ce qui est retiré ou révoqué est effacé au bout de {UNDO_DAYS}\u{a0}jours."
        );
    }
    let words = match code {
        "nom-vide" => "Donnez un nom\u{a0}: il était vide.",
        "nom-long" => "Ce nom est trop long\u{a0}: il faut 100 caractères au plus.",
        "plein" => {
            "Il y en a trop\u{a0}: retirez-en avant d’en ajouter. Ce qui est retiré peut compter encore 30\u{a0}jours."
        }
        "absent" => "Cela n’existe plus, ou n’est pas à vous. Rien n’a été changé.",
        "reserve" => "Votre rôle dans cet établissement ne permet pas cette action. Rien n’a été changé.",
        "indisponible" => {
            "Rien n’a été changé\u{a0}: le service est momentanément indisponible. Réessayez dans un instant."
        }
        _ => "Cette demande n’a pas été comprise. Rien n’a été changé.",
    };
    words.to_owned()
}

/// Who did something: « par Claire Fontaine », or nobody in particular.
pub fn author(name: &str, is_own: bool) -> String {
    match name {
        _ if is_own => "par vous".to_owned(),
        "" => "depuis le serveur".to_owned(),
        name => format!("par {name}"),
    }
}

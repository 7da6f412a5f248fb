//! Why somebody did not sign in, and what became of a session.

use crate::context::{Ended, Farewell};

/// What is said on the way to the provider, which ends its session too.
pub const LEAVING_PROVIDER: &str =
    "Le service d’identité ferme maintenant la sienne. Si sa page ne s’ouvre pas d’elle-même, continuez\u{a0}:";

/// The same, of a provider that does not answer.
pub const SILENT_PROVIDER: &str = "Le service d’identité ne répond pas pour le moment\u{a0}: attendez quelques minutes, puis fermez aussi la session que vous y avez\u{a0}:";

/// What is said to whoever signed out.
pub fn signed_out(Farewell { ended, provider_stays }: Farewell) -> String {
    let ended = match ended {
        Ended::Unknown => {
            "Votre session était déjà terminée, et ne dit plus à qui elle était\u{a0}: vos sessions ouvertes ailleurs ne sont pas fermées. \
             Connectez-vous, puis choisissez à nouveau «\u{a0}Se déconnecter partout\u{a0}»."
        }
        Ended::Everywhere => "Vos sessions sont fermées, sur tous vos appareils.",
        Ended::Here => "Votre session est fermée.",
    };
    let provider = if provider_stays {
        " La session de votre ENT est peut-être encore ouverte\u{a0}: sur un ordinateur partagé, fermez-la aussi, ou fermez le navigateur."
    } else {
        ""
    };
    format!("{ended}{provider}")
}

/// What is said to whoever comes to the page of sign-in with a session that lasts.
pub fn signed_in(name: &str) -> String {
    format!("Une session est ouverte ici, au nom de {name}.")
}

/// The code of whoever holds nothing.
pub const NO_RIGHT: &str = "sans-droit";

/// A sentence, for the code that the server gives.
pub fn sign_in_failure(code: &str) -> &'static str {
    match code {
        "session" => {
            "Votre session était terminée\u{a0}: ce que vous demandiez n’a pas été fait. Connectez-vous, puis recommencez."
        }
        "perimee" => {
            "Cette connexion a été commencée il y a trop longtemps, ou dans un autre navigateur. Recommencez ci-dessous."
        }
        "refusee" => "La connexion a été abandonnée ou refusée. Recommencez quand vous voulez.",
        "erreur-fournisseur" => {
            "Le service d’identité a répondu par une erreur. Réessayez dans quelques minutes\u{a0}; si cela persiste, prévenez la personne \
             qui administre ce serveur."
        }
        "fournisseur" => {
            "La réponse du service d’identité n’a pas pu être vérifiée. Recommencez\u{a0}; si cela persiste, prévenez la personne \
             qui administre ce serveur."
        }
        "indisponible" => "Le service d’identité ne répond pas pour le moment. Réessayez dans quelques minutes.",
        NO_RIGHT => {
            "Votre compte n’ouvre l’accès à aucune statistique\u{a0}: Vigie s’adresse aux responsables d’affectation et aux équipes \
             des établissements."
        }
        _ => "La connexion n’a pas abouti. Recommencez.",
    }
}

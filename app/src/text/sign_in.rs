//! Why somebody did not sign in.

/// A sentence, for the code that the server gives.
pub fn sign_in_failure(code: &str) -> &'static str {
    match code {
        "perimee" => {
            "Cette connexion a été commencée il y a trop longtemps, ou dans un autre navigateur. Recommencez ci-dessous."
        }
        "refusee" => "La connexion a été abandonnée ou refusée. Recommencez quand vous voulez.",
        "fournisseur" => {
            "La réponse du service d’identité n’a pas pu être vérifiée. Recommencez\u{a0}; si cela persiste, prévenez la personne \
             qui administre ce serveur."
        }
        "indisponible" => "Le service d’identité ne répond pas pour le moment. Réessayez dans quelques minutes.",
        "sans-droit" => {
            "Votre compte n’ouvre l’accès à aucune statistique\u{a0}: Vigie s’adresse aux responsables d’affectation et aux équipes \
             des établissements."
        }
        _ => "La connexion n’a pas abouti. Recommencez.",
    }
}

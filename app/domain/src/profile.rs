//! Profiles of people, whose codes differ from one source to the next.

/// Pupils.
pub const ELEVE: &str = "eleve";
/// Teachers.
pub const ENSEIGNANT: &str = "enseignant";
/// Librarians (*professeurs documentalistes*).
pub const DOCUMENTALISTE: &str = "documentaliste";
/// Management, school life, administrative and technical staff.
pub const AUTRE_PERSONNEL: &str = "autre-personnel";
/// Parents and guardians.
pub const PARENT: &str = "parent";
/// Guests of the ENT.
pub const INVITE: &str = "invite";
/// The source does not say.
pub const INCONNU: &str = "inconnu";

/// The order in which profiles are listed.
const ORDER: [&str; 7] = [ELEVE, ENSEIGNANT, DOCUMENTALISTE, AUTRE_PERSONNEL, PARENT, INVITE, INCONNU];

/// Gives the one code of a profile whatever source named it: the subscription service (`ELEVE`, `AUTRE PERSONNEL`), GAR-ENT
/// (`National_elv`), an ENT (`Student`, `ENTEleve`), open data (`Elève`). An unknown value is kept as it is, up to the hundred characters that an event may give.
pub fn normalise(raw: &str) -> String {
    let key: String = raw.trim().to_lowercase().replace(['é', 'è'], "e").replace(['_', ' '], "-");
    let code = match key.as_str() {
        "eleve" | "eleves" | "national-elv" | "student" | "enteleve" | "learner" => ELEVE,
        "enseignant" | "enseignants" | "national-ens" | "teacher" | "entauxenseignant" | "instructor" => ENSEIGNANT,
        "documentaliste" | "documentalistes" | "national-doc" => DOCUMENTALISTE,
        "autre-personnel"
        | "autres-personnels"
        | "autres"
        | "autre"
        | "national-dir"
        | "national-evs"
        | "national-eta"
        | "national-col"
        | "personnel"
        | "personnels"
        | "admin-vie-scol-tech" => AUTRE_PERSONNEL,
        "parent" | "parents" | "relative" | "entauxpersreleleve" | "national-tut" => PARENT,
        "invite" | "invites" | "guest" => INVITE,
        "" | "null" | "inconnu" | "unknown" => INCONNU,
        _ => return raw.trim().chars().take(100).collect(),
    };
    code.to_owned()
}

/// What people read for a profile code; the code itself when it is unknown.
pub fn label(code: &str) -> &str {
    match code {
        ELEVE => "Élèves",
        ENSEIGNANT => "Enseignants",
        DOCUMENTALISTE => "Documentalistes",
        AUTRE_PERSONNEL => "Autres personnels",
        PARENT => "Parents",
        INVITE => "Invités",
        INCONNU => "Profil inconnu",
        other => other,
    }
}

/// Where a profile stands in a list; unknown codes come last, in their own order.
pub fn rank(code: &str) -> usize {
    ORDER.iter().position(|known| *known == code).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_names_the_same_profiles() {
        for (raw, code) in [
            ("ELEVE", ELEVE),
            ("Elève", ELEVE),
            ("National_elv", ELEVE),
            ("NATIONAL_ENS", ENSEIGNANT),
            ("Teacher", ENSEIGNANT),
            ("AUTRE PERSONNEL", AUTRE_PERSONNEL),
            ("National_dir", AUTRE_PERSONNEL),
            ("Relative", PARENT),
            ("Guest", INVITE),
            ("Null", INCONNU),
            ("", INCONNU),
            ("National_ACA", "National_ACA"),
            (
                "Un code de plus de quarante caractères, tel que personne n’en a vu",
                "Un code de plus de quarante caractères, tel que personne n’en a vu",
            ),
        ] {
            assert_eq!(normalise(raw), code, "{raw}");
        }
    }
}

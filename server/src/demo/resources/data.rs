//! Titles and publishers, all invented; codes and vocabularies are those of the real catalogues.

use super::Presentation::{self, Acc, Dic, Doc, Mul, Pro};

/// Publishers, by the number that the titles give.
pub(super) static PUBLISHERS: [&str; 9] = [
    "Éditions Tournelune",
    "Presses du Vieux-Gué",
    "Orme & Compas",
    "Atelier Mirabole",
    "Maison Ventdebout",
    "Cahiers de Rive-Haute",
    "Studio Carrelune",
    "Coopérative Sésame-Nord",
    "Fabrique des Trois-Rus",
];

/// Subjects that have a textbook at every level: natures (école, collège, lycée), name, collection, publisher, and the
/// entry of the ScoLOMFR vocabulary 015 when its number is known.
#[expect(clippy::type_complexity, reason = "a table read by one loop")]
pub(super) static SUBJECTS: &[([bool; 3], &str, &str, usize, Option<(&str, &str)>)] = &[
    ([true, true, true], "Mathématiques", "Boussole", 0, Some(("919", "mathématiques"))),
    ([true, true, true], "Français", "Fil d’encre", 1, Some(("1333", "français (discipline)"))),
    ([false, true, true], "Histoire-géographie", "Grand angle", 0, Some(("040", "histoire"))),
    ([false, true, true], "Anglais", "Footbridge", 4, None),
    (
        [false, true, true],
        "Sciences de la vie et de la Terre",
        "Terre vive",
        2,
        Some(("1832", "sciences de la vie et de la Terre (discipline)")),
    ),
    ([false, true, true], "Physique-chimie", "Orbites", 2, Some(("1831", "physique-chimie (discipline)"))),
    ([false, true, true], "Espagnol", "Mirador", 4, None),
    ([false, true, false], "Technologie", "Rouages", 8, None),
    ([false, false, true], "Sciences économiques et sociales", "Balances", 5, None),
    ([true, false, false], "Questionner le monde", "Petits pas", 5, None),
];

/// The other resources: natures, presentation type, title, publisher.
pub(super) static OTHERS: &[([bool; 3], Presentation, &str, usize)] = &[
    ([false, true, true], Doc, "Kiosque Rive-Haute", 5),
    ([true, false, false], Dic, "Mon premier lexique illustré", 0),
    ([false, true, true], Dic, "Le Grand Lexique Tournelune", 0),
    ([true, true, false], Dic, "Encyclopédie Rive-Haute junior", 5),
    ([false, true, true], Dic, "Encyclopédie Rive-Haute", 5),
    ([true, true, false], Dic, "Le Conjugueur", 0),
    ([false, true, true], Dic, "Dictionnaire anglais-français Ventdebout", 4),
    ([false, true, true], Dic, "Dictionnaire espagnol-français Ventdebout", 4),
    ([false, false, true], Dic, "Lexique latin-français", 2),
    ([false, true, true], Dic, "L’Atlas qui bouge", 5),
    ([true, false, false], Doc, "Le Petit Courrier des Trois-Rus", 8),
    ([false, true, true], Doc, "Archives filmées du siècle", 4),
    ([true, true, true], Doc, "Fonds d’images Mirabole", 3),
    ([false, false, true], Doc, "Les Sciences en revue", 2),
    ([false, false, true], Doc, "L’Économie en clair", 5),
    ([false, true, true], Doc, "Orientation : mille et un métiers", 7),
    ([false, true, true], Mul, "Cellules en relief", 6),
    ([false, true, true], Mul, "Le Labo virtuel", 6),
    ([false, true, true], Mul, "Voix d’ailleurs – anglais", 4),
    ([false, true, true], Mul, "Voix d’ailleurs – espagnol", 4),
    ([false, true, true], Mul, "Voix d’ailleurs – allemand", 4),
    ([true, true, false], Mul, "La Frise vivante", 3),
    ([true, true, false], Mul, "Le Corps humain animé", 6),
    ([false, true, true], Mul, "Le Théâtre en scène", 1),
    ([false, false, true], Mul, "Philosopher à voix haute", 1),
    ([false, true, false], Mul, "Robots & algorithmes", 8),
    ([false, false, true], Mul, "Programmer pas à pas", 8),
    ([true, true, false], Mul, "Musiques à l’écoute", 3),
    ([true, true, false], Mul, "Géométrie du bout des doigts", 6),
    ([true, false, false], Mul, "Histoires à écouter", 1),
    ([false, true, true], Mul, "Les Arts en détail", 3),
    ([true, true, true], Mul, "Parcours citoyen", 7),
    ([true, false, false], Acc, "Calcul éclair", 6),
    ([true, true, false], Acc, "Dictées du matin", 1),
    ([true, false, false], Acc, "Lire en fluence", 1),
    ([true, false, false], Acc, "Tables en jeu", 6),
    ([false, true, false], Acc, "Entraînement au brevet", 7),
    ([false, true, false], Acc, "Devoirs à la carte", 7),
    ([false, true, true], Acc, "Orthographe à points", 1),
    ([false, true, true], Acc, "Anglais en cinq minutes", 4),
    ([false, false, true], Acc, "Entraînement au bac – mathématiques", 7),
    ([false, false, true], Acc, "Entraînement au bac – français", 7),
    ([false, false, true], Acc, "Spécialités : réviser sans stress", 7),
    ([false, false, true], Acc, "Grand oral, mode d’emploi", 7),
    ([true, true, true], Pro, "Quiz à fabriquer", 8),
    ([true, true, true], Pro, "Mur de classe", 8),
    ([true, true, true], Pro, "Atelier de cartes mentales", 3),
    ([false, true, true], Pro, "Carnet de montage sonore", 6),
    ([false, true, true], Pro, "Capsules vidéo", 6),
    ([true, true, true], Pro, "Bureau de publication", 7),
];

/// Entries of the ScoLOMFR vocabulary 022 (educational levels): level, number, label.
pub(super) static LEVELS: &[(&str, &str, &str)] = &[
    ("CP", "010", "CP"),
    ("CE1", "011", "CE1"),
    ("CE2", "013", "CE2"),
    ("CM1", "014", "CM1"),
    ("CM2", "015", "CM2"),
    ("6e", "018", "6e"),
    ("5e", "020", "5e"),
    ("4e", "021", "4e"),
    ("3e", "023", "3e"),
    ("2de", "142", "lycée général et technologique"),
    ("1re", "142", "lycée général et technologique"),
    ("Tle", "142", "lycée général et technologique"),
];

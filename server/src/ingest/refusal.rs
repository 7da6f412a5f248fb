//! Why a line is refused, in French, for the person who imports.

use super::typography::french;
use chrono::NaiveDate;
use std::fmt;
use vigie_domain::uai::InvalidUai;

/// Why a line, an element or an entry could not be used. No variant holds a value that may name a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Longer than [`super::window::MAX_PIECE_BYTES`].
    #[error("plus de 1 Mio d’un seul tenant : sauté sans être lu")]
    TooLong,
    /// Bytes that are no character of the encoding: UTF-8, unless the source says otherwise.
    #[error(
        "encodage : des octets ne forment aucun caractère (en UTF-8, sauf si le fichier déclare un autre encodage)"
    )]
    Encoding,
    /// Not JSON.
    #[error("JSON illisible à la colonne {column}")]
    Json {
        /// Column of the line, or of the last line of the entry.
        column: usize,
    },
    /// JSON that stops too early.
    #[error("JSON incomplet : il s’arrête trop tôt")]
    JsonCutShort,
    /// JSON nested too deep.
    #[error("JSON imbriqué sur plus de 128 niveaux")]
    JsonTooDeep,
    /// JSON made to fill the memory.
    #[error("plus de 10 000 objets JSON « {{…}} » d’un seul tenant : ce n’est pas un événement")]
    TooManyObjects,
    /// Valid JSON, but no object.
    #[error("un objet JSON « {{…}} » est attendu")]
    NotAnObject,
    /// The last byte was read and something was still open.
    #[error("fichier tronqué : il s’arrête avant la fin de ce qui est ouvert")]
    Truncated,
    /// Reading failed on the way.
    #[error("lecture interrompue : {0}")]
    Unreadable(String),
    /// XML that cannot be followed any further.
    #[error("XML mal formé : la lecture s’arrête ici")]
    Xml,
    /// No element at all.
    #[error("ce n’est pas du XML : il ne contient aucun élément")]
    NoElement,
    /// Records, or what is called like them, of another format.
    #[error("élément « {0} » d’un autre espace de noms que celui du format : rien n’en est lu")]
    OtherNamespace(String),
    /// XML nested too deep.
    #[error("XML imbriqué sur plus de 64 niveaux : la lecture s’arrête ici")]
    XmlTooDeep,
    /// A document type declaration.
    #[error("DOCTYPE refusé : les déclarations d’entités ne sont jamais lues")]
    Doctype,
    /// A text of an element over 64 KiB.
    #[error("texte de plus de 64 Kio dans un élément")]
    TextTooLong,
    /// Attributes of an element over 8 KiB.
    #[error("plus de 8 Kio d’attributs dans un élément : la lecture s’arrête ici")]
    AttributesTooLong,
    /// A reference to an entity that XML itself does not define.
    #[error("entité XML inconnue « &{0}; »")]
    Entity(String),
    /// A field that must be there.
    #[error("champ « {0} » absent")]
    Missing(&'static str),
    /// A field that the format does not have.
    #[error("champ « {0} » inconnu")]
    UnknownField(String),
    /// A field that another type of event has.
    #[error("champ « {field} » sans objet pour le type « {kind} »")]
    OutOfPlace {
        /// Its name.
        field: &'static str,
        /// Type of the event.
        kind: &'static str,
    },
    /// A value of the wrong kind.
    #[error("champ « {field} » : {expected} attendu")]
    WrongKind {
        /// Its name.
        field: &'static str,
        /// What is expected, with its article.
        expected: &'static str,
    },
    /// A text that is too long.
    #[error("champ « {field} » : plus de {max} caractères")]
    TextLength {
        /// Its name.
        field: &'static str,
        /// The most that is accepted.
        max: usize,
    },
    /// A number outside what is accepted.
    #[error("champ « {field} » : un entier de {min} à {max} est attendu")]
    OutOfRange {
        /// Its name.
        field: &'static str,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A word that is none of those accepted.
    #[error("champ « {field} » : {accepted} attendu")]
    UnknownWord {
        /// Its name.
        field: &'static str,
        /// Those accepted.
        accepted: &'static str,
    },
    /// Something that is no date.
    #[error("date illisible{0} : AAAA-MM-JJ ou JJ/MM/AAAA, avec ou sans heure, est attendu")]
    Date(ShownDate),
    /// A date that must be a number of milliseconds.
    #[error("champ « date » : un nombre de millisecondes est attendu")]
    NotEpoch,
    /// Before the year 2000.
    #[error("date antérieure à l’an 2000 : {0}")]
    TooEarly(NaiveDate),
    /// Before the year 2000, as a number that would make sense in seconds.
    #[error("date antérieure à l’an 2000 : le nombre semble être en secondes, il faut des millisecondes")]
    Seconds,
    /// After tomorrow.
    #[error("date à venir : {0}")]
    TooLate(NaiveDate),
    /// Not a UAI. What is there instead may be anything, if columns are out of place.
    #[error("ce n’est pas un UAI : il faut 1 à 45 lettres, chiffres, points, tirets ou soulignés")]
    Uai,
    /// Nothing says which school.
    #[error(
        "établissement inconnu : ni UAI, ni structure reconnue ; précisez --uai ou --structures (« ?uai= » à la réception)"
    )]
    NoSchool,
    /// An xAPI statement that voids another.
    #[error(
        "annulation d’un autre énoncé (« voided ») : s’il est déjà compté, il le reste ; exportez les énoncés sans ceux qui sont annulés"
    )]
    Voided,
    /// Structures that the table does not have.
    #[error("structure{0} absente de la table : précisez --structures ou --uai")]
    UnknownStructure(ShownStructure),
    /// A subscription to kinds of schools.
    #[error(
        "abonnement ouvert par nature d’établissement (codeNatureUAI), sans uaiEtab : il n’est rattaché à aucun établissement"
    )]
    NatureOnly,
    /// A subscription that no file described before.
    #[error("abonnement inconnu et sans uaiEtab : importez d’abord sa création")]
    UnknownSubscription,
    /// A second cumulative count of the same, on the same day.
    #[error(
        "une ligne ou un élément de ce fichier donne déjà le décompte de cette ressource, pour cet abonnement et cet établissement : seul le premier compte"
    )]
    CountedTwice,
    /// Rows must have as many fields as the header.
    #[error("{found} champs au lieu de {expected}")]
    Columns {
        /// How many there are.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// A quote that is not closed, or closed before other text.
    #[error("guillemets mal fermés")]
    Quotes,
}

/// A date to quote in a message: only when it is made of what dates are made of, so that a misplaced column quotes nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownDate(String);

impl ShownDate {
    /// Keeps what may be quoted.
    pub fn of(text: &str) -> Self {
        Self(if is_date_like(text) { text.to_owned() } else { String::new() })
    }
}

/// A structure to quote in a message: only when it is written as the identifiers of ENTs are, so that a misplaced field quotes nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownStructure(String);

impl ShownStructure {
    /// Keeps what may be quoted.
    pub fn of(text: &str) -> Self {
        Self(if is_structure_like(text) { text.to_owned() } else { String::new() })
    }
}

/// Whether a text is written as the identifier of a structure: one word of letters without accents, dashes and digits. A name has no digit,
/// an account few of them, and the national identifier of a pupil is of eleven signs.
pub(crate) fn is_structure_like(text: &str) -> bool {
    let of_identifiers = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$');
    let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let is_hexadecimal = count(u8::is_ascii_hexdigit) == digits + letters && text.len() >= 32;
    text.len() <= 60
        && text.bytes().all(of_identifiers)
        && digits > 0
        && (digits >= letters || is_hexadecimal)
        && digits + letters != 11
}

/// Whether a text is made of what dates are made of, and of nothing else, a year among it; of digits alone, only the seconds or the
/// milliseconds of our time. Others may be the number of somebody, or that of a telephone.
pub(crate) fn is_date_like(text: &str) -> bool {
    let of_dates = |c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | ':' | '.' | '+' | ' ' | 'T' | 'Z');
    let is_year = |digits: &str| digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_moment = is_number && text.starts_with('1') && matches!(text.len(), 10 | 13);
    let has_year = !is_number && text.split(|c: char| !c.is_ascii_digit()).any(is_year);
    text.len() <= 40 && text.chars().all(of_dates) && (is_moment || has_year)
}

impl fmt::Display for ShownDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(&self.0, f)
    }
}

impl fmt::Display for ShownStructure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(&self.0, f)
    }
}

fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if text.is_empty() { Ok(()) } else { write!(f, " « {text} »") }
}

impl From<InvalidUai> for Refusal {
    fn from(_: InvalidUai) -> Self {
        Self::Uai
    }
}

impl Refusal {
    /// What the report says.
    pub fn reason(&self) -> String {
        french(&self.to_string())
    }
}

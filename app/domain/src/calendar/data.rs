//! The dates of the school calendar, as the ministry fixed them.
//!
//! Source: the ministry's orders (*arrêtés fixant le calendrier scolaire*), published as `fr-en-calendrier-scolaire` on
//! data.education.gouv.fr. To add a year, add its rows here: nothing else changes.

use super::Zone;

/// One holiday: its name, the zones that have it, the official day of departure and the day of return, as `yyyymmdd`.
///
/// The bridge of Ascension starts on Thursday, itself a public holiday, so that its days follow one another.
pub(super) type Row = (&'static str, &'static [Zone], u32, u32);

const TOUSSAINT: &str = "Vacances de la Toussaint";
const NOEL: &str = "Vacances de Noël";
const HIVER: &str = "Vacances d’hiver";
const PRINTEMPS: &str = "Vacances de printemps";
const PONT: &str = "Pont de l’Ascension";
const ETE: &str = "Vacances d’été";

const ABC: &[Zone] = &[Zone::A, Zone::B, Zone::C];
const A: &[Zone] = &[Zone::A];
const B: &[Zone] = &[Zone::B];
const C: &[Zone] = &[Zone::C];

/// Departure of the first summer and the end of the last one, as `yyyymmdd`: the days between them are known.
pub(super) const KNOWN: (u32, u32) = (20220708, 20270831);

/// The holidays, in the order of their days within each zone.
pub(super) static HOLIDAYS: &[Row] = &[
    (ETE, ABC, 20220708, 20220901),
    // 2022-2023
    (TOUSSAINT, ABC, 20221022, 20221107),
    (NOEL, ABC, 20221217, 20230103),
    (HIVER, A, 20230204, 20230220),
    (HIVER, B, 20230211, 20230227),
    (HIVER, C, 20230218, 20230306),
    (PRINTEMPS, A, 20230408, 20230424),
    (PRINTEMPS, B, 20230415, 20230502),
    (PRINTEMPS, C, 20230422, 20230509),
    (PONT, ABC, 20230518, 20230522),
    (ETE, ABC, 20230708, 20230904),
    // 2023-2024
    (TOUSSAINT, ABC, 20231021, 20231106),
    (NOEL, ABC, 20231223, 20240108),
    (HIVER, A, 20240217, 20240304),
    (HIVER, B, 20240224, 20240311),
    (HIVER, C, 20240210, 20240226),
    (PRINTEMPS, A, 20240413, 20240429),
    (PRINTEMPS, B, 20240420, 20240506),
    (PRINTEMPS, C, 20240406, 20240422),
    (PONT, ABC, 20240509, 20240513),
    (ETE, ABC, 20240706, 20240902),
    // 2024-2025
    (TOUSSAINT, ABC, 20241019, 20241104),
    (NOEL, ABC, 20241221, 20250106),
    (HIVER, A, 20250222, 20250310),
    (HIVER, B, 20250208, 20250224),
    (HIVER, C, 20250215, 20250303),
    (PRINTEMPS, A, 20250419, 20250505),
    (PRINTEMPS, B, 20250405, 20250422),
    (PRINTEMPS, C, 20250412, 20250428),
    (PONT, ABC, 20250529, 20250602),
    (ETE, ABC, 20250705, 20250901),
    // 2025-2026
    (TOUSSAINT, ABC, 20251018, 20251103),
    (NOEL, ABC, 20251220, 20260105),
    (HIVER, A, 20260207, 20260223),
    (HIVER, B, 20260214, 20260302),
    (HIVER, C, 20260221, 20260309),
    (PRINTEMPS, A, 20260404, 20260420),
    (PRINTEMPS, B, 20260411, 20260427),
    (PRINTEMPS, C, 20260418, 20260504),
    (PONT, ABC, 20260514, 20260518),
    (ETE, ABC, 20260704, 20260901),
    // 2026-2027. The return of September 2027 is not ordered yet: the days are known to 31 August.
    (TOUSSAINT, ABC, 20261017, 20261102),
    (NOEL, ABC, 20261219, 20270104),
    (HIVER, A, 20270213, 20270301),
    (HIVER, B, 20270220, 20270308),
    (HIVER, C, 20270206, 20270222),
    (PRINTEMPS, A, 20270410, 20270426),
    (PRINTEMPS, B, 20270417, 20270503),
    (PRINTEMPS, C, 20270403, 20270419),
    (PONT, ABC, 20270506, 20270510),
    (ETE, ABC, 20270703, 20270901),
];

/// The zone of each département of mainland France, by académie. Corse (`620`, `720`) and overseas have calendars of
/// their own and are in none.
pub(super) static DEPARTMENTS: &[(Zone, &[&str])] = &[
    (Zone::A, &["025", "039", "070", "090"]),                             // Besançon
    (Zone::A, &["024", "033", "040", "047", "064"]),                      // Bordeaux
    (Zone::A, &["003", "015", "043", "063"]),                             // Clermont-Ferrand
    (Zone::A, &["021", "058", "071", "089"]),                             // Dijon
    (Zone::A, &["007", "026", "038", "073", "074"]),                      // Grenoble
    (Zone::A, &["019", "023", "087"]),                                    // Limoges
    (Zone::A, &["001", "042", "069"]),                                    // Lyon
    (Zone::A, &["016", "017", "079", "086"]),                             // Poitiers
    (Zone::B, &["004", "005", "013", "084"]),                             // Aix-Marseille
    (Zone::B, &["002", "060", "080"]),                                    // Amiens
    (Zone::B, &["059", "062"]),                                           // Lille
    (Zone::B, &["054", "055", "057", "088"]),                             // Nancy-Metz
    (Zone::B, &["044", "049", "053", "072", "085"]),                      // Nantes
    (Zone::B, &["006", "083"]),                                           // Nice
    (Zone::B, &["014", "027", "050", "061", "076"]),                      // Normandie
    (Zone::B, &["018", "028", "036", "037", "041", "045"]),               // Orléans-Tours
    (Zone::B, &["008", "010", "051", "052"]),                             // Reims
    (Zone::B, &["022", "029", "035", "056"]),                             // Rennes
    (Zone::B, &["067", "068"]),                                           // Strasbourg
    (Zone::C, &["077", "093", "094"]),                                    // Créteil
    (Zone::C, &["011", "030", "034", "048", "066"]),                      // Montpellier
    (Zone::C, &["075"]),                                                  // Paris
    (Zone::C, &["009", "012", "031", "032", "046", "065", "081", "082"]), // Toulouse
    (Zone::C, &["078", "091", "092", "095"]),                             // Versailles
    (Zone::C, &["999"]), // No département: the schools of the demonstration, whose life follows this zone
];

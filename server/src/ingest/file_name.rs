//! What the name of a file says: of subscriptions, which operation; of what is dated as a whole, which day.

use super::event::SubscriptionOperation;
use super::moment::admit;
use chrono::{NaiveDate, Timelike};

/// The operation that a name tells, by `creation`, `modification`, `suppression` anywhere in it or `PUT`, `POST`, `DELETE` as
/// a word; None when it tells none, or several.
pub(crate) fn operation(name: &str) -> Option<SubscriptionOperation> {
    let name = name.to_lowercase().replace('é', "e");
    let words: Vec<_> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let tells = |part: &str, method: &str| name.contains(part) || words.contains(&method);
    let told = [
        (tells("creation", "put"), SubscriptionOperation::Created),
        (tells("modification", "post"), SubscriptionOperation::Modified),
        (tells("suppression", "delete"), SubscriptionOperation::Deleted),
    ];
    let mut told = told.into_iter().filter_map(|(tells, operation)| tells.then_some(operation));
    let first = told.next();
    first.filter(|_| told.next().is_none())
}

/// Whether a name tells that a file holds only what has changed since another one.
pub(crate) fn is_difference(name: &str) -> bool {
    let name = name.to_lowercase().replace('é', "e");
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| ["delta", "differentiel", "differentielle", "incremental", "partiel"].contains(&word))
}

/// The one day that a name tells, as `2025-09-02` or `20250902`; None when it tells none, or several.
pub(crate) fn day(name: &str, today: NaiveDate) -> Option<NaiveDate> {
    let mut days = Vec::new();
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let run = digits(&bytes[at..]);
        let dashed = run == 4
            && matches!(&bytes[at + 4..], [b'-', m @ ..] if digits(m) == 2 && matches!(&m[2..], [b'-', d @ ..] if digits(d) == 2));
        let length = if dashed { 10 } else { run };
        // Only ASCII was seen: the cut is between characters.
        let text = &name[at..at + length];
        let parsed = match (dashed, run) {
            (true, _) => text.parse().ok(),
            (false, 8) => NaiveDate::parse_from_str(text, "%Y%m%d").ok(),
            _ => None,
        };
        days.extend(parsed.and_then(|day| admit(day, today).ok()).filter(|day| !days.contains(day)));
        at += length;
    }
    if let [day] = days[..] { Some(day) } else { None }
}

/// The second of the day that a name tells right after its day, as `20250902_210000`.
pub(crate) fn second(name: &str) -> Option<u32> {
    let numbers: Vec<_> = name.split(|c: char| !c.is_ascii_digit()).collect();
    let time = numbers.windows(2).find_map(|pair| match pair {
        [day, time] if day.len() == 8 && time.len() == 6 => Some(*time),
        _ => None,
    });
    Some(chrono::NaiveTime::parse_from_str(time?, "%H%M%S").ok()?.num_seconds_from_midnight())
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_one_operation_or_none() {
        for (name, expected) in [
            ("creations_2025.xml", Some(SubscriptionOperation::Created)),
            ("Créations.xml", Some(SubscriptionOperation::Created)),
            ("abo-PUT-12.xml", Some(SubscriptionOperation::Created)),
            ("MODIFICATIONS.XML", Some(SubscriptionOperation::Modified)),
            ("abo.post.xml", Some(SubscriptionOperation::Modified)),
            ("suppression.xml", Some(SubscriptionOperation::Deleted)),
            ("delete.xml", Some(SubscriptionOperation::Deleted)),
            ("output.xml", None),
            ("poste-12.xml", None),
            ("creations-et-modifications.xml", None),
            ("abonnements.xml", None),
        ] {
            assert_eq!(operation(name), expected, "{name}");
        }
    }

    #[test]
    fn names_tell_the_second_of_a_day_or_none() {
        for (name, expected) in [
            ("Z0_GAR-ENT_Complet_20250901_080000_2D_Eleve_0000.xml", Some(8 * 3_600)),
            ("Z0_GAR-ENT_Complet_20250901_235959_2D.tar.gz", Some(86_399)),
            ("Z0_GAR-ENT_Complet_20250901_250000.xml", None),
            ("Z0_20250901_2D_Eleve_0000.xml", None),
            ("210000.xml", None),
        ] {
            assert_eq!(second(name), expected, "{name}");
        }
    }

    #[test]
    fn names_tell_what_is_not_complete() {
        for (name, expected) in [
            ("Z0_GAR-ENT_Complet_20251001_210000_2D_Eleve_0000.xml", false),
            ("Z0_GAR-ENT_Delta_20251101_210000_2D_Eleve_0000.xml", true),
            ("z0_gar-ent_différentiel_2D_Eleve.xml", true),
            ("eleves-deltaplane.xml", false),
        ] {
            assert_eq!(is_difference(name), expected, "{name}");
        }
    }

    #[test]
    fn names_tell_one_day_or_none() {
        let today = "2026-09-10".parse().expect("a date");
        for (name, expected) in [
            ("creations_2025-09-02.xml", Some("2025-09-02")),
            ("Z0_20250902_210000_x.xml", Some("2025-09-02")),
            ("é2025-09-02é", Some("2025-09-02")),
            ("2025-09-02_20250902.xml", Some("2025-09-02")),
            ("du-2025-09-01-au-2025-09-07.xml", None),
            ("2025-13-02.xml", None),
            ("2027-01-01.xml", None),
            ("202509021.xml", None),
            ("12345678901234567890.xml", None),
            ("2025-9-02.xml", None),
            ("2025-09-", None),
            ("abonnements.xml", None),
        ] {
            assert_eq!(day(name, today).map(|day| day.to_string()).as_deref(), expected, "{name}");
        }
    }
}

//! What is said of exports.

use crate::exports::LineState;
use vigie_domain::format::{counted, decimal};

/// A number of rows.
pub fn rows(count: u64) -> String {
    counted(count, "ligne", "lignes")
}

/// A size, as people read it.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["ko", "Mo", "Go"];
    if bytes < 1000 {
        return counted(bytes, "octet", "octets");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{}\u{a0}{}", decimal(value, usize::from(value < 9.95)), UNITS[unit])
}

/// How far a request is.
pub fn export_state(state: &LineState) -> String {
    match state {
        LineState::Waiting { before: 0, again: false } => "En attente, le prochain".to_owned(),
        LineState::Waiting { before, again: false } => {
            format!("En attente, {} avant celui-ci", counted(*before, "export", "exports"))
        }
        LineState::Waiting { again: true, .. } => "Interrompu, va reprendre".to_owned(),
        LineState::Running(None) => "En préparation".to_owned(),
        LineState::Running(Some(100)) => "En préparation, presque prêt".to_owned(),
        LineState::Running(Some(percents)) => format!("En préparation, {percents}\u{a0}%"),
        LineState::Ready(_) => "Prêt".to_owned(),
        LineState::Failed(_) => "Échec".to_owned(),
        LineState::Cancelled => "Annulé".to_owned(),
        LineState::Expired => "Effacé à la fin de son délai".to_owned(),
        LineState::Lost => "Le fichier n’est plus sur le serveur tel qu’il a été écrit".to_owned(),
    }
}

/// How long a file stays.
pub fn days_left(days: i64) -> String {
    match days {
        ..1 => "dernier jour".to_owned(),
        1 => "encore 1\u{a0}jour".to_owned(),
        days => format!("encore {days}\u{a0}jours"),
    }
}

/// What is said of files that whoever looks has not seen yet.
pub fn new_exports(count: u64) -> String {
    counted(count, "nouveau", "nouveaux")
}

/// How many times a file was taken before those that are shown one by one.
pub fn older_takings(count: u64) -> String {
    format!("Et {}.", counted(count, "téléchargement plus ancien", "téléchargements plus anciens"))
}

/// How many files that have to be made may still be asked for, when there are few.
pub fn exports_left(left: u32) -> String {
    match left {
        0 => "Vous avez demandé autant de fichiers que permis en 24\u{a0}heures\u{a0}: aujourd’hui, seul un fichier déjà prêt peut \
              encore être demandé."
            .to_owned(),
        left => format!(
            "Vous pouvez encore demander {} aujourd’hui\u{a0}; un fichier déjà prêt ne compte pas.",
            counted(u64::from(left), "fichier", "fichiers")
        ),
    }
}

/// What follows a request.
pub fn what_follows(days: u32, mails: bool) -> String {
    let told = if mails {
        "Un courriel vous prévient quand votre fichier est prêt, sauf si vous l’avez déjà vu sur la page des exports. "
    } else {
        ""
    };
    format!("{told}Un fichier reste disponible {days}\u{a0}jours après la dernière demande, puis il est effacé.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_at_a_glance() {
        for (bytes, words) in [
            (0, "0 octet"),
            (999, "999 octets"),
            (1_000, "1,0 ko"),
            (12_345, "12 ko"),
            (999_700, "1,0 Mo"),
            (2_500_000_000, "2,5 Go"),
        ] {
            assert_eq!(size(bytes).replace(['\u{a0}', '\u{202f}'], " "), words);
        }
    }

    #[test]
    fn the_place_in_the_queue_is_said() {
        let waiting = |before| export_state(&LineState::Waiting { before, again: false }).replace('\u{a0}', " ");
        assert_eq!(waiting(0), "En attente, le prochain");
        assert_eq!(waiting(1), "En attente, 1 export avant celui-ci");
        assert_eq!(waiting(3), "En attente, 3 exports avant celui-ci");
    }
}

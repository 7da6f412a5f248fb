//! What can go wrong between the browser and the server, with its sentence and its HTTP status.

use crate::api::JsonText;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// An error that reaches the browser. Nothing internal is in it: details are in the server's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AppError {
    /// The school does not exist, or the person may not see it: the two are not told apart.
    #[error("Cet établissement n’existe pas, ou vous n’y avez pas accès.")]
    NotFound,
    /// Nothing is behind a link: it was taken back, or it is one of others.
    #[error("Ce lien n’existe pas, a été révoqué, ou n’est pas pour vous.")]
    UnknownLink,
    /// The figures of a link were kept by a version of Vigie that this one does not read.
    #[error(
        "Les chiffres de cet instantané ont été gardés par une autre version de Vigie, et celle-ci ne peut pas les lire."
    )]
    Unreadable,
    /// No source has been imported yet; said to those who operate the instance.
    #[error("Aucun établissement n’a encore de données.")]
    NoSchool,
    /// Nothing came yet about the school of the person.
    #[error("Les données de votre établissement ne sont pas encore arrivées.")]
    NothingYet,
    /// Nobody is signed in, or not any more.
    #[error("Il faut se connecter\u{a0}: votre session est terminée, ou n’a pas commencé.")]
    SignedOut,
    /// The person is nothing in any school.
    #[error(
        "Votre compte n’est rattaché à aucun établissement\u{a0}: les statistiques d’un établissement ne vous sont pas ouvertes."
    )]
    NoRole,
    /// The person follows groups of schools, and is nothing in any one of them.
    #[error(
        "Cette page porte sur un seul établissement, et votre rôle sur des groupes d’établissements. Leurs chiffres s’obtiennent en fichier\u{a0}; \
         ils ne se gardent ni ne se partagent ici, où tout appartient à l’équipe d’un établissement."
    )]
    OnlyGroups,
    /// The person sees it, and this is for others to do.
    #[error("Votre rôle dans cet établissement ne permet pas cette action.")]
    Forbidden,
    /// A field of the address cannot be understood.
    #[error("{reason}")]
    Invalid {
        /// Name of the field.
        field: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The server cannot answer for now.
    #[error(
        "Le service est momentanément indisponible. Vos données ne sont pas perdues\u{202f}: réessayez dans un instant."
    )]
    Unavailable,
    /// The server could not be reached.
    #[error("Le serveur ne répond pas. Vérifiez votre connexion, puis réessayez.")]
    Unreachable,
}

impl AppError {
    /// The HTTP status it is answered with.
    pub fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Forbidden | Self::NoRole | Self::OnlyGroups => 403,
            Self::NotFound | Self::UnknownLink | Self::Unreadable | Self::NoSchool | Self::NothingYet => 404,
            Self::Invalid { .. } => 400,
            Self::Unavailable | Self::Unreachable => 503,
        }
    }

    /// Whether asking the same thing again may work.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Unreachable)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::Invalid { field: String::new(), reason: "La question est incomplète.".into() }
            }
            _ => Self::Unavailable,
        }
    }
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use super::AppError;
    use axum::http::StatusCode;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use vigie_domain::ports::PortError;

    impl From<PortError> for AppError {
        fn from(error: PortError) -> Self {
            match error {
                PortError::NotFound => Self::NotFound,
                PortError::NoSchool => Self::NoSchool,
                PortError::NothingYet => Self::NothingYet,
                PortError::Forbidden => Self::Forbidden,
                PortError::NoRole => Self::NoRole,
                PortError::OnlyGroups => Self::OnlyGroups,
                PortError::Unreadable => Self::Unreadable,
                PortError::Unavailable => Self::Unavailable,
            }
        }
    }

    /// Gives the response the status of an error: Leptos would answer 500 to all of them. Outside a request, does nothing.
    pub fn answer<T>(result: Result<T, AppError>) -> Result<T, AppError> {
        if let (Err(error), Some(response)) = (&result, use_context::<ResponseOptions>()) {
            response.set_status(StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE));
        }
        result
    }
}

#[cfg(feature = "ssr")]
pub use on_the_server::answer;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_wire() {
        for error in [
            AppError::NotFound,
            AppError::UnknownLink,
            AppError::Unreadable,
            AppError::NoSchool,
            AppError::NothingYet,
            AppError::SignedOut,
            AppError::Forbidden,
            AppError::NoRole,
            AppError::OnlyGroups,
            AppError::Invalid { field: "du".into(), reason: "Indiquez aussi la date de fin.".into() },
            AppError::Unavailable,
        ] {
            assert_eq!(AppError::de(error.ser()), error);
        }
    }

    #[test]
    fn an_internal_message_never_reaches_the_reader() {
        let error = AppError::from_server_fn_error(ServerFnErrorErr::ServerError("table cellule absente".into()));
        assert_eq!(error, AppError::Unavailable);
        assert!(!error.to_string().contains("cellule"));
    }
}

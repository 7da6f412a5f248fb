//! What the settings give to people, by the provider that says who they are.
//!
//! Two providers may call two people, or two roles, the same: what the settings say is always said of one of them.

use anyhow::ensure;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// A provider of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The one of `[oidc]`.
    Oidc,
    /// The one of `[cas]`.
    Cas,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Oidc => "oidc",
            Self::Cas => "cas",
        })
    }
}

/// What the values of roles and profiles give; compared without regard to case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoleNames {
    /// Responsable of the school of the person, when the provider names one only; of the team of each when it names several.
    pub responsable: Vec<String>,
    /// Member of the team of the schools of the person.
    pub equipe: Vec<String>,
    /// Pilote of a group of schools, which is written as a question is: `academie=20&nature=college`.
    pub pilote: BTreeMap<String, String>,
    /// Administrator of the instance.
    pub administrateur: Vec<String>,
}

impl Default for RoleNames {
    fn default() -> Self {
        let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            responsable: all(&["RESP-AFFECT-GAR"]),
            equipe: all(&["National_ens", "National_doc", "National_dir", "National_evs", "National_eta"]),
            pilote: BTreeMap::new(),
            administrateur: Vec::new(),
        }
    }
}

/// Somebody who holds something that no source says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPerson {
    /// What the provider calls the person.
    pub id: String,
    /// The provider that calls the person so; needed when there are two.
    pub provider: Option<Provider>,
    /// Schools of which the person is responsable.
    #[serde(default)]
    pub responsable: Vec<String>,
    /// Schools whose responsable delegated to the person.
    #[serde(default)]
    pub delegue: Vec<String>,
    /// Groups of schools that the person follows.
    #[serde(default)]
    pub pilote: Vec<String>,
    /// Whether the person operates the instance.
    #[serde(default)]
    pub administrateur: bool,
}

/// What the settings give to those whom a provider names.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// By what the provider says of them.
    pub roles: RoleNames,
    /// One by one.
    pub people: Vec<NamedPerson>,
}

/// What is given to those whom each provider names: `given` has the providers of the settings, each with its own roles; `common` is what
/// `[roles]` says.
///
/// # Errors
/// When it is not said, or said twice, whom something is about.
pub fn by_provider(
    given: Vec<(Provider, Option<RoleNames>)>,
    common: Option<RoleNames>,
    people: Vec<NamedPerson>,
) -> anyhow::Result<BTreeMap<Provider, Grants>> {
    let is_one = given.len() == 1;
    ensure!(
        common.is_none() || is_one,
        "[roles] : [oidc] et [cas] sont tous deux réglés, et un même nom de rôle peut ne pas y donner la même chose ; \
         écrivez [oidc.roles] et [cas.roles] à la place"
    );
    let mut grants: BTreeMap<Provider, Grants> = BTreeMap::new();
    for (provider, roles) in given {
        ensure!(
            common.is_none() || roles.is_none(),
            "[roles] et [{provider}.roles] disent la même chose : gardez l’un des deux"
        );
        let roles = roles.or_else(|| common.clone()).unwrap_or_default();
        grants.insert(provider, Grants { roles, people: Vec::new() });
    }
    for person in people {
        let alone = grants.keys().next().copied().filter(|_| is_one);
        let Some(provider) = person.provider.or(alone) else {
            anyhow::bail!(
                "[[person]] « {} » : [oidc] et [cas] sont tous deux réglés, et ce nom peut y désigner deux personnes ; \
                 ajoutez provider = \"oidc\" ou provider = \"cas\"",
                person.id
            );
        };
        let Some(of_provider) = grants.get_mut(&provider) else {
            anyhow::bail!(
                "[[person]] « {} » : provider = \"{provider}\", mais [{provider}] n’est pas réglé",
                person.id
            );
        };
        of_provider.people.push(person);
    }
    Ok(grants)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(provider: Option<Provider>) -> NamedPerson {
        NamedPerson { id: "jdupont".into(), provider, ..NamedPerson::default() }
    }

    fn refusal(
        given: Vec<(Provider, Option<RoleNames>)>,
        common: Option<RoleNames>,
        people: Vec<NamedPerson>,
    ) -> Option<String> {
        by_provider(given, common, people).err().map(|error| error.to_string())
    }

    #[test]
    fn with_one_provider_there_is_no_need_to_say_which() {
        for (roles, common) in [(None, None), (Some(RoleNames::default()), None), (None, Some(RoleNames::default()))] {
            let people = vec![person(None), person(Some(Provider::Cas))];
            let grants = by_provider(vec![(Provider::Cas, roles)], common, people).expect("grants");
            assert_eq!(grants.keys().collect::<Vec<_>>(), [&Provider::Cas]);
            assert_eq!(grants[&Provider::Cas].people.len(), 2);
        }
    }

    #[test]
    fn what_is_said_of_nobody_in_particular_is_refused_with_what_to_do() {
        let both = || vec![(Provider::Oidc, None), (Provider::Cas, None)];
        for (refusal, said) in [
            (refusal(both(), None, vec![person(None)]), "ajoutez provider ="),
            (refusal(both(), Some(RoleNames::default()), vec![]), "écrivez [oidc.roles] et [cas.roles]"),
            (
                refusal(vec![(Provider::Oidc, Some(RoleNames::default()))], Some(RoleNames::default()), vec![]),
                "gardez l’un des deux",
            ),
            (refusal(vec![(Provider::Oidc, None)], None, vec![person(Some(Provider::Cas))]), "[cas] n’est pas réglé"),
        ] {
            assert!(refusal.as_ref().is_some_and(|refusal| refusal.contains(said)), "{said}: {refusal:?}");
        }
        let grants = by_provider(both(), None, vec![person(Some(Provider::Cas))]).expect("grants");
        assert_eq!((grants[&Provider::Oidc].people.len(), grants[&Provider::Cas].people.len()), (0, 1));
    }
}

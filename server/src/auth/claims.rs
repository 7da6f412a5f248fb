//! From what a provider says of somebody to who they are here, and what they hold.

use super::grants::{Grants, Provider};
use super::settings::ClaimNames;
use crate::api::group::read_group;
use crate::ingest::pseudonym::Pseudonymiser;
use crate::store::{Store, StoreError};
use anyhow::Context as _;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use vigie_domain::group::Group;
use vigie_domain::rights::{Person, PersonId, Rights, SchoolRole};
use vigie_domain::uai::Uai;

/// The longest name or address that is kept.
const MAX_CHARS: usize = 200;
/// The most values of a claim that are looked at.
const MAX_VALUES: usize = 1_000;

/// What a provider says of somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub serde_json::Map<String, Value>);

/// Where the claims of a provider are, all named.
#[derive(Clone, Debug)]
pub struct ClaimMap {
    /// The provider.
    pub provider: Provider,
    /// What tells the identifiers of this provider from those of another.
    pub realm: String,
    identifier: String,
    /// Only when the settings name it.
    directory: Option<String>,
    name: String,
    mail: String,
    profile: String,
    role: Option<String>,
    schools: String,
}

/// What people hold, from whatever says it.
#[derive(Clone)]
pub struct Titles {
    store: Store,
    pseudonymiser: Pseudonymiser,
    granted: BTreeMap<Provider, Granted>,
}

/// What the settings give to those whom a provider names.
#[derive(Clone, Default)]
struct Granted {
    roles: BTreeMap<String, Rights>,
    in_schools: BTreeMap<String, SchoolRole>,
    named: HashMap<String, Rights>,
}

/// Why nobody signs in.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// It is not said who.
    #[error("the provider does not say who signs in: « {0} » is missing")]
    Nobody(String),
    /// Somebody who holds nothing: nothing is kept of them, nor of what they held before.
    #[error("who signs in has no right")]
    NoRight(PersonId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Claims {
    /// A claim: by its own name first, then by a way into objects.
    fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut parts = name.split('.');
            let first = self.0.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        })
    }

    /// The texts of a claim.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let one = |value: &Value| match value {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match self.find(name) {
            Some(Value::Array(all)) => all.iter().take(MAX_VALUES).filter_map(one).collect(),
            Some(value) => one(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn first(&self, name: &str) -> Option<String> {
        self.texts(name).into_iter().next()
    }

    /// Adds what is not said yet.
    pub fn complete(&mut self, other: Self) {
        for (name, value) in other.0 {
            self.0.entry(name).or_insert(value);
        }
    }
}

impl ClaimMap {
    /// Those of an OpenID provider.
    pub fn of_openid(issuer: &str, names: &ClaimNames) -> Self {
        Self::new(Provider::Oidc, format!("oidc {issuer}"), names, ["sub", "name", "email"])
    }

    /// Those of a CAS server.
    pub fn of_cas(url: &str, names: &ClaimNames) -> Self {
        Self::new(Provider::Cas, format!("cas {url}"), names, [super::cas::USER, "displayName", "mail"])
    }

    fn new(provider: Provider, realm: String, names: &ClaimNames, [identifier, name, mail]: [&str; 3]) -> Self {
        let or = |given: &Option<String>, default: &str| given.clone().unwrap_or_else(|| default.to_owned());
        let identifier = or(&names.identifier, identifier);
        Self {
            provider,
            realm,
            directory: names.directory.clone(),
            name: or(&names.name, name),
            mail: or(&names.mail, mail),
            profile: or(&names.profile, "PRO"),
            role: names.role.clone(),
            schools: or(&names.schools, "UAI"),
            identifier,
        }
    }

    /// Whether something that is asked for is not said.
    pub fn lacks(&self, claims: &Claims) -> bool {
        let asked = [&self.identifier, &self.name, &self.mail, &self.profile, &self.schools];
        asked.into_iter().chain(&self.role).chain(&self.directory).any(|name| claims.texts(name).is_empty())
    }
}

impl Titles {
    /// Those that the settings, the directory of the store and the providers give.
    ///
    /// # Errors
    /// When the settings name a school or a group that is none.
    pub fn new(
        store: Store,
        pseudonymiser: Pseudonymiser,
        grants: &BTreeMap<Provider, Grants>,
    ) -> anyhow::Result<Self> {
        let granted = grants.iter().map(|(provider, grants)| Ok((*provider, Granted::new(grants)?)));
        Ok(Self { store, pseudonymiser, granted: granted.collect::<anyhow::Result<_>>()? })
    }

    /// Who signs in.
    ///
    /// # Errors
    /// When it is not said who, or when they hold nothing.
    pub async fn identify(&self, map: &ClaimMap, claims: &Claims) -> Result<Person, ClaimError> {
        let missing = || ClaimError::Nobody(map.identifier.clone());
        let identifier = claims.first(&map.identifier).ok_or_else(missing)?;
        let granted = self.granted.get(&map.provider);
        let mut rights = granted.map(|granted| granted.said(map, claims)).unwrap_or_default();
        // Two providers may call two people the same, and the directory has one of them at most: then only what the settings say to be a
        // name of the directory is looked up there.
        let is_alone = self.granted.len() == 1;
        let directory = map.directory.as_ref().or_else(|| is_alone.then_some(&map.identifier));
        if let Some(directory) = directory.and_then(|name| claims.first(name)) {
            let person = self.pseudonymiser.responsable(&directory);
            for uai in self.store.list_schools_of_responsable(person).await? {
                rights.add(uai, SchoolRole::Responsable);
            }
        }
        if let Some(named) = granted.and_then(|granted| granted.named.get(&identifier)) {
            rights.merge(named.clone());
        }
        let id = PersonId::new(hex::encode(self.pseudonymiser.account(&map.realm, &identifier)));
        if rights.are_empty() {
            return Err(ClaimError::NoRight(id));
        }
        let name = claims.first(&map.name).map_or_else(|| "Compte sans nom".to_owned(), short);
        let mail = claims.first(&map.mail).filter(|mail| mail.contains('@') && mail.chars().count() <= MAX_CHARS);
        Ok(Person { id, name, mail, rights })
    }
}

impl Granted {
    fn new(Grants { roles, people }: &Grants) -> anyhow::Result<Self> {
        let mut of_roles: BTreeMap<String, Rights> = BTreeMap::new();
        for name in &roles.administrateur {
            of_roles.entry(name.to_lowercase()).or_default().administrator = true;
        }
        for (name, group) in &roles.pilote {
            of_roles.entry(name.to_lowercase()).or_default().add_group(group_of(group)?);
        }
        let mut in_schools = BTreeMap::new();
        for (names, role) in [(&roles.equipe, SchoolRole::Equipe), (&roles.responsable, SchoolRole::Responsable)] {
            in_schools.extend(names.iter().map(|name| (name.to_lowercase(), role)));
        }
        let mut named: HashMap<String, Rights> = HashMap::new();
        for person in people {
            let rights = named.entry(person.id.trim().to_owned()).or_default();
            for (schools, role) in
                [(&person.responsable, SchoolRole::Responsable), (&person.delegue, SchoolRole::Delegue)]
            {
                for uai in schools {
                    rights.add(Uai::parse(uai).with_context(|| format!("person « {} »", person.id))?, role);
                }
            }
            for group in &person.pilote {
                rights.add_group(group_of(group)?);
            }
            rights.administrator |= person.administrateur;
        }
        Ok(Self { roles: of_roles, in_schools, named })
    }

    /// What the provider says that somebody holds.
    fn said(&self, map: &ClaimMap, claims: &Claims) -> Rights {
        let mut rights = Rights::default();
        let mut role = None;
        for name in [Some(&map.profile), map.role.as_ref()].into_iter().flatten() {
            for value in claims.texts(name) {
                let value = value.to_lowercase();
                role = role.max(self.in_schools.get(&value).copied());
                if let Some(titles) = self.roles.get(&value) {
                    rights.merge(titles.clone());
                }
            }
        }
        let named: BTreeSet<String> = claims.texts(&map.schools).iter().map(|uai| uai.to_uppercase()).collect();
        // What is no text may be another school.
        let is_alone = named.len() == 1
            && !claims.find(&map.schools).and_then(Value::as_array).is_some_and(|list| has_no_text(list));
        // Who is responsable of one of several schools is only known to be of the team of each: nothing says of which one.
        let role = if is_alone { role } else { role.min(Some(SchoolRole::Equipe)) };
        if let Some(role) = role {
            for uai in named.iter().filter_map(|uai| Uai::parse(uai).ok()) {
                rights.add(uai, role);
            }
        }
        rights
    }
}

/// Whether something of a list is no text.
fn has_no_text(list: &[Value]) -> bool {
    list.iter().any(|value| !(value.is_string() || value.is_number()))
}

fn short(text: String) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect()
}

/// The group that a setting names.
fn group_of(text: &str) -> anyhow::Result<Group> {
    read_group(text).with_context(|| format!("« {text} » n’est pas un groupe d’établissements"))
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;

//! What each kind of event adds to the counts and to the sets.

use crate::ingest::event::{AssignmentMode, Fact, Pseudonym, SubscriptionOperation};
use vigie_domain::catalogue::{Measure, Population, Term};

/// One thing that an event adds, on its day, in its school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contribution<'a> {
    /// More events.
    Count(Measure, Cell<'a>, u64),
    /// A member met with a profile ('' when profiles mean nothing).
    Member(Population, &'a str, Member<'a>),
    /// Some source feeds this: its absence on a day is a nought.
    Feed(Term),
}

/// Where a count goes. A text that is not known is ''.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    /// Profile of the person.
    pub(super) profile: &'a str,
    /// Identifier of the resource.
    pub(super) resource: &'a str,
    /// Code of the presentation type that the event gives.
    pub(super) presentation: &'a str,
    /// Kind of device.
    pub(super) device: &'a str,
}

/// A member of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member<'a> {
    /// Somebody, for one school year.
    Person(Pseudonym),
    /// A session of the console.
    Session(Pseudonym),
    /// A subscription.
    Subscription(&'a str),
    /// A resource.
    Resource(&'a str),
}

/// Everything that a fact adds. An event of nought accesses or assignments only says that its source feeds them.
pub(super) fn contributions_of(fact: &Fact) -> Vec<Contribution<'_>> {
    let mut sum = Sum::default();
    match fact {
        Fact::Access { person, profile, resource, presentation, device, count } => {
            let resource = known(resource);
            sum.feed(Term::Count(Measure::Acces));
            if person.is_some() {
                sum.feed(Term::Distinct(Population::Utilisateurs));
            }
            if resource.is_some() {
                sum.feed(Term::Distinct(Population::RessourcesAccedees));
            }
            if *count > 0 {
                let cell = Cell {
                    profile,
                    resource: resource.unwrap_or_default(),
                    presentation: known(presentation).unwrap_or_default(),
                    device: known(device).unwrap_or_default(),
                };
                sum.count(Measure::Acces, cell, *count);
                sum.member(Population::Utilisateurs, profile, person.map(Member::Person));
                sum.member(Population::RessourcesAccedees, profile, resource.map(Member::Resource));
            }
        }
        Fact::Subscription { subscription: _, resource, operation } => {
            let measure = match operation {
                SubscriptionOperation::Created => Measure::AbonnementsCrees,
                SubscriptionOperation::Modified => Measure::AbonnementsModifies,
                SubscriptionOperation::Deleted => Measure::AbonnementsSupprimes,
            };
            for fed in [Measure::AbonnementsCrees, Measure::AbonnementsModifies, Measure::AbonnementsSupprimes] {
                sum.feed(Term::Count(fed));
            }
            sum.feed(Term::Distinct(Population::RessourcesAbonnees));
            sum.count(measure, of_resource(resource), 1);
            if *operation == SubscriptionOperation::Created {
                sum.member(Population::RessourcesAbonnees, "", known(resource).map(Member::Resource));
            }
        }
        Fact::SuggestionRun { subscription, resource, suggestions, automatic_assignments } => {
            let member = Some(Member::Subscription(subscription));
            sum.feed(Term::Count(Measure::Suggestions));
            sum.feed(Term::Count(Measure::AffectationsAutomatiques));
            sum.feed(Term::Distinct(Population::AbonnementsTraites));
            sum.feed(Term::Distinct(Population::AbonnementsAvecSuggestion));
            sum.feed(Term::Distinct(Population::RessourcesSuggerees));
            sum.count(Measure::Suggestions, of_resource(resource), *suggestions);
            sum.count(Measure::AffectationsAutomatiques, of_resource(resource), *automatic_assignments);
            sum.member(Population::AbonnementsTraites, "", member);
            if *suggestions > 0 {
                sum.member(Population::AbonnementsAvecSuggestion, "", member);
                sum.member(Population::RessourcesSuggerees, "", known(resource).map(Member::Resource));
            }
        }
        Fact::Assignment { session, mode, from_suggestion, resource, count } => {
            let by_mode = match mode {
                AssignmentMode::Individual => Measure::AffectationsIndividuelles,
                AssignmentMode::Group => Measure::AffectationsGroupe,
            };
            for fed in [
                Measure::Affectations,
                Measure::AffectationsIndividuelles,
                Measure::AffectationsGroupe,
                Measure::SuggestionsValidees,
            ] {
                sum.feed(Term::Count(fed));
            }
            sum.count(Measure::Affectations, of_resource(resource), *count);
            sum.count(by_mode, of_resource(resource), *count);
            if *from_suggestion {
                sum.count(Measure::SuggestionsValidees, of_resource(resource), *count);
            }
            if let Some(session) = session {
                sum.session(*session, *count > 0);
            }
        }
        // Only a source that tells the sessions opened can say that some made no assignment.
        Fact::ConsoleSession { session } => {
            sum.feed(Term::Distinct(Population::Sessions));
            sum.session(*session, false);
        }
        Fact::Account { person, profile } => {
            sum.feed(Term::Distinct(Population::Comptes));
            sum.member(Population::Comptes, profile, person.map(Member::Person));
        }
    }
    sum.0
}

/// The contributions of one event, gathered.
#[derive(Default)]
struct Sum<'a>(Vec<Contribution<'a>>);

impl<'a> Sum<'a> {
    fn feed(&mut self, term: Term) {
        self.0.push(Contribution::Feed(term));
    }

    fn count(&mut self, measure: Measure, cell: Cell<'a>, count: u32) {
        if count > 0 {
            self.0.push(Contribution::Count(measure, cell, u64::from(count)));
        }
    }

    fn member(&mut self, population: Population, profile: &'a str, member: Option<Member<'a>>) {
        self.0.extend(member.map(|member| Contribution::Member(population, profile, member)));
    }

    fn session(&mut self, session: Pseudonym, assigned: bool) {
        self.feed(Term::Distinct(Population::SessionsAvecAffectation));
        self.member(Population::Sessions, "", Some(Member::Session(session)));
        if assigned {
            self.member(Population::SessionsAvecAffectation, "", Some(Member::Session(session)));
        }
    }
}

/// A text that says something.
fn known(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn of_resource(resource: &Option<String>) -> Cell<'_> {
    Cell { resource: known(resource).unwrap_or_default(), ..Cell::default() }
}

#[cfg(test)]
mod tests;

//! What each kind of event adds to the counts and to the sets.

use crate::ingest::event::{AssignmentMode, Fact, SubscriptionOperation};
use std::marker::PhantomData;
use vigie_domain::catalogue::{Measure, Population, Stock, Term};

/// One thing that an event adds, on its day, in its school. `T` is a text, `P` a pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contribution<T, P> {
    /// More events.
    Count(Measure, Cell<T>, u32),
    /// A member met with a profile (None when profiles mean nothing).
    Member(Population, Option<T>, Member<T, P>),
    /// Whoever has this profile is told, be it nobody.
    Cover(Population, T),
    /// Some source feeds this: its absence on a day is a nought.
    Feed(Term),
}

/// Where a count goes, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Cell<T> {
    /// Profile of the person.
    pub(super) profile: Option<T>,
    /// Identifier of the resource.
    pub(super) resource: Option<T>,
    /// Code of the presentation type that the event gives.
    pub(super) presentation: Option<T>,
    /// Kind of device.
    pub(super) device: Option<T>,
}

/// A member of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member<T, P> {
    /// Somebody, for one school year.
    Person(P),
    /// A session of the console.
    Session(P),
    /// A subscription.
    Subscription(T),
    /// A resource.
    Resource(T),
}

/// Hands over everything that a fact adds. An event of nought accesses or assignments only says that its source feeds them.
#[inline]
pub(super) fn contribute<T: Copy, P: Copy>(fact: &Fact<T, P>, add: impl FnMut(Contribution<T, P>)) {
    let mut sum = Sum { add, of: PhantomData };
    match fact {
        Fact::Access { person, profile, resource, presentation, device, count } => {
            sum.feed(Term::Count(Measure::Acces));
            if person.is_some() {
                sum.feed(Term::Distinct(Population::Utilisateurs));
            }
            if resource.is_some() {
                sum.feed(Term::Distinct(Population::RessourcesAccedees));
            }
            if *count > 0 {
                let cell =
                    Cell { profile: Some(*profile), resource: *resource, presentation: *presentation, device: *device };
                sum.count(Measure::Acces, cell, *count);
                sum.member(Population::Utilisateurs, Some(*profile), person.map(Member::Person));
                sum.member(Population::RessourcesAccedees, Some(*profile), resource.map(Member::Resource));
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
            sum.count(measure, of_resource(*resource), 1);
            if *operation == SubscriptionOperation::Created {
                sum.member(Population::RessourcesAbonnees, None, resource.map(Member::Resource));
            }
        }
        Fact::SuggestionRun { subscription, resource, suggestions, automatic_assignments } => {
            let member = Some(Member::Subscription(*subscription));
            sum.feed(Term::Count(Measure::Suggestions));
            sum.feed(Term::Count(Measure::AffectationsAutomatiques));
            sum.feed(Term::Distinct(Population::AbonnementsTraites));
            sum.feed(Term::Distinct(Population::AbonnementsAvecSuggestion));
            sum.feed(Term::Distinct(Population::RessourcesSuggerees));
            sum.count(Measure::Suggestions, of_resource(*resource), *suggestions);
            sum.count(Measure::AffectationsAutomatiques, of_resource(*resource), *automatic_assignments);
            sum.member(Population::AbonnementsTraites, None, member);
            if *suggestions > 0 {
                sum.member(Population::AbonnementsAvecSuggestion, None, member);
                sum.member(Population::RessourcesSuggerees, None, resource.map(Member::Resource));
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
            sum.count(Measure::Affectations, of_resource(*resource), *count);
            sum.count(by_mode, of_resource(*resource), *count);
            if *from_suggestion {
                sum.count(Measure::SuggestionsValidees, of_resource(*resource), *count);
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
            sum.feed(Term::Stock(Stock::Comptes));
            sum.add(Contribution::Cover(Population::Comptes, *profile));
            sum.member(Population::Comptes, Some(*profile), person.map(Member::Person));
        }
    }
}

/// Hands over the contributions of one event.
struct Sum<T, P, A> {
    add: A,
    of: PhantomData<(T, P)>,
}

impl<T: Copy, P: Copy, A: FnMut(Contribution<T, P>)> Sum<T, P, A> {
    #[inline]
    fn add(&mut self, contribution: Contribution<T, P>) {
        (self.add)(contribution);
    }

    fn feed(&mut self, term: Term) {
        self.add(Contribution::Feed(term));
    }

    fn count(&mut self, measure: Measure, cell: Cell<T>, count: u32) {
        if count > 0 {
            self.add(Contribution::Count(measure, cell, count));
        }
    }

    fn member(&mut self, population: Population, profile: Option<T>, member: Option<Member<T, P>>) {
        if let Some(member) = member {
            self.add(Contribution::Member(population, profile, member));
        }
    }

    fn session(&mut self, session: P, assigned: bool) {
        self.feed(Term::Distinct(Population::SessionsAvecAffectation));
        self.member(Population::Sessions, None, Some(Member::Session(session)));
        if assigned {
            self.member(Population::SessionsAvecAffectation, None, Some(Member::Session(session)));
        }
    }
}

fn of_resource<T>(resource: Option<T>) -> Cell<T> {
    Cell { profile: None, resource, presentation: None, device: None }
}

#[cfg(test)]
mod tests;

use super::*;

fn uai(text: &str) -> Uai {
    Uai::parse(text).expect("a UAI")
}

fn group(academie: Option<&str>, nature: Option<&str>) -> Group {
    Group { codes: [nature.map(Into::into), academie.map(Into::into), None, None] }
}

fn person(rights: Rights) -> Viewer {
    Viewer::Person(Person { id: PersonId::new("p"), name: "P".into(), mail: None, rights })
}

fn in_school(role: SchoolRole) -> Viewer {
    let mut rights = Rights::default();
    rights.add(uai("9999991F"), role);
    person(rights)
}

/// What each role may do, action by action in the order of [`Action::ALL`]: `+` yes, `r` reserved, `-` unseen.
fn told(viewer: &Viewer, target: Target<'_>) -> String {
    let sign = |action| match check(viewer, action, target) {
        Ok(()) => '+',
        Err(Refusal::Reserved) => 'r',
        Err(Refusal::Unseen) => '-',
    };
    Action::ALL.into_iter().map(sign).collect()
}

#[test]
fn each_role_does_what_it_is_for_in_its_school_and_sees_no_other() {
    let (own, other) = (uai("9999991F"), uai("9999992G"));
    let pilote = person(Rights { groups: vec![group(Some("20"), None)], ..Rights::default() });
    let administrator = person(Rights { administrator: true, ..Rights::default() });
    for (viewer, in_own) in [
        (Viewer::Local, "+++++++"),
        (in_school(SchoolRole::Responsable), "++++++r"),
        (in_school(SchoolRole::Delegue), "++++++r"),
        (in_school(SchoolRole::Equipe), "+r+rr+r"),
        (pilote, "-------"),
        (administrator, "-------"),
        (person(Rights::default()), "-------"),
    ] {
        assert_eq!(told(&viewer, Target::School(&own)), in_own, "{viewer:?}");
        let elsewhere = if viewer == Viewer::Local { "+++++++" } else { "-------" };
        assert_eq!(told(&viewer, Target::School(&other)), elsewhere, "{viewer:?}");
    }
}

#[test]
fn a_pilote_follows_groups_within_their_own_and_no_other() {
    let pilote = person(Rights { groups: vec![group(Some("20"), None)], ..Rights::default() });
    for (asked, may) in [
        (group(Some("20"), None), "++++++r"),
        (group(Some("20"), Some("college")), "++++++r"),
        (group(Some("21"), None), "-------"),
        (group(None, Some("college")), "-------"),
        (group(None, None), "-------"),
    ] {
        assert_eq!(told(&pilote, Target::Group(&asked)), may, "{asked:?}");
        assert_eq!(told(&in_school(SchoolRole::Responsable), Target::Group(&asked)), "-------");
    }
    let everywhere = person(Rights { groups: vec![group(None, None)], ..Rights::default() });
    assert!(may(&everywhere, Action::Search, Target::Group(&group(Some("21"), None))));
}

#[test]
fn only_an_administrator_operates_the_instance() {
    let administrator = person(Rights { administrator: true, ..Rights::default() });
    assert_eq!(told(&administrator, Target::Instance), "rrrrrr+");
    assert_eq!(told(&in_school(SchoolRole::Responsable), Target::Instance), "rrrrrrr");
}

#[test]
fn of_two_titles_in_a_school_the_greater_one_holds() {
    let mut rights = Rights::default();
    rights.add(uai("9999991F"), SchoolRole::Responsable);
    rights.add(uai("9999991F"), SchoolRole::Equipe);
    let mut more = Rights { administrator: true, ..Rights::default() };
    more.add(uai("9999992G"), SchoolRole::Equipe);
    rights.merge(more);
    assert_eq!(rights.schools.values().copied().collect::<Vec<_>>(), [SchoolRole::Responsable, SchoolRole::Equipe]);
    assert!(rights.administrator);
    assert_eq!(rights.role_label(Some(&uai("9999992G"))), "Équipe pédagogique");
    assert_eq!(rights.role_label(None), "Responsable d’affectation");
    assert_eq!(Rights::default().role_label(None), "Sans accès");
}

#[test]
fn rights_survive_being_written() {
    let mut rights = Rights { groups: vec![group(Some("20"), None)], administrator: true, ..Rights::default() };
    rights.add(uai("9999991F"), SchoolRole::Delegue);
    let text = serde_json::to_string(&rights).expect("JSON");
    assert_eq!(serde_json::from_str::<Rights>(&text).expect("rights"), rights);
    assert_eq!(serde_json::from_str::<Rights>("{}").expect("rights"), Rights::default());
}

use super::*;

fn answer(inside: &str) -> Result<Claims, CasError> {
    read_answer(
        format!("<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>{inside}</cas:serviceResponse>")
            .as_bytes(),
    )
}

#[test]
fn an_answer_says_who_and_each_value_of_each_attribute() {
    let claims = answer(
        "<cas:authenticationSuccess>
           <cas:user> u-1 </cas:user>
           <cas:attributes>
             <cas:UAI>0561641E</cas:UAI><cas:PRO>National_ens</cas:PRO>
             <cas:P_MS4>2213</cas:P_MS4><cas:P_MS4>2211</cas:P_MS4>
             <cas:user>somebody-else</cas:user><cas:displayName>A &amp; B</cas:displayName>
           </cas:attributes>
         </cas:authenticationSuccess>",
    )
    .expect("an answer");
    assert_eq!(claims.texts(USER), ["u-1"]);
    assert_eq!(claims.texts("UAI"), ["0561641E"]);
    assert_eq!(claims.texts("P_MS4"), ["2213", "2211"]);
    assert_eq!(claims.texts("displayName"), ["A & B"]);
    assert_eq!(claims.texts("user"), ["somebody-else"]);
}

#[test]
fn attributes_that_lie_beside_the_user_are_read_too() {
    let claims =
        answer("<cas:authenticationSuccess><cas:user>u</cas:user><cas:UAI>A</cas:UAI></cas:authenticationSuccess>");
    assert_eq!(claims.expect("an answer").texts("UAI"), ["A"]);
}

#[test]
fn a_refusal_gives_its_reason() {
    let refused = answer("<cas:authenticationFailure code='INVALID_TICKET'>no</cas:authenticationFailure>");
    assert!(matches!(refused, Err(CasError::Refused(code)) if code == "INVALID_TICKET"));
    // Even when it says who, elsewhere.
    let both = "<cas:authenticationFailure code='X'/><cas:authenticationSuccess><cas:user>u</cas:user></cas:authenticationSuccess>";
    assert!(matches!(answer(both), Err(CasError::Refused(_))));
}

#[test]
fn what_is_no_answer_of_a_cas_server_says_nobody() {
    let nobody = "<cas:authenticationSuccess><cas:attributes/></cas:authenticationSuccess>";
    let two = "<cas:authenticationSuccess><cas:user>u</cas:user><cas:user>v</cas:user></cas:authenticationSuccess>";
    for inside in [nobody, two, "<cas:proxySuccess/>", "<cas:user>u</cas:user>"] {
        assert!(matches!(answer(inside), Err(CasError::Unreadable(_))), "{inside}");
    }
    let success = "<authenticationSuccess><user>u</user></authenticationSuccess>";
    for body in [
        String::new(),
        "yes\nu\n".into(),
        success.into(),
        format!("<serviceResponse xmlns='http://other.example'>{success}</serviceResponse>"),
        format!("<html><serviceResponse>{success}</serviceResponse></html>"),
        format!("<serviceResponse>{success}"),
        format!("<!DOCTYPE a [<!ENTITY b 'u'>]><serviceResponse>{success}</serviceResponse>"),
        "<serviceResponse><authenticationSuccess><user>&u;</user></authenticationSuccess></serviceResponse>".into(),
    ] {
        assert!(matches!(read_answer(body.as_bytes()), Err(CasError::Unreadable(_))), "{body}");
    }
}

#[test]
fn what_says_who_is_in_the_namespace_of_the_protocol_and_an_attribute_may_be_in_none() {
    let success = |user: &str| format!("<authenticationSuccess>{user}</authenticationSuccess>");
    let response = |namespace: &str, inside: &str| {
        read_answer(format!("<serviceResponse{namespace}>{inside}</serviceResponse>").as_bytes())
    };
    let ours = " xmlns='http://www.yale.edu/tp/cas'";
    assert_eq!(response(ours, &success("<user>u</user>")).expect("an answer").texts(USER), ["u"]);
    for namespace in ["", " xmlns='http://www.yale.edu/tp/case'", " xmlns:cas='http://www.yale.edu/tp/cas'"] {
        let read = response(namespace, &success("<user>u</user>"));
        assert!(matches!(read, Err(CasError::Unreadable(_))), "{namespace}");
    }
    for user in ["<user xmlns=''>u</user>", "<user xmlns='http://other.example'>u</user>", "<o:user>u</o:user>"] {
        assert!(matches!(response(ours, &success(user)), Err(CasError::Unreadable(_))), "{user}");
    }
    // Servers of ENTs are known to leave it out there.
    let bare = "<user>u</user><attributes><UAI xmlns=''>0561641E</UAI></attributes><PRO xmlns=''>National_ens</PRO>";
    let claims = response(ours, &success(bare)).expect("an answer");
    assert_eq!((claims.texts("UAI"), claims.texts("PRO")), (vec!["0561641E".into()], vec!["National_ens".into()]));
}

#[test]
fn a_logout_names_the_ticket_that_began_the_session() {
    let logout = |inside: &str| {
        format!(
            "<samlp:LogoutRequest xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'>{inside}</samlp:LogoutRequest>"
        )
    };
    let index = "<saml:NameID xmlns:saml='a'>u</saml:NameID><samlp:SessionIndex>ST-1-abc</samlp:SessionIndex>";
    assert_eq!(read_logout(&logout(index)).as_deref(), Some("ST-1-abc"));
    for nothing in ["", "<a/>", &logout(""), &logout("<samlp:SessionIndex>x</samlp:SessionIndex>"), &index[50..]] {
        assert_eq!(read_logout(nothing), None, "{nothing}");
    }
}

#[test]
fn a_ticket_is_a_short_plain_text() {
    assert!(is_ticket("ST-1-abc.DEF_9"));
    for no in ["", "ST-", "PGT-1", "ST-a b", "ST-é", &format!("ST-{}", "a".repeat(MAX_TICKET))] {
        assert!(!is_ticket(no), "{no}");
    }
}

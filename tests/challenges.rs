//! `WWW-Authenticate`, read in full (RFC 9110 section 11.6.1): what is ours, and what is not.

use holdfast::core::challenge::{Challenge, Refusal, StepUp, challenges, refusal};
use proptest::prelude::*;

/// The schemes of `header`, each with those of these parameters that it has.
fn read(header: &str) -> Vec<String> {
    let names = [
        "realm",
        "error",
        "scope",
        "a",
        "b",
        "algs",
        "acr_values",
        "max_age",
        "charset",
    ];
    let schemes = [
        "Basic",
        "Bearer",
        "DPoP",
        "Negotiate",
        "NTLM",
        "Digest",
        "Newauth",
        "x",
    ];
    let describe = |challenge: &Challenge<'_>| {
        let scheme = schemes
            .into_iter()
            .find(|scheme| challenge.is(scheme))
            .unwrap_or("?");
        let parameters = names
            .into_iter()
            .filter_map(|name| Some(format!(" {name}={}", challenge.parameter(name)?)));
        [scheme.to_string()].into_iter().chain(parameters).collect()
    };
    challenges(header).iter().map(describe).collect()
}

#[test]
fn every_form_that_the_standard_has() {
    for (header, expected) in [
        ("", &[][..]),
        (" ,\t,, ", &[]),
        ("Bearer", &["Bearer"]),
        ("bearer , DPOP", &["Bearer", "DPoP"]),
        ("Bearer,DPoP", &["Bearer", "DPoP"]),
        ("Bearer realm=\"api\"", &["Bearer realm=api"]),
        (
            "Bearer realm=api,error=invalid_token",
            &["Bearer realm=api error=invalid_token"],
        ),
        (
            "Bearer   realm = \"api\" ,, error\t=\tinvalid_token ,",
            &["Bearer realm=api error=invalid_token"],
        ),
        (
            "Bearer REALM=\"api\", Error=\"x\"",
            &["Bearer realm=api error=x"],
        ),
        // The example of RFC 9110 section 11.6.1.
        (
            "Basic realm=\"simple\", Newauth realm=\"apps\", a=1, b=\"Login to \\\"apps\\\"\"",
            &[
                "Basic realm=simple",
                "Newauth realm=apps a=1 b=Login to \"apps\"",
            ],
        ),
        // Two headers, which the browser has joined.
        (
            "Bearer error=\"invalid_token\", DPoP algs=\"ES256 PS256\"",
            &["Bearer error=invalid_token", "DPoP algs=ES256 PS256"],
        ),
        (
            "Negotiate, NTLM, Basic realm=\"x\", charset=\"UTF-8\"",
            &["Negotiate", "NTLM", "Basic realm=x charset=UTF-8"],
        ),
        // token68, with and without its padding.
        (
            "Negotiate YII=, Bearer realm=\"x\"",
            &["Negotiate", "Bearer realm=x"],
        ),
        (
            "NTLM TlRMTVNTUAAC/+==, Bearer error=x",
            &["NTLM", "Bearer error=x"],
        ),
        ("Negotiate a/b+c~d._-9 , DPoP", &["Negotiate", "DPoP"]),
        ("Bearer error=", &["Bearer"]),
        ("Bearer error=,realm=x", &["Bearer realm=x"]),
        // Commas, equals signs and whole challenges inside quotes.
        (
            "Basic realm=\"a, Bearer error=b\"",
            &["Basic realm=a, Bearer error=b"],
        ),
        ("Basic realm=\"\\\\\", DPoP", &["Basic realm=\\", "DPoP"]),
        ("Basic realm=\"\", Bearer", &["Basic realm=", "Bearer"]),
        ("Basic realm=\"b\u{fc}cher\"", &["Basic realm=b\u{fc}cher"]),
        // Said twice: what was said first.
        ("Bearer error=one, error=two", &["Bearer error=one"]),
        // What servers write though they should not: no commas, URLs without quotes.
        (
            "Bearer realm=\"x\" error=\"invalid_token\"",
            &["Bearer realm=x error=invalid_token"],
        ),
        (
            "Bearer scope=https://api.example/read error=x",
            &["Bearer error=x scope=https://api.example/read"],
        ),
    ] {
        assert_eq!(read(header), expected, "{header}");
    }
}

#[test]
fn what_cannot_be_read_ends_the_list_and_never_moves_a_parameter() {
    for (header, expected) in [
        ("error=\"invalid_token\"", &[][..]),
        ("=", &[]),
        ("\"Bearer error=x\"", &[]),
        ("{\"error\":\"invalid_token\"}", &[]),
        ("Bearer/error=x", &[]),
        ("B\u{e9}arer error=x", &[]),
        ("Bearer\u{b}error=x", &[]),
        ("Bearer realm=\"x, error=y", &["Bearer"]),
        ("Bearer realm=\"x\\", &["Bearer"]),
        ("Bearer realm=a\"b, error=c\"", &["Bearer"]),
        ("Bearer error=x, @, DPoP error=y", &["Bearer error=x"]),
    ] {
        assert_eq!(read(header), expected, "{header}");
    }
}

#[test]
fn a_header_has_a_length() {
    let padding = "a".repeat(8_000);
    assert_eq!(read(&format!("Basic realm={padding}, Bearer")).len(), 2);
    let padding = "a".repeat(9_000);
    assert!(
        read(&format!(
            "Bearer error=invalid_request, Basic realm={padding}"
        ))
        .is_empty()
    );
}

#[test]
fn a_new_token_helps_against_invalid_token() {
    for challenge in [
        "bearer realm=\"a, error=b\", error=\"invalid_token\", error_description=\"expired\"",
        "Bearer error=invalid_token",
        "Bearer error=\"invalid\\_token\"",
        "Bearer realm=\"say \\\"error=x\\\"\" , ERROR = \"Invalid_Token\"",
        "DPoP error=\"invalid_token\", algs=\"ES256\"",
        "DPoP algs=\"ES256\", Bearer error=\"invalid_token\"",
        "Bearer error=\"invalid_request\", DPoP error=\"invalid_token\"",
    ] {
        assert_eq!(refusal(Some(challenge)), Refusal::NewToken, "{challenge}");
    }
}

#[test]
fn where_nothing_is_said_of_the_token_nobody_can_tell() {
    for challenge in [
        None,
        Some(""),
        Some("?"),
        Some("Bearer"),
        Some("Bearer realm=\"api\""),
        // What others say is theirs.
        Some("Basic realm=\"x\", error=\"insufficient_scope\""),
        Some("Negotiate error=invalid_token"),
        Some("Basic realm=\"Bearer error=\\\"invalid_token\\\"\""),
        Some("BearerX error=\"insufficient_scope\""),
        Some("Bearer realm=\"x, error=\"insufficient_scope\""),
    ] {
        assert_eq!(refusal(challenge), Refusal::Unclear, "{challenge:?}");
    }
}

#[test]
fn it_does_not_help_against_anything_else() {
    for challenge in [
        "Bearer error=\"invalid_request\"",
        "DPoP error=\"use_dpop_nonce\"",
        "Bearer realm=\"error=invalid_token\", error=\"insufficient_scope\"",
        "Basic error=\"invalid_token\", Bearer error=\"insufficient_scope\"",
        "Bearer error=\"insufficient_scope\", Basic error=\"invalid_token\"",
        "Bearer error=\"insufficient_scope\", Negotiate invalid_token",
        "Bearer error=\"\"",
    ] {
        assert_eq!(refusal(Some(challenge)), Refusal::Other, "{challenge}");
    }
}

#[test]
fn a_step_up_is_told_with_what_it_asks_for() {
    let step_up = |acr_values: Option<&str>, max_age| {
        Refusal::StepUp(StepUp {
            acr_values: acr_values.map(Into::into),
            max_age,
        })
    };
    for (challenge, expected) in [
        // The examples of RFC 9470 section 3.
        (
            "Bearer error=\"insufficient_user_authentication\", error_description=\"A different authentication level is required\", acr_values=\"myACR\"",
            step_up(Some("myACR"), None),
        ),
        (
            "Bearer error=\"insufficient_user_authentication\", error_description=\"More recent authentication is required\", max_age=\"5\"",
            step_up(None, Some(5)),
        ),
        (
            "DPoP error=insufficient_user_authentication, ACR_VALUES=\"one two\", max_age=0",
            step_up(Some("one two"), Some(0)),
        ),
        (
            "Bearer error=\"insufficient_user_authentication\"",
            step_up(None, None),
        ),
        (
            "Bearer error=\"insufficient_user_authentication\", max_age=\"soon\"",
            step_up(None, None),
        ),
        (
            "Bearer error=\"insufficient_user_authentication\", max_age=\"-1\"",
            step_up(None, None),
        ),
        (
            "Bearer error=\"invalid_token\", DPoP error=\"insufficient_user_authentication\", max_age=1, Basic max_age=2",
            step_up(None, Some(1)),
        ),
    ] {
        assert_eq!(refusal(Some(challenge)), expected, "{challenge}");
    }
    for challenge in [
        "Basic error=\"insufficient_user_authentication\"",
        "Bearer realm=\"error=insufficient_user_authentication\"",
    ] {
        assert_eq!(refusal(Some(challenge)), Refusal::Unclear, "{challenge}");
    }
}

/// A challenge, and how it is written.
#[derive(Clone, Debug)]
struct Written {
    scheme: String,
    parameters: Vec<(String, String)>,
    text: String,
}

fn parameter() -> impl Strategy<Value = (String, String, String)> {
    let name = "[a-z!#$*+._-]{1,6}";
    let value = prop_oneof![
        "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,8}".prop_map(|value| (value.clone(), value)),
        "[ -~\t\u{e4}\u{20ac}]{0,12}".prop_map(|value| {
            let escaped: String = value
                .chars()
                .flat_map(|c| {
                    matches!(c, '"' | '\\')
                        .then_some('\\')
                        .into_iter()
                        .chain([c])
                })
                .collect();
            (value, format!("\"{escaped}\""))
        }),
    ];
    (name, value, "[ \t]{0,2}", "[ \t]{0,2}").prop_map(|(name, (value, written), before, after)| {
        let text = format!("{name}{before}={after}{written}");
        (name, value, text)
    })
}

fn written() -> impl Strategy<Value = Written> {
    let scheme = "Bearer|DPOP|basic|Nego-tiate|x";
    let token68 = "[A-Za-z0-9+/._~-]{1,12}={0,2}".prop_map(|token| (Vec::new(), token));
    let parameters = (
        prop::collection::vec(parameter(), 0..4),
        "[ \t]?,[, \t]{0,2}",
    )
        .prop_map(|(parameters, comma)| {
            let texts: Vec<_> = parameters.iter().map(|(_, _, text)| text.clone()).collect();
            let values = parameters.into_iter().map(|(name, value, _)| (name, value));
            (values.collect(), texts.join(&comma))
        });
    (
        scheme,
        prop_oneof![1 => token68, 3 => parameters],
        "[ \t]{1,2}",
    )
        .prop_map(|(scheme, (parameters, rest), space)| Written {
            text: if rest.is_empty() {
                scheme.clone()
            } else {
                format!("{scheme}{space}{rest}")
            },
            scheme,
            parameters,
        })
}

proptest! {
    /// Whatever a server may write by the grammar is read as it was meant.
    #[test]
    fn what_is_written_is_read(all in prop::collection::vec(written(), 0..4), comma in "[ \t]?,[, \t]{0,2}") {
        let texts: Vec<_> = all.iter().map(|written| written.text.clone()).collect();
        let header = texts.join(&comma);
        let read = challenges(&header);
        prop_assert_eq!(read.len(), all.len(), "{}", header);
        for (challenge, written) in read.iter().zip(&all) {
            prop_assert!(challenge.is(&written.scheme));
            for (name, _) in &written.parameters {
                let first = written.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                prop_assert_eq!(challenge.parameter(name), first.map(|(_, value)| value.as_str()), "{}", header);
            }
        }
    }

    /// What stands in another scheme, or inside quotes, decides nothing.
    #[test]
    fn nothing_inside_quotes_and_nothing_of_others_misleads(inside in "[ -~]{0,40}", scheme in "Basic|Negotiate|Digest") {
        let escaped = inside.replace('\\', "\\\\").replace('"', "\\\"");
        for header in [
            format!("{scheme} realm=\"{escaped}\""),
            format!("{scheme} error=\"{escaped}\""),
            format!("{scheme} error=\"insufficient_scope\", realm=\"{escaped}\", Bearer realm=\"{escaped}\""),
        ] {
            prop_assert_eq!(refusal(Some(&header)), Refusal::Unclear, "{}", header);
        }
        let header = format!("{scheme} realm=\"{escaped}\", Bearer error=\"insufficient_scope\"");
        prop_assert_eq!(refusal(Some(&header)), Refusal::Other, "{}", header);
    }

    #[test]
    fn never_panics(header in "(\\PC|[\"\\\\=, \t]|Bearer|error){0,60}") {
        let _ = refusal(Some(&header));
    }
}

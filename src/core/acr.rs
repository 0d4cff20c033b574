//! How a person has to sign in where the app leaves no choice: the claim `acr`, requested as essential
//! (OpenID Connect Core section 5.5.1.1).

use alloc::string::String;

use super::{
    error::{Code, Error},
    id_token::Claims,
    json::{self, Value},
};

/// What the parameters of an authorization request demand: a value of `acr`, or a list of them of
/// which one will do. `None`: nothing, or only a wish, as `acr_values` is.
#[must_use]
pub(super) fn demanded(parameters: &[(String, String)]) -> Option<Value> {
    let (_, claims) = parameters.iter().find(|(name, _)| name == "claims")?;
    let claims = json::parse(claims)?;
    let acr = claims.get("id_token")?.get("acr")?;
    acr.get("essential")
        .and_then(Value::as_bool)
        .filter(|is| *is)?;
    // `null` is as good as absent, or a demand would stand or fall with where it is kept meanwhile.
    let given = |name| acr.get(name).filter(|value| !value.is_null());
    given("values").or_else(|| given("value")).cloned()
}

/// Whether the claims of an ID token have what was demanded. What makes no sense fits nothing: where
/// the demand was kept, others may have changed it.
///
/// # Errors
/// [`Code::IdTokenAcr`].
pub(super) fn check(claims: &Claims, demanded: Option<&Value>) -> Result<(), Error> {
    let Some(demanded) = demanded else {
        return Ok(());
    };
    let found = claims.get("acr").filter(|acr| acr.as_str().is_some());
    let fits = match demanded {
        Value::Array(values) => found.is_some_and(|acr| values.contains(acr)),
        value => found == Some(value),
    };
    if fits {
        Ok(())
    } else {
        Err(Code::IdTokenAcr.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;

    fn demand(claims: &Value) -> Option<Value> {
        demanded(&[("claims".into(), claims.to_string())])
    }

    #[test]
    fn only_an_essential_claim_of_the_id_token_with_values_is_a_demand() {
        let acr = |acr: Value| json!({ "id_token": { "acr": acr } });
        assert_eq!(
            demand(&acr(json!({ "essential": true, "values": ["a", "b"] }))),
            Some(json!(["a", "b"]))
        );
        assert_eq!(
            demand(&acr(json!({ "essential": true, "value": "a" }))),
            Some(json!("a"))
        );
        assert_eq!(
            demand(&acr(
                json!({ "essential": true, "values": null, "value": "a" })
            )),
            Some(json!("a"))
        );
        for wish in [
            acr(json!(null)),
            acr(json!({ "values": ["a"] })),
            acr(json!({ "essential": false, "values": ["a"] })),
            acr(json!({ "essential": "true", "values": ["a"] })),
            acr(json!({ "essential": true })),
            acr(json!({ "essential": true, "values": null })),
            json!({ "userinfo": { "acr": { "essential": true, "values": ["a"] } } }),
            json!({ "id_token": null }),
        ] {
            assert_eq!(demand(&wish), None, "{wish}");
        }
        assert_eq!(demanded(&[("acr_values".into(), "a".into())]), None);
    }

    #[test]
    fn one_of_the_values_is_enough_and_nothing_else_is() {
        let verdict = |acr: Value, demanded: &Value| {
            let Value::Object(claims) = json!({ "acr": acr }) else {
                panic!("an object")
            };
            check(&claims, Some(demanded)).map_err(|error| error.code)
        };
        let both = json!(["a", "b"]);
        assert_eq!(verdict(json!("b"), &both), Ok(()));
        assert_eq!(verdict(json!("a"), &json!("a")), Ok(()));
        assert_eq!(check(&Claims::new(), None), Ok(()));
        for (acr, demanded) in [
            (json!("c"), both.clone()),
            (json!("A"), both.clone()),
            (json!("a b"), both.clone()),
            (json!(["a"]), both.clone()),
            (json!(null), both),
            (json!("a"), json!([])),
            (json!("a"), json!("b")),
            (json!(null), json!(null)),
            (json!(null), json!([null])),
            (json!(7), json!([7])),
            (json!("a"), json!({ "a": true })),
        ] {
            assert_eq!(
                verdict(acr.clone(), &demanded),
                Err(Code::IdTokenAcr),
                "{acr} for {demanded}"
            );
        }
        assert!(check(&Claims::new(), Some(&json!(["a"]))).is_err());
    }
}

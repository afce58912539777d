//! The query of a request. It is read like a body, as a form: what is unknown or repeated is a fault, and all faults
//! are told at once.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use khata_core::calendar::Date;
use khata_core::error::{Error, Violation};
use khata_core::form::{self, Form, Raw};

/// Parameters by name, as they were written.
pub(crate) type Params = BTreeMap<String, String>;

/// The parameters in a query. Every handler must read it, if only as [`none`](Self::none): else what is unknown
/// would pass.
#[must_use]
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) params: Params,
    repeated: Vec<String>,
}

impl Query {
    pub(crate) fn read(query: &str) -> Self {
        let mut params = Params::new();
        let mut repeated = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let (name, value) = (name.into_owned(), value.into_owned());
            if params.insert(name.clone(), value).is_some() && !repeated.contains(&name) {
                repeated.push(name);
            }
        }
        Self { params, repeated }
    }

    /// The form of these parameters.
    pub(crate) fn form(self) -> Form {
        let fields = self.params.into_iter().map(|(name, value)| (name, Raw::Text(value)));
        let mut form = Form::new(fields.collect());
        for name in self.repeated {
            form.fault(&name, Violation::new("repeated", "must not be repeated"));
        }
        form
    }

    /// Success if there is no parameter at all.
    pub(crate) fn none(self) -> Result<(), Error> {
        self.form().finish(Some(()))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

/// Reads the day of a report, if one is named.
pub(crate) fn as_of(mut form: Form) -> Result<Option<Date>, Error> {
    let as_of = form.optional("asOf", form::date);
    form.finish(as_of)
}

/// Reads a truth value.
pub(crate) fn boolean(text: &str) -> Result<bool, Violation> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Violation::new("invalid_boolean", "must be true or false")),
    }
}

/// Both results, or the faults of both.
pub(crate) fn both<A, B>(a: Result<A, Error>, b: Result<B, Error>) -> Result<(A, B), Error> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(Error::Invalid(mut faults)), Err(Error::Invalid(more))) => {
            faults.extend(more);
            Err(Error::Invalid(faults))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = Query::read("q=%E2%82%B9+5%2B&&limit=");
        assert_eq!(
            query.params,
            Params::from([("q".into(), "₹ 5+".into()), ("limit".into(), String::new())])
        );
    }

    #[test]
    fn unknown_and_repeated_parameters_are_faults() {
        let Err(Error::Invalid(faults)) = Query::read("b=1&a=1&a=2&a=3").none() else {
            panic!("it passed");
        };
        let faults: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        assert_eq!(faults, [("a", "repeated"), ("a", "unknown_field"), ("b", "unknown_field")]);
        Query::read("").none().unwrap();
    }

    #[test]
    fn a_truth_value_is_a_plain_word() {
        assert_eq!(boolean("true"), Ok(true));
        assert_eq!(boolean("false"), Ok(false));
        for wrong in ["", "1", "TRUE", "yes"] {
            assert_eq!(boolean(wrong).unwrap_err().code, "invalid_boolean");
        }
    }

    #[test]
    fn the_faults_of_both_are_told() {
        let invalid = |field: &str| Err::<(), _>(Error::invalid(field, "missing", "is required"));
        let Err(Error::Invalid(faults)) = both(invalid("a"), invalid("b")) else {
            panic!("it passed");
        };
        assert_eq!(faults.len(), 2);
        assert!(matches!(both(invalid("a"), Ok(())), Err(Error::Invalid(_))));
        assert!(matches!(both(Ok(()), Err::<(), _>(Error::NotFound)), Err(Error::NotFound)));
        both(Ok(()), Ok(())).unwrap();
    }
}

//! Passwords in the inputs of owners.

use secrecy::SecretString;

use crate::auth::Password;
use crate::error::FieldError;
use crate::form::{self, Form};
use crate::money::Currency;
use crate::record::{InputField, InputPart, InputType, Typed as _};

impl InputPart for Option<Password> {
    const FIELDS: &'static [InputField] = &[InputField {
        name: "password",
        ty: InputType::Value(Password::TYPE),
        required: true,
        nullable: false,
        doc: "Password to log in with.",
    }];

    fn read(form: &mut Form, _: Currency) -> Option<Self> {
        form.required("password", form::text(Password::parse)).map(Some)
    }

    fn violations(&self, _: Currency) -> Vec<FieldError> {
        Vec::new()
    }
}

/// A new password, with the current one as authorization.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The current password.
    pub current: SecretString,
    /// The new password.
    pub new: Password,
}

impl InputPart for Option<PasswordChange> {
    const FIELDS: &'static [InputField] = &[
        InputField {
            name: "password",
            ty: InputType::Value(Password::TYPE),
            required: false,
            nullable: false,
            doc: "New password. It needs the current one, and ends every other session.",
        },
        InputField {
            name: "currentPassword",
            ty: InputType::Value(String::TYPE),
            required: false,
            nullable: false,
            doc: "Current password.",
        },
    ];

    fn read(form: &mut Form, _: Currency) -> Option<Self> {
        let new = form.settable("password", form::text(Password::parse));
        let current = form.settable("currentPassword", form::text(|text| Ok(SecretString::from(text))));
        match (new?, current) {
            (Some(new), Some(Some(current))) => Some(Some(PasswordChange { current, new })),
            (Some(_), Some(None)) => {
                form.fault("currentPassword", form::missing());
                None
            }
            (None, Some(_)) => Some(None),
            (_, None) => None,
        }
    }

    fn violations(&self, _: Currency) -> Vec<FieldError> {
        Vec::new()
    }
}

//! Passwords in the inputs of owners.

use secrecy::SecretString;

use super::{NewOwner, Owner};
use crate::auth::{OwnWords, Password};
use crate::error::FieldError;
use crate::form::{self, Form};
use crate::money::Currency;
use crate::record::{InputField, InputPart, InputType, Typed as _};

impl Owner {
    /// What the shop is known by.
    pub(crate) fn own_words(&self) -> OwnWords {
        OwnWords::of(&self.shop_name, &self.proprietor_name, &self.mobile, self.upi_id.as_ref())
    }
}

impl NewOwner {
    /// What the shop is known by.
    pub(crate) fn own_words(&self) -> OwnWords {
        OwnWords::of(&self.shop_name, &self.proprietor_name, &self.mobile, self.upi_id.as_ref())
    }
}

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

/// The current password as authorization of an update, and a new one if it changes.
#[derive(Debug, Clone)]
pub struct Passwords {
    /// The current password.
    pub current: SecretString,
    /// The new password.
    pub new: Option<Password>,
}

impl InputPart for Option<Passwords> {
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
            doc: "Current password. A new password needs it, as does a new mobile number unless the login is recent.",
        },
    ];

    fn read(form: &mut Form, _: Currency) -> Option<Self> {
        let new = form.settable("password", form::text(Password::parse));
        let current = form.settable("currentPassword", form::text(|text| Ok(SecretString::from(text))));
        match (new?, current?) {
            (new, Some(current)) => Some(Some(Passwords { current, new })),
            (Some(_), None) => {
                form.fault("currentPassword", form::missing());
                None
            }
            (None, None) => Some(None),
        }
    }

    fn violations(&self, _: Currency) -> Vec<FieldError> {
        Vec::new()
    }
}

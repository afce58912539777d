//! The types of fields that the domain's value types are.

use uuid::Uuid;

use super::{FieldType, FormType, Range, TextFormat, Type, Typed, Unreadable, Value};
use crate::calendar::{Date, FinancialYear, TimeZone, Timestamp};

use crate::email::Email;
use crate::error::Violation;
use crate::form::{self, Raw};
use crate::gst::Gstin;
use crate::ledger::ChainHash;
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::phone::MobileNumber;
use crate::text::{Name, Note, Reference};
use crate::upi::UpiId;

macro_rules! plain_field {
    ($($ty:ty: $kind:expr, $variant:ident, |$shown:ident| $show:expr, |$read:ident| $from:expr;)+) => {$(
        impl Typed for $ty {
            const TYPE: Type = $kind;
        }

        impl FieldType for $ty {
            fn value(&self) -> Value<'_> {
                let $shown = self;
                Value::$variant($show)
            }

            fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
                match value {
                    Value::$variant($read) => Ok($from),
                    _ => Err(Unreadable::wrong_type()),
                }
            }
        }
    )+};
}

plain_field! {
    Uuid: Type::Id, Id, |id| *id, |id| id;
    u64: Type::Integer, Integer, |number| *number, |number| number;
    bool: Type::Flag, Flag, |flag| *flag, |flag| flag;
    Money: Type::Money(Range::Any), Money, |money| *money, |money| money;
    Date: Type::Date, Date, |date| *date, |date| date;
    Timestamp: Type::Time, Time, |time| *time, |time| time;
    ChainHash: Type::Hash, Hash, |hash| &hash.0, |hash| Self(*hash);
    [u8; 32]: Type::Hash, Hash, |hash| hash, |hash| *hash;
}

impl Typed for Vec<String> {
    const TYPE: Type = Type::Texts;
}

impl FieldType for Vec<String> {
    fn value(&self) -> Value<'_> {
        Value::Texts(self)
    }

    /// A store without lists keeps the texts as the text of a JSON array.
    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        match value {
            Value::Texts(texts) => Ok(texts.to_vec()),
            Value::Text(json) => serde_json::from_str(json).map_err(Unreadable::new),
            _ => Err(Unreadable::wrong_type()),
        }
    }
}

impl Typed for FinancialYear {
    const TYPE: Type = Type::Integer;
}

impl FieldType for FinancialYear {
    fn value(&self) -> Value<'_> {
        Value::Integer(self.start_year().into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        u64::from_value(value)?.try_into().map(Self::from_start_year).map_err(Unreadable::new)
    }
}

impl FormType for FinancialYear {
    fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
        let (Raw::Number(digits) | Raw::Text(digits)) = raw else { return Err(form::wrong_type("a year")) };
        // Those of the dates that there are.
        let year = digits.parse().ok().filter(|year| (1899..=2199).contains(year));
        let invalid = || Violation::new("invalid_year", "must be the year in which a financial year starts");
        year.map(Self::from_start_year).ok_or_else(invalid)
    }
}

impl Typed for String {
    const TYPE: Type = Type::Text(&TextFormat::new("Text", "Any text.", ""));
}

impl FieldType for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        match value {
            Value::Text(text) => Ok(text.to_owned()),
            _ => Err(Unreadable::wrong_type()),
        }
    }
}

impl Typed for u32 {
    const TYPE: Type = Type::Integer;
}

impl FieldType for u32 {
    fn value(&self) -> Value<'_> {
        Value::Integer((*self).into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        u64::from_value(value)?.try_into().map_err(Unreadable::new)
    }
}

/// A type whose values are texts of a format: how it is described, shown, and read from stores and from requests.
macro_rules! text_field {
    ($ty:ty, $format:expr, $show:expr, $stored:expr, $asked:expr) => {
        impl $crate::record::Typed for $ty {
            const TYPE: $crate::record::Type = $crate::record::Type::Text(&$format);
        }

        impl $crate::record::FieldType for $ty {
            fn value(&self) -> $crate::record::Value<'_> {
                $crate::record::Value::Text($show(self))
            }

            fn from_value(value: $crate::record::Value<'_>) -> Result<Self, $crate::record::Unreadable> {
                match value {
                    $crate::record::Value::Text(text) => Ok($stored(text)?),
                    _ => Err($crate::record::Unreadable::wrong_type()),
                }
            }
        }

        impl $crate::record::FormType for $ty {
            fn from_raw(
                raw: &$crate::form::Raw,
                _: $crate::money::Currency,
            ) -> Result<Self, $crate::error::Violation> {
                $crate::form::text($asked)(raw)
            }
        }

        impl TryFrom<&str> for $ty {
            type Error = $crate::error::Violation;

            fn try_from(text: &str) -> Result<Self, $crate::error::Violation> {
                $asked(text)
            }
        }

        impl TryFrom<String> for $ty {
            type Error = $crate::error::Violation;

            fn try_from(text: String) -> Result<Self, $crate::error::Violation> {
                $asked(&text)
            }
        }
    };
}

const NAME: TextFormat = TextFormat {
    characters_min: Some(1),
    characters_max: Some(Name::CHARACTERS_MAX),
    ..TextFormat::new("Name", "Single line of text without control characters.", "Asha Traders")
};
const NOTE: TextFormat = TextFormat {
    characters_min: Some(1),
    characters_max: Some(Note::CHARACTERS_MAX),
    ..TextFormat::new(
        "Note",
        "Text; tabs and line breaks are allowed, other control characters are not.",
        "Two bags returned",
    )
};
const REFERENCE: TextFormat = TextFormat {
    characters_min: Some(1),
    characters_max: Some(Reference::CHARACTERS_MAX),
    ..TextFormat::new(
        "Reference",
        "External reference of the payment, such as a cheque number or UTR.",
        "UTR 423456789012",
    )
};
const MOBILE_NUMBER: TextFormat = TextFormat {
    pattern: Some(r"^\+[0-9]{6,15}$"),
    request: Some(&MOBILE_NUMBER_INPUT),
    ..TextFormat::new("MobileNumber", "Mobile number in E.164 format.", "+919876543210")
};
const MOBILE_NUMBER_INPUT: TextFormat = TextFormat {
    characters_max: Some(40),
    ..TextFormat::new(
        "MobileNumberInput",
        "Mobile number. Without a country code, +91 is assumed. Spaces and dashes are ignored.",
        "98765 43210",
    )
};
const GSTIN: TextFormat = TextFormat {
    pattern: Some(
        "^[0-9]{2}([A-Z]{5}[0-9]{4}[A-Z][1-9A-Z][Z1-9A-J]|[A-Z]{4}[0-9]{5}[A-Z][0-9]Z|[A-Z]{4}[0-9A-Z][0-9]{4}[A-Z][1-9A-Z]D|[0-9]{2}[A-Z]{3}[0-9]{5}(UN|ON|NR|OS))[0-9A-Z]$",
    ),
    ..TextFormat::new("Gstin", "GSTIN with a valid check digit.", "27AAPFU0939F1ZV")
};
const EMAIL: TextFormat = TextFormat {
    characters_max: Some(320),
    ..TextFormat::new("Email", "Email address.", "ravi@example.com")
};
const UPI_ID: TextFormat = TextFormat {
    pattern: Some("^[A-Za-z0-9._-]{1,256}@[A-Za-z][A-Za-z0-9]{1,63}$"),
    ..TextFormat::new("UpiId", "UPI id.", "ravi@okaxis")
};
const CURRENCY: TextFormat = TextFormat {
    pattern: Some("^[A-Z]{3}$"),
    ..TextFormat::new("Currency", "ISO 4217 currency code.", "INR")
};
const TIME_ZONE: TextFormat = TextFormat::new("TimeZone", "Name of an IANA time zone.", "Asia/Kolkata");
const DOCUMENT_NUMBER: TextFormat = TextFormat {
    pattern: Some("^[A-Za-z0-9/-]{1,16}$"),
    ..TextFormat::new(
        "DocumentNumber",
        "Document number, unique per kind and financial year, ignoring case.",
        "INV/2026-27/0001",
    )
};

text_field!(Name, NAME, Name::as_str, Name::from_stored, Name::parse);
text_field!(Note, NOTE, Note::as_str, Note::from_stored, Note::parse);
text_field!(Reference, REFERENCE, Reference::as_str, Reference::from_stored, Reference::parse);
text_field!(MobileNumber, MOBILE_NUMBER, MobileNumber::as_str, MobileNumber::from_e164, MobileNumber::parse);
text_field!(Gstin, GSTIN, Gstin::as_str, Gstin::parse, Gstin::parse);
text_field!(Email, EMAIL, Email::as_str, Email::parse, Email::parse);
text_field!(UpiId, UPI_ID, UpiId::as_str, UpiId::parse, UpiId::parse);
text_field!(Currency, CURRENCY, |currency: &Currency| currency.code(), Currency::parse, Currency::parse);
text_field!(TimeZone, TIME_ZONE, |zone: &TimeZone| zone.name(), TimeZone::parse, TimeZone::parse);
text_field!(
    DocumentNumber,
    DOCUMENT_NUMBER,
    DocumentNumber::as_str,
    DocumentNumber::parse,
    DocumentNumber::parse
);

/// Declares an enumeration whose variants have stable names, for stores and for the wire. With the code of a violation it
/// has a parser.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])+
        $(#[$meta:meta])*
        $vis:vis enum $name:ident $(: $code:literal)? {
            $($(#[doc = $variant_doc:literal])+ $(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        $vis enum $name {
            $($(#[doc = $variant_doc])+ $(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every variant, in order.
            $vis const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Their names.
            $vis const NAMES: &'static [&'static str] = &[$($text),+];

            /// Stable name, in snake case.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The variant of that name.
            #[must_use]
            $vis fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.as_str() == name)
            }

            $(
                /// Parses a name.
                ///
                /// # Errors
                #[doc = concat!("`", $code, "`.")]
                $vis fn parse(name: &str) -> Result<Self, $crate::error::Violation> {
                    Self::from_name(name).ok_or_else(|| $crate::form::no_choice($code, Self::NAMES))
                }
            )?
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::record::Typed for $name {
            const TYPE: $crate::record::Type = $crate::record::Type::Choice(&$crate::record::Choice {
                name: stringify!($name),
                doc: concat!($($doc),+).trim_ascii(),
                names: Self::NAMES,
            });
        }

        impl $crate::record::FieldType for $name {
            fn value(&self) -> $crate::record::Value<'_> {
                $crate::record::Value::Text(self.as_str())
            }

            fn from_value(value: $crate::record::Value<'_>) -> Result<Self, $crate::record::Unreadable> {
                let $crate::record::Value::Text(name) = value else {
                    return Err($crate::record::Unreadable::wrong_type());
                };
                Self::from_name(name).ok_or_else(|| $crate::record::Unreadable::new("an unknown name"))
            }
        }
    };
}
pub(crate) use choice;

//! Tax on documents.

use serde::{Deserialize, Serialize};

use crate::error::{FieldError, Violation};
use crate::form::Form;
use crate::idempotency::{Given, RequestEncoder};
use crate::money::{Currency, Money};
use crate::record::{
    self, Description, Field, FieldType as _, InputField, InputPart, InputType, Range, Record, Type, Value,
    Visibility, Visitor,
};

/// Tax on a document, as given by the caller, since the place of supply may differ from the customer's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// No tax, for a shop without a GSTIN.
    None,
    /// Tax on a supply within a state: two halves, equal to within one minor unit.
    Local {
        /// Central tax.
        cgst: Money,
        /// State tax.
        sgst: Money,
    },
    /// Tax on a supply between states. Zero for exempt goods.
    Interstate {
        /// Integrated tax.
        igst: Money,
    },
}

impl Tax {
    /// Returns the total tax, or `None` on overflow.
    #[must_use]
    pub fn total(self) -> Option<Money> {
        match self {
            Self::None => Some(Money::ZERO),
            Self::Local { cgst, sgst } => cgst.checked_add(sgst),
            Self::Interstate { igst } => Some(igst),
        }
    }

    /// Returns the central tax, if there is one.
    #[must_use]
    pub fn cgst(self) -> Option<Money> {
        match self {
            Self::Local { cgst, .. } => Some(cgst),
            _ => None,
        }
    }

    /// Returns the state tax, if there is one.
    #[must_use]
    pub fn sgst(self) -> Option<Money> {
        match self {
            Self::Local { sgst, .. } => Some(sgst),
            _ => None,
        }
    }

    /// Returns the integrated tax, if there is one.
    #[must_use]
    pub fn igst(self) -> Option<Money> {
        match self {
            Self::Interstate { igst } => Some(igst),
            _ => None,
        }
    }
}

/// Names and documentation of the three fields of a tax on the wire.
const PARTS: [(&str, &str); 3] =
    [("cgst", "Central tax."), ("sgst", "State tax."), ("igst", "Integrated tax.")];

/// Type of the amounts of a tax.
const AMOUNT: Type = Type::Money(Range::ZeroOrMore);

impl Tax {
    fn parts(self) -> [Option<Money>; 3] {
        [self.cgst(), self.sgst(), self.igst()]
    }

    /// Creates a tax from its parts: the first two or the last, but not both and not one half. Zero counts as given.
    fn of_parts(parts: [Option<Money>; 3]) -> Result<Self, FieldError> {
        let missing = |with| Violation::new("missing", format!("is required together with {with}"));
        match parts {
            [None, None, None] => Ok(Self::None),
            [Some(cgst), Some(sgst), None] => Ok(Self::Local { cgst, sgst }),
            [None, None, Some(igst)] => Ok(Self::Interstate { igst }),
            [_, _, Some(_)] => {
                Err(Violation::new("tax_exclusive", "must be absent if cgst and sgst are given").at("igst"))
            }
            [Some(_), None, None] => Err(missing("cgst").at("sgst")),
            [None, Some(_), None] => Err(missing("sgst").at("cgst")),
        }
    }

    /// Checks that the halves are equal to within one minor unit.
    fn unequal(self) -> Option<FieldError> {
        let Self::Local { cgst, sgst } = self else { return None };
        let apart = cgst.minor().abs_diff(sgst.minor()) > 1;
        apart.then(|| Violation::new("tax_unequal", "must equal cgst to within one minor unit").at("sgst"))
    }
}

impl InputPart for Tax {
    const FIELDS: &'static [InputField] = &[input_field(0), input_field(1), input_field(2)];

    fn read(form: &mut Form, currency: Currency) -> Option<Self> {
        let parts = PARTS.map(|(name, _)| form.optional(name, |raw| record::read(raw, currency, AMOUNT)));
        let [cgst, sgst, igst] = parts;
        let tax = Self::of_parts([cgst?, sgst?, igst?]).and_then(|tax| tax.unequal().map_or(Ok(tax), Err));
        tax.map_err(|violation| form.check(Some(violation))).ok()
    }

    fn violations(&self, _: Currency) -> Vec<FieldError> {
        let amounts = PARTS.iter().zip(self.parts()).filter_map(|((name, _), amount)| {
            record::check(&amount?, AMOUNT).map(|violation| violation.at(*name))
        });
        amounts.chain(self.unequal()).collect()
    }
}

impl InputPart for Option<Tax> {
    const FIELDS: &'static [InputField] = <Tax as InputPart>::FIELDS;

    fn read(form: &mut Form, currency: Currency) -> Option<Self> {
        let tax = <Tax as InputPart>::read(form, currency)?;
        Some(Some(tax).filter(|tax| *tax != Tax::None))
    }

    fn violations(&self, currency: Currency) -> Vec<FieldError> {
        self.map(|tax| tax.violations(currency)).unwrap_or_default()
    }
}

const fn input_field(part: usize) -> InputField {
    let (name, doc) = PARTS[part];
    InputField { name, ty: InputType::Value(AMOUNT), required: false, nullable: true, doc }
}

impl Given for Tax {
    fn given(&self, request: &mut RequestEncoder) {
        for ((name, _), amount) in PARTS.iter().zip(self.parts()) {
            request.value(name, amount.value());
        }
    }
}

impl Given for Option<Tax> {
    fn given(&self, request: &mut RequestEncoder) {
        self.iter().for_each(|tax| tax.given(request));
    }
}

impl Record for Tax {
    const DESCRIPTION: &'static Description =
        &Description { name: "Tax", doc: "Tax on a document.", fields: &[field(0), field(1), field(2)] };

    fn visit<'r, V: Visitor<'r>>(&'r self, visitor: &mut V) -> Result<(), V::Error> {
        for (field, amount) in Self::DESCRIPTION.fields.iter().zip(self.parts()) {
            visitor.value(field, amount.map_or(Value::Null, Value::Money))?;
        }
        Ok(())
    }
}

const fn field(part: usize) -> Field {
    let (name, doc) = PARTS[part];
    let (ty, visibility) = (Type::Money(Range::Any), Visibility::Public);
    Field { name, column: name, ty, optional: true, doc, visibility, derived: false }
}

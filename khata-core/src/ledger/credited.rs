//! What the credit notes on an invoice took of each of its amounts.

use crate::documents::Tax;
use crate::money::Money;
use crate::record::{FieldType, TextFormat, Type, Typed, Unreadable, Value};

/// The amounts of a credit note, or of several on the same invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CreditedAmounts {
    /// Amount before tax.
    pub gross: Money,
    /// Central tax.
    pub cgst: Money,
    /// State tax.
    pub sgst: Money,
    /// Integrated tax.
    pub igst: Money,
    /// Freight, packing and the like.
    pub other_charges: Money,
    /// Rounding, of either sign.
    pub round_off: Money,
}

impl CreditedAmounts {
    /// Creates the amounts of a credit note.
    pub(crate) fn new(gross: Money, tax: Tax, other_charges: Money, round_off: Money) -> Self {
        let [cgst, sgst, igst] = [tax.cgst(), tax.sgst(), tax.igst()].map(Option::unwrap_or_default);
        Self { gross, cgst, sgst, igst, other_charges, round_off }
    }

    fn parts(self) -> [Money; 6] {
        let Self { gross, cgst, sgst, igst, other_charges, round_off } = self;
        [gross, cgst, sgst, igst, other_charges, round_off]
    }

    fn of_parts([gross, cgst, sgst, igst, other_charges, round_off]: [Money; 6]) -> Self {
        Self { gross, cgst, sgst, igst, other_charges, round_off }
    }

    /// Returns the sum, or `None` on overflow.
    #[must_use]
    pub fn total(self) -> Option<Money> {
        Money::checked_sum(self.parts())
    }

    fn with(self, other: Self, sum: impl Fn(Money, Money) -> Option<Money>) -> Option<Self> {
        let (mut parts, others) = (self.parts(), other.parts());
        for (part, other) in parts.iter_mut().zip(others) {
            *part = sum(*part, other)?;
        }
        Some(Self::of_parts(parts))
    }

    /// Adds the amounts of another credit note, or returns `None` on overflow.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.with(other, Money::checked_add)
    }

    /// Takes the amounts of a credit note away, or returns `None` on overflow.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.with(other, Money::checked_sub)
    }
}

/// What the credit notes on an invoice that are not void took of each of its amounts. There is at least one.
///
/// Stores keep it as one text: gross amount, CGST, SGST, IGST, other charges and rounding in minor units, separated by
/// colons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    amounts: CreditedAmounts,
    text: String,
}

impl Credited {
    /// Returns none if nothing is credited.
    pub(crate) fn of(amounts: CreditedAmounts) -> Option<Self> {
        let text = amounts.parts().map(|part| part.minor().to_string()).join(":");
        (amounts != CreditedAmounts::default()).then_some(Self { amounts, text })
    }

    /// Returns the amounts.
    #[must_use]
    pub fn amounts(&self) -> CreditedAmounts {
        self.amounts
    }

    /// Returns the text that stores keep.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn parse(text: &str) -> Option<Self> {
        let parts = text.split(':').map(|part| part.parse().ok().map(Money::from_minor));
        let parts: Vec<_> = parts.collect::<Option<_>>()?;
        // Only its own form, so that equal amounts are equal texts.
        Self::of(CreditedAmounts::of_parts(parts.try_into().ok()?)).filter(|read| read.text == text)
    }
}

const AMOUNTS: TextFormat = TextFormat::new(
    "Credited",
    "Gross amount, CGST, SGST, IGST, other charges and rounding in minor units.",
    "10000:900:900:0:0:-20",
);

impl Typed for Credited {
    const TYPE: Type = Type::Text(&AMOUNTS);
}

impl FieldType for Credited {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.text)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        match value {
            Value::Text(text) => Self::parse(text).ok_or_else(|| Unreadable::new("are no credited amounts")),
            _ => Err(Unreadable::wrong_type()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    #[test]
    fn amounts_are_added_and_taken_away() {
        let tax = Tax::Local { cgst: money(901), sgst: money(900) };
        let one = CreditedAmounts::new(money(10_000), tax, money(5), money(-6));
        assert_eq!(one.total(), Some(money(11_800)));
        let two = one.plus(one).unwrap();
        assert_eq!((two.gross, two.cgst, two.round_off), (money(20_000), money(1_802), money(-12)));
        assert_eq!(two.minus(one), Some(one));
        assert_eq!(Credited::of(one.minus(one).unwrap()), None);
        let most = CreditedAmounts { gross: money(i64::MAX), ..one };
        assert_eq!(most.plus(one), None);
    }

    #[test]
    fn only_its_own_form_is_read() {
        let read = |text| Credited::from_value(Value::Text(text));
        let text = "10000:900:901:0:0:-20";
        assert_eq!(read(text).unwrap().value(), Value::Text(text));
        for bad in
            ["", "0:0:0:0:0:0", "1:0:0:0:0", "1:0:0:0:0:0:0", "01:0:0:0:0:0", "1:0:0:0:0:-0", "1:a:0:0:0:0"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
